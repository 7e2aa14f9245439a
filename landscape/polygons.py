"""Polygons inside and around a plate with curved clamped edges.

Extended by zero, an admissible deflection of a clamped plate is one of every larger clamped plate, so its
eigenvalues are not smaller than those of a polygon around it and not greater than those of one inside it
(Courant & Hilbert, Methods of Mathematical Physics I, VI §1). Chords are inside where the plate is convex;
tangents at the ends of the arcs are outside.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from landscape.elements.reference import Array
from landscape.elements.space import resolve_supports
from landscape.field import Field, Places
from landscape.mesh import PlateMesh, boundary_edges, refined_with_parents
from landscape.mesh.arcs import arc_bulge, arc_curvature
from landscape.plate import Plate, Support

Side = Literal["inside", "around"]
CURVED = "edges that were curved"
"""The group that holds the edges of a polygon."""


@dataclass(frozen=True)
class Descendant:
    """A refined mesh and, for each of its triangles, the triangle of the first mesh it lies in (triangles,)."""

    mesh: PlateMesh
    ancestor: NDArray[np.intp]

    @classmethod
    def of(cls, mesh: PlateMesh) -> "Descendant":
        """Return a mesh as its own descendant."""
        return cls(mesh, np.arange(mesh.mesh.t.shape[1]))

    @property
    def triangles(self) -> int:
        """Number of triangles."""
        return len(self.ancestor)

    def refined(self, marked: NDArray[np.intp] | None = None) -> "Descendant":
        """Return a finer descendant; see ``landscape.mesh.refined``."""
        mesh, parent = refined_with_parents(self.mesh, marked)
        return Descendant(mesh, self.ancestor[parent])


@dataclass(frozen=True)
class Curves:
    """The curved edges of a mesh: ``facets`` (k,), ``rise`` (k, 2) from chord to arc, ``length`` (k,) of the chord.

    ``convex`` (k,): the arc bulges out of its triangle.
    """

    facets: NDArray[np.intp]
    rise: Array
    length: Array
    convex: NDArray[np.bool_]


def curves_of(mesh: PlateMesh) -> Curves:
    """Return the curved edges of a mesh."""
    m = mesh.mesh
    facets = np.flatnonzero(mesh.bulge.any(axis=1))
    a, b = m.p[:, m.facets[:, facets]].transpose(1, 2, 0)
    rise = arc_bulge(b - a, arc_curvature(b - a, mesh.bulge[facets])) if len(facets) else np.zeros((0, 2))
    centroid = m.p[:, m.t[:, m.f2t[0, facets]]].mean(axis=1).T
    convex = np.einsum("ki,ki->k", rise, (a + b) / 2 - centroid) > 0
    return Curves(facets, rise, np.linalg.norm(b - a, axis=1), convex)


def edge_supports(mesh: PlateMesh, plate: Plate, facets: NDArray[np.intp]) -> list[Support]:
    """Return the support of each boundary edge in ``facets``."""
    named, _ = resolve_supports(mesh, plate)
    return [named.get(int(facet), plate.rest) for facet in facets]


def curves_clamped(mesh: PlateMesh, plate: Plate) -> bool:
    """Tell whether every curved edge is clamped: then polygons give bounds."""
    return all(s is Support.CLAMPED for s in edge_supports(mesh, plate, curves_of(mesh).facets))


def held_everywhere(mesh: PlateMesh, plate: Plate) -> bool:
    """Tell whether w = 0 on the whole boundary."""
    return Support.FREE not in edge_supports(mesh, plate, boundary_edges(mesh))


def polygon(plate: Descendant, side: Side) -> Descendant:
    """Return the mesh of the polygon inside or around a plate; its triangles at tangent points are split.

    The edges of the polygon are the group ``CURVED``.
    Raises ``MeshError`` when a tangent point would fold a triangle: refine the curved edges first.
    """
    mesh = plate.mesh
    curves = curves_of(mesh)
    slope = 2 * np.linalg.norm(curves.rise, axis=1) / curves.length  # tan of a quarter of the arc's angle
    corner = curves.rise * (2 / (1 - slope**2))[:, None]  # where the tangents of its ends meet
    outer = curves.convex if side == "around" else ~curves.convex
    bulge = np.zeros_like(mesh.bulge)
    bulge[curves.facets[outer]] = corner[outer]
    split = mesh.mesh.f2t[0, curves.facets[outer]]
    groups = {**mesh.edge_groups, CURVED: curves.facets}
    bent = Descendant(replace(mesh, bulge=bulge, edge_groups=groups), plate.ancestor)
    fine = bent.refined(split) if len(split) else bent
    return Descendant(replace(fine.mesh, bulge=np.zeros_like(fine.mesh.bulge)), fine.ancestor)


def polygon_shift(mesh: PlateMesh, modes: Field, stiffness: Array) -> Array:
    """Return how much the polygon inside moves each eigenvalue, to first order, (curved edges, modes).

    Hadamard: δλ = ∫ D (∂nn ψ)² δn ds on a clamped edge, δn the distance of chord and arc, 2/3 of its rise in the
    mean; ψ of unit mass. The polygon around moves it by half of that the other way.
    """
    curves = curves_of(mesh)
    triangle = mesh.mesh.f2t[0, curves.facets].astype(np.intp)
    middle = mesh.mesh.p[:, mesh.mesh.facets[:, curves.facets]].mean(axis=1).T + curves.rise
    at = Places(middle, triangle, modes.space.affine.chart(middle, triangle))
    hessians = modes.hessians(at)
    area = 2 / 3 * np.linalg.norm(curves.rise, axis=1) * curves.length
    return (stiffness[triangle] * area)[:, None] * (hessians[:, 0] + hessians[:, 2]) ** 2


def refine_curves(plate: Descendant, shift: float, tolerance: float) -> Descendant:
    """Halve curved edges until the polygon's relative ``shift`` is below ``tolerance``; a halving quarters it."""
    for _ in range(_halvings(shift / tolerance)):
        plate = plate.refined(plate.mesh.mesh.f2t[0, curves_of(plate.mesh).facets])
    return plate


def refine_corners(plate: Descendant, ratio: float) -> Descendant:
    """Refine along the edges of a polygon until what its corners do to Argyris' element has fallen by ``ratio``.

    At a corner of a clamped polygon the whole jet vanishes, however little it turns: an error of order h².
    """
    for _ in range(_halvings(ratio)):
        plate = plate.refined(plate.mesh.mesh.f2t[0, plate.mesh.edge_groups[CURVED]])
    return plate


def _halvings(ratio: float) -> int:
    """Return how many times a length must be halved for its square to fall by ``ratio``."""
    return int(np.ceil(max(np.log2(max(ratio, 1e-300)) / 2, 0)))


def corner_excess(mesh: PlateMesh) -> float:
    """Return what the corners of the inscribed polygon add to an Argyris eigenvalue over the polygon's own shift.

    About R / 2ℓ when no triangle is smaller than an edge, measured on discs of 48 to 192 edges.
    """
    curves = curves_of(mesh)
    turn = 8 * np.linalg.norm(curves.rise, axis=1) / curves.length  # ℓ/R
    return float(0.5 / turn.mean())
