"""Where lines run and how they bend: outward normals, arcs, and the tangent of a smooth boundary at a vertex.

Each curved boundary edge is read as the circular arc through its two ends and the true curve's point between
them. At a vertex of a smooth run the two arcs share one tangent; at a corner each keeps its own. Taken as
corners, the vertices of an inscribed polygon send the supported disc to √λ = 10.1 instead of 4.935 (Babuška's
paradox; Babuška & Pitkäranta, SIAM J. Math. Anal. 21, 551 (1990), doi:10.1137/0521030).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import Affine
from landscape.elements.reference import Array
from landscape.mesh import PlateMesh
from landscape.mesh.arcs import arc_curvature, arc_height

STRAIGHT = 0.01  # rad; two straight edges that turn by less are one straight line
FLAT = 1e-9  # sagitta over chord below which an edge is straight


@dataclass(frozen=True)
class Lines:
    """Edges of the boundary and of interior supports, with the geometry of both their ends.

    ``facets`` (k,), ``boundary`` (k,) bool, ``outward`` (k,): +1 where the mesh's edge normal points outward;
    ``curvature`` (k,): of the arc, positive where the plate is convex. For end 0 (lower vertex) and 1:
    ``vertex`` (k, 2), ``tangent`` and ``normal`` (k, 2, 2) unit vectors (outward), ``bend`` (k, 2) the
    curvature there.
    """

    facets: NDArray[np.intp]
    boundary: NDArray[np.bool_]
    outward: Array
    curvature: Array
    vertex: NDArray[np.intp]
    tangent: Array
    normal: Array
    bend: Array

    def sagitta(self, length: Array) -> Array:
        """Return the signed height of each arc over the middle of its chord of ``length``."""
        return arc_height(self.curvature, length, 0.5)

    def straight(self, chord: Array) -> bool:
        """Tell whether every line runs along its ``chord`` (k, 2), a unit vector: no arc, no corner smoothed away."""
        return bool(np.abs(self.tangent - chord[:, None]).max(initial=0.0) <= FLAT)

    def arcs(self, length: Array) -> NDArray[np.intp]:
        """Return which of the lines, with chords of ``length``, are curved edges of the boundary."""
        return np.flatnonzero(self.boundary & (np.abs(self.sagitta(length)) > FLAT * length))


def lines_of(mesh: PlateMesh, affine: Affine, interior: NDArray[np.intp]) -> Lines:
    """Gather the boundary and the ``interior`` support edges of a mesh; tangents are merged where smooth."""
    rim = mesh.mesh.boundary_facets()
    facets = np.concatenate([rim, np.setdiff1d(interior, rim)]).astype(np.intp)
    boundary = np.arange(len(facets)) < len(rim)
    outward = _outward(mesh, affine, facets)
    length, t, n = affine.length[facets], affine.tangent[facets], outward[:, None] * affine.normal[facets]
    curvature = outward * arc_curvature(length[:, None] * t, mesh.bulge[facets])  # bulges inside are zero
    half = np.arcsin(np.clip(curvature * length / 2, -1, 1))
    cos, sin = np.cos(half)[:, None], np.sin(half)[:, None]
    tangent = np.stack([cos * t + sin * n, cos * t - sin * n], axis=1)
    normal = np.stack([cos * n - sin * t, cos * n + sin * t], axis=1)
    bend = np.stack([curvature, curvature], axis=1)
    vertex = mesh.mesh.facets.T[facets].astype(np.intp)
    lines = Lines(facets, boundary, outward, curvature, vertex, tangent, normal, bend)
    for subset in (boundary, ~boundary):
        _merge(lines, np.flatnonzero(subset), half, length)
    return lines


def _outward(mesh: PlateMesh, affine: Affine, facets: NDArray[np.intp]) -> Array:
    """Return +1 where the edge normal points away from the edge's first triangle, else −1."""
    points = mesh.mesh.p.T
    centroid = points[mesh.mesh.t[:, mesh.mesh.f2t[0, facets]]].mean(axis=0)
    away = points[mesh.mesh.facets[0, facets]] - centroid
    return np.where(np.einsum("ki,ki->k", away, affine.normal[facets]) > 0, 1.0, -1.0)


def _merge(lines: Lines, subset: NDArray[np.intp], half: Array, length: Array) -> None:
    """Give the two ends that meet smoothly at a vertex one tangent, one normal and one curvature (in place)."""
    ends = np.stack([np.repeat(subset, 2), np.tile([0, 1], len(subset))], axis=1)
    order = np.argsort(lines.vertex[ends[:, 0], ends[:, 1]], kind="stable")
    ends = ends[order]
    _, start, count = np.unique(lines.vertex[ends[:, 0], ends[:, 1]], return_index=True, return_counts=True)
    first, second = ends[start[count == 2]], ends[start[count == 2] + 1]
    sign_a = np.where(first[:, 1] == 1, 1.0, -1.0)  # directed into the vertex
    sign_b = np.where(second[:, 1] == 0, 1.0, -1.0)  # directed away from it
    a, b = tuple(first.T), tuple(second.T)
    into, away = sign_a[:, None] * lines.tangent[a], sign_b[:, None] * lines.tangent[b]
    turn = np.arctan2(np.abs(into[:, 0] * away[:, 1] - into[:, 1] * away[:, 0]), np.sum(into * away, axis=1))
    half_a, half_b = np.abs(half[first[:, 0]]), np.abs(half[second[:, 0]])
    smooth = turn < STRAIGHT + 0.1 * (half_a + half_b)
    weight_a, weight_b = 1 / (half_a**3 + 1e-9), 1 / (half_b**3 + 1e-9)
    merged = weight_a[:, None] * into + weight_b[:, None] * away
    merged /= np.linalg.norm(merged, axis=1, keepdims=True)
    la, lb = length[first[:, 0]], length[second[:, 0]]
    bend = (lines.bend[a] * lb + lines.bend[b] * la) / (la + lb)
    for end, sign in ((first, sign_a), (second, sign_b)):
        at = tuple(end[smooth].T)
        lines.tangent[at] = sign[smooth, None] * merged[smooth]
        across = np.stack([lines.tangent[at][:, 1], -lines.tangent[at][:, 0]], axis=1)
        side = np.sign(np.sum(across * lines.normal[at], axis=1))
        lines.normal[at] = side[:, None] * across
        lines.bend[at] = bend[smooth]
