"""`landscape import`: one capture, many, or folders of folders; a bad one does not stop the rest."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import landscape
from holography.capture import input_files, natural_key, read_capture
from holography.deformationfile import read_deformation, write_deformation
from holography.images import hash_file
from holography.pipeline import import_capture
from holography.sheets import draw_sheet
from landscape.errors import InputError, LandscapeError

DEFORMATION = "deformation.h5"
SHEET = "stages.png"


@dataclass(frozen=True)
class ImportStatus:
    """What became of one capture: "done", "skipped" (its result is up to date) or "failed" with a ``message``."""

    capture: Path
    state: Literal["done", "skipped", "failed"]
    output: Path | None = None
    message: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    summary: dict[str, Any] | None = None
    error: LandscapeError | None = None


def import_many(
    paths: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    figures: bool = True,
    progress: Callable[[int, int, ImportStatus], None] | None = None,
) -> list[ImportStatus]:
    """Import every capture found under ``paths`` into ``out`` and return a status for each, in natural order.

    One capture goes straight into ``out``, several into folders named after theirs: `deformation.h5` and
    `stages.png`. ``resume`` skips captures whose result was made by this version from the same files.
    ``progress(done, total, status)`` is called after each. Raises ``InputError`` when no capture is found.
    """
    captures = find_captures(paths)
    folders = output_folders(captures, Path(out))
    statuses: list[ImportStatus] = []
    for capture, folder in zip(captures, folders, strict=True):
        status = _import_one(capture, folder, resume=resume, figures=figures)
        statuses.append(status)
        if progress is not None:
            progress(len(statuses), len(captures), status)
    return statuses


def find_captures(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """All capture.toml files named, or lying anywhere under the folders named, each once and in natural order.

    Raises ``InputError`` for a path that does not exist and for a folder without any capture.toml.
    """
    found: dict[Path, None] = {}
    for given in map(Path, paths):
        if given.is_dir():
            inside = sorted(given.rglob("capture.toml"), key=lambda p: natural_key(str(p)))
            if not inside:
                raise InputError(
                    f"{given}: found no capture.toml in this folder.", "Describe the measurement in one."
                )
            found |= dict.fromkeys(p.resolve() for p in inside)
        elif given.is_file():
            found[given.resolve()] = None
        else:
            raise InputError(
                f"{given}: no such file or folder.", "Give a capture.toml or a folder with captures."
            )
    if not found:
        raise InputError(
            "needed at least one capture, got none.", "Give a capture.toml or a folder with captures."
        )
    return list(found)


def output_folders(captures: Sequence[Path], out: Path) -> list[Path]:
    """One folder per capture: ``out`` itself for a single one, else the captures' paths below their common folder.

    Raises ``InputError`` when two captures would share one.
    """
    if len(captures) == 1:
        return [out]
    names = [p.parent if p.name == "capture.toml" else p.with_suffix("") for p in captures]
    common = Path(os.path.commonpath([str(n.parent) for n in names]))
    doubles = [name for name in names if names.count(name) > 1]
    if doubles:
        raise InputError(
            f"{doubles[0]}.toml and {doubles[0] / 'capture.toml'} would write into one folder.",
            "Rename one, or import them one by one.",
        )
    return [out / name.relative_to(common) for name in names]


def _import_one(capture: Path, folder: Path, *, resume: bool, figures: bool) -> ImportStatus:
    start = time.perf_counter()
    target = folder / DEFORMATION
    try:
        drawn = not figures or (folder / SHEET).is_file()
        if resume and drawn and up_to_date(capture, target):
            return ImportStatus(capture, "skipped", target, "up to date", time.perf_counter() - start)
        deformation, stages = import_capture(capture)
        if figures:
            draw_sheet(folder / SHEET, stages)
        write_deformation(target, deformation)
    except LandscapeError as error:
        return ImportStatus(capture, "failed", None, str(error), time.perf_counter() - start, error=error)
    except MemoryError:
        short = InputError(
            f"{capture}: does not fit into memory.", "Crop or bin the images, or import fewer at once."
        )
        return ImportStatus(capture, "failed", None, str(short), time.perf_counter() - start, error=short)
    except Exception as error:  # a defect of ours must not cost the user the other captures
        text = f"{capture}: internal error, {type(error).__name__}: {error}. Please report it."
        return ImportStatus(capture, "failed", None, text, time.perf_counter() - start)
    spent = time.perf_counter() - start
    return ImportStatus(capture, "done", target, "", spent, stages.warnings, deformation.summary())


def up_to_date(capture: Path, target: Path) -> bool:
    """True when ``target`` was made by this version from the very files that ``capture`` names now."""
    if not target.is_file():
        return False
    try:
        made = read_deformation(target).provenance or {}
    except InputError:
        return False
    files = input_files(read_capture(capture))
    known = {os.path.normpath(capture.parent / e["file"]): e["sha256"] for e in made.get("inputs", [])}
    same = known == {os.path.normpath(path): hash_file(path) for path in files}
    return bool(known) and made.get("version") == landscape.__version__ and same
