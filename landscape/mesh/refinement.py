"""Refinement that keeps the names and follows the curve."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skfem import MeshTri

from landscape.errors import MeshError
from landscape.mesh import checks
from landscape.mesh.arcs import arc_bulge, arc_curvature
from landscape.mesh.core import PlateMesh, facet_numbers


def refined(mesh: PlateMesh, marked: ArrayLike | None = None) -> PlateMesh:
    """Return a finer mesh: every triangle in four, or at least the triangles ``marked`` (indices) split.

    See ``refined_with_parents``.
    """
    return refined_with_parents(mesh, marked)[0]


def refined_with_parents(
    mesh: PlateMesh, marked: ArrayLike | None = None
) -> tuple[PlateMesh, NDArray[np.intp]]:
    """Return a finer mesh and, for each of its triangles, the triangle of ``mesh`` it lies in.

    Without ``marked`` every triangle is cut in four. With it, all edges of the marked triangles are halved
    and the neighbours follow by red-green-blue refinement with the longest edge first, which keeps the
    angles bounded (Carstensen, Constr. Approx. 20, 549, 2004, doi:10.1007/s00365-003-0550-5). Old vertices
    keep their numbers. A new vertex on a curved edge lies on its arc, and both halves keep the curvature.
    """
    old = mesh.mesh
    halved = _halved_facets(old, marked)
    middle = np.full(old.facets.shape[1], -1, dtype=np.intp)
    middle[halved] = old.p.shape[1] + np.arange(np.count_nonzero(halved))
    new_points = old.p[:, old.facets[:, halved]].mean(axis=1) + mesh.bulge[halved].T
    cells, parent = _split(old, middle)
    new = MeshTri(np.hstack((old.p, new_points)), np.ascontiguousarray(cells.T))
    children = _child_facets(old, new, middle)
    bulge = _child_bulges(mesh, new, children)
    fine = PlateMesh(
        new,
        {name: np.unique(children[ids]) for name, ids in mesh.edge_groups.items()},
        dict(mesh.point_groups),
        {name: np.flatnonzero(np.isin(parent, ids)) for name, ids in mesh.surface_groups.items()},
        bulge,
        mesh.notes,
        mesh.second_order,
    )
    checks.folds(new)
    return fine, parent


def _halved_facets(old: MeshTri, marked: ArrayLike | None) -> NDArray[np.bool_]:
    """Return the facets to halve: those of the marked triangles, and the longest of each triangle touched."""
    if marked is None:
        return np.ones(old.facets.shape[1], dtype=bool)
    chosen = np.asarray(marked)
    chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
    if chosen.size and (chosen.min() < 0 or chosen.max() >= old.t.shape[1]):
        raise MeshError(f"Marked triangles: needed numbers 0 to {old.t.shape[1] - 1}, got {chosen.max()}.")
    halved = np.zeros(old.facets.shape[1], dtype=bool)
    halved[old.t2f[:, chosen]] = True
    longest = old.t2f[_longest(old), np.arange(old.t.shape[1])]
    while True:
        more = longest[halved[old.t2f].any(axis=0)]
        if halved[more].all():
            return halved
        halved[more] = True


def _longest(old: MeshTri) -> NDArray[np.intp]:
    """Return the local number (0, 1, 2) of each triangle's longest edge."""
    length = np.linalg.norm(np.diff(old.p[:, old.facets], axis=1)[:, 0], axis=0)
    return np.argmax(length[old.t2f], axis=0)


def _split(old: MeshTri, middle: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the new triangles (n, 3) and their parents.

    Each triangle is turned so that its longest edge is (a, b), with c opposite: m = middle of ab, and n of
    bc, o of ca where these are halved too.
    """
    turned = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])[_longest(old)]
    each = np.arange(old.t.shape[1])[:, None]
    a, b, c = old.t.T[each, turned].T.astype(np.intp)
    m, n, o = middle[
        old.t2f.T[each, turned].T
    ]  # edges are numbered 01, 12, 20 like the corners they start at
    whole, on_n, on_o = m < 0, n >= 0, o >= 0
    red, green = on_n & on_o, ~whole & ~on_n & ~on_o
    patterns = [
        (whole, [(a, b, c)]),
        (green, [(a, m, c), (m, b, c)]),
        (on_n & ~on_o, [(a, m, c), (m, b, n), (m, n, c)]),
        (on_o & ~on_n, [(m, b, c), (a, m, o), (m, c, o)]),
        (red, [(a, m, o), (m, b, n), (o, n, c), (m, n, o)]),
    ]
    cells = [np.stack([v[mask] for v in child], axis=1) for mask, children in patterns for child in children]
    parent = [np.flatnonzero(mask) for mask, children in patterns for _ in children]
    return np.concatenate(cells), np.concatenate(parent)


def _child_facets(old: MeshTri, new: MeshTri, middle: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (edges, 2): the new facets each old facet became, twice the same if it is whole."""
    a, b = old.facets.astype(np.intp)
    halved = middle >= 0
    first = np.stack((a, np.where(halved, middle, b)), axis=1)
    second = np.stack((np.where(halved, middle, a), b), axis=1)
    return np.stack((facet_numbers(new, first), facet_numbers(new, second)), axis=1)


def _child_bulges(mesh: PlateMesh, new: MeshTri, children: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the bulges (edges, 2) of the finer mesh: each half of an arc keeps its curvature."""
    bulge = np.zeros((new.facets.shape[1], 2))
    curved = np.flatnonzero(mesh.bulge.any(axis=1))
    a, b = mesh.mesh.p[:, mesh.mesh.facets[:, curved]].transpose(1, 2, 0)
    curvature = arc_curvature(b - a, mesh.bulge[curved])
    middle = (a + b) / 2 + mesh.bulge[curved]
    whole = (children[curved, 0] == children[curved, 1])[:, None]
    for child, chord in zip(children[curved].T, (middle - a, b - middle), strict=True):
        bulge[child] = np.where(whole, mesh.bulge[curved], arc_bulge(chord, curvature))
    return bulge
