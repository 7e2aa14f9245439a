"""Which triangle holds a point: exhaustive, vectorized, for meshes of any grading and any outline."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.mesh.arcs import arc_height

Index = NDArray[np.intp]

INSIDE = (
    1e-10  # barycentric coordinates down to minus this count as inside, and more where coordinates are coarse
)
FEW = 2000  # up to so many points the nearest triangles are tried first
NEAREST = 12  # of them
PAIRS = 2_000_000  # candidate (triangle, point) pairs tested at once


class Locator:
    """Finds the triangle of a point; holds the boxes of the triangles and a tree of their centres.

    The plate includes the slivers between a curved edge and its chord, which belong to the edge's triangle.
    """

    def __init__(self, space: Space):
        self._space = space
        self._tolerance = _tolerance(space)
        self._low, self._high = _boxes(space, self._tolerance)
        self._curved = _curved_edges(space)
        self._tree = cKDTree(space.skfem.p[:, space.skfem.t].mean(axis=1).T)

    def __call__(self, points: Array) -> tuple[Index, Array]:
        """Return the triangle of ``points`` (k, 2), −1 outside the plate, and reference coordinates (k, 2)."""
        triangle = np.full(len(points), -1, dtype=np.intp)
        low, high = self._low.min(axis=0), self._high.max(axis=0)
        pending = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
        if len(pending) <= FEW:
            triangle[pending] = self._near(points[pending])
            pending = pending[triangle[pending] < 0]
        if len(pending):
            triangle[pending] = self._search(points[pending])
        chart = np.full((len(points), 2), np.nan)
        found = triangle >= 0
        chart[found] = self._space.affine.chart(points[found], triangle[found])
        return triangle, chart

    def _near(self, points: Array) -> Index:
        """Test the triangles whose centres are nearest; −1 where none of them holds the point."""
        count = min(NEAREST, self._tree.n)
        candidates = self._tree.query(points, k=count)[1].reshape(len(points), count)
        inside = self._contains(candidates.ravel(), np.repeat(points, count, axis=0)).reshape(-1, count)
        first = candidates[np.arange(len(points)), np.argmax(inside, axis=1)]
        return np.where(inside.any(axis=1), first, -1)

    def _search(self, points: Array) -> Index:
        """Sort the points into rows of buckets and test every triangle against the points of its box."""
        corner, extent = points.min(axis=0), np.ptp(points, axis=0)
        count = max(1, int(np.sqrt(len(points) / 2)))
        size = np.where(extent > 0, extent / count, 1.0)
        bucket = np.minimum(((points - corner) / size).astype(np.int64), count - 1)
        key = bucket[:, 1] * count + bucket[:, 0]
        order = np.argsort(key, kind="stable")
        start = np.searchsorted(key[order], np.arange(count * count + 1))
        first = np.clip(np.floor((self._low - corner) / size), 0, count).astype(np.int64)
        last = np.clip(np.floor((self._high - corner) / size), -1, count - 1).astype(np.int64)
        some = np.flatnonzero((last >= first).all(axis=1))
        rows = (last - first + 1)[some, 1]
        owner = np.repeat(some, rows)
        row = np.arange(len(owner)) - np.repeat(np.cumsum(rows) - rows, rows) + first[owner, 1]
        begin = start[row * count + first[owner, 0]]
        amount = start[row * count + last[owner, 0] + 1] - begin
        return self._test(points, order, (owner, begin, amount))

    def _test(self, points: Array, order: Index, spans: tuple[Index, Index, Index]) -> Index:
        """Test triangles against spans of points: the lowest triangle that holds a point has it."""
        owner, begin, amount = spans
        none = self._tree.n
        out = np.full(len(points), none, dtype=np.intp)
        for piece in np.split(np.arange(len(amount)), _cuts(amount)):
            n = amount[piece]
            triangle = np.repeat(owner[piece], n)
            point = order[np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(begin[piece], n)]
            inside = self._contains(triangle, points[point])
            np.minimum.at(out, point[inside], triangle[inside])
        return np.where(out == none, -1, out)

    def _contains(self, triangle: Index, points: Array) -> NDArray[np.bool_]:
        """Tell for each pair of a triangle and a point whether it holds it, arcs included."""
        r, s = self._space.affine.chart(points, triangle).T
        beyond = np.stack([s, 1 - r - s, r], axis=1)  # barycentric coordinates opposite to edges 01, 12, 02
        tolerance = self._tolerance[triangle]
        inside = np.ones(len(points), dtype=bool)
        for e in range(3):
            line = self._curved[triangle, e]
            bent = np.flatnonzero(line >= 0)
            limit = -tolerance
            limit[bent] -= self._arc(line[bent], points[bent], triangle[bent])
            inside &= beyond[:, e] >= limit
        return inside

    def _arc(self, line: Index, points: Array, triangle: Index) -> Array:
        """Return how far the arc of ``line`` runs beyond its chord, as a barycentric coordinate (k,)."""
        lines, affine = self._space.lines, self._space.affine
        facets = lines.facets[line]
        length = affine.length[facets]
        start = self._space.skfem.p.T[self._space.skfem.facets[0, facets]]
        position = np.einsum("ki,ki->k", points - start, affine.tangent[facets]) / length
        height = arc_height(lines.curvature[line], length, np.clip(position, 0, 1))
        return height * length / (2 * affine.area[triangle])


def _cuts(amount: Index) -> Index:
    """Return where to cut a list of spans so that each piece has about ``PAIRS`` pairs."""
    return np.searchsorted(np.cumsum(amount), np.arange(PAIRS, amount.sum(), PAIRS))


def _tolerance(space: Space) -> Array:
    """Return the tolerance of barycentric coordinates, (triangles,): rounding of coordinates over the height."""
    longest = space.affine.length[space.skfem.t2f].max(axis=0)
    rounding = 4 * np.spacing(np.abs(space.skfem.p).max())
    tolerance: Array = INSIDE + rounding * longest / (2 * space.affine.area)
    return tolerance


def _boxes(space: Space, tolerance: Array) -> tuple[Array, Array]:
    """Return the bounding boxes of all triangles, widened by the slivers of curved edges."""
    corners = space.skfem.p.T[space.skfem.t.T]
    low, high = corners.min(axis=1), corners.max(axis=1)
    lines = space.lines
    height = np.abs(lines.sagitta(space.affine.length[lines.facets]))
    margin = np.zeros(len(low))
    np.maximum.at(margin, space.skfem.f2t[0, lines.facets], np.where(lines.boundary, height, 0))
    margin += tolerance * (high - low).max(axis=1)
    return low - margin[:, None], high + margin[:, None]


def _curved_edges(space: Space) -> Index:
    """Return for each triangle and local edge the line that curves there, −1 for straight, (triangles, 3)."""
    lines = space.lines
    curved = lines.arcs(space.affine.length[lines.facets])
    line_of = np.full(space.skfem.facets.shape[1], -1, dtype=np.intp)
    line_of[lines.facets[curved]] = curved
    return line_of[space.skfem.t2f.T]
