"""A measured deformation, or a black and white mask, as the outline of a mesh."""

import json
import math
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from outlines import EXACT, HALF, RADIUS, area_of

from holography.deformation import Deformation
from holography.deformationfile import write_deformation
from holography.registration import PixelToPlate
from landscape.case import read_case
from landscape.case_mesh import MeshRequest, mesh_drawing
from landscape.cli import main
from landscape.errors import InputError
from landscape.geometry.outline import area, loop
from landscape.geometry.picture import traced
from landscape.geometry.planar import distance
from landscape.geometry.reading import ReadOptions, read_drawing
from landscape.plate import Support

PIXEL = 0.5e-3
PERIMETER = 0.2 + 0.2 + 2 * RADIUS * HALF + 2 * math.pi * 0.02


def on_plate(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where the plate of the other formats is; its hole lies nearer to the top of the arc than to the bottom."""
    body = (x > 0) & (x < 0.2) & (y > 0) & ((y < 0.1) | (np.hypot(x - 0.1, y - 0.025) < RADIUS))
    return body & (np.hypot(x - 0.1, y - 0.06) > 0.02)


def camera(turn: float) -> PixelToPlate:
    """Look at the plate turned by an angle (rad), slightly from the side, y up on a picture whose rows run down."""
    c, s = math.cos(turn), math.sin(turn)
    centre = np.array([[1, 0, -300.0], [0, 1, -250.0], [0, 0, 1]])
    view = np.array([[PIXEL * c, PIXEL * s, 0.1], [PIXEL * s, -PIXEL * c, 0.07], [1e-4, -5e-5, 1]])
    return PixelToPlate(view @ centre)


def measured(path: Path, turn: float = 0.3, *, unit: str = "m") -> Path:
    rows, cols = np.mgrid[:500, :600].astype(float)
    x, y = camera(turn)(cols, rows)
    mask = on_plate(x, y)
    if unit == "pixel":
        x, y = x / PIXEL, y / PIXEL
    value = np.where(mask, 1e-7, np.nan)
    fields = {"sigma": value / 10, "quality": mask * 1.0, "phase": value * 1e7}
    return write_deformation(path, Deformation(value, mask=mask, x=x, y=y, length_unit=unit, **fields))


@pytest.mark.parametrize("turn", [0.0, 0.3, 2.0])
def test_the_outline_is_where_the_camera_saw_the_plate(tmp_path, turn):
    """Whichever way the camera is turned: within the tolerance, one pixel, and half a pixel of the sampling."""
    outline = read_drawing(measured(tmp_path / "deformation.h5", turn))
    pixel = 1.2 * PIXEL  # the farthest from the camera
    (hole,) = outline.holes
    away = np.linalg.norm(loop(hole) - [0.1, 0.06], axis=1) - 0.02
    assert np.abs(away).max() < 1.5 * pixel
    rim = np.concatenate([[(0, 0.1), (0, 0), (0.2, 0), (0.2, 0.1)], arch()])
    assert distance(loop(outline.outer), rim).max() < 1.5 * pixel
    enclosed = abs(area(outline.outer)) - abs(area(hole))
    assert abs(enclosed - EXACT) < PERIMETER * pixel


def arch() -> np.ndarray:
    angle = np.linspace(HALF, -HALF, 400)
    return np.column_stack((0.1 + RADIUS * np.sin(angle), 0.025 + RADIUS * np.cos(angle)))


def test_mesh_solve_and_case_take_a_deformation(tmp_path, capsys):
    source = measured(tmp_path / "deformation.h5")
    target = tmp_path / "plate.msh"
    assert main(["mesh", str(source), "-o", str(target), "--size", "15mm", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["groups"].keys() == {"edge", "hole_1"}
    assert any("measured pixels" in note for note in facts["notes"])
    (tmp_path / "case.toml").write_text(
        '[outline]\nfile = "deformation.h5"\ntolerance = "1 mm"\nsize = "15 mm"\n[supports]\nhole_1 = "free"\n'
    )
    case = read_case(tmp_path / "case.toml")
    assert case.plate.supports == {"hole_1": Support.FREE}
    assert any("within 0.001 m" in note for note in case.notes)
    assert area_of(case.mesh) == pytest.approx(EXACT, abs=PERIMETER * 1e-3)


def test_axes_in_pixels_need_the_size_of_one(tmp_path):
    path = measured(tmp_path / "deformation.h5", unit="pixel")
    with pytest.raises(InputError, match="its axes are in pixels"):
        read_drawing(path)
    outline = read_drawing(path, ReadOptions(pixel_size=2 * PIXEL))
    assert abs(area(outline.outer)) == pytest.approx(4 * (EXACT + math.pi * 4e-4), rel=0.02)


def test_files_that_are_no_deformation(tmp_path):
    path = tmp_path / "result.h5"
    with h5py.File(path, "w") as file:
        file["landscape"] = np.zeros(3)
    with pytest.raises(InputError, match=r"result\.h5: no measured deformation: no dataset mask"):
        mesh_drawing(path, MeshRequest())
    path.write_bytes(b"no hdf5")
    with pytest.raises(InputError, match="damaged or not HDF5"):
        mesh_drawing(path, MeshRequest())
    with h5py.File(path, "w") as file:
        file["mask"], file["x"], file["y"] = np.zeros((9, 9), bool), *np.mgrid[:9, :9]
    with pytest.raises(InputError, match=r"result\.h5: The mask shows no edge: it is all black"):
        mesh_drawing(path, MeshRequest())
    with h5py.File(path, "w") as file:
        file["mask"], file["x"], file["y"] = np.zeros((9, 9), bool), *np.mgrid[:8, :9]
    with pytest.raises(InputError, match="lie on different pixels"):
        mesh_drawing(path, MeshRequest())


@pytest.mark.parametrize("turn", [0.1, 0.3, 0.7])
def test_stairs_of_a_black_and_white_mask_are_no_corners(tmp_path, turn):
    """A turned square of 200 pixels has four sides, and its area within a pixel all round."""
    rows, cols = np.mgrid[:400, :400] - 200.0
    u, v = math.cos(turn) * cols - math.sin(turn) * rows, math.sin(turn) * cols + math.cos(turn) * rows
    cv2.imwrite(str(tmp_path / "mask.png"), 255 * ((abs(u) < 100) & (abs(v) < 100)).astype(np.uint8))
    outline = read_drawing(tmp_path / "mask.png", ReadOptions(pixel_size=1e-3))
    assert len(outline.outer.pieces) <= 8
    assert abs(area(outline.outer)) == pytest.approx(0.04, abs=0.8e-3)
    assert "within 0.001 m" in outline.notes[0]


def test_a_plate_cut_off_by_the_picture_is_said():
    grey = np.zeros((50, 50))
    grey[10:40, 10:] = 1
    outline = traced(grey, lambda line: line[:, ::-1] * 1e-3, 1e-3)
    assert any("cut off" in note for note in outline.notes)
    assert abs(area(outline.outer)) == pytest.approx(30 * 40e-6, abs=140e-3 * 1e-3)  # perimeter × tolerance
