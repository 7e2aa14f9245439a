"""Where whole cycles may change when few residues are left: strips between opposite residues, not the whole plate.

A network flow over all pixels takes minutes when two residues lie far apart. Between paired residues, in strips wide
enough to go around noise, it takes milliseconds; outside of them the phase is consistent as it is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

Mask = NDArray[np.bool_]

MARGIN = 6
"""Half-width in pixels of a strip, at least."""
NEIGHBOURS = 24
"""Opposite residues that are looked at as partners of one."""


def corridor(charges: NDArray[np.int8], mask: Mask, *, margin: int = MARGIN) -> Mask:
    """Pixels (r, c) near the lines that join opposite residues, or lead a lone one to the border of ``mask``.

    ``charges`` (r−1, c−1) as ``phase.residues`` gives them. Partners are taken by rising distance; a strip is
    ``margin`` pixels wide to either side, and a quarter of its length where that is more.
    """
    region = np.zeros(mask.shape, dtype=bool)
    for start, end in _lines(charges, mask):
        length = float(np.hypot(*(end - start)))
        _draw(region, start, end, int(max(margin, length / 4)))
    return region & mask


def _lines(charges: NDArray[np.int8], mask: Mask) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Ends [row, column] of the lines between partners, and to the border where that is nearer or no partner is left."""
    plus, minus = np.argwhere(charges > 0), np.argwhere(charges < 0)
    pairs = _partners(plus, minus)
    lines = [(plus[i], minus[j]) for i, j in pairs]
    length = dict.fromkeys((tuple(spot) for spot in (*plus, *minus)), np.inf)
    for start, end in lines:
        length[tuple(start)] = length[tuple(end)] = float(np.hypot(*(end - start)))
    _, nearest = ndimage.distance_transform_edt(np.pad(mask, 1), return_indices=True)
    for spot, reach in length.items():
        border = nearest[:, spot[0] + 1, spot[1] + 1] - 1
        if np.hypot(border[0] - spot[0], border[1] - spot[1]) < reach:
            lines.append((np.array(spot), border))
    return lines


def _partners(plus: NDArray[Any], minus: NDArray[Any]) -> list[tuple[int, int]]:
    """Pairs (i, j) of opposite residues, the closest first, each used once."""
    if not len(plus) or not len(minus):
        return []
    count = min(NEIGHBOURS, len(minus))
    distance, index = KDTree(minus).query(plus, k=count)
    distance, index = distance.reshape(len(plus), count), index.reshape(len(plus), count)
    free_plus, free_minus = np.ones(len(plus), bool), np.ones(len(minus), bool)
    pairs = []
    for flat in np.argsort(distance, axis=None, kind="stable"):
        i = int(flat) // count
        j = int(index.ravel()[flat])
        if free_plus[i] and free_minus[j]:
            free_plus[i] = free_minus[j] = False
            pairs.append((i, j))
    return pairs


def _draw(region: Mask, start: NDArray[Any], end: NDArray[Any], radius: int) -> None:
    """Mark the pixels within ``radius`` of the segment from loop ``start`` to loop ``end`` ([row, column])."""
    low = np.maximum(np.minimum(start, end) - radius, 0)
    high = np.minimum(np.maximum(start, end) + radius + 2, region.shape)
    rows, cols = np.ogrid[low[0] : high[0], low[1] : high[1]]
    step = (end - start).astype(float)
    square = max(float(step @ step), 1e-12)
    along = np.clip(((rows - start[0]) * step[0] + (cols - start[1]) * step[1]) / square, 0, 1)
    away = np.hypot(rows - 0.5 - start[0] - along * step[0], cols - 0.5 - start[1] - along * step[1])
    region[low[0] : high[0], low[1] : high[1]] |= away <= radius
