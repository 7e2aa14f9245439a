"""How accurate eigenvalues are, which triangles are to blame, and a mesh on which they are accurate enough.

With η_T² of ``estimator`` an eigenvalue is off by about Σ c_T η_T²: estimated, not guaranteed. Marking: Dörfler, SIAM
J. Numer. Anal. 33, 1106 (1996), doi:10.1137/0733054.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.edges import left_free
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError
from landscape.estimator import Source, curve_defect, residuals
from landscape.field import Field
from landscape.linalg import Engine, Factorization
from landscape.mesh import refined
from landscape.modes import Modes, eigenmodes
from landscape.prolongation import point_loads
from landscape.sampling import lattice_of, smooth_field, surface_of
from landscape.system import PlateSystem, assemble
from landscape.topography.critical import refine_critical
from landscape.topography.regions import find_regions
from landscape.topography.surface import vertex_spacing

SMOOTH, CORNER = 0.04, 0.28
"""c_T in smooth parts, measured on squares and rhombi, and at singular points as CORNER (ω/π)², on sectors of angle ω."""
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


def peak_errors(system: PlateSystem, factorization: Factorization, persistence: float) -> Errors:
    """Return the estimated relative errors of the landscape's maxima, by falling maximum.

    The landscape at a peak x is off by Σ c_T η_T(L) η_T(G_x), G_x the deflection under a unit force there. Becker &
    Rannacher, Acta Numerica 10, 1 (2001), doi:10.1017/S0962492901000010.
    """
    landscape = factorization.solve(system.load)
    field = Field.of(system.space, landscape)
    surface, smooth = surface_of(field, lattice_of(system.mesh)), smooth_field(field)
    found = find_regions(surface, persistence=persistence).peaks
    peaks = refine_critical(found, smooth, kind="peak", spacing=vertex_spacing(surface)[found.vertices])
    at = field.places(peaks.points)
    green = factorization.solve(point_loads(system.space, at))
    both = Field.of(system.space, np.column_stack([landscape, green]))
    functions = 1 + len(peaks.values)
    squares = residuals(system, both, Source(np.zeros(functions), np.eye(functions)[0]))
    area, D = system.space.affine.area[at.triangle], system.sections.stiffness[at.triangle]
    squares[at.triangle, np.arange(1, functions)] += area / (system.space.element.monomials.degree**2 * D)
    root = np.sqrt(squares)
    shares = constants(system)[:, None] * root[:, :1] * root[:, 1:] / peaks.values
    order = np.argsort(-peaks.values, kind="stable")
    return Errors(shares.sum(axis=0)[order], shares[:, order])


def accurate_modes(
    system: PlateSystem, modes: Modes, tolerance: float, *, unknowns: int, engine: Engine = "scipy"
) -> tuple[PlateSystem, Modes]:
    """Refine until the estimated error of every eigenvalue is below ``tolerance``, up to so many ``unknowns``.

    A finer mesh that cannot be solved ends refinement too.
    """
    while True:
        found = mode_errors(system, modes.eigenvalues, modes.vectors)
        marked = found.marked(tolerance)
        mesh = system.mesh
        growth = 1 + 3.5 * len(marked) / mesh.mesh.t.shape[1]
        if not len(marked) or system.unknowns * growth > unknowns:
            return system, modes
        finer = assemble(refined(mesh, marked), system.plate)
        try:
            modes = eigenmodes(finer, len(modes.eigenvalues), engine=engine)
        except (ConvergenceError, MemoryError):
            return system, modes
        system = finer


def constants(system: PlateSystem) -> Array:
    """Return c_T of every triangle, (triangles,): CORNER (ω/π)² where one touches a singular point of angle ω.

    There the deflection is no smooth function, and what an element can follow of it in a sector of angle ω has a
    constant of Poincaré's kind, the inverse of the lowest angular eigenvalue (π/ω)².
    """
    at = np.where(singular_vertices(system), CORNER * (_angles(system) / np.pi) ** 2, 0)
    return np.maximum(SMOOTH, at[system.space.skfem.t].max(axis=0))


def singular_vertices(system: PlateSystem) -> NDArray[np.bool_]:
    """Return where second derivatives are unbounded, (vertices,).

    At re-entrant corners, supported corners of more than 90°, where the support changes along the boundary, and at ends
    of supports inside the plate. Where thickness or material change second derivatives jump between triangles, which
    c_T of the smooth parts covers.
    """
    mesh = system.space.skfem
    rim = mesh.boundary_facets()
    slope_free, deflection_free = left_free(system)
    kind = slope_free.astype(int) + deflection_free
    degrees = np.degrees(_angles(system))
    low, high = np.full(len(degrees), 9), np.full(len(degrees), -1)
    ends = mesh.facets[:, rim].ravel()
    np.minimum.at(low, ends, np.tile(kind[rim], 2))
    np.maximum.at(high, ends, np.tile(kind[rim], 2))
    on_rim = high >= 0
    obtuse = (high == low) & (low == 1) & (degrees > 95) & (degrees < 165)
    found = on_rim & ((degrees > 195) | (low != high) | obtuse)
    inside = np.flatnonzero((kind < 2) & (mesh.f2t[1] >= 0))
    inner_ends = (np.bincount(mesh.facets[:, inside].ravel(), minlength=len(degrees)) == 1) & ~on_rim
    return found | inner_ends


def _angles(system: PlateSystem) -> Array:
    """Return the angle of the plate at every vertex, between the tangents of its edges, (vertices,)."""
    mesh = system.space.skfem
    corners = mesh.p.T[mesh.t.T]
    sides = np.stack([np.roll(corners, -1, 1) - corners, np.roll(corners, -2, 1) - corners])
    cosine = (sides[0] * sides[1]).sum(axis=2) / np.linalg.norm(sides, axis=3).prod(axis=0)
    angle = np.bincount(mesh.t.T.ravel(), np.arccos(np.clip(cosine, -1, 1)).ravel()).astype(float)
    lines = system.space.lines
    half = np.arcsin(np.clip(lines.curvature * system.space.affine.length[lines.facets] / 2, -1, 1))
    np.add.at(angle, lines.vertex.T.ravel(), np.tile(half, 2))  # from the chords to the arcs
    return angle
