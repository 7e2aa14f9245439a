"""Rings of time-averaged fringes: bright fringes and their orders, crests, antinodes and their signs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from landscape.errors import InputError

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Pairs = tuple[tuple[int, int], ...]

RIPPLE = 0.08
"""Least height of a fringe over its dark neighbours, in √intensity of a resting plate: less is noise."""

DIP = 0.05
"""Least depth of a dip inside a bright fringe: an antinode between a crest and the next dark fringe."""

NEIGHBOURS: list[tuple[Any, Any]] = [(np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])]
"""Slices of the first and the second of all horizontal and vertical pairs of pixels."""


def fringe_orders(height: Real, inside: Mask) -> tuple[Labels, NDArray[np.int64]]:
    """Labels of the bright fringes (r, c) and the order of each (index 0 unused)."""
    from skimage.segmentation import watershed

    markers, count = ndimage.label(_domes(height, RIPPLE) & inside, np.ones((3, 3)))
    fringes = watershed(-height, markers, mask=inside)
    if not count:
        raise InputError(
            "time average: no bright fringe was found.", "Check the mask and the contrast of the image."
        )
    peak = np.concatenate([[0], ndimage.maximum(height, fringes, range(1, count + 1))])
    pairs = _real_neighbours(_borders(fringes, height), count)
    neighbours: list[list[int]] = [[] for _ in range(count + 1)]
    for i, j in pairs:
        neighbours[i].append(j)
        neighbours[j].append(i)
    at_rest = [
        i for i in range(1, count + 1) if peak[i] > 0.6 and all(peak[i] >= peak[j] for j in neighbours[i])
    ]
    order = np.zeros(count + 1, dtype=np.int64)
    seen, front = set(at_rest), at_rest
    while front:
        following = sorted({j for i in front for j in neighbours[i]} - seen)
        for j in following:
            order[j] = 1 + min(order[i] for i in neighbours[j] if i in seen)
        seen.update(following)
        front = following
    return fringes.astype(np.int32), order


def beyond_crest(height: Real, fringes: Labels, order: NDArray[np.int64]) -> Mask:
    """Pixels of a bright fringe between its crest and the dark fringe of the next order, or a dip inside it."""
    from skimage.segmentation import watershed

    level = np.where(fringes > 0, order[fringes], -1)
    sides = np.zeros(level.shape, dtype=np.int32)
    for here, there in [*NEIGHBOURS, *((b, a) for a, b in NEIGHBOURS)]:
        touching = (level[here] != level[there]) & (level[there] >= 0)  # one order may be in several pieces
        side = np.where(level[there] > level[here], 2, 1)
        sides[here] = np.where(touching, np.maximum(sides[here], side), sides[here])
    dips = ndimage.label(_domes(-height, DIP), np.ones((3, 3)))[0]
    dark_fringes = np.unique(dips[ndimage.binary_dilation(sides > 0, iterations=3)])
    sides[(dips > 0) & ~np.isin(dips, dark_fringes)] = 2
    return watershed(height, sides, mask=level >= 1) == 2


def find_antinodes(argument: Real, inside: Mask) -> Labels:
    """Catchments of the maxima of x that rise half a radian or more above their passes."""
    from skimage.segmentation import watershed

    smooth = ndimage.gaussian_filter(argument, 2.0)
    markers = ndimage.label(_domes(smooth, 0.5) & inside, np.ones((3, 3)))[0]
    return watershed(-smooth, markers, mask=inside).astype(np.int32)


def antinode_signs(argument: Real, antinodes: Labels) -> tuple[NDArray[np.int8], Pairs, Pairs]:
    """Sign of every antinode from the largest one outwards, pairs that were guessed, pairs that contradict.

    Two antinodes are opposite unless a bright fringe of order 1 or more joins them across their border.
    """
    first_dark = special.jn_zeros(0, 1)[0]
    joined = (first_dark + special.jn_zeros(1, 1)[0]) / 2  # half way up the first bright fringe
    borders = _borders(antinodes, argument)
    relation = {pair: -1 if np.max(along) < joined else 1 for pair, along in borders.items()}
    guessed = [
        p for p, along in borders.items() if relation[p] < 0 and np.percentile(along, 95) > first_dark / 2
    ]
    signs = np.zeros(int(antinodes.max(initial=0)) + 1, dtype=np.int8)
    strongest = sorted(borders, key=lambda pair: -len(borders[pair]))
    for start in 1 + np.argsort(-np.bincount(antinodes.ravel(), minlength=len(signs))[1:]):
        signs[start] = signs[start] or 1
        while half := [pair for pair in strongest if (signs[pair[0]] == 0) != (signs[pair[1]] == 0)]:
            known, new = half[0] if signs[half[0][0]] else half[0][::-1]
            signs[new] = relation[half[0]] * signs[known]
    conflicts = [(i, j) for i, j in borders if signs[i] * signs[j] != relation[i, j]]
    return signs[1:], tuple(guessed), tuple(conflicts)


def _domes(height: Real, rise: float) -> Mask:
    """Maxima that stand more than ``rise`` above the pass to a higher one, each as one plateau."""
    from skimage.morphology import local_maxima, reconstruction

    return local_maxima(reconstruction(height - rise, height), connectivity=2)


def _real_neighbours(borders: dict[tuple[int, int], Real], count: int) -> list[tuple[int, int]]:
    """Pairs that share a tenth of the border of either; a shorter contact is a gap in a dark fringe."""
    total = np.zeros(count + 1)
    for (i, j), along in borders.items():
        total[i] += len(along)
        total[j] += len(along)
    return [(i, j) for (i, j), along in borders.items() if len(along) >= 0.1 * min(total[i], total[j])]


def _borders(labels: Labels, values: Real) -> dict[tuple[int, int], Real]:
    """Lower value of every pixel edge between two labels, by pair of labels."""
    first, second = (np.concatenate([labels[pair[k]].ravel() for pair in NEIGHBOURS]) for k in (0, 1))
    lower = np.concatenate([np.minimum(values[a], values[b]).ravel() for a, b in NEIGHBOURS])
    apart = (first != second) & (first > 0) & (second > 0)
    pairs = np.sort(np.stack([first[apart], second[apart]], axis=1), axis=1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    sorting = np.argsort(inverse.ravel(), kind="stable")
    parts = np.split(lower[apart][sorting], np.flatnonzero(np.diff(inverse.ravel()[sorting])) + 1)
    return {(int(i), int(j)): part for (i, j), part in zip(unique, parts, strict=False)}
