"""STEP: the faces, and the names and layers of their edges."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from outlines import GROUPS, area_of, check_plate

from landscape.case import read_case
from landscape.case_mesh import MeshRequest, mesh_drawing
from landscape.cli import main
from landscape.errors import InputError
from landscape.geometry import session as sessions
from landscape.geometry.stepfile import edge_names, step_groups
from landscape.mesh import PlateMesh, write_mesh
from landscape.plate import Support

PLATE = Path(__file__).parent / "drawings" / "plate.step"
"""The plate of the other formats as OpenCASCADE 8.0 wrote it: bottom and rim by the names of their edges, the hole
by its layer."""
SIZE = MeshRequest(size="10 mm")


def changed(path: Path, *pairs: tuple[str, str], source: Path = PLATE) -> Path:
    """Write the file with pieces of its text exchanged."""
    text = source.read_text("latin-1")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "latin-1")
    return path


def drawn(path: Path, draw) -> Path:
    """Write what ``draw(occ)`` draws with gmsh, in mm."""
    gmsh = sessions.load_gmsh()
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setString(
            "Geometry.OCCTargetUnit", "MM"
        )  # OpenCASCADE remembers that of the last session
        draw(gmsh.model.occ)
        gmsh.model.occ.synchronize()
        with sessions.quiet():
            gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return path


def points_on(mesh: PlateMesh, group: str) -> np.ndarray:
    """Return the vertices (n, 2) of a group."""
    return mesh.mesh.p[:, np.unique(mesh.mesh.facets[:, mesh.edge_groups[group]])].T


def test_names_and_layers_come_through():
    mesh = mesh_drawing(PLATE, SIZE)
    check_plate(mesh, 1e-9)
    bottom = points_on(mesh, "clamped_bottom")
    assert bottom[:, 1] == pytest.approx(0, abs=1e-12)
    assert [bottom[:, 0].min(), bottom[:, 0].max()] == pytest.approx([0, 0.2])
    away = points_on(mesh, "supported_hole") - [0.1, 0.06]
    assert np.linalg.norm(away, axis=1) == pytest.approx(0.02, rel=1e-9)


def test_a_written_mesh_is_solved_with_the_supports_of_the_drawing(tmp_path):
    write_mesh(mesh_drawing(PLATE, SIZE), tmp_path / "plate.msh")
    supports = read_case(tmp_path / "plate.msh").plate.supports
    assert supports == {
        "clamped_bottom": Support.CLAMPED,
        "free_rim": Support.FREE,
        "supported_hole": Support.SUPPORTED,
    }


def test_the_unit_of_the_file_counts(tmp_path):
    path = changed(tmp_path / "cm.step", ("SI_UNIT(.MILLI.,.METRE.)", "SI_UNIT(.CENTI.,.METRE.)"))
    mesh = mesh_drawing(path, MeshRequest(size="10 cm"))
    assert mesh.edge_groups.keys() == GROUPS
    assert np.ptp(points_on(mesh, "clamped_bottom"), axis=0) == pytest.approx([2.0, 0.0])


def test_colours_of_the_file_are_no_names(tmp_path):
    """An edge that is red already, and the first numbers of ours as colours of another edge."""
    style = "".join(
        f"#{n}=STYLED_ITEM('',(#{n + 1}),#{edge});#{n + 1}=PRESENTATION_STYLE_ASSIGNMENT((#{n + 2}));"
        f"#{n + 2}=CURVE_STYLE('',$,$,#{n + 3});#{n + 3}=COLOUR_RGB('',{red},0.,{blue});\n"
        for n, edge, red, blue in ((900, 21, 1.0, 0.0), (910, 93, 0.0, 2 / 255))
    )
    assert (
        mesh_drawing(
            changed(tmp_path / "red.step", ("ENDSEC;\nEND-ISO", style + "ENDSEC;\nEND-ISO")), SIZE
        ).edge_groups.keys()
        == GROUPS
    )


def test_edges_without_a_name_are_the_group_edge(tmp_path):
    path = changed(
        tmp_path / "some.step",
        ("'free_rim'", "'NONE'"),
        ("'supported_hole'", "'0'"),
        ("'clamped_bottom'", "''"),
    )
    assert mesh_drawing(path, SIZE).edge_groups.keys() == {"edge"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#7=EDGE_CURVE('a',#1,#2,#3,.T.);", {7: "a"}),
        ("#7 = EDGE_CURVE ( 'NONE' , #1,#2,#3,.T. ) ;", {7: "edge"}),
        ("/* #7=EDGE_CURVE('x',#1); */ #8=EDGE_CURVE('/* it''s */',#1,#2,#3,.T.);", {8: "/* it's */"}),
        (r"#7=EDGE_CURVE('\X2\00E90394\X0\t\X\E9',#1,#2,#3,.T.);", {7: "éΔté"}),
        ("#7=EDGE_CURVE('long\n er',#1,#2,#3,.T.);", {7: "long er"}),
        ("#7=EDGE_CURVE('say \"so\"',#1,#2,#3,.T.);", {7: "say 'so'"}),
        ("#7=EDGE_CURVE('',#1);#9=PRESENTATION_LAYER_ASSIGNMENT('b','',(#6,#7));", {7: "b"}),
        ("#7=EDGE_CURVE('a',#1);#9=PRESENTATION_LAYER_ASSIGNMENT('b','',(#7));", {7: "a"}),
        (
            "#7=EDGE_CURVE('',#1);#8=STYLED_ITEM('',(#5),#7);#9=PRESENTATION_LAYER_ASSIGNMENT('c',$,(#8));",
            {7: "c"},
        ),
    ],
)
def test_the_text_of_names(text, names):
    assert edge_names(text) == names


def test_utf8_names(tmp_path):
    path = changed(tmp_path / "utf8.step", ("'free_rim'", "'free_ränder'".encode().decode("latin-1")))
    assert step_groups(path) == {"clamped_bottom", "free_ränder", "supported_hole"}


def test_a_gmsh_without_colours_says_so(tmp_path, monkeypatch):
    """gmsh built without OpenCASCADE-CAF gives every curve the same colour."""
    gmsh = sessions.load_gmsh()
    monkeypatch.setattr(gmsh.model, "getColor", lambda *_: (0, 0, 255, 0))
    mesh = mesh_drawing(PLATE, SIZE)
    assert mesh.edge_groups.keys() == {"edge"}
    assert any("OpenCASCADE-CAF" in note for note in mesh.notes)


def test_faces_that_touch_are_one_plate(tmp_path):
    """Two unit squares in one drawing: the edge between them, though drawn twice, is no boundary."""

    def squares(occ):
        occ.addRectangle(0, 0, 0, 100, 100)
        occ.addRectangle(100, 0, 0, 100, 100)

    plain = drawn(tmp_path / "plain.step", squares)
    first = min(edge_names(plain.read_text("latin-1")))
    path = changed(
        tmp_path / "named.step",
        (f"#{first} = EDGE_CURVE(''", f"#{first} = EDGE_CURVE('free_side'"),
        source=plain,
    )
    mesh = mesh_drawing(path, SIZE)
    assert area_of(mesh) == pytest.approx(0.02, rel=1e-9)
    length = {
        name: np.linalg.norm(np.diff(mesh.mesh.p[:, mesh.mesh.facets[:, ids]], axis=1), axis=0).sum()
        for name, ids in mesh.edge_groups.items()
    }
    assert length == pytest.approx({"free_side": 0.1, "edge": 0.5})
    assert not any("separate" in note for note in mesh.notes)


def test_a_small_plate_is_flat_and_a_raised_one_too(tmp_path):
    small = drawn(tmp_path / "small.step", lambda occ: occ.addDisk(0, 0, 7, 2, 2))
    mesh = mesh_drawing(small, MeshRequest())
    assert area_of(mesh) == pytest.approx(math.pi * 4e-6, rel=1e-9)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda occ: occ.addBox(0, 0, 0, 100, 100, 1), "holds solid bodies"),
        (lambda occ: occ.addCircle(0, 0, 0, 1), "holds no face"),
        (lambda occ: occ.rotate([(2, occ.addDisk(0, 0, 0, 20, 20))], 0, 0, 0, 1, 0, 0, 1.5), "not flat"),
    ],
)
def test_what_is_no_flat_face_is_refused(tmp_path, draw, message):
    path = drawn(tmp_path / "part.step", draw)
    with pytest.raises(InputError, match=message) as caught:
        mesh_drawing(path, MeshRequest())
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "does not start with ISO-10303-21"),
        ("\x00\x01nonsense", "does not start with ISO-10303-21"),
        ("ISO-10303-21;\nHEADER;", "ends before its END-ISO-10303-21"),
        (
            "ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n#1=;\nENDSEC;\nEND-ISO-10303-21;",
            "could not be read|no face",
        ),
    ],
)
def test_broken_files_are_one_message_and_nothing_on_stdout(tmp_path, capfd, content, message):
    path = tmp_path / "a.step"
    path.write_text(content)
    assert main(["mesh", str(path), "-o", str(tmp_path / "a.msh")]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert str(path) in err.replace("\n", "")
    assert any(part in err for part in message.split("|"))


def test_json_is_alone_on_stdout(tmp_path, capfd):
    assert main(["mesh", str(PLATE), "-o", str(tmp_path / "plate.msh"), "--size", "15mm", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["groups"].keys() == GROUPS


def test_options_that_say_nothing_about_step_are_refused():
    with pytest.raises(InputError, match=r"unit says nothing about a \.step file"):
        mesh_drawing(PLATE, MeshRequest(unit="mm"))


def test_an_outline_in_a_case_points_to_the_mesh(tmp_path):
    (tmp_path / "plate.step").write_bytes(PLATE.read_bytes())
    case = tmp_path / "case.toml"
    case.write_text('[outline]\nfile = "plate.step"\n')
    with pytest.raises(InputError) as caught:
        read_case(case)
    assert 'mesh = "plate.step"' in caught.value.advice
    case.write_text('mesh = "plate.step"\n[supports]\nfree_rim = "supported"\n')
    assert read_case(case).plate.supports["free_rim"] is Support.SUPPORTED
