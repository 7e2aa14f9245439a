"""Noise of a measured field: over how many pixels it is correlated, and draws of it."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Real = NDArray[np.float64]
DETREND = 12  # pixels; what varies over more than this is signal
REACH = 12  # pixels; correlation is summed up to this distance


def correlation_area(values: Real, mask: NDArray[np.bool_]) -> float:
    """Return the number of pixels A = Σ_d C(d)/C(0) over which the noise of a field is one; at least 1.

    The signal is taken out by the third difference along both axes in quadrature steps that leave smooth fields:
    C is the autocovariance of what a local mean of ``DETREND`` pixels, twice applied, leaves behind. The sum of a
    smooth weight a over the noise then has the variance A Σ a² σ².
    """
    rest = _high_pass(values, mask)
    inside = ndimage.binary_erosion(mask, iterations=2 * DETREND)
    if np.count_nonzero(inside) < 2500:
        return 1.0
    rest = np.where(inside, rest, 0.0)
    shape = [n + 2 * REACH for n in rest.shape]
    power = np.abs(np.fft.rfft2(rest, shape)) ** 2
    overlap = np.abs(np.fft.rfft2(inside.astype(float), shape)) ** 2
    covariance = np.fft.irfft2(power, shape) / np.maximum(np.fft.irfft2(overlap, shape), 1)
    if covariance[0, 0] <= 0:
        return 1.0
    dr, dc = (np.minimum(np.arange(n), n - np.arange(n)) for n in shape)
    distance = np.hypot(*np.meshgrid(dr, dc, indexing="ij"))
    profile = covariance / covariance[0, 0]
    positive = _first_zero(profile, distance)
    return float(max(1.0, profile[distance < positive].sum()))


def _high_pass(values: Real, mask: NDArray[np.bool_]) -> Real:
    weight = ndimage.gaussian_filter(mask.astype(float), DETREND)
    filled = np.where(mask, values, 0.0)

    def smooth(field: Real) -> Real:
        return ndimage.gaussian_filter(np.where(mask, field, 0.0), DETREND) / np.maximum(weight, 1e-6)

    rest = filled - smooth(filled)
    for _ in range(3):  # each pass takes out two more orders of the smooth signal
        rest = rest - smooth(rest)
    return np.where(mask, rest, 0.0)


def _first_zero(profile: Real, distance: Real) -> float:
    """Return the distance at which the mean autocorrelation over a ring first falls under 0.02."""
    ring = np.round(distance).astype(int)
    inner = ring <= REACH
    mean = np.bincount(ring[inner], profile[inner]) / np.bincount(ring[inner])
    below = np.flatnonzero(mean < 0.02)
    return float(below[0]) if len(below) else float(REACH)


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
