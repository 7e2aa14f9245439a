"""Small plates for the tests, made from arrays."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from skfem import MeshTri

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import PlateElement
from landscape.elements.reference import Monomials
from landscape.elements.space import Space, make_space
from landscape.mesh import PlateMesh, plate_mesh
from landscape.modes import eigenmodes
from landscape.plate import Plate, Section, Support
from landscape.system import PlateSystem, assemble

CLAMPED, SUPPORTED, FREE = Support.CLAMPED, Support.SUPPORTED, Support.FREE
Points = np.ndarray


def grid(
    columns: int, rows: int | None = None, *, place: Callable[[Points], Points] | None = None
) -> PlateMesh:
    """Return the unit square of ``columns`` × ``rows`` cells in two triangles each, diagonals alternating.

    Edge groups ``left``, ``right``, ``bottom``, ``top``; point groups ``corners`` and, with even numbers of
    cells, ``centre``; surface groups ``west`` and ``east`` of the middle. ``place`` moves the points (n, 2).
    """
    rows = rows or columns
    i, j = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    points = np.column_stack((i.ravel() / columns, j.ravel() / rows))
    number = (i + (columns + 1) * j)[:-1, :-1].ravel()
    a, b, c, d = number, number + 1, number + columns + 2, number + columns + 1
    even = ((i + j)[:-1, :-1].ravel() % 2 == 0)[:, None]
    first = np.where(even, np.column_stack((a, b, c)), np.column_stack((a, b, d)))
    second = np.where(even, np.column_stack((a, c, d)), np.column_stack((b, c, d)))
    cells = np.vstack((first, second))
    x, y = points.T
    sides = {"left": x == 0, "right": x == 1, "bottom": y == 0, "top": y == 1}
    named = {"corners": np.flatnonzero((x % 1 == 0) & (y % 1 == 0))}
    if columns % 2 == 0 == rows % 2:
        named["centre"] = np.flatnonzero((x == 0.5) & (y == 0.5))
    west = x[cells].mean(axis=1) < 0.5
    return plate_mesh(
        points if place is None else place(points),
        cells,
        lines={name: _pairs(np.flatnonzero(on)) for name, on in sides.items()},
        points_named=named,
        surfaces={"west": np.flatnonzero(west), "east": np.flatnonzero(~west)} if columns > 1 else None,
    )


def _pairs(row: np.ndarray) -> np.ndarray:
    return np.column_stack((row[:-1], row[1:]))


def rectangle(columns: int, rows: int, width: float, height: float) -> PlateMesh:
    """Return a grid of ``width`` × ``height``."""
    return grid(columns, rows, place=lambda p: p * (width, height))


def towards_ends(x: np.ndarray, power: float) -> np.ndarray:
    """Return x ∈ [0, 1] drawn to both ends: near an end the distance goes as its ``power``."""
    low = np.minimum(x, 1 - x)
    moved = (2 * low) ** power / 2
    return np.where(x <= 0.5, moved, 1 - moved)


def rhombus(angle: float, cells: int, power: float = 1.0) -> PlateMesh:
    """Return a rhombus of side 1 with the interior ``angle`` (degrees) at the origin, graded to its corners."""
    t = np.radians(angle)
    return grid(
        cells,
        place=lambda p: towards_ends(p, power) @ np.array([[1.0, 0.0], [np.cos(t), np.sin(t)]]),
    )


def disc(level: int, *, order: int = 2, radius: float = 1.0) -> PlateMesh:
    """Return the unit disc of 4^(level + 1) triangles of 6 (or 3) nodes, edge group ``rim``, point ``centre``."""
    m = MeshTri.init_circle(level)
    rim = m.boundary_facets()
    middle = m.p[:, m.facets].mean(axis=1)
    middle[:, rim] /= np.linalg.norm(middle[:, rim], axis=0)
    cells = np.column_stack((m.t.T, m.t2f.T + m.p.shape[1])) if order == 2 else m.t.T
    points = np.hstack((m.p, middle)) if order == 2 else m.p
    centre = int(np.argmin(np.linalg.norm(m.p, axis=0)))
    return plate_mesh(
        radius * points.T, cells, lines={"rim": m.facets[:, rim].T}, points_named={"centre": [centre]}
    )


def half_disc(level: int) -> PlateMesh:
    """Return the upper half of ``disc``, edge groups ``arc`` and ``diameter``."""
    whole = disc(level)
    m = whole.mesh
    middle = m.p[:, m.facets].mean(axis=1).T + whole.bulge
    upper = m.p[1, m.t].mean(axis=0) > 0
    rim = m.facets[:, [f for f in whole.edge_groups["rim"] if middle[f, 1] > 0]]
    across = m.facets[:, np.abs(middle[:, 1]) < 1e-12]
    cells = np.column_stack((m.t.T, m.t2f.T + m.p.shape[1]))[upper]
    return plate_mesh(np.vstack((m.p.T, middle)), cells, lines={"arc": rim.T, "diameter": across.T})


def annulus(rings: int, sectors: int, inner: float = 0.5) -> PlateMesh:
    """Return the ring inner ≤ r ≤ 1 of 2 · rings · sectors 6-node triangles; edge groups ``inner``, ``outer``."""
    r, phi = np.meshgrid(np.linspace(inner, 1, rings + 1), 2 * np.pi * np.arange(sectors) / sectors)
    points = np.column_stack(((r * np.cos(phi)).ravel(), (r * np.sin(phi)).ravel()))
    number = np.arange(sectors * (rings + 1)).reshape(sectors, rings + 1)
    a, b = number[:, :-1].ravel(), number[:, 1:].ravel()
    c, d = np.roll(number, -1, 0)[:, 1:].ravel(), np.roll(number, -1, 0)[:, :-1].ravel()
    corners = np.vstack((np.column_stack((a, b, c)), np.column_stack((a, c, d))))
    pairs = np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, place = np.unique(pairs, axis=0, return_inverse=True)
    middle = points[edges].mean(axis=1)
    radius = np.linalg.norm(points, axis=1)[edges]
    on_rim = np.isclose(radius[:, 0], radius[:, 1]) & (
        np.isclose(radius[:, 0], 1) | np.isclose(radius[:, 0], inner)
    )
    middle[on_rim] *= (radius[on_rim, 0] / np.linalg.norm(middle[on_rim], axis=1))[:, None]
    lines = {
        name: np.column_stack((number[:, k], np.roll(number[:, k], -1)))
        for name, k in (("inner", 0), ("outer", -1))
    }
    cells = np.column_stack((corners, len(points) + place.reshape(-1, 3)))
    return plate_mesh(np.vstack((points, middle)), cells, lines=lines)


def remade(mesh: PlateMesh, points: Points, order: np.ndarray | None = None) -> PlateMesh:
    """Return a straight mesh with other ``points`` (n, 2) for its vertices; vertex i becomes ``order[i]``."""
    order = np.arange(mesh.mesh.p.shape[1]) if order is None else order
    places = np.empty_like(points)
    places[order] = points
    return plate_mesh(
        places,
        order[mesh.mesh.t.T],
        lines={name: order[mesh.mesh.facets[:, ids]].T for name, ids in mesh.edge_groups.items()},
        points_named={name: order[ids] for name, ids in mesh.point_groups.items()},
        surfaces=dict(mesh.surface_groups),
    )


def with_lines(mesh: PlateMesh, **lines: np.ndarray) -> PlateMesh:
    """Return the mesh with more groups of edges, given by their facets."""
    return replace(mesh, edge_groups={**mesh.edge_groups, **lines})


def held(rest: Support, *, poisson: float = 0.3, **supports: Support) -> Plate:
    """Return a non-dimensional plate with the rest of its boundary held so."""
    return Plate(section=Section(poisson=poisson), supports=supports, rest=rest)


def eigenvalues(mesh: PlateMesh, plate: Plate, count: int, *, element: PlateElement = ARGYRIS) -> np.ndarray:
    """Return the lowest eigenvalues of a plate."""
    return eigenmodes(assemble(mesh, plate, element=element), count).eigenvalues


def square_system(cells: int, rest: Support, *, element: PlateElement = ARGYRIS) -> PlateSystem:
    """Return the assembled unit square."""
    return assemble(grid(cells), held(rest), element=element)


def wavy(cells: int, seed: int = 2) -> PlateMesh:
    """Return a grid whose inner vertices are moved at random by up to a quarter of a cell."""
    mesh = grid(cells)
    points = mesh.mesh.p.T.copy()
    inner = mesh.mesh.interior_nodes()
    points[inner] += np.random.default_rng(seed).uniform(-0.25, 0.25, (len(inner), 2)) / cells
    return remade(mesh, points)


def free_space(mesh: PlateMesh, element: PlateElement = ARGYRIS) -> Space:
    """Return the space of a free plate: all degrees of freedom are unknowns."""
    return make_space(mesh, held(FREE), element)


@dataclass(frozen=True)
class Quantity:
    """A polynomial of x and y: Σ ``coefficients``_k r^i s^j with (r, s) = ((x, y) − ``origin``) / ``size``."""

    degree: int
    coefficients: np.ndarray
    size: float = 1.0
    origin: float = 0.0

    @classmethod
    def random(cls, degree: int, rng: np.random.Generator) -> "Quantity":
        return cls(degree, rng.standard_normal((degree + 1) * (degree + 2) // 2))

    @classmethod
    def of(cls, terms: dict[tuple[int, int], float]) -> "Quantity":
        degree = max(i + j for i, j in terms)
        exponents = Monomials.of_degree(degree).exponents.tolist()
        return cls(degree, np.array([terms.get((i, j), 0.0) for i, j in exponents]))

    def moved(self, size: float, origin: float) -> "Quantity":
        return replace(self, size=size, origin=origin)

    def value(self, points: Points) -> np.ndarray:
        return Monomials.of_degree(self.degree).evaluate(self._inside(points)) @ self.coefficients

    def gradient(self, points: Points) -> np.ndarray:
        return Monomials.of_degree(self.degree).gradient(self._inside(points)) @ self.coefficients / self.size

    def hessian(self, points: Points) -> np.ndarray:
        return (
            Monomials.of_degree(self.degree).hessian(self._inside(points)) @ self.coefficients / self.size**2
        )

    def energy(self, other: "Quantity", points: Points, weights: np.ndarray, *, poisson: float) -> float:
        """Return ∫ (1−ν) D²p : D²q + ν Δp Δq."""
        p, q = self.hessian(points), other.hessian(points)
        frobenius = p[:, 0] * q[:, 0] + 2 * p[:, 1] * q[:, 1] + p[:, 2] * q[:, 2]
        return float(
            weights @ ((1 - poisson) * frobenius + poisson * (p[:, 0] + p[:, 2]) * (q[:, 0] + q[:, 2]))
        )

    def _inside(self, points: Points) -> Points:
        return (points - self.origin) / self.size


def full_of(space: Space, function: Quantity) -> np.ndarray:
    """Return the full degrees of freedom of a polynomial: w, s ∇w, s² D²w at vertices, ℓ ∂n w at midpoints."""
    mesh, affine = space.skfem, space.affine
    points, scale = mesh.p.T, affine.scale[:, None]
    jets = [function.value(points)[:, None]]
    if space.element.jet == 6:
        jets += [scale * function.gradient(points), scale**2 * function.hessian(points)]
    middle = mesh.p[:, mesh.facets].mean(axis=1).T
    slope = np.einsum("ki,ki->k", function.gradient(middle), affine.normal) * affine.length
    return np.concatenate([np.concatenate(jets, axis=1).ravel(), slope])


def rooms(door: float, cells: int, power: float = 2.0) -> PlateMesh:
    """Return rooms 1.0 × 1 and 0.9 × 1 beside a wall of 0.2 with a centred ``door``, graded to its four corners."""
    low = 0.5 - door / 2
    t = np.linspace(0, 1, cells + 1)
    whole, half = np.linspace(0, 1, 2 * cells + 1), towards_ends(t, power)
    x = [1 - (1 - whole) ** power, 1 + 0.2 * half[1:-1], 1.2 + 0.9 * whole**power]
    y = [
        low * (1 - (1 - t) ** power),
        low + door * towards_ends(whole, power)[1:-1],
        1 - low + low * t**power,
    ]
    x, y = np.concatenate(x), np.concatenate(y)
    columns, rows = len(x) - 1, len(y) - 1
    mesh = grid(
        columns,
        rows,
        place=lambda p: np.column_stack((x[_whole(p[:, 0] * columns)], y[_whole(p[:, 1] * rows)])),
    )
    centre = mesh.mesh.p[:, mesh.mesh.t].mean(axis=1)
    wall = (centre[0] > 1) & (centre[0] < 1.2) & (np.abs(centre[1] - 0.5) > door / 2)
    return plate_mesh(mesh.mesh.p.T, mesh.mesh.t.T[~wall])


def _whole(x: np.ndarray) -> np.ndarray:
    return np.round(x).astype(int)
