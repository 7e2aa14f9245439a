import meshio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skfem import MeshTri

from landscape.errors import InputError, MeshError
from landscape.mesh import (
    PlateMesh,
    boundary_edges,
    plate_mesh,
    read_mesh,
    refined,
    refined_with_parents,
    scaled,
    write_mesh,
)

SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
TWO = [(0, 1, 2), (0, 2, 3)]


def disc(order: int = 2) -> PlateMesh:
    """Unit disc of 6-node triangles (or its inscribed polygon), rim in two groups, a centre and a region."""
    m = MeshTri.init_circle(3)
    rim = m.boundary_facets()
    middle = m.p[:, m.facets].mean(axis=1)
    middle[:, rim] /= np.linalg.norm(middle[:, rim], axis=0)
    upper = rim[middle[1, rim] > 0]
    cells = np.column_stack((m.t.T, m.t2f.T + m.p.shape[1])) if order == 2 else m.t.T
    return plate_mesh(
        np.hstack((m.p, middle))[:, : None if order == 2 else m.p.shape[1]].T,
        cells,
        lines={"upper": m.facets[:, upper].T, "lower": m.facets[:, np.setdiff1d(rim, upper)].T},
        points_named={"centre": [0]},
        surfaces={
            "left": np.flatnonzero(m.p[0, m.t].mean(axis=0) < 0),
            "right": np.flatnonzero(m.p[0, m.t].mean(axis=0) > 0),
            "lower_left": np.flatnonzero((m.p[:, m.t].mean(axis=1) < 0).all(axis=0)),
        },
    )


def areas(mesh: PlateMesh) -> np.ndarray:
    a, b, c = mesh.mesh.p[:, mesh.mesh.t].transpose(1, 0, 2)
    return 0.5 * np.abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0])


def radii(mesh: PlateMesh) -> np.ndarray:
    rim = boundary_edges(mesh)
    return np.linalg.norm(mesh.mesh.p[:, mesh.mesh.facets[:, rim]].mean(axis=1) + mesh.bulge[rim].T, axis=0)


def assert_same(a: PlateMesh, b: PlateMesh) -> None:
    assert np.array_equal(a.mesh.p, b.mesh.p)
    assert np.array_equal(a.mesh.t, b.mesh.t)
    for kind in ("edge_groups", "point_groups", "surface_groups"):
        left, right = getattr(a, kind), getattr(b, kind)
        assert left.keys() == right.keys()
        assert all(np.array_equal(left[name], right[name]) for name in left)


def test_numbers_groups_and_curve_of_a_disc():
    mesh = disc()
    assert mesh.edge_groups["upper"].size == mesh.edge_groups["lower"].size == 16
    assert set(boundary_edges(mesh)) == {*mesh.edge_groups["upper"], *mesh.edge_groups["lower"]}
    assert np.abs(radii(mesh) - 1).max() < 1e-15
    assert not mesh.bulge[mesh.mesh.f2t[1] >= 0].any()
    assert (np.diff(mesh.mesh.t, axis=0) > 0).all()


def test_a_mesh_numbered_clockwise_is_the_same_plate():
    assert areas(plate_mesh(SQUARE, [t[::-1] for t in TWO])).sum() == 1


def test_midpoints_on_the_chord_are_straight():
    points = [*SQUARE[:3], (0.5, 0.0), (1.0, 0.5 + 1e-8), (0.5, 0.5)]
    assert not plate_mesh(points, [(0, 1, 2, 3, 4, 5)]).bulge.any()


def test_interior_lines_are_kept():
    mesh = plate_mesh(SQUARE, TWO, lines={"rib": [(2, 0)]})
    assert np.array_equal(mesh.mesh.facets[:, mesh.edge_groups["rib"]].ravel(), [0, 2])


def test_orphans_are_dropped_and_the_rest_renumbered():
    mesh = plate_mesh([(9.0, 9.0), *SQUARE], np.array(TWO) + 1, points_named={"corner": [1]})
    assert mesh.mesh.p.shape == (2, 4)
    assert mesh.point_groups["corner"].tolist() == [0]
    assert mesh.notes == ("1 nodes of no triangle were dropped.",)


def test_separate_pieces_and_slits_are_told():
    apart = plate_mesh([*SQUARE, *(np.array(SQUARE) + 5)], [*TWO, *(np.array(TWO) + 4)])
    assert "2 separate pieces" in apart.notes[0]
    slit = plate_mesh([*SQUARE, (0.0, 0.0), (1.0, 1.0)], [(0, 1, 2), (4, 5, 3)])
    assert any("share their place" in note for note in slit.notes)


BOW = [
    (0.0, 0.0),
    (-1.0, 0.5),
    (-1.0, -0.5),
    (1.0, -0.5),
    (1.0, 0.5),
]  # two triangles that meet in the origin


def test_parts_that_meet_in_one_vertex_are_cut_there():
    mesh = plate_mesh(
        BOW,
        [(0, 1, 2), (0, 3, 4)],
        lines={"upper": [(0, 1), (4, 0)], "east": [(3, 4)]},
        points_named={"joint": [0], "tip": [1]},
        surfaces={"west": [0]},
    )
    assert mesh.mesh.p.T.tolist() == [*map(list, BOW), [0.0, 0.0]]
    assert "meet in 1 single vertices, the first at (0, 0)" in mesh.notes[0]
    assert "2 separate pieces" in mesh.notes[1]
    assert len(mesh.notes) == 2
    assert mesh.mesh.facets[:, mesh.edge_groups["upper"]].T.tolist() == [[0, 1], [4, 5]]
    assert mesh.mesh.facets[:, mesh.edge_groups["east"]].T.tolist() == [[3, 4]]
    assert mesh.point_groups["joint"].tolist() == [0, 5]
    assert mesh.point_groups["tip"].tolist() == [1]
    assert mesh.surface_groups["west"].tolist() == [0]


def test_a_ring_that_touches_itself_is_cut_but_stays_one_piece():
    """Eight squares around an empty one, of which a corner square meets its neighbours in a vertex only."""
    x, y = np.meshgrid(np.arange(4.0), np.arange(4.0))
    a = (np.arange(3) + 4 * np.arange(3)[:, None]).ravel()[[0, 1, 2, 3, 5, 7, 8]]  # no centre, no upper left
    cells = np.vstack([np.column_stack((a, a + 1, a + 5)), np.column_stack((a, a + 5, a + 4))])
    mesh = plate_mesh(np.column_stack((x.ravel(), y.ravel())), cells)
    assert len(mesh.notes) == 2  # one orphan, one vertex at (1, 2)
    assert "the first at (1, 2)" in mesh.notes[1]
    ends = mesh.mesh.facets[:, mesh.mesh.boundary_facets()].ravel()
    assert np.bincount(ends).max() == 2
    assert areas(mesh).sum() == 7


def test_node_sets_hold_both_sides_of_a_cut(tmp_path):
    path = tmp_path / "bow.inp"
    nodes = "".join(f"{k + 1}, {x}, {y}, 0.\n" for k, (x, y) in enumerate(BOW))
    path.write_text(
        f"*NODE\n{nodes}*ELEMENT, TYPE=S3\n1, 1, 2, 3\n2, 1, 4, 5\n*NSET, NSET=upper\n1, 2, 5\n*NSET, NSET=joint\n1,\n"
    )
    mesh = read_mesh(path)
    assert mesh.mesh.facets[:, mesh.edge_groups["upper"]].T.tolist() == [[0, 1], [4, 5]]
    assert mesh.point_groups["joint"].tolist() == [0, 5]


def test_curved_edges_and_refinement_survive_the_cut():
    points = [*BOW, (-0.5, 0.25), (-1.1, 0.0), (-0.5, -0.25), (0.5, -0.25), (1.1, 0.0), (0.5, 0.25)]
    mesh = plate_mesh(points, [(0, 1, 2, 5, 6, 7), (0, 3, 4, 8, 9, 10)])
    bent = np.flatnonzero(mesh.bulge.any(axis=1))
    assert mesh.mesh.facets[:, bent].T.tolist() == [[1, 2], [3, 4]]
    np.testing.assert_allclose(mesh.bulge[bent], [[-0.1, 0], [0.1, 0]])
    assert refined(mesh).mesh.t.shape[1] == 8


@pytest.mark.parametrize(
    ("points", "triangles", "words"),
    [
        (SQUARE, np.zeros((0, 3)), "no triangles"),
        ([*SQUARE[:3], (np.nan, 1)], TWO, "not finite"),
        (SQUARE, [*TWO, (2, 0, 1)], "occur twice"),
        ([*SQUARE, (0.5, 0.0)], [*TWO, (0, 1, 4)], "no area"),
        ([*SQUARE, (2, 2)], [*TWO, (0, 2, 4)], "no area"),
        ([*SQUARE, (2, 1)], [*TWO, (0, 2, 4)], "shared by 3 triangles"),
        ([(0, 0), (1, 0), (1, 1), (0.9, 0.5)], TWO, "folds"),
        (SQUARE, [(0, 1, 7)], "names point 7"),
        ([(0, 0, 0)], [(0, 0, 0)], r"\(n, 2\)"),
        (SQUARE, [(0, 1, 2, 3)], "3 or 6 nodes"),
        ([*SQUARE[:3], (0.5, 0.6), (1, 0.5), (0.5, 0.5)], [(0, 1, 2, 3, 4, 5)], "folds its triangle"),
    ],
)
def test_no_plate(points, triangles, words):
    with pytest.raises(MeshError, match=words) as caught:
        plate_mesh(points, triangles)
    assert caught.value.message


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"lines": {"edge": [(1, 3)]}}, "no edge of a triangle"),
        ({"lines": {"edge": np.zeros((0, 2))}}, "empty"),
        ({"lines": {"edge": [(0, 9)]}}, "names vertex 9"),
        ({"points_named": {"p": [4]}}, "corner of no triangle"),
        ({"surfaces": {"s": [2]}}, "needed triangles"),
    ],
)
def test_groups_that_are_not_there(groups, words):
    with pytest.raises(MeshError, match=words):
        plate_mesh([*SQUARE, (7.0, 7.0)], TWO, **groups)


def test_scaled_scales_everything():
    mesh = scaled(disc(), 1e-3)
    assert np.abs(radii(mesh) - 1e-3).max() < 1e-18
    assert mesh.edge_groups.keys() == {"upper", "lower"}
    with pytest.raises(MeshError, match="positive"):
        scaled(mesh, 0.0)


def test_uniform_refinement_keeps_the_circle_and_the_names():
    coarse = disc()
    fine, parent = refined_with_parents(coarse)
    assert fine.mesh.t.shape[1] == 4 * coarse.mesh.t.shape[1]
    assert np.bincount(parent).tolist() == [4] * coarse.mesh.t.shape[1]
    assert np.abs(radii(refined(fine)) - 1).max() < 1e-15
    assert np.abs(np.linalg.norm(fine.mesh.p[:, fine.mesh.boundary_nodes()], axis=0) - 1).max() < 1e-15
    for name, ids in coarse.edge_groups.items():
        assert fine.edge_groups[name].size == 2 * ids.size
        assert set(fine.edge_groups[name]) <= set(boundary_edges(fine))
    assert fine.surface_groups["left"].size == 4 * coarse.surface_groups["left"].size
    assert np.array_equal(fine.mesh.p[:, : coarse.mesh.p.shape[1]], coarse.mesh.p)


@given(seed=st.integers(0, 2**32 - 1))
def test_adaptive_refinement_is_a_conforming_mesh_inside_its_parents(seed):
    rng = np.random.default_rng(seed)
    mesh = plate_mesh(np.roll(SQUARE, seed % 4, axis=0), TWO) if seed % 2 else disc(order=1)
    total, rim = areas(mesh).sum(), boundary_edges(mesh).size
    for _ in range(4):
        marked = rng.choice(mesh.mesh.t.shape[1], 3)
        fine, parent = refined_with_parents(mesh, marked)
        assert np.allclose(np.bincount(parent, areas(fine)), areas(mesh), rtol=1e-12)
        assert (np.bincount(parent)[marked] == 4).all()
        mesh = fine
    assert areas(mesh).sum() == pytest.approx(total, rel=1e-12)
    length = np.linalg.norm(
        np.diff(mesh.mesh.p[:, mesh.mesh.facets[:, boundary_edges(mesh)]], axis=1), axis=0
    )
    before = 4.0 if seed % 2 else rim * 2 * np.sin(np.pi / rim)
    assert length.sum() == pytest.approx(before, rel=1e-12)  # no hanging vertex opened a crack
    angles = np.sort(_angles(mesh))
    assert angles[0] > np.deg2rad(10)  # longest-edge refinement does not degenerate


def _angles(mesh: PlateMesh) -> np.ndarray:
    p = mesh.mesh.p[:, mesh.mesh.t].transpose(1, 0, 2)
    a, b = np.roll(p, -1, axis=0) - p, np.roll(p, 1, axis=0) - p
    return np.arccos((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).ravel()


def test_marked_out_of_range():
    with pytest.raises(MeshError, match="Marked"):
        refined(disc(), [10**6])


@pytest.mark.parametrize("order", [1, 2])
def test_written_file_reads_back_to_the_last_bit(tmp_path, order):
    mesh = disc(order)
    write_mesh(mesh, tmp_path / "disc.msh")
    back = read_mesh(tmp_path / "disc.msh")
    assert_same(mesh, back)
    assert np.abs(mesh.bulge - back.bulge).max() < 1e-15
    assert [*tmp_path.iterdir()] == [tmp_path / "disc.msh"]
    assert back.second_order == (order == 2)
    with pytest.raises(InputError, match="cannot write"):
        write_mesh(mesh, tmp_path / "disc.msh" / "in_a_file.msh")


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("binary", [False, True])
def test_gmsh_22_by_meshio(tmp_path, order, binary):
    write_mesh(disc(order), tmp_path / "disc.msh")
    meshio.write(tmp_path / "again.msh", meshio.read(tmp_path / "disc.msh", "gmsh"), "gmsh22", binary=binary)
    assert_same(disc(order), read_mesh(tmp_path / "again.msh"))


@pytest.mark.parametrize("version", [2.2, 4.1])
@pytest.mark.parametrize("binary", [0, 1])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("drop", [(), ("left",)])
def test_gmsh_formats_by_gmsh(tmp_path, version, binary, order, drop):
    """With ``drop`` only a part of the entities is named, and gmsh is told to save them all."""
    if drop and version == 2.2:
        pytest.skip("gmsh 2.2 files saved so hold no names")
    gmsh = pytest.importorskip("gmsh", exc_type=ImportError)
    write_mesh(disc(order), tmp_path / "disc.msh")
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(tmp_path / "disc.msh"))
        gmsh.option.setNumber("Mesh.MshFileVersion", version)
        gmsh.option.setNumber("Mesh.Binary", binary)
        gmsh.option.setNumber("Mesh.SaveAll", bool(drop))
        for name in drop:
            gmsh.model.removePhysicalName(name)
            gmsh.model.removePhysicalGroups(
                [tag for tag in gmsh.model.getPhysicalGroups(2) if gmsh.model.getPhysicalName(*tag) == ""]
            )
        gmsh.write(str(tmp_path / "again.msh"))
    finally:
        gmsh.finalize()
    back = read_mesh(tmp_path / "again.msh")
    assert back.mesh.t.shape == disc().mesh.t.shape
    assert {name: ids.size for name, ids in back.edge_groups.items()} == {"upper": 16, "lower": 16}
    assert back.mesh.p[:, back.point_groups["centre"]].tolist() == [[0.0], [0.0]]
    assert back.surface_groups["right"].size == disc().surface_groups["right"].size
    assert drop or back.surface_groups["lower_left"].size == disc().surface_groups["lower_left"].size
    assert np.abs(radii(back) - 1).max() < (1e-14 if order == 2 else 5e-3)


def raw_square() -> meshio.Mesh:
    points = np.column_stack((SQUARE, np.zeros(4)))
    cells = [("triangle", np.array(TWO)), ("line", np.array([(0, 1), (1, 2), (2, 3), (3, 0)]))]
    return meshio.Mesh(points, cells, cell_data={"tag": [np.array([1, 2]), np.array([3, 3, 4, 4])]})


@pytest.mark.parametrize("suffix", [".vtk", ".vtu"])
def test_vtk_takes_groups_from_tags(tmp_path, suffix):
    raw_square().write(tmp_path / f"a{suffix}")
    mesh = read_mesh(tmp_path / f"a{suffix}")
    assert {name: ids.size for name, ids in mesh.edge_groups.items()} == {"tag_3": 2, "tag_4": 2}
    assert {name: ids.size for name, ids in mesh.surface_groups.items()} == {"tag_1": 1, "tag_2": 1}


def test_abaqus_sets(tmp_path):
    path = tmp_path / "a.inp"
    path.write_text(
        "*NODE\n1, 0., 0., 2.\n2, 1., 0., 2.\n3, 1., 1., 2.\n4, 0., 1., 2.\n"
        "*ELEMENT, TYPE=S3\n1, 1, 2, 3\n2, 1, 3, 4\n"
        "*NSET, NSET=clamped_bottom\n1, 2\n*NSET, NSET=pinned\n4,\n*ELSET, ELSET=upper\n2,\n"
    )
    mesh = read_mesh(path)
    assert mesh.mesh.facets[:, mesh.edge_groups["clamped_bottom"]].T.tolist() == [[0, 1]]
    assert mesh.point_groups["pinned"].tolist() == [3]
    assert mesh.surface_groups["upper"].size == 1
    assert any("z = 2" in note for note in mesh.notes)


def test_nastran(tmp_path):
    path = tmp_path / "a.bdf"
    path.write_text(
        "BEGIN BULK\n"
        "GRID,1,,0.,0.,0.\nGRID,2,,1.,0.,0.\nGRID,3,,1.,1.,0.\nGRID,4,,0.,1.,0.\n"
        "CTRIA3,1,7,1,2,3\nCTRIA3,2,8,1,3,4\nENDDATA\n"
    )
    mesh = read_mesh(path)
    assert areas(mesh).sum() == 1
    assert mesh.surface_groups.keys() == {"tag_7", "tag_8"}


@pytest.mark.parametrize("kind", ["quad", "quad8", "quad9"])
def test_quadrilaterals_are_split(tmp_path, kind):
    corners = np.array(SQUARE)
    sides = (corners + np.roll(corners, -1, axis=0)) / 2
    sides[0] += (0, -0.1)
    points = np.vstack((corners, sides, [(0.5, 0.5)]))[: {"quad": 4, "quad8": 8, "quad9": 9}[kind]]
    raw = meshio.Mesh(np.column_stack((points, 0 * points[:, 0])), [(kind, [np.arange(len(points))])])
    raw.write(tmp_path / "q.vtu")
    mesh = read_mesh(tmp_path / "q.vtu")
    assert "1 quadrilaterals were split into two triangles each." in mesh.notes
    assert areas(mesh).tolist() == [0.5, 0.5]
    bottom = np.flatnonzero(mesh.bulge.any(axis=1))
    assert np.allclose(mesh.bulge[bottom], [[0, -0.1]] if kind != "quad" else np.zeros((0, 2)))


def broken(name: str, text: str | bytes):
    return pytest.param(name, text if isinstance(text, bytes) else text.encode(), id=name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        broken("empty.msh", ""),
        broken("noise.msh", bytes(range(256)) * 4),
        broken("cut.msh", "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n5\n1 0 0 0\n"),
        broken("future.msh", "$MeshFormat\n9.9 0 8\n$EndMeshFormat\n"),
        broken("text.vtu", "not xml at all"),
        broken("mesh.unknown", "hello"),
        broken("cut.bdf", "BEGIN BULK\nGRID,1,,zero,0.,0.\n"),
        broken("cut.inp", "*NODE\n1, a, b\n"),
    ],
)
def test_unreadable_files_are_one_error_that_names_them(tmp_path, capfd, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_mesh(tmp_path / name)
    assert name in caught.value.message
    assert caught.value.advice
    assert capfd.readouterr() == ("", "")  # what meshio prints stays inside


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.msh: no such mesh file"):
        read_mesh(tmp_path / "nothing.msh")


def test_refusals_of_files_name_the_file(tmp_path):
    raw = raw_square()
    raw.points[0, 2] = 0.1
    raw.write(tmp_path / "bent.vtu")
    with pytest.raises(MeshError, match=r"bent\.vtu: The mesh is not planar"):
        read_mesh(tmp_path / "bent.vtu")
    lines = meshio.Mesh(raw.points, [raw.cells[1]])
    lines.write(tmp_path / "outline.vtu")
    with pytest.raises(MeshError, match=r"outline\.vtu: The mesh has no triangles \(it holds line\)"):
        read_mesh(tmp_path / "outline.vtu")
