"""A ``Deformation`` on disk: one HDF5 file, written to a temporary name and renamed."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from holography.deformation import Deformation
from landscape.errors import InputError
from landscape.files import atomic

SCHEMA = "landscape/deformation/1"
_FIELDS = {"displacement": "m", "sigma": "m", "mask": "1", "quality": "1", "phase": "rad"}


def write_deformation(path: str | os.PathLike[str], deformation: Deformation) -> Path:
    """Write all fields with their units and attributes; an existing file is replaced only by a complete one.

    Raises ``InputError`` when the folder cannot be written.
    """
    import h5py

    target = Path(path)
    with atomic(target) as temporary, h5py.File(temporary, "w") as file:
        _fill(file, deformation)
    return target


def _fill(file: Any, deformation: Deformation) -> None:
    units = {**_FIELDS, "x": deformation.length_unit, "y": deformation.length_unit}
    for name, unit in units.items():
        data = file.create_dataset(
            name, data=getattr(deformation, name), compression="gzip", compression_opts=1, shuffle=True
        )
        data.attrs["units"] = unit
    file.attrs["schema"] = SCHEMA
    file.attrs["kind"] = deformation.kind
    for name in ("frequency", "pressure", "areal_density"):
        value = getattr(deformation, name)
        if value is not None:
            file.attrs[name] = float(value)
    file.attrs["provenance"] = json.dumps(deformation.provenance or {}, allow_nan=False, sort_keys=True)


def read_deformation(path: str | os.PathLike[str]) -> Deformation:
    """Read a file of ``write_deformation``, or the deformation.h5 in a folder.

    Raises ``InputError`` naming the file when it is missing, damaged, of a newer version, or not a deformation.
    """
    import h5py

    source = Path(path) / "deformation.h5" if Path(path).is_dir() else Path(path)
    if not source.is_file():
        raise InputError(f"{source}: no such deformation file.", "Make one with `landscape import`.")
    try:
        with h5py.File(source, "r") as file:
            missing = [name for name in (*_FIELDS, "x", "y") if name not in file]
            if missing:
                raise InputError(
                    f"{source}: not a deformation: no dataset {missing[0]}.", _instead(file.attrs)
                )
            _check_version(str(file.attrs.get("schema", SCHEMA)), source)
            stored = {name: file[name][()] for name in (*_FIELDS, "x", "y")}
            unit = str(file["x"].attrs.get("units", "m"))
            attributes = dict(file.attrs)
    except OSError as error:
        raise InputError(
            f"{source}: damaged or not HDF5 ({error}).", "A deformation is what `landscape import` writes."
        ) from None
    fields: dict[str, Any] = {
        n: v.astype(bool) if n == "mask" else v.astype(float) for n, v in stored.items()
    }
    try:
        return _made(fields, unit, attributes)
    except InputError as error:
        raise InputError(f"{source}: {error.message.removeprefix('deformation: ')}", error.advice) from None


def _instead(attributes: Any) -> str:
    """Advice for an HDF5 file that is something else."""
    if str(attributes.get("schema", "")).startswith("landscape/"):
        return "It is a result: name it first, then the measurements."
    return "Make one with `landscape import`."


def _check_version(schema: str, source: Path) -> None:
    family, _, number = schema.rpartition("/")
    known, _, newest = SCHEMA.rpartition("/")
    if family == known and number.isdigit() and int(number) > int(newest):
        raise InputError(
            f"{source}: written by a newer version (schema {schema}, this one reads {SCHEMA}).",
            "Update plate-landscape.",
        )


def _made(fields: dict[str, Any], unit: str, attributes: dict[str, Any]) -> Deformation:
    return Deformation(
        **fields,
        length_unit="pixel" if unit.startswith("pixel") else "m",
        kind="mode" if attributes.get("kind") == "mode" else "static",
        provenance=json.loads(attributes.get("provenance", "{}")),
        frequency=_number(attributes.get("frequency")),
        pressure=_number(attributes.get("pressure")),
        areal_density=_number(attributes.get("areal_density")),
    )


def _number(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
