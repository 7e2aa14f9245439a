"""One capture, from its images to a ``Deformation``: demodulate, filter, mask, unwrap, fix the zero, scale, place.

Every value that was used, given or found, ends in the provenance.
"""

import os
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from holography import deformation, filtering, phase
from holography.capture import read_capture, unused_sections
from holography.deformation import Deformation, Sensitivity
from holography.demodulation import Recorded, Signal, demodulate, read_recorded
from holography.images import InputFile, hash_file
from holography.masking import WINDOW, given_mask, plate_mask, require_pixels
from holography.placing import plate_axes
from holography.schema import Capture, Processing
from holography.uncertainty import filtered_sigma
from holography.unwrap import unwrap

Real = npt.NDArray[np.float64]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]

@dataclass(frozen=True)
class Stages:
    """Pictures of every step for the sheet: name -> (image, unit); ``mask`` and residues as 0/1 images."""

    title: str
    pictures: dict[str, tuple[npt.NDArray[Any], str]]
    warnings: tuple[str, ...]
    used: dict[str, Any]


@dataclass(frozen=True)
class _Surface:
    """A deflection before it is placed on the plate; ``values`` and ``sigma`` in m, ``phase`` in rad."""

    values: Real
    sigma: Real
    mask: Mask
    quality: Real
    phase: Real
    pictures: dict[str, tuple[npt.NDArray[Any], str]]
    used: dict[str, Any]
    warnings: tuple[str, ...]


def import_capture(path: str | os.PathLike[str]) -> tuple[Deformation, Stages]:
    """Images of one capture.toml (or of the folder it lies in) -> its deformation and the pictures of every stage.

    Raises ``InputError`` for whatever is wrong with the description or the images; nothing is written here.
    """
    capture = read_capture(path)
    recorded = read_recorded(capture)
    signal = demodulate(recorded)
    mask, mask_files = given_mask(capture, signal.raw.shape)  # type: ignore[arg-type]
    surface = _from_field(recorded, signal, mask) if signal.field is not None else _from_metres(recorded, signal, mask)
    axes = plate_axes(capture, surface.mask.shape, signal.pixel)
    notes = (*_notes(recorded), *signal.warnings, *surface.warnings, *axes.warnings)
    used = {**signal.used, **surface.used, **axes.used}
    files = (InputFile(capture.path, hash_file(capture.path)), *recorded.files, *mask_files)
    result = Deformation(
        displacement=np.where(surface.mask, surface.values, np.nan),
        sigma=np.where(surface.mask, surface.sigma, np.nan),
        mask=surface.mask,
        quality=surface.quality,
        phase=surface.phase,
        x=axes.x,
        y=axes.y,
        kind="static" if capture.vibration.frequency is None else "mode",
        length_unit=axes.unit,
        pressure=capture.load.pressure,
        frequency=capture.vibration.frequency,
        areal_density=capture.plate.mass_per_area,
        provenance=_provenance(capture, files, used, notes),
    )
    return result, _stages(capture, signal, surface, used, notes)


def _sensitivity(recorded: Recorded) -> Sensitivity:
    optics, load = recorded.capture.optics, recorded.capture.load
    towards_camera = 1 if optics.observation[2] > 0 else -1
    along = -towards_camera if load.away else towards_camera
    return Sensitivity(recorded.wavelength, optics.illumination, optics.observation, optics.phase_sign, along)


def _from_field(recorded: Recorded, signal: Signal, given: Mask | None) -> _Surface:
    """Filter the complex field inside the mask, unwrap it, fix its zero and turn it into metres."""
    assert signal.field is not None
    setting = recorded.capture.processing
    raw = np.where(signal.valid, signal.field, 0)
    everywhere = signal.valid if given is None else given & signal.valid
    coherence = filtering.coherence(raw, grain=signal.grain, mask=everywhere)
    mask = everywhere if given is not None else everywhere & _found_mask(coherence, raw, setting, signal.grain)
    require_pixels(recorded.capture, mask)
    wrapped = np.angle(_filtered(raw, mask, recorded.capture, filtering.local_slope(raw, grain=signal.grain)))
    flat = unwrap(wrapped, mask, method=setting.unwrap, quality=coherence)
    width = _width(recorded.capture, signal.grain)
    unwrapped, plain, smooth = flat.phase, raw * np.exp(-1j * wrapped), np.abs(raw) + 0j
    if width > 0:
        unwrapped, plain, smooth = filtering.refine(raw, flat.phase, mask, width)
    sigma_phase = filtered_sigma(plain, smooth, mask, width=width, grain=signal.grain)
    held = deformation.held_pixels(mask, setting.zero)
    zeroed = deformation.fix_zero(unwrapped, flat.components, held, remove=setting.remove)
    values, sigma = deformation.to_metres(zeroed.values, sigma_phase, _sensitivity(recorded))
    quality = phase.quality_map(raw, window=WINDOW, mask=mask)
    doubtful = flat.suspicious if signal.doubtful is None else flat.suspicious | signal.doubtful
    pictures = {
        "wrapped": (np.where(mask, wrapped, np.nan), "rad"),
        "coherence": (coherence, ""),
        "residues": (phase.residues(np.angle(raw), mask), ""),
        "unwrapped": (zeroed.values, "rad"),
    }
    used = {
        "filter": setting.filter,
        "filter width (pixels)": width,
        "coherence (median in mask)": round(float(np.median(coherence[mask])), 4),
        "unwrapping": flat.method,
        "residues after filtering": flat.residues,
        **_zero_used(zeroed),
    }
    warnings = _zero_warnings(recorded.capture, zeroed) + _quality_warnings(flat.suspicious, mask)
    return _Surface(
        values, sigma, mask, np.where(doubtful | ~mask, 0.0, quality), zeroed.values, pictures, used, warnings
    )


def _found_mask(coherence: Real, raw: Field, setting: Processing, grain: int) -> Mask:
    return plate_mask(coherence, np.sqrt(np.abs(raw)), setting.coherence, grain)


def _width(capture: Capture, grain: int) -> float:
    """Width in pixels of the Gaussian that equals all passes; the default grows with the speckle grain."""
    setting = capture.processing
    if setting.filter != "gaussian":
        return 0.0
    sigma = setting.sigma if "sigma" in setting.model_fields_set else setting.sigma * max(1.0, grain / 2)
    return float(sigma * np.sqrt(setting.passes))


def _filtered(raw: Field, mask: Mask, capture: Capture, slope: tuple[Real, Real]) -> Field:
    """The field to unwrap: little blurred, along its fringes."""
    setting = capture.processing
    if setting.filter == "none":
        return np.where(mask, raw, 0)
    if setting.filter == "windowed-fourier":
        return phase.filter_windowed_fourier(np.where(mask, phase.unit(raw), 0))
    return filtering.follow(raw, mask, setting.sigma * np.sqrt(setting.passes), slope)


def _from_metres(recorded: Recorded, signal: Signal, given: Mask | None) -> _Surface:
    """A field that is metres already: masked, its sign along the load, a rigid motion removed when asked."""
    assert signal.metres is not None
    setting = recorded.capture.processing
    mask = signal.valid if given is None else signal.valid & given
    require_pixels(recorded.capture, mask)
    along = _sensitivity(replace(recorded, wavelength=1.0)).along if recorded.capture.kind == "displacement" else 1
    components = ndimage.label(mask)[0]
    held = deformation.held_pixels(mask, setting.zero)
    values = np.where(mask, along * signal.metres, np.nan)
    zeroed = deformation.fix_zero(values, components, held, period=None, remove=setting.remove)
    sigma = np.full(mask.shape, np.nan) if signal.sigma is None else signal.sigma
    quality = np.where(mask if signal.doubtful is None else mask & ~signal.doubtful, 1.0, 0.0)
    empty = np.full(mask.shape, np.nan)
    return _Surface(zeroed.values, sigma, mask, quality, empty, {}, _zero_used(zeroed), ())


def _zero_used(zeroed: deformation.Zeroed) -> dict[str, Any]:
    return {
        "fringe orders subtracted": {str(k): v for k, v in zeroed.orders.items()},
        "rigid motion removed": {str(k): v for k, v in zeroed.removed.items()},
        "components without zero": list(zeroed.undefined),
    }


def _zero_warnings(capture: Capture, zeroed: deformation.Zeroed) -> tuple[str, ...]:
    if capture.processing.zero == "none":
        return ('zero = "none": the fringe order, a constant on each part of the mask, is undefined',)
    parts = ", ".join(map(str, zeroed.undefined))
    return (f"no held pixels on part {parts} of the mask: its fringe order is undefined",) if parts else ()


def _quality_warnings(suspicious: Mask, mask: Mask) -> tuple[str, ...]:
    count = int((suspicious & mask).sum())
    return (f"{count} pixels beside residues or 2 pi jumps are flagged in the quality map",) if count else ()


def _notes(recorded: Recorded) -> tuple[str, ...]:
    capture, frames = recorded.capture, recorded.deformed
    notes = [f"section [{s}] is not used by kind {capture.kind!r}" for s in unused_sections(capture)]
    notes += [*frames.warnings, *(recorded.reference.warnings if recorded.reference else ())]
    clipped = int(recorded.saturated.sum())
    if clipped and capture.kind not in ("wrapped-phase", "displacement"):
        notes.append(f"{clipped} pixels ({100 * clipped / recorded.saturated.size:.2g}%) are saturated and left out")
    return tuple(dict.fromkeys(notes))


def _provenance(
    capture: Capture, files: tuple[InputFile, ...], used: dict[str, Any], notes: tuple[str, ...]
) -> dict[str, Any]:
    try:
        version = metadata.version("plate-landscape")
    except metadata.PackageNotFoundError:
        version = "not installed"
    return {
        "capture": capture.model_dump(mode="json", exclude={"path"}),
        "version": version,
        "inputs": [{"file": os.path.relpath(f.path, capture.folder), "sha256": f.sha256} for f in files],
        "used": used,
        "warnings": list(notes),
    }


def _stages(
    capture: Capture, signal: Signal, surface: _Surface, used: dict[str, Any], notes: tuple[str, ...]
) -> Stages:
    pictures: dict[str, tuple[npt.NDArray[Any], str]] = {"raw": (signal.raw, "grey" if surface.pictures else "m")}
    if signal.modulation is not None:
        pictures["modulation"] = (signal.modulation, "grey")
    middle = {k: v for k, v in surface.pictures.items() if k in ("wrapped", "coherence")}
    rest = {k: v for k, v in surface.pictures.items() if k not in middle}
    pictures |= {**middle, "mask": (surface.mask, ""), **rest}
    pictures["displacement"] = (np.where(surface.mask, surface.values, np.nan), "m")
    pictures["sigma"] = (np.where(surface.mask, surface.sigma, np.nan), "m")
    pictures["quality"] = (surface.quality, "")
    return Stages(capture.title or capture.folder.name, pictures, notes, used)
