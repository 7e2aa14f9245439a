"""A measured deflection as an outline: where its pixels are valid, there is plate."""

from pathlib import Path

import numpy as np

from landscape.errors import InputError
from landscape.geometry.outline import Array, Outline
from landscape.geometry.picture import traced


def read_mask(path: Path, *, pixel_size: float | None = None, tolerance: float | None = None) -> Outline:
    """Return the outline of the valid pixels of a deformation file, in m on its plate axes.

    Its datasets ``mask``, ``x`` and ``y`` (r, c) are read, x and y in m, or in pixels of ``pixel_size`` (m); the mask
    is traced within ``tolerance`` (m, default one pixel; see ``traced``). Raises ``InputError`` for a file that holds
    no deformation, or pixels whose size nobody knows.
    """
    mask, x, y, unit = _datasets(path)
    scale = 1.0
    if unit != "m":
        if pixel_size is None:
            raise InputError(
                f"{path}: its axes are in pixels; needed the size of one on the plate.",
                "Give --pixel-size 0.25mm, or the capture its [camera].",
            )
        scale = pixel_size
    axes = [np.pad(scale * axis, 1, mode="reflect", reflect_type="odd") for axis in (x, y)]

    def place(line: Array) -> Array:
        from scipy.ndimage import map_coordinates

        return np.column_stack([map_coordinates(axis, line.T + 1, order=1) for axis in axes])

    outline = traced(mask.astype(np.float64), place, _pitch(axes), tolerance)
    note = "The outline is that of the measured pixels: what the mask left out of the rim is missing."
    return Outline(outline.outer, outline.holes, notes=(*outline.notes, note))


def _datasets(path: Path) -> tuple[Array, Array, Array, str]:
    """Return mask, x and y of a deformation file and the unit of its axes."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if missing := [name for name in ("mask", "x", "y") if name not in file]:
                raise InputError(
                    f"{path}: no measured deformation: no dataset {missing[0]}.",
                    "Make one with `landscape import`.",
                )
            mask, x, y = (np.asarray(file[name][()]) for name in ("mask", "x", "y"))
            unit = str(file["x"].attrs.get("units", "m"))
    except OSError as error:
        raise InputError(f"{path}: damaged or not HDF5 ({error}).") from None
    if not (mask.ndim == 2 and min(mask.shape) > 1 and mask.shape == x.shape == y.shape):
        raise InputError(
            f"{path}: mask, x and y lie on different pixels: {mask.shape}, {x.shape}, {y.shape}."
        )
    return mask, x, y, unit


def _pitch(axes: list[Array]) -> float:
    """Return the size of a pixel in m: the root of the median area between four neighbours."""
    (x_down, x_right), (y_down, y_right) = (np.gradient(axis) for axis in axes)
    return float(np.sqrt(np.median(np.abs(x_right * y_down - x_down * y_right))))
