"""The landscape that a measured static deflection is: L = ρh w / p, its standard deviation, and the noise in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from holography.deformation import Deformation
from holography.noise import measured_noise
from landscape.errors import InputError

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]
FEWEST = 100  # pixels


@dataclass(frozen=True)
class MeasuredLandscape:
    """L and its standard deviation on the camera's pixels, (rows, columns), NaN outside ``mask``.

    ``area`` of every pixel on the plate; ``correlated`` the number of pixels over which the noise is one;
    ``relative``: pressure or areal density is unknown, L is known up to a factor only.
    """

    values: Real
    sigma: Real
    mask: Mask
    x: Real
    y: Real
    area: Real
    correlated: float
    relative: bool
    missing: tuple[str, ...] = ()

    @property
    def noise(self) -> float:
        """The typical standard deviation of L at a pixel, s²."""
        return float(np.median(self.sigma[self.mask]))

    @property
    def length(self) -> float:
        """The correlation length of the noise, pixels: the width of a Gaussian filter of that area, at least 1/2."""
        return max(0.5, float(np.sqrt(self.correlated / (4 * np.pi))))


def measured_landscape(deformation: Deformation) -> MeasuredLandscape:
    """Return L = ρh w / p with its uncertainty.

    Without pressure or areal density L is relative (w itself), and ``missing`` names what is. Where no σ is stated at
    all, it is that of the noise in the picture; rooms of too few pixels do not tell it ("correlation" is missing).
    Raises ``InputError`` for a vibration mode, an empty mask, or a pressure that is not positive.
    """
    mask = _checked(deformation)
    missing = [
        name
        for name, value in (
            ("[load] pressure", deformation.pressure),
            ("[plate] areal_density", deformation.areal_density),
            ("[camera] scale", deformation.length_unit == "m" or None),
        )
        if value is None
    ]
    known = deformation.pressure is not None and deformation.areal_density is not None
    scale = (deformation.areal_density or 1.0) / (deformation.pressure or 1.0) if known else 1.0
    values = np.where(mask, deformation.displacement * scale, np.nan)
    stated = np.isfinite(deformation.sigma[mask]).any()
    level = float(np.median(deformation.sigma[mask])) * scale if stated else np.inf
    correlated, seen = measured_noise(values, mask, level)
    missing += ["sigma"] * (not stated) + ["correlation"] * (seen == 0)
    sigma = np.where(mask, np.maximum(deformation.sigma, 0) * scale if stated else seen, np.nan)
    x, y = deformation.x, deformation.y
    return MeasuredLandscape(
        values, sigma, mask, x, y, pixel_area(x, y), correlated, not known, tuple(missing)
    )


def _checked(deformation: Deformation) -> Mask:
    """Return the pixels with a value, and a σ if there is any."""
    if deformation.kind != "static":
        raise InputError(
            "A static deflection was needed, this deformation is a vibration mode.",
            "Import the loaded state without [vibration], or use landscape compare.",
        )
    mask = deformation.mask & np.isfinite(deformation.displacement)
    stated = mask & np.isfinite(deformation.sigma)
    mask = stated if stated.any() else mask
    if np.count_nonzero(mask) < FEWEST:
        raise InputError(
            f"The deformation has {np.count_nonzero(mask)} valid pixels, needed at least {FEWEST}.",
            "Check its mask and coherence with: landscape info FILE",
        )
    if deformation.pressure is not None and deformation.pressure <= 0:
        raise InputError(
            f"[load] pressure: needed a positive pressure, got {deformation.pressure:g} Pa.",
            "Set [load] away = true if it pushes away from the camera.",
        )
    return mask


def pixel_area(x: Real, y: Real) -> Real:
    """Return the area of every pixel from its place on the plate, |∂(x, y)/∂(column, row)|."""
    cross = np.gradient(x, axis=1) * np.gradient(y, axis=0) - np.gradient(x, axis=0) * np.gradient(y, axis=1)
    return np.abs(cross)


def smoothed(landscape: MeasuredLandscape, lengths: float) -> tuple[Real, Real]:
    """Smooth L over so many correlation ``lengths`` of its noise; return it with the standard deviation that is left.

    Noise of area A under a Gaussian g of width c inside the mask m keeps the variance A/(A + 4πc²) · ⟨mσ²⟩/⟨m⟩², the first
    mean over g², the second over g: more at the rim, where fewer pixels are averaged. Both (rows, columns), s².
    """
    width = lengths * landscape.length
    mask = landscape.mask.astype(float)

    def mean(image: Real, over: float) -> Real:
        return np.asarray(
            ndimage.gaussian_filter(np.where(landscape.mask, image, 0.0), over, mode="constant")
        )

    weight = np.maximum(mean(mask, width), 1e-12)
    left = landscape.correlated / (landscape.correlated + 4 * np.pi * width**2)
    noise = np.sqrt(left * mean(landscape.sigma**2, width / np.sqrt(2))) / weight
    return np.where(landscape.mask, mean(landscape.values, width) / weight, np.nan), noise
