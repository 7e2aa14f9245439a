"""Noise of a measured field: over how many pixels it is correlated, and draws of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, optimize

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]
ORDER = 4  # times that a local mean is taken out: what it leaves of a smooth signal is of eighth order
WIDTHS = (3.0, 4.5, 7.0, 10.0, 15.0)  # pixels; Gaussian widths of the local mean, tried in turn
NARROW = 2.0  # pixels; for pictures so small that the others leave nothing
WIDE = 2.5  # widths of the noise that the mean must have, so that most of the noise is left
GAIN = 0.1  # share of the power; frequencies of which the mean leaves less are extrapolated
CALM = 2.0  # times the median of the local variance; where more is left, it is no noise
END = 0.15  # share of the power at low frequencies down to which the spectrum is fitted
GROWTH = 100.0  # of the variance from one mean to the next; noise of 400 pixels grows by 30
FEWEST = 400  # pixels


@dataclass(frozen=True)
class Spectrum:
    """Power ``density`` (k,) of noise by rings of ``frequency`` (k,), cycles per pixel; white noise of variance v has v.

    ``count`` (k,) discrete frequencies in every ring, rings from ``first`` on are seen.
    """

    frequency: Real
    density: Real
    count: Real
    first: int


def correlation_area(values: Real, mask: Mask, sigma: float = np.inf) -> float:
    """Return the number of pixels A = Σ_d C(d)/C(0) = S(0)/∫S over which the noise of a field is one; at least 1.

    C is the autocovariance of the noise and S its power density: the sum of a smooth weight a over the noise has the
    variance A Σ a² σ². S is read from what a local mean, taken out ``ORDER`` times, leaves of the field, divided by the
    share it leaves, and is extrapolated to S(0) (``_intercept``). The mean is as short as the noise allows, so that it leaves
    nothing of the signal; where something stands out nevertheless, those pixels do not count. ``sigma`` is the stated
    standard deviation: a mean that leaves more than twice its variance, or ``GROWTH`` times what a shorter one did,
    leaves signal, and the shorter one is believed. Within 20% for Gaussian noise of 1 to 200 pixels on rooms of 140
    pixels; by a quarter too large for noise with a flat-topped spectrum, as ``filtering.refine`` leaves it.
    """
    return measured_noise(values, mask, sigma)[0]


def measured_noise(values: Real, mask: Mask, sigma: float = np.inf) -> tuple[float, float]:
    """Return the correlation area (pixels) and the standard deviation of the noise, as ``correlation_area`` finds them."""
    area, variance, most = 1.0, 0.0, np.inf
    first = _spectrum(values, mask, WIDTHS[0])
    for width in WIDTHS if first is not None else (NARROW,):
        spectrum = first if width == WIDTHS[0] else _spectrum(values, mask, width)
        if spectrum is None:
            break
        found, left = _area_of(spectrum)
        if left > most:
            break
        area, variance, most = max(1.0, found), left, min(2 * sigma**2, GROWTH * left)
        if width >= WIDE * np.sqrt(area / (4 * np.pi)):
            break
    return area, float(np.sqrt(variance))


def _spectrum(values: Real, mask: Mask, width: float) -> Spectrum | None:
    """Return the power density of the noise of a field, None where too few pixels lie away from the rim."""
    away = ndimage.distance_transform_cdt(np.pad(mask, 1), metric="taxicab")[1:-1, 1:-1]
    inside = away > int(3 * width)
    if np.count_nonzero(inside) < FEWEST:
        return None
    rest = _high_pass(values, mask, width)
    share = ndimage.gaussian_filter(inside.astype(float), 2 * width)
    power = ndimage.gaussian_filter(np.where(inside, rest**2, 0.0), 2 * width) / np.maximum(share, 1e-6)
    calm = inside & (power <= CALM * np.median(power[inside]))
    shape = [fft.next_fast_len(n, real=True) for n in mask.shape]
    density = np.abs(fft.fft2(np.where(calm, rest, 0.0), shape)) ** 2 / max(np.count_nonzero(calm), 1)
    frequency = np.hypot(fft.fftfreq(shape[0])[:, None], fft.fftfreq(shape[1]))
    gain = (1 - np.exp(-2 * (np.pi * width * frequency) ** 2)) ** (2 * ORDER)
    ring = np.round(frequency * min(shape)).astype(int).ravel()
    count = np.bincount(ring).astype(float)
    gains, densities = (np.bincount(ring, of.ravel()) / count for of in (gain, density))
    first = int(np.argmax(gains > GAIN))
    return Spectrum(np.arange(len(count)) / min(shape), densities / np.maximum(gains, GAIN), count, first)


def _high_pass(values: Real, mask: Mask, width: float) -> Real:
    """Take a Gaussian mean over the pixels of the mask out, ``ORDER`` times."""
    weight = np.maximum(ndimage.gaussian_filter(mask.astype(float), width, mode="constant"), 1e-6)
    rest = np.where(mask, values, 0.0)
    for _ in range(ORDER):
        rest = np.where(mask, rest - ndimage.gaussian_filter(rest, width, mode="constant") / weight, 0.0)
    return rest


def _area_of(spectrum: Spectrum) -> tuple[float, float]:
    """Return S(0)/∫S and the variance ∫S, the rings that are not seen from the fit."""
    seen = spectrum.density[spectrum.first :]
    if not seen.any():
        return 1.0, 0.0
    below = np.flatnonzero(ndimage.gaussian_filter1d(seen, 2) < END * seen[:3].mean())
    stop = spectrum.first + max(int(below[0]) if len(below) else len(seen), 6)
    fitted = slice(spectrum.first, min(stop, int(np.searchsorted(spectrum.frequency, 0.5))))
    level, bend = _intercept(
        spectrum.frequency[fitted] ** 2, spectrum.density[fitted], spectrum.count[fitted]
    )
    hidden = level * np.exp(-np.stack([spectrum.frequency**2, spectrum.frequency**4], axis=1) @ bend)
    density = np.where(np.arange(len(spectrum.density)) < spectrum.first, hidden, spectrum.density)
    variance = float(np.sum(density * spectrum.count) / np.sum(spectrum.count))
    return level / variance, variance


def _intercept(square: Real, density: Real, count: Real) -> tuple[float, Real]:
    """Fit log S = log S(0) − b f² − c f⁴ with b, c ≥ 0 and return S(0) and (b, c).

    c = 0 is Gaussian noise, b = 0 noise that is flat near zero: what filters make of white noise lies between.
    """
    scale = square[-1]
    design = np.stack([np.ones_like(square), -square / scale, -((square / scale) ** 2)], axis=1)
    weight = np.sqrt(count)  # the logarithm of a mean of n powers has the variance 1/n
    logarithm = np.log(np.maximum(density, np.finfo(float).tiny))
    bounds = ([-np.inf, 0.0, 0.0], np.inf)
    found = optimize.lsq_linear(weight[:, None] * design, weight * logarithm, bounds).x
    return float(np.exp(found[0])), found[1:] / np.array([scale, scale**2])


def correlated_noise(shape: tuple[int, ...], area: float, rng: np.random.Generator) -> Real:
    """Return unit-variance Gaussian noise whose correlation area is ``area`` pixels.

    A Gaussian filter of width s makes Σ C(d)/C(0) = 4π s².
    """
    white = rng.standard_normal(shape)
    width = np.sqrt(area / (4 * np.pi))
    if width < 0.3:
        return white
    noise = ndimage.gaussian_filter(white, width, mode="wrap")
    return noise / noise.std()
