"""Results for other programs: VTU for ParaView, CSV tables for spreadsheets."""

import csv
from pathlib import Path
from typing import Any

import meshio
import numpy as np

from landscape.errors import InputError
from landscape.field import Field
from landscape.files import atomic
from landscape.results import Result
from landscape.sampling import on_lattice
from landscape.uff import export_uff


def export_vtu(result: Result, path: Path) -> Path:
    """Write mesh, landscape, regions, deflection and modes on the sample lattice as one VTU file."""
    lattice = result.lattice()
    space = result.space()
    data: dict[str, Any] = {}
    names = {"landscape": _title(result), "static": "static landscape (s^2)", "deflection": "deflection (m)"}
    for name, title in names.items():
        if name in result.fields:
            data[title] = on_lattice(Field.of_full(space, result.fields[name][:, None]), lattice)[:, 0]
    if result.regions is not None:
        data["region"] = result.regions.labels.astype(np.int32)
    if result.modes.shape[1]:
        values = on_lattice(Field.of_full(space, result.modes), lattice)
        data |= {f"mode {k + 1}": values[:, k] for k in range(values.shape[1])}
    points = np.column_stack([lattice.points, np.zeros(len(lattice.points))])
    mesh = meshio.Mesh(points, [("triangle", lattice.triangles)], point_data=data)
    with atomic(path) as temporary:
        mesh.write(temporary, file_format="vtu")
    return path


def _title(result: Result) -> str:
    """Return the name of the landscape's data, with its kind unless that is the static one."""
    return "landscape (s^2)" if result.kind == "static" else f"{result.kind} landscape (s^2)"


def export_csv(result: Result, folder: Path) -> list[Path]:
    """Write regions.csv, passes.csv and modes.csv; numbers in SI (or non-dimensional, as the summary says)."""
    paths = []
    for name in ("regions", "passes", "modes"):
        rows = [_flat(row) for row in result.summary[name]]
        path = folder / f"{name}.csv"
        with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else ["empty"])
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Spread nested entries over columns: frequency.peak, peak.x, peak.y."""
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{key}.{part}": number for part, number in value.items()}
        elif isinstance(value, list):
            names = ("x", "y") if key in ("peak", "at") else ("first", "second")
            flat |= {f"{key}.{name}": number for name, number in zip(names, value, strict=True)}
        else:
            flat[key] = value
    return flat


def export(result: Result, to: str, place: Path) -> list[Path]:
    """Write ``result`` in the format ``to`` (vtu, csv, uff) into the folder ``place``."""
    if to == "vtu":
        return [export_vtu(result, place / f"{result.name}.vtu")]
    if to == "csv":
        return export_csv(result, place)
    if to == "uff":
        return [export_uff(result, place / f"{result.name}.uff")]
    raise InputError(f"Export: needed vtu, csv or uff, got {to!r}.")
