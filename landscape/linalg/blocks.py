"""Products of tall blocks of vectors, kept by columns: BLAS without a copy, and in place where it can be."""

import numpy as np
from scipy.linalg.blas import dgemm

from landscape.linalg.engines import Array


def minus(W: Array, Q: Array, S: Array) -> Array:
    """Return W − Q S, (n, k) less (n, m) times (m, k), in place of W where that is stored by columns."""
    if W.size == 0 or S.size == 0:
        return W
    out: Array = dgemm(-1.0, Q, S, 1.0, W, overwrite_c=True)
    return out


def times(W: Array, S: Array) -> Array:
    """Return W S, (n, m) times (m, k), stored by columns."""
    if S.size == 0:
        return np.zeros((len(W), S.shape[1]), order="F")
    out: Array = dgemm(1.0, W, S) if W.flags.f_contiguous else dgemm(1.0, W.T, S, trans_a=True)
    return out
