"""Where every pixel lies on the plate: [camera], the scale of a reconstruction, or bare pixels."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from holography.registration import PixelToPlate, camera_map
from holography.schema import Camera, Capture

Real = npt.NDArray[np.float64]
MISSED = 3.0
"""Distance in pixels from which a control point is called doubtful."""


@dataclass(frozen=True)
class Axes:
    """Plate coordinates of all pixels: ``x`` right, ``y`` up, (rows, cols), in ``unit``, by ``mapping``; the values used."""

    x: Real
    y: Real
    unit: Literal["m", "pixel"]
    mapping: PixelToPlate
    used: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def plate_axes(
    capture: Capture,
    shape: tuple[int, int],
    pixel: tuple[float, float] | None = None,
    origin: tuple[float, float] | None = None,
) -> Axes:
    """Plate coordinates by [camera]; without it by ``pixel`` (dx, dy) in m and ``origin`` of the picture, or in pixels.

    By default plate (0, 0) is the bottom left pixel's corner, pixel [col, row] = [-0.5, rows - 0.5].
    Raises ``InputError`` for control points that do not fix the map.
    """
    camera = capture.camera
    if camera is not None:
        return _by_camera(camera_map(camera, shape), camera, shape, pixel)
    dx, dy = pixel or (1.0, 1.0)
    return scaled_axes(shape, (dx, dy), origin or (-0.5, shape[0] - 0.5), "m" if pixel else "pixel")


def scaled_axes(
    shape: tuple[int, int],
    pixel: tuple[float, float],
    origin: tuple[float, float],
    unit: Literal["m", "pixel"],
) -> Axes:
    """x = (col - col0) dx, y = (row0 - row) dy with ``origin`` [col0, row0]: rows run down, y runs up."""
    cols, rows = np.arange(shape[1], dtype=float), np.arange(shape[0], dtype=float)
    x = np.broadcast_to((cols - origin[0]) * pixel[0], shape).copy()
    y = np.broadcast_to(((origin[1] - rows) * pixel[1])[:, None], shape).copy()
    dx, dy = pixel
    matrix = np.array([[dx, 0, -dx * origin[0]], [0, -dy, dy * origin[1]], [0, 0, 1.0]])
    return Axes(
        x,
        y,
        unit,
        PixelToPlate(matrix),
        {"pixel (m)" if unit == "m" else "pixel": list(pixel), "origin (pixel)": list(origin)},
    )


def _by_camera(
    mapping: PixelToPlate, camera: Camera, shape: tuple[int, int], stored: tuple[float, float] | None
) -> Axes:
    cols, rows = np.meshgrid(np.arange(shape[1], dtype=float), np.arange(shape[0], dtype=float))
    x, y = mapping(cols, rows)
    used: dict[str, Any] = {"pixel to plate": [[float(v) for v in row] for row in mapping.matrix]}
    if mapping.residuals is not None:
        used["residuals of control points (mm)"] = [round(1e3 * float(r), 4) for r in mapping.residuals]
    if mapping.lens is not None:
        used["lens distortion k1, k2"] = [mapping.lens.k1, mapping.lens.k2]
    return Axes(x, y, "m", mapping, used, _doubts(mapping, camera, shape, stored))


def _doubts(
    mapping: PixelToPlate, camera: Camera, shape: tuple[int, int], stored: tuple[float, float] | None
) -> tuple[str, ...]:
    """Control points that the map misses by ``MISSED`` pixels, and a pixel size that the image file contradicts."""
    pixel = float(np.sqrt(mapping.pixel_area(shape[1] / 2, shape[0] / 2)))
    residuals = np.zeros(0) if mapping.residuals is None else mapping.residuals
    notes = []
    if residuals.size and residuals.max() > MISSED * pixel:
        worst = int(np.argmax(residuals))
        notes.append(
            f"the map misses control points by up to {1e3 * residuals[worst]:.3g} mm ({residuals[worst] / pixel:.1f} "
            f"pixels, point {worst + 1}): one of them is wrong, or the lens distorts"
        )
    known = None if stored is None else float(np.sqrt(stored[0] * stored[1]))
    if known is not None and abs(known - pixel) > 0.02 * pixel:
        notes.append(
            f"[camera] makes a pixel {1e3 * pixel:.4g} mm, images or optics {1e3 * known:.4g} mm: [camera] is used"
        )
    return tuple(notes)
