"""The meshes that come with the project: what README.md promises of each."""

import re
from pathlib import Path

import numpy as np
import pytest

from landscape.case import read_case
from landscape.mesh import boundary_edges
from landscape.modes import eigenmodes
from landscape.plate import Support
from landscape.system import assemble

FOLDER = Path(__file__).parent.parent / "meshes"
MESHES = sorted(path.stem for path in FOLDER.glob("*.msh"))
ROWS = dict(re.findall(r"^\|.*\| `(\w+)\.msh` (\|.*)$", (FOLDER / "README.md").read_text("utf-8"), re.M))


def test_the_table_lists_every_mesh():
    assert sorted(ROWS) == MESHES
    assert {"plate", "square", "disc", "two_rooms", "free_corners", "half_clamped", "pinned_disc"} <= {
        *MESHES
    }


@pytest.mark.parametrize("name", MESHES)
def test_row_picture_and_counts(name):
    mesh = read_case(FOLDER / f"{name}.msh").mesh
    assert f"| {mesh.mesh.t.shape[1]} / {mesh.mesh.p.shape[1]}" in ROWS[name]
    assert ("6-node" in ROWS[name]) == mesh.bulge.any()
    assert all(f"`{group}`" in ROWS[name] for group in (*mesh.edge_groups, *mesh.point_groups))
    assert (FOLDER / "pictures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", MESHES)
def test_every_boundary_edge_has_a_support_and_nothing_is_assumed(name):
    case = read_case(FOLDER / f"{name}.msh")
    held = np.concatenate(
        [case.mesh.edge_groups[group] for group in case.plate.supports if group in case.mesh.edge_groups]
    )
    assert set(boundary_edges(case.mesh)) == set(held)
    assert not case.mesh.notes


def test_the_plate():
    case = read_case(FOLDER / "plate.msh")
    assert case.plate == read_case(FOLDER / "plate.toml").plate
    assert case.plate.supports == {"edge": Support.CLAMPED}
    assert case.plate.section.stiffness == pytest.approx(70e9 * 0.5e-3**3 / 12 / (1 - 0.33**2), rel=1e-14)
    assert case.mesh.mesh.p.shape[1] <= 3000
    assert np.ptp(case.mesh.mesh.p, axis=1).tolist() == pytest.approx([0.25, 0.2], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "values", "tolerance"),
    [
        # published or closed-form λ; the error of the mesh by h⁸ inside and h_min^2s at singular points
        ("square", [1294.93397959, 5386.65656078, 5386.65656078, 11710.811238], 2e-6),
        ("disc", [104.363105559, 452.004510133, 452.004510133, 1216.40759971], 1e-6),
        ("pinned_disc", [452.004510133, 452.004510133, 516.960914374], 1e-6),
        ("free_corners", [7.11088**2, 15.77024**2, 15.77024**2, 19.59614**2], 3e-6),
        ("rhombus45", [65.64279**2, 106.494906**2, 148.31186**2], 3e-6),
    ],
)
def test_known_eigenvalues(name, values, tolerance):
    case = read_case(FOLDER / f"{name}.msh")
    found = eigenmodes(assemble(case.mesh, case.plate), len(values)).eigenvalues
    assert found == pytest.approx(values, rel=tolerance)


@pytest.mark.slow
def test_make_makes_the_same_plate(tmp_path, monkeypatch):
    pytest.importorskip("gmsh", exc_type=ImportError)
    monkeypatch.syspath_prepend(FOLDER)
    import make

    old = read_case(FOLDER / "two_rooms.msh").mesh
    monkeypatch.setattr(make, "HERE", tmp_path)
    new = make.make(make.two_rooms)
    assert {name: ids.size for name, ids in new.edge_groups.items()} == {
        name: ids.size for name, ids in old.edge_groups.items()
    }
    assert new.mesh.t.shape[1] == pytest.approx(
        old.mesh.t.shape[1], rel=0.05
    )  # another gmsh may differ a little
