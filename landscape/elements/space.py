"""The finite element space of a mesh with its supports: numbering of the unknowns, and back to full jets.

The full degrees of freedom are numbered as scikit-fem numbers its own elements of the same kind: the jet of
vertex i takes i·jet … i·jet + jet − 1, the slope of edge e takes vertices·jet + e. The free unknowns, those
that the supports leave, are numbered node by node (vertices, then edges) in the same order.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skfem import MeshTri

from landscape.elements.base import Affine, PlateElement, transform
from landscape.elements.boundary import Lines, lines_of
from landscape.elements.reference import Array
from landscape.elements.supports import Constraints, constrain
from landscape.errors import InputError
from landscape.mesh import PlateMesh
from landscape.plate import Plate, Support

Chunk = slice | NDArray[np.intp]
"""Some triangles: consecutive ones, or ascending indices."""


@dataclass(frozen=True)
class Space:
    """An element on a mesh under its supports.

    ``free`` (nodes,): unknowns of each node, ``offset`` (nodes + 1,): where they start. ``frame_of``
    (vertices,) indexes the frames of the constraints, −1 where there is none. ``slope_free`` (edges,): the
    edge has an unknown.
    """

    element: PlateElement
    mesh: PlateMesh
    affine: Affine
    lines: Lines
    constraints: Constraints
    free: NDArray[np.int64]
    offset: NDArray[np.int64]
    frame_of: NDArray[np.int64]
    slope_free: NDArray[np.bool_]

    @property
    def unknowns(self) -> int:
        """Number of free unknowns."""
        return int(self.offset[-1])

    @property
    def skfem(self) -> MeshTri:
        """The scikit-fem mesh below."""
        return self.mesh.mesh

    def nodes(self, chunk: Chunk) -> NDArray[np.int64]:
        """Return the six nodes (vertices, then edges) of each triangle, (chunk, 6)."""
        mesh = self.skfem
        return np.concatenate([mesh.t[:, chunk], mesh.t2f[:, chunk] + mesh.p.shape[1]]).T.astype(np.int64)

    def transform(self, chunk: Chunk) -> Array:
        """Return B (chunk, size, size) from the unknowns of this space, ties and frames included, to d̂."""
        jet = self.element.jet
        B = transform(self.element, self.affine, self.skfem, chunk)
        self._tie(B, chunk)
        frame = self.frame_of[self.skfem.t.T[chunk]]
        for v in range(3):
            held = np.flatnonzero(frame[:, v] >= 0)
            cols = slice(v * jet, (v + 1) * jet)
            B[held, :, cols] = B[held, :, cols] @ self.constraints.frames[frame[held, v]]
        return B

    def _tie(self, B: Array, chunk: Chunk) -> None:
        held = self.constraints
        some, at = within(held.tied_triangles, chunk)
        own = B[at, :, held.tied_slot[some]]
        np.add.at(B, at, own[:, :, None] * held.ties[some][:, None, :])

    def expansion(self) -> sparse.csr_array:
        """Return Z (full degrees of freedom, free unknowns): full = Z · free."""
        jets, edges = self.element.jet * self.skfem.p.shape[1], self.skfem.facets.shape[1]
        loose = np.flatnonzero(self.slope_free)
        slopes = sparse.coo_array(
            (np.ones(len(loose)), (loose, self.offset[self.skfem.p.shape[1] + loose])),
            shape=(edges, self.unknowns),
        )
        Z = sparse.vstack([self._vertex_expansion(), slopes], format="csr")
        held = self.constraints
        full = self.full_numbers(held.tied_triangles)
        rows = np.repeat(full[np.arange(len(full)), held.tied_slot], self.element.size)
        ties = sparse.coo_array((held.ties.ravel(), (rows, full.ravel())), shape=(jets + edges, jets + edges))
        return (Z + ties.tocsr() @ Z).tocsr()

    def full_numbers(self, triangles: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the full degrees of freedom of ``triangles`` in local order, (k, size)."""
        jet, mesh = self.element.jet, self.skfem
        jets = jet * mesh.t.T[triangles][:, :, None].astype(np.int64) + np.arange(jet)
        slopes = jet * mesh.p.shape[1] + mesh.t2f.T[triangles]
        return np.concatenate([jets.reshape(len(triangles), 3 * jet), slopes], axis=1)

    def _vertex_expansion(self) -> sparse.csr_array:
        """Return the rows of Z that belong to the vertex jets."""
        jet, vertices = self.element.jet, self.skfem.p.shape[1]
        plain = np.flatnonzero(self.frame_of < 0)
        rows = [(jet * plain[:, None] + np.arange(jet)).ravel()]
        columns = [(self.offset[plain][:, None] + np.arange(jet)).ravel()]
        data = [np.ones(jet * len(plain))]
        held = self.constraints
        for b in range(jet):
            some = np.flatnonzero(held.free > b)
            rows.append((jet * held.vertices[some][:, None] + np.arange(jet)).ravel())
            columns.append(np.repeat(self.offset[held.vertices[some]] + b, jet))
            data.append(held.frames[some][:, :, b].ravel())
        entries = (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.coo_array(entries, shape=(jet * vertices, self.unknowns)).tocsr()

    def coefficients(self, vectors: Array) -> Array:
        """Return the monomial coefficients (triangles, n, k) of functions given by unknowns (unknowns, k)."""
        return self.coefficients_of_full(self.expansion() @ vectors)

    def coefficients_of_full(self, full: Array) -> Array:
        """Return the monomial coefficients (triangles, n, k) of functions given by full degrees of freedom."""
        mesh = self.skfem
        out = np.empty((mesh.t.shape[1], self.element.size, full.shape[1]))
        for chunk in chunks(mesh.t.shape[1], 2048):
            local = full[self.full_numbers(np.arange(chunk.start, chunk.stop))]
            out[chunk] = self.element.basis @ (transform(self.element, self.affine, mesh, chunk) @ local)
        return out


def within(triangles: NDArray[np.intp], chunk: Chunk) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of ascending ``triangles`` belong to a chunk, (k,), and their places in it, (k,)."""
    if isinstance(chunk, slice):
        some = np.arange(*np.searchsorted(triangles, [chunk.start, chunk.stop]))
        return some, triangles[some] - chunk.start
    some = np.flatnonzero(np.isin(triangles, chunk))
    return some, np.searchsorted(chunk, triangles[some])


def chunks(total: int, size: int) -> list[slice]:
    """Return consecutive slices of at most ``size`` that cover ``range(total)``."""
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]


def make_space(mesh: PlateMesh, plate: Plate, element: PlateElement) -> Space:
    """Number the unknowns of ``element`` on ``mesh`` under the supports of ``plate``.

    Raises ``InputError`` when a support names a group that the mesh does not have.
    """
    affine = Affine.of(mesh.mesh)
    by_edge, by_point = resolve_supports(mesh, plate)
    held = np.array([facet for facet, s in by_edge.items() if s is not Support.FREE], dtype=np.intp)
    lines = lines_of(mesh, affine, held)
    edge_support = [by_edge.get(int(f), plate.rest) for f in lines.facets]
    constraints = constrain(element, mesh.mesh, affine, lines, (edge_support, by_point))
    vertices, edges = mesh.mesh.p.shape[1], mesh.mesh.facets.shape[1]
    free = np.concatenate([np.full(vertices, element.jet), np.ones(edges)]).astype(np.int64)
    free[constraints.vertices] = constraints.free
    free[vertices + constraints.edges] = 0
    frame_of = np.full(vertices, -1)
    frame_of[constraints.vertices] = np.arange(len(constraints.vertices))
    offset = np.concatenate([[0], np.cumsum(free)])
    return Space(element, mesh, affine, lines, constraints, free, offset, frame_of, free[vertices:] > 0)


def resolve_supports(mesh: PlateMesh, plate: Plate) -> tuple[dict[int, Support], dict[int, Support]]:
    """Return the support of each named facet and of each named vertex."""
    by_edge: dict[int, Support] = {}
    by_point: dict[int, Support] = {}
    for name, support in plate.supports.items():
        if name not in mesh.edge_groups and name not in mesh.point_groups:
            known = sorted({*mesh.edge_groups, *mesh.point_groups})
            raise InputError(
                f"A support names the group {name!r}, which the mesh does not have.",
                f"Its edge and point groups are: {', '.join(known) or 'none'}.",
            )
        by_edge.update({int(f): support for f in mesh.edge_groups.get(name, ())})
        by_point.update({int(v): support for v in mesh.point_groups.get(name, ())})
    return by_edge, by_point
