"""The absolute and the L² landscape, known at the vertices of a mesh, as functions of its element.

A landscape at vertices is the static one and a correction; the correction takes its slopes and curvatures from cubics
fitted to the vertices around, and the supports of the plate. Zhang & Naga, SIAM J. Sci. Comput. 26, 1192 (2005),
doi:10.1137/S1064827503402837.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from landscape.absolute import (
    NodeLandscape,
    Progress,
    absolute_landscape,
    held_factorization,
    moving_vertices,
    vertex_values,
)
from landscape.elements.reference import Array
from landscape.l2 import l2_landscape
from landscape.linalg import Factorization
from landscape.rigid import restrict
from landscape.system import PlateSystem

LANDSCAPES: dict[str, Callable[..., NodeLandscape]] = {"absolute": absolute_landscape, "l2": l2_landscape}
POWERS = np.array([(1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)])
ENOUGH = 18  # vertices of a fit with nine coefficients


def solve_node_landscape(
    system: PlateSystem,
    kind: str,
    *,
    factorization: Factorization | None = None,
    progress: Progress | None = None,
) -> tuple[NodeLandscape, Array]:
    """Return the ``absolute`` or ``l2`` landscape of a plate at its vertices, and as unknowns (unknowns,).

    Raises ``NotHeldError`` when the supports leave a rigid motion.
    """
    factorization = held_factorization(system, factorization)
    landscape = LANDSCAPES[kind](system, factorization=factorization, progress=progress)
    static = factorization.solve(system.load)
    return landscape, static + smooth_unknowns(system, landscape.values - vertex_values(system) @ static)


def smooth_unknowns(system: PlateSystem, values: Array) -> Array:
    """Return the unknowns (unknowns,) of a smooth function with given ``values`` (vertices,)."""
    space = system.space
    mesh = space.skfem
    slope, curvature = derivatives(system, values)
    jets = values[:, None]
    if space.element.jet == 6:
        scale = space.affine.scale[:, None]
        jets = np.concatenate([jets, scale * slope, scale**2 * curvature], axis=1)
    start, end = mesh.facets
    along = (mesh.p[:, end] - mesh.p[:, start]).T
    bend = (curvature[start] - curvature[end]) / 8
    turn = np.stack(
        [
            bend[:, 0] * along[:, 0] + bend[:, 1] * along[:, 1],
            bend[:, 1] * along[:, 0] + bend[:, 2] * along[:, 1],
        ],
        axis=1,
    )
    middle = (slope[start] + slope[end]) / 2 + turn  # exact for cubics
    return restrict(space, jets, space.affine.length * (space.affine.normal * middle).sum(axis=1))


def derivatives(system: PlateSystem, values: Array) -> tuple[Array, Array]:
    """Return gradients (vertices, 2) and (w_xx, w_xy, w_yy) (vertices, 3) of cubics through each vertex.

    min Σⱼ ω (q(xⱼ − xᵢ) − wⱼ + wᵢ)² over the patch of vertex i, q(0) = 0, ω falling with the distance.
    """
    points = system.space.skfem.p.T
    centre, other = patches(system)
    offset = points[other] - points[centre]
    distance = np.linalg.norm(offset, axis=1)
    radius = np.zeros(len(points))
    np.maximum.at(radius, centre, distance)
    offset, distance = offset / radius[centre, None], distance / radius[centre]
    rows = (offset[:, None, :] ** POWERS).prod(axis=2)
    weighted = rows / (0.05 + distance[:, None] ** 2)
    gram = _sums(weighted[:, :, None] * rows[:, None, :], centre, len(points))
    right = _sums(weighted * (values[other] - values[centre])[:, None], centre, len(points))
    q = np.einsum("vij,vj->vi", np.linalg.pinv(gram, rcond=1e-10, hermitian=True), right)
    return q[:, :2] / radius[:, None], q[:, 2:5] * (2, 1, 2) / radius[:, None] ** 2


def _sums(rows: Array, group: NDArray[np.intp], count: int) -> Array:
    """Add up rows (k, ...) by their group, sorted, each of which has one at least."""
    return np.asarray(np.add.reduceat(rows, np.searchsorted(group, np.arange(count)), axis=0))


def patches(system: PlateSystem) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs (centre, other) of each vertex with those two edges away, or three where these are few.

    No way leads through a vertex that is held: the patch of a vertex beside a wall stays on its side.
    """
    mesh = system.space.skfem
    count = mesh.p.shape[1]
    moves = np.zeros(count)
    moves[moving_vertices(system)] = 1
    start, end = mesh.facets
    ends = (np.concatenate([start, end]), np.concatenate([end, start]))
    near = sparse.csr_array((np.ones(2 * len(start)), ends), shape=(count, count))
    through = sparse.diags_array(moves).tocsr() @ near
    second = near + near @ through
    few = second.count_nonzero(axis=1) < ENOUGH
    third = sparse.diags_array(few.astype(float)).tocsr() @ (near @ through @ through)
    pairs = (second + third).tocoo()
    centre, other = pairs.coords
    kept = centre != other
    centre, other = centre[kept], other[kept]
    order = np.argsort(centre, kind="stable")
    return centre[order].astype(np.intp), other[order].astype(np.intp)
