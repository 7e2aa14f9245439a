"""What makes a set of triangles a plate; each refusal names the place and the cure."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skfem import MeshTri

from landscape.errors import MeshError

THIN = 1e-8
"""Below this share of its longest edge squared, twice the area of a triangle is zero up to rounding."""


def arrays(points: ArrayLike, cells: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return points (n, 2) and triangles (m, 3 or 6) as arrays, or raise ``MeshError``."""
    xy = np.array(points, dtype=np.float64)
    t = np.array(cells, dtype=np.intp)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise MeshError(f"Points of a plate: needed an array (n, 2), got shape {xy.shape}.")
    if t.size == 0:
        raise MeshError("The mesh has no triangles.", "Mesh the plate's surface, not its outline alone.")
    if t.ndim != 2 or t.shape[1] not in (3, 6):
        raise MeshError(f"Triangles: needed 3 or 6 nodes each, got shape {t.shape}.")
    if t.min() < 0 or t.max() >= len(xy):
        raise MeshError(f"A triangle names point {t.max()}, but there are {len(xy)} points.")
    bad = np.flatnonzero(~np.isfinite(xy[np.unique(t)]).all(axis=1))
    if len(bad):
        where = np.unique(t)[bad[0]]
        raise MeshError(
            f"{len(bad)} points are not finite; the first is point {where}: {xy[where].tolist()}.",
            "Export the mesh again; a coordinate is missing or overflowed.",
        )
    return xy, t


def triangles(xy: NDArray[np.float64], t: NDArray[np.intp]) -> None:
    """Refuse duplicate triangles, triangles without area and edges shared by three triangles."""
    _, first, count = np.unique(np.sort(t, axis=1), axis=0, return_index=True, return_counts=True)
    if (count > 1).any():
        where = first[count > 1][0]
        raise MeshError(
            f"{(count > 1).sum()} triangles occur twice; the first is {_place(xy, t[where])}.",
            "Remove the duplicates (gmsh: Coherence Mesh).",
        )
    side = xy[np.roll(t, -1, axis=1)] - xy[t]
    double_area = np.abs(side[:, 0, 0] * side[:, 1, 1] - side[:, 0, 1] * side[:, 1, 0])
    flat = np.flatnonzero(double_area <= THIN * (side**2).sum(axis=2).max(axis=1))
    if len(flat):
        raise MeshError(
            f"{len(flat)} triangles have no area; the first is number {flat[0]} {_place(xy, t[flat[0]])}.",
            "Remove or collapse them in the mesher.",
        )
    edges = np.sort(t[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    pairs, count = np.unique(edges, axis=0, return_counts=True)
    if (count > 2).any():
        raise MeshError(
            f"An edge is shared by {count.max()} triangles {_place(xy, pairs[count > 2][0])}: "
            "the surface branches or overlaps itself.",
            "A plate is one flat sheet; remove the extra surface.",
        )


def folds(mesh: MeshTri) -> None:
    """Refuse two triangles that lie on the same side of their common edge: one of them is inverted."""
    inner = np.flatnonzero(mesh.f2t[1] >= 0)
    a, b = mesh.p[:, mesh.facets[0, inner]], mesh.p[:, mesh.facets[1, inner]]
    ends = mesh.facets[:, inner].sum(axis=0)
    side = []
    for triangle in mesh.f2t[:, inner]:
        opposite = mesh.p[:, mesh.t[:, triangle].sum(axis=0) - ends]
        side.append((b[0] - a[0]) * (opposite[1] - a[1]) - (b[1] - a[1]) * (opposite[0] - a[0]))
    folded = np.flatnonzero(np.sign(side[0]) == np.sign(side[1]))
    if len(folded):
        where = mesh.facets[:, inner[folded[0]]]
        raise MeshError(
            f"The mesh folds over itself at {len(folded)} edges; the first is {_place(mesh.p.T, where)}: "
            "an element beside it is inverted.",
            "Untangle the mesh (gmsh: Mesh.Optimize, or mesh again).",
        )


def curved(mesh: MeshTri, bulge: NDArray[np.float64]) -> None:
    """Refuse a curved edge so bent that its triangle folds."""
    if len(bad := folded_curves(mesh, bulge)):
        raise MeshError(
            f"The curve of {len(bad)} boundary edges folds its triangle; the first is "
            f"{_place(mesh.p.T, mesh.facets[:, bad[0]])}.",
            "Use smaller elements along the curve, or gmsh's Mesh.HighOrderOptimize.",
        )


def folded_curves(mesh: MeshTri, bulge: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the facets whose curve has end tangents that leave their triangle."""
    facets = np.flatnonzero(bulge.any(axis=1))
    a, b = mesh.p[:, mesh.facets[0, facets]], mesh.p[:, mesh.facets[1, facets]]
    opposite = mesh.p[:, mesh.t[:, mesh.f2t[0, facets]].sum(axis=0) - mesh.facets[:, facets].sum(axis=0)]
    chord, offset = b - a, 4 * bulge[facets].T
    area = _cross(chord, opposite - a)
    start = _cross(chord + offset, opposite - a)
    end = _cross(chord - offset, opposite - b)
    return facets[(start * area <= 0) | (end * area <= 0)]


def triangle_group(ids: ArrayLike, name: str, count: int) -> NDArray[np.intp]:
    """Return the triangles of a surface group, unique and in range."""
    found = np.unique(np.asarray(ids, dtype=np.intp))
    if len(found) == 0 or found[0] < 0 or found[-1] >= count:
        raise MeshError(
            f"Surface group {name!r}: needed triangles 0 to {count - 1}, got {found.tolist()[:3]}."
        )
    return found


def observations(mesh: MeshTri, xy: NDArray[np.float64], t: NDArray[np.intp]) -> list[str]:
    """Return notes on orphan nodes and vertices that share a place."""
    notes = []
    if orphans := len(xy) - len(np.unique(t)):
        notes.append(f"{orphans} nodes of no triangle were dropped.")
    size = mesh.p.shape[1]
    extent = np.ptp(mesh.p, axis=1).max()
    same = size - len(np.unique(np.round((mesh.p.T - mesh.p.min(axis=1)) / (1e-9 * extent)), axis=0))
    if same:
        notes.append(
            f"{same} vertices share their place with another one: the plate is slit there. "
            "If it should be whole, merge them (gmsh: Coherence Mesh)."
        )
    return notes


def pieces(mesh: MeshTri) -> list[str]:
    """Return a note on separate pieces, if there are some."""
    size = mesh.p.shape[1]
    edges = coo_array((np.ones(mesh.facets.shape[1]), tuple(mesh.facets)), shape=(size, size))
    count, _ = connected_components(edges, directed=False)
    return [f"The plate consists of {count} separate pieces; each vibrates by itself."] if count > 1 else []


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a[0] * b[1] - a[1] * b[0]


def _place(xy: NDArray[np.float64], vertices: NDArray[np.intp]) -> str:
    x, y = xy[vertices].mean(axis=0)
    return f"near ({x:g}, {y:g})"
