"""Wrapped phase as a complex field: difference of two states, filters, mask, residues, sigma.

A wrapped phase φ is carried as the complex field z = |z| e^{iφ} and never filtered as grey levels, whose
2π jumps a smoothing destroys. Fields are [row, column] arrays, masks are True where a pixel is valid.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from landscape.errors import InputError

Complex = NDArray[np.complexfloating[Any, Any]]
Real = NDArray[np.float64]
Mask = NDArray[np.bool_]


def phase_difference(deformed: NDArray, reference: NDArray) -> Complex:
    """Complex field whose phase is that of the deformed state minus that of the reference.

    Δ = z_d · conj(z_r). Complex inputs keep the product of their moduli, so that dim pixels weigh little in
    later averages; real inputs are phases in rad and give unit modulus. Both inputs (r, c); raises
    `InputError` when their shapes differ.
    """
    if deformed.shape != reference.shape:
        raise InputError(
            f"phase difference: the two states differ in size, {deformed.shape} and {reference.shape}.",
            "Both must be recorded with the same camera window.",
        )
    return as_field(deformed) * np.conj(as_field(reference))


def as_field(phase: NDArray) -> Complex:
    """Complex field of a phase in rad (unit modulus; NaN becomes 0); a complex array is returned as it is."""
    if np.iscomplexobj(phase):
        return phase
    return np.where(np.isfinite(phase), np.exp(1j * np.nan_to_num(phase)), 0)


def unit(field: Complex) -> Complex:
    """Field divided by its modulus, 0 where it vanishes."""
    modulus = np.abs(field)
    return np.divide(field, modulus, out=np.zeros_like(field), where=modulus > 0)


def filter_complex(field: NDArray, sigma: float, passes: int = 3, *, mask: Mask | None = None) -> Complex:
    """Gaussian filter of the complex field, applied ``passes`` times, inside ``mask`` only.

    z ← (g * m z) / (g * m), a normalised convolution: pixels outside the mask neither give nor receive.
    ``field`` is (r, c), complex or a phase in rad; ``sigma`` in pixels. The passes equal one Gaussian of
    sigma √passes; the modulus of the result, for unit-modulus input, is the local mean resultant length.
    """
    check_filter(sigma, passes)
    z = as_field(field)
    if mask is not None:
        check_same_shape("mask", z, mask)
        z = np.where(mask, z, 0)
    width = sigma * np.sqrt(passes)
    smooth = gaussian_complex(z, width)
    if mask is None or mask.all():
        return smooth
    weight = ndimage.gaussian_filter(mask.astype(smooth.real.dtype), width, mode="nearest")
    return np.divide(smooth, weight, out=np.zeros_like(smooth), where=mask)


def gaussian_complex(field: Complex, sigma: float) -> Complex:
    """Real Gaussian of ``sigma`` pixels applied to the real and imaginary part of a field."""
    return ndimage.gaussian_filter(field, sigma, mode="nearest")


def coherence_mask(
    quality: Real,
    threshold: float = 0.6,
    *,
    erosion: int = 1,
    smallest: float = 0.01,
    user: Mask | None = None,
) -> Mask:
    """Mask of pixels whose coherence exceeds ``threshold``, cleaned; a ``user`` mask is taken as it is.

    Holes smaller than 0.1% of the image are filled, the set is opened with a disc of 3 pixels, components
    smaller than ``smallest`` times the largest one are dropped, and the rest is eroded by ``erosion`` pixels,
    because a coherence window that straddles the rim mixes plate and background. A user mask says where the
    plate is: it is neither cleaned nor eroded, nor cut by coherence. Raises `InputError` when nothing is
    left.
    """
    if user is not None:
        check_same_shape("mask", quality, user)
        return _not_empty(user.astype(bool), "the given mask has no valid pixel")
    solid = _fill_small_holes(quality > threshold, int(1e-3 * quality.size))
    radius = 3
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    solid = ndimage.binary_opening(solid, x**2 + y**2 <= radius**2)
    labels, count = ndimage.label(solid)
    if count:
        size = np.bincount(labels.ravel())
        size[0] = 0
        solid = (size >= smallest * size.max())[labels] & solid
    if erosion:
        solid = ndimage.binary_erosion(solid, iterations=erosion, border_value=1)
    return _not_empty(solid, f"no region of the image is coherent above {threshold:g}")


def residues(phase: Real, mask: Mask | None = None) -> NDArray[np.int8]:
    """Charge of every 2×2 loop of a wrapped phase: +1, −1 or 0, shape (r−1, c−1).

    q = (1/2π) Σ wrap(Δφ) around [i, j], [i, j+1], [i+1, j+1], [i+1, j]. Loops with a pixel outside ``mask``
    are 0. ``phase`` in rad. Source: Goldstein, Zebker & Werner, Radio Sci. 23, 713 (1988),
    doi:10.1029/RS023i004p00713.
    """
    right, down = wrap(np.diff(phase, axis=1)), wrap(np.diff(phase, axis=0))
    turn = right[:-1] + down[:, 1:] - right[1:] - down[:, :-1]
    charge = np.rint(np.nan_to_num(turn) / (2 * np.pi)).astype(np.int8)
    if mask is not None:
        check_same_shape("mask", phase, mask)
        charge[~(mask[:-1, :-1] & mask[:-1, 1:] & mask[1:, :-1] & mask[1:, 1:])] = 0
    return charge


def wrap(phase: Real) -> Real:
    """Phase brought into [−π, π)."""
    return (phase + np.pi) % (2 * np.pi) - np.pi


def quality_map(phase: Real, coherence: Real, *, window: float = 3.0, mask: Mask | None = None) -> Real:
    """Quality in [0, 1] of every pixel: its coherence, lowered where 2π jumps are ambiguous.

    Q = R · exp(−residues in the window). ``phase`` (r, c) in rad; ``coherence`` R (r, c); ``window`` in pixels.
    """
    charge = np.pad(np.abs(residues(phase, mask)), ((0, 1), (0, 1))).astype(float)
    count = ndimage.gaussian_filter(charge, window, mode="constant") * 2 * np.pi * window**2
    return coherence * np.exp(-count)


def jumps_missing(phase: Real, mask: Mask | None = None) -> bool:
    """True when a noisy wrapped phase spans more than half a cycle and yet never jumps by 2π.

    Noise must carry a wrapped phase over the cut at ±π somewhere, unless a filter of its grey levels turned
    every jump into a ramp. ``phase`` (r, c) in rad, as recorded: the cut must be where the camera put it.
    """
    valid = np.isfinite(phase) if mask is None else mask & np.isfinite(phase)
    if not valid.any():
        return False
    low, high = np.percentile(phase[valid], [1, 99])
    pairs = valid[:, 1:] & valid[:, :-1]
    jumps = np.count_nonzero((np.abs(np.diff(phase, axis=1)) > np.pi) & pairs)
    rough = np.std(phase[valid] - ndimage.gaussian_filter(np.where(valid, phase, 0), 2.0)[valid])
    return bool(high - low > np.pi and jumps < 1e-4 * np.count_nonzero(pairs) and rough > 0.2)


def speckle_coherence(resultant: NDArray | float) -> Real:
    """γ of the speckle law whose single-look phase has the mean resultant length R.

    R(γ) = (π/4) γ ₂F₁(½, ½; 2; γ²), inverted by interpolation; both in [0, 1].
    """
    gamma = 1 - np.linspace(1, 0, 2001) ** 2
    mean = np.pi / 4 * gamma * special.hyp2f1(0.5, 0.5, 2, gamma**2)
    return np.asarray(np.interp(resultant, mean, gamma))


def phase_sigma(gamma: NDArray | float, looks: NDArray | float = 1.0) -> Real:
    """Standard deviation (rad) of the phase of speckle of coherence γ, averaged over ``looks``.

    σ² = π²/3 − π asin γ + asin² γ − Li₂(γ²)/2 for one look, divided by the number of independent looks.
    Source: Bamler & Hartl, Inverse Problems 14, R1 (1998), doi:10.1088/0266-5611/14/4/001.
    """
    g = np.clip(np.asarray(gamma, dtype=float), 0, 1)
    angle = np.arcsin(g)
    variance = np.pi**2 / 3 - np.pi * angle + angle**2 - special.spence(1 - g**2) / 2
    return np.sqrt(np.maximum(variance, 0) / np.maximum(looks, 1))


def modulation_sigma(modulation: Real, noise: float, frames: int) -> Real:
    """Standard deviation (rad) of a phase-shifted phase: σ = √(2/N) σ_I / B, at most that of pure noise,
    π/√3.

    ``modulation`` B and ``noise`` σ_I in the unit of the frames, N the number of ``frames``.
    """
    ratio = np.divide(noise, modulation, out=np.full(np.shape(modulation), np.inf), where=modulation > 0)
    return np.minimum(np.sqrt(2 / frames) * ratio, np.pi / np.sqrt(3))


def check_same_shape(name: str, field: NDArray, other: NDArray) -> None:
    """Raise `InputError` unless two images have the same shape."""
    if field.shape != other.shape:
        raise InputError(
            f"{name}: needed the size of the image, {field.shape}, got {other.shape}.",
            "Masks belong to the full camera image.",
        )


def check_filter(sigma: float, passes: int) -> None:
    """Raise `InputError` unless width and passes of a filter make sense."""
    if not sigma > 0 or passes < 1:
        raise InputError(
            f"filter: needed a sigma above 0 pixels and at least one pass, got sigma {sigma} and {passes} passes.",
            "Usual values are sigma = 1.5 and passes = 3.",
        )


def _fill_small_holes(solid: Mask, largest: int) -> Mask:
    labels, _ = ndimage.label(~solid)
    small = np.bincount(labels.ravel()) <= largest
    small[0] = False
    return solid | small[labels]


def _not_empty(mask: Mask, reason: str) -> Mask:
    if not mask.any():
        raise InputError(
            f"mask: {reason}.",
            "Look at the raw frames and the coherence picture; lower `coherence` or give a mask of the plate.",
        )
    return mask
