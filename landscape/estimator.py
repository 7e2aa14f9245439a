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
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.boundary import FLAT, arc_height
from landscape.elements.reference import Array, Monomials
from landscape.elements.space import Space, chunks, resolve_supports
from landscape.field import Field
from landscape.plate import Support
from landscape.system import PlateSystem

NODES, WEIGHTS = (
    (np.polynomial.legendre.leggauss(4)[0] + 1) / 2,
    np.polynomial.legendre.leggauss(4)[1] / 2,
)
THIRD = ((3, 0), (2, 1), (1, 2), (0, 3))
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Source:
    """The right-hand side ρh (α u + β) of each function: ``alpha``, ``beta`` (functions,)."""

    alpha: Array
    beta: Array


@dataclass(frozen=True)
class Edges:
    """All edges with points (edges, q, 2) on the true curve, unit ``normal`` there, ``curvature`` and ``length``.

    ``slope_free``, ``deflection_free`` (edges,): what the supports leave; both on inner edges.
    """

    points: Array
    normal: Array
    curvature: Array
    length: Array
    slope_free: NDArray[np.bool_]
    deflection_free: NDArray[np.bool_]


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


def edges_of(system: PlateSystem, nodes: Array) -> Edges:
    """Return the edges of a plate with points at ``nodes`` (q,) ∈ [0, 1] along each."""
    space, mesh = system.space, system.space.skfem
    affine, lines = space.affine, space.lines
    count = mesh.facets.shape[1]
    curvature, outward = np.zeros(count), np.ones(count)
    curvature[lines.facets] = np.where(
        np.abs(lines.sagitta(affine.length[lines.facets])) > FLAT * affine.length[lines.facets],
        lines.curvature,
        0,
    )
    outward[lines.facets] = lines.outward
    height = arc_height(curvature[:, None], affine.length[:, None], nodes)
    angle = np.arcsin(np.clip(curvature[:, None] * affine.length[:, None] * (nodes - 0.5), -1, 1))[..., None]
    out, along = outward[:, None, None] * affine.normal[:, None], affine.tangent[:, None]
    start = mesh.p.T[mesh.facets[0]][:, None]
    points = start + nodes[:, None] * affine.length[:, None, None] * along + height[..., None] * out
    normal = outward[:, None, None] * (np.cos(angle) * out + np.sin(angle) * along)
    return Edges(points, normal, outward * curvature, affine.length, *left_free(system))


def left_free(system: PlateSystem) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which edges leave the slope and which the deflection free."""
    mesh, plate = system.mesh, system.plate
    named, _ = resolve_supports(mesh, plate)
    kind = np.full(mesh.mesh.facets.shape[1], Support.FREE.value, dtype="U9")
    kind[mesh.mesh.boundary_facets()] = plate.rest.value
    for facet, support in named.items():
        kind[facet] = support.value
    return kind != Support.CLAMPED.value, kind == Support.FREE.value


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

    def both(derivatives: "Derivatives", triangle: Index, facet: Index) -> Array:
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


@dataclass(frozen=True)
class Derivatives:
    """Derivatives of a field along the normal n and tangent t of edges, each (edges, q, functions)."""

    nn: Array
    nt: Array
    tt: Array
    nnn: Array
    ntt: Array


def jump_of(field: Field, edges: Edges, quantity: Callable[[Derivatives, Index, Index], Array]) -> Array:
    """Return a quantity (parts, edges, q, functions) on the first side of all edges minus that on the second."""
    mesh = field.space.skfem
    parts: dict[int, list[tuple[Index, Array]]] = {0: [], 1: []}
    for side, done in parts.items():
        facets = np.flatnonzero(mesh.f2t[side] >= 0).astype(np.intp)
        for chunk in chunks(len(facets), 1024):
            facet = facets[chunk]
            triangle = mesh.f2t[side, facet].astype(np.intp)
            done.append((facet, quantity(derivatives(field, edges, facet, triangle), triangle, facet)))
    first = np.concatenate([facet for facet, _ in parts[0]])
    total = np.concatenate([values for _, values in parts[0]], axis=1)[:, np.argsort(first)]
    for facet, values in parts[1]:
        total[:, facet] -= values
    return total


def derivatives(field: Field, edges: Edges, facet: Index, triangle: Index) -> Derivatives:
    """Return the derivatives of ``field`` at the points of edges ``facet``, seen from ``triangle``, each (k,)."""
    space = field.space
    chart = space.affine.chart(edges.points[facet], triangle)
    normal = edges.normal[facet]
    tangent = np.stack([-normal[..., 1], normal[..., 0]], axis=-1)
    n, t = (np.einsum("kij,kqj->kqi", space.affine.inverse[triangle], v) for v in (normal, tangent))
    coefficients = field.coefficients[triangle][:, None]
    second = space.element.monomials.hessian(chart) @ coefficients
    third = np.stack([space.element.monomials.evaluate(chart, d) for d in THIRD], axis=-2) @ coefficients
    return Derivatives(
        _along(second, n, n),
        _along(second, n, t),
        _along(second, t, t),
        _along(third, n, n, n),
        _along(third, n, t, t),
    )


def _along(tensor: Array, *directions: Array) -> Array:
    """Contract a symmetric tensor of derivatives (k, q, order + 1, functions) with as many directions (k, q, 2)."""
    for direction in directions:
        r, s = direction[..., 0, None, None], direction[..., 1, None, None]
        tensor = r * tensor[..., :-1, :] + s * tensor[..., 1:, :]
    return tensor[..., 0, :]


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
    bilaplacian = np.einsum("mk,kij,mjf->mif", factors, fourth, field.coefficients, optimize=True)
    residual = sections.areal_mass[:, None, None] * source.alpha * field.coefficients
    residual[:, 0] += sections.areal_mass[:, None] * source.beta
    residual -= sections.stiffness[:, None, None] * bilaplacian
    square = np.einsum("mif,ij,mjf->mf", residual, monomials.product_integrals(), residual, optimize=True)
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
    slopes = _along(monomials.gradient(chart) @ coefficients, inward)
    shear = d.nnn + (2 - nu) * d.ntt + (1 - nu) * edges.curvature[held, None, None] * (d.tt - d.nn)
    moment = np.where(edges.slope_free[held, None, None], 0, d.nn + nu * d.tt)
    work = np.einsum("q,kqf->kf", WEIGHTS, D * (shear * values - moment * slopes))
    defect = np.zeros(field.coefficients[:, 0].shape)
    np.add.at(defect, triangle, 2 * work * edges.length[held, None])
    return defect
