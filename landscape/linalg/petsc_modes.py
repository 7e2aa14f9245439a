"""The lowest modes of a pencil that is spread over ranks, and the promise that none is missing.

As in ``landscape.linalg.eigen``, with Krylov–Schur in place of block Lanczos: search, count by inertia, search again off what
is known.
"""

import numpy as np
from scipy.linalg import eigh

from landscape.errors import ConvergenceError, InputError
from landscape.linalg.eigen import ATTEMPTS, RESIDUAL
from landscape.linalg.engines import Array
from landscape.linalg.inertia import POSITIONS, SHARE, gap_after
from landscape.linalg.pencil import Count, Eigenpairs
from landscape.linalg.petsc import BLOCK, SpreadPencil


def spread_modes(pencil: SpreadPencil, count: int) -> Eigenpairs:
    """Return the ``count`` lowest eigenpairs, vectors (own, count); none is missing.

    Raises ``InputError`` when the matrix has fewer modes than asked, ``ConvergenceError`` when one stays missing or a
    residual exceeds 1e-7.
    """
    available = pencil.size - pencil.left_out
    if not 1 <= count <= available:
        raise InputError(
            f"Asked for {count} modes; this mesh with its supports has {available}.",
            "Ask for fewer or refine.",
        )
    vectors = np.zeros((pencil.own, 0))
    more = min(count + max(2, count // 10), available)
    counted: Count | None = None
    for _ in range(ATTEMPTS):
        vectors = np.hstack((vectors, pencil.search(more, vectors)))
        values, vectors = _rayleigh_ritz(pencil, vectors)
        counted = _count(pencil, values, count)
        if counted is not None and counted.missing <= 0:
            break
        more = min(BLOCK if counted is None else counted.missing, available - len(values))
        if more <= 0:
            break
    if counted is not None and counted.missing:
        raise ConvergenceError(
            f"The inertia counts {counted.below} modes below {counted.value:.9g}, {counted.found} were computed: "
            "a mode is missing.",
            "Ask for a few more modes.",
        )
    return _checked(pencil, values[:count], vectors[:, :count], counted)


def _rayleigh_ritz(pencil: SpreadPencil, vectors: Array) -> tuple[Array, Array]:
    """Return ascending Rayleigh quotients and M-orthonormal Ritz vectors."""
    K, M = (pencil.total(vectors.T @ image) for image in (pencil.stiffness(vectors), pencil.mass(vectors)))
    values, rotation = pencil.comm.bcast(eigh(K, M) if pencil.comm.rank == 0 else None)
    return values, vectors @ rotation


def _count(pencil: SpreadPencil, values: Array, count: int) -> Count | None:
    """Count the modes by inertia in a gap after the ``count``-th of ``values``; None where there is no gap."""
    place = gap_after(values, count)
    if place is None:
        return None
    low, high = values[place - 1], values[place]
    for position in POSITIONS:
        value = float(low + position * (high - low))
        below, moved = pencil.signs(value)
        if moved <= SHARE * (high / low - 1):
            return Count(value, below - pencil.left_out, place)
    raise ConvergenceError(
        f"The modes below {high:.9g} cannot be counted: no factorization there is accurate enough.",
        "Ask for a different number of modes.",
    )


def _checked(pencil: SpreadPencil, values: Array, vectors: Array, counted: Count | None) -> Eigenpairs:
    """Return the pairs with residuals (λ+σ)² ‖(K+σM)⁻¹Mx − x/(λ+σ)‖_M / |λ|; raise if one is too large."""
    shifted, motions = values + pencil.shift, pencil.excluded
    gap = pencil.apply(pencil.mass(vectors)) - vectors / shifted
    gap -= motions @ pencil.total(motions.T @ pencil.mass(gap))
    norm = np.sqrt(np.maximum(pencil.total(np.einsum("ij,ij->j", gap, pencil.mass(gap))), 0))
    residuals = shifted**2 * norm / np.abs(values)
    if not np.all(residuals <= RESIDUAL):
        raise ConvergenceError(
            f"An eigenvalue has a relative residual of {np.max(residuals):.1e}, needed {RESIDUAL:.0e}."
        )
    return Eigenpairs(values, vectors, residuals, counted)
