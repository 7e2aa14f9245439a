"""A plate ready to be painted: its outline, its axes' units, and a pixel grid that knows its triangles."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.field import Field, Places
from landscape.figures.outline import Outline, outline_of
from landscape.figures.scale import Scale, scale_of
from landscape.locate import Locator
from landscape.results import Result

MARGIN = 0.02  # of the larger side, around the plate
BLOCK = 5  # modes evaluated at once


@dataclass(frozen=True)
class Picture:
    """A plate and its pixels.

    ``low``, ``high``: corners of the plate's bounding box in the figure's length unit; ``x``, ``y`` pixel
    centres (columns,), (rows,); ``places`` their triangles; ``nearest`` (rows, columns) index of the nearest
    pixel inside, so that the clipped image reaches the outline.
    """

    result: Result
    scale: Scale
    space: Space
    locator: Locator
    outline: Outline
    low: Array
    high: Array
    x: Array
    y: Array
    places: Places
    nearest: NDArray[np.intp]

    @property
    def size(self) -> Array:
        """Width and height with the margin."""
        return self.high - self.low + 2 * MARGIN * (self.high - self.low).max()

    def values(self, full: Array) -> Array:
        """Return the functions of full degrees of freedom (full, k) at the pixels, (k, rows, columns)."""
        blocks = []
        for first in range(0, full.shape[1], BLOCK):
            coefficients = self.space.coefficients_of_full(full[:, first : first + BLOCK])
            blocks.append(Field(self.space, coefficients, self.locator).values(self.places))
        return np.concatenate(blocks, axis=1).T[:, self.nearest]

    def frame(self, axes: Axes) -> None:
        """Set equal aspect and limits around the plate."""
        margin = MARGIN * (self.high - self.low).max()
        axes.set_xlim(self.low[0] - margin, self.high[0] + margin)
        axes.set_ylim(self.low[1] - margin, self.high[1] + margin)
        axes.set_aspect("equal")

    def paint(self, axes: Axes, values: Array, **how: Any) -> AxesImage:
        """Paint pixels (rows, columns) clipped to the outline."""
        dx, dy = (self.x[1] - self.x[0]) / 2, (self.y[1] - self.y[0]) / 2
        extent = (self.x[0] - dx, self.x[-1] + dx, self.y[0] - dy, self.y[-1] + dy)
        image = axes.imshow(values, extent=extent, origin="lower", interpolation="bicubic", **how)
        image.set_clip_path(self.outline.path, transform=axes.transData)
        self.frame(axes)
        return image


def picture_of(result: Result, pixels: int = 600) -> Picture:
    """Return the picture of a result, with ``pixels`` along the longer side of the plate."""
    space = result.space()
    scale = scale_of(result)
    outline = outline_of(space, result.plate, scale.length)
    box = outline.path.get_extents()
    low, high = np.array(box.min), np.array(box.max)
    step = (high - low).max() / pixels
    x, y = (np.arange(a - step / 2, b + 1.5 * step, step) for a, b in zip(low, high, strict=True))
    X, Y = np.meshgrid(x, y)
    points = np.column_stack([X.ravel(), Y.ravel()]) / scale.length
    locator = Locator(space)
    places = Places(points, *locator(points))
    inside = places.inside.reshape(X.shape)
    row, column = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    nearest = row * len(x) + column
    return Picture(result, scale, space, locator, outline, low, high, x, y, places, nearest)
