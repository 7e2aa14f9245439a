"""Regions of a landscape: its significant maxima, the passes between them, and where each opens."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from landscape.errors import InputError
from landscape.topography.basins import Indices, MergeTree, highest_crossings, merge_tree
from landscape.topography.surface import Surface, surface_edges


@dataclass(frozen=True)
class Critical:
    """Peaks or passes: nearest ``vertices`` (k,), ``points`` (k, 2), landscape ``values`` (k,) in s²."""

    vertices: Indices
    points: NDArray[np.float64]
    values: NDArray[np.float64]

    def take(self, order: Indices) -> "Critical":
        """Return the chosen ones, in that order."""
        return Critical(self.vertices[order], self.points[order], self.values[order])


@dataclass(frozen=True)
class Regions:
    """Where the landscape traps: regions 1..k by falling maximum, and the passes between them.

    ``peaks`` (k of them); ``labels`` (n,) the region of each vertex, 0 = none; ``passes`` by falling value,
    the highest between each two adjacent regions; ``between`` (p, 2) the numbers of these two, lower first.
    """

    peaks: Critical
    labels: Indices
    passes: Critical
    between: Indices

    @property
    def count(self) -> int:
        """Number of regions."""
        return len(self.peaks.vertices)


def find_regions(
    surface: Surface,
    *,
    persistence: float = 0.05,
    floor: float = 1e-5,
    noise: ArrayLike = 0.0,
    smallest: float = 0.0,
) -> Regions:
    """Return the significant maxima of a landscape with their basins and passes.

    A maximum keeps its region when it rises above its pass Lₛ by (L − Lₛ)/L > ``persistence`` (relative,
    because a small room has L ~ size⁴) and by at least ``noise`` (absolute, s²; say 5 sigma of a measurement;
    one number or (n,) per vertex), and when L exceeds ``floor`` times the greatest of all (in clamped corners
    L ripples by 4e-7 to 1e-5 of it). Lₛ < 0 counts as 0. Otherwise its basin joins the region across its pass,
    and so does a region of fewer than ``smallest`` vertices, the smallest first. Label 0 marks vertices below
    zero by more than floor and noise, and components without a significant maximum. What is lower than floor
    and noise is no pass. Raises ``InputError`` on an option out of range or a landscape that is nowhere positive.
    """
    noise = np.broadcast_to(np.asarray(noise, dtype=float), surface.values.shape)
    _check(noise, smallest, persistence=persistence, floor=floor)
    values, edges = surface.values, surface_edges(surface)
    lengths = np.linalg.norm(surface.points[edges[:, 1]] - surface.points[edges[:, 0]], axis=1)
    if (lengths == 0).any():
        raise InputError("Surface: two points of one triangle coincide.", "Remove zero-area triangles.")
    tree = merge_tree(values, edges, lengths=lengths)
    highest = tree.birth[0]
    if highest <= 0:
        raise InputError(
            f"Landscape: needed a positive value somewhere, the greatest is {highest:g}.",
            "Deflection counts positive along the load: check its sign.",
        )
    threshold = np.maximum(floor * highest, noise)
    depth = tree.birth - np.maximum(tree.death, 0)
    kept = (tree.birth > threshold[tree.peaks]) & (depth >= noise[tree.peaks])
    kept = _large(tree, kept & (depth > persistence * tree.birth), smallest)
    region = _merge(tree, kept)
    labels = np.where(values < -threshold, 0, region[tree.basin])
    between, saddles = _passes(surface, tree, region, threshold)
    return Regions(_critical(surface, tree.peaks[kept]), labels, _critical(surface, saddles), between)


def refine_regions(regions: Regions, peaks: Critical, passes: Critical) -> Regions:
    """Return the regions with polished ``peaks`` and ``passes``, numbered anew by falling value."""
    order = np.argsort(-peaks.values, kind="stable")
    number = np.zeros(len(order) + 1, dtype=np.intp)
    number[order + 1] = np.arange(1, len(order) + 1)
    falling = np.argsort(-passes.values, kind="stable")
    between = np.sort(number[regions.between[falling]], axis=1)
    return replace(
        regions,
        peaks=peaks.take(order),
        labels=number[regions.labels],
        passes=passes.take(falling),
        between=between,
    )


def spread_labels(triangles: Indices, labels: Indices, barycentric: NDArray[np.float64]) -> Indices:
    """Return the region (m, q) of points given by barycentric coordinates (q, 3) in every triangle (m, 3).

    Each takes the label of the corner it is nearest to, in its own triangle: nothing leaks through a slit or
    a thin wall.
    """
    corner = np.argmax(barycentric, axis=1)
    spread: Indices = labels[triangles[:, corner]]
    return spread


def _check(noise: NDArray[np.float64], smallest: float, *, persistence: float, floor: float) -> None:
    for name, value in (("persistence", persistence), ("floor", floor)):
        if not 0 <= value < 1:
            raise InputError(f"Regions: needed {name} from 0 up to but below 1, got {value!r}.")
    if not smallest >= 0:
        raise InputError(f"Regions: needed a smallest area of 0 or more, got {smallest!r}.")
    if not ((noise >= 0) & (noise < np.inf)).all():
        raise InputError(
            f"Regions: needed a noise of 0 or more in s², got {noise.min():g} to {noise.max():g}."
        )


def _critical(surface: Surface, vertices: Indices) -> Critical:
    return Critical(vertices, surface.points[vertices], surface.values[vertices])


def _merge(tree: MergeTree, kept: NDArray[np.bool_]) -> Indices:
    """Return the region (k,) of each basin: its own, or the one across its pass, and so on; 0 for none."""
    none = len(kept)
    target = np.where(kept, np.arange(none), np.where(tree.across >= 0, tree.across, none))
    target = np.append(target, none)
    while not np.array_equal(further := target[target], target):
        target = further
    number = np.append(np.where(kept, np.cumsum(kept), 0), 0)
    return number[target[:-1]]


def _large(tree: MergeTree, kept: NDArray[np.bool_], smallest: float) -> NDArray[np.bool_]:
    """Return the maxima (k,) whose regions have ``smallest`` vertices, after the smaller ones have joined others."""
    while kept.any():
        size = np.bincount(_merge(tree, kept)[tree.basin], minlength=np.count_nonzero(kept) + 1)[1:]
        if size.min() >= smallest:
            break
        kept = kept.copy()
        kept[np.flatnonzero(kept)[np.argmin(size)]] = False
    return kept


def _passes(
    surface: Surface, tree: MergeTree, region: Indices, threshold: NDArray[np.float64]
) -> tuple[Indices, Indices]:
    """Return the pairs (p, 2) of adjacent regions and their pass vertices (p,), by falling value."""
    pair = region[tree.between]
    open_ = (pair > 0).all(axis=1) & (surface.values[tree.saddles] > threshold[tree.saddles])
    pair = pair[open_]
    between, saddles = highest_crossings(pair[:, 0], pair[:, 1], tree.saddles[open_], rank=tree.rank)
    true = _is_saddle(surface, tree.rank, saddles)
    between, saddles = between[true], saddles[true]
    falling = np.argsort(-tree.rank[saddles], kind="stable")
    return between[falling], saddles[falling]


def _is_saddle(surface: Surface, rank: Indices, vertices: Indices) -> NDArray[np.bool_]:
    """Tell which vertices are saddles: the higher part of the ring around them falls into two pieces or more.

    Two regions that only touch where a third one comes between have a highest crossing that is none.
    """
    flag = np.zeros(len(rank), dtype=bool)
    flag[vertices] = True
    corners = np.concatenate([np.roll(surface.triangles, -turn, axis=1) for turn in range(3)])
    centre, first, second = corners[flag[corners[:, 0]]].T
    higher = np.column_stack([rank[first] > rank[centre], rank[second] > rank[centre]])
    ring = np.column_stack([centre * len(rank) + first, centre * len(rank) + second])
    nodes, which = np.unique(ring[higher], return_inverse=True)
    place = np.zeros(ring.shape, dtype=np.intp)
    place[higher] = which
    linked = place[higher.all(axis=1)]
    graph = coo_array((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(len(nodes), len(nodes)))
    pieces = connected_components(graph, directed=False)[1]
    owner = np.full(len(nodes), -1)
    owner[pieces] = nodes // max(len(rank), 1)  # one entry per piece, the rest stays -1
    split = np.bincount(owner[owner >= 0], minlength=len(rank)) >= 2
    return split[vertices]
