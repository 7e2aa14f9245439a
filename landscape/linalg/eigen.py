"""The lowest modes of a plate's pencil, and the promise that none is missing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.linalg import eigh, null_space

from landscape.errors import ConvergenceError, InputError
from landscape.linalg import threads
from landscape.linalg.engines import Array
from landscape.linalg.inertia import Count, count_modes
from landscape.linalg.lanczos import Goal, Operator, largest_pairs
from landscape.linalg.pencil import Eigenpairs, Pencil, eigenpairs

RESIDUAL = (
    1e-7  # largest relative error bound handed out; rounding alone makes some 1e-8 on strongly graded meshes
)
MANY = 100  # modes from which the wider of two blocks is faster
BLOCKS = (8, 16)
SMALL = 400  # unknowns up to which a dense solution is cheaper
ATTEMPTS = 4  # searches, each for the modes that the one before has missed


def lowest_modes(
    pencil: Pencil,
    count: int,
    *,
    tolerance: float = 1e-10,
    progress: Callable[[str], None] | None = None,
    verify: bool = True,
) -> Eigenpairs:
    """Return the ``count`` lowest eigenpairs by block Lanczos on K⁻¹M; none is missing.

    ``tolerance``: relative residual that ends the search; eigenvalues are off by its square over the relative gap, modes
    by it over the gap. A few more than asked are computed. With ``verify`` the inertia of K − σM in a gap after the last
    asked mode must count those below it; modes it finds missing are searched in the complement of the known. Raises
    ``InputError`` when the matrix has fewer modes than asked, ``ConvergenceError`` when one stays missing or a residual
    exceeds 1e-7.
    """
    check_count(count, pencil.size)
    with threads.one_thread():
        pairs = _lowest(pencil, count, tolerance, verify)
    if progress is not None:
        progress(_report(pairs))
    return pairs


def _lowest(pencil: Pencil, count: int, tolerance: float, verify: bool) -> Eigenpairs:
    extra = min(max(2, count // 10), pencil.size - count)
    if pencil.M.shape[0] <= max(SMALL, 3 * (count + extra)):
        return check_residuals(eigenpairs(pencil, _dense(pencil, count)))
    block = BLOCKS[count >= MANY]
    largest = 3 * (count + extra) + 8 * block
    return _searched(pencil, Goal(count, extra, tolerance, block, largest), verify)


def _searched(pencil: Pencil, goal: Goal, verify: bool) -> Eigenpairs:
    """Search, count, and search again for what is missing."""
    operator = Operator(pencil.inverse, pencil.factorization.product(pencil.M))
    theta, vectors = largest_pairs(operator, goal)
    counted: Count | None = None
    for _ in range(ATTEMPTS if verify else 0):
        counted = count_modes(pencil, 1 / theta - pencil.shift, goal.count)
        if counted is not None and counted.missing <= 0:
            break
        more = goal.block if counted is None else counted.missing
        if len(theta) + more > pencil.size:
            break
        goal = replace(goal, extra=goal.extra + more)
        theta, vectors = largest_pairs(operator, goal, (theta, vectors))
    pairs = check_residuals(eigenpairs(pencil, vectors[:, : goal.count]))
    if verify:
        check_complete(counted)
    return replace(pairs, counted=counted)


def check_count(count: int, available: int) -> None:
    """Raise ``InputError`` unless ``count`` modes can be had of those ``available``."""
    if not 1 <= count <= available:
        raise InputError(
            f"Asked for {count} modes; this mesh with its supports has {available}.",
            "Ask for fewer or refine.",
        )


def check_complete(counted: Count | None) -> None:
    """Raise ``ConvergenceError`` when the inertia counts another number of modes than were computed."""
    if counted is not None and counted.missing:
        raise ConvergenceError(
            f"The inertia counts {counted.below} modes below {counted.value:.9g}, {counted.found} were computed: "
            "a mode is missing.",
            "Ask for a few more modes.",
        )


def check_residuals(pairs: Eigenpairs) -> Eigenpairs:
    """Return the pairs; raise ``ConvergenceError`` if a residual is too large."""
    if not np.all(pairs.residuals <= RESIDUAL):
        raise ConvergenceError(
            f"An eigenvalue has a relative residual of {np.max(pairs.residuals):.1e}, needed {RESIDUAL:.0e}."
        )
    return pairs


def _report(pairs: Eigenpairs) -> str:
    text = f"{len(pairs.values)} modes, largest residual {pairs.residuals.max():.1e}"
    if pairs.counted is None:
        return text
    return f"{text}; inertia counts {pairs.counted.below} below {pairs.counted.value:.6g}, as computed"


def _dense(pencil: Pencil, wanted: int) -> Array:
    """Solve a small problem densely, in the complement of the excluded motions."""
    M = pencil.M.toarray()
    basis = np.eye(len(M)) if pencil.excluded is None else null_space((M @ pencil.excluded).T)
    K = pencil.factorization.matrix.toarray()
    _, vectors = eigh(basis.T @ K @ basis, basis.T @ M @ basis, subset_by_index=(0, wanted - 1))
    out: Array = basis @ vectors
    return out
