"""The landscape for which |ψ| ≤ ω² L max|ψ| is a theorem: L(x) = ∫ |G(x, y)| ρh dy, G the plate's Green's function.

Green's function of a plate changes sign, so the deflection under ρh, ∫ G ρh dy, bounds modes as a rule only. For the
finite element solution the theorem is exact: ψ(x) = ω² ∫ G_x ρh ψ dy with K G_x = the unit force at x. Where G_x has
one sign in a triangle its integral is exact; elsewhere |G_x| is summed at points. Filoche & Mayboroda, PNAS 109, 14761
(2012), doi:10.1073/pnas.1120432109.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from landscape.elements.reference import Array
from landscape.elements.space import chunks
from landscape.errors import NotHeldError
from landscape.linalg import Factorization, factorize
from landscape.rigid import rigid_motions
from landscape.sampling import lattice_of
from landscape.system import PlateSystem
from landscape.topography.surface import Surface

BLOCK = 64  # Green's functions at once
SAME = 1e-3  # relative difference to the static landscape that is not told
COARSE, FINE = 2, 8  # a triangle is cut into n² to see a change of sign, and to sum where there is one

Progress = Callable[[str], None]


@dataclass(frozen=True)
class NodeLandscape:
    """A landscape (s²) at the vertices of a mesh: ``values`` (vertices,), and the ``static`` one there.

    ``summed``: the largest share of a value that was summed at points instead of integrated exactly.
    """

    kind: str
    values: Array
    static: Array
    summed: float
    surface: Surface

    def exceeded(self, *, floor: float = 1e-3) -> tuple[float, Array]:
        """Return the largest ratio of this landscape to the static one, and where, (2,).

        Among vertices that carry at least ``floor`` of the greatest value.
        """
        some = self.values > floor * self.values.max(initial=0.0)
        ratio = np.where(some, self.values / np.maximum(np.abs(self.static), np.finfo(float).tiny), 0.0)
        return float(ratio.max()), self.surface.points[int(np.argmax(ratio))]


def told(landscape: NodeLandscape) -> str:
    """Return in words how a landscape differs from the static one, for the user."""
    ratio, (x, y) = landscape.exceeded()
    what = {"absolute": "absolute landscape, which bounds modes by a theorem,", "l2": "L² landscape"}[
        landscape.kind
    ]
    words = (
        f"The {what} exceeds the static one by up to a factor of {ratio:.3g}, at ({x:.4g}, {y:.4g})."
        if ratio > 1 + SAME
        else f"The {what} is the static one to {100 * SAME:g}%."
    )
    share = (
        f" Up to {100 * landscape.summed:.2g}% of a value was summed at points." if landscape.summed else ""
    )
    least = " It bounds modes and predicts no frequencies." if landscape.kind == "l2" else ""
    return words + share + least


def absolute_landscape(
    system: PlateSystem, *, factorization: Factorization | None = None, progress: Progress | None = None
) -> NodeLandscape:
    """Return L = ∫ |G| ρh at every vertex, by one solve per vertex in blocks of 64.

    Memory is that of 64 fields. ``progress`` is told how many vertices are done. Raises ``NotHeldError`` when the
    supports leave a rigid motion.
    """
    factorization = held_factorization(system, factorization)
    values = np.zeros(system.space.skfem.p.shape[1])
    summed = np.zeros(len(values))
    points = (lattice_of(system.mesh, COARSE).quadrature(), lattice_of(system.mesh, FINE).quadrature())
    for vertices, green in greens_functions(system, factorization, progress=progress):
        exact, sampled = _absolute_integrals(system, green, points)
        values[vertices] = exact + sampled
        summed[vertices] = sampled
    static = vertex_values(system) @ factorization.solve(system.load)
    share = summed / np.maximum(values, np.finfo(float).tiny)
    return node_landscape(system, "absolute", (values, static), float(share.max(initial=0.0)))


def held_factorization(system: PlateSystem, factorization: Factorization | None) -> Factorization:
    """Return the factored stiffness. Raises ``NotHeldError`` when a rigid motion is left."""
    motions = rigid_motions(system)
    if motions.names:
        raise NotHeldError(
            f"No Green's function: the supports leave {', '.join(motions.names)}.",
            "Hold the plate by an edge or by at least three points not on one line.",
        )
    return factorization or factorize(system.K)


def vertex_values(system: PlateSystem) -> sparse.csr_array:
    """Return P (vertices, unknowns): P x are the values of x at the vertices."""
    jet, count = system.space.element.jet, system.space.skfem.p.shape[1]
    return system.space.expansion()[np.arange(count) * jet]


def moving_vertices(system: PlateSystem) -> NDArray[np.intp]:
    """Return the vertices that the supports let move, (k,)."""
    return np.flatnonzero(np.abs(vertex_values(system)).sum(axis=1) > 0).astype(np.intp)


def node_landscape(
    system: PlateSystem, kind: str, fields: tuple[Array, Array], summed: float
) -> NodeLandscape:
    """Return a landscape and the static one at the vertices, with its piecewise linear surface."""
    mesh = system.space.skfem
    surface = Surface(mesh.p.T, mesh.t.T.astype(np.intp), fields[0])
    return NodeLandscape(kind, *fields, summed, surface)


def greens_functions(
    system: PlateSystem, factorization: Factorization, *, progress: Progress | None = None
) -> Iterator[tuple[NDArray[np.intp], Array]]:
    """Yield vertices (b,) that can move and their Green's functions (unknowns, b), block by block."""
    P, moving = vertex_values(system), moving_vertices(system)
    for chunk in chunks(len(moving), BLOCK):
        if progress is not None:
            progress(f"Green's functions: {chunk.start} of {len(moving)} vertices")
        vertices = moving[chunk]
        yield vertices, factorization.solve(P[vertices].toarray().T)


def _absolute_integrals(
    system: PlateSystem, green: Array, points: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Return ∫ |G| ρh (b,): the part of triangles with one sign, exact, and that summed over the others."""
    space = system.space
    coefficients = space.coefficients(green)
    mass = system.sections.areal_mass * system.areas()
    monomials = space.element.monomials
    integrals = 2 * np.einsum("n,tnb->tb", monomials.integrals(), coefficients) * mass[:, None]
    exact, sampled = np.zeros(green.shape[1]), np.zeros(green.shape[1])
    coarse, fine = (monomials.evaluate(p) for p in points)
    for chunk in chunks(len(mass), 1024):
        values = coarse @ coefficients[chunk]
        mixed = (values.min(axis=1) < 0) & (values.max(axis=1) > 0)
        exact += (np.abs(integrals[chunk]) * ~mixed).sum(axis=0)
        some = np.flatnonzero(mixed.any(axis=1))
        for part in chunks(len(some), 64):
            triangles = chunk.start + some[part]
            mean = np.abs(fine @ coefficients[triangles]).mean(axis=1)
            sampled += (mean * mass[triangles, None] * mixed[some[part]]).sum(axis=0)
    return exact, sampled
