"""One function per kind of capture: frames -> ``Signal``, the phase field or the amplitude they carry."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from holography import fringes, phase
from holography.amplitudes import displacement, sideband, time_average
from holography.carrier import CarrierPhase, carrier_demodulate
from holography.images import invalid_pixels, require_real
from holography.reconstruction import reconstruct_all
from holography.signals import Field, Mask, Real, Recorded, Signal, single
from landscape.errors import InputError

WINDOW_SHIFT = 1.15
"""Factor of the carrier frequency at which a pattern is demodulated again, to see what the spectral window does."""
WINDOW_ERROR = 1.5
"""Error of a carrier's phase over its change with the window; the two errors are alike, so it exceeds 1/√2."""
WORSE = 1.03
"""A common set of steps is given up when its misfit exceeds that of a state's own steps by this factor."""


def demodulate(recorded: Recorded) -> Signal:
    """The signal of a capture, by its kind."""
    return _KINDS[recorded.capture.kind](recorded)


def _wrapped(recorded: Recorded) -> Signal:
    """phi = 2 pi grey / levels, or a float image in rad, cycles or degrees."""
    frames, wanted = recorded.deformed, recorded.capture.frames
    require_real(frames, "a wrapped phase")
    bad = invalid_pixels(frames.values, wanted.invalid)
    if wanted.unit is not None:
        scale = {"rad": 1.0, "cycles": 2 * np.pi, "deg": np.pi / 180}[wanted.unit]
        used: dict[str, Any] = {"unit": wanted.unit}
    else:
        if frames.bits is None and wanted.levels is None:
            raise InputError(
                f"{frames.files[0].path}: a float image of wrapped phase needs its unit.",
                'unit = "rad", "cycles" or "deg" in [frames].',
            )
        levels = wanted.levels or 2.0 ** (frames.bits or 8)
        scale, used = 2 * np.pi / levels, {"levels": levels}
    angle = np.where(bad, 0.0, frames.values.astype(float) * scale)
    field = np.where(bad, 0, np.exp(1j * angle)).mean(axis=0)  # of several maps; never of grey levels
    nowhere: Mask = np.all(bad, axis=0)
    used["invalid pixels"] = int(nowhere.sum())
    spoilt = any(phase.jumps_missing(one, ~gap) for one, gap in zip(angle, bad, strict=True))
    return Signal(frames.values[0], ~nowhere, field, spoilt=spoilt, used=used)


def _phase_shift(recorded: Recorded) -> Signal:
    """Both states by the scheme or steps given, or by estimated steps; the difference of their phases."""
    states = [recorded.deformed] + ([recorded.reference] if recorded.reference is not None else [])
    wanted: Any = recorded.capture.phase_steps.steps if recorded.capture.phase_steps else ()
    steps: list[Any] = [wanted if isinstance(wanted, str) else np.deg2rad(wanted)] * len(states)
    if wanted == "estimate":
        steps = estimated_steps([state.values for state in states])
    names = ("deformed", "reference")
    results = [
        fringes.demodulate(state.values, step, state=name)
        for state, step, name in zip(states, steps, names, strict=False)
    ]
    used: dict[str, Any] = {
        f"steps of {name} (deg)": [round(float(np.rad2deg(v)), 3) for v in result.steps]
        for name, result in zip(names, results, strict=False)
    }
    used["noise (grey levels)"] = [round(result.noise, 4) for result in results if np.isfinite(result.noise)]
    difference = _difference([result.field() for result in results])
    raw = recorded.deformed.values[0].astype(float)
    usable = np.where(recorded.saturated, 0, difference)
    return Signal(
        raw,
        np.ones(raw.shape, bool),
        usable,
        modulation=results[0].modulation,
        camera_sigma=_camera_sigma(results),
        used=used,
        warnings=_estimated(used) if wanted == "estimate" else (),
    )


def _estimated(used: dict[str, Any]) -> tuple[str, ...]:
    """What the estimate of the steps found, to be seen before it is believed."""
    steps = {
        n: ", ".join(f"{v:.1f}" for v in values) for n, values in used.items() if n.startswith("steps of")
    }
    if len(set(steps.values())) == 1:
        return (f"estimated steps of the phase, degrees: {next(iter(steps.values()))}",)
    return tuple(f"estimated {name}: {values}" for name, values in steps.items())


def _camera_sigma(results: list[fringes.PhaseShifted]) -> Real | None:
    """Standard deviation (rad) that camera noise makes in the phase difference; None when three frames hide it."""
    if not all(np.isfinite(result.noise) for result in results):
        return None
    parts = [phase.modulation_sigma(r.modulation, r.noise, len(r.steps)) for r in results]
    return np.sqrt(sum(part**2 for part in parts))


def estimated_steps(states: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Steps (rad) of each state's frames (n, rows, cols): one common set where it fits both as well as their own.

    A state without fringes says nothing about its steps, and fits any; a shifter that repeats itself is better
    estimated from both states. Two sets are kept only when the common one fits visibly worse.
    """
    if len(states) == 1:
        return [fringes.estimate_steps(states[0])]
    if states[0].shape == states[1].shape:
        common = fringes.estimate_steps(np.concatenate(states, axis=1))
        own = [fringes.estimate_steps(frames, common) for frames in states]
        misfit = [
            (fringes.demodulate(f, common).noise, fringes.demodulate(f, o).noise)
            for f, o in zip(states, own, strict=True)
        ]
        if all(not shared > WORSE * single for shared, single in misfit):
            return [common, common]
        return own
    return [fringes.estimate_steps(frames) for frames in states]


def _difference(fields: list[Field]) -> Field:
    return phase.phase_difference(fields[0], fields[1]) if len(fields) == 2 else fields[0]


def _carrier(recorded: Recorded) -> Signal:
    """Fourier-transform demodulation of one fringe pattern, against a reference where there is one."""
    frame = single(recorded.deformed)
    reference = None if recorded.reference is None else single(recorded.reference)
    frequency: Any = recorded.capture.carrier.frequency
    result = carrier_demodulate(frame, frequency, reference=reference)
    radius = 0.68 * float(
        np.hypot(*result.frequency)
    )  # of the disc that lets pass as much noise as the window
    return Signal(
        frame,
        np.ones(frame.shape, bool),
        np.where(recorded.saturated, 0, result.field),
        modulation=np.abs(result.field),
        doubtful=~result.mask,
        radius=radius,
        systematic=_window_error(frame, reference, result),
        used={"carrier (cycles per pixel)": [round(float(v), 6) for v in result.frequency]},
    )


def _window_error(frame: Real, reference: Real | None, result: CarrierPhase) -> Real | float:
    """Local systematic error (rad) of a carrier's phase: its change when the spectral window is moved outwards."""
    fx, fy = (WINDOW_SHIFT * f for f in result.frequency)
    if reference is None or max(abs(fx), abs(fy)) >= 0.5:
        return 0.0
    moved = carrier_demodulate(frame, (fx, fy), reference=reference)
    change = np.angle(phase.gaussian_complex(moved.field * np.conj(result.field), 3.0))
    return WINDOW_ERROR * np.sqrt(ndimage.gaussian_filter(change**2, 5.0))


def _off_axis(recorded: Recorded) -> Signal:
    """Reconstructed field of each state, by the same lobe; the difference of their phases."""
    sensors = [single(recorded.deformed)]
    if recorded.reference is not None:
        sensors.append(single(recorded.reference))
    plate = reconstruct_all(recorded, sensors)
    return Signal(
        sensors[0],
        plate.valid,
        _difference(plate.fields),
        modulation=np.abs(plate.fields[0]),
        grain=plate.grain,
        pixel=plate.pixel,
        used=plate.used,
        warnings=plate.warnings,
    )


_KINDS: dict[str, Callable[[Recorded], Signal]] = {
    "wrapped-phase": _wrapped,
    "phase-shift": _phase_shift,
    "carrier": _carrier,
    "off-axis": _off_axis,
    "time-average": time_average,
    "sideband": sideband,
    "displacement": displacement,
}
"""kind -> demodulation."""
