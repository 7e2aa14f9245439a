"""Merge tree of the superlevel sets {L ≥ t}: maxima, the passes that join them, persistence.

Every vertex climbs to a maximum along the steepest edge; the basins of the maxima are joined in the order of
the passes between them (Kruskal). Any climbing rule gives the same tree, for a chain of edges joins two
vertices at level t if and only if it joins their basins there; the steepest one also gives good basin
borders. Equal values are ordered by vertex number, so plateaus and constant fields are no exception.
(Edelsbrunner, Letscher & Zomorodian, Discrete Comput. Geom. 28, 511, 2002, doi:10.1007/s00454-002-2885-2;
Carr, Snoeyink & Axen, Comput. Geom. 24, 75, 2003, doi:10.1016/S0925-7721(02)00093-7.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from landscape.errors import InputError

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class MergeTree:
    """Maxima by falling value, and where each loses itself in a higher one.

    ``basin`` (n,): which maximum each vertex climbs to. Per maximum (k,): ``peaks`` its vertex, ``birth`` its
    value, ``death`` the value of the pass where its component meets a higher one (−inf: never), ``passes``
    the vertex of that pass (−1), ``parent`` the highest maximum of the component it meets (−1), ``across``
    the basin it meets there (−1). For every pair of adjacent basins ``between`` (p, 2): ``saddles`` (p,) is
    the vertex of the highest way across. ``rank`` (n,): place of each vertex in rising order of (value,
    number).
    """

    basin: Indices
    peaks: Indices
    birth: NDArray[np.float64]
    death: NDArray[np.float64]
    passes: Indices
    parent: Indices
    across: Indices
    between: Indices
    saddles: Indices
    rank: Indices

    @property
    def persistence(self) -> NDArray[np.float64]:
        """Height (k,) of each maximum above its pass, infinite for one that never meets a higher one."""
        return self.birth - self.death


def merge_tree(values: ArrayLike, edges: ArrayLike, *, lengths: ArrayLike | None = None) -> MergeTree:
    """Return the merge tree of values (n,) on a graph with edges (e, 2); O(n log n).

    ``lengths`` (e,), positive, make the climb follow the steepest slope instead of the largest step. Raises
    ``InputError`` when a value is not finite or an edge names a vertex that is not there.
    """
    values, edges = np.asarray(values, dtype=float), np.asarray(edges, dtype=np.intp).reshape(-1, 2)
    _check(values, edges)
    order = np.argsort(values, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    upward = rank[edges[:, 0]] < rank[edges[:, 1]]
    low, high = np.where(upward, edges.T, edges.T[::-1])
    rise = values[high] - values[low]
    slope = rise if lengths is None else rise / np.asarray(lengths, dtype=float)
    top = _climb(low, high, slope, rank=rank)
    peaks = np.flatnonzero(top == np.arange(len(top)))
    peaks = peaks[np.argsort(-rank[peaks])]
    number = np.zeros_like(top)
    number[peaks] = np.arange(len(peaks))
    basin = number[top]
    between, saddles = highest_crossings(basin[low], basin[high], low, rank=rank)
    parent, across, passes = _join(len(peaks), between, saddles, rank)
    death = np.where(passes >= 0, values[passes], -np.inf)
    return MergeTree(basin, peaks, values[peaks], death, passes, parent, across, between, saddles, rank)


def highest_crossings(
    left: Indices, right: Indices, vertices: Indices, *, rank: Indices
) -> tuple[Indices, Indices]:
    """Return each pair of different labels once, (p, 2), lower first, and its highest vertex (p,).

    ``left``, ``right`` (e,) are the labels on the two sides of each crossing, ``vertices`` (e,) where it
    happens.
    """
    differ = left != right
    pair = np.column_stack([np.minimum(left, right), np.maximum(left, right)])[differ]
    if not len(pair):
        return np.empty((0, 2), dtype=np.intp), np.empty(0, dtype=np.intp)
    width = pair.max() + 1
    keys, which = np.unique(pair[:, 0] * width + pair[:, 1], return_inverse=True)
    highest = np.zeros(len(keys), dtype=np.intp)
    np.maximum.at(highest, which, rank[vertices[differ]])
    order = np.empty_like(rank)
    order[rank] = np.arange(len(rank))
    return np.column_stack(np.divmod(keys, width)), order[highest]


def _check(values: NDArray[np.float64], edges: Indices) -> None:
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise InputError(
            f"Merge tree: needed a list of finite values, got shape {values.shape}"
            f" with {np.count_nonzero(~np.isfinite(values))} not finite.",
            "Leave the points without a value out.",
        )
    if edges.size and not (edges.min() >= 0 and edges.max() < len(values)):
        raise InputError(
            f"Merge tree: edges name vertices {edges.min()} to {edges.max()}, there are {len(values)}."
        )


def _climb(low: Indices, high: Indices, slope: NDArray[np.float64], *, rank: Indices) -> Indices:
    """Return the maximum (n,) each vertex reaches by steepest edges; among equals the higher end decides."""
    count = len(rank)
    steepest = np.full(count, -np.inf)
    np.maximum.at(steepest, low, slope)
    best = slope == steepest[low]
    target = rank.copy()
    np.maximum.at(target, low[best], rank[high[best]])
    order = np.empty_like(rank)
    order[rank] = np.arange(count)
    up = order[target]
    while not np.array_equal(further := up[up], up):
        up = further
    return up


def _join(count: int, between: Indices, saddles: Indices, rank: Indices) -> tuple[Indices, Indices, Indices]:
    """Join basins in falling order of passes: parent, basin across and pass vertex (k,) of each maximum.

    Maxima are numbered by falling value, so the highest of a component is its smallest number.
    """
    parent, across, passes = (np.full(count, -1, dtype=np.intp) for _ in range(3))
    weight = len(rank) - rank[saddles]  # 1 for the highest vertex: a minimum tree takes the highest passes
    graph = coo_array((weight, (between[:, 0], between[:, 1])), shape=(count, count)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    falling = np.argsort(tree.data, kind="stable")
    vertex = np.argsort(rank)[len(rank) - tree.data[falling].astype(np.intp)]
    root = list(range(count))
    for i, j, saddle in zip(
        tree.row[falling].tolist(), tree.col[falling].tolist(), vertex.tolist(), strict=True
    ):
        elder, younger = _find(root, i), _find(root, j)
        near = i
        if elder > younger:
            elder, younger, near = younger, elder, j
        root[younger] = elder
        parent[younger], across[younger], passes[younger] = elder, near, saddle
    return parent, across, passes


def _find(root: list[int], i: int) -> int:
    """Return the highest maximum of i's component, halving the path on the way."""
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i
