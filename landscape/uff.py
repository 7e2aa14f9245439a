"""Universal files (UFF 55 with 2411 nodes and 2412 elements): mode shapes for and from modal-analysis programs.

Written in SI units (dataset 164), the plate in the plane z = 0, its deflection along z. Source of the format:
SDRC, Universal File Datasets, https://www.ceas3.uc.edu/sdrluff/.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.field import Field
from landscape.files import atomic
from landscape.results import Result
from landscape.sampling import on_lattice

NORMAL, COMPLEX_FIRST, FREQUENCY_RESPONSE, COMPLEX_SECOND = 2, 3, 5, 7  # analysis types of dataset 55
THIN_SHELL_TRIANGLE = 91
COLUMNS = 80
LARGEST = 500 * 2**20  # bytes


@dataclass(frozen=True)
class Shape:
    """A mode shape at nodes: ``points`` (n, 2) in m, ``values`` (n,) real or complex along z, ``frequency`` in Hz.

    ``triangles`` (t, 3) between the nodes, possibly none. ``provenance``: where it came from.
    """

    name: str
    points: Array
    values: NDArray[Any]
    triangles: NDArray[np.intp]
    frequency: float | None = None
    provenance: dict[str, Any] = field(default_factory=dict)


def export_uff(result: Result, path: Path) -> Path:
    """Write the modes of a result at the points of its sample lattice. Raises ``InputError`` without modes."""
    count = result.modes.shape[1]
    if not count:
        raise InputError(f"{result.name}: no modes to write.", "Solve with --modes 20.")
    lattice = result.lattice()
    values = on_lattice(Field.of_full(result.space(), result.modes), lattice)
    shapes = [
        Shape(
            f"{result.name} mode {mode['number']}",
            lattice.points,
            values[:, k],
            lattice.triangles,
            mode["frequency"],
        )
        for k, mode in enumerate(result.summary["modes"][:count])
    ]
    note = "computed" if result.units == "SI" else "computed, non-dimensional"
    return write_uff(path, shapes, origin=f"plate-landscape, {note}")


def write_uff(path: Path, shapes: Sequence[Shape], *, origin: str = "plate-landscape") -> Path:
    """Write mode shapes that share their nodes, atomically; complex ones as complex modes.

    Coordinates keep 16 digits, shapes six, as the format has it. Raises ``InputError`` for no shapes or shapes on
    different nodes.
    """
    import pyuff

    if not shapes:
        raise InputError("UFF: needed at least one mode shape to write.")
    first = shapes[0]
    if any(
        s.points.shape != first.points.shape or not np.array_equal(s.points, first.points) for s in shapes
    ):
        raise InputError(
            "UFF: the mode shapes lie on different nodes.", "Write one file for each set of nodes."
        )
    numbers = np.arange(1, len(first.points) + 1)
    sets = [_units(), _nodes(first.points, numbers)]
    if len(first.triangles):
        sets.append(_elements(first.triangles))
    sets += [_shape(shape, numbers, mode, origin) for mode, shape in enumerate(shapes, 1)]
    with atomic(path) as temporary:
        temporary.unlink()
        file = pyuff.UFF(str(temporary))
        for data in sets:
            file.write_sets(data, mode="add")
    return path


def _units() -> dict[str, Any]:
    names = {"units_code": 1, "units_description": "SI - mks (Newton)", "temp_mode": 1, "temp_offset": 273.15}
    return {"type": 164, **names, "length": 1.0, "force": 1.0, "temp": 1.0}


def _nodes(points: Array, numbers: NDArray[np.int64]) -> dict[str, Any]:
    zero = np.zeros(len(points))
    none = zero.astype(int)
    return {
        "type": 2411,
        "node_nums": numbers,
        "def_cs": none,
        "disp_cs": none,
        "color": none + 1,
        "x": points[:, 0],
        "y": points[:, 1],
        "z": zero,
    }


def _elements(triangles: NDArray[np.intp]) -> dict[str, Any]:
    common = {
        "fe_descriptor": THIN_SHELL_TRIANGLE,
        "phys_table": 1,
        "mat_table": 1,
        "color": 1,
        "num_nodes": 3,
    }
    rows = [
        {**common, "element_nums": k + 1, "nodes_nums": nodes}
        for k, nodes in enumerate((triangles + 1).tolist())
    ]
    cells: dict[Any, Any] = {"type": 2412, THIN_SHELL_TRIANGLE: rows}
    return cells


def _shape(shape: Shape, numbers: NDArray[np.int64], mode: int, origin: str) -> dict[str, Any]:
    is_complex = bool(np.iscomplexobj(shape.values))
    frequency = float(shape.frequency or 0.0)
    zero = np.zeros(len(numbers), dtype=shape.values.dtype)
    data: dict[str, Any] = {
        "type": 55,
        **{
            f"id{k}": text[:COLUMNS]
            for k, text in enumerate((_ascii(shape.name), _ascii(origin), "NONE", "NONE", "NONE"), 1)
        },
        "model_type": 1,
        "analysis_type": COMPLEX_FIRST if is_complex else NORMAL,
        "data_ch": 2,
        "spec_data_type": 8,
        "data_type": 5 if is_complex else 2,
        "n_data_per_node": 3,
        "load_case": 1,
        "mode_n": mode,
        "node_nums": numbers,
        "r1": zero,
        "r2": zero,
        "r3": shape.values,
    }
    if is_complex:
        return data | {"eig": complex(0, 2 * np.pi * frequency), "modal_a": 0j, "modal_b": 0j}
    return data | {"freq": frequency, "modal_m": 0.0, "modal_damp_vis": 0.0, "modal_damp_his": 0.0}


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode() or "NONE"


def read_uff(path: str | Path) -> list[Shape]:
    """Read the mode shapes (dataset 55) of a universal file at their nodes (2411 or 15), in m by dataset 164.

    Frequencies of complex modes are |λ|/2π. Raises ``InputError`` naming the file when it is no universal file,
    has no nodes, no shapes, or nothing that moves along z.
    """
    path = Path(path)
    sets = _sets(path)
    kinds = {int(data["type"]) for data in sets}
    nodes = next((data for data in sets if data["type"] in (2411, 15)), None)
    data = [
        d
        for d in sets
        if d["type"] == 55
        and d["analysis_type"] in (NORMAL, COMPLEX_FIRST, FREQUENCY_RESPONSE, COMPLEX_SECOND)
    ]
    if not data:
        raise InputError(
            f"{path}: no mode shapes (dataset 55); it holds datasets {sorted(kinds)}.",
            "Export modes as UFF 55.",
        )
    if nodes is None:
        raise InputError(
            f"{path}: mode shapes without their nodes (dataset 2411 or 15).", "Export the geometry with them."
        )
    units = next((d for d in sets if d["type"] == 164), {"length": 1.0})
    coordinates = np.column_stack([nodes["x"], nodes["y"]]) / float(units["length"])
    place = {int(number): k for k, number in enumerate(nodes["node_nums"])}
    triangles = _triangles(next((d for d in sets if d["type"] == 2412), {}), place)
    provenance = {"inputs": [{"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]}
    return [_read_shape(d, coordinates, place, triangles, (path, provenance)) for d in data]


def _sets(path: Path) -> list[dict[str, Any]]:
    import pyuff

    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    if path.stat().st_size > LARGEST:
        raise InputError(f"{path}: larger than {LARGEST >> 20} MiB.", "Export fewer modes.")
    try:
        found = pyuff.UFF(str(path)).read_sets()
    except Exception as error:  # pyuff raises bare exceptions
        raise InputError(
            f"{path}: not a readable universal file ({error}).", "Export it again as UFF (ASCII)."
        ) from None
    return found if isinstance(found, list) else [found]


def _triangles(elements: dict[Any, Any], place: dict[int, int]) -> NDArray[np.intp]:
    rows: list[list[int]] = []
    for key, found in elements.items():
        if isinstance(key, int):
            for element in found:
                corners = [place[n] for n in element["nodes_nums"] if n in place]
                rows += [
                    [corners[0], corners[k], corners[k + 1]]
                    for k in range(1, len(corners) - 1)
                    if len(corners) <= 4
                ]
    return np.array(rows, dtype=np.intp).reshape(-1, 3)


def _read_shape(
    data: dict[str, Any],
    coordinates: Array,
    place: dict[int, int],
    triangles: NDArray[np.intp],
    source: tuple[Path, dict[str, Any]],
) -> Shape:
    path, provenance = source
    numbers = [int(n) for n in data["node_nums"]]
    unknown = [n for n in numbers if n not in place]
    if unknown:
        raise InputError(
            f"{path}: mode {data.get('mode_n')} names node {unknown[0]}, which has no coordinates."
        )
    rows = np.array([place[n] for n in numbers], dtype=np.intp)
    moving = np.asarray(data.get("r3", data["r1"]))
    if not (np.isfinite(moving).all() and np.abs(moving).max(initial=0) > 0):
        raise InputError(
            f"{path}: mode {data.get('mode_n')} does not move along z.",
            "Turn the model so that the plate lies in the plane z = 0.",
        )
    number = np.full(len(coordinates), -1)
    number[rows] = np.arange(len(rows))
    kept = number[triangles]
    frequency = data.get("freq") or (abs(data["eig"]) / (2 * np.pi) if "eig" in data else None)
    name = str(data.get("id1", "")).strip()
    title = name if name not in ("", "NONE") else f"{path.stem} mode {data.get('mode_n', '')}".strip()
    return Shape(
        title,
        coordinates[rows],
        moving,
        kept[(kept >= 0).all(axis=1)],
        float(frequency) if frequency else None,
        provenance,
    )
