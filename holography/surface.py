"""The signal of a capture -> the deflection it shows: coherence, mask, filter, unwrapping, zero, metres, sigma."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from holography import deformation, filtering, phase
from holography.deformation import Sensitivity
from holography.masking import WINDOW, plate_mask, require_pixels
from holography.schema import Capture
from holography.signals import Field, Mask, Real, Recorded, Signal
from holography.smoothing import filter_width, smooth_phase, to_unwrap
from holography.unwrap import Unwrapped, unwrap


@dataclass(frozen=True)
class Surface:
    """A deflection before it is placed on the plate; ``values`` and ``sigma`` in m, ``phase`` in rad."""

    values: Real
    sigma: Real
    mask: Mask
    quality: Real
    phase: Real
    pictures: dict[str, tuple[npt.NDArray[Any], str]]
    used: dict[str, Any]
    warnings: tuple[str, ...]


def surface_of(recorded: Recorded, signal: Signal, given: Mask | None) -> Surface:
    """Deflection of the plate from a signal, inside ``given`` or the mask that the signal itself shows.

    Raises ``InputError`` when no pixel is valid, or a rigid motion shall be removed and nothing is held.
    """
    if signal.field is None:
        return _from_metres(recorded, signal, given)
    return _from_field(recorded, signal.field, signal, given)


def _from_field(recorded: Recorded, field: Field, signal: Signal, given: Mask | None) -> Surface:
    """Filter the complex field inside the mask, unwrap it, fix its zero and turn it into metres."""
    setting, grain = recorded.capture.processing, signal.grain
    everywhere = signal.valid if given is None else given & signal.valid
    raw = np.where(everywhere, field, 0).astype(np.complex64)
    slope = filtering.local_slope(raw, grain=grain)
    coherence = filtering.coherence(raw, slope, grain=grain, mask=everywhere)
    mask = everywhere
    if given is None:
        mask = everywhere & plate_mask(coherence, np.sqrt(np.abs(raw)), setting.coherence, grain)
    require_pixels(recorded.capture, mask)
    wrapped: Real = np.angle(to_unwrap(raw, mask, setting, slope, grain)).astype(float)
    flat = unwrap(wrapped, mask, method=setting.unwrap, quality=coherence)
    smoothed = smooth_phase(raw, flat.phase, mask, setting, signal)
    held = deformation.held_pixels(mask, setting.zero)
    zeroed = deformation.fix_zero(smoothed.phase, flat.components, held, remove=setting.remove)
    values, sigma = deformation.to_metres(zeroed.values, smoothed.sigma, sensitivity_of(recorded))
    quality, warnings = _quality(coherence, wrapped, flat, signal, mask)
    pictures = {
        "wrapped": (np.where(mask, wrapped, np.nan), "rad"),
        "coherence": (coherence, ""),
        "residues": (phase.residues(np.angle(raw).astype(float), mask), ""),
        "unwrapped": (zeroed.values, "rad"),
    }
    used = {
        "filter": setting.filter,
        "filter width (pixels)": filter_width(setting, grain),
        "coherence (median in mask)": round(float(np.median(coherence[mask])), 4),
        "phase noise of one pixel (rad)": _pixel_noise(smoothed.pixel_noise, coherence[mask], signal, mask),
        "unwrapping": flat.method,
        "residues after filtering": flat.residues,
        "fringe orders subtracted": {str(k): v for k, v in zeroed.orders.items()},
        "rigid motion removed": {str(k): v for k, v in zeroed.removed.items()},
        "components without zero": list(zeroed.undefined),
    }
    warnings = _zero_warnings(recorded.capture, zeroed, flat.count) + warnings
    return Surface(values, sigma, mask, quality, zeroed.values, pictures, used, warnings)


def sensitivity_of(recorded: Recorded) -> Sensitivity:
    """Sensitivity of a capture; its sign makes the deflection positive along the load (towards the camera without)."""
    optics = recorded.capture.optics
    towards_camera = 1 if optics.observation[2] > 0 else -1
    along = -towards_camera if recorded.capture.load.away else towards_camera
    return Sensitivity(recorded.wavelength, optics.illumination, optics.observation, optics.phase_sign, along)


def _pixel_noise(measured: float, coherence: Real, signal: Signal, mask: Mask) -> dict[str, float]:
    """Noise (rad) of single pixels: measured, by the law of speckle of this coherence, and by that of the camera."""
    speckle = phase.phase_sigma(phase.speckle_coherence(float(np.median(coherence))))
    found = {"measured": measured, "speckle law": float(speckle)}
    if signal.camera_sigma is not None:
        found["camera noise"] = float(np.median(signal.camera_sigma[mask]))
    return {name: round(value, 4) for name, value in found.items()}


def _quality(
    coherence: Real, wrapped: Real, flat: Unwrapped, signal: Signal, mask: Mask
) -> tuple[Real, tuple[str, ...]]:
    """Quality 0..1: coherence, lowered beside residues, 0 where fringe orders are doubtful or the phase is spoilt."""
    doubtful = flat.suspicious if signal.doubtful is None else flat.suspicious | signal.doubtful
    clear = phase.quality_map(wrapped, coherence, window=WINDOW, mask=mask)
    quality = np.where(doubtful | ~mask, 0.0, clear)
    count = int((flat.suspicious & mask).sum())
    notes = [f"{count} pixels beside residues or 2 pi jumps are flagged in the quality map"] if count else []
    if signal.spoilt:
        quality = np.zeros_like(quality)
        notes.append("the wrapped phase has no 2 pi jumps: it was smoothed as grey levels and means nothing")
    return quality, tuple(notes)


def _from_metres(recorded: Recorded, signal: Signal, given: Mask | None) -> Surface:
    """A field that is metres already: masked, its sign along the load, a rigid motion removed when asked."""
    assert signal.metres is not None
    setting = recorded.capture.processing
    mask = signal.valid if given is None else signal.valid & given
    require_pixels(recorded.capture, mask)
    sign = -1 if recorded.capture.load.away and recorded.capture.kind == "displacement" else 1
    values = np.where(mask, sign * signal.metres, np.nan)
    removed: dict[int, list[float]] = {}
    if setting.remove != "none":
        held = deformation.held_pixels(mask, setting.zero)
        zeroed = deformation.fix_zero(
            values, ndimage.label(mask)[0], held, period=None, remove=setting.remove
        )
        values, removed = zeroed.values, zeroed.removed
    sigma = np.full(mask.shape, np.nan) if signal.sigma is None else signal.sigma
    quality = np.where(mask if signal.doubtful is None else mask & ~signal.doubtful, 1.0, 0.0)
    used = {"rigid motion removed": {str(k): v for k, v in removed.items()}}
    return Surface(values, sigma, mask, quality, np.full(mask.shape, np.nan), signal.pictures, used, ())


def _zero_warnings(capture: Capture, zeroed: deformation.Zeroed, count: int) -> tuple[str, ...]:
    if capture.processing.zero == "none":
        return ('zero = "none": the fringe order, a constant on each part of the mask, is undefined',)
    parts = ", ".join(map(str, zeroed.undefined))
    if parts:
        return (f"no held pixels on part {parts} of the mask: its fringe order is undefined",)
    if count > 1 and capture.processing.zero == "rim":
        return (f"the mask falls into {count} parts; each has its own zero, on its own rim",)
    return ()
