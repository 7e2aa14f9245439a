"""Named groups of the meshes of other programs."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.mesh.core import PlateMesh, noted

TRIANGLES = {"triangle": 3, "triangle6": 6, "triangle7": 6}
"""Cells read as triangles, and how many of their nodes count."""
QUADS = {
    "quad": ((0, 1, 2), (0, 2, 3)),
    "quad8": ((0, 1, 2, 4, 5, -1), (0, 2, 3, -1, 6, 7)),
    "quad9": ((0, 1, 2, 4, 5, 8), (0, 2, 3, 8, 6, 7)),
}
"""Quadrilateral -> its two triangles; −1 is the middle of the new diagonal, which is no node of the file."""
TAGS = ("gmsh:physical", "medit:ref", "nastran:ref", "CellEntityIds", "tag", "ref")
"""Cell data that hold group numbers, in the order they are asked."""

Groups = dict[str, NDArray[np.intp]]


def merged(cells: NDArray[np.intp], member: dict[str, NDArray[np.bool_]]) -> tuple[NDArray[np.intp], Groups]:
    """Return triangles and surface groups, where a triangle written once per group (gmsh 2.2) is one."""
    _, first, place = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    original = first[place.reshape(-1)]
    inside = np.array(list(member.values()), dtype=bool).reshape(-1, len(cells))
    other = inside[:, original]
    copy = (original != np.arange(len(cells))) & (inside | other).any(axis=0) & ~(inside & other).any(axis=0)
    source = np.where(copy, original, np.arange(len(cells)))
    number = np.cumsum(~copy) - 1
    groups = {name: np.unique(number[source[ids]]) for name, ids in member.items()}
    return cells[~copy], groups


def groups_of(raw: Any) -> tuple[Groups, Groups, Groups]:
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


def with_node_sets(mesh: PlateMesh, raw: Any, cells: NDArray[np.intp]) -> PlateMesh:
    """Return the mesh with node sets read as the boundary edges they hold whole, else as points."""
    number = np.full(len(raw.points), -1, dtype=np.intp)
    corners = np.unique(cells[:, :3])
    number[corners] = np.arange(len(corners))
    edges, points, notes = dict(mesh.edge_groups), dict(mesh.point_groups), []
    boundary = mesh.mesh.boundary_facets()
    for name, ids in raw.point_sets.items():
        vertices = number[np.asarray(ids, dtype=np.intp)]
        vertices = _with_copies(mesh, np.unique(vertices[vertices >= 0]), len(corners))
        inside = np.isin(mesh.mesh.facets[:, boundary], vertices).all(axis=0)
        if inside.any() and name not in edges:
            edges[name] = boundary[inside]
            notes.append(f"Node set {name!r} was read as the {inside.sum()} boundary edges it holds.")
            vertices = np.setdiff1d(vertices, mesh.mesh.facets[:, boundary[inside]])
        if len(vertices):
            points[name] = vertices
    return noted(replace(mesh, edge_groups=edges, point_groups=points), *notes)


def _with_copies(mesh: PlateMesh, vertices: NDArray[np.intp], originals: int) -> NDArray[np.intp]:
    """Return the vertices and their copies, which follow the ``originals`` where the plate was cut."""
    p = mesh.mesh.p
    same = (p[:, originals:, None] == p[:, None, vertices]).all(axis=0).any(axis=1)
    return np.concatenate([vertices, originals + np.flatnonzero(same)])
