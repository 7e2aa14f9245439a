"""How accurate eigenvalues are, which triangles are to blame, and a mesh on which they are accurate enough.

With η_T² of ``estimator`` an eigenvalue is off by about Σ c_T η_T²: estimated, not guaranteed. Marking: Dörfler, SIAM
J. Numer. Anal. 33, 1106 (1996), doi:10.1137/0733054.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from landscape.elements.reference import Array
from landscape.estimator import Source, curve_defect, left_free, residuals
from landscape.field import Field
from landscape.mesh import refined
from landscape.modes import Modes, eigenmodes
from landscape.system import PlateSystem, assemble

SMOOTH, SINGULAR, NEAR = 0.04, 0.6, 0.4
"""c_T in smooth parts, at singular points, and beside them as NEAR (h/r)²; measured on squares, rhombi and L-shapes."""
BULK = 0.8
"""Share of the error in the triangles that are refined."""
DEFECT = 0.3
"""Share of the curves' defects that is counted where they cancel."""


@dataclass(frozen=True)
class Errors:
    """Estimated relative ``errors`` (goals,) and the part each triangle has in them, ``shares`` (triangles, goals)."""

    errors: Array
    shares: Array

    def marked(self, tolerance: float) -> NDArray[np.intp]:
        """Return the fewest triangles that hold ``BULK`` of the errors, each weighed by how far it is too large."""
        excess = np.maximum(self.errors / tolerance - 1, 0)
        if not excess.any():
            return np.empty(0, dtype=np.intp)
        weights = excess / (excess.sum() * np.maximum(self.errors, np.finfo(float).tiny))
        share = self.shares @ weights
        order = np.argsort(-share, kind="stable")
        return order[: 1 + int(np.searchsorted(np.cumsum(share[order]), BULK * share.sum()))]


def mode_errors(system: PlateSystem, eigenvalues: Array, vectors: Array) -> Errors:
    """Return the estimated relative errors of eigenvalues (k,) with M-orthonormal vectors (unknowns, k)."""
    field = Field.of(system.space, vectors)
    squares = residuals(system, field, Source(eigenvalues, np.zeros_like(eigenvalues)))
    squares *= constants(system)[:, None]
    defects = curve_defect(system, field)
    some = DEFECT * np.abs(defects)
    total = squares.sum(axis=0) + np.maximum(np.abs(defects.sum(axis=0)), some.sum(axis=0))
    return Errors(total / eigenvalues, (squares + some) / eigenvalues)


def accurate_modes(
    system: PlateSystem, modes: Modes, tolerance: float, *, unknowns: int
) -> tuple[PlateSystem, Modes]:
    """Refine until the estimated error of every eigenvalue is below ``tolerance``, up to so many ``unknowns``."""
    while True:
        found = mode_errors(system, modes.eigenvalues, modes.vectors)
        marked = found.marked(tolerance)
        mesh = system.mesh
        growth = 1 + 3.5 * len(marked) / mesh.mesh.t.shape[1]
        if not len(marked) or system.unknowns * growth > unknowns:
            return system, modes
        system = assemble(refined(mesh, marked), system.plate)
        modes = eigenmodes(system, len(modes.eigenvalues))


def constants(system: PlateSystem) -> Array:
    """Return c_T of every triangle, (triangles,): it grows with h/r, r the distance to the nearest singular point.

    On a triangle that is large for its distance from a singular point the deflection is no smooth function.
    """
    mesh, space = system.space.skfem, system.space
    points = mesh.p.T[singular_vertices(system)]
    if not len(points):
        return np.full(mesh.t.shape[1], SMOOTH)
    distance = cKDTree(points).query(mesh.p[:, mesh.t].mean(axis=1).T)[0]
    longest = space.affine.length[mesh.t2f].max(axis=0)
    return np.minimum(SMOOTH + NEAR * (longest / distance) ** 2, SINGULAR)


def singular_vertices(system: PlateSystem) -> NDArray[np.bool_]:
    """Return where second derivatives are unbounded or jump, (vertices,).

    At re-entrant corners, supported corners of more than 90°, where the support changes along the boundary, at ends of
    supports inside the plate, and where thickness or material change.
    """
    mesh = system.space.skfem
    rim = mesh.boundary_facets()
    slope_free, deflection_free = left_free(system)
    kind = slope_free.astype(int) + deflection_free
    corners = mesh.p.T[mesh.t.T]
    sides = np.stack([np.roll(corners, -1, 1) - corners, np.roll(corners, -2, 1) - corners])
    cosine = (sides[0] * sides[1]).sum(axis=2) / np.linalg.norm(sides, axis=3).prod(axis=0)
    angle = np.bincount(mesh.t.T.ravel(), np.arccos(np.clip(cosine, -1, 1)).ravel())
    lines = system.space.lines
    half = np.arcsin(np.clip(lines.curvature * system.space.affine.length[lines.facets] / 2, -1, 1))
    np.add.at(angle, lines.vertex.T.ravel(), np.tile(half, 2))  # from the chords to the arcs
    low, high = np.full(len(angle), 9), np.full(len(angle), -1)
    ends = mesh.facets[:, rim].ravel()
    np.minimum.at(low, ends, np.tile(kind[rim], 2))
    np.maximum.at(high, ends, np.tile(kind[rim], 2))
    on_rim, degrees = high >= 0, np.degrees(angle)
    obtuse = (high == low) & (low == 1) & (degrees > 95) & (degrees < 165)
    found = on_rim & ((degrees > 195) | (low != high) | obtuse)
    inside = np.flatnonzero((kind < 2) & (mesh.f2t[1] >= 0))
    found |= (np.bincount(mesh.facets[:, inside].ravel(), minlength=len(angle)) == 1) & ~on_rim
    return found | _where_sections_meet(system)


def _where_sections_meet(system: PlateSystem) -> NDArray[np.bool_]:
    """Return the vertices between triangles of different bending stiffness."""
    mesh, D = system.space.skfem, system.sections.stiffness * (1 + system.sections.poisson)
    low, high = np.full(mesh.p.shape[1], np.inf), np.zeros(mesh.p.shape[1])
    np.minimum.at(low, mesh.t.ravel(), np.tile(D, 3))
    np.maximum.at(high, mesh.t.ravel(), np.tile(D, 3))
    return high > low * (1 + 1e-12)
