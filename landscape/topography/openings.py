"""When regions open into each other, one by one and as a dendrogram over frequency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.topography.basins import Indices
from landscape.topography.regions import Regions


def openings(regions: Regions) -> tuple[tuple[float | None, ...], tuple[int | None, ...]]:
    """Return, per region, the landscape (s²) of its highest pass and the region across it; None without one.

    Above ω = 1/√Lₛ confinement to the region is no longer guaranteed.
    """
    value: list[float | None] = [None] * regions.count
    into: list[int | None] = [None] * regions.count
    for (i, j), level in zip(regions.between.tolist(), regions.passes.values.tolist(), strict=True):
        for here, there in ((i, j), (j, i)):
            if value[here - 1] is None:  # passes come by falling value: the first is the highest
                value[here - 1], into[here - 1] = level, there
    return tuple(value), tuple(into)


@dataclass(frozen=True)
class Dendrogram:
    """The order in which regions open into each other.

    ``leaves``: region numbers in an order in which no branches cross. ``joins`` (j, 2): the two nodes of each
    join, by falling ``values`` (j,) in s²; node n < k is region n + 1, node k + m is what join m made
    (SciPy's linkage numbering). Regions without a pass between them stay apart, so j can be less than k − 1.
    """

    leaves: tuple[int, ...]
    joins: Indices
    values: NDArray[np.float64]


def dendrogram(regions: Regions) -> Dendrogram:
    """Return the joins of regions at their passes, highest first; a pass that closes a loop joins nothing."""
    branches = {node: (node, [node + 1]) for node in range(regions.count)}  # root region -> (node, leaves)
    root = list(range(regions.count))
    joins: list[tuple[int, int]] = []
    values: list[float] = []
    for (i, j), level in zip((regions.between - 1).tolist(), regions.passes.values.tolist(), strict=True):
        elder, younger = sorted((root[i], root[j]))
        if elder == younger:
            continue
        (left, first), (right, second) = branches[elder], branches.pop(younger)
        branches[elder] = (regions.count + len(joins), first + second)
        root = [elder if r == younger else r for r in root]
        joins.append((left, right))
        values.append(level)
    leaves = tuple(leaf for r in sorted(branches) for leaf in branches[r][1])
    return Dendrogram(leaves, np.array(joins, dtype=np.intp).reshape(-1, 2), np.array(values, dtype=float))
