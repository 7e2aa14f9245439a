"""Which pixels show the plate: a given mask, or coherence together with the light that comes back."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from holography import phase
from holography.capture import mask_file
from holography.images import InputFile, read_frames
from holography.schema import Capture
from landscape.errors import InputError

Real = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

WINDOW = 3.0
"""Gaussian window of coherence and quality, in speckle grains."""
SMALLEST = 0.03
"""Parts of the mask below this share of its largest one are stray reflections."""
DARK = 3.0
"""Plate and surroundings are told apart by their light only when its means differ by this factor."""


def given_mask(capture: Capture, shape: tuple[int, int]) -> tuple[Mask | None, tuple[InputFile, ...]]:
    """The mask of capture.toml (white = valid, or inside the polygon) and its file; None without [mask].

    Raises ``InputError`` when it has another size than the frames or no valid pixel.
    """
    if capture.mask is None:
        return None, ()
    none: tuple[InputFile, ...] = ()
    file = mask_file(capture)
    if file is None:
        from skimage.draw import polygon2mask

        corners = [(row, col) for col, row in capture.mask.polygon or ()]
        given, files = polygon2mask(shape, corners), none
    else:
        frames = read_frames([file])
        grey = frames.values[0]
        if frames.warnings and grey.min() == grey.max():
            raise InputError(
                f"{file}: the mask has one colour everywhere ({'; '.join(frames.warnings)}).",
                "Save white on black, without transparency.",
            )
        given, files = grey > 0.5 * max(float(grey.max()), 1e-300), frames.files
    if given.shape != shape:
        raise InputError(
            f"{file}: the mask has {given.shape[1]} x {given.shape[0]} pixels, the frames {shape[1]} x {shape[0]}.",
            "Draw it on a frame of this capture.",
        )
    require_pixels(capture, given)
    return given, files


def require_pixels(capture: Capture, mask: Mask) -> None:
    """Raise ``InputError`` when no pixel is valid."""
    if not mask.any():
        raise InputError(
            f"{capture.path}: the mask is empty.", "Check [mask], or lower processing.coherence."
        )


def plate_mask(coherence: Real, modulation: Real, threshold: float, grain: int) -> Mask:
    """Mask of the plate from its coherence, and from its light where that tells it from the surroundings.

    Pixels above ``threshold`` are taken. Where the plate stands out by its light, lit pixels that hang together with
    them are taken down to half the threshold: there, low coherence means steep fringes and a larger sigma, not
    another object. Cleaned by ``phase.coherence_mask``. Raises ``InputError`` when nothing is left.
    """
    bright = lit(modulation, grain)
    if bright is None:
        return phase.coherence_mask(coherence, threshold, smallest=SMALLEST)
    seen = apply_hysteresis_threshold(np.where(bright, coherence, 0.0), threshold / 2, threshold)
    return phase.coherence_mask(seen.astype(float), 0.5, smallest=SMALLEST)


def lit(modulation: Real, grain: int) -> Mask | None:
    """Pixels whose local light is that of the plate and not that of its dark surroundings; None if light does not tell.

    Light does not tell unless the logarithm of the local mean splits (Otsu) into two classes a factor ``DARK``
    apart with a valley between them, so that uneven light cuts nothing off. The edge of the plate is then where
    the light falls to half of its level close by, which is where a blurred edge was sharp.
    Source: Otsu, IEEE Trans. SMC 9, 62 (1979), doi:10.1109/TSMC.1979.4310076.
    """
    width = 1.5 * grain
    local = ndimage.gaussian_filter(modulation, width)
    level = np.log(np.maximum(local, 1e-4 * local.max() + 1e-300))
    cut, apart = _otsu(level)
    if not apart:
        return None
    nearby = ndimage.maximum_filter(local, size=round(6 * width) + 1)
    return (level > cut) & (local > 0.5 * nearby)


def _otsu(level: Real) -> tuple[float, bool]:
    """Threshold of a two-class histogram, and whether its classes are apart by ``DARK`` with a valley between."""
    counts, edges = np.histogram(level, bins=100)
    counts = ndimage.gaussian_filter1d(counts.astype(float), 2.0)
    centres = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    low = sums / np.maximum(below, 1e-9)
    high = (sums[-1] - sums) / np.maximum(above, 1e-9)
    cut = int(np.argmax(below * above * (low - high) ** 2))
    peaks = min(counts[: cut + 1].max(), counts[cut + 1 :].max(initial=0.0))
    valley = counts[max(cut - 15, 0) : cut + 16].min() < 0.5 * peaks
    return float(centres[cut]), bool(high[cut] - low[cut] > np.log(DARK) and valley)
