"""Gaussian filters of a complex field that follow its fringes, so that dense fringes keep their contrast.

A Gaussian of ``width`` pixels on e^{i phi} loses contrast as exp(-slope^2 width^2 / 2) while the noise stays. Here the
local slope is measured first and taken along: z'(x) = sum_d g(d) z(x + d) e^{-i s(x).d}.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from holography import phase

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]

WINDOW = 3.0
"""Gaussian window of slope and coherence, in speckle grains."""
REFINEMENTS = 2
"""Times that the fringes are taken out and the rest is filtered."""


def local_slope(field: Field, *, grain: int = 1, window: float = WINDOW) -> tuple[Real, Real]:
    """Phase slope (rad per pixel) along columns and along rows, averaged over ``window`` grains.

    s d = arg <z(x + d) z*(x)>, at a lag of one pixel, then refined at a lag beyond the ``grain`` of the noise, which
    the noise does not bias. Slopes up to pi per pixel. Source: the pulse-pair estimator, Miller & Rochwarger, IEEE
    Trans. Inf. Theory 18, 38 (1972), doi:10.1109/TIT.1972.1054766.
    """
    z = phase.unit(field)
    found = []
    for axis in (1, 0):
        slope = np.angle(_pairs(z, axis, 1, window * grain))
        if grain > 1:
            lag = round(1.3 * grain)
            far = _pairs(z, axis, lag, window * grain)
            slope = slope + np.angle(far * np.exp(-1j * slope * lag)) / lag
        found.append(slope)
    return found[0], found[1]


def _pairs(z: Field, axis: int, lag: int, window: float) -> Field:
    """Mean of z(x + d/2) z*(x - d/2), centred to half a pixel."""
    products = _shifted(z, lag - lag // 2, axis) * np.conj(_shifted(z, -(lag // 2), axis))
    return phase.gaussian_complex(products, window)


def _shifted(array: npt.NDArray[Any], by: int, axis: int) -> npt.NDArray[Any]:
    """array(x + by), zero where that lies outside."""
    out = np.zeros_like(array)
    n = array.shape[axis]
    source = [slice(None)] * array.ndim
    target = [slice(None)] * array.ndim
    source[axis] = slice(max(by, 0), n + min(by, 0))
    target[axis] = slice(max(-by, 0), n + min(-by, 0))
    out[tuple(target)] = array[tuple(source)]
    return out


def follow(field: Field, mask: Mask, width: float, slope: tuple[Real, Real], *, itself: bool = True) -> Field:
    """Normalised Gaussian mean of ``width`` pixels inside ``mask`` that follows ``slope`` (columns, rows).

    Pixels outside the mask neither give nor receive; without ``itself`` a pixel's own value does not count. With
    slope 0 this is the plain complex Gaussian.
    """
    start = np.where(mask, field, 0).astype(np.complex64)
    z = _follow_along(_follow_along(start, 1, width, slope[0]), 0, width, slope[1])
    weight = ndimage.gaussian_filter(mask.astype(np.float32), width, mode="constant", radius=_reach(width))
    if not itself:
        own = np.float32(_kernel(width)[0] ** 2)
        z, weight = z - own * start, weight - own
    return np.divide(z, weight, out=np.zeros_like(z), where=mask & (weight > 1e-6))


def _reach(width: float) -> int:
    return max(1, int(3.0 * width + 0.5))


def _kernel(width: float) -> Real:
    """Weights of the Gaussian at distances 0, 1, 2, ... up to three widths."""
    kernel = np.exp(-(np.arange(_reach(width) + 1) ** 2) / (2 * width**2))
    return kernel / (kernel[0] + 2 * kernel[1:].sum())


def _follow_along(z: Field, axis: int, width: float, slope: Real) -> Field:
    z, turn = np.moveaxis(z, axis, 0), np.moveaxis(np.exp(-1j * slope).astype(z.dtype), axis, 0)
    kernel = _kernel(width).astype(z.real.dtype)
    out = kernel[0] * z
    turned = np.ones_like(turn)
    for step in range(1, min(len(kernel), len(z))):
        turned *= turn
        here = kernel[step] * turned
        out[:-step] += z[step:] * here[:-step]
        out[step:] += z[:-step] * np.conj(here[step:])
    return np.moveaxis(out, 0, axis)


@dataclass(frozen=True)
class Refined:
    """A phase filtered with its fringes taken out, ``REFINEMENTS`` times over.

    ``phase`` (rad, NaN outside the mask); ``change`` what the last time changed, a measure of the remaining bias;
    ``flat`` the field without fringes and ``smooth`` its filtered form.
    """

    phase: Real
    change: Real
    flat: Field
    smooth: Field


def refine(field: Field, unwrapped: Real, mask: Mask, width: float) -> Refined:
    """Filter with the fringes taken out: phase <- p + arg G[z e^{-ip}], with p = G[phase], from the ``unwrapped`` one.

    G is a Gaussian of ``width`` pixels inside the mask. It neither loses contrast nor bends a curved phase, since
    what it bends in p it restores in the rest. All arrays (rows, cols), phases in rad.
    """
    weight = ndimage.gaussian_filter(mask.astype(float), width, mode="nearest")
    result = np.where(mask, unwrapped, 0.0)
    before, flat, smooth = result, field, field
    for _ in range(REFINEMENTS):
        before = result
        fringes = ndimage.gaussian_filter(result, width, mode="nearest")
        fringes = np.divide(fringes, weight, out=np.zeros_like(fringes), where=mask)
        flat = np.where(mask, field * np.exp(-1j * fringes).astype(field.dtype), 0)
        smooth = phase.filter_complex(flat, width, 1, mask=mask)
        result = np.where(mask, fringes + np.angle(smooth), 0.0)
    return Refined(np.where(mask, result, np.nan), result - before, flat, smooth)


def response(refinements: int = REFINEMENTS) -> tuple[float, ...]:
    """Coefficients c_i of sum c_i G^i, the filter that all of ``refine`` amounts to for small noise; c_0 = 0.

    The unwrapped phase carries G n; each refinement turns H n into G H n + G (1 - G H) n.
    """
    gauss = np.polynomial.Polynomial([0.0, 1.0])
    total = gauss
    for _ in range(refinements):
        total = gauss * total + gauss * (1 - gauss * total)
    return tuple(float(c) for c in total.coef)


def coherence(field: Field, slope: tuple[Real, Real], *, grain: int = 1, mask: Mask | None = None) -> Real:
    """Coherence R = <cos(phi - phi')> of the phase against its neighbours, 1 is noise-free, pure noise near 0.

    phi' is the mean of the neighbours within 1.5 grains that follows the ``slope`` of ``local_slope``, the pixel itself
    left out; the cosine is averaged with a Gaussian of ``WINDOW`` grains. Pixels where the field is 0 do not count.
    """
    everywhere = np.ones(field.shape, bool) if mask is None else mask
    others = follow(field, everywhere, 1.5 * grain, slope, itself=False)
    agreement = (phase.unit(field) * np.conj(phase.unit(others))).real
    counted = everywhere & (np.abs(field) > 0)
    mean = ndimage.gaussian_filter(np.where(counted, agreement, 0), WINDOW * grain, mode="nearest")
    share = ndimage.gaussian_filter(counted.astype(np.float32), WINDOW * grain, mode="nearest")
    result = np.clip(np.divide(mean, share, out=np.zeros_like(mean), where=share > 1e-6), 0, 1)
    return np.where(everywhere, result, 0.0)
