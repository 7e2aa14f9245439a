"""Valleys of a measured landscape: the watershed lines between its regions, on the pixel grid.

A steepest descent, which the computed landscape allows, stops in the first dip of the noise; the line that divides
two basins does not.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure

from landscape.topography.regions import Regions
from landscape.topography.valleys import Valley

Real = NDArray[np.float64]
SMOOTH = 6.0  # points of the line over which the staircase of pixels is smoothed
GAP = 12  # points without a neighbour that a line may bridge


def watershed_lines(
    labels: NDArray[np.intp], values: Real, place: tuple[Real, Real], regions: Regions
) -> list[Valley]:
    """Return the line between the two regions of every pass, from end to end.

    ``labels``, ``values`` (s²) and ``place`` = (x, y) are (rows, columns). A pass whose regions touch nowhere on
    the pixels has no line.
    """
    out = []
    for number, (i, j) in enumerate(regions.between.tolist()):
        line = _between(labels, i, j, regions.passes.points[number], place)
        if line is not None:
            points = np.stack([_at(image, line) for image in place], axis=1)
            heights = _at(np.where(np.isfinite(values), values, 0.0), line)
            near = np.linalg.norm(points - regions.passes.points[number], axis=1)
            out.append(Valley(number, points, heights, int(np.argmin(near))))
    return out


def _between(labels: NDArray[np.intp], i: int, j: int, summit: Real, place: tuple[Real, Real]) -> Real | None:
    """Return the pixel coordinates (k, 2) of the border of region i along region j, nearest to the pass."""
    to_other = ndimage.distance_transform_edt(labels != j)
    best, nearest = None, np.inf
    for contour in measure.find_contours(np.pad((labels == i).astype(float), 1), 0.5):
        contour = np.clip(contour - 1, 0, np.array(labels.shape) - 1)
        touching = _at(to_other, contour) < 1.6
        for run in _runs(touching, closed=bool(np.allclose(contour[0], contour[-1]))):
            points = np.stack([_at(image, contour[run]) for image in place], axis=1)
            distance = float(np.linalg.norm(points - summit, axis=1).min())
            if len(run) > 3 and distance < nearest:
                best, nearest = contour[run], distance
    return None if best is None else _smoothed(best)


def _runs(touching: NDArray[np.bool_], *, closed: bool) -> list[NDArray[np.intp]]:
    """Return index runs of True, short gaps bridged; a closed curve is cut where it does not touch."""
    count = len(touching)
    order = np.arange(count)
    if closed and not touching.all() and touching.any():
        order = np.roll(order, -int(np.flatnonzero(~touching)[0]))
    bridged = ndimage.binary_closing(np.pad(touching[order], GAP), iterations=GAP // 2)[GAP:-GAP]
    pieces, amount = ndimage.label(bridged)
    return [order[pieces == k + 1] for k in range(amount)]


def _smoothed(line: Real) -> Real:
    """Smooth a staircase, its ends kept."""
    if len(line) < 4:
        return line
    smooth = ndimage.gaussian_filter1d(line, SMOOTH, axis=0, mode="nearest")
    ends = np.minimum(np.arange(len(line)), np.arange(len(line))[::-1]) / (2 * SMOOTH)
    weight = np.clip(ends, 0, 1)[:, None]
    return np.asarray(weight * smooth + (1 - weight) * line)


def _at(image: Real, line: Real) -> Real:
    return np.asarray(ndimage.map_coordinates(image, line.T, order=1, mode="nearest"))
