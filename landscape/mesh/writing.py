"""A ``PlateMesh`` as a gmsh file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landscape.files import atomic
from landscape.mesh.core import PlateMesh


def write_mesh(mesh: PlateMesh, path: str | Path) -> None:
    """Write the mesh as a gmsh 2.2 ASCII file with groups as physical names, curved edges in second order.

    ``read_mesh`` gives the same coordinates to the last bit, the same groups and curves. The file is whole or
    not there. Raises ``InputError`` when it cannot be written.
    """
    with atomic(Path(path)) as temporary:
        temporary.write_text("".join(_gmsh22(mesh)), encoding="utf-8")


def _gmsh22(mesh: PlateMesh) -> list[str]:
    """Return the lines of the file."""
    m = mesh.mesh
    order = 2 if mesh.second_order or mesh.bulge.any() else 1
    points, middle = m.p.T, np.arange(m.facets.shape[1]) + m.p.shape[1]
    if order == 2:
        points = np.vstack((points, m.p[:, m.facets].mean(axis=1).T + mesh.bulge))
    groups = (mesh.point_groups, mesh.edge_groups, mesh.surface_groups)
    named = [(dim, name, ids) for dim, kind in enumerate(groups) for name, ids in kind.items()]
    out = ["$MeshFormat\n2.2 0 8\n$EndMeshFormat\n"]
    if named:
        out.append(f"$PhysicalNames\n{len(named)}\n")
        out += [f'{dim} {tag} "{name}"\n' for tag, (dim, name, _) in enumerate(named, 1)]
        out.append("$EndPhysicalNames\n")
    out.append(f"$Nodes\n{len(points)}\n")
    out += [f"{i} {x!r} {y!r} 0\n" for i, (x, y) in enumerate(points.tolist(), 1)]
    nodes = (
        np.arange(m.p.shape[1])[:, None],
        np.column_stack((m.facets.T, middle))[:, : order + 1],
        np.column_stack((m.t.T, middle[m.t2f].T))[:, : 3 * order],
    )
    kinds = ((15, 15), (1, 8), (2, 9))
    rows: list[str] = []
    tags = np.zeros(m.t.shape[1], dtype=np.intp)
    again: list[str] = []
    for tag, (dim, _, ids) in enumerate(named, 1):
        more = ids if dim < 2 else ids[tags[ids] > 0]
        (rows if dim < 2 else again).extend(
            _elements(kinds[dim][order - 1], np.full(len(more), tag), nodes[dim][more])
        )
        if dim == 2:
            tags[ids[tags[ids] == 0]] = tag
    rows += _elements(kinds[2][order - 1], tags, nodes[2]) + again
    out.append(f"$EndNodes\n$Elements\n{len(rows)}\n")
    out += [f"{i} {row}\n" for i, row in enumerate(rows, 1)]
    return [*out, "$EndElements\n"]


def _elements(kind: int, tags: NDArray[np.intp], nodes: NDArray[np.intp]) -> list[str]:
    """Return element rows without their number: type, two tags, nodes from 1."""
    rows = zip(tags.tolist(), (nodes + 1).tolist(), strict=True)
    return [f"{kind} 2 {tag} {tag or 1} {' '.join(map(str, row))}" for tag, row in rows]
