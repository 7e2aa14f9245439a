"""The smooth boundary behind an inscribed polygon.

A mesh of 3-node triangles replaces curves by chords, and a plate on a polygon is another plate, however fine
(Babuška's paradox): its boundary has to be read as the curve it stands for.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from landscape.mesh import PlateMesh, boundary_edges, noted
from landscape.mesh.arcs import arc_bulge
from landscape.mesh.checks import folded_curves

MAX_TURN = np.deg2rad(20)
"""A vertex that turns by more is a corner."""
LIKE = 2.5
"""Neighbouring vertices of one curve have curvatures within this factor."""
MIN_RUN = 4
"""Fewer vertices in a row are no curve: a polygon may have two or three equal corners."""

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class _Rim:
    """The boundary walked with the plate on the left; per vertex, its edges in and out (−1: none).

    ``facet`` and ``chord`` (k, 2) per boundary edge; ``turn`` and ``curvature`` per vertex, positive where
    the plate is convex, zero where the boundary passes the vertex not exactly once or changes its group
    there.
    """

    facet: Index
    chord: Array
    ends: Index
    edge_in: Index
    edge_out: Index
    turn: Array
    curvature: Array


def smooth_boundary(mesh: PlateMesh) -> PlateMesh:
    """Return the mesh with curved edges wherever its boundary is a polygon inscribed in a smooth curve.

    A run of at least 4 vertices between edges of the same groups, which turn the same way by less than 20°
    and whose curvatures κ = 2 sin θ / |x₊ − x₋| differ by less than a factor 2.5 from one to the next, is
    smooth: each of its edges becomes an arc of the mean curvature of its ends. Where such a run passes into
    a straight line the line stays straight. A note tells how many vertices were read so. A mesh that brings
    its own curve (6-node triangles) is returned as it is.
    """
    if mesh.second_order or mesh.bulge.any():
        return mesh
    rim = _walk(mesh)
    smooth = _without_tangent_points(rim, _runs(rim))
    share = np.where(smooth, rim.curvature, 0.0)[rim.ends]
    known = smooth[rim.ends].sum(axis=1)
    bulge = np.zeros_like(mesh.bulge)
    bulge[rim.facet] = arc_bulge(rim.chord, share.sum(axis=1) / np.maximum(known, 1))
    bulge[folded_curves(mesh.mesh, bulge)] = 0
    if not bulge.any():
        return mesh
    note = (
        f"{np.count_nonzero(smooth)} boundary vertices turn by small, nearly equal angles: "
        "the boundary there was read as a smooth curve, not as a polygon."
    )
    return noted(replace(mesh, bulge=bulge), note)


def _walk(mesh: PlateMesh) -> _Rim:
    """Return the boundary with its turning angles."""
    m = mesh.mesh
    facet = boundary_edges(mesh).astype(np.intp)
    start, end = m.facets[:, facet].astype(np.intp)
    opposite = m.p[:, m.t[:, m.f2t[0, facet]].sum(axis=0) - start - end]
    side = _cross((m.p[:, end] - m.p[:, start]).T, (opposite - m.p[:, start]).T)
    start, end = np.where(side > 0, start, end), np.where(side > 0, end, start)
    chord = (m.p[:, end] - m.p[:, start]).T
    size = m.p.shape[1]
    edge_in, edge_out = np.full(size, -1), np.full(size, -1)
    edge_in[end] = edge_out[start] = np.arange(len(facet))
    once = np.bincount(start, minlength=size) == 1
    group = _group_keys(mesh, facet)
    v = np.flatnonzero(once)
    v = v[group[edge_in[v]] == group[edge_out[v]]]
    before, after = chord[edge_in[v]], chord[edge_out[v]]
    turn, curvature = np.zeros(size), np.zeros(size)
    turn[v] = np.arctan2(_cross(before, after), (before * after).sum(axis=1))
    curvature[v] = 2 * np.sin(turn[v]) / np.linalg.norm(before + after, axis=1)
    ends = np.stack((start, end), axis=1)
    return _Rim(facet, chord, ends, edge_in, edge_out, turn, curvature)


def _group_keys(mesh: PlateMesh, facet: Index) -> Index:
    """Return a number per boundary edge, equal for edges of the same groups."""
    member = np.array(
        [np.isin(facet, ids) for ids in mesh.edge_groups.values()] or [np.zeros(len(facet), bool)]
    )
    return np.unique(member, axis=1, return_inverse=True)[1].reshape(-1)


def _runs(rim: _Rim) -> NDArray[np.bool_]:
    """Return per vertex whether it belongs to a run of at least ``MIN_RUN`` like vertices."""
    size = len(rim.turn)
    bent = (np.abs(rim.turn) < MAX_TURN) & (np.abs(rim.turn) > 1e-6)
    linked = rim.ends[_alike(rim, bent)]
    graph = coo_array((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    return bent & (np.bincount(label)[label] >= MIN_RUN)


def _alike(rim: _Rim, smooth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return per boundary edge whether both its ends are smooth and bend alike."""
    a, b = rim.curvature[rim.ends].T
    return (
        smooth[rim.ends].all(axis=1)
        & (a * b > 0)
        & (np.abs(a) < LIKE * np.abs(b))
        & (np.abs(b) < LIKE * np.abs(a))
    )


def _without_tangent_points(rim: _Rim, smooth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop from the runs the end vertices where a straight line is tangent to the curve.

    With κ of the vertex next to it, the inner edge accounts for a turn of asin(κℓ/2); if less than half of
    what an outer edge on the curve would add is left, the outer edge is straight.
    """
    kept = smooth.copy()
    length = np.linalg.norm(rim.chord, axis=1)
    alike = _alike(rim, smooth)
    for inner, outer, far in ((rim.edge_out, rim.edge_in, 1), (rim.edge_in, rim.edge_out, 0)):
        v = np.flatnonzero(smooth)
        v = v[alike[inner[v]] & ~alike[outer[v]]]
        curvature = rim.curvature[rim.ends[inner[v], far]]
        half_in, half_out = (np.arcsin(np.clip(curvature * length[e[v]] / 2, -1, 1)) for e in (inner, outer))
        kept[v[(rim.turn[v] - half_in) / half_out < 0.5]] = False
    return kept


def _cross(a: Array, b: Array) -> Array:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
