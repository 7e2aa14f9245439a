"""How far a computed deflection is from satisfying the plate equation, triangle by triangle.

For a(u, v) = ∫ ρh (α u + β) v, with h the size of a triangle or edge and p = 5 the degree,

    η_T² = (h/p)⁴/D ‖ρh (αu + β) − DΔ²u‖²_T + ½ Σ_e [(h/p)/D ‖[M_nn]‖²_e + (h/p)³/D ‖[V_n]‖²_e] + (h/p)²/D F_v²,

    M_nn = D (u_nn + ν u_tt),   V_n = D (u_nnn + (2−ν) u_ntt + (1−ν) κ (u_tt − u_nn)),   F_v the sum of jumps of M_nt:

jumps across inner edges, the values themselves where an edge leaves the slope (M) or the deflection (V, F) free.
Σ_T c_T η_T² is the squared energy norm of the error, with c_T of ``accuracy``. Verfürth, A Posteriori Error Estimation
Techniques for Finite Element Methods, OUP (2013), §3.7; powers of p as Melenk & Wohlmuth, Adv. Comput. Math. 15,
311 (2001), doi:10.1023/A:1014268310921.
"""

import math
from dataclasses import dataclass

import numpy as np

from landscape.edges import Derivatives, Edges, Index, along, derivatives, edges_of, jump_of
from landscape.elements.reference import Array, Monomials
from landscape.elements.space import Space
from landscape.field import Field
from landscape.system import PlateSystem

NODES, WEIGHTS = (
    (np.polynomial.legendre.leggauss(4)[0] + 1) / 2,
    np.polynomial.legendre.leggauss(4)[1] / 2,
)


@dataclass(frozen=True)
class Source:
    """The right-hand side ρh (α u + β) of each function: ``alpha``, ``beta`` (functions,)."""

    alpha: Array
    beta: Array


def residuals(system: PlateSystem, field: Field, source: Source) -> Array:
    """Return η_T² of every function of ``field``, (triangles, functions), in the unit of energy."""
    mesh = system.space.skfem
    edges = edges_of(system, NODES)
    moment, shear = _jumps(system, field, edges)
    mean = _mean_stiffness(system)
    size = edges.length / system.space.element.monomials.degree
    square = edges.slope_free[:, None] * _norm(moment, edges) * (size / mean)[:, None]
    square += edges.deflection_free[:, None] * _norm(shear, edges) * (size**3 / mean)[:, None]
    inner = np.where(mesh.f2t[1] >= 0, 0.5, 1.0)[:, None]
    total = (inner * square)[mesh.t2f].sum(axis=0)
    total += _corner_forces(system, field)[mesh.t].sum(axis=0)
    return total + _interior(system, field, source)


def _mean_stiffness(system: PlateSystem) -> Array:
    """Return the mean stiffness D of the triangles at every edge, (edges,)."""
    mesh = system.space.skfem
    first, second = mesh.f2t
    D = system.sections.stiffness
    return np.where(second >= 0, (D[first] + D[np.maximum(second, 0)]) / 2, D[first])


def _norm(values: Array, edges: Edges) -> Array:
    """Return ∫ values² over the edges, (edges, functions)."""
    return np.einsum("q,eqf->ef", WEIGHTS, values**2) * edges.length[:, None]


def _jumps(system: PlateSystem, field: Field, edges: Edges) -> tuple[Array, Array]:
    """Return the jumps of M_nn and V_n at the points of all edges, (edges, q, functions)."""

    def both(derivatives: Derivatives, triangle: Index, facet: Index) -> Array:
        D, nu = _section(system, triangle)
        d, kappa = derivatives, edges.curvature[facet, None, None]
        moment = D * (d.nn + nu * d.tt)
        shear = D * (d.nnn + (2 - nu) * d.ntt + (1 - nu) * kappa * (d.tt - d.nn))
        return np.stack([moment, shear])

    found = jump_of(field, edges, both)
    return found[0], found[1]


def _section(system: PlateSystem, triangle: Index) -> tuple[Array, Array]:
    """Return D and ν of triangles, shaped for (triangles, q, functions)."""
    return system.sections.stiffness[triangle][:, None, None], system.sections.poisson[triangle][
        :, None, None
    ]


def _corner_forces(system: PlateSystem, field: Field) -> Array:
    """Return (h/p)²/D F_v² of every vertex, shared among its triangles, (vertices, functions)."""
    space, mesh = system.space, system.space.skfem
    ends = edges_of(system, np.array([0.0, 1.0]))

    def twist(derivatives: Derivatives, triangle: Index, facet: Index) -> Array:
        D, nu = _section(system, triangle)
        return (D * (1 - nu) * derivatives.nt)[None]

    jump = jump_of(field, ends, twist)[0] * _turning(space)[:, None, None]
    force = np.zeros((mesh.p.shape[1], jump.shape[-1]))
    np.add.at(force, mesh.facets[0], -jump[:, 0])
    np.add.at(force, mesh.facets[1], jump[:, 1])
    held = space.constraints
    allowed = np.abs(held.frames[:, 0, :]) * (np.arange(held.frames.shape[1]) < held.free[:, None])
    force[held.vertices[allowed.max(axis=1, initial=0) < 1e-6]] = 0
    corner = mesh.t.T.ravel()
    count = np.bincount(corner, minlength=len(force))
    stiffness = np.bincount(corner, np.repeat(system.sections.stiffness, 3), minlength=len(force)) / count
    size = space.affine.scale / space.element.monomials.degree
    return force**2 * (size**2 / (stiffness * count))[:, None]


def _turning(space: Space) -> Array:
    """Return +1 for edges whose first triangle lies left of them, from their lower to their higher vertex, else −1."""
    mesh = space.skfem
    first = mesh.t[:, mesh.f2t[0]]
    away = mesh.p[:, mesh.facets[0]] - mesh.p[:, first].mean(axis=1)
    return np.where(np.einsum("ie,ei->e", away, space.affine.normal) > 0, 1.0, -1.0)


def _interior(system: PlateSystem, field: Field, source: Source) -> Array:
    """Return (h/p)⁴/D ‖ρh (αu + β) − DΔ²u‖² of every triangle, (triangles, functions), by exact integration."""
    space, sections = system.space, system.sections
    monomials = space.element.monomials
    inverse = space.affine.inverse
    g = inverse @ np.swapaxes(inverse, 1, 2)
    a, b, c = g[:, 0, 0], g[:, 0, 1], g[:, 1, 1]
    factors = np.stack([a * a, 4 * a * b, 2 * a * c + 4 * b * b, 4 * b * c, c * c], axis=1)
    fourth = np.stack([derivative_matrix(monomials, (4 - k, k)) for k in range(5)])
    low, high = (
        fourth.any(axis=(0, 2)),
        fourth.any(axis=(0, 1)),
    )  # degrees 0 to p − 4 come from degrees 4 to p
    operator = np.tensordot(factors, fourth[:, low][:, :, high], axes=1)
    residual = sections.areal_mass[:, None, None] * source.alpha * field.coefficients
    residual[:, 0] += sections.areal_mass[:, None] * source.beta
    residual[:, low] -= sections.stiffness[:, None, None] * (operator @ field.coefficients[:, high])
    square = (residual * (monomials.product_integrals() @ residual)).sum(axis=1)
    area = space.affine.area
    return square * (2 * area * (area / monomials.degree**2) ** 2 / sections.stiffness)[:, None]


def derivative_matrix(monomials: Monomials, order: tuple[int, int]) -> Array:
    """Return E (n, n): the coefficients of ∂r^a ∂s^b p are E times those of p."""
    place = {(int(i), int(j)): k for k, (i, j) in enumerate(monomials.exponents)}
    E = np.zeros((len(place), len(place)))
    for (i, j), k in place.items():
        if i >= order[0] and j >= order[1]:
            E[place[i - order[0], j - order[1]], k] = math.perm(i, order[0]) * math.perm(j, order[1])
    return E


def curve_defect(system: PlateSystem, field: Field) -> Array:
    """Return what curved edges, held only at some points, add to each eigenvalue, (triangles, functions).

    λ_h − λ = ‖u_h − u‖² + 2 ∫ (V_n u_h − M_nn ∂n u_h) for u of unit mass: Green's formula with the exact u, whose M_nn
    and V_n are taken from u_h.
    """
    edges = edges_of(system, NODES)
    held = np.flatnonzero((edges.curvature != 0) & ~edges.deflection_free)
    if not len(held):
        return np.zeros(field.coefficients[:, 0].shape)
    triangle = field.space.skfem.f2t[0, held].astype(np.intp)
    d = derivatives(field, edges, held, triangle)
    D, nu = _section(system, triangle)
    chart = field.space.affine.chart(edges.points[held], triangle)
    coefficients = field.coefficients[triangle][:, None]
    monomials = field.space.element.monomials
    values = (monomials.evaluate(chart)[:, :, None] @ coefficients)[:, :, 0]
    inward = np.einsum("kij,kqj->kqi", field.space.affine.inverse[triangle], edges.normal[held])
    slopes = along(monomials.gradient(chart) @ coefficients, inward)
    shear = d.nnn + (2 - nu) * d.ntt + (1 - nu) * edges.curvature[held, None, None] * (d.tt - d.nn)
    moment = np.where(edges.slope_free[held, None, None], 0, d.nn + nu * d.tt)
    work = np.einsum("q,kqf->kf", WEIGHTS, D * (shear * values - moment * slopes))
    defect = np.zeros(field.coefficients[:, 0].shape)
    np.add.at(defect, triangle, 2 * work * edges.length[held, None])
    return defect
