"""Noise of a measured field: over how many pixels it is correlated, and draws of it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Real = NDArray[np.float64]
DETREND = (
    16,
    11,
    8,
    5,
)  # pixels; what varies over more than this is signal, the first that leaves only noise
REACH = 24  # pixels; correlation is looked at up to this distance


def correlation_area(values: Real, mask: NDArray[np.bool_], sigma: float) -> float:
    """Return the number of pixels A = Σ_d C(d)/C(0) over which the noise of a field is one; at least 1.

    C is the autocovariance of what a local mean over ``DETREND`` pixels, taken out four times, leaves of the field;
    the negative plateau that this cuts into C is put back. The sum of a smooth weight a over the noise has the
    variance A Σ a² σ². Within 10% for Gaussian noise of 1 to 100 pixels. ``sigma`` is the stated standard deviation:
    where more than twice its variance is left, the rest is signal, and a shorter mean is tried.
    """
    for length in DETREND:
        inside = ndimage.binary_erosion(mask, iterations=length)
        if np.count_nonzero(inside) < 2500:
            continue
        rest = np.where(inside, _high_pass(values, mask, length), 0.0)
        if np.mean(rest[inside] ** 2) <= 2 * sigma**2:
            return _area_of(rest, inside)
    return 1.0


def _area_of(rest: Real, inside: NDArray[np.bool_]) -> float:
    shape = [n + 2 * REACH for n in rest.shape]
    power = np.abs(np.fft.rfft2(rest, shape)) ** 2
    overlap = np.abs(np.fft.rfft2(inside.astype(float), shape)) ** 2
    covariance = np.fft.irfft2(power, shape) / np.maximum(np.fft.irfft2(overlap, shape), 1)
    if covariance[0, 0] <= 0:
        return 1.0
    dr, dc = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    ring = np.round(np.hypot(*np.meshgrid(dr, dc, indexing="ij"))).astype(int)
    near = ring <= REACH
    count = np.bincount(ring[near])
    profile = np.bincount(ring[near], covariance[near] / covariance[0, 0]) / count
    lowest = int(np.argmin(profile))
    lifted = (profile - profile[lowest]) / (1 - profile[lowest])
    return float(max(1.0, np.sum((lifted * count)[:lowest])))


def _high_pass(values: Real, mask: NDArray[np.bool_], length: int) -> Real:
    weight = ndimage.gaussian_filter(mask.astype(float), length)
    filled = np.where(mask, values, 0.0)

    def smooth(field: Real) -> Real:
        return ndimage.gaussian_filter(np.where(mask, field, 0.0), length) / np.maximum(weight, 1e-6)

    rest = filled - smooth(filled)
    for _ in range(3):  # each pass takes out two more orders of the smooth signal
        rest = rest - smooth(rest)
    return np.where(mask, rest, 0.0)


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
