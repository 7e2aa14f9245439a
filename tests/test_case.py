from pathlib import Path

import numpy as np
import pytest

from landscape.case import read_case
from landscape.errors import InputError
from landscape.mesh import plate_mesh, write_mesh
from landscape.plate import Material, Section, Support

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.5)]
CELLS = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4)]
MATERIAL = (
    '[material]\nyoung = "70 GPa"\npoisson = 0.33\ndensity = "2700 kg/m^3"\n[plate]\nthickness = "0.5 mm"\n'
)
ALUMINIUM = Material(70e9, 0.33, 2700)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A square with two named sides, a named point and two regions, in square.msh."""
    mesh = plate_mesh(
        SQUARE,
        CELLS,
        lines={"free_left": [(3, 0)], "bottom": [(0, 1)]},
        points_named={"pinned_middle": [4]},
        surfaces={"lower": [0, 3], "upper": [1, 2], "all": [0, 1, 2, 3]},
    )
    write_mesh(mesh, tmp_path / "square.msh")
    return tmp_path


def case(folder: Path, text: str, name: str = "case.toml"):
    (folder / name).write_text('mesh = "square.msh"\n' * ("mesh" not in text) + text, encoding="utf-8")
    return read_case(folder / name)


def test_a_bare_mesh_is_nondimensional_and_held_by_its_names(folder):
    bare = read_case(folder / "square.msh")
    assert bare.plate.units == "nondimensional"
    assert bare.plate.section == Section(1.0, 0.3, 1.0)
    assert bare.plate.supports == {"free_left": Support.FREE, "pinned_middle": Support.SUPPORTED}
    assert bare.plate.rest is Support.CLAMPED
    assert bare.sources == (folder / "square.msh",)
    text = " ".join(bare.notes)
    assert "non-dimensional" in text
    assert "free_left, pinned_middle" in text
    assert "3 of 4 boundary edges were given no support and taken as clamped" in text


def test_full_case(folder):
    full = case(
        folder, MATERIAL + '[supports]\nbottom = "supported"\nrest = "free"\n[load]\npressure = "1 kPa"'
    )
    assert full.name == "case"
    assert full.plate.section == Section.of(ALUMINIUM, 0.5e-3)
    assert full.plate.units == "SI"
    assert full.plate.pressure == 1000
    assert full.plate.supports["bottom"] is Support.SUPPORTED
    assert full.plate.rest is Support.FREE
    assert full.sources == (folder / "case.toml", folder / "square.msh")
    assert not any("no support" in note for note in full.notes)


def test_the_toml_beside_a_mesh_is_used(folder):
    case(folder, MATERIAL, "square.toml")
    both = read_case(folder / "square.msh")
    assert both.plate == read_case(folder / "square.toml").plate
    assert "Material and supports: square.toml." in both.notes


def test_length_unit_scales_the_mesh(folder):
    millimetres = case(folder, 'length_unit = "mm"\n' + MATERIAL)
    assert np.ptp(millimetres.mesh.mesh.p) == 1e-3


def test_poisson_alone_is_nondimensional(folder):
    alone = case(folder, "[material]\npoisson = 0.2\n")
    assert alone.plate.section == Section(1.0, 0.2, 1.0)
    assert alone.plate.units == "nondimensional"


def test_values_per_region(folder):
    text = (
        MATERIAL.replace('"0.5 mm"', '{ lower = "1 mm", upper = "2 mm" }')
        + "[load]\npressure = { upper = 3 }"
    )
    plate = case(folder, text).plate
    assert plate.sections == {"lower": Section.of(ALUMINIUM, 1e-3), "upper": Section.of(ALUMINIUM, 2e-3)}
    assert (plate.pressures, plate.pressure) == ({"upper": 3.0}, 0.0)


def test_rest_covers_the_other_regions(folder):
    text = MATERIAL.replace('"0.5 mm"', '{ lower = "1 mm", rest = "2 mm" }')
    plate = case(folder, text).plate
    assert plate.sections == {"lower": Section.of(ALUMINIUM, 1e-3)}
    assert plate.section == Section.of(ALUMINIUM, 2e-3)


def test_explicit_supports_win_over_names(folder):
    assert case(folder, '[supports]\nfree_left = "clamped"').plate.supports["free_left"] is Support.CLAMPED


def test_a_smooth_boundary_can_be_refused(tmp_path):
    angle = 2 * np.pi * np.arange(40) / 40
    rim = np.column_stack((np.arange(40), np.roll(np.arange(40), -1)))
    points = np.vstack((np.column_stack((np.cos(angle), np.sin(angle))), (0, 0)))
    write_mesh(plate_mesh(points, np.column_stack((rim, np.full(40, 40)))), tmp_path / "disc.msh")
    curved = read_case(tmp_path / "disc.msh")
    assert curved.mesh.bulge.any()
    assert any("smooth curve" in note for note in curved.notes)
    (tmp_path / "polygon.toml").write_text('mesh = "disc.msh"\n[geometry]\nsmooth_boundary = false\n')
    assert not read_case(tmp_path / "polygon.toml").mesh.bulge.any()


BROKEN = {
    "no such file": (None, "no such", "Check the name"),
    "not TOML": ("mesh = plate.msh", "not valid TOML", "quoted"),
    "misspelt key": (
        '[material]\nyuong = "70 GPa"',
        r"unknown key 'material\.yuong'",
        "Did you mean 'young'",
    ),
    "unknown table": ("[mass]\nx = 1", "unknown key 'mass'", "Known here: mesh"),
    "wrong type": ("length_unit = 3", "length_unit: needed text, got 3", ""),
    "wrong unit": (
        MATERIAL.replace("0.5 mm", "0.5 kg"),
        r"\[plate\] thickness: '0.5 kg' is not a quantity in m",
        "1.5 m",
    ),
    "no number": (
        MATERIAL.replace("70 GPa", "strong"),
        r"\[material\] young: could not read 'strong'",
        "1.5 Pa",
    ),
    "negative thickness": (MATERIAL.replace("0.5 mm", "-1 mm"), "positive length, got -0.001", ""),
    "impossible Poisson": (MATERIAL.replace("0.33", "0.7"), "Poisson's ratio.*got 0.7", ""),
    "part of a material": (
        '[material]\nyoung = "70 GPa"',
        r"needed .*density and \[plate\] thickness",
        "Give all",
    ),
    "unknown support": ('[supports]\nbottom = "glued"', r"\[supports\] bottom: needed clamped.*'glued'", ""),
    "support of no group": (
        '[supports]\ntop = "clamped"',
        "'top', which the mesh does not have",
        "bottom, free_left, pinned_middle",
    ),
    "unknown region": (
        MATERIAL.replace('"0.5 mm"', "{ middle = 1 }"),
        "surface region 'middle'",
        "all, lower, upper",
    ),
    "overlapping regions": (
        MATERIAL.replace('"0.5 mm"', "{ lower = 1, all = 2 }"),
        "overlap: all, lower",
        "disjoint",
    ),
    "uncovered region": (
        MATERIAL.replace('"0.5 mm"', "{ lower = 1 }"),
        r"needed \[plate\] thickness",
        "Give all",
    ),
    "pressure without material": ('[load]\npressure = "1 kPa"', "plain number, got '1 kPa'", "drop the unit"),
    "wrong length unit": ('length_unit = "kg"', "length_unit: '1 kg' is not a quantity in m", ""),
    "mesh missing": ('mesh = "other.msh"', r"other\.msh: no such mesh file", "Check the name"),
    "two supports": (
        '[supports]\nbottom = "clamped"\nfree_left = "free"\npinned_middle = "wet"',
        "pinned_middle: needed",
        "",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_cases_name_the_file_the_key_and_the_cure(folder, name):
    text, message, advice = BROKEN[name]
    with pytest.raises(InputError, match=message) as caught:
        read_case(folder / "case.toml") if text is None else case(folder, text)
    assert str(folder) in caught.value.message
    assert advice in caught.value.advice


def test_no_mesh_named(folder):
    (folder / "case.toml").write_text(MATERIAL)
    with pytest.raises(InputError, match="names no mesh"):
        read_case(folder / "case.toml")


def test_a_toml_beside_the_mesh_that_belongs_to_another(folder):
    (folder / "square.toml").write_text('mesh = "other.msh"')
    with pytest.raises(InputError, match=r"names the mesh 'other\.msh'"):
        read_case(folder / "square.msh")


def test_an_edge_with_two_supports(tmp_path):
    mesh = plate_mesh(SQUARE, CELLS, lines={"clamped_all": [(0, 1), (1, 2)], "free_some": [(1, 2)]})
    write_mesh(mesh, tmp_path / "m.msh")
    with pytest.raises(InputError, match=r"'clamped_all' \(clamped\) and 'free_some' \(free\) share"):
        read_case(tmp_path / "m.msh")


def test_text_that_is_not_utf8(folder):
    (folder / "case.toml").write_bytes(b"mesh = '\xff\xfe'")
    with pytest.raises(InputError, match="UTF-8"):
        read_case(folder / "case.toml")
