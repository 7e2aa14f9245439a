"""A factored symmetric matrix whose answers are checked."""

from dataclasses import dataclass
from typing import get_args

import numpy as np
from scipy import sparse

from landscape.errors import ConvergenceError, InputError
from landscape.linalg import threads
from landscape.linalg.engines import MAKERS, Array, Engine, Factors

BACKWARD = 1e-10  # largest backward error |Kx − f| / (|K||x| + |f|) of a solve that is handed out


@dataclass(frozen=True)
class Factorization:
    """A factored symmetric matrix. ``solve`` checks its answer, ``apply`` is the bare back-substitution."""

    matrix: sparse.csr_array
    lu: Factors
    engine: Engine = "scipy"

    def apply(self, b: Array) -> Array:
        """Return K⁻¹ b for b (n,) or (n, k) without a check: for the inside of iterations."""
        return self.lu.solve(np.ascontiguousarray(b))

    def solve(self, b: Array) -> Array:
        """Return x with K x = b, b (n,) or (n, k), after one step of refinement.

        Raises ``ConvergenceError`` when x is not finite or its backward error exceeds 1e-10.
        """
        with threads.one_thread():
            x = self.apply(b)
            x = x + self.apply(b - self.matrix @ x)
        error = backward_error(self.matrix, x, b)
        if not error <= BACKWARD:  # NaN fails too
            raise ConvergenceError(
                f"A linear solve reached a backward error of {error:.1e}, needed {BACKWARD:.0e}.",
                "The plate may be held too little, or the mesh may hold needle-like triangles.",
            )
        return x

    def negative_pivots(self) -> int:
        """Return the number of negative eigenvalues of the matrix (Sylvester's law of inertia).

        Raises ``ConvergenceError`` if the factorization had to pivot off the diagonal.
        """
        return self.lu.negative_pivots()


def factorize(
    matrix: sparse.csr_array, *, engine: Engine = "scipy", like: Factorization | None = None
) -> Factorization:
    """Factor a symmetric matrix with sorted indices.

    ``engine``: ``scipy`` is SuperLU, ``pardiso`` MKL's (an extra). ``like``: a factorization of a matrix of the same
    pattern, whose engine and order are taken over. Raises ``ConvergenceError`` for a singular matrix or too little
    memory, ``InputError`` for entries that are not finite, ``MissingDependencyError`` for an engine not there.
    """
    if engine not in get_args(Engine):
        raise InputError(f"Engine: needed one of {', '.join(get_args(Engine))}, got {engine!r}.")
    if not np.isfinite(matrix.data).all():
        raise InputError(
            "The stiffness matrix holds numbers that are not finite.", "Check sizes and material data."
        )
    engine = like.engine if like is not None else engine
    try:
        with threads.one_thread():
            return Factorization(
                matrix, MAKERS[engine](matrix, like.lu.order if like is not None else None), engine
            )
    except RuntimeError as error:
        raise ConvergenceError(
            f"The matrix could not be factored ({error}).", "Is the plate held anywhere?"
        ) from None
    except MemoryError:
        raise ConvergenceError(
            f"The factorization of {matrix.shape[0]} unknowns does not fit into memory.",
            "Use a coarser mesh.",
        ) from None


def backward_error(matrix: sparse.csr_array, x: Array, b: Array) -> float:
    """Return |Kx − b|∞ / (|K|∞|x|∞ + |b|∞), the relative change of the data for which x is exact."""
    if not np.isfinite(x).all():
        return float("nan")
    norm = float(np.max(np.abs(matrix).sum(axis=1)))
    residual = np.abs(matrix @ x - b).max(axis=0)
    size = norm * np.abs(x).max(axis=0) + np.abs(b).max(axis=0)
    return float(np.max(residual / np.where(size > 0, size, 1.0)))
