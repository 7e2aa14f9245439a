"""Derivatives of a field along the edges of a mesh, on the true curve, and their jumps from triangle to triangle."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.boundary import FLAT, arc_height
from landscape.elements.reference import Array
from landscape.elements.space import chunks, resolve_supports
from landscape.field import Field
from landscape.plate import Support
from landscape.system import PlateSystem

THIRD = ((3, 0), (2, 1), (1, 2), (0, 3))
Index = NDArray[np.intp]


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
        along(second, n, n),
        along(second, n, t),
        along(second, t, t),
        along(third, n, n, n),
        along(third, n, t, t),
    )


def along(tensor: Array, *directions: Array) -> Array:
    """Contract a symmetric tensor of derivatives (k, q, order + 1, functions) with as many directions (k, q, 2)."""
    for direction in directions:
        r, s = direction[..., 0, None, None], direction[..., 1, None, None]
        tensor = r * tensor[..., :-1, :] + s * tensor[..., 1:, :]
    return tensor[..., 0, :]
