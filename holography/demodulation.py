"""One function per kind of capture: frames -> ``Signal``, the phase field or the amplitude they carry."""

from collections.abc import Callable
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from holography import fringes, hologram, phase
from holography.capture import find_files
from holography.images import (
    Frames,
    InputFile,
    invalid_pixels,
    read_frames,
    require_intensity,
    subtract_dark,
)
from holography.schema import Capture
from landscape.errors import InputError
from landscape.units import to_si

Real = npt.NDArray[np.float64]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]

WORSE = 1.03
"""A common set of steps is given up when its misfit exceeds that of a state's own steps by this factor."""


@dataclass(frozen=True)
class Signal:
    """What the frames carry, on their own pixels (rows, cols).

    Either ``field``, whose phase is the wrapped phase and whose modulus is its weight, or ``metres``, a deflection
    with its ``sigma``. ``raw`` is a frame to look at; ``valid`` False where there is no data; ``doubtful`` True where
    the values are there but poor. ``grain`` is the width in pixels over which the noise is correlated. ``pixel`` (dx, dy) in m where the reconstruction sets the scale; ``used`` every
    value that the step took or found.
    """

    raw: Real
    valid: Mask
    field: Field | None = None
    metres: Real | None = None
    sigma: Real | None = None
    modulation: Real | None = None
    doubtful: Mask | None = None
    grain: int = 1
    pixel: tuple[float, float] | None = None
    used: dict[str, Any] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    files: tuple[InputFile, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """Frames of a capture, read and checked, and the wavelength in m (0 where none is needed)."""

    capture: Capture
    deformed: Frames
    reference: Frames | None
    wavelength: float

    @property
    def files(self) -> tuple[InputFile, ...]:
        """All files, each once."""
        both = self.deformed.files + (self.reference.files if self.reference else ())
        return tuple({f.path: f for f in both}.values())

    @property
    def saturated(self) -> Mask:
        """Pixels clipped in any frame of either state."""
        clipped = self.deformed.saturated
        return clipped | self.reference.saturated if self.reference is not None else clipped


def read_recorded(capture: Capture) -> Recorded:
    """Read all frames that the kind needs; intensities are checked, darks subtracted.

    Raises ``InputError`` for a missing wavelength, unequal sizes of the two states, and whatever the files do.
    """
    key = {"wrapped-phase": "wrapped", "displacement": "values"}.get(capture.kind, "deformed")
    deformed = read_frames(find_files(capture, key), dataset=capture.frames.dataset)
    reference = None
    if key == "deformed" and capture.frames.reference:
        reference = read_frames(find_files(capture, "reference"), dataset=capture.frames.dataset)
        if reference.values.shape[1:] != deformed.values.shape[1:]:
            sizes = [f"{f.values.shape[2]} x {f.values.shape[1]}" for f in (deformed, reference)]
            raise InputError(
                f"{capture.path}: deformed frames have {sizes[0]} pixels, reference frames {sizes[1]}.",
                "Both states must be recorded with one camera window.",
            )
    if key == "deformed":
        deformed, reference = _intensities(capture, deformed, reference)
    return Recorded(capture, deformed, reference, _wavelength(capture, deformed))


def _intensities(capture: Capture, deformed: Frames, reference: Frames | None) -> tuple[Frames, Frames | None]:
    states = [deformed] + ([reference] if reference is not None else [])
    complex_fields = capture.kind == "sideband" and all(s.values.dtype.kind == "c" for s in states)
    for state in states:
        if not complex_fields:
            require_intensity(state)
    dark = read_frames(find_files(capture, "dark")) if capture.frames.dark else None
    return subtract_dark(deformed, dark), None if reference is None else subtract_dark(reference, dark)


def _wavelength(capture: Capture, frames: Frames) -> float:
    given, stored = capture.optics.wavelength, frames.metadata.get("wavelength")
    if capture.kind == "displacement":
        return given or 0.0
    if given is not None and stored is not None and abs(given - stored) > 1e-3 * given:
        raise InputError(
            f"{capture.path}: optics.wavelength is {given:g} m, the file {frames.files[0].path.name} says {stored:g} m.",
            "Remove the wrong one.",
        )
    wavelength = given if given is not None else stored
    if wavelength is None:
        raise InputError(
            f"{capture.path}: needed optics.wavelength, which is missing and not in the image file either.",
            'It is never assumed: wavelength = "532 nm" in [optics].',
        )
    return float(wavelength)


def demodulate(recorded: Recorded) -> Signal:
    """The signal of a capture, by its kind."""
    return _KINDS[recorded.capture.kind](recorded)


def _wrapped(recorded: Recorded) -> Signal:
    """phi = 2 pi grey / levels, or a float image in rad, cycles or degrees."""
    frames, wanted = recorded.deformed, recorded.capture.frames
    grey = _single(recorded.deformed)
    bad = invalid_pixels(grey, wanted.invalid)
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
    angle = np.where(bad, 0.0, grey.astype(float) * scale)
    used["invalid pixels"] = int(bad.sum())
    return Signal(grey, ~bad, np.where(bad, 0, np.exp(1j * angle)), used=used)


def _phase_shift(recorded: Recorded) -> Signal:
    """Both states by the scheme or steps given, or by estimated steps; the difference of their phases."""
    states = [recorded.deformed] + ([recorded.reference] if recorded.reference is not None else [])
    wanted: Any = recorded.capture.phase_steps.steps if recorded.capture.phase_steps else ()
    steps = [wanted if isinstance(wanted, str) else np.deg2rad(wanted)] * len(states)
    if wanted == "estimate":
        steps = estimated_steps([state.values for state in states])
    results = [fringes.demodulate(state.values, step) for state, step in zip(states, steps, strict=True)]
    names = ("deformed", "reference")
    used: dict[str, Any] = {
        f"steps of {name} (deg)": [round(float(np.rad2deg(v)), 3) for v in result.steps]
        for name, result in zip(names, results, strict=False)
    }
    used["noise (grey levels)"] = [round(result.noise, 4) for result in results if np.isfinite(result.noise)]
    difference = _difference([result.field() for result in results])
    raw = recorded.deformed.values[0].astype(float)
    usable = np.where(recorded.saturated, 0, difference)
    return Signal(raw, np.ones(raw.shape, bool), usable, modulation=results[0].modulation, used=used)


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
            (fringes.demodulate(f, common).noise, fringes.demodulate(f, o).noise) for f, o in zip(states, own, strict=True)
        ]
        if all(not shared > WORSE * single for shared, single in misfit):
            return [common, common]
        return own
    return [fringes.estimate_steps(frames) for frames in states]


def _difference(fields: list[Field]) -> Field:
    return phase.phase_difference(fields[0], fields[1]) if len(fields) == 2 else fields[0]


def _carrier(recorded: Recorded) -> Signal:
    """Fourier-transform demodulation of one fringe pattern, against a reference where there is one."""
    frame = _single(recorded.deformed)
    reference = None if recorded.reference is None else _single(recorded.reference)
    result = fringes.carrier_demodulate(
        frame, frequency=recorded.capture.carrier.frequency, reference=reference  # type: ignore[arg-type]
    )
    used = {"carrier (cycles per pixel)": [round(float(v), 6) for v in result.frequency]}
    usable = np.where(recorded.saturated, 0, result.field)
    return Signal(
        frame, np.ones(frame.shape, bool), usable, modulation=np.abs(result.field), doubtful=~result.mask, used=used
    )


def _off_axis(recorded: Recorded) -> Signal:
    """Reconstructed field of each state, by the same lobe; the difference of their phases."""
    sensors = [_single(recorded.deformed)]
    if recorded.reference is not None:
        sensors.append(_single(recorded.reference))
    plate = reconstruct_all(recorded, sensors)
    return Signal(
        sensors[0],
        np.ones(sensors[0].shape, bool),
        _difference(plate.fields),
        modulation=np.abs(plate.fields[0]),
        grain=plate.grain,
        pixel=plate.pixel,
        used=plate.used,
        warnings=plate.warnings,
    )


@dataclass(frozen=True)
class Reconstructed:
    """Fields on the plate of several holograms of one set-up; ``grain`` and ``pixel`` as in ``Signal``."""

    fields: list[Field]
    grain: int
    pixel: tuple[float, float] | None
    used: dict[str, Any]
    warnings: tuple[str, ...] = ()


def reconstruct_all(recorded: Recorded, sensors: list[Real]) -> Reconstructed:
    """Isolate one lobe in all holograms and carry it to the plate; the last hologram decides about lobe and focus."""
    setting = recorded.capture.off_axis
    if setting is None:
        raise InputError(f"{recorded.capture.path}: holograms need the section [off_axis].", "Add it.")
    optical = hologram.Optical(recorded.wavelength, setting.pixel_pitch or 1.0, setting.distance)
    method = hologram.choose_method(sensors[0].shape, optical)
    if method != "image-plane" and setting.method != "auto":
        method = setting.method
    if setting.sideband != "auto":
        band = _given(setting.sideband, whole_side=method == "fresnel")
    else:
        band = (hologram.find_direction if method == "fresnel" else hologram.find_sideband)(sensors[-1])
    lobes = [hologram.isolate(s, band, keep_carrier=method == "fresnel") for s in sensors]
    used: dict[str, Any] = {"sideband (cycles per pixel)": [round(v, 6) for v in band.frequency], "method": method}
    notes: tuple[str, ...] = ()
    if method != "image-plane":
        focus = hologram.check_focus(lobes[-1], optical, method)
        optical = dataclasses.replace(optical, lobe=focus.lobe)
        used |= {"lobe": "O R*" if focus.lobe > 0 else "conjugate", "sharpest distance (m)": focus.best}
        if abs(focus.best / optical.distance - 1) > 0.1:
            notes = (f"the picture is sharper at {focus.best:.4g} m than at the given {optical.distance:.4g} m",)
    done = [hologram.reconstruct(lobe, optical, method) for lobe in lobes]
    if done[0][1] is not None:
        used["pixel (m)"] = list(done[0][1])
    grain = 1 if band.radius is None else max(1, round(1 / (np.sqrt(np.pi) * band.radius)))
    return Reconstructed([d[0] for d in done], grain, done[0][1], used, notes)


def _given(frequency: Any, *, whole_side: bool) -> hologram.Sideband:
    radius = None if whole_side else float(np.hypot(*frequency)) / 3
    return hologram.Sideband((frequency[0], frequency[1]), radius)


def _single(frames: Frames) -> Real:
    """The one picture of a state; several exposures of the same state are averaged."""
    return frames.values[0] if len(frames.values) == 1 else frames.values.mean(axis=0, dtype=float)


def _displacement(recorded: Recorded) -> Signal:
    """A field that is a deflection already, counted positive along z > 0."""
    frames = recorded.deformed
    values = _single(frames)
    bad = invalid_pixels(values, recorded.capture.frames.invalid)
    scale = to_si(f"1 {recorded.capture.frames.unit or 'm'}", "m", "frames.unit")
    metres = np.where(bad, np.nan, values.astype(float) * scale)
    used = {"unit": recorded.capture.frames.unit or "m", "invalid pixels": int(bad.sum())}
    size = frames.metadata.get("pixel size")
    return Signal(metres, ~bad, metres=metres, pixel=None if size is None else (size, size), used=used)


_KINDS: dict[str, Callable[[Recorded], Signal]] = {
    "wrapped-phase": _wrapped,
    "phase-shift": _phase_shift,
    "carrier": _carrier,
    "off-axis": _off_axis,
    "displacement": _displacement,
}
"""kind -> demodulation."""

