"""Standard deviation of a filtered phase, measured on the noise that the filter took away."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.optimize
from scipy import ndimage

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]


NEAR = 2
"""Lags in pixels over which noise values are compared: near enough for the filter to have left them alone."""
LARGEST = 100.0
"""Largest area in pixels that one noise value may have."""
LARGEST_SIGMA = float(np.pi / np.sqrt(3))
"""Standard deviation of a phase that is noise and nothing else (rad)."""
WINDOW = 8.0
"""Width, in speckle grains, of the Gaussian over which noise is averaged."""


def filtered_sigma(
    field: Field,
    smooth: Field,
    mask: Mask,
    *,
    width: float,
    grain: int = 1,
    radius: float | None = None,
    response: Sequence[float] = (0.0, 1.0),
) -> Real:
    """Standard deviation (rad) of the phase of a field filtered by H = Σ c_i Gⁱ, G a Gaussian of ``width`` pixels.

    With n = Im(z e^{-iφ'}) the noise in quadrature, σ² = <n²> Σ c_i c_j A / (A + 2π (i + j) width²) / |z'|², where
    <n²> is a local mean and A = Σ ρ(d) the pixels that share one noise value, measured; or the noise fills a disc of
    ``radius`` (cycles per pixel) in the spectrum. The residual z − z' is corrected for the noise that z' has kept,
    so that no law of the noise (speckle, grey levels, rounding) is assumed. ``response`` are the c_i; NaN outside
    ``mask``.
    """
    level = np.abs(smooth)
    turned = np.where(mask, (field * np.conj(smooth)).imag, 0.0)
    noise = np.divide(turned, level, out=np.zeros(level.shape), where=mask & (level > 0))
    rest = _rest(response)
    if radius is not None:
        gain, kept = _left_of_disc(response, radius, width), _left_of_disc(rest, radius, width)
    else:
        area = _noise_area(noise, mask, width, rest)
        gain, kept = _left(response, area, width), max(_left(rest, area, width), 0.05)
    sigma = np.full(mask.shape, np.nan)
    variance = mean_square(noise, mask, grain) / kept
    np.divide(np.sqrt(variance * gain), level, out=sigma, where=mask & (level > 0))
    return np.minimum(sigma, LARGEST_SIGMA)


def pixel_sigma(
    field: Field, smooth: Field, mask: Mask, *, width: float, grain: int, response: Sequence[float]
) -> Real:
    """Standard deviation (rad) of the phase of single pixels: local rms of φ − φ', for the noise that φ' has kept.

    ``smooth`` is the ``field`` filtered as in ``filtered_sigma``; NaN outside ``mask``.
    """
    noise = np.where(mask, np.angle(field * np.conj(smooth)), 0.0)
    rest = _rest(response)
    kept = max(_left(rest, _noise_area(noise, mask, width, rest), width), 0.05)
    sigma = np.sqrt(mean_square(noise, mask, grain) / kept)
    return np.where(mask, np.minimum(sigma, LARGEST_SIGMA), np.nan)


def _rest(response: Sequence[float]) -> list[float]:
    """Coefficients of 1 − Σ c_i Gⁱ, what the filter takes away."""
    return [1.0 - response[0], *(-c for c in response[1:])]


def mean_square(values: Real, mask: Mask, grain: int) -> Real:
    """Local mean of the squares inside the mask, over a Gaussian of ``WINDOW`` grains."""
    weight = ndimage.gaussian_filter(mask.astype(float), WINDOW * grain, mode="nearest")
    inside = np.where(mask, values**2, 0.0)
    return ndimage.gaussian_filter(inside, WINDOW * grain, mode="nearest") / np.maximum(weight, 1e-9)


def _left(filter_: Sequence[float], area: float, width: float, square: Any = 0.0) -> Any:
    """Autocovariance of Σ e_i Gⁱ n at squared lags ``square``, for noise n of variance 1 and ρ(d) = exp(−π d²/A).

    Σ e_i e_j A / B exp(−π d²/B) with B = A + 2π (i + j) width².
    """
    total: Any = 0.0
    for i, first in enumerate(filter_):
        for j, second in enumerate(filter_):
            wide = area + 2 * np.pi * (i + j) * width**2
            total = total + first * second * area / wide * np.exp(-np.pi * square / wide)
    return total


def _left_of_disc(filter_: Sequence[float], radius: float, width: float) -> float:
    """Variance of Σ e_i Gⁱ n for noise n of variance 1 that fills a disc of the spectrum evenly."""
    total = 0.0
    for i, first in enumerate(filter_):
        for j, second in enumerate(filter_):
            a = (i + j) * (2 * np.pi * radius * width) ** 2 / 2
            total += first * second * (-np.expm1(-a) / a if a else 1.0)
    return total


def _noise_area(noise: Real, mask: Mask, width: float, rest: Sequence[float]) -> float:
    """A ≥ 1 of the noise before filtering, from the autocovariance of its residual Σ e_i Gⁱ n within ``NEAR`` pixels.

    The sum over near lags, in units of lag 0, grows with A; the A whose residual has the measured sum is taken.
    """
    near = NEAR
    shape = [scipy.fft.next_fast_len(n + near + 1, real=True) for n in noise.shape]
    lags = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(noise, shape)) ** 2, shape)
    overlap = scipy.fft.irfft2(np.abs(scipy.fft.rfft2(mask.astype(float), shape)) ** 2, shape)
    steps = np.arange(-near, near + 1)
    block = np.ix_(steps, steps)
    measured = lags[block] / np.maximum(overlap[block], 1)
    square = steps[:, None] ** 2 + steps[None, :] ** 2
    if measured[near, near] <= 0:
        return 1.0

    def excess(area: float) -> float:
        model = _left(rest, area, width, square)
        return float(model.sum() / model[near, near] - measured.sum() / measured[near, near])

    low, high = 1.0, LARGEST
    if excess(low) >= 0:
        return low
    return high if excess(high) <= 0 else float(scipy.optimize.brentq(excess, low, high, xtol=1e-2))
