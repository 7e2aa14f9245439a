"""Plates with known numbers: made here from a few triangles, to be refined; and single rooms of many shapes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from skfem import MeshTri

from landscape.case import Case, read_case
from landscape.mesh import PlateMesh, plate_mesh, refined
from landscape.plate import Plate, Section, Support

MESHES = Path(__file__).resolve().parent.parent / "meshes"
CLAMPED, SUPPORTED, FREE = Support.CLAMPED, Support.SUPPORTED, Support.FREE


def held(rest: Support, **supports: Support) -> Plate:
    return Plate(section=Section(poisson=0.3), supports=supports, rest=rest)


def case(name: str, mesh: PlateMesh, plate: Plate | None = None) -> Case:
    return Case(name, mesh, plate or held(CLAMPED), (), ())


def rectangle(width: float, height: float, columns: int, rows: int) -> PlateMesh:
    """Return a rectangle of ``columns`` × ``rows`` cells with its left edge and corners named."""
    mesh = MeshTri.init_tensor(np.linspace(0, width, columns + 1), np.linspace(0, height, rows + 1))
    x, y = mesh.p
    left = [pair for pair in mesh.facets[:, mesh.boundary_facets()].T if (x[pair] == 0).all()]
    corners = np.flatnonzero(np.isin(x, (0, width)) & np.isin(y, (0, height)))
    return plate_mesh(mesh.p.T, mesh.t.T, lines={"left": left}, points_named={"corners": corners})


def parallelogram(angle: float, cells: int) -> PlateMesh:
    """Return a rhombus of side 1 with an interior angle in degrees at the origin."""
    mesh = rectangle(1, 1, cells, cells).mesh
    t = np.radians(angle)
    points = mesh.p.T @ np.array([[1.0, 0.0], [np.cos(t), np.sin(t)]])
    return plate_mesh(points, mesh.t.T)


def triangle(apex: tuple[float, float]) -> PlateMesh:
    """Return a triangle on the base from (0, 0) to (1, 0)."""
    mesh = plate_mesh([[0, 0], [1, 0], apex], [[0, 1, 2]])
    return refined(refined(refined(mesh)))


def lshape() -> PlateMesh:
    """Return the L of three unit squares."""
    mesh = MeshTri.init_tensor(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9))
    centre = mesh.p[:, mesh.t].mean(axis=1)
    return plate_mesh(mesh.p.T, mesh.t.T[(centre > 0).any(axis=0)])


def ellipse(aspect: float) -> PlateMesh:
    """Return an ellipse of semi-axes 1 and ``aspect`` from the mesh of the disc."""
    disc = read_case(MESHES / "disc.msh").mesh
    stretch = np.array([1.0, aspect])
    mesh = MeshTri(disc.mesh.p * stretch[:, None], disc.mesh.t)
    return refined(replace(disc, mesh=mesh, bulge=disc.bulge * stretch))


@dataclass(frozen=True)
class Known:
    """A plate with known ``values``: √λ (or λ as printed), and ``peak`` of L; ``source`` of the numbers."""

    name: str
    make: Callable[[], Case]
    source: str
    values: tuple[float, ...]
    squared: bool = False
    peak: float | None = None
    rtol: float = 1e-7
    rows: tuple[int, ...] = field(default=())


def _mesh(name: str) -> Callable[[], Case]:
    return lambda: read_case(MESHES / f"{name}.msh")


SERIES = tuple(float(np.pi**2 * s) for s in (2, 5, 5, 8, 10, 10))
KNOWN = (
    Known(
        "clamped square", _mesh("square"), "two discretizations; λ₁ enclosed by Wieners (Owen, arXiv:math/9803011)",
        (1294.93397959, 5386.65656078, 5386.65656078, 11710.811238, 17313.499722, 17478.106551), True, 0.00126531908748,
    ),
    Known(
        "clamped disc", _mesh("disc"), "Bessel functions; u = (1 − r²)²/64",
        (104.363105559, 452.004510133, 452.004510133, 1216.40759971, 1216.40759971), True, 1 / 64, rtol=1e-8,
    ),
    Known(
        "clamped disc, centre pinned", _mesh("pinned_disc"), "Bessel functions",
        (452.004510133, 452.004510133, 516.960914374), True, rtol=1e-6,
    ),
    Known(
        "supported square", lambda: case("", rectangle(1, 1, 6, 6), held(SUPPORTED)), "π²(m² + n²); series",
        SERIES, peak=0.00406235266067,
    ),
    Known(
        "supported disc, ν = 0.3", lambda: replace(read_case(MESHES / "disc.msh"), plate=held(SUPPORTED, clamped_edge=SUPPORTED)),
        "Bessel functions",
        (4.93514904257, 13.898165073, 13.898165073, 25.6132967208, 25.6132967208, 29.7200047321), rtol=1e-8,
    ),
    Known(
        "free square, ν = 0.3", lambda: case("", rectangle(1, 1, 6, 6), held(FREE)), "two discretizations",
        (13.4681974, 19.5961372, 24.2702008, 34.800891, 34.800891, 61.093234),
    ),
    Known(
        "cantilever square, ν = 0.3", lambda: case("", rectangle(1, 1, 6, 6), held(FREE, left=CLAMPED)),
        "two discretizations", (3.471, 8.5062, 21.2839, 27.1987, 30.954, 54.184), rtol=1e-5,
    ),
    Known(
        "free square on four corners", lambda: case("", rectangle(1, 1, 6, 6), held(FREE, corners=SUPPORTED)),
        "two discretizations", (7.11088, 15.77024, 15.77024, 19.59614, 38.43154, 44.36961), rtol=1e-6,
    ),
    Known(
        "clamped rhombus, 60°", lambda: case("", parallelogram(60, 6)), "two discretizations",
        (46.089461, 81.60064, 105.167062, 119.251941), peak=0.0007689963,
    ),
    Known(
        "clamped rhombus, 45°", _mesh("rhombus45"), "two discretizations",
        (65.64279, 106.494906, 148.31186, 157.23402, 196.773355, 229.491367), peak=0.00037685551,
    ),
    Known(
        "clamped rectangle 2:1", lambda: case("", rectangle(2, 1, 12, 6)), "two discretizations",
        (24.577711, 31.825975, 44.769656, 63.330752), peak=0.0025329558,
    ),
)  # fmt: skip

ROOMS: dict[str, Callable[[], PlateMesh]] = {
    **{
        f"rectangle {a:g}:1": (lambda a=a: rectangle(a, 1, max(8, int(6 * a)), 8))
        for a in (1, 1.25, 1.5, 2, 3, 4, 6, 10)
    },
    **{f"ellipse {a:g}:1": (lambda a=a: ellipse(1 / a)) for a in (1, 1.5, 2, 3)},
    "equilateral triangle": lambda: triangle((0.5, 0.75**0.5)),
    "right triangle 1:1": lambda: triangle((0.0, 1.0)),
    "right triangle 2:1": lambda: triangle((0.0, 0.5)),
    "L of three squares": lshape,
}
