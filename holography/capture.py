"""capture.toml -> ``Capture``: what was measured, with which files, and how it shall be processed.

Files are found relative to the folder of capture.toml, globs in natural order (Image5 before Image10).
"""

import difflib
import glob
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from holography.schema import Capture, Section
from landscape.errors import InputError

_SECTION_OF = {
    "phase_steps": ("phase-shift",),
    "carrier": ("carrier",),
    "off_axis": ("off-axis", "sideband"),
}


def unused_sections(capture: Capture) -> list[str]:
    """Sections that capture.toml gives but the kind does not look at, for a warning."""
    return [
        s for s, kinds in _SECTION_OF.items() if s in capture.model_fields_set and capture.kind not in kinds
    ]


def read_capture(path: str | os.PathLike[str]) -> Capture:
    """Read and check a capture.toml (or the one inside a folder).

    Raises ``InputError`` naming the file, the key, what came and what was expected.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "capture.toml"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: needed a capture.toml, found no such file.", "Check the path.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{file}: could not read it as TOML: {error}.", 'Strings need quotes: kind = "carrier".'
        ) from None
    if "path" in content:
        raise InputError(f"{file}: unknown key path.", "Remove it.")
    try:
        return Capture(path=file.resolve(), **content)
    except ValidationError as error:
        raise _translate(error, file, content) from None


def _translate(error: ValidationError, file: Path, content: dict[str, Any]) -> InputError:
    found = error.errors(include_url=False)
    first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])
    key = ".".join(str(p) for p in first["loc"] if not re.search(r"[\[\]()]|^(str|tuple|literal)$", str(p)))
    if first["type"] == "extra_forbidden":
        known = _known_keys(first["loc"][:-1])
        close = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
        advice = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(known)}."
        return InputError(f"{file}: unknown key {key}.", advice)
    if first["type"] == "missing":
        return InputError(f"{file}: needed the key {key}, which is missing.", f"Add {key} to the file.")
    came = "" if isinstance(first["input"], dict | BaseModel) else f", got {first['input']!r}"
    text = first["msg"].rstrip(".")
    where = f"{file}: {key}: " if key else f"{file}: "
    return InputError(f"{where}{text}{came}." if came and came[6:] not in text else f"{where}{text}.")


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    model: Any = Capture
    for part in loc:
        if isinstance(part, int):
            continue
        found = [m for m in Section.__subclasses__() if m is not Capture and _belongs(model, part, m)]
        model = found[0] if found else model
    return [name for name in model.model_fields if name != "path"]


def _belongs(model: type[BaseModel], name: str, section: type[BaseModel]) -> bool:
    return name in model.model_fields and section.__name__ in str(model.model_fields[name].annotation)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key that reads runs of digits as numbers: Image5 before Image10."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(p), "") if p.isdigit() else (1, 0, p.lower()) for p in parts if p]


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
    whole = os.path.join(capture.folder, os.path.expanduser(pattern))
    if os.path.isfile(whole):
        return [Path(whole)]
    hits = glob.glob(whole) if glob.has_magic(pattern) else []
    files = sorted((h for h in hits if os.path.isfile(h)), key=natural_key)
    if not files:
        raise InputError(
            f"{capture.path}: {key} = {pattern!r}: no such file under {capture.folder}.",
            "Paths and globs are relative to the capture.toml; check the name and its extension.",
        )
    return [Path(f) for f in files]


def mask_file(capture: Capture) -> Path | None:
    """Path of the mask image, or None when no mask file was given."""
    if capture.mask is None or capture.mask.file is None:
        return None
    return _expand(capture, "mask.file", capture.mask.file)[0]
