"""capture.toml -> ``Capture``: what was measured, with which files, and how it shall be processed.

Files are found relative to the folder of capture.toml, globs in natural order (Image5 before Image10).
"""

import glob
import os
import re
from pathlib import Path

from holography.schema import PHASE_UNITS, Capture
from landscape.errors import InputError
from landscape.tables import read_table
from landscape.units import to_si

NEEDED: dict[str, dict[str, str]] = {
    "wrapped-phase": {"frames.wrapped": 'wrapped = "phase.png"'},
    "phase-shift": {"frames.deformed": 'deformed = "def_*.png"', "phase_steps": 'steps = "4-step"'},
    "carrier": {"frames.deformed": 'deformed = "def.png"'},
    "off-axis": {"frames.deformed": 'deformed = "def.png"', "off_axis": "distance = 0"},
    "time-average": {"frames.deformed": 'deformed = "vibrating.png"'},
    "sideband": {
        "frames.deformed": 'deformed = "sideband.png"',
        "frames.reference": 'reference = "carrier.png"',
    },
    "displacement": {"frames.values": 'values = "w.npy"'},
}
"""kind -> key that it needs -> how it is written."""

FRAMES = ("deformed", "reference", "dark")
FRAMES_OF = {"wrapped-phase": ("wrapped",), "displacement": ("values",)}
"""Keys of [frames] that a kind reads, ``FRAMES`` where it is not named."""

_KINDS_OF = {
    "phase_steps": ("phase-shift",),
    "carrier": ("carrier",),
    "off_axis": ("off-axis", "sideband"),
}


def unused_sections(capture: Capture) -> list[str]:
    """Sections that capture.toml gives but the kind does not look at, for a warning."""
    return [
        s for s, kinds in _KINDS_OF.items() if s in capture.model_fields_set and capture.kind not in kinds
    ]


def read_capture(path: str | os.PathLike[str]) -> Capture:
    """Read and check a capture.toml (or the one inside a folder).

    Raises ``InputError`` naming the file, the key, what came and what was expected.
    """
    file = Path(path)
    file = file / "capture.toml" if file.is_dir() else file
    capture = read_table(file, Capture)
    if "path" in capture.model_fields_set:
        raise InputError(f"{file}: unknown key 'path'.", "Remove it.")
    capture = capture.model_copy(update={"path": file.resolve()})
    _require_keys(capture)
    _check_unit(capture)
    return capture


def _require_keys(capture: Capture) -> None:
    """Raise ``InputError`` for the first key that the kind needs and the file does not give."""
    for key, example in NEEDED[capture.kind].items():
        section, _, name = key.partition(".")
        value = getattr(capture, section)
        if value is None or (name and getattr(value, name) is None):
            raise InputError(
                f"{capture.path}: kind = {capture.kind!r} needs [{section}] {name or ''}".rstrip()
                + ", which is missing.",
                f"Add {example} to [{section}].",
            )
    light = capture.optics.wavelength
    if light is None and capture.kind != "displacement" and not _may_carry_wavelength(capture):
        raise InputError(
            f"{capture.path}: needed optics.wavelength, which is missing.",
            'It is never assumed: add wavelength = "532 nm" to [optics].',
        )


def _may_carry_wavelength(capture: Capture) -> bool:
    files = (capture.frames.deformed or ()) + (capture.frames.wrapped or ())
    return any(name.lower().endswith((".h5", ".hdf5", ".holo")) for name in files)


def _check_unit(capture: Capture) -> None:
    unit = capture.frames.unit
    if unit is None:
        return
    if capture.kind == "wrapped-phase" and unit not in PHASE_UNITS:
        known = '", "'.join(PHASE_UNITS)
        raise InputError(
            f'{capture.path}: frames.unit: needed "{known}", got {unit!r}.', "Name the unit of the phase."
        )
    if capture.kind == "displacement":
        to_si(f"1 {unit}", "m", f"{capture.path}: frames.unit")


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that reads runs of digits as numbers: Image5 before Image10."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in parts if p]


def find_files(capture: Capture, key: str) -> list[Path]:
    """Files of ``frames.<key>``: list entries in the given order, each glob in natural order.

    A path outside the capture's folder is accepted when it exists. Raises ``InputError`` naming key and
    pattern when nothing is there.
    """
    patterns: tuple[str, ...] = getattr(capture.frames, key) or ()
    found = [path for pattern in patterns for path in _expand(capture, f"frames.{key}", pattern)]
    doubles = sorted({str(p) for p in found if found.count(p) > 1})
    if doubles:
        raise InputError(f"{capture.path}: frames.{key} names {doubles[0]} twice.", "Name every file once.")
    return found


def _expand(capture: Capture, key: str, pattern: str) -> list[Path]:
    pattern = os.path.expanduser(pattern)
    if (capture.folder / pattern).is_file():
        return [capture.folder / pattern]
    hits = glob.glob(pattern, root_dir=capture.folder) if glob.has_magic(pattern) else []
    files = [h for h in sorted(hits, key=natural_key) if (capture.folder / h).is_file()]
    if not files:
        raise InputError(
            f"{capture.path}: {key} = {pattern!r}: no such file under {capture.folder}.",
            "Paths and globs are relative to the capture.toml; check the name and its extension.",
        )
    return [capture.folder / f for f in files]


def input_files(capture: Capture) -> list[Path]:
    """Every file that an import of the capture reads, capture.toml first, each once."""
    frames = [path for key in FRAMES_OF.get(capture.kind, FRAMES) for path in find_files(capture, key)]
    mask = mask_file(capture)
    return list(dict.fromkeys([capture.path, *frames, *([mask] if mask else [])]))


def mask_file(capture: Capture) -> Path | None:
    """Path of the mask image, or None when no mask file was given."""
    if capture.mask is None or capture.mask.file is None:
        return None
    return _expand(capture, "mask.file", capture.mask.file)[0]
