"""Fourier-transform demodulation of fringes on a spatial carrier."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from landscape.errors import InputError

Real = NDArray[np.float64]


@dataclass(frozen=True)
class CarrierPhase:
    """Phase of a frame with carrier fringes.

    ``field`` (r, c) complex, (B/2) e^{iφ}, or the product with the conjugate reference; ``frequency`` (fx,
    fy) of the carrier in cycles per pixel (column, row); ``mask`` (r, c) is False on the border of `BORDER`
    pixels, where the window of the Fourier transform spoils the phase.
    """

    field: NDArray[np.complexfloating[Any, Any]]
    frequency: tuple[float, float]
    mask: NDArray[np.bool_]


BORDER = 20


def carrier_demodulate(
    frame: Real, frequency: Literal["auto"] | tuple[float, float] = "auto", *, reference: Real | None = None
) -> CarrierPhase:
    """Fourier-transform method: I = A + B cos(2π f·x + φ) → (B/2) e^{iφ}, from the sideband around f.

    ``frame`` and ``reference`` (r, c); f = (fx, fy) in cycles per pixel (column, row). "auto" takes the
    strongest lobe with fx > 0 (fx = 0: fy > 0), to a fraction of a frequency sample; the other lobe gives the
    opposite phase. Without a reference the carrier 2π f·x is subtracted, and an error of f stays as a tilt;
    with one, its phase is, and f cancels. Raises `InputError` when no lobe stands out, or f is so low that it
    overlaps the background.

    Source: Takeda, Ina & Kobayashi, J. Opt. Soc. Am. 72, 156 (1982), doi:10.1364/JOSA.72.000156.
    """
    if frame.ndim != 2 or min(frame.shape) <= 2 * BORDER + 8:
        raise InputError(
            f"carrier: needed one image of at least {2 * BORDER + 9} pixels a side, got {frame.shape}."
        )
    if reference is not None and reference.shape != frame.shape:
        raise InputError(f"carrier: frame {frame.shape} and reference {reference.shape} differ in size.")
    peak = find_carrier(frame if reference is None else reference) if frequency == "auto" else frequency
    fx, fy = (float(f) for f in peak)
    if not (3 / min(frame.shape) < np.hypot(fx, fy) and max(abs(fx), abs(fy)) < 0.5):
        raise InputError(
            f"carrier: a frequency of ({fx:g}, {fy:g}) cycles per pixel cannot be separated from the background.",
            "It must lie between a few fringes per image and half a cycle per pixel.",
        )
    field = _sideband(frame, (fx, fy))
    if reference is not None:
        field = field * np.conj(_sideband(reference, (fx, fy)))
    mask = np.zeros(frame.shape, dtype=bool)
    mask[BORDER:-BORDER, BORDER:-BORDER] = True
    return CarrierPhase(field, (fx, fy), mask)


def find_carrier(frame: Real) -> tuple[float, float]:
    """Frequency (fx, fy) of the carrier in cycles per pixel: the strongest lobe with fx > 0 (fx = 0: fy > 0),
    refined.

    Closer than half a frequency sample to fx = 0, it is the one with fy > 0. The refinement sets the mean
    slope of the demodulated phase to zero, which holds for a plate at rest along its rim. Raises `InputError`
    when no lobe rises five times above the rest of the spectrum.
    """
    frame = np.asarray(frame, dtype=float)
    window = np.outer(*(np.hanning(n) for n in frame.shape))
    power = np.abs(np.fft.rfft2((frame - frame.mean()) * window)) ** 2
    power = ndimage.gaussian_filter(power, 1.5, mode=("wrap", "nearest"))
    fy, fx = np.fft.fftfreq(frame.shape[0])[:, None], np.fft.rfftfreq(frame.shape[1])[None, :]
    lowest = 6 / min(frame.shape)
    power[(np.hypot(fx, fy) < lowest) | ((fx == 0) & (fy <= 0))] = 0
    row, col = np.unravel_index(np.argmax(power), power.shape)
    rough = np.array([fx[0, col], fy[row, 0]])
    if power[row, col] < 5 * np.median(power) or np.hypot(*rough) < lowest + 2 / min(frame.shape):
        raise InputError(
            "carrier: no lobe stands out of the spectrum, so its frequency cannot be found.",
            "Give the frequency in cycles per pixel, or record with more carrier fringes.",
        )
    for _ in range(3):
        rough = rough + _mean_slope(_sideband(frame, (rough[0], rough[1]))) / (2 * np.pi)
    upright = abs(rough[0]) < 0.5 / frame.shape[1]
    sign = -1 if (rough[1] if upright else rough[0]) < 0 else 1
    return float(sign * rough[0]), float(sign * rough[1])


def _mean_slope(field: NDArray[np.complexfloating[Any, Any]]) -> Real:
    """Mean phase slope (x, y) in rad per pixel over the bright part inside the border."""
    inner = field[BORDER:-BORDER, BORDER:-BORDER]
    bright = np.abs(inner) > 0.3 * np.median(np.abs(inner))
    across = np.angle(inner[:, 1:] * np.conj(inner[:, :-1]))[bright[:, 1:] & bright[:, :-1]]
    along = np.angle(inner[1:] * np.conj(inner[:-1]))[bright[1:] & bright[:-1]]
    return np.array([across.mean(), along.mean()])


def _sideband(frame: Real, frequency: tuple[float, float]) -> NDArray[np.complexfloating[Any, Any]]:
    """Sideband at ``frequency`` moved to zero and cut out by a disc, flat to 0.5 |f| and fading out at 0.95
    |f|."""
    frame = np.asarray(frame, dtype=float)
    radius = float(np.hypot(*frequency))
    frame = frame - ndimage.gaussian_filter(frame, 0.5 / radius, mode="nearest")
    ramp = [np.minimum(1, (np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5) / BORDER) for n in frame.shape]
    taper_y, taper_x = (np.sin(np.pi / 2 * edge) ** 2 for edge in ramp)
    rows, cols = (np.arange(n) for n in frame.shape)
    down = np.exp(-2j * np.pi * frequency[1] * rows) * taper_y
    across = np.exp(-2j * np.pi * frequency[0] * cols) * taper_x
    shape = [fft.next_fast_len(n) for n in frame.shape]
    spectrum = fft.fft2(frame * down[:, None] * across[None, :], shape, overwrite_x=True)
    distance = np.hypot(fft.fftfreq(shape[0])[:, None], fft.fftfreq(shape[1])[None, :]) / radius
    spectrum *= np.cos(np.pi / 2 * np.clip((distance - 0.5) / 0.45, 0, 1)) ** 2
    return fft.ifft2(spectrum, overwrite_x=True)[: frame.shape[0], : frame.shape[1]]
