"""Exports hold what the result holds: VTU read back by meshio, CSV against the summary."""

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import meshio
import numpy as np
import pytest

import landscape
from landscape.errors import InputError
from landscape.export import export, export_csv, export_vtu
from landscape.results import Result

MESHES = Path(__file__).parent.parent / "meshes"


@pytest.fixture(scope="module")
def result() -> Result:
    return landscape.result_of(landscape.solve(MESHES / "disc.msh", landscape.SolveOptions(modes=3)))


def test_vtu_holds_mesh_landscape_regions_and_modes(result: Result, tmp_path: Path) -> None:
    path = export_vtu(result, tmp_path / "disc.vtu")
    read = meshio.read(path)
    L = read.point_data["landscape (s^2)"]
    assert L.max() == pytest.approx(
        1 / 64, rel=2e-3
    )  # u = (1 − r²)²/64, sampled within r = 0.03 of its centre
    np.testing.assert_allclose(
        L, result.landscape().values(read.points[:, :2])[:, 0], atol=1e-9, equal_nan=False
    )
    assert set(np.unique(read.point_data["region"])) <= {0, 1}
    assert [name for name in read.point_data if name.startswith("mode")] == ["mode 1", "mode 2", "mode 3"]
    assert read.cells[0].type == "triangle"
    (ax, ay), (bx, by) = np.diff(read.points[read.cells[0].data][..., :2], axis=1).transpose(1, 2, 0)
    chords = result.space().affine.area.sum()  # the small triangles fill the large ones
    assert 0.5 * np.abs(ax * by - ay * bx).sum() == pytest.approx(chords, rel=1e-12)
    assert list(tmp_path.iterdir()) == [path]


def test_vtu_is_a_vtk_xml_file_of_the_kind_paraview_reads(result: Result, tmp_path: Path) -> None:
    root = ET.parse(export_vtu(result, tmp_path / "disc.vtu")).getroot()
    assert (root.tag, root.attrib["type"]) == ("VTKFile", "UnstructuredGrid")
    piece = root.find("UnstructuredGrid/Piece")
    assert piece is not None
    assert {"Points", "Cells", "PointData"} <= {child.tag for child in piece}


def test_csv_holds_the_summary(result: Result, tmp_path: Path) -> None:
    for path in export_csv(result, tmp_path):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        entries = result.summary[path.stem]
        assert len(rows) == len(entries)
        if path.stem == "regions":
            assert float(rows[0]["frequency.schwarz"]) == entries[0]["frequency"]["schwarz"]
            assert [float(rows[0]["peak.x"]), float(rows[0]["peak.y"])] == entries[0]["peak"]
        if path.stem == "modes":
            assert [float(row["eigenvalue"]) for row in rows] == [entry["eigenvalue"] for entry in entries]


def test_unknown_format_is_refused(result: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vtu"):
        export(result, "stl", tmp_path)
