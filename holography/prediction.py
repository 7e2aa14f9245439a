"""From one measured static deflection to regions and frequencies: no mesh, no stiffness, no mode.

L = ρh w / p in s², so ω² ≈ c / max L (c from the shape of the peak) and ω² ≈ ∫L / ∫L² in every region.
Lefebvre et al., PRL 117, 074301 (2016), doi:10.1103/PhysRevLett.117.074301.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from holography.deformation import Deformation
from holography.noise import correlation_area
from holography.peaks import Peaks, fit_peaks
from holography.watershed import watershed_lines
from landscape.errors import InputError
from landscape.topography.critical import refine_critical
from landscape.topography.estimates import Samples, estimate_regions, estimate_sigma
from landscape.topography.local_fit import sampled_field
from landscape.topography.regions import Critical, Regions, find_regions, refine_regions
from landscape.topography.surface import Surface, grid_surface
from landscape.topography.valleys import Valley

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]
SIGNIFICANT = 5.0  # standard deviations by which a maximum must rise above its pass
CALM = 3.0  # correlation lengths of the noise over which L is smoothed to draw the lines between regions
GRID = 220  # pixels along the longer side of the averaged picture on which passes are polished


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


@dataclass(frozen=True)
class RegionFrequencies:
    """Per region: ω² by the peak rule and by Rayleigh's quotient, their relative standard deviations, areas."""

    peak: Real
    rayleigh: Real
    peak_sigma: Real
    rayleigh_sigma: Real
    area: Real


@dataclass(frozen=True)
class Prediction:
    """What one static measurement predicts. ``labels`` (rows, columns): region of every pixel, 0 for none."""

    landscape: MeasuredLandscape
    regions: Regions
    labels: NDArray[np.intp]
    peaks: Peaks
    valleys: tuple[Valley, ...]
    frequencies: RegionFrequencies
    warnings: tuple[str, ...] = ()


def measured_landscape(deformation: Deformation) -> MeasuredLandscape:
    """Return L = ρh w / p with its uncertainty.

    Without pressure or areal density L is relative (w itself), and ``missing`` names what is. Raises
    ``InputError`` for a vibration mode, an empty mask, or a plate scale that is missing.
    """
    if deformation.kind != "static":
        raise InputError(
            "A static deflection was needed, this deformation is a vibration mode.",
            "Import the loaded state without [vibration], or use landscape compare.",
        )
    mask = deformation.mask & np.isfinite(deformation.displacement) & np.isfinite(deformation.sigma)
    if np.count_nonzero(mask) < 100:
        raise InputError(
            f"The deformation has {np.count_nonzero(mask)} valid pixels, needed at least 100.",
            "Check its mask and coherence with: landscape info FILE",
        )
    if deformation.pressure is not None and deformation.pressure <= 0:
        raise InputError(
            f"[load] pressure: needed a positive pressure, got {deformation.pressure:g} Pa.",
            "Set [load] away = true if it pushes away from the camera.",
        )
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
    sigma = np.where(mask, np.maximum(deformation.sigma, 0) * scale, np.nan)
    area = np.abs(_pixel_area(deformation.x, deformation.y))
    return MeasuredLandscape(
        values,
        sigma,
        mask,
        deformation.x,
        deformation.y,
        area,
        correlation_area(values, mask, float(np.median(sigma[mask]))),
        not known,
        tuple(missing),
    )


def _pixel_area(x: Real, y: Real) -> Real:
    """Return the signed area of every pixel from the map pixel → plate."""
    area: Real = np.gradient(x, axis=1) * np.gradient(y, axis=0) - np.gradient(x, axis=0) * np.gradient(
        y, axis=1
    )
    return area


def predict(
    deformation: Deformation, *, persistence: float = 0.05, progress: Callable[[str], None] | None = None
) -> Prediction:
    """Return regions, valleys, passes and frequencies from one measured static deflection.

    A maximum makes a region when it rises above its pass by ``persistence`` of itself and by five standard
    deviations. σ of the frequencies comes from σ of the pixels and the measured correlation of their noise; it
    does not hold errors of pressure, areal density or scale. Raises ``InputError`` for a field without a region.
    """
    say = progress or (lambda _: None)
    say("Landscape from the deflection")
    landscape = measured_landscape(deformation)
    say("Regions and passes")
    calm, noise = _calmed(landscape)
    surface = grid_surface(calm, landscape.mask, landscape.x, landscape.y)
    regions = find_regions(surface, persistence=persistence, noise=SIGNIFICANT * noise)
    labels = np.zeros(landscape.mask.shape, dtype=np.intp)
    labels[landscape.mask] = regions.labels
    peaks = fit_peaks(landscape.values, labels, landscape, regions.count)
    say("Valleys")
    averaged = _averaged(landscape)
    smooth = sampled_field(averaged)
    regions, order = _polished(regions, peaks, averaged, smooth)
    peaks = peaks.take(order)
    number = np.zeros(len(order) + 1, dtype=np.intp)
    number[order + 1] = np.arange(1, len(order) + 1)
    labels = number[labels]
    frequencies = _frequencies(landscape, labels, peaks)
    valleys = watershed_lines(labels, calm, (landscape.x, landscape.y), regions)
    return Prediction(landscape, regions, labels, peaks, tuple(valleys), frequencies, _warnings(landscape))


def _calmed(landscape: MeasuredLandscape) -> tuple[Real, float]:
    """Smooth L over ``CALM`` correlation lengths of its noise, and return what noise is left.

    Only where regions meet is read from this: unsmoothed, noise moves the line between two rooms, and with it
    the integrals over them. Variances of Gaussian filters add, so the noise falls by √(1 + CALM²).
    """
    length = np.sqrt(landscape.correlated / (4 * np.pi))
    width = CALM * max(length, 0.5)
    weight = ndimage.gaussian_filter(landscape.mask.astype(float), width, mode="constant")
    filled = np.where(landscape.mask, landscape.values, 0.0)
    smooth = ndimage.gaussian_filter(filled, width, mode="constant") / np.maximum(weight, 1e-12)
    return np.where(landscape.mask, smooth, np.nan), landscape.noise / np.sqrt(1 + CALM**2)


def _averaged(landscape: MeasuredLandscape) -> Surface:
    """Average the picture over square blocks, weighted by the mask, and triangulate it."""
    block = max(1, round(max(landscape.mask.shape) / GRID))
    rows, columns = (n // block * block for n in landscape.mask.shape)
    weight = landscape.mask[:rows, :columns].astype(float)

    def mean(image: Real) -> Real:
        image = np.where(landscape.mask, image, 0)[:rows, :columns] * weight
        sums = image.reshape(rows // block, block, -1, block).sum(axis=(1, 3))
        return sums / np.maximum(count, 1)

    count = weight.reshape(rows // block, block, -1, block).sum(axis=(1, 3))
    return grid_surface(mean(landscape.values), count > block**2 / 2, mean(landscape.x), mean(landscape.y))


def _polished(
    regions: Regions, peaks: Peaks, surface: Surface, smooth: Callable[..., Any]
) -> tuple[Regions, NDArray[np.intp]]:
    """Put the fitted peaks and polished passes into the regions; return the old numbers in the new order."""
    fitted = Critical(regions.peaks.vertices, peaks.points, peaks.values)
    step = float(np.median(np.ptp(surface.points, axis=0)) / np.sqrt(len(surface.points)))
    passes = refine_critical(regions.passes, smooth, kind="pass", spacing=np.array(step), reach=4.0)
    order = np.argsort(-peaks.values, kind="stable")
    return refine_regions(regions, fitted, passes), order


def _frequencies(landscape: MeasuredLandscape, labels: NDArray[np.intp], peaks: Peaks) -> RegionFrequencies:
    """Return ω² per region with relative standard deviations, by linear propagation through both rules."""
    inside = labels > 0
    samples = Samples(
        landscape.area[inside], np.ones(np.count_nonzero(inside)), labels[inside], landscape.values[inside]
    )
    found = estimate_regions(samples, peaks.values, constant=peaks.constants)
    peak_sigma, rayleigh_sigma = estimate_sigma(
        samples,
        landscape.sigma[inside],
        found,
        peak_sigma=peaks.sigma / peaks.values,
        shared=landscape.correlated,
    )
    return RegionFrequencies(
        found.peak, found.rayleigh, peak_sigma / found.peak, rayleigh_sigma / found.rayleigh, found.area
    )


def _warnings(landscape: MeasuredLandscape) -> tuple[str, ...]:
    out = []
    if landscape.relative:
        names = " and ".join(name for name in landscape.missing if "scale" not in name)
        out.append(
            f"{names} missing: the landscape is relative, frequencies are ratios to the first region's."
        )
    if "[camera] scale" in landscape.missing:
        out.append("[camera] scale missing: positions and areas are in pixels.")
    return tuple(out)


def monte_carlo(prediction: Prediction, rng: np.random.Generator, *, draws: int = 100) -> tuple[Real, Real]:
    """Return relative standard deviations (k,), (k,) of ω² by peak and Rayleigh from drawn correlated noise.

    A check of the linear propagation: noise of the stated σ, correlated over the stated area by a Gaussian.
    """
    from holography.noise import correlated_noise

    base = prediction.landscape
    peak, rayleigh = [], []
    for _ in range(draws):
        noise = correlated_noise(base.mask.shape, base.correlated, rng) * np.where(base.mask, base.sigma, 0)
        shaken = replace(base, values=base.values + noise)
        peaks = fit_peaks(shaken.values, prediction.labels, shaken, prediction.regions.count)
        frequencies = _frequencies(shaken, prediction.labels, peaks)
        peak.append(frequencies.peak)
        rayleigh.append(frequencies.rayleigh)
    spread = [
        np.std(all_, axis=0, ddof=1) / np.mean(all_, axis=0) for all_ in (np.array(peak), np.array(rayleigh))
    ]
    return spread[0], spread[1]
