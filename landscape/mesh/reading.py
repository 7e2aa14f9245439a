"""Mesh files of other programs, through meshio, as a checked ``PlateMesh``."""

import contextlib
import io
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.errors import InputError, MeshError
from landscape.mesh.core import PlateMesh, noted, plate_mesh
from landscape.mesh.gmsh41 import with_all_tags
from landscape.mesh.groups import QUADS, TRIANGLES, groups_of, merged, with_node_sets

FORMATS = {".msh": None, ".vtk": "vtk", ".vtu": "vtu", ".inp": "abaqus"}
FORMATS |= dict.fromkeys((".bdf", ".nas", ".fem"), "nastran")


def read_mesh(path: str | Path) -> PlateMesh:
    """Return the plate in a mesh file: gmsh 2.2 and 4.1, VTK, VTU, Abaqus, Nastran, or what meshio reads.

    Triangles of 3 or 6 nodes are kept, of 6 the boundary curve too; quadrilaterals are split along a
    diagonal, with a note. A constant z is dropped. Groups are gmsh's physical names, Abaqus' NSET and ELSET
    (a node set holding whole boundary edges is read as these edges), else ``tag_<n>`` for cells with an
    integer tag. Raises ``InputError`` for a file that is missing or unreadable and ``MeshError``, naming the
    file, for a mesh that is no plate.
    """
    path = Path(path)
    raw = _read_raw(path)
    try:
        return _plate(raw)
    except MeshError as error:
        raise MeshError(f"{path}: {error.message}", error.advice) from None


def _read_raw(path: Path) -> Any:
    """Return meshio's mesh; meshio's prints and its ``sys.exit`` stay here."""
    import meshio

    if not path.is_file():
        raise InputError(f"{path}: no such mesh file.", "Check the name and the folder.")
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        file_format = "gmsh" if file.read(11) == b"$MeshFormat" else FORMATS.get(suffix)
    heard = io.StringIO()
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            try:
                return meshio.read(path, file_format)
            except ValueError as error:
                if file_format != "gmsh" or "Incompatible cell data" not in str(error):
                    raise
                with tempfile.TemporaryDirectory() as folder:
                    whole = Path(folder, "whole.msh")
                    whole.write_bytes(with_all_tags(path.read_bytes()))
                    return meshio.read(whole, file_format)
    except (Exception, SystemExit) as error:
        said = str(error) if isinstance(error, Exception) else heard.getvalue()
        reason = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", said).split())[:200] or type(error).__name__
        raise InputError(
            f"{path}: could not be read as a mesh ({reason}).",
            "Needed a gmsh 2.2 or 4.1, VTK, VTU, Abaqus or Nastran file; export it again from the mesher.",
        ) from None


def _plate(raw: Any) -> PlateMesh:
    """Return the plate in meshio's mesh."""
    points, notes = _planar(np.asarray(raw.points, dtype=np.float64), _surface_nodes(raw))
    points, cells, owner, split = _triangles(raw, points)
    surfaces, lines, vertices = groups_of(raw)
    cells, surfaces = merged(cells, {name: np.isin(owner, ids) for name, ids in surfaces.items()})
    mesh = plate_mesh(points, cells, lines=lines, points_named=vertices, surfaces=surfaces)
    if split:
        notes.append(f"{split} quadrilaterals were split into two triangles each.")
    return with_node_sets(noted(mesh, *notes), raw, cells)


def _surface_nodes(raw: Any) -> NDArray[np.intp]:
    """Return the nodes of triangles and quadrilaterals; raise when there are none."""
    found = [block.data.ravel() for block in raw.cells if block.type in TRIANGLES or block.type in QUADS]
    if not found or not sum(map(len, found)):
        kinds = ", ".join(sorted({block.type for block in raw.cells})) or "no cells at all"
        raise MeshError(
            f"The mesh has no triangles (it holds {kinds}).",
            "Mesh the plate's surface in 2D; in gmsh, name it (Physical Surface) or set Mesh.SaveAll=1.",
        )
    return np.unique(np.concatenate(found)).astype(np.intp)


def _planar(points: NDArray[np.float64], used: NDArray[np.intp]) -> tuple[NDArray[np.float64], list[str]]:
    """Return x, y (n, 2) of points of constant z, and notes."""
    if points.shape[1] == 2:
        return points, []
    z = points[used, 2]
    if not np.isfinite(z).all():
        return points[:, :2] + np.where(np.isfinite(points[:, 2:]), 0.0, np.nan), []
    extent = np.ptp(points[used, :2], axis=0).max()
    if np.ptp(z) > 1e-6 * max(extent, np.ptp(z)):
        raise MeshError(
            f"The mesh is not planar: z runs from {z.min():g} to {z.max():g}.",
            "A plate is flat; export its middle surface in the xy plane.",
        )
    level = float(z.mean())
    notes = [f"The plate lies at z = {level:g}; z was dropped."] if abs(level) > 1e-9 * extent else []
    return points[:, :2], notes


def _triangles(
    raw: Any, points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], int]:
    """Return points, triangles (m, 3 or 6), the running number of each one's surface cell, quads split."""
    blocks = [block for block in raw.cells if block.type in TRIANGLES or block.type in QUADS]
    parts, owners, start, split = [], [], 0, 0
    for block in blocks:
        data = np.asarray(block.data, dtype=np.intp)
        if block.type in TRIANGLES:
            parts.append(data[:, : TRIANGLES[block.type]])
            owners.append(start + np.arange(len(data)))
        else:
            split += len(data)
            padded = np.hstack((data, np.full((len(data), 1), -1)))
            parts += [padded[:, pattern] for pattern in QUADS[block.type]]
            owners += [start + np.arange(len(data))] * 2
        start += len(data)
    if len({part.shape[1] for part in parts}) == 1 and not any((part < 0).any() for part in parts):
        return points, np.concatenate(parts), np.concatenate(owners), split
    points, parts = _with_midpoints(points, parts)
    return points, np.concatenate(parts), np.concatenate(owners), split


def _with_midpoints(
    points: NDArray[np.float64], parts: list[NDArray[np.intp]]
) -> tuple[NDArray[np.float64], list[NDArray[np.intp]]]:
    """Return 6-node triangles throughout: a missing midside node is put in the middle of its chord."""
    full = []
    for part in parts:
        six = np.hstack((part[:, :3], part[:, 3:] if part.shape[1] == 6 else np.full((len(part), 3), -1)))
        for i, j, k in ((0, 1, 3), (1, 2, 4), (2, 0, 5)):
            missing = np.flatnonzero(six[:, k] < 0)
            six[missing, k] = len(points) + np.arange(len(missing))
            points = np.vstack((points, points[six[missing][:, [i, j]]].mean(axis=1)))
        full.append(six)
    return points, full
