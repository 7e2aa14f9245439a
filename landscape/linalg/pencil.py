"""The eigenproblem Kx = λMx, its pairs, and how good they are."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import eigh

from landscape.linalg.blocks import times
from landscape.linalg.engines import Array
from landscape.linalg.factorization import Factorization


@dataclass(frozen=True)
class Count:
    """``below`` eigenvalues of a pencil lie below ``value``, motions left out not counted; ``found`` were computed."""

    value: float
    below: int
    found: int

    @property
    def missing(self) -> int:
        """Number of modes that were not computed."""
        return self.below - self.found


@dataclass(frozen=True)
class Eigenpairs:
    """``values`` (k,) ascending, ``vectors`` (n, k) M-orthonormal, ``residuals`` (k,).

    A residual is |λ| ‖K⁻¹Mx − x/λ‖_M: within that relative distance of λ lies an eigenvalue of the pencil.
    ``counted``: the inertia that shows that none is missing, where it was asked for.
    """

    values: Array
    vectors: Array
    residuals: Array
    counted: Count | None = None


@dataclass(frozen=True)
class Pencil:
    """The eigenproblem Kx = λMx with a factored K + shift·M, and motions (n, r) to leave out, M-orthonormal."""

    M: sparse.csr_array
    factorization: Factorization
    shift: float = 0.0
    excluded: Array | None = None

    def inverse(self, x: Array) -> Array:
        """Return P (K + shift M)⁻¹ x, P the M-orthogonal projection off the excluded motions."""
        y = self.factorization.apply(x)
        if self.excluded is None:
            return y
        return y - self.excluded @ (self.excluded.T @ (self.M @ y))

    @property
    def size(self) -> int:
        """Number of modes there are."""
        return int(self.M.shape[0]) - self.left_out

    @property
    def left_out(self) -> int:
        """Number of excluded motions."""
        return 0 if self.excluded is None else int(self.excluded.shape[1])

    def shifted(self, value: float) -> sparse.csr_array:
        """Return K − value·M, in the pattern of the factored matrix where M has the same."""
        K = self.factorization.matrix
        return added(K, self.M, -(value + self.shift))


def added(K: sparse.csr_array, M: sparse.csr_array, factor: float) -> sparse.csr_array:
    """Return K + factor·M with the pattern of K if both share it (zeros that cancel are kept)."""
    if np.array_equal(K.indptr, M.indptr) and np.array_equal(K.indices, M.indices):
        return sparse.csr_array((K.data + factor * M.data, K.indices, K.indptr), shape=K.shape)
    total = (K + factor * M).tocsr()
    total.sort_indices()
    return total


def rayleigh_ritz(pencil: Pencil, vectors: Array) -> tuple[Array, Array]:
    """Rotate ``vectors`` to M-orthonormal Ritz vectors; their Rayleigh quotients are the eigenvalues."""
    K, M = (pencil.factorization.product(A) for A in (pencil.factorization.matrix, pencil.M))
    values, rotation = eigh(vectors.T @ (K @ vectors), vectors.T @ (M @ vectors))
    return values - pencil.shift, times(vectors, rotation)


def eigenpairs(pencil: Pencil, vectors: Array, *, block: int = 32) -> Eigenpairs:
    """Return approximate eigenvectors (n, k) with their Rayleigh quotients λ = xᵀKx / xᵀMx and residuals

        (λ+σ)² ‖(K+σM)⁻¹Mx − x/(λ+σ)‖_M / |λ|.

    The quotients feel the rounding of K and M alone, none of the factors. Two of a cluster change places where
    rounding has put them out of order.
    """
    K, M = (pencil.factorization.product(A) for A in (pencil.factorization.matrix, pencil.M))
    shifted, norm = np.empty((2, vectors.shape[1]))
    for start in range(0, len(norm), block):
        some = slice(start, start + block)
        X, MX = vectors[:, some], M @ vectors[:, some]
        shifted[some] = np.diag(X.T @ (K @ X)) / np.diag(X.T @ MX)
        gap = pencil.inverse(MX) - X / shifted[some]
        norm[some] = np.sqrt(np.maximum(np.diag(gap.T @ (M @ gap)), 0))
    values = shifted - pencil.shift
    residuals, order = shifted**2 * norm / np.abs(values), np.argsort(values)
    if not np.array_equal(order, np.arange(len(order))):
        values, vectors, residuals = values[order], vectors[:, order], residuals[order]
    return Eigenpairs(values, vectors, residuals)
