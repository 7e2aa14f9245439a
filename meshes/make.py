"""Make every mesh of this folder, its picture and the table: ``python meshes/make.py`` (needs gmsh)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gmsh

from landscape.case import read_case
from landscape.figures.mesh_picture import mesh_thumbnail
from landscape.figures.style import save
from landscape.mesh import PlateMesh, read_mesh

HERE = Path(__file__).parent
SLOPE = 0.35
"""Elements grow as h = h_min + 0.35 r around a point where the deflection is singular."""


@dataclass(frozen=True)
class Sizes:
    """Element sizes: ``fine`` at the ``points`` (gmsh tags), growing to ``coarse``."""

    fine: float
    coarse: float
    points: tuple[int, ...] = ()


def polygon(corners: list[tuple[float, float]]) -> list[int]:
    """Add a filled polygon to gmsh and return its curves; point k has tag k + 1, the surface tag 1."""
    points = [gmsh.model.geo.addPoint(x, y, 0) for x, y in corners]
    curves = [gmsh.model.geo.addLine(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]
    gmsh.model.geo.addPlaneSurface([gmsh.model.geo.addCurveLoop(curves)])
    return curves


def square() -> Sizes:
    """Clamped unit square of 512 triangles, two to each cell of a 16 × 16 grid."""
    curves = polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    for curve in curves:
        gmsh.model.geo.mesh.setTransfiniteCurve(curve, 17)
    gmsh.model.geo.mesh.setTransfiniteSurface(1, "AlternateLeft")
    name(1, curves, "clamped_edge")
    return Sizes(1, 1)


def disc() -> Sizes:
    """Clamped disc of radius 1."""
    name(1, circle(), "clamped_edge")
    return Sizes(0.14, 0.14)


def pinned_disc() -> Sizes:
    """Clamped disc of radius 1, its centre pinned."""
    curves = circle()
    gmsh.model.geo.synchronize()
    gmsh.model.mesh.embed(0, [1], 2, 1)
    name(1, curves, "clamped_edge")
    name(0, [1], "pinned_centre")
    return Sizes(0.002, 0.16, points=(1,))


def circle() -> list[int]:
    """Add the unit disc; point 1 is its centre."""
    geo = gmsh.model.geo
    centre = geo.addPoint(0, 0, 0)
    rim = [geo.addPoint(math.cos(a), math.sin(a), 0) for a in (0, math.pi / 2, math.pi, -math.pi / 2)]
    arcs = [geo.addCircleArc(a, centre, b) for a, b in zip(rim, rim[1:] + rim[:1], strict=True)]
    geo.addPlaneSurface([geo.addCurveLoop(arcs)])
    gmsh.option.setNumber("Mesh.ElementOrder", 2)
    return arcs


def two_rooms() -> Sizes:
    """Rooms 1.0 × 1 and 0.9 × 1 beside a wall of thickness 0.2 with a centred door of 0.5; clamped."""
    lower = [(0, 0), (1, 0), (1, 0.25), (1.2, 0.25), (1.2, 0), (2.1, 0)]
    upper = [(x, 1 - y) for x, y in reversed(lower)]
    name(1, polygon(lower + upper), "clamped_edge")
    return Sizes(0.0006, 0.12, points=(3, 4, 9, 10))


def free_corners() -> Sizes:
    """Free unit square on four pinned corners."""
    curves = polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    name(1, curves, "free_edge")
    name(0, [1, 2, 3, 4], "pinned_corners")
    return Sizes(0.02, 0.09, points=(1, 2, 3, 4))


def half_clamped() -> Sizes:
    """Rectangle 2 × 1, its left half clamped, its right half free."""
    curves = polygon([(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)])
    name(1, [curves[0], curves[4], curves[5]], "clamped_left")
    name(1, curves[1:4], "free_right")
    return Sizes(0.001, 0.15, points=(2, 5))


def lshape() -> Sizes:
    """Clamped L: the square of side 2 without one quarter."""
    name(1, polygon([(0, 0), (0, -1), (1, -1), (1, 1), (-1, 1), (-1, 0)]), "clamped_edge")
    return Sizes(0.0005, 0.2, points=(1,))


def rhombus45() -> Sizes:
    """Clamped rhombus of side 1 with an angle of 45°."""
    s = math.sqrt(0.5)
    name(1, polygon([(0, 0), (1, 0), (1 + s, s), (s, s)]), "clamped_edge")
    return Sizes(0.01, 0.12, points=(2, 4))


def plate() -> Sizes:
    """Aluminium plate of 0.25 × 0.20 m, 0.5 mm thick, cut into seven rooms (see plate.geo and plate.toml)."""
    gmsh.open(str(HERE / "plate.geo"))
    return Sizes(0, 0)


def name(dimension: int, tags: list[int], word: str) -> None:
    """Name points (0) or curves (1), and the surface once."""
    gmsh.model.geo.synchronize()
    gmsh.model.addPhysicalGroup(dimension, tags, name=word)
    if not gmsh.model.getPhysicalGroups(2):
        gmsh.model.addPhysicalGroup(2, [1], name="plate")


def grade(sizes: Sizes) -> None:
    """Set the element size h = min(fine + 0.35 r, coarse), r from the nearest of the points."""
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "PointsList", sizes.points)
    size = field.add("MathEval")
    grown = f"Min({sizes.fine} + {SLOPE}*F{distance}, {sizes.coarse})" if sizes.points else str(sizes.coarse)
    field.setString(size, "F", grown)
    field.setAsBackgroundMesh(size)
    for option in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints", "MeshSizeFromCurvature"):
        gmsh.option.setNumber(f"Mesh.{option}", 0)


PLATES: dict[Callable[[], Sizes], str] = {
    plate: "the main example: where each room's vibrations are trapped, and when the doors open",
    square: "known to ten digits: λ₁ = 1294.93397959",
    disc: "the true curve from 6-node triangles: λ₁ = 104.363105559",
    two_rooms: "one door: two regions and the pass between them",
    free_corners: "points alone hold a free plate: √λ₁ = 7.11088",
    half_clamped: "mixed supports; graded where they meet",
    pinned_disc: "one pinned point is a real constraint: λ₁ = 452.004510133 instead of 104.36",
    lshape: "a re-entrant corner of 270°",
    rhombus45: "obtuse corners: √λ₁ = 65.64279",
}


def make(build: Callable[[], Sizes]) -> PlateMesh:
    """Mesh one plate, write NAME.msh and return it as read back."""
    path = HERE / f"{build.__name__}.msh"
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        gmsh.option.setNumber("Mesh.MshFileVersion", 2.2)
        sizes = build()
        if sizes.coarse:
            grade(sizes)
        gmsh.model.mesh.generate(2)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return read_mesh(path)


def row(build: Callable[[], Sizes], shows: str, mesh: PlateMesh) -> str:
    """Return the plate's line of the table."""
    word = build.__name__
    what = " ".join((build.__doc__ or "").split()).rstrip(".")
    groups = ", ".join(f"`{group}`" for group in [*mesh.edge_groups, *mesh.point_groups])
    counts = f"{mesh.mesh.t.shape[1]} / {mesh.mesh.p.shape[1]}" + (" (6-node)" if mesh.bulge.any() else "")
    return f"| ![{word}](pictures/{word}.png) | `{word}.msh` | {what} | {groups} | {counts} | {shows} |"


HEADER = """# Plates to try

Each is solved by `landscape solve meshes/NAME.msh`; `plate.msh` takes its material and supports from
`plate.toml`, the others are non-dimensional and take their supports from the names of their groups.
`python meshes/make.py` makes them all again.

| picture | file | plate | groups | triangles / vertices | what it shows |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Make all meshes, pictures and the table."""
    (HERE / "pictures").mkdir(exist_ok=True)
    rows = []
    for build, shows in PLATES.items():
        mesh = make(build)
        supports = read_case(HERE / f"{build.__name__}.msh").plate.supports
        save(mesh_thumbnail(mesh, supports), HERE / "pictures" / f"{build.__name__}.png")
        rows.append(row(build, shows, mesh))
    (HERE / "README.md").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
