"""Which triangle holds a point: exhaustive, vectorized, for meshes of any grading and any outline."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.mesh.arcs import arc_height

INSIDE = 1e-10  # barycentric coordinates down to minus this count as inside
FEW = 2000  # up to so many points the nearest triangles are tried first
PAIRS = 2_000_000  # candidate (triangle, point) pairs tested at once


class Locator:
    """Finds the triangle of a point; holds the boxes of the triangles and a tree of their centres.

    The plate includes the slivers between a curved edge and its chord, which belong to the edge's triangle.
    """

    def __init__(self, space: Space):
        self._space = space
        self._boxes = _boxes(space)
        self._curved = _curved_edges(space)
        self._tree = cKDTree(space.skfem.p[:, space.skfem.t].mean(axis=1).T)

    def __call__(self, points: Array) -> tuple[NDArray[np.intp], Array]:
        """Return the triangle of each of ``points`` (k, 2), −1 outside the plate, and reference coordinates (k, 2)."""
        triangle = np.full(len(points), -1, dtype=np.intp)
        low, high = self._boxes
        open_ = np.flatnonzero(((points >= low.min(axis=0)) & (points <= high.max(axis=0))).all(axis=1))
        if len(open_) <= FEW:
            triangle[open_] = self._near(points[open_])
            open_ = open_[triangle[open_] < 0]
        if len(open_):
            triangle[open_] = self._search(points[open_])
        chart = np.full((len(points), 2), np.nan)
        found = triangle >= 0
        chart[found] = self._space.affine.chart(points[found], triangle[found])
        return triangle, chart

    def _near(self, points: Array) -> NDArray[np.intp]:
        """Test the triangles whose centres are nearest; −1 where none of them holds the point."""
        count = min(12, self._tree.n)
        candidates = self._tree.query(points, k=count)[1].reshape(len(points), count)
        repeated = np.repeat(points, count, axis=0)
        inside = _contains(self._space, candidates.ravel(), repeated, self._curved).reshape(-1, count)
        first = np.argmax(inside, axis=1)
        return np.where(inside.any(axis=1), candidates[np.arange(len(points)), first], -1)

    def _search(self, points: Array) -> NDArray[np.intp]:
        return _search(self._space, points, self._boxes, self._curved)


def _search(
    space: Space, points: Array, boxes: tuple[Array, Array], curved: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Sort the points into rows of buckets and test every triangle against the points of its bounding box."""
    low, high = boxes
    corner, extent = points.min(axis=0), np.ptp(points, axis=0)
    count = max(1, int(np.sqrt(len(points) / 2)))
    size = np.where(extent > 0, extent / count, 1.0)
    bucket = np.minimum(((points - corner) / size).astype(np.int64), count - 1)
    key = bucket[:, 1] * count + bucket[:, 0]
    order = np.argsort(key, kind="stable")
    start = np.searchsorted(key[order], np.arange(count * count + 1))
    first = np.clip(np.floor((low - corner) / size), -1, count).astype(np.int64)
    last = np.clip(np.floor((high - corner) / size), -1, count - 1).astype(np.int64)
    last = np.where(high >= corner, last, -1)
    first = np.maximum(first, 0)
    some = np.flatnonzero((last >= first).all(axis=1))
    rows = (last - first + 1)[some, 1]
    owner = np.repeat(some, rows)
    row = np.arange(len(owner)) - np.repeat(np.cumsum(rows) - rows, rows) + first[owner, 1]
    begin = start[row * count + first[owner, 0]]
    amount = start[row * count + last[owner, 0] + 1] - begin
    return _test(space, points, order, (owner, begin, amount), curved)


def _boxes(space: Space) -> tuple[Array, Array]:
    """Return the bounding boxes of all triangles, widened by the slivers of curved edges."""
    corners = space.skfem.p.T[space.skfem.t.T]
    low, high = corners.min(axis=1), corners.max(axis=1)
    lines = space.lines
    height = np.abs(lines.sagitta(space.affine.length[lines.facets]))
    margin = np.zeros(len(low))
    np.maximum.at(margin, space.skfem.f2t[0, lines.facets], np.where(lines.boundary, height, 0))
    margin += INSIDE * (high - low).max(axis=1)
    return low - margin[:, None], high + margin[:, None]


def _test(
    space: Space,
    points: Array,
    order: NDArray[np.intp],
    spans: tuple[NDArray, NDArray, NDArray],
    curved: NDArray[np.intp],
) -> NDArray[np.intp]:
    owner, begin, amount = spans
    out = np.full(len(points), np.iinfo(np.intp).max, dtype=np.intp)
    cuts = np.searchsorted(np.cumsum(amount), np.arange(PAIRS, amount.sum(), PAIRS))
    for piece in np.split(np.arange(len(amount)), cuts):
        n = amount[piece]
        triangle = np.repeat(owner[piece], n)
        point = order[np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(begin[piece], n)]
        inside = _contains(space, triangle, points[point], curved)
        np.minimum.at(out, point[inside], triangle[inside])
    return np.where(out == np.iinfo(np.intp).max, -1, out)


def _curved_edges(space: Space) -> NDArray[np.intp]:
    """Return for each triangle and local edge the line that curves there, −1 for straight, (triangles, 3)."""
    lines = space.lines
    curved = lines.arcs(space.affine.length[lines.facets])
    line_of = np.full(space.skfem.facets.shape[1], -1, dtype=np.intp)
    line_of[lines.facets[curved]] = curved
    return line_of[space.skfem.t2f.T]


def _contains(
    space: Space, triangle: NDArray[np.intp], points: Array, curved: NDArray[np.intp]
) -> NDArray[np.bool_]:
    chart = space.affine.chart(points, triangle)
    r, s = chart[:, 0], chart[:, 1]
    beyond = np.stack(
        [s, 1 - r - s, r], axis=1
    )  # barycentric coordinate opposite to edges (0,1), (1,2), (0,2)
    inside = np.ones(len(points), dtype=bool)
    for e in range(3):
        line = curved[triangle, e]
        bent = np.flatnonzero(line >= 0)
        limit = np.full(len(points), -INSIDE)
        limit[bent] = _arc_limit(space, line[bent], points[bent], triangle[bent])
        inside &= beyond[:, e] >= limit
    return inside


def _arc_limit(space: Space, line: NDArray[np.intp], points: Array, triangle: NDArray[np.intp]) -> Array:
    """Return the (signed) barycentric coordinate at which the arc of ``line`` runs above or below its chord."""
    lines, affine = space.lines, space.affine
    facets = lines.facets[line]
    start = space.skfem.p.T[space.skfem.facets[0, facets]]
    position = np.einsum("ki,ki->k", points - start, affine.tangent[facets]) / affine.length[facets]
    height = arc_height(lines.curvature[line], affine.length[facets], np.clip(position, 0, 1))
    return -height * affine.length[facets] / (2 * affine.area[triangle]) - INSIDE
