"""Supports as linear constraints on the unknowns of each vertex and edge.

At a vertex the jet is (w, s w_x, s w_y, s² w_xx, s² w_xy, s² w_yy). An edge with tangent t, outward normal n
and curvature κ gives the rows

    supported: w,  t·∇w,  tᵀHt − κ ∂n w          clamped: w,  ∇w,  Ht        (points: w;  w and ∇w)

of all edges at the vertex together; their null space is what remains free: w_nn on a straight clamped edge,
nothing at a clamped corner. At the midpoint of a clamped edge ∂n w = 0. On a clamped arc the slope vanishes at
the middle of the arc, not of the chord: the element's own polynomial, continued there, ties the edge's unknown
to the other unknowns of its triangle. (A tie to the ends' w_nn alone leaves an error of order h³.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skfem import MeshTri

from landscape.elements.base import Affine, PlateElement, transform
from landscape.elements.boundary import Lines
from landscape.elements.reference import Array
from landscape.plate import Support

RANK = 1e-6  # a direction is fixed when the stacked, length-scaled rows see it above this


@dataclass(frozen=True)
class Constraints:
    """What the supports leave free.

    ``vertices`` (k,) are constrained; ``frames`` (k, jet, jet) orthogonal, the first ``free`` (k,) columns span
    the allowed jets. The slopes of ``edges`` (e,) are no unknowns: they vanish, or, where ``tied_triangles``
    (t,) continue into a clamped arc, follow from the other unknowns d of the triangle:
    d[``tied_slot``] = ``ties`` (t, size) · d.
    """

    vertices: NDArray[np.intp]
    frames: Array
    free: NDArray[np.intp]
    edges: NDArray[np.intp]
    tied_triangles: NDArray[np.intp]
    tied_slot: NDArray[np.intp]
    ties: Array


def constrain(
    element: PlateElement,
    mesh: MeshTri,
    affine: Affine,
    lines: Lines,
    supports: tuple[list[Support], dict[int, Support]],
) -> Constraints:
    """Return the constraints of the supports: one per edge of ``lines``, and those of single vertices."""
    kinds = np.array([support.value for support in supports[0]], dtype="U9")
    clamped, supported = kinds == Support.CLAMPED.value, kinds == Support.SUPPORTED.value
    tables = _edge_rows(lines, affine, clamped, supported) + _point_rows(supports[1])
    where = np.concatenate([np.repeat(vertex, table.shape[1]) for vertex, table in tables])
    rows = np.concatenate([table.reshape(-1, 6) for _, table in tables])
    vertices, frames, free = _null_spaces(where, rows[:, : element.jet])
    return Constraints(
        vertices, frames, free, lines.facets[clamped], *_ties(element, mesh, affine, lines, clamped)
    )


def _point_rows(supports: dict[int, Support]) -> list[tuple[NDArray[np.intp], Array]]:
    """Return (vertices, rows (k, rows, 6)) of pinned and of clamped points."""
    out = []
    for support, count in ((Support.SUPPORTED, 1), (Support.CLAMPED, 3)):
        vertices = np.array([v for v, s in supports.items() if s is support], dtype=np.intp)
        out.append((vertices, np.tile(np.eye(6)[:count], (len(vertices), 1, 1))))
    return out


def _edge_rows(
    lines: Lines, affine: Affine, clamped: NDArray[np.bool_], supported: NDArray[np.bool_]
) -> list[tuple[NDArray[np.intp], Array]]:
    """Return (vertices, rows (k, rows, 6)) of clamped and supported edges, both ends."""
    out = []
    for end in (0, 1):
        for chosen, build in ((clamped, _clamped_rows), (supported, _supported_rows)):
            vertex = lines.vertex[chosen, end]
            t, n = lines.tangent[chosen, end], lines.normal[chosen, end]
            out.append((vertex, build(t, n, lines.bend[chosen, end] * affine.scale[vertex])))
    return out


def _clamped_rows(t: Array, n: Array, bend: Array) -> Array:
    rows = np.zeros((len(t), 5, 6))
    rows[:, [0, 1, 2], [0, 1, 2]] = 1
    rows[:, 3, 3], rows[:, 3, 4] = t[:, 0], t[:, 1]
    rows[:, 4, 4], rows[:, 4, 5] = t[:, 0], t[:, 1]
    return rows


def _supported_rows(t: Array, n: Array, bend: Array) -> Array:
    rows = np.zeros((len(t), 3, 6))
    rows[:, 0, 0] = 1
    rows[:, 1, 1:3] = t
    rows[:, 2, 1:3] = -bend[:, None] * n
    rows[:, 2, 3:] = _quadratic(t)
    return rows


def _quadratic(t: Array) -> Array:
    """Return the row of tᵀHt on (xx, xy, yy)."""
    return np.stack([t[:, 0] ** 2, 2 * t[:, 0] * t[:, 1], t[:, 1] ** 2], axis=1)


def _null_spaces(where: NDArray[np.intp], rows: Array) -> tuple[NDArray[np.intp], Array, NDArray[np.intp]]:
    """Stack the rows of each vertex and split its jet into free (first) and fixed directions."""
    jet = rows.shape[1]
    vertices, inverse, count = np.unique(where, return_inverse=True, return_counts=True)
    if not len(vertices):
        return vertices.astype(np.intp), np.zeros((0, jet, jet)), np.zeros(0, np.intp)
    order = np.argsort(inverse, kind="stable")
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    slot = np.arange(len(where)) - np.repeat(start, count)
    stacked = np.zeros((len(vertices), max(int(count.max()), jet), jet))
    stacked[inverse[order], slot] = rows[order]
    _, singular, vt = np.linalg.svd(stacked, full_matrices=True)
    fixed = np.sum(singular > RANK, axis=1)
    frames = np.swapaxes(vt, 1, 2)[:, :, ::-1]  # smallest singular values first
    return vertices.astype(np.intp), frames, (jet - fixed).astype(np.intp)


def _ties(
    element: PlateElement, mesh: MeshTri, affine: Affine, lines: Lines, clamped: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Return triangles, slots and rows that make ∂n w vanish in the middle of every clamped arc."""
    arcs = lines.arcs(affine.length[lines.facets])
    arcs = arcs[clamped[arcs]]
    facets = lines.facets[arcs]
    height = lines.sagitta(affine.length[lines.facets])[arcs]
    triangles = mesh.f2t[0, facets].astype(np.intp)
    normal = lines.outward[arcs, None] * affine.normal[facets]
    middle = mesh.p.T[mesh.facets[:, facets]].mean(axis=0) + height[:, None] * normal
    chart = affine.chart(middle, triangles)
    direction = np.einsum("kij,kj->ki", affine.inverse[triangles], normal)
    slope = np.einsum("ki,kin->kn", direction, element.monomials.gradient(chart) @ element.basis)
    rows = np.einsum("kn,knm->km", slope, transform(element, affine, mesh, triangles))
    slot = 3 * element.jet + np.argmax(mesh.t2f.T[triangles] == facets[:, None], axis=1)
    order = np.argsort(triangles, kind="stable")
    triangles, slot, rows = triangles[order], slot[order], rows[order]
    return triangles, slot, _eliminate(triangles, slot, rows)


def _eliminate(triangles: NDArray[np.intp], slot: NDArray[np.intp], rows: Array) -> Array:
    """Solve rows · d = 0 of each triangle for its tied unknowns (one, or two at a vertex between two arcs)."""
    ties = np.zeros_like(rows)
    for triangle in np.unique(triangles):
        at = np.arange(*np.searchsorted(triangles, [triangle, triangle + 1]))
        tied = slot[at]
        rest = rows[at].copy()
        rest[:, tied] = 0
        ties[at] = -np.linalg.solve(rows[at][:, tied], rest)
    return ties
