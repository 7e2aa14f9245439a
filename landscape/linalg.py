"""The only door to factorizations and eigensolvers; every answer that leaves it has been checked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, SuperLU, eigsh, splu

from landscape.errors import ConvergenceError, InputError

Array = NDArray[np.float64]

BACKWARD = 1e-10  # largest backward error |Kx − f| / (|K||x| + |f|) of a solve that is handed out
RESIDUAL = 1e-8  # largest relative error bound of an eigenvalue that is handed out


@dataclass(frozen=True)
class Factorization:
    """A factored symmetric matrix. ``solve`` checks its answer, ``apply`` is the bare back-substitution."""

    matrix: sparse.csr_array
    lu: SuperLU

    def apply(self, b: Array) -> Array:
        """Return K⁻¹ b for b (n,) or (n, k) without a check: for the inside of iterations."""
        x: Array = self.lu.solve(np.ascontiguousarray(b))
        return x

    def solve(self, b: Array) -> Array:
        """Return x with K x = b, b (n,) or (n, k), after one step of refinement.

        Raises ``ConvergenceError`` when x is not finite or its backward error exceeds 1e-10.
        """
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
        if not np.array_equal(self.lu.perm_r, self.lu.perm_c):
            raise ConvergenceError("The factorization pivoted off the diagonal, so its inertia is unknown.")
        return int(np.count_nonzero(self.lu.U.diagonal() < 0))


def factorize(matrix: sparse.csr_array) -> Factorization:
    """Factor a symmetric matrix with SuperLU in symmetric mode (minimum degree on Kᵀ + K, diagonal pivots).

    Raises ``ConvergenceError`` for a singular matrix, ``InputError`` for one with entries that are not finite.
    """
    if not np.isfinite(matrix.data).all():
        raise InputError(
            "The stiffness matrix holds numbers that are not finite.", "Check sizes and material data."
        )
    try:
        lu = splu(
            sparse.csc_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
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
    return Factorization(matrix, lu)


def backward_error(matrix: sparse.csr_array, x: Array, b: Array) -> float:
    """Return |Kx − b|∞ / (|K|∞|x|∞ + |b|∞), the relative change of the data for which x is exact."""
    if not np.isfinite(x).all():
        return float("nan")
    norm = float(np.max(np.abs(matrix).sum(axis=1)))
    residual = np.abs(matrix @ x - b).max(axis=0)
    size = norm * np.abs(x).max(axis=0) + np.abs(b).max(axis=0)
    return float(np.max(residual / np.where(size > 0, size, 1.0)))


@dataclass(frozen=True)
class Eigenpairs:
    """``values`` (k,) ascending, ``vectors`` (n, k) M-orthonormal, ``residuals`` (k,).

    A residual is |λ| ‖K⁻¹Mx − x/λ‖_M: within that relative distance of λ lies an eigenvalue of the pencil.
    """

    values: Array
    vectors: Array
    residuals: Array


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


def lowest_modes(
    pencil: Pencil, count: int, *, tolerance: float = 1e-12, progress: Callable[[str], None] | None = None
) -> Eigenpairs:
    """Return the ``count`` lowest eigenpairs by ARPACK in shift-invert mode.

    A few more than asked are computed, so that a cluster is not cut blindly. Raises ``InputError`` when the
    matrix has fewer modes than asked, ``ConvergenceError`` when ARPACK stalls or a residual exceeds 1e-8.
    Lehoucq, Sorensen & Yang, ARPACK Users' Guide, SIAM (1998), doi:10.1137/1.9780898719628.
    """
    n = pencil.M.shape[0]
    available = n - (0 if pencil.excluded is None else pencil.excluded.shape[1])
    if not 1 <= count <= available:
        raise InputError(
            f"Asked for {count} modes; this mesh with its supports has {available}.",
            "Ask for fewer or refine.",
        )
    wanted = min(count + max(2, count // 10), available)
    values, vectors = _dense(pencil, wanted) if n < 3 * wanted + 20 else _arpack(pencil, wanted, tolerance)
    order = np.argsort(values)[:wanted]
    values, vectors = _rayleigh_ritz(pencil, vectors[:, order])
    pairs = Eigenpairs(values[:count], vectors[:, :count], _residuals(pencil, values, vectors)[:count])
    if progress is not None:
        progress(f"{count} modes, largest residual {pairs.residuals.max():.1e}")
    if not np.all(pairs.residuals <= RESIDUAL):
        raise ConvergenceError(
            f"An eigenvalue has a relative residual of {np.max(pairs.residuals):.1e}, needed {RESIDUAL:.0e}.",
            "Needle-like triangles cost digits: a rounder mesh helps.",
        )
    return pairs


def _arpack(pencil: Pencil, wanted: int, tolerance: float) -> tuple[Array, Array]:
    n = pencil.M.shape[0]
    start = np.random.default_rng(20161104).standard_normal(n)
    start = pencil.inverse(pencil.M @ start)
    operator = LinearOperator((n, n), matvec=pencil.inverse, dtype=np.float64)
    K = pencil.factorization.matrix  # only its shape is used by ARPACK in this mode
    try:
        values, vectors = eigsh(
            K, k=wanted, M=pencil.M, sigma=0.0, OPinv=operator, v0=start, tol=tolerance,
            ncv=min(n, max(2 * wanted + 1, 20)), maxiter=2000,
        )  # fmt: skip
    except ArpackNoConvergence as error:
        raise ConvergenceError(
            f"ARPACK found {len(error.eigenvalues)} of {wanted} modes in its iterations.",
            "Ask for fewer modes.",
        ) from None
    return values - pencil.shift, vectors


def _dense(pencil: Pencil, wanted: int) -> tuple[Array, Array]:
    """Solve a small problem densely, in the complement of the excluded motions."""
    from scipy.linalg import eigh, null_space

    M = pencil.M.toarray()
    basis = np.eye(len(M)) if pencil.excluded is None else null_space((M @ pencil.excluded).T)
    K = pencil.factorization.matrix.toarray()
    values, vectors = eigh(basis.T @ K @ basis, basis.T @ M @ basis, subset_by_index=(0, wanted - 1))
    return values - pencil.shift, basis @ vectors


def _rayleigh_ritz(pencil: Pencil, vectors: Array) -> tuple[Array, Array]:
    """Rotate ``vectors`` to M-orthonormal Ritz vectors; their Rayleigh quotients are the eigenvalues."""
    from scipy.linalg import eigh

    K = pencil.factorization.matrix
    values, rotation = eigh(vectors.T @ (K @ vectors), vectors.T @ (pencil.M @ vectors))
    return values - pencil.shift, vectors @ rotation


def _residuals(pencil: Pencil, values: Array, vectors: Array) -> Array:
    """Return (λ+σ)² ‖(K+σM)⁻¹Mx − x/(λ+σ)‖_M / |λ|: a relative error bound for each eigenvalue."""
    shifted = values + pencil.shift
    gap = pencil.inverse(pencil.M @ vectors) - vectors / shifted
    norm = np.sqrt(np.maximum(np.einsum("ij,ij->j", gap, pencil.M @ gap), 0))
    return shifted**2 * norm / np.abs(values)


def modes_below(K: sparse.csr_array, M: sparse.csr_array, value: float) -> int:
    """Return how many eigenvalues of the pencil lie below ``value``: the inertia of K − value·M.

    Parlett, The Symmetric Eigenvalue Problem, SIAM (1998), §3.3, doi:10.1137/1.9781611971163.
    """
    return factorize((K - value * M).tocsr()).negative_pivots()
