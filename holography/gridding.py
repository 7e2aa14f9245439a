"""A measured deflection carried from the camera's pixels onto a regular grid of the plate."""

import dataclasses

import numpy as np
import numpy.typing as npt

from holography.deformation import Deformation
from holography.noise import correlation_area
from holography.registration import PixelToPlate
from holography.resampling import PixelField, onto_grid

Real = npt.NDArray[np.float64]


def on_grid(deformation: Deformation, mapping: PixelToPlate, spacing: float) -> Deformation:
    """The deformation on a grid of ``spacing`` (m), averaged over the pixels of every cell, each by its plate area.

    x grows along the columns, and y falls along the rows, so that row 0 is the top as in the picture. Sigma falls with
    the pixels of a cell as far as their noise is independent; how far, is measured. Raises ``InputError`` for a grid
    of more points than can be held.
    """
    shared = correlation_area(deformation.displacement, deformation.mask, _rms(deformation))
    x, y, deflection = _carried(deformation, deformation.displacement, mapping, spacing, shared)
    found: dict[str, Real] = {}
    for name in ("quality", "phase"):
        values = getattr(deformation, name)
        known = np.isfinite(values[deformation.mask]).all()
        if known:
            found[name] = _carried(deformation, values, mapping, spacing, shared)[2][0]
        else:
            found[name] = np.full(deflection[0].shape, np.nan)
    columns, rows = np.meshgrid(x, y)
    return dataclasses.replace(
        deformation,
        displacement=deflection[0],
        sigma=deflection[1],
        mask=np.isfinite(deflection[0]),
        quality=np.clip(np.nan_to_num(found["quality"]), 0.0, 1.0),
        phase=found["phase"],
        x=columns,
        y=rows,
    )


def _carried(
    deformation: Deformation, values: Real, mapping: PixelToPlate, spacing: float, shared: float
) -> tuple[Real, Real, tuple[Real, Real]]:
    """Grid axes x (growing) and y (falling), values and their sigma on the grid, NaN where nothing was measured."""
    field = PixelField(values, deformation.sigma, deformation.mask, shared)
    x, y, found = onto_grid(field, mapping, spacing)
    return x, y[::-1], (found.values[::-1], found.sigma[::-1])


def _rms(deformation: Deformation) -> float:
    sigma = deformation.sigma[deformation.mask]
    known = sigma[np.isfinite(sigma)]
    return float(np.sqrt(np.mean(known**2))) if known.size else float("inf")
