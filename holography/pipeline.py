"""One capture, from its images to a ``Deformation``: demodulate, filter, mask, unwrap, fix the zero, scale, place.

Every value that was used, given or found, ends in the provenance.
"""

import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

import landscape
from holography.capture import FRAMES_OF, read_capture, unused_sections
from holography.deformation import Deformation
from holography.demodulation import demodulate
from holography.gridding import on_grid
from holography.images import InputFile, hash_file
from holography.masking import given_mask
from holography.placing import Axes, plate_axes
from holography.schema import Capture
from holography.signals import Recorded, Signal, read_recorded
from holography.smoothing import require_narrow
from holography.surface import Surface, surface_of
from landscape.errors import InputError


@dataclass(frozen=True)
class Stages:
    """Pictures of every step for the sheet: name -> (image, unit); ``mask`` and residues as 0/1 images."""

    title: str
    pictures: dict[str, tuple[npt.NDArray[Any], str]]
    warnings: tuple[str, ...]
    used: dict[str, Any]
    seconds: dict[str, float]


def import_capture(path: str | os.PathLike[str]) -> tuple[Deformation, Stages]:
    """Images of one capture.toml (or of the folder it lies in) -> its deformation and the pictures of every stage.

    Raises ``InputError`` for whatever is wrong with the description or the images; nothing is written here.
    """
    started = time.perf_counter()
    capture = read_capture(path)
    recorded = read_recorded(capture)
    if capture.kind != "displacement":
        require_narrow(capture.processing, recorded.shape)
    read = time.perf_counter()
    signal = demodulate(recorded)
    demodulated = time.perf_counter()
    mask, mask_files = given_mask(capture, recorded.shape)
    surface = surface_of(recorded, signal, mask)
    processed = time.perf_counter()
    axes = plate_axes(capture, recorded.shape, signal.pixel or recorded.pixel, signal.origin)
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
        kind="mode" if _vibrates(capture) else "static",
        length_unit=axes.unit,
        pressure=capture.load.pressure,
        frequency=capture.vibration.frequency,
        areal_density=capture.plate.mass_per_area,
        provenance=_provenance(capture, files, used, notes),
    )
    if capture.processing.grid is not None:
        result = _on_grid(result, axes, capture)
    seconds = {
        "read": read - started,
        "demodulate": demodulated - read,
        "mask, filter, unwrap": processed - demodulated,
    }
    return result, Stages(
        capture.title or capture.folder.name, _pictures(capture, signal, surface), notes, used, seconds
    )


def _on_grid(result: Deformation, axes: Axes, capture: Capture) -> Deformation:
    if axes.unit != "m":
        raise InputError(
            f"{capture.path}: processing.grid needs a scale, and the picture has none.",
            "Add [camera] with pixel_size or control_points.",
        )
    return on_grid(result, axes.mapping, capture.processing.grid or 0.0)


_CLIPPED = {
    "phase-shift": "left out",
    "carrier": "left out",
    "off-axis": "used as they are: clipped holograms lose contrast and grow ghosts",
    "sideband": "used as they are: clipped holograms lose contrast and grow ghosts",
    "time-average": "used as they are, their quality set to 0",
}
"""kind -> what becomes of saturated pixels."""


def _vibrates(capture: Capture) -> bool:
    return capture.vibration.frequency is not None or capture.kind in ("time-average", "sideband")


def _notes(recorded: Recorded) -> tuple[str, ...]:
    capture = recorded.capture
    states = {"deformed": recorded.deformed, "reference": recorded.reference}
    notes = [f"section [{s}] is not used by kind {capture.kind!r}" for s in unused_sections(capture)]
    if _vibrates(capture) and capture.vibration.frequency is None:
        notes.append("a mode of unknown frequency: [vibration] gives none")
    for name, frames in states.items():
        if frames is not None:
            notes += frames.warnings
            if len(frames.values) > 1 and capture.kind != "phase-shift":
                what = FRAMES_OF.get(capture.kind, (name,))[0]
                notes.append(f"{len(frames.values)} {what} frames are averaged as one")
    if capture.kind in ("phase-shift", "carrier", "off-axis") and recorded.reference is None:
        notes.append(
            "no reference frames: the phase of the one state is the result, not a change between two"
        )
    clipped = int(recorded.saturated.sum())
    if clipped and capture.kind in _CLIPPED:
        share = 100 * clipped / recorded.saturated.size
        notes.append(f"{clipped} pixels ({share:.2g}%) are saturated and {_CLIPPED[capture.kind]}")
    return tuple(dict.fromkeys(notes))


def _provenance(
    capture: Capture, files: tuple[InputFile, ...], used: dict[str, Any], notes: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "capture": capture.model_dump(mode="json", exclude={"path"}),
        "version": landscape.__version__,
        "inputs": [{"file": os.path.relpath(f.path, capture.folder), "sha256": f.sha256} for f in files],
        "used": used,
        "warnings": list(notes),
    }


def _pictures(capture: Capture, signal: Signal, surface: Surface) -> dict[str, tuple[npt.NDArray[Any], str]]:
    pictures: dict[str, tuple[npt.NDArray[Any], str]] = {
        "raw": (signal.raw, "m" if capture.kind == "displacement" else "grey")
    }
    if signal.modulation is not None:
        pictures["modulation"] = (signal.modulation, "grey")
    middle = {k: v for k, v in surface.pictures.items() if k in ("wrapped", "coherence")}
    rest = {k: v for k, v in surface.pictures.items() if k not in middle}
    pictures |= {**middle, "mask": (surface.mask, ""), **rest}
    pictures["displacement"] = (np.where(surface.mask, surface.values, np.nan), "m")
    pictures["sigma"] = (np.where(surface.mask, surface.sigma, np.nan), "m")
    pictures["quality"] = (surface.quality, "")
    return pictures
