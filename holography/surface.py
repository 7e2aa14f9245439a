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
from holography.uncertainty import filtered_sigma
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
    width = filter_width(recorded.capture, grain)
    wrapped: Real = np.angle(_filtered(raw, mask, recorded.capture, slope, width)).astype(float)
    flat = unwrap(wrapped, mask, method=setting.unwrap, quality=coherence)
    unwrapped, sigma_phase = _refined(raw, flat.phase, mask, width, signal)
    held = deformation.held_pixels(mask, setting.zero)
    zeroed = deformation.fix_zero(unwrapped, flat.components, held, remove=setting.remove)
    values, sigma = deformation.to_metres(zeroed.values, sigma_phase, sensitivity_of(recorded))
    quality, warnings = _quality(coherence, wrapped, flat, signal, mask)
    pictures = {
        "wrapped": (np.where(mask, wrapped, np.nan), "rad"),
        "coherence": (coherence, ""),
        "residues": (phase.residues(np.angle(raw).astype(float), mask), ""),
        "unwrapped": (zeroed.values, "rad"),
    }
    used = {
        "filter": setting.filter,
        "filter width (pixels)": width,
        "coherence (median in mask)": round(float(np.median(coherence[mask])), 4),
        "unwrapping": flat.method,
        "residues after filtering": flat.residues,
        "fringe orders subtracted": {str(k): v for k, v in zeroed.orders.items()},
        "rigid motion removed": {str(k): v for k, v in zeroed.removed.items()},
        "components without zero": list(zeroed.undefined),
    }
    warnings = _zero_warnings(recorded.capture, zeroed) + warnings
    return Surface(values, sigma, mask, quality, zeroed.values, pictures, used, warnings)


def sensitivity_of(recorded: Recorded) -> Sensitivity:
    """Sensitivity of a capture; its sign makes the deflection positive along the load (towards the camera without)."""
    optics = recorded.capture.optics
    towards_camera = 1 if optics.observation[2] > 0 else -1
    along = -towards_camera if recorded.capture.load.away else towards_camera
    return Sensitivity(recorded.wavelength, optics.illumination, optics.observation, optics.phase_sign, along)


def filter_width(capture: Capture, grain: int) -> float:
    """Width in pixels of the Gaussian that equals all passes; the default sigma grows with the speckle grain."""
    setting = capture.processing
    if setting.filter != "gaussian":
        return 0.0
    sigma = setting.sigma if "sigma" in setting.model_fields_set else setting.sigma * max(1.0, grain / 2)
    return float(sigma * np.sqrt(setting.passes))


def _filtered(raw: Field, mask: Mask, capture: Capture, slope: tuple[Real, Real], width: float) -> Field:
    """The field to unwrap, filtered along its fringes."""
    setting = capture.processing
    if setting.filter == "none":
        return np.where(mask, raw, 0)
    if setting.filter == "windowed-fourier":
        return phase.filter_windowed_fourier(np.where(mask, phase.unit(raw), 0))
    return filtering.follow(raw, mask, width, slope)


def _refined(raw: Field, unwrapped: Real, mask: Mask, width: float, signal: Signal) -> tuple[Real, Real]:
    """Unwrapped phase and its standard deviation (rad): noise, systematic part of the kind, and bias of the filter."""
    if width == 0:
        plain = np.where(mask, raw * np.exp(-1j * np.nan_to_num(unwrapped)), 0)
        return unwrapped, filtered_sigma(plain, np.abs(raw) + 0j, mask, width=0, grain=signal.grain)
    done = filtering.refine(raw, unwrapped, mask, width)
    noise = filtered_sigma(
        done.flat,
        done.smooth,
        mask,
        width=width,
        grain=signal.grain,
        radius=signal.radius,
        response=filtering.response(),
    )
    return done.phase, np.sqrt(noise**2 + done.change**2 + signal.systematic**2)


def _quality(
    coherence: Real, wrapped: Real, flat: Unwrapped, signal: Signal, mask: Mask
) -> tuple[Real, tuple[str, ...]]:
    """Quality 0..1: coherence, lowered beside residues, 0 where fringe orders are doubtful or the phase is spoilt."""
    charge = np.pad(np.abs(phase.residues(wrapped, mask)), ((0, 1), (0, 1))).astype(float)
    crowd = ndimage.gaussian_filter(charge, WINDOW) * 2 * np.pi * WINDOW**2
    doubtful = flat.suspicious if signal.doubtful is None else flat.suspicious | signal.doubtful
    quality = np.where(doubtful | ~mask, 0.0, coherence * np.exp(-crowd))
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


def _zero_warnings(capture: Capture, zeroed: deformation.Zeroed) -> tuple[str, ...]:
    if capture.processing.zero == "none":
        return ('zero = "none": the fringe order, a constant on each part of the mask, is undefined',)
    parts = ", ".join(map(str, zeroed.undefined))
    return (f"no held pixels on part {parts} of the mask: its fringe order is undefined",) if parts else ()
