"""Shapes of a universal file (UFF 55, 58, 2414) whose nodes form a rectangular grid -> an image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from holography.rawimage import RawImage
from landscape.errors import InputError

Values = npt.NDArray[Any]


def grid_field(path: Path, records: Sequence[dict[str, Any]], dataset: str | None) -> RawImage:
    """Out-of-plane component of one shape on its grid of nodes, row 0 at the largest y.

    ``dataset`` is the number of the shape counted from 1 (datasets 55 and 2414), or a frequency in Hz (functions, 58);
    not needed for a single shape. Complex shapes are turned to be as real as possible. Raises ``InputError`` without
    node coordinates (datasets 15, 2411), for an unknown shape, and for nodes that do not fill a rectangle.
    """
    x, y, normal, numbers = _nodes(path, records)
    shapes = [r for r in records if r["type"] in (55, 2414)]
    functions = [r for r in records if r["type"] == 58]
    if shapes:
        nodes, values = _shape(path, shapes, dataset, normal)
    elif functions:
        nodes, values = _functions(path, functions, dataset, normal)
    else:
        raise InputError(
            f"{path}: holds no shape (dataset 55, 58 or 2414).", "Export mode shapes or functions."
        )
    value = dict(zip(nodes.tolist(), real_shape(values).tolist(), strict=True))
    known = np.array([value.get(n, np.nan) for n in numbers.tolist()])
    return _image(path, x, y, known)


def real_shape(values: Values) -> npt.NDArray[np.float64]:
    """Real part of a complex shape after the turn that makes its imaginary part least."""
    if not np.iscomplexobj(values):
        return np.asarray(values, dtype=float)
    turn = np.exp(-0.5j * np.angle(np.sum(values**2)))
    return np.asarray((values * turn).real)


def _nodes(path: Path, records: Sequence[dict[str, Any]]) -> tuple[Values, Values, int, Values]:
    """In-plane coordinates of all nodes, the axis (0, 1, 2) along the normal, and the node numbers."""
    found = [r for r in records if r["type"] in (15, 2411)]
    if not found:
        raise InputError(
            f"{path}: holds no node coordinates (dataset 15 or 2411).", "Export the geometry as well."
        )
    points = np.stack([np.asarray(found[0][k], dtype=float) for k in "xyz"])
    normal = int(np.argmin(np.ptp(points, axis=1)))
    first, second = (k for k in range(3) if k != normal)
    return points[first], points[second], normal, np.asarray(found[0]["node_nums"], dtype=int)


def _shape(
    path: Path, shapes: Sequence[dict[str, Any]], dataset: str | None, normal: int
) -> tuple[Values, Values]:
    number = dataset if dataset is not None else "1" if len(shapes) == 1 else ""
    if not number.isdigit() or not 1 <= int(number) <= len(shapes):
        raise InputError(
            f"{path}: holds {len(shapes)} shapes, and dataset = {dataset!r} does not name one.",
            f'Give dataset = "1" to "{len(shapes)}" in [frames].',
        )
    record = shapes[int(number) - 1]
    values = (
        np.asarray(record["data_at_node"])[:, normal] if record["type"] == 2414 else record[f"r{normal + 1}"]
    )
    return np.asarray(record["node_nums"], dtype=int), np.asarray(values)


def _functions(
    path: Path, records: Sequence[dict[str, Any]], dataset: str | None, normal: int
) -> tuple[Values, Values]:
    try:
        frequency = float(dataset) if dataset is not None else float("nan")
    except ValueError:
        frequency = float("nan")
    if not np.isfinite(frequency):
        raise InputError(
            f"{path}: holds functions of frequency, and dataset = {dataset!r} names none.",
            'Give the frequency in hertz: dataset = "1085" in [frames].',
        )
    wanted = [r for r in records if abs(int(r.get("rsp_dir", normal + 1))) == normal + 1]
    lines = [int(np.argmin(np.abs(np.asarray(r["x"], dtype=float) - frequency))) for r in wanted]
    values = [
        np.asarray(r["data"])[k] * np.sign(int(r["rsp_dir"]) or 1) for r, k in zip(wanted, lines, strict=True)
    ]
    return np.array([int(r["rsp_node"]) for r in wanted]), np.array(values)


def _image(path: Path, x: Values, y: Values, values: Values) -> RawImage:
    columns, col = _levels(x)
    rows, row = _levels(y)
    spacing = [np.ptp(v) / max(len(v) - 1, 1) for v in (columns, rows)]
    even = all(np.allclose(np.diff(v), s, rtol=1e-3) for v, s in zip((columns, rows), spacing, strict=True))
    if len(columns) * len(rows) != len(values) or min(len(columns), len(rows)) < 2 or not even:
        raise InputError(
            f"{path}: its {len(values)} nodes do not fill an even rectangular grid.",
            "Resample the shape to a grid and save it as NPY or HDF5.",
        )
    image = np.full((len(rows), len(columns)), np.nan)
    image[len(rows) - 1 - row, col] = values
    metadata = {"pixel size": float(spacing[0]), "pixel size y": float(spacing[1])}
    return RawImage(image[None], None, {**metadata, "left": float(columns[0]), "bottom": float(rows[0])})


def _levels(values: Values) -> tuple[Values, Values]:
    """Distinct values, equal ones within a millionth of the range, and the level of every value."""
    step = max(np.ptp(values), 1e-300) * 1e-6
    keys = np.round((values - values.min()) / step).astype(np.int64)
    unique, inverse = np.unique(keys, return_inverse=True)
    return values.min() + unique * step, inverse
