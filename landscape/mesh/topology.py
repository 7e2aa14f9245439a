"""Numbers of edges, and the vertices at which alone parts of a plate hang together.

A joint of no width passes no moment: functions of H² have a value at a point, but no slope there. Elements that keep
slopes at their vertices would join the parts all the same, others would leave loose hinges. So such a vertex is cut,
each part taking its own copy; where the edges there are held, and w = 0, that is exact.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skfem import MeshTri

Indices = NDArray[np.intp]


def facet_numbers(mesh: MeshTri, pairs: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the facet between the vertices of each pair (k, 2), or −1 where no triangle has such an edge."""
    size = mesh.p.shape[1]
    known = mesh.facets[0].astype(np.int64) * size + mesh.facets[1]
    order = np.argsort(known)
    wanted = pairs.min(axis=1).astype(np.int64) * size + pairs.max(axis=1)
    place = order[np.minimum(np.searchsorted(known, wanted, sorter=order), len(known) - 1)]
    return np.where(known[place] == wanted, place, -1)


def joints_of(mesh: MeshTri) -> Indices:
    """Return the vertices with more than two boundary edges: parts of the plate meet in them alone."""
    ends = mesh.facets[:, mesh.boundary_facets()].ravel()
    return np.flatnonzero(np.bincount(ends, minlength=mesh.p.shape[1]) > 2)


def cut_at(mesh: MeshTri, joints: Indices) -> tuple[MeshTri, Indices, Indices]:
    """Return the mesh with a copy of each vertex of ``joints`` for every further fan of triangles that meets there.

    With it the original of each new vertex (the copies follow the old ones) and the new number of each edge.
    """
    cells, source = _separated(mesh, joints)
    new = MeshTri(np.ascontiguousarray(mesh.p[:, source]), np.ascontiguousarray(cells.T))
    return new, source, facet_numbers(new, _ends(mesh, cells))


def _separated(old: MeshTri, joints: Indices) -> tuple[Indices, Indices]:
    """Return triangles (n, 3) with copies for the second and later fans at ``joints``, and each vertex's original."""
    cells = old.t.T.astype(np.intp).copy()
    source = list(range(old.p.shape[1]))
    for vertex in joints:
        around = np.flatnonzero((old.t == vertex).any(axis=0))
        for fan in _fans(old, vertex, around)[1:]:
            cells[fan] = np.where(cells[fan] == vertex, len(source), cells[fan])
            source.append(int(vertex))
    return cells, np.array(source, dtype=np.intp)


def _fans(old: MeshTri, vertex: int, around: Indices) -> list[Indices]:
    """Return the triangles ``around`` a vertex in groups that edges at this vertex join."""
    edges = np.unique(old.t2f[:, around])
    spokes = edges[(old.facets[:, edges] == vertex).any(axis=0)]
    pairs = old.f2t[:, spokes[old.f2t[1, spokes] >= 0]]
    i, j = np.searchsorted(around, pairs)
    size = len(around)
    count, label = connected_components(
        coo_array((np.ones(len(i)), (i, j)), shape=(size, size)), directed=False
    )
    return [around[label == k] for k in range(count)]


def _ends(old: MeshTri, cells: Indices) -> Indices:
    """Return the ends (edges, 2) of the old edges among the new vertices of their first triangle."""
    triangle = old.f2t[0]
    corner = old.t[:, triangle]
    return np.stack([cells[triangle, np.argmax(corner == end, axis=0)] for end in old.facets], axis=1)
