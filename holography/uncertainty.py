"""Standard deviation of a filtered phase, measured on the noise that the filter took away."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy import ndimage

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]


NEAR = 2
"""Lags in pixels over which noise values are compared when their grain is a pixel or so."""


def filtered_sigma(
    field: Field,
    smooth: Field,
    mask: Mask,
    *,
    width: float,
    grain: int = 1,
    area: float | None = None,
    response: Sequence[float] = (0.0, 1.0),
) -> Real:
    """Standard deviation (rad) of the phase of a field filtered by sum c_i G^i, G a Gaussian of ``width`` pixels.

    With n = Im(z e^{-iφ'}) the noise in quadrature, σ² = <n²> Σ c_i c_j A / (A + 2π (i + j) width²) / |z'|², where
    <n²> is a local mean and A = Σ ρ(d) the pixels that share one noise value: as given, ``grain``² for band-limited
    speckle, measured for ``grain`` 1. The residual z − z' is corrected for the noise that z' has kept, so that no law of
    the noise (speckle, grey levels, rounding) is assumed. ``response`` are the c_i; NaN outside ``mask``.
    """
    level = np.abs(smooth)
    turned = np.where(mask, (field * np.conj(smooth)).imag, 0.0)
    noise = np.divide(turned, level, out=np.zeros(level.shape), where=mask & (level > 0))
    if area is None:
        area = float(grain**2) if grain > 1 else _noise_area(noise, mask, width)
    once = sum(c * _share(area, i * width**2) for i, c in enumerate(response))
    pairs = ((c * d, i + j) for i, c in enumerate(response) for j, d in enumerate(response))
    gain = sum(product * _share(area, power * width**2) for product, power in pairs)
    kept = max(1 - 2 * once + gain, 0.05) if width > 0 else 1.0
    window = 8.0 * grain
    weight = ndimage.gaussian_filter(mask.astype(float), window, mode="nearest")
    variance = ndimage.gaussian_filter(noise**2, window, mode="nearest") / np.maximum(weight, 1e-9) / kept
    sigma = np.full(mask.shape, np.nan)
    np.divide(np.sqrt(variance * gain), level, out=sigma, where=mask & (level > 0))
    return np.minimum(sigma, np.pi / np.sqrt(3))


def _share(area: float, variance: float) -> float:
    """Weight that a Gaussian of this variance gives to noise of correlation area A: A / (A + 2 pi variance)."""
    return area / (area + 2 * np.pi * variance)


def _noise_area(noise: Real, mask: Mask, width: float) -> float:
    """A = sum rho(d) >= 1 of the noise before filtering, from the residual over |d| <= NEAR.

    The residual of white noise has the autocorrelation delta - 2 k + k*k with k the Gaussian of ``width``; the sum
    over near lags is corrected for what k takes away there.
    """
    shape = [scipy.fft.next_fast_len(n + 2 * NEAR + 1, real=True) for n in noise.shape]
    lags = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(noise, shape)) ** 2, shape)
    overlap = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(mask.astype(float), shape)) ** 2, shape)
    steps = np.arange(-NEAR, NEAR + 1)
    near = np.ix_(steps, steps)
    rho = lags[near] / np.maximum(overlap[near], 1)
    centre = rho[NEAR, NEAR]
    if centre <= 0 or width <= 0:
        return 1.0
    square = steps[:, None] ** 2 + steps[None, :] ** 2
    lost = 2 * _gaussian(square, width**2) - _gaussian(square, 2 * width**2)
    total = rho.sum() / max(1 - lost.sum(), 0.1)
    return float(max(total / (centre + lost[NEAR, NEAR] * total), 1.0))


def _gaussian(square: npt.NDArray[Any], variance: float) -> Real:
    return np.exp(-square / (2 * variance)) / (2 * np.pi * variance)
