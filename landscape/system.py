"""Plate + mesh + element → stiffness, mass and loads in the free unknowns.

    K_ab = ∫ D [(1−ν) D²φ_a : D²φ_b + ν Δφ_a Δφ_b],   M_ab = ∫ ρh φ_a φ_b,   load_a = ∫ ρh φ_a,  pressure_a = ∫ p φ_a

The sparse pattern comes from the 36 node pairs of a triangle, not from its 441 entries; the supports live in the
element's index map; triangles are worked off in chunks that stay in cache.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import PlateElement, hessian_form
from landscape.elements.curved import Slivers, slivers_of
from landscape.elements.pattern import Pattern
from landscape.elements.reference import Array
from landscape.elements.space import Chunk, Space, chunks, make_space, within
from landscape.errors import InputError
from landscape.mesh import PlateMesh
from landscape.plate import Plate

CHUNK = 256  # triangles; their 21×21 matrices stay in cache
UPPER = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]


@dataclass(frozen=True)
class Sections:
    """Per triangle: bending stiffness D, Poisson's ratio, areal mass ρh and pressure p, each (triangles,)."""

    stiffness: Array
    poisson: Array
    areal_mass: Array
    pressure: Array


@dataclass(frozen=True)
class PlateSystem:
    """The discrete plate: K and M (csr, unknowns²), ``load`` ∫ρhφ and ``pressure`` ∫pφ, and where they live."""

    plate: Plate
    space: Space
    sections: Sections
    slivers: Slivers
    K: sparse.csr_array
    M: sparse.csr_array
    load: Array
    pressure: Array

    @property
    def unknowns(self) -> int:
        """Number of free unknowns."""
        return self.space.unknowns

    @property
    def mesh(self) -> PlateMesh:
        """The mesh of the plate."""
        return self.space.mesh

    def areas(self) -> Array:
        """Return the area of every triangle, slivers included, (triangles,)."""
        area = self.space.affine.area.copy()
        np.add.at(area, self.slivers.triangles, self.slivers.area)
        return area


def sections_of(mesh: PlateMesh, plate: Plate) -> Sections:
    """Spread the sections and pressures of a plate over the triangles of a mesh."""
    count = mesh.mesh.t.shape[1]
    default = plate.section
    out = Sections(
        *(np.full(count, v) for v in (default.stiffness, default.poisson, default.areal_mass, plate.pressure))
    )
    for name in (*plate.sections, *plate.pressures):
        if name not in mesh.surface_groups:
            raise InputError(
                f"The plate names the surface group {name!r}, which the mesh does not have.",
                f"Its surface groups are: {', '.join(sorted(mesh.surface_groups)) or 'none'}.",
            )
    for name, section in plate.sections.items():
        chosen = mesh.surface_groups[name]
        out.stiffness[chosen], out.poisson[chosen] = section.stiffness, section.poisson
        out.areal_mass[chosen] = section.areal_mass
    for name, pressure in plate.pressures.items():
        out.pressure[mesh.surface_groups[name]] = pressure
    return out


def assemble(
    mesh: PlateMesh,
    plate: Plate,
    *,
    element: PlateElement = ARGYRIS,
    nodes: NDArray[np.bool_] | None = None,
) -> PlateSystem:
    """Assemble the discrete plate. Raises ``InputError`` for group names that the mesh does not have.

    ``nodes`` (vertices + edges,): assemble no more than the rows of these, from the triangles that touch them; all
    other rows and loads stay empty, so that the sum over a partition of the nodes is the whole.
    """
    space = make_space(mesh, plate, element)
    sections = sections_of(mesh, plate)
    slivers = slivers_of(mesh, space.affine, space.lines, element, sections.poisson)
    if space.unknowns == 0:
        raise InputError(
            "The supports leave no unknown: every vertex and edge is held.",
            "Refine the mesh or free an edge.",
        )
    with threadpool_limits(1):  # threaded BLAS on 21×21 matrices is slower by orders of magnitude
        matrices = _matrices(space, sections, slivers, _touching(space, nodes))
    if nodes is not None:
        matrices = _rows(*matrices, np.repeat(nodes, space.free))
    return PlateSystem(plate, space, sections, slivers, *matrices)


def _touching(space: Space, nodes: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """Return the triangles, ascending, that touch one of the ``nodes``."""
    if nodes is None:
        return np.arange(space.skfem.t.shape[1])
    return np.flatnonzero(nodes[space.nodes(slice(None))].any(axis=1))


def _rows(
    K: sparse.csr_array, M: sparse.csr_array, load: Array, pressure: Array, own: NDArray[np.bool_]
) -> tuple[sparse.csr_array, sparse.csr_array, Array, Array]:
    """Empty all rows but ``own`` (unknowns,); K and M share one pattern."""
    lengths = np.diff(K.indptr)
    keep = np.repeat(own, lengths)
    indptr = np.concatenate([[0], np.cumsum(np.where(own, lengths, 0))]).astype(K.indptr.dtype)
    indices = K.indices[keep]
    kept = [sparse.csr_array((A.data[keep], indices, indptr), shape=A.shape) for A in (K, M)]
    return kept[0], kept[1], np.where(own, load, 0.0), np.where(own, pressure, 0.0)


def _matrices(
    space: Space, sections: Sections, slivers: Slivers, triangles: NDArray[np.intp]
) -> tuple[sparse.csr_array, sparse.csr_array, Array, Array]:
    pattern = Pattern.of(space, triangles)
    local = _LocalMatrices(space, sections, slivers)
    stiffness, mass = np.zeros(pattern.entries + 1), np.zeros(pattern.entries + 1)
    load, pressure = np.zeros(space.unknowns + 1), np.zeros(space.unknowns + 1)
    for part in chunks(len(triangles), CHUNK):
        chunk = triangles[part]
        K, M, f = local.of(chunk)
        where, unknown = pattern.locate(space, chunk)
        np.add.at(stiffness, where.ravel(), K.ravel())
        np.add.at(mass, where.ravel(), M.ravel())
        np.add.at(load, unknown.ravel(), (f * sections.areal_mass[chunk, None]).ravel())
        np.add.at(pressure, unknown.ravel(), (f * sections.pressure[chunk, None]).ravel())
    shape = (space.unknowns, space.unknowns)
    indices, indptr = pattern.csr(space)
    K_global = sparse.csr_array((stiffness[:-1], indices, indptr), shape=shape)
    M_global = sparse.csr_array((mass[:-1], indices, indptr), shape=shape)
    return K_global, M_global, load[:-1], pressure[:-1]


class _LocalMatrices:
    """Element matrices K_e = Bᵀ K̂ B, M_e = ρh Bᵀ M̂ B and loads Bᵀ f̂ of a chunk of triangles."""

    def __init__(self, space: Space, sections: Sections, slivers: Slivers):
        self._space, self._sections, self._slivers = space, sections, slivers
        n = space.element.size
        self._stiffness = space.element.stiffness().reshape(6, n * n)
        self._mass, self._load = space.element.mass(), space.element.load()
        self._order = np.argsort(slivers.triangles, kind="stable")
        self._sorted = slivers.triangles[self._order]

    def of(self, chunk: Chunk) -> tuple[Array, Array, Array]:
        B = self._space.transform(chunk)
        n = B.shape[-1]
        double = 2 * self._space.affine.area[chunk]
        form = hessian_form(self._space.affine.jacobian[chunk], self._sections.poisson[chunk])
        weights = np.stack([form[:, i, j] for i, j in UPPER], axis=1) * double[:, None]
        K = (weights @ self._stiffness).reshape(-1, n, n)
        Bt = np.swapaxes(B, 1, 2)
        M = double[:, None, None] * self._mass
        f = double[:, None] * self._load
        some, at = within(self._sorted, chunk)
        some = self._order[some]
        np.add.at(K, at, self._slivers.stiffness[some])
        np.add.at(M, at, self._slivers.mass[some])
        np.add.at(f, at, self._slivers.load[some])
        K = self._sections.stiffness[chunk, None, None] * (Bt @ (K @ B))
        M = self._sections.areal_mass[chunk, None, None] * (Bt @ (M @ B))
        return K, M, np.einsum("mij,mi->mj", B, f)
