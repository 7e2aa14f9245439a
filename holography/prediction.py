"""From one measured static deflection to regions and frequencies: no mesh, no stiffness, no mode.

L = ρh w / p in s², so ω² ≈ c / max L (c from the shape of the peak) and ω² ≈ ∫L / ∫L² in every region.
Lefebvre et al., PRL 117, 074301 (2016), doi:10.1103/PhysRevLett.117.074301.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from holography.deformation import Deformation
from holography.noise import correlated_noise
from holography.peaks import Peaks, fit_peaks
from holography.prediction_landscape import MeasuredLandscape, measured_landscape, smoothed
from holography.watershed import watershed_lines
from landscape.errors import InputError
from landscape.topography.critical import refine_critical
from landscape.topography.estimates import Samples, estimate_regions, estimate_sigma
from landscape.topography.local_fit import sampled_field
from landscape.topography.regions import Critical, Regions, find_regions, refine_regions
from landscape.topography.surface import Surface, grid_surface
from landscape.topography.valleys import Valley

Real = NDArray[np.float64]
SIGNIFICANT = 5.0  # standard deviations by which a maximum must rise above its pass
CALM = 3.0  # correlation lengths of the noise over which L is smoothed to draw the lines between regions
LIGHT = 1.0  # correlation lengths over which L is smoothed to read passes and valleys
SMALLEST = 10.0  # correlation areas that a region has: 1 + CALM², what one value of the smoothed L stands for
ABSOLUTE = ("[load] pressure", "[plate] areal_density")  # without them L is known up to a factor
NOISE = {
    frozenset({"sigma"}): "No standard deviation is stated: it is taken from the noise seen in the picture.",
    frozenset(
        {"correlation"}
    ): "The rooms have too few pixels to tell how the noise is correlated: σ takes every pixel "
    "for independent.",
    frozenset(
        {"sigma", "correlation"}
    ): "No standard deviation is stated, and the rooms have too few pixels to tell: "
    "σ of the frequencies is unknown and written as 0.",
}
GRID = 220  # pixels along the longer side of the averaged picture on which passes are polished


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
    """What one static measurement predicts. ``labels`` (rows, columns): region of every pixel, 0 for none.

    ``settings``: what was asked of a region, ``persistence`` and ``smallest`` as in ``predict``.
    """

    landscape: MeasuredLandscape
    regions: Regions
    labels: NDArray[np.intp]
    peaks: Peaks
    valleys: tuple[Valley, ...]
    frequencies: RegionFrequencies
    warnings: tuple[str, ...] = ()
    settings: dict[str, float] = field(default_factory=dict)


def predict(
    deformation: Deformation,
    *,
    persistence: float = 0.05,
    smallest: float = SMALLEST,
    progress: Callable[[str], None] | None = None,
) -> Prediction:
    """Return regions, valleys, passes and frequencies from one measured static deflection.

    A maximum makes a region when it rises above its pass by ``persistence`` of itself and by five standard
    deviations of the smoothed L, and when the region covers ``smallest`` correlation areas of the noise.
    σ of the frequencies comes from σ of the pixels and the measured correlation of their noise; it does not hold errors
    of pressure, areal density or scale. Raises ``InputError`` for a field without a region.
    """
    say = progress or (lambda _: None)
    if not smallest >= 0:
        raise InputError(f"Smallest region: needed 0 or more correlation areas, got {smallest:g}.")
    say("Landscape from the deflection")
    landscape = measured_landscape(deformation)
    say("Regions and passes")
    calm, noise = smoothed(landscape, CALM)
    surface = grid_surface(calm, landscape.mask, landscape.x, landscape.y)
    regions = find_regions(
        surface,
        persistence=persistence,
        noise=SIGNIFICANT * noise[landscape.mask],
        smallest=smallest * 4 * np.pi * landscape.length**2,
    )
    if not regions.count:
        raise _no_region(landscape)
    labels = np.zeros(landscape.mask.shape, dtype=np.intp)
    labels[landscape.mask] = regions.labels
    peaks = fit_peaks(landscape, calm, labels, regions.count)
    say("Valleys")
    light, _ = smoothed(landscape, LIGHT)
    place = (landscape.x, landscape.y)
    passes = _on_lines(regions.passes, watershed_lines(labels, light, place, regions))
    regions, order = _polished(replace(regions, passes=passes), peaks, _averaged(landscape))
    peaks = peaks.take(order)
    number = np.zeros(len(order) + 1, dtype=np.intp)
    number[order + 1] = np.arange(1, len(order) + 1)
    labels = number[labels]
    frequencies = _frequencies(landscape, labels, peaks)
    valleys = watershed_lines(labels, light, place, regions)
    settings = {"persistence": persistence, "smallest": smallest}
    return Prediction(
        landscape, regions, labels, peaks, tuple(valleys), frequencies, _warnings(landscape), settings
    )


def _no_region(landscape: MeasuredLandscape) -> InputError:
    if np.nanmean(landscape.values) < 0:
        return InputError(
            "The deformation shows no region: most of it bends against the load.",
            "Deflection counts positive along the load: check [load] away and [optics] phase_sign.",
        )
    share = landscape.noise / float(np.nanmax(landscape.values))
    return InputError(
        f"The deformation shows no region above its noise, whose standard deviation is {share:.2g} of the maximum.",
        "Load the plate more, filter more, or allow smaller regions.",
    )


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


def _on_lines(passes: Critical, lines: list[Valley]) -> Critical:
    """Move every pass to the highest point of its line: what smooths a narrow door enough to find it fills it, too."""
    points, values = passes.points.copy(), passes.values.copy()
    for line in lines:
        highest = int(np.argmax(line.values))
        points[line.number], values[line.number] = line.points[highest], line.values[highest]
    return Critical(passes.vertices, points, values)


def _polished(regions: Regions, peaks: Peaks, surface: Surface) -> tuple[Regions, NDArray[np.intp]]:
    """Put the fitted peaks and polished passes into the regions; return the old numbers in the new order."""
    fitted = Critical(regions.peaks.vertices, peaks.points, peaks.values)
    step = float(np.median(np.ptp(surface.points, axis=0)) / np.sqrt(len(surface.points)))
    passes = refine_critical(
        regions.passes, sampled_field(surface), kind="pass", spacing=np.array(step), reach=4.0
    )
    order = np.argsort(-peaks.values, kind="stable")
    return refine_regions(regions, fitted, passes), order


def _frequencies(landscape: MeasuredLandscape, labels: NDArray[np.intp], peaks: Peaks) -> RegionFrequencies:
    """Return ω² per region with relative standard deviations, by linear propagation through both rules."""
    inside = labels > 0
    samples = Samples(
        landscape.area[inside], np.ones(np.count_nonzero(inside)), labels[inside], landscape.values[inside]
    )
    found = estimate_regions(samples, peaks.values, constant=peaks.constants, sigma=landscape.sigma[inside])
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
        names = " and ".join(name for name in landscape.missing if name in ABSOLUTE)
        out.append(
            f"{names} missing: the landscape is relative, frequencies are ratios to the first region's."
        )
    if "[camera] scale" in landscape.missing:
        out.append("[camera] scale missing: positions and areas are in pixels.")
    noise = {"sigma", "correlation"} & set(landscape.missing)
    if noise:
        out.append(NOISE[frozenset(noise)])
    return tuple(out)


def monte_carlo(prediction: Prediction, rng: np.random.Generator, *, draws: int = 100) -> tuple[Real, Real]:
    """Return relative standard deviations (k,), (k,) of ω² by peak and Rayleigh from drawn correlated noise.

    A check of the linear propagation: noise of the stated σ, correlated over the stated area by a Gaussian.
    """
    base = prediction.landscape
    calm, _ = smoothed(base, CALM)
    peak, rayleigh = [], []
    for _ in range(draws):
        noise = correlated_noise(base.mask.shape, base.correlated, rng) * np.where(base.mask, base.sigma, 0)
        shaken = replace(base, values=base.values + noise)
        peaks = fit_peaks(shaken, calm, prediction.labels, prediction.regions.count)
        frequencies = _frequencies(shaken, prediction.labels, peaks)
        peak.append(frequencies.peak)
        rayleigh.append(frequencies.rayleigh)
    spread = [
        np.std(all_, axis=0, ddof=1) / np.mean(all_, axis=0) for all_ in (np.array(peak), np.array(rayleigh))
    ]
    return spread[0], spread[1]
