"""A measured field as points with areas: pixels averaged over blocks, or the nodes of an imported mode shape."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from holography.deformation import Deformation
from holography.noise import correlation_area
from holography.prediction_landscape import pixel_area
from holography.registration import PixelToPlate
from landscape.errors import InputError
from landscape.topography.surface import grid_surface
from landscape.uff import Shape

Real = NDArray[np.float64]
POINTS = 20_000
FEWEST = 20


@dataclass(frozen=True)
class Samples:
    """A measured field at n points of one plate.

    ``points`` (n, 2) in ``unit``: plate axes in m, or pixels with y up. ``pixels`` (n, 2) [column, row], None
    for nodes. ``values`` (n,) real or complex, ``sigma`` (n,) NaN where unknown, ``area`` (n,) in unit²;
    ``triangles`` (t, 3) between the points. ``correlated``: how many points share one value of the noise.
    ``free_offset``: its zero is unknown. ``placed``: the points are plate axes.
    """

    name: str
    kind: Literal["static", "mode"]
    points: Real
    values: NDArray[Any]
    sigma: Real
    area: Real
    triangles: NDArray[np.intp]
    placed: bool
    pixels: Real | None = None
    frequency: float | None = None
    pressure: float | None = None
    areal_density: float | None = None
    correlated: float = 1.0
    free_offset: bool = False
    provenance: dict[str, Any] = field(default_factory=dict)

    def moved(self, mapping: PixelToPlate) -> "Samples":
        """Return the samples with every pixel where ``mapping`` puts it on the plate."""
        assert self.pixels is not None
        x, y = mapping(self.pixels[:, 0], self.pixels[:, 1])
        size = mapping.pixel_area(self.pixels[:, 0], self.pixels[:, 1])
        return replace(
            self, points=np.column_stack([x, y]), area=self.area / self.area.mean() * size, placed=True
        )

    def thinned(self, step: int) -> "Samples":
        """Return every ``step``-th point, without triangles."""
        kept = slice(None, None, step)
        return replace(
            self,
            points=self.points[kept],
            values=self.values[kept],
            sigma=self.sigma[kept],
            area=self.area[kept] * step,
            triangles=np.empty((0, 3), dtype=np.intp),
            pixels=None if self.pixels is None else self.pixels[kept],
            correlated=max(1.0, self.correlated / step),
        )

    def kept(self, chosen: NDArray[np.bool_]) -> "Samples":
        """Return the chosen points and the triangles between them."""
        number = np.cumsum(chosen) - 1
        return replace(
            self,
            points=self.points[chosen],
            values=self.values[chosen],
            sigma=self.sigma[chosen],
            area=self.area[chosen],
            triangles=number[self.triangles[chosen[self.triangles].all(axis=1)]],
            pixels=None if self.pixels is None else self.pixels[chosen],
        )

    @property
    def energy(self) -> Real:
        """Area times |value|² with the noise's share subtracted, (n,)."""
        return self.area * (np.abs(self.values) ** 2 - np.nan_to_num(self.sigma) ** 2)

    @property
    def weights(self) -> Real:
        """Areas as shares of the whole."""
        return self.area / self.area.sum()


def samples_of(measured: Deformation | Shape, *, name: str, points: int = POINTS) -> Samples:
    """Return a deformation, thinned to about ``points``, or a mode shape as samples.

    Raises ``InputError`` for an empty mask, a vanishing or non-finite field, or a negative frequency.
    """
    samples = _of_shape(measured) if isinstance(measured, Shape) else _of_deformation(measured, points)
    samples = replace(samples, name=name or samples.name)
    if samples.frequency is not None and not samples.frequency > 0:
        raise InputError(f"{samples.name}: needed a positive frequency, got {samples.frequency:g} Hz.")
    if not (np.isfinite(samples.values).all() and np.abs(samples.values).max() > 0):
        raise InputError(f"{samples.name}: the field vanishes or is not finite.", "Check its import.")
    return samples


def _of_shape(shape: Shape) -> Samples:
    if len(shape.values) < 3:
        raise InputError(f"{shape.name}: needed at least 3 nodes that move, got {len(shape.values)}.")
    return Samples(
        shape.name,
        "mode",
        shape.points,
        shape.values,
        np.full(len(shape.values), np.nan),
        _node_areas(shape.points, shape.triangles),
        shape.triangles,
        True,
        frequency=shape.frequency,
        provenance=shape.provenance,
    )


def _node_areas(points: Real, triangles: NDArray[np.intp]) -> Real:
    """A third of the triangles around every node; equal areas where there are no triangles."""
    if not len(triangles):
        return np.ones(len(points))
    a, b, c = (points[triangles[:, k]] for k in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    area = np.abs(ux * vy - uy * vx) / 6
    total = np.bincount(triangles.ravel(), np.repeat(area, 3), minlength=len(points))
    return np.where(total > 0, total, total[total > 0].min(initial=1.0))


def _of_deformation(deformation: Deformation, points: int) -> Samples:
    """Take about so many ``points`` of the pixels: every b-th, or means over blocks where the noise differs from pixel to pixel.

    A mean over b pixels lowers a deflection w by b²/24 ∇²w, so it is used only where there is noise to be averaged.
    """
    provenance = deformation.provenance or {}
    capture = provenance.get("capture") or {}
    mask = deformation.mask & np.isfinite(deformation.displacement)
    name = str(capture.get("title") or f"{deformation.kind} field")
    count = int(np.count_nonzero(mask))
    if count < FEWEST:
        raise InputError(
            f"{name}: the mask holds {count} valid pixels, needed at least {FEWEST}.",
            "Lower [processing] coherence, or give a mask of the plate.",
        )
    size = max(1, int(np.sqrt(count / points)))
    noise = float(np.sqrt(np.mean(deformation.sigma[mask] ** 2)))
    correlated = correlation_area(deformation.displacement, mask, noise if np.isfinite(noise) else np.inf)
    blocks = _Blocks(mask, 1 if correlated >= size**2 else size, size)
    rows, cols = np.indices(mask.shape, dtype=float)
    x, y, column, row, value, area = (
        blocks.mean(v)
        for v in (
            deformation.x,
            deformation.y,
            cols,
            rows,
            deformation.displacement,
            pixel_area(deformation.x, deformation.y),
        )
    )
    kept = blocks.kept
    surface = grid_surface(np.zeros(kept.shape), kept, x, y)
    looks = np.maximum(blocks.count[kept] / correlated, 1.0)
    return Samples(
        name,
        deformation.kind,
        surface.points,
        value[kept],
        np.sqrt(blocks.mean(deformation.sigma**2)[kept] / looks),
        area[kept] * size**2,
        surface.triangles,
        deformation.length_unit == "m" and not (capture and capture.get("camera") is None),
        np.column_stack([column[kept], row[kept]]),
        deformation.frequency,
        deformation.pressure,
        deformation.areal_density,
        max(1.0, correlated / size**2),
        zero_is_unknown(provenance),
        provenance,
    )


def zero_is_unknown(provenance: dict[str, Any]) -> bool:
    """Tell from the provenance of an import whether a constant, the fringe order, is missing."""
    used, capture = provenance.get("used") or {}, provenance.get("capture") or {}
    phase = capture.get("kind") not in ("time-average", "sideband", "displacement")
    asked = (capture.get("processing") or {}).get("zero") == "none"
    return bool(phase and (asked or used.get("components without zero")))


class _Blocks:
    """Means over squares of ``width`` pixels in every square of ``size``; ``kept`` where more than half are valid.

    ``count`` (R, C): how many of the pixels are valid. A width of 1 takes the pixel in the middle.
    """

    def __init__(self, mask: NDArray[np.bool_], width: int, size: int):
        self._width, self._size, self._mask = width, size, mask
        self.count = self._sum(mask.astype(float))
        self.kept = self.count > width**2 / 2

    def mean(self, image: Real) -> Real:
        """Return the mean (R, C) of the valid pixels of every square."""
        return self._sum(np.where(self._mask, image, 0.0)) / np.maximum(self.count, 1)

    def _sum(self, image: Real) -> Real:
        padded = np.pad(image, [(0, -n % self._size) for n in image.shape])
        rows, cols = (n // self._size for n in padded.shape)
        first = (self._size - self._width) // 2
        part = slice(first, first + self._width)
        return padded.reshape(rows, self._size, cols, self._size)[:, part, :, part].sum(axis=(1, 3))
