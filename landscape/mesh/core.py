"""The mesh every later stage works on, made and checked from plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skfem import MeshTri

from landscape.errors import MeshError
from landscape.mesh import checks
from landscape.mesh.topology import cut_at, facet_numbers, joints_of

STRAIGHT = 1e-6
"""A midpoint nearer to its chord than this share of its length is on it: single precision blurs as much."""


@dataclass(frozen=True)
class PlateMesh:
    """Triangles of the plate in scikit-fem's numbering, with named groups and curved edges.

    ``mesh``: ``skfem.MeshTri`` with scikit-fem's sorted triangles (vertex numbers ascend in each triangle,
    so local edges (0,1), (1,2), (0,2) run from the lower to the higher vertex in both neighbours; det J has
    either sign); ``mesh.p`` (2, vertices), ``mesh.t`` (3, triangles), ``mesh.facets`` (2, edges),
    ``mesh.t2f``, ``mesh.f2t``. ``edge_groups``, ``point_groups``, ``surface_groups``: name -> indices of
    facets, vertices, triangles. ``bulge`` (edges, 2): offset of the true curve from the chord's midpoint;
    zero on straight edges. The curve of edge (a, b) is the circular arc through a, (a + b)/2 + bulge and b.
    ``notes``: what was changed or assumed on the way in, in words for the user. ``second_order``: the source
    told where the true boundary runs, so that a straight edge is straight and no chord.
    """

    mesh: MeshTri
    edge_groups: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    point_groups: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    surface_groups: Mapping[str, NDArray[np.intp]] = field(default_factory=dict)
    bulge: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    notes: tuple[str, ...] = ()
    second_order: bool = False

    def __post_init__(self) -> None:
        if len(self.bulge) == 0:
            object.__setattr__(self, "bulge", np.zeros((self.mesh.facets.shape[1], 2)))


def plate_mesh(
    points: ArrayLike,
    triangles: ArrayLike,
    *,
    lines: Mapping[str, ArrayLike] | None = None,
    points_named: Mapping[str, ArrayLike] | None = None,
    surfaces: Mapping[str, ArrayLike] | None = None,
) -> PlateMesh:
    """Return a checked mesh from arrays.

    ``points`` (n, 2) in m; ``triangles`` (m, 3) vertex numbers, or (m, 6) with the midpoints of edges 01,
    12, 20 after the corners, from which the true boundary curve is taken. ``lines``: name -> (k, 2) vertex
    pairs, each an edge of the triangles, inside the plate too; ``points_named``: name -> vertices;
    ``surfaces``: name -> triangles. Vertices of no triangle are dropped, those at which alone parts meet are cut into
    copies behind the others, and separate pieces told, all in ``notes``. Raises ``MeshError`` for a mesh that is no
    plate: see ``checks``.
    """
    xy, cells = checks.arrays(points, triangles)
    checks.triangles(xy, cells[:, :3])
    used = np.unique(cells[:, :3])
    number = np.full(len(xy), -1, dtype=np.intp)
    number[used] = np.arange(len(used))
    mesh = MeshTri(np.ascontiguousarray(xy[used].T), np.ascontiguousarray(number[cells[:, :3]].T))
    made = PlateMesh(
        mesh,
        {
            name: _facets_of(mesh, _renumbered(number, pairs, name), name)
            for name, pairs in (lines or {}).items()
        },
        {name: np.unique(_renumbered(number, ids, name)) for name, ids in (points_named or {}).items()},
        {name: checks.triangle_group(ids, name, len(cells)) for name, ids in (surfaces or {}).items()},
        _bulges(mesh, xy, cells, number),
        second_order=cells.shape[1] == 6,
    )
    checks.folds(mesh)
    checks.curved(mesh, made.bulge)
    made = _cut_at_joints(noted(made, *checks.observations(mesh, xy, cells)))
    return noted(made, *checks.pieces(made.mesh))


def _cut_at_joints(mesh: PlateMesh) -> PlateMesh:
    """Return the mesh cut at the vertices where parts of it meet in a point; see ``topology``."""
    joints = joints_of(mesh.mesh)
    if not len(joints):
        return mesh
    new, source, facets = cut_at(mesh.mesh, joints)
    bulge = np.zeros_like(mesh.bulge)
    bulge[facets] = mesh.bulge
    cut = replace(
        mesh,
        mesh=new,
        edge_groups={name: np.sort(facets[ids]) for name, ids in mesh.edge_groups.items()},
        point_groups={name: np.flatnonzero(np.isin(source, ids)) for name, ids in mesh.point_groups.items()},
        bulge=bulge,
    )
    x, y = mesh.mesh.p[:, joints[0]]
    return noted(
        cut,
        f"Parts of the plate meet in {len(joints)} single vertices, the first at ({x:g}, {y:g}). A joint without width "
        "passes no moment, so the plate is cut there. If it should be whole, give the joint a width.",
    )


def noted(mesh: PlateMesh, *notes: str) -> PlateMesh:
    """Return the mesh with more notes."""
    return replace(mesh, notes=(*mesh.notes, *notes))


def scaled(mesh: PlateMesh, factor: float) -> PlateMesh:
    """Return the mesh with every length times ``factor``: a mesh drawn in mm becomes one in m with 1e-3.

    Raises ``MeshError`` unless the factor is positive and finite.
    """
    if not (np.isfinite(factor) and factor > 0):
        raise MeshError(f"Scale of a mesh: needed a positive number, got {factor!r}.")
    return replace(mesh, mesh=MeshTri(mesh.mesh.p * factor, mesh.mesh.t), bulge=mesh.bulge * factor)


def boundary_edges(mesh: PlateMesh) -> NDArray[np.intp]:
    """Return the facets that belong to one triangle only."""
    return mesh.mesh.boundary_facets()


def _renumbered(number: NDArray[np.intp], ids: ArrayLike, name: str) -> NDArray[np.intp]:
    """Return the vertices ``ids`` of group ``name`` in the numbering without orphans."""
    old = np.asarray(ids, dtype=np.intp)
    if old.size == 0:
        raise MeshError(f"Group {name!r} is empty.", "Put an edge, point or triangle into it, or delete it.")
    if old.min() < 0 or old.max() >= len(number):
        raise MeshError(f"Group {name!r} names vertex {old.max()} of a mesh of {len(number)} points.")
    if (new := number[old]).min() < 0:
        raise MeshError(
            f"Group {name!r} names point {old.flat[int(np.argmin(new))]}, which is a corner of no triangle.",
            "Embed the point in the surface before meshing (gmsh: Point{…} In Surface{…}).",
        )
    return new


def _facets_of(mesh: MeshTri, pairs: NDArray[np.intp], name: str) -> NDArray[np.intp]:
    """Return the facets with the end vertices ``pairs`` (k, 2)."""
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise MeshError(f"Edge group {name!r}: needed vertex pairs of shape (k, 2), got {pairs.shape}.")
    facets = facet_numbers(mesh, pairs)
    if (missing := facets < 0).any():
        a, b = mesh.p[:, pairs[missing][0]].T
        raise MeshError(
            f"Edge group {name!r}: its line from ({a[0]:g}, {a[1]:g}) to ({b[0]:g}, {b[1]:g}) is no edge "
            "of a triangle.",
            "Embed the line in the surface before meshing (gmsh: Curve{…} In Surface{…}).",
        )
    return np.unique(facets)


def _bulges(
    mesh: MeshTri, xy: NDArray[np.float64], cells: NDArray[np.intp], number: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return (edges, 2) offsets of midside points from the chords of boundary edges, zero inside."""
    bulge = np.zeros((mesh.facets.shape[1], 2))
    if cells.shape[1] == 3:
        return bulge
    chord_middle = mesh.p[:, mesh.facets].mean(axis=1).T
    for i, j, k in ((0, 1, 3), (1, 2, 4), (2, 0, 5)):
        facets = facet_numbers(mesh, number[cells[:, [i, j]]])
        bulge[facets] = xy[cells[:, k]] - chord_middle[facets]
    length = np.linalg.norm(np.diff(mesh.p[:, mesh.facets], axis=1)[:, 0], axis=0)
    straight = np.linalg.norm(bulge, axis=1) <= STRAIGHT * length
    straight[mesh.f2t[1] >= 0] = True
    bulge[straight] = 0
    return bulge
