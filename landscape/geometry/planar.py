"""Points, segments and polylines in the plane: what lies inside, how far away, and what crosses."""

import numpy as np
from numpy.typing import NDArray

from landscape.geometry.outline import Array


def extent(points: Array) -> float:
    """Return the larger side of the box around ``points`` (n, 2)."""
    return float(np.ptp(points, axis=0).max())


def inside(points: Array, rim: Array) -> NDArray[np.bool_]:
    """Return whether ``points`` (n, 2) lie inside the polyline ``rim`` (k, 2), by the even-odd rule."""
    a, b = rim, np.roll(rim, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    above = (a[:, 1] > y) != (b[:, 1] > y)
    slope = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    return (above & (x < a[:, 0] + (y - a[:, 1]) / slope * (b[:, 0] - a[:, 0]))).sum(axis=1) % 2 == 1


def distance(points: Array, rim: Array, *, open_: bool = False) -> Array:
    """Return the distance (n,) of ``points`` (n, 2) from the polyline ``rim`` (k, 2), closed unless ``open_``."""
    step = np.roll(rim, -1, axis=0) - rim
    rim, step = (rim[:-1], step[:-1]) if open_ else (rim, step)
    offset = points[:, None] - rim
    t = np.clip((offset * step).sum(axis=2) / np.maximum((step**2).sum(axis=1), np.finfo(float).tiny), 0, 1)
    return np.linalg.norm(offset - t[:, :, None] * step, axis=2).min(axis=1)


def crossing(
    a: Array, b: Array, chain: NDArray[np.intp], place: NDArray[np.intp], count: NDArray[np.intp]
) -> Array | None:
    """Return a point (2,) where two of the segments a–b (n, 2) meet, or None.

    Neighbours in a chain (``place`` of ``count`` in ``chain``) may share their common end. Segments are swept by
    the lower end of their x range.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.argsort(low[:, 0])
    reach = np.searchsorted(low[order, 0], high[order, 0], side="right")
    for i, last in enumerate(reach):
        one, others = order[i], order[i + 1 : last]
        near = (low[others, 1] <= high[one, 1]) & (high[others, 1] >= low[one, 1])
        apart = np.abs(place[others] - place[one])
        neighbour = (chain[others] == chain[one]) & ((apart == 1) | (apart == count[one] - 1))
        hit = near & _meet(a[one], b[one], a[others], b[others], shared=neighbour)
        if hit.any():
            other = others[np.flatnonzero(hit)[0]]
            return _meeting_point(a[one], b[one], a[other], b[other])
    return None


def _meet(a: Array, b: Array, c: Array, d: Array, *, shared: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether segment a–b meets c–d (n, 2); those that share an end meet only if they fold back on it."""
    scale = 1e-12 * np.linalg.norm(b - a) * np.linalg.norm(d - c, axis=1)
    side_c, side_d = _turn(a, b, c), _turn(a, b, d)
    side_a, side_b = _turn(c, d, a), _turn(c, d, b)
    touch = (side_c * side_d <= 0) & (side_a * side_b <= 0)
    parallel = np.maximum(np.abs(side_c), np.abs(side_d)) <= scale
    along = ((d - c) * (b - a)).sum(axis=1)
    overlap = np.maximum(((c - a) * (b - a)).sum(axis=1), ((d - a) * (b - a)).sum(axis=1)) >= 0
    overlap &= np.minimum(((c - a) * (b - a)).sum(axis=1), ((d - a) * (b - a)).sum(axis=1)) <= (b - a) @ (
        b - a
    )
    return np.where(shared, parallel & (along < 0), np.where(parallel, overlap, touch))


def _turn(a: Array, b: Array, c: Array) -> Array:
    """Return twice the signed area of a, b, c."""
    p, q = b - a, c - a
    return p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]


def _meeting_point(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Return where two segments cross, or an end of one on the other."""
    denominator = (b - a)[0] * (d - c)[1] - (b - a)[1] * (d - c)[0]
    if denominator == 0:
        return c
    t = ((c - a)[0] * (d - c)[1] - (c - a)[1] * (d - c)[0]) / denominator
    return a + np.clip(t, 0, 1) * (b - a)
