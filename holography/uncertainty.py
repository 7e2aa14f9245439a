"""Standard deviation of a filtered phase, measured on the noise that the filter took away."""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy import ndimage

Real = npt.NDArray[np.float64]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]


def filtered_sigma(field: Field, smooth: Field, mask: Mask, *, width: float, grain: int = 1) -> Real:
    """Standard deviation (rad) of the phase of ``smooth``, a Gaussian mean of ``field`` of ``width`` pixels.

    With n = Im(z e^{-i phi'}) the noise in quadrature, sigma^2 = <n^2> A / (A + 4 pi width^2) / |z'|^2, where <n^2>
    is a local mean and A = sum rho(d) the pixels that share one noise value (``grain`` tells how far to look). Both
    are taken from the residual z - z' and corrected for the part of the noise that z' has kept, so that no law of
    the noise (speckle, grey levels, rounding) is assumed. NaN outside ``mask``.
    """
    window = 8.0 * grain
    level = np.abs(smooth)
    turned = np.where(mask, (field * np.conj(smooth)).imag, 0.0)
    noise = np.divide(turned, level, out=np.zeros_like(level), where=mask & (level > 0)).astype(float)
    area, kept = _noise_area(noise, mask, width, near=2 * grain)
    weight = ndimage.gaussian_filter(mask.astype(float), window, mode="nearest")
    variance = ndimage.gaussian_filter(noise**2, window, mode="nearest") / np.maximum(weight, 1e-9) / kept
    gain = 1 / (1 + 4 * np.pi * width**2 / area)
    sigma = np.full(mask.shape, np.nan)
    np.divide(np.sqrt(variance * gain), level, out=sigma, where=mask & (level > 0))
    return np.minimum(sigma, np.pi / np.sqrt(3))


def _noise_area(noise: Real, mask: Mask, width: float, near: int) -> tuple[float, float]:
    """A = sum rho(d) of the noise before filtering, and the share of its variance that the residual still shows.

    The residual of white noise has the autocorrelation delta - 2 k + k*k with k the Gaussian of ``width``; both sums
    over |d| <= ``near`` are corrected with it.
    """
    shape = [scipy.fft.next_fast_len(n + 2 * near + 1, real=True) for n in noise.shape]
    lags = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(noise, shape)) ** 2, shape)
    overlap = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(mask.astype(float), shape)) ** 2, shape)
    steps = np.arange(-near, near + 1)
    square_of_lags = np.ix_(steps, steps)
    rho = lags[square_of_lags] / np.maximum(overlap[square_of_lags], 1)
    centre = rho[near, near]
    if centre <= 0 or width <= 0:
        return 1.0, 1.0
    square = steps[:, None] ** 2 + steps[None, :] ** 2
    lost = _gaussian(square, width**2) * 2 - _gaussian(square, 2 * width**2)
    total = rho.sum() / (1 - min(lost.sum(), 0.9))
    variance = centre + lost[near, near] * total
    return float(max(total / variance, 1.0)), float(centre / variance)


def _gaussian(square: npt.NDArray[Any], variance: float) -> Real:
    return np.exp(-square / (2 * variance)) / (2 * np.pi * variance)
