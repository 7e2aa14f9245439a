"""Mesh files of other programs, through meshio, as a checked ``PlateMesh``."""

import contextlib
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.errors import InputError, MeshError
from landscape.mesh.core import PlateMesh, noted, plate_mesh

TRIANGLES = {"triangle": 3, "triangle6": 6, "triangle7": 6}
QUADS = {
    "quad": ((0, 1, 2), (0, 2, 3)),
    "quad8": ((0, 1, 2, 4, 5, -1), (0, 2, 3, -1, 6, 7)),
    "quad9": ((0, 1, 2, 4, 5, 8), (0, 2, 3, 8, 6, 7)),
}
"""Quadrilateral -> its two triangles; −1 is the middle of the new diagonal, which is no node of the file."""
LINES = ("line", "line3")
TAGS = ("gmsh:physical", "medit:ref", "nastran:ref", "CellEntityIds", "tag", "ref")
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
            return meshio.read(path, file_format)
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
    surfaces, lines, vertices = _groups(raw)
    mesh = plate_mesh(
        points,
        cells,
        lines=lines,
        points_named=vertices,
        surfaces={name: np.flatnonzero(np.isin(owner, ids)) for name, ids in surfaces.items()},
    )
    if split:
        notes.append(f"{split} quadrilaterals were split into two triangles each.")
    return _node_sets(noted(mesh, *notes), raw, cells)


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


Groups = dict[str, NDArray[np.intp]]


def _groups(raw: Any) -> tuple[Groups, Groups, Groups]:
    """Return surfaces (running numbers of surface cells), lines (vertex pairs) and points (vertices)."""
    names = {(int(tag), int(dim)): name for name, (tag, dim) in _field_data(raw)}
    found: list[dict[str, list[NDArray[np.intp]]]] = [{}, {}, {}]
    start = 0
    for number, block in enumerate(raw.cells):
        kind = _dimension(block.type)
        if kind is None:
            continue
        members = _members(raw, number, kind, names)
        content = start + np.arange(len(block.data)) if kind == 2 else block.data[:, : kind + 1]
        for name, ids in members.items():
            found[kind].setdefault(name, []).append(np.asarray(content, dtype=np.intp)[ids])
        start += len(block.data) if kind == 2 else 0
    points, lines, surfaces = (
        {name: np.concatenate(parts) for name, parts in kind.items()} for kind in found
    )
    return surfaces, lines, {name: ids.ravel() for name, ids in points.items()}


def _dimension(cell: str) -> int | None:
    """Return 0 for vertices, 1 for lines, 2 for triangles and quadrilaterals, else None."""
    if cell in TRIANGLES or cell in QUADS:
        return 2
    return {"vertex": 0, "line": 1, "line3": 1}.get(cell)


def _field_data(raw: Any) -> list[tuple[str, NDArray[np.int64]]]:
    """Return gmsh's physical names with (tag, dimension)."""
    return [(str(name), value) for name, value in raw.field_data.items() if np.shape(value) == (2,)]


def _members(raw: Any, number: int, kind: int, names: dict[tuple[int, int], str]) -> Groups:
    """Return name -> cells of block ``number``: by cell set where a set holds it, else by tag."""
    count = len(raw.cells[number].data)
    members: Groups = {}
    for name, blocks in raw.cell_sets.items():
        ids = None if name.startswith("gmsh:") or number >= len(blocks) else blocks[number]
        if ids is not None and np.size(ids):
            members[name] = np.asarray(ids, dtype=np.intp)
    tags = next((raw.cell_data[key][number] for key in TAGS if key in raw.cell_data), None)
    if tags is None or len(tags) != count or not np.issubdtype(np.asarray(tags).dtype, np.number):
        return members
    for tag in np.unique(tags):
        name = names.get((int(tag), kind), f"tag_{int(tag)}")
        if tag != 0 and name not in members:
            members[name] = np.flatnonzero(np.asarray(tags) == tag)
    return members


def _node_sets(mesh: PlateMesh, raw: Any, cells: NDArray[np.intp]) -> PlateMesh:
    """Return the mesh with node sets read as the boundary edges they hold whole, else as points."""
    number = np.full(len(raw.points), -1, dtype=np.intp)
    corners = np.unique(cells[:, :3])
    number[corners] = np.arange(len(corners))
    edges, points, notes = dict(mesh.edge_groups), dict(mesh.point_groups), []
    boundary = mesh.mesh.boundary_facets()
    for name, ids in raw.point_sets.items():
        vertices = number[np.asarray(ids, dtype=np.intp)]
        vertices = np.unique(vertices[vertices >= 0])
        inside = np.isin(mesh.mesh.facets[:, boundary], vertices).all(axis=0)
        if inside.any() and name not in edges:
            edges[name] = boundary[inside]
            notes.append(f"Node set {name!r} was read as the {inside.sum()} boundary edges it holds.")
            vertices = np.setdiff1d(vertices, mesh.mesh.facets[:, boundary[inside]])
        if len(vertices):
            points[name] = vertices
    return noted(replace(mesh, edge_groups=edges, point_groups=points), *notes)
