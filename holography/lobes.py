"""One lobe of an off-axis hologram: found in the spectrum, or given, and cut out of it.

The sensor records |R + O|² = |R|² + |O|² + O R* + R O*. Frequencies are (fx, fy) in cycles per pixel, fx along columns,
fy along rows (downwards).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy import ndimage

from landscape.errors import InputError

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]

LOWEST = 0.03
"""No lobe is looked for below this distance from the zero order, in cycles per pixel."""
NOTCH = 0.012
"""Half-width of the zero order that a half-plane filter leaves out, in cycles per pixel."""


@dataclass(frozen=True)
class Sideband:
    """One lobe of the spectrum: its centre (fx, fy), and the radius of the disc that is kept (cycles per pixel).

    ``radius`` None keeps the whole half plane on the lobe's side, as a lensless hologram needs, whose twin image is
    apart in the reconstruction and not in the spectrum.
    """

    frequency: tuple[float, float]
    radius: float | None = None


def find_direction(hologram: Real) -> Sideband:
    """Find the half plane of a lensless hologram's lobe, which may be as wide as the spectrum.

    The direction u is that of the centre of gravity c(u) of the power in the half plane f.u > 0, iterated; of several
    starts the one with the longest c wins. Returns c on the side fx > 0 (fy > 0 when fx = 0).
    """
    power = np.abs(scipy.fft.fft2(hologram - hologram.mean())) ** 2
    power = np.maximum(power - np.median(power), 0)
    rows, cols = power.shape
    fx, fy = scipy.fft.fftfreq(cols)[None, :], scipy.fft.fftfreq(rows)[:, None]
    power[np.hypot(fx, fy) < LOWEST] = 0
    best = (0.0, 0.0)
    for angle in np.arange(4) * np.pi / 4:
        x, y = np.cos(angle), np.sin(angle)
        for _ in range(8):
            weight = np.where(fx * x + fy * y > 0, power, 0)
            total = max(float(weight.sum()), 1e-300)
            x, y = float((weight * fx).sum() / total), float((weight * fy).sum() / total)
        if np.hypot(x, y) > np.hypot(*best):
            best = (x, y)
    return Sideband(_on_the_side(*best, rows_cols=(rows, cols)))


def _on_the_side(x: float, y: float, rows_cols: tuple[int, int]) -> tuple[float, float]:
    near_axis = abs(x) < max(1.5 / rows_cols[1], 0.02 * abs(y))
    return (-x, -y) if (near_axis and y < 0) or (not near_axis and x < 0) else (x, y)


def find_sideband(hologram: Real) -> Sideband:
    """Find the lobe with fx > 0 (fy > 0 when fx = 0): the strongest region of the spectrum off the zero order.

    A sharp peak is taken at its own frequency, a broad speckle lobe at its centre of gravity. The radius is a third
    of the distance to the zero order, which just keeps |O|^2 out. Raises ``InputError`` when nothing stands above
    the rest of the spectrum.
    """
    rows, cols = hologram.shape
    window = np.hanning(rows + 2)[1:-1, None] * np.hanning(cols + 2)[None, 1:-1]
    power = np.abs(scipy.fft.fft2((hologram - hologram.mean()) * window)) ** 2
    fx, fy = scipy.fft.fftfreq(cols)[None, :], scipy.fft.fftfreq(rows)[:, None]
    smooth = ndimage.gaussian_filter(power, (0.01 * rows, 0.01 * cols), mode="wrap")
    allowed = (np.hypot(fx, fy) > LOWEST) & ((fx > 0) | ((fx == 0) & (fy > 0)))
    top = np.unravel_index(np.argmax(np.where(allowed, smooth, 0)), power.shape)
    if smooth[top] < 5 * np.median(smooth):
        raise InputError(
            "off_axis.sideband: no lobe stands above the noise of the spectrum.",
            "Check that the reference wave was on and tilted, or give sideband = [fx, fy].",
        )
    start = (float(fx[0, top[1]]), float(fy[top[0], 0]))
    centre = _centre_of_lobe(power, start) or _peak(hologram, start)
    return Sideband(centre, float(np.hypot(*centre)) / 3)


def _peak(hologram: Real, near: tuple[float, float]) -> tuple[float, float]:
    """Frequency of the strongest value of the zero-padded spectrum within a third of |near| around ``near``."""
    shape = [scipy.fft.next_fast_len(2 * n, real=True) for n in hologram.shape]
    power = np.abs(scipy.fft.rfft2(hologram - hologram.mean(), shape))
    fx, fy = scipy.fft.rfftfreq(shape[1])[None, :], scipy.fft.fftfreq(shape[0])[:, None]
    power[np.hypot(fx - near[0], _turn(fy - near[1])) > np.hypot(*near) / 3] = 0
    i, j = np.unravel_index(np.argmax(power), power.shape)
    return float(fx[0, j]), float(fy[i, 0])


def _centre_of_lobe(power: Real, start: tuple[float, float]) -> tuple[float, float] | None:
    """Centre of gravity of a broad lobe, on the side that the rule asks for; None for a sharp peak."""
    rows, cols = power.shape
    fx, fy = scipy.fft.fftfreq(cols)[None, :], scipy.fft.fftfreq(rows)[:, None]
    x, y = start
    for _ in range(5):
        disc = np.hypot(_turn(fx - x), _turn(fy - y)) < np.hypot(x, y) / 3
        weight = np.where(disc, power, 0)
        peak = np.unravel_index(np.argmax(weight), power.shape)
        total = weight.sum()
        if weight[_around(peak[0], rows)][:, _around(peak[1], cols)].sum() > 0.3 * total:
            return None
        x += float((weight * _turn(fx - x)).sum() / total)
        y += float((weight * _turn(fy - y)).sum() / total)
    return _on_the_side(x, y, (rows, cols))


def _around(index: Any, length: int) -> npt.NDArray[np.int_]:
    return np.arange(int(index) - 2, int(index) + 3) % length


def _turn(frequency: Any) -> Any:
    """Difference of two frequencies on the circle of one cycle per pixel."""
    return (frequency + 0.5) % 1.0 - 0.5


def isolate(hologram: Real, sideband: Sideband, *, keep_carrier: bool = False, padding: int = 1) -> Field:
    """Field of one lobe on the sensor, (rows, cols) of the hologram; zero order and twin are suppressed.

    The mean is subtracted, the lobe cut out of the spectrum and, unless ``keep_carrier``, moved to frequency zero.
    ``padding`` n > 1 embeds the hologram into a square of n times the next power of two, which reduces the
    wrap-around at the border. Raises ``InputError`` for a lobe on the zero order or beyond half a cycle per pixel.
    """
    fx, fy = sideband.frequency
    if not np.hypot(fx, fy) > LOWEST / 3 or max(abs(fx), abs(fy)) > 0.5:
        raise InputError(
            f"off_axis.sideband: [{fx:g}, {fy:g}] is not a lobe (cycles per pixel, off zero, within 0.5).",
            'Give [fx, fy] of a lobe or "auto".',
        )
    rows, cols = hologram.shape
    shape = (rows, cols)
    if padding > 1:
        side = 2 ** int(np.ceil(np.log2(padding * max(rows, cols))))
        shape = (side, side)
    spectrum = scipy.fft.fft2(hologram - hologram.mean(), shape)
    spectrum *= _pass(shape, sideband)
    if not keep_carrier:
        shift = (-round(fy * shape[0]), -round(fx * shape[1]))
        spectrum = np.roll(spectrum, shift, axis=(0, 1))
    return scipy.fft.ifft2(spectrum)[:rows, :cols]


def _pass(shape: tuple[int, int], sideband: Sideband) -> Real:
    x, y = sideband.frequency
    fx, fy = scipy.fft.fftfreq(shape[1])[None, :], scipy.fft.fftfreq(shape[0])[:, None]
    if sideband.radius is None:
        along = (fx * x + fy * y) / np.hypot(x, y)
        keep = (along > 0) & (np.hypot(fx, fy) > NOTCH)
    else:
        centre = (round(x * shape[1]) / shape[1], round(y * shape[0]) / shape[0])
        keep = np.hypot(_turn(fx - centre[0]), _turn(fy - centre[1])) <= sideband.radius
    return keep.astype(float)
