"""A comparison on disk (result.h5, schema landscape/1, kind compare), and the measurements that go into one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from holography.capture import natural_key
from holography.comparison import ComparedField, Comparison, Measured, PlateMap
from holography.deformationfile import read_deformation
from landscape.errors import InputError
from landscape.files import atomic, result_file
from landscape.summary import check_schema
from landscape.uff import read_uff

UNIVERSAL = (".uff", ".unv", ".univ")
_PLATE = {"x": "m", "y": "m", "landscape": "s^2", "labels": "", "peaks": "m", "passes": "m"}
_FIELD = {"points": "m", "triangles": "", "measured": "", "sigma": "", "model": "", "landscape": "s^2"}


def read_measurements(paths: Sequence[str | Path]) -> list[Measured]:
    """Read deformations (.h5), mode shapes (.uff, .unv), and folders of them, in natural order.

    Raises ``InputError`` for a path that does not exist, a folder without measurements, or a file that is none.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [
                p for p in path.rglob("*") if p.name == "deformation.h5" or p.suffix.lower() in UNIVERSAL
            ]
            if not inside:
                raise InputError(
                    f"{path}: no deformation.h5 and no .uff in this folder.",
                    "Make one with landscape import.",
                )
            files += sorted(inside, key=lambda p: natural_key(str(p)))
        else:
            files.append(path)
    found: list[Measured] = []
    for file in files:
        found += read_uff(file) if file.suffix.lower() in UNIVERSAL else [read_deformation(file)]
    return found


def write_comparison(path: str | Path, comparison: Comparison) -> None:
    """Write a comparison with all that its figures need into one HDF5 file, atomically."""
    with atomic(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["schema"], file.attrs["kind"] = comparison.summary["schema"], "compare"
        _put_text(file, "summary", comparison.summary)
        _put(file, "mac", comparison.mac, "")
        plate = file.create_group("plate")
        for name, units in _PLATE.items():
            _put(plate, name, getattr(comparison.plate, name), units)
        _put_curves(plate, "outline", comparison.plate.outline)
        _put_curves(plate, "valleys", comparison.plate.valleys)
        for number, field in enumerate(comparison.fields):
            group = file.create_group(f"fields/{number}")
            group.attrs["name"], group.attrs["kind"], group.attrs["matched"] = (
                field.name,
                field.kind,
                field.matched,
            )
            group.attrs["frequency"] = np.nan if field.frequency is None else field.frequency
            for name, units in _FIELD.items():
                _put(group, name, getattr(field, name), units)
            _put_curves(group, "valleys", field.valleys)


def _put(place: Any, name: str, values: Any, units: str) -> None:
    large = np.size(values) > 1000
    dataset = place.create_dataset(
        name, data=values, compression="gzip" if large else None, shuffle=large or None
    )
    dataset.attrs["units"] = units


def _put_text(place: Any, name: str, value: Any) -> None:
    """Write JSON as a dataset: an attribute holds no more than 64 KiB."""
    place.create_dataset(
        name, data=np.frombuffer(json.dumps(value).encode(), dtype=np.uint8), compression="gzip"
    )


def _put_curves(place: Any, name: str, curves: tuple[Any, ...]) -> None:
    group = place.create_group(name)
    for number, curve in enumerate(curves):
        _put(group, str(number), curve, "m")


def is_comparison(path: str | Path) -> bool:
    """Tell whether a result.h5, or the one in a folder, holds a comparison."""
    path = result_file(path)
    try:
        with h5py.File(path, "r") as file:
            return bool(file.attrs.get("kind") == "compare")
    except OSError:
        return False


def read_comparison(path: str | Path) -> Comparison:
    """Read a comparison. Raises ``InputError`` naming the file when it is none, damaged, or of a newer version."""
    path = result_file(path)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file.", "Make one with: landscape compare RESULT DEFORMATION"
        )
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("kind") != "compare":
                raise InputError(
                    f"{path}: not a comparison.", "Make one with: landscape compare RESULT DEFORMATION"
                )
            check_schema({"schema": file.attrs["schema"]}, str(path))
            return _read(file)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a complete comparison ({error}).", "Compare again.") from None


def _read(file: Any) -> Comparison:
    plate = file["plate"]
    groups = sorted(file.get("fields", {}).items(), key=lambda item: int(item[0]))
    return Comparison(
        json.loads(file["summary"][()].tobytes()),
        PlateMap(
            **{name: plate[name][()] for name in _PLATE},
            outline=_curves(plate["outline"]),
            valleys=_curves(plate["valleys"]),
        ),
        tuple(_read_field(group) for _, group in groups),
        file["mac"][()],
    )


def _read_field(group: Any) -> ComparedField:
    frequency = float(group.attrs["frequency"])
    return ComparedField(
        str(group.attrs["name"]),
        str(group.attrs["kind"]),
        bool(group.attrs["matched"]),
        **{name: group[name][()] for name in _FIELD},
        frequency=frequency if np.isfinite(frequency) else None,
        valleys=_curves(group["valleys"]),
    )


def _curves(group: Any) -> tuple[Any, ...]:
    return tuple(group[name][()] for name in sorted(group, key=int))
