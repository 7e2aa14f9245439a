"""Files that are either whole or not there: written beside their place, then renamed."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from landscape.errors import InputError

RESULT = "result.h5"


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path in the folder of ``path``; rename it on success, remove it on any failure.

    Raises ``InputError`` when the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise InputError(
            f"{path}: cannot write there ({error.strerror or error}).",
            "Choose another output folder with -o.",
        ) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(
            f"{path}: could not be written ({error.strerror or error}).", "Is the disk full?"
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def result_file(path: str | Path) -> Path:
    """Return the file of a result that is named by its file or by its folder."""
    path = Path(path)
    return path / RESULT if path.is_dir() else path


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN is refused, because it is no JSON."""
    with atomic(path) as temporary:
        temporary.write_text(
            json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write several files into; on success they replace those of ``folder``.

    On any failure, Ctrl-C included, ``folder`` stays as it was. A subfolder replaces the one of its name
    whole, so that no figure of an older run stays behind. Other files in ``folder`` are not touched.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not folder.is_dir():
            raise InputError(
                f"{folder}: is a file, needed a folder.", "Choose another output folder with -o."
            )
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(
            f"{folder}: cannot write there ({error.strerror or error}).",
            "Choose another output folder with -o.",
        ) from None
    try:
        yield temporary
        folder.mkdir(exist_ok=True)
        for item in sorted(temporary.iterdir()):
            target = folder / item.name
            if target.is_dir():
                shutil.rmtree(target)
            os.replace(item, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
