import json
import math
import os
from pathlib import Path

import cv2
import ezdxf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outlines import EXACT, GROUPS, HALF, RADIUS, area_of, check_plate, eigenvalues

from landscape.case import read_case
from landscape.case_mesh import MeshRequest, make_mesh, mesh_drawing
from landscape.case_supports import meant_by
from landscape.cli import main
from landscape.errors import InputError, MissingDependencyError
from landscape.geometry import (
    Contour,
    Mark,
    MeshSpec,
    Outline,
    Piece,
    Wall,
    arc,
    circle,
    elliptic_arc,
    mesh_outline,
    polygon,
    size_for,
    spline,
)
from landscape.geometry import session as sessions
from landscape.geometry.corners import SMOOTH, corner_size, exponent
from landscape.geometry.families import FAMILIES, random_outline
from landscape.geometry.joining import join
from landscape.geometry.outline import arc_data, area, groups_in, loop
from landscape.geometry.planar import inside
from landscape.geometry.reading import ReadOptions, read_drawing
from landscape.geometry.svgpath import path_pieces
from landscape.mesh import boundary_edges, read_mesh, report, write_mesh
from landscape.modes import eigenmodes
from landscape.plate import Material, Plate, Section, Support
from landscape.system import assemble

C, S, F = Support.CLAMPED, Support.SUPPORTED, Support.FREE
SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1)]
L = [(0, 0), (0, -1), (1, -1), (1, 1), (-1, 1), (-1, 0)]

TOML = """
length_unit = "mm"
[outline]
path = [ {start = [0, 0]}, {line = [200, 0], name = "clamped_bottom"}, {line = [200, 100]},
         {arc = [0, 100], through = [100, 150]}, {line = ["0 mm", 0]} ]
name = "free_rim"
[[outline.holes]]
circle = { centre = [100, 60], radius = "2 cm" }
name = "supported_hole"
"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="300mm" height="200mm" viewBox="0 0 300 200">
<g transform="translate(50 180)"><g id="free_rim">
<path id="clamped_bottom" d="M0 0h200"/><path d="m200,0 v-100 A125 125 0 0 0 0-100 L0,0"/></g>
<circle id="supported_hole" cx="100" cy="-60" r="20"/><text>plate</text></g></svg>"""


def dxf(path: Path, *, unit: int = 4, scale: float = 1.0) -> Path:
    document = ezdxf.new(units=unit)
    space = document.modelspace()
    attributes = {"layer": "free_rim"}
    space.add_line((0, 0), (200 * scale, 0), {"layer": "clamped_bottom"})
    space.add_lwpolyline(
        [(200 * scale, 0, 0), (200 * scale, 100 * scale, math.tan(HALF / 2)), (0, 100 * scale, 0), (0, 0, 0)],
        format="xyb",
        dxfattribs=attributes,
    )
    space.add_circle((100 * scale, 60 * scale), 20 * scale, {"layer": "supported_hole"})
    space.add_point((20 * scale, 20 * scale), {"layer": "pinned_point"})
    space.add_text("plate A", dxfattribs=attributes)
    document.saveas(path)
    return path


# --- exact curves


@given(
    sweep=st.floats(0.05, 6.2) | st.floats(-6.2, -0.05),
    start=st.floats(0, 6),
    size=st.floats(1e-3, 1e3),
    x=st.floats(-100, 100),
)
def test_an_arc_knows_its_circle(sweep, start, size, x):
    centre = np.array([x, 1.0])
    ends = centre + size * np.array([[np.cos(a), np.sin(a)] for a in (start, start + sweep)])
    found, radius, _, turned = arc_data(arc(ends[0], ends[1], sweep).points)
    assert radius == pytest.approx(size, rel=1e-6)
    assert turned == pytest.approx(sweep, rel=1e-6)
    assert np.linalg.norm(found - centre) < 1e-6 * max(size, 1)


@pytest.mark.parametrize(
    ("contour", "exact", "tolerance"),
    [
        (polygon(SQUARE), 1.0, 1e-15),
        (polygon(SQUARE[::-1]), -1.0, 1e-15),
        (circle((3, 4), 2), 4 * math.pi, 1e-14),
        (Contour(tuple(elliptic_arc((1, 0), ((2, 0), (0, 1)), (0, 2 * math.pi)))), 2 * math.pi, 1e-7),
        (
            Contour((arc((1, 0), (-1, 0), math.pi), Piece("line", np.array([(-1.0, 0), (1, 0)])))),
            math.pi / 2,
            1e-14,
        ),
    ],
)
def test_areas_are_exact(contour, exact, tolerance):
    assert area(contour) == pytest.approx(exact, rel=tolerance)
    fine = loop(contour, 4000)
    shoelace = 0.5 * np.sum(fine[:, 0] * np.roll(fine[:, 1], -1) - fine[:, 1] * np.roll(fine[:, 0], -1))
    assert shoelace == pytest.approx(exact, rel=1e-6)


def test_a_closed_spline_converges_to_the_circle_with_the_fourth_power():
    errors = []
    for n in (8, 16, 32):
        angle = 2 * np.pi * np.arange(n) / n
        contour = Contour(tuple(spline(np.column_stack((np.cos(angle), np.sin(angle))), closed=True)))
        errors.append(abs(area(contour) - np.pi))
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.3)


def test_pieces_in_any_order_and_direction_join():
    contour = circle((0, 0), 1)
    mixed = [
        contour.pieces[2],
        Piece("arc", contour.pieces[0].points[::-1]),
        contour.pieces[3],
        contour.pieces[1],
    ]
    (joined,) = join(mixed)
    assert abs(area(joined)) == pytest.approx(math.pi)


def test_inside_by_even_odd():
    assert inside(np.array([(0.5, 0.5), (1.5, 0.5)]), np.array(SQUARE, dtype=float)).tolist() == [True, False]


# --- singular corners


@pytest.mark.parametrize(
    ("degrees", "edges", "value"),
    [
        (270, (C, C), 0.5444837367),  # Williams 1952; Grisvard 1992
        (359.9999, (C, C), 0.5),
        (90, (C, C), 2.7395933563),
        (270, (S, S), 1 / 3),
        (120, (S, S), 0.5),
        (90, (S, S), SMOOTH),
        (180, (C, F), 0.5),
        (180, (C, S), 0.5),
        (359.9999, (F, F), 0.5),
    ],
)
def test_exponents_of_corners(degrees, edges, value):
    assert exponent(math.radians(degrees), *edges) == pytest.approx(value, abs=1e-5)
    assert exponent(math.radians(degrees), *edges[::-1]) == pytest.approx(value, abs=1e-5)


def test_no_refinement_on_a_straight_edge():
    assert corner_size(0.1, math.pi, (C, C), accuracy=1e-3) == 0.1
    assert corner_size(0.1, math.radians(179), (C, C), accuracy=1e-3) == 0.1
    assert corner_size(0.1, math.pi, (C, F), accuracy=1e-3) < 1e-3


# --- meshes and what they are good for


def test_disc_and_annulus_from_toml(tmp_path, reference):
    (tmp_path / "disc.toml").write_text("[outline]\ncircle = { centre = [0, 0], radius = 1 }\n")
    ring = tmp_path / "ring.toml"
    ring.write_text(
        "[outline]\ncircle = { centre = [0, 0], radius = 1 }\n"
        "[[outline.holes]]\ncircle = { centre = [0, 0], radius = 0.5 }\n"
    )
    disc = read_case(tmp_path / "disc.toml")
    assert disc.mesh.mesh.t.shape[1] <= 3000
    assert eigenvalues(disc.mesh, 3)[1] == pytest.approx(reference["clamped_disc"]["lambda"][:3], rel=5e-5)
    annulus = read_case(ring).mesh
    exact = np.array(reference["clamped_annulus_b/a=0.5"]["Omega_by_n"])[[0, 1, 1]] ** 2
    assert annulus.mesh.t.shape[1] <= 3000
    assert eigenvalues(annulus, 3)[1] == pytest.approx(exact, rel=5e-5)
    assert area_of(annulus) == pytest.approx(0.75 * math.pi, rel=1e-14)


RHOMBUS = [(0, 0), (1, 0), (1 + 0.5**0.5, 0.5**0.5), (0.5**0.5, 0.5**0.5)]


@pytest.mark.parametrize(
    ("corners", "size", "accuracy", "uniform", "angle"),
    [(L, 0.25, 1e-4, 0.25 / 6.5, 270), (RHOMBUS, 0.3, 1e-5, 0.0713, 135)],
)
def test_grading_beats_uniform_meshes(corners, size, accuracy, uniform, angle):
    """Better than 1e-4 in λ₁, with a fifth of the unknowns that uniform meshes need for the same error.

    Theirs falls as N^{−s}, s the exponent of the corner. The limit is that of a mesh graded for 1e-7; the rhombus has
    a published one besides.
    """
    outline = Outline(polygon(corners))
    _, limit = eigenvalues(mesh_outline(outline, MeshSpec(size=size / 3, accuracy=1e-7)), 1)
    few, graded = eigenvalues(mesh_outline(outline, MeshSpec(size=size, accuracy=accuracy)), 1)
    many, even = eigenvalues(mesh_outline(outline, MeshSpec(size=uniform, grade=False)), 1)
    error, uneven = graded[0] / limit[0] - 1, even[0] / limit[0] - 1
    assert 0 <= error < min(1e-4, uneven)
    assert many * (uneven / error) ** (1 / exponent(math.radians(angle), C, C)) >= 5 * few
    if corners is RHOMBUS:
        assert limit[0] == pytest.approx(65.64279**2, rel=1e-6)


def test_named_sides_regions_walls_and_marks():
    outline = Outline(
        polygon([(0, 0), (2, 0), (2, 1), (0, 1)], ["south", "east", "north", "west"]),
        walls=(Wall(np.array([(1.0, -0.1), (1.0, 0.6)]), 0.1),),
        marks=(Mark(np.array([(0.5, 0.5)]), "pinned"), Mark(np.array([(1.2, 0.5), (1.8, 0.5)]), "rib")),
        regions={"patch": polygon([(0, 0), (0.4, 0), (0.4, 1), (0, 1)])},
    )
    mesh = mesh_outline(outline)
    assert area_of(mesh) == pytest.approx(2 - 0.06, rel=1e-12)
    assert mesh.edge_groups.keys() == {"south", "east", "north", "west", "walls", "rib"}
    assert mesh.mesh.p[:, mesh.point_groups["pinned"]].ravel().tolist() == [0.5, 0.5]
    rib = mesh.mesh.p[:, mesh.mesh.facets[:, mesh.edge_groups["rib"]]]
    assert np.abs(rib[1] - 0.5).max() < 1e-12
    assert np.linalg.norm(rib[:, 1] - rib[:, 0], axis=0).sum() == pytest.approx(0.6)
    assert not np.isin(mesh.edge_groups["rib"], boundary_edges(mesh)).any()
    shares = {name: assemble(mesh, Plate()).areas()[ids].sum() for name, ids in mesh.surface_groups.items()}
    assert shares == pytest.approx({"patch": 0.4, "plate": 1.54}, rel=1e-12)


def test_pinned_corners_hold_a_free_plate(reference):
    outline = Outline(
        polygon(SQUARE, "free"), marks=tuple(Mark(np.array([p], dtype=float), "pinned") for p in SQUARE)
    )
    mesh = mesh_outline(outline, MeshSpec(supports={"free": F}))
    found = eigenvalues(mesh, 3, {"free": F, "pinned": S})[1]
    exact = np.array(reference["corner_supported_free_square_nu0.3"]["Omega"][:3]) ** 2
    assert found == pytest.approx(exact, rel=5e-5)


def test_size_for_a_highest_frequency_resolves_its_modes():
    """A clamped square of aluminium: the modes up to fmax are right to 1e-3."""
    section = Section.of(Material(70e9, 0.33, 2700), 1e-3)
    unit = math.sqrt(section.stiffness / section.areal_mass) / (2 * math.pi)
    fmax = unit * math.sqrt(27225.13404)
    mesh = mesh_outline(Outline(polygon(SQUARE)), MeshSpec(size=size_for(fmax, section)))
    values = eigenvalues(mesh, 8)[1]
    assert values[[0, 3, 7]] == pytest.approx([1294.93397959, 11710.811238, 27225.13404], rel=1e-3)


def test_order_one_keeps_the_chords(tmp_path):
    mesh = mesh_outline(Outline(circle((0, 0), 1)), MeshSpec(order=1))
    assert not mesh.bulge.any()
    write_mesh(mesh, tmp_path / "chords.msh")
    assert read_case(tmp_path / "chords.msh").mesh.bulge.any()  # read back, the rim is recognised as smooth


def test_the_same_outline_gives_the_same_mesh():
    outline = random_outline("sinai", np.random.default_rng(5))
    one, two = mesh_outline(outline), mesh_outline(outline)
    assert np.array_equal(one.mesh.p, two.mesh.p)
    assert np.array_equal(one.mesh.t, two.mesh.t)


# --- formats


def test_toml_plate(tmp_path):
    (tmp_path / "plate.toml").write_text(TOML)
    case = read_case(tmp_path / "plate.toml")
    check_plate(case.mesh, 1e-12)
    assert case.plate.supports == {"clamped_bottom": C, "free_rim": F, "supported_hole": S}
    write_mesh(case.mesh, tmp_path / "plate.msh")  # as landscape mesh does, beside its outline in mm
    again = read_case(tmp_path / "plate.msh")
    assert np.array_equal(again.mesh.mesh.p, case.mesh.mesh.p)
    assert again.plate == case.plate


@pytest.mark.parametrize(
    ("unit", "scale", "said"), [(4, 1.0, "millimeters"), (1, 1 / 25.4, "inches"), (0, 1.0, "no unit")]
)
def test_dxf_plate(tmp_path, unit, scale, said):
    mesh = mesh_drawing(dxf(tmp_path / "plate.dxf", unit=unit, scale=scale), MeshRequest())
    check_plate(mesh, 1e-12)
    assert any(said in note for note in mesh.notes)
    assert "Passed over: 1 TEXT." in mesh.notes
    assert mesh.mesh.p[:, mesh.point_groups["pinned_point"]].ravel() == pytest.approx([0.02, 0.02])


def test_dxf_curves(tmp_path):
    document = ezdxf.new(units=6)
    space = document.modelspace()
    space.add_ellipse((0, 0), (2, 0), 0.5, 0, math.pi)
    space.add_spline([(-2, 0), (-1, -0.5), (0, -0.6), (1, -0.5), (2, 0)])
    space.add_arc((0, 0.4), 0.2, 0, 180)
    space.add_line((-0.2, 0.4), (0.2, 0.4))
    document.saveas(tmp_path / "curves.dxf")
    outline = read_drawing(tmp_path / "curves.dxf")
    assert len(outline.holes) == 1
    assert abs(area(outline.holes[0])) == pytest.approx(math.pi * 0.02, rel=1e-12)
    assert mesh_outline(outline).bulge.any()


def test_svg_plate(tmp_path):
    (tmp_path / "plate.svg").write_text(SVG)
    mesh = mesh_drawing(tmp_path / "plate.svg", MeshRequest())
    check_plate(mesh)
    assert mesh.mesh.p.max(axis=1) == pytest.approx(
        [0.25, 0.02 + 0.15], abs=2e-4
    )  # y up; a vertex is near the top of the arc
    assert "Passed over: 1 <text>." in mesh.notes


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("M0 0 10 0 10 10 0 10z", 100),
        ("m0,0 l10,0 0,10 -10,0 z", 100),
        ("M0 0H10V10H0Z", 100),
        ("M0 0C0 0 10 0 10 0L10 10 0 10Z", 100),
        ("M0 0Q5 5 10 0L10 10 0 10Z", 100 - 2 / 3 * 10 * 2.5),
        ("M0 0Q5 5 10 0T20 0V10H0Z", 200),
        ("M0 0C2 4 8 4 10 0S18-4 20 0V10H0Z", 200),
        ("M-5 0A5 5 0 0 1 5 0A5 5 0 01-5 0Z", 25 * math.pi),
        ("M-5 0a5 5 0 1110 0 5 5 0 11-10 0z", 25 * math.pi),
        ("M-5 0A1 1 0 0 1 5 0Z", 12.5 * math.pi),  # radii too small are scaled up
        ("M0-2A6 2 90 0 1 0 10A6 2 90 0 1 0-2Z", 12 * math.pi),
    ],
)
def test_svg_path_language(text, exact):
    (contour,) = join(path_pieces(text))
    assert abs(area(contour)) == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize(
    ("shape", "exact"),
    [
        ('<rect x="10" y="10" width="40" height="20"/>', 800),
        ('<rect x="10" y="10" width="40" height="20" rx="5"/>', 800 - (4 - math.pi) * 25),
        ('<ellipse cx="50" cy="50" rx="30" ry="10" transform="rotate(30 50 50)"/>', 300 * math.pi),
        ('<polygon points="0,0 10,0 10,10" transform="scale(2,1) skewX(30)"/>', 100),
        ('<circle r="10" transform="matrix(2 0 0 1 50 50)"/>', 200 * math.pi),
    ],
)
def test_svg_shapes_and_transforms(tmp_path, shape, exact):
    path = tmp_path / "shape.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100mm" viewBox="0 0 100 100">{shape}</svg>'
    )
    assert abs(area(read_drawing(path).outer)) == pytest.approx(exact * 1e-6, rel=1e-7)


def mask(path: Path, *, pixel: float = 0.5e-3) -> Path:
    """The plate as a camera would show it: white on black, drawn at 4 times the resolution."""
    fine = pixel / 4
    y, x = np.mgrid[0.17:-0.01:-fine, -0.01:0.21:fine]
    plate = (x > 0) & (x < 0.2) & (y > 0) & ((y < 0.1) | (np.hypot(x - 0.1, y - 0.025) < RADIUS))
    plate &= np.hypot(x - 0.1, y - 0.06) > 0.02
    cv2.imwrite(
        str(path),
        cv2.resize(255 * plate.astype(np.uint8), None, fx=1 / 4, fy=1 / 4, interpolation=cv2.INTER_AREA),
    )
    return path


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_picture_plate(tmp_path, suffix):
    mesh = mesh_drawing(mask(tmp_path / f"mask.{suffix}"), MeshRequest(pixel_size="0.5 mm", size="10 mm"))
    assert mesh.edge_groups.keys() == {"edge", "hole_1"}
    stated = float(mesh.notes[0].split("encloses ")[1].split()[0])
    assert area_of(mesh) == pytest.approx(stated, rel=1e-5)  # printed with six digits
    tolerance, perimeter = 0.1e-3, 0.2 + 0.2 + 2 * RADIUS * HALF + 2 * math.pi * 0.02
    assert abs(stated - EXACT) < perimeter * tolerance
    assert mesh.mesh.p.min(axis=1) == pytest.approx([0.01, 0.01], abs=0.5e-3)


def test_a_case_takes_its_outline_from_a_drawing(tmp_path):
    dxf(tmp_path / "drawing.dxf")
    (tmp_path / "case.toml").write_text(
        '[outline]\nfile = "drawing.dxf"\nfmax = "2 kHz"\n[[outline.walls]]\npoints = [[0.1, -0.01], [0.1, 0.02]]\n'
        'thickness = "4 mm"\nname = "clamped_wall"\n'
        '[material]\nyoung = "70 GPa"\npoisson = 0.33\ndensity = 2700\n[plate]\nthickness = "1 mm"\n'
    )
    case = read_case(tmp_path / "case.toml")
    assert case.plate.supports["clamped_wall"] is C
    assert report(case.mesh).longest < 1.5 * size_for(2000, case.plate.section)


def test_the_example_of_the_documentation(tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "outlines.md").read_text("utf-8")
    (tmp_path / "plate.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    case = read_case(tmp_path / "plate.toml")
    assert case.mesh.edge_groups.keys() == {*GROUPS, "clamped_walls"}
    assert case.plate.sections.keys() == {"patch"}
    assert case.mesh.point_groups["pinned_points"].size == 2
    assert eigenmodes(assemble(case.mesh, case.plate), 3).eigenvalues[0] > 0


# --- refused


def outline_toml(text: str, unit: str = "m") -> str:
    return f'length_unit = "{unit}"\n[outline]\n{text}\n'


BROKEN = {
    "self-crossing": (
        outline_toml("polygon = [[0,0],[1,1],[1,0],[0,1]]"),
        r"crosses or touches itself at \(0\.5, 0\.5\)",
    ),
    "touching": (outline_toml("polygon = [[0,0],[2,0],[2,1],[1,0],[0,1]]"), r"touches itself at \(1, 0\)"),
    "open": (outline_toml("path = [{start=[0,0]}, {line=[1,0]}, {line=[1,1]}]"), r"open at \(1, 1\)"),
    "no area": (
        outline_toml("polygon = [[0,0],[1,0],[2,0]]"),
        r"no area: all of it lies on one line through \(0, 0\)",
    ),
    "hole outside": (
        outline_toml(
            "circle = {centre=[0,0], radius=1}\n[[outline.holes]]\ncircle = {centre=[3,0], radius=0.5}"
        ),
        r"hole lies outside the plate, at \(3\.5, 0\)",
    ),
    "hole across the rim": (
        outline_toml(
            "circle = {centre=[0,0], radius=1}\n[[outline.holes]]\ncircle = {centre=[1,0], radius=0.5}"
        ),
        "crosses or touches itself",
    ),
    "thin wall": (
        outline_toml(
            "circle={centre=[0,0],radius=1}\n[[outline.walls]]\npoints=[[0,0],[0,2]]\nthickness='1 um'"
        ),
        r"wall at \(0, 0\) m is 1e-06 m thick",
    ),
    "mark outside": (
        outline_toml("circle={centre=[0,0],radius=1}\n[[outline.marks]]\nname='pinned'\nat=[[2,2]]"),
        r"'pinned' lies outside the plate, at \(2, 2\)",
    ),
    "two shapes": (
        outline_toml("polygon=[[0,0],[1,0],[1,1]]\nspline=[[0,0]]"),
        "exactly one of .*got polygon and spline",
    ),
    "straight arc": (
        outline_toml("path=[{start=[0,0]},{arc=[2,0],through=[1,0]},{line=[1,1]},{line=[0,0]}]"),
        "is straight",
    ),
    "not a number": (outline_toml("polygon = [[0,0],[1,0],['one',1]]"), "could not read 'one'"),
    "wrong unit": (outline_toml("polygon = [[0,0],[1,0],['1 kg',1]]"), "'1 kg' is not a quantity in m"),
    "misspelt": (outline_toml("polygn = [[0,0],[1,0],[1,1]]"), "unknown key 'outline.polygn'"),
    "infinite": (outline_toml("polygon = [[0,0],[inf,0],[1,1]]"), "finite number, got inf"),
    "too fine": (
        outline_toml("polygon = [[0,0],[1,0],[1,1]]\nsize = '1 um'"),
        r"about 1e\+12 triangles; at most 1,000,000",
    ),
    "too coarse": (outline_toml("polygon = [[0,0],[1,0],[1,1]]\nsize = 5"), "5 m is larger than the plate"),
    "wall outside": (
        outline_toml(
            "circle={centre=[0,0],radius=1}\n[[outline.walls]]\npoints=[[3,0],[3,2]]\nthickness='1 cm'"
        ),
        r"wall at \(3, 0\) m lies outside",
    ),
    "hole touches the rim": (
        outline_toml("circle={centre=[0,0],radius=1}\n[[outline.holes]]\ncircle={centre=[0.5,0],radius=0.5}"),
        "crosses or touches itself",
    ),
    "mark in a hole": (
        outline_toml(
            "circle={centre=[0,0],radius=1}\n[[outline.holes]]\ncircle={centre=[0,0],radius=0.5}\n"
            "[[outline.marks]]\nname='pinned'\nat=[[0,0]]"
        ),
        r"'pinned' lies in a hole or a wall, at \(0, 0\)",
    ),
    "line across a wall": (
        outline_toml(
            "circle={centre=[0,0],radius=1}\n[[outline.walls]]\npoints=[[0,-2],[0,0.2]]\nthickness='5 cm'\n"
            "[[outline.marks]]\nname='rib'\nline=[[-0.5,0],[0.5,0]]"
        ),
        r"'rib' lies in a hole or a wall, at \(",
    ),
    "spline of two": (outline_toml("spline = [[0,0],[1,0]]"), "spline: needed at least 3 points.*got 2"),
    "accuracy": (outline_toml("polygon = [[0,0],[1,0],[1,1]]\naccuracy=0"), "accuracy: needed a positive"),
    "fmax without material": (
        outline_toml("polygon=[[0,0],[1,0],[1,1]]\nfmax='1 kHz'"),
        "material and thick",
    ),
    "unit of no drawing": (
        outline_toml("polygon=[[0,0],[1,0],[1,1]]\nunit='mm'"),
        "unit belongs to a drawing",
    ),
    "quoted name": (outline_toml("polygon=[[0,0],[1,0],[1,1]]\nname='a\"b'"), "holds a quotation mark"),
    "negative radius": (outline_toml("circle = {centre=[0,0], radius=-1}"), "positive radius"),
    "few names": (
        outline_toml("polygon = [[0,0],[1,0],[1,1]]\nnames=['a']"),
        "3 sides: needed as many names, got 1",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_outlines_name_the_file_and_the_place(tmp_path, name):
    text, message = BROKEN[name]
    path = tmp_path / "plate.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        mesh_drawing(path, MeshRequest())
    assert str(path) in caught.value.message


def test_broken_dxf(tmp_path):
    path = tmp_path / "plate.dxf"
    path.write_text("no dxf at all")
    with pytest.raises(InputError, match=r"plate\.dxf: could not be read as DXF"):
        read_drawing(path)
    document = ezdxf.new()
    document.layers.add("outline")
    document.saveas(path)
    with pytest.raises(InputError, match=r"no line, arc or curve in the model space \(layers: .*outline"):
        read_drawing(path)
    document.modelspace().add_lwpolyline([(0, 0), (1, 0), (1, 1)])
    document.saveas(path)
    with pytest.raises(InputError, match=r"plate\.dxf: The contour is open at"):
        read_drawing(path)
    document.modelspace().add_line((1, 1), (0, 0))
    document.modelspace().add_line((1, 1), (2, 2))
    document.saveas(path)
    with pytest.raises(InputError, match=r"branches \(3 pieces meet\) at \(1, 1\)"):
        read_drawing(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<svg", "not valid XML"),
        ("<html/>", "root is <html>"),
        ('<svg width="1mm"><text/></svg>', "draws no path"),
        ('<svg width="1mm"><path d="M0 0 X9"/></svg>', "'X', which is no command"),
        ('<svg width="1mm"><path d="M0 0 L1"/></svg>', "takes 2 numbers, got 1"),
        ('<svg width="1mm"><path d="M0 0L1 0L1 1"/></svg>', "open at"),
        ('<svg width="1mm"><rect width="50%" height="1"/></svg>', "length '50%'"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "XML entities"),
        (" " * 21_000_000, "21 MB of SVG"),
        (
            '<svg width="1mm"><path d="M0 0L1e400 0L0 1Z"/></svg>',
            "<path> has a coordinate that is not finite",
        ),
    ],
)
def test_broken_svg(tmp_path, content, message):
    path = tmp_path / "plate.svg"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_drawing(path)
    assert str(path) in caught.value.message


def test_broken_pictures(tmp_path):
    path = tmp_path / "mask.png"
    cv2.imwrite(str(path), np.zeros((20, 20), np.uint8))
    with pytest.raises(InputError, match="needs the size of a pixel"):
        read_drawing(path)
    with pytest.raises(InputError, match="all black"):
        read_drawing(path, ReadOptions(pixel_size=1e-3))
    cv2.imwrite(str(path), np.full((20, 20), 255, np.uint8))
    with pytest.raises(InputError, match="all white"):
        read_drawing(path, ReadOptions(pixel_size=1e-3))
    two = np.zeros((40, 40), np.uint8)
    two[5:15, 5:15] = two[25:35, 25:35] = 255
    cv2.imwrite(str(path), two)
    with pytest.raises(InputError, match="shows 2 plates"):
        read_drawing(path, ReadOptions(pixel_size=1e-3))
    path.write_bytes(b"no picture")
    with pytest.raises(InputError, match="could not be read as a picture"):
        read_drawing(path, ReadOptions(pixel_size=1e-3))


def test_files_that_are_no_drawing(tmp_path):
    (tmp_path / "folder.dxf").mkdir()
    for name, message, advice in [
        ("a.doc", r"a\.doc: \.doc is no drawing", "Needed TOML, STEP"),
        ("plate", "a file without an ending", "Needed TOML, STEP"),
        ("a.msh", r"\.msh is no drawing", "landscape solve"),
        ("a.geo", r"\.geo is no drawing", "gmsh -2"),
    ]:
        (tmp_path / name).touch()
        with pytest.raises(InputError, match=message) as caught:
            read_drawing(tmp_path / name)
        assert advice in caught.value.advice
    for name, message in [
        ("folder.dxf", "is a folder"),
        ("nothing.dxf", "no such file"),
        ("no.doc", "no such"),
    ]:
        with pytest.raises(InputError, match=message):
            read_drawing(tmp_path / name)


def test_gmsh_missing_is_one_message(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gmsh", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'plate-landscape\[mesh\]'"):
        sessions.load_gmsh()


# --- the command


def test_the_command_writes_mesh_figure_and_facts(tmp_path, capsys):
    source, target = tmp_path / "plate.toml", tmp_path / "plate.msh"
    source.write_text(TOML)
    assert main(["mesh", str(source), "-o", str(target), "--size", "12 mm", "--figure", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["groups"].keys() == GROUPS
    assert facts["triangles"] == read_mesh(target).mesh.t.shape[1]
    assert facts["longest"] < 1.6 * 0.012
    assert (tmp_path / "plate-mesh.png").read_bytes().startswith(b"\x89PNG")
    assert main(["mesh", "--family", "stadium", "--seed", "3", "-o", str(target), "--quiet"]) == 0
    assert read_mesh(target).edge_groups.keys() == {"clamped_edge"}


def test_the_figure_leaves_the_mask_alone(tmp_path):
    """plate.png, meshed into plate.msh with a figure, is still the mask."""
    source = mask(tmp_path / "plate.png")
    before = source.read_bytes()
    target = str(tmp_path / "plate.msh")
    assert main(["mesh", str(source), "--pixel-size", "0.5mm", "--figure", "--quiet", "-o", target]) == 0
    assert source.read_bytes() == before


@pytest.mark.parametrize("target", ["plate.png", "plate", "folder"])
def test_the_command_writes_msh_alone(tmp_path, capsys, target):
    (tmp_path / "folder").mkdir()
    assert main(["mesh", "--family", "stadium", "-o", str(tmp_path / target)]) == 1
    assert "needed a file that ends in .msh" in " ".join(capsys.readouterr().err.split())


def test_the_command_wants_one_source(tmp_path, capsys):
    assert main(["mesh", "-o", str(tmp_path / "x.msh")]) == 1
    assert "needed either an outline or --family" in capsys.readouterr().err


# --- families


@pytest.mark.parametrize("family", FAMILIES)
def test_families_repeat_and_mesh(family):
    one, two = (random_outline(family, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(loop(one.outer), loop(two.outer))
    mesh = make_mesh((family, 7), MeshRequest())
    assert report(mesh).worst_shape > 0.1
    assert f"Family {family}, seed 7." in mesh.notes


def test_unknown_families_and_seeds():
    with pytest.raises(InputError, match="0 or more, got -1"):
        make_mesh(("rooms", -1), MeshRequest())
    with pytest.raises(InputError, match="needed one of rooms, rough"):
        random_outline("stars", np.random.default_rng(0))


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_two_hundred_random_plates_mesh_and_solve(family, record_property):
    """34 of each of the six families, and what they cost."""
    unknowns = []
    for seed in range(34):
        outline = random_outline(family, np.random.default_rng(seed))
        supports = meant_by(groups_in(outline))
        mesh = mesh_outline(outline, MeshSpec(supports=supports, accuracy=1e-2))
        count, values = eigenvalues(mesh, 4, supports)
        assert (values > 0).all()
        unknowns.append(count)
    record_property("unknowns", f"{min(unknowns)} to {max(unknowns)}")


def test_a_broken_pipe_is_an_error_and_no_silent_end_after_gmsh():
    with sessions.session():
        pass
    ours, theirs = os.pipe()
    os.close(ours)
    with pytest.raises(BrokenPipeError):
        os.write(theirs, b"x")
    os.close(theirs)
