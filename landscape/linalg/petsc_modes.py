"""The lowest modes of a pencil that is spread over ranks, and the promise that none is missing.

As in ``landscape.linalg.eigen``, with Krylov–Schur in place of block Lanczos: search, count by inertia, search again off what
is known.
"""

import numpy as np
from scipy.linalg import eigh

from landscape.linalg.eigen import ATTEMPTS, check_complete, check_count, check_residuals
from landscape.linalg.engines import Array
from landscape.linalg.inertia import count_in_gap
from landscape.linalg.pencil import Count, Eigenpairs
from landscape.linalg.petsc import BLOCK, SpreadPencil


def spread_modes(pencil: SpreadPencil, count: int) -> Eigenpairs:
    """Return the ``count`` lowest eigenpairs, vectors (own, count); none is missing.

    Raises ``InputError`` when the matrix has fewer modes than asked, ``ConvergenceError`` when one stays missing or a
    residual exceeds 1e-7.
    """
    available = pencil.size - pencil.left_out
    check_count(count, available)

    def signs(value: float) -> tuple[int, float]:
        below, moved = pencil.signs(value)
        return below - pencil.left_out, moved

    vectors = np.zeros((pencil.own, 0))
    more = min(count + max(2, count // 10), available)
    counted: Count | None = None
    for _ in range(ATTEMPTS):
        vectors = np.hstack((vectors, pencil.search(more, vectors)))
        values, vectors = _rayleigh_ritz(pencil, vectors)
        counted = count_in_gap(values, count, signs)
        if counted is not None and counted.missing <= 0:
            break
        more = min(BLOCK if counted is None else counted.missing, available - len(values))
        if more <= 0:
            break
    check_complete(counted)
    return check_residuals(_eigenpairs(pencil, values[:count], vectors[:, :count], counted))


def _rayleigh_ritz(pencil: SpreadPencil, vectors: Array) -> tuple[Array, Array]:
    """Return ascending Rayleigh quotients and M-orthonormal Ritz vectors."""
    K, M = (pencil.total(vectors.T @ image) for image in (pencil.stiffness(vectors), pencil.mass(vectors)))
    values, rotation = pencil.comm.bcast(eigh(K, M) if pencil.comm.rank == 0 else None)
    return values, vectors @ rotation


def _eigenpairs(pencil: SpreadPencil, values: Array, vectors: Array, counted: Count | None) -> Eigenpairs:
    """Return the pairs with residuals (λ+σ)² ‖(K+σM)⁻¹Mx − x/(λ+σ)‖_M / |λ|."""
    shifted, motions = values + pencil.shift, pencil.excluded
    gap = pencil.apply(pencil.mass(vectors)) - vectors / shifted
    gap -= motions @ pencil.total(motions.T @ pencil.mass(gap))
    norm = np.sqrt(np.maximum(pencil.total(np.einsum("ij,ij->j", gap, pencil.mass(gap))), 0))
    residuals = shifted**2 * norm / np.abs(values)
    return Eigenpairs(values, vectors, residuals, counted)
