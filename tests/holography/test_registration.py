"""Pixels to plate axes: known views come back, and point sets that fix nothing are refused."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from holography.registration import Lens, PixelToPlate, camera_map, fit_map, project, scale_map
from landscape.errors import InputError

SHAPE = (720, 900)
VIEW = np.array([[2.6e-4, 1e-5, -0.02], [8e-6, -2.4e-4, 0.2], [1e-5, -2e-5, 1.0]])
GRID = np.stack(np.meshgrid(np.linspace(30, 870, 5), np.linspace(30, 690, 4)), axis=-1).reshape(-1, 2)
CORNERS = np.array([[12.0, 830], [1200, 815], [1180, 40], [30, 25]])


@dataclass(frozen=True)
class Point:
    pixel: tuple[float, float]
    plate: tuple[float, float]


@dataclass(frozen=True)
class Camera:
    pixel_size: float | None = None
    origin: tuple[float, float] | None = None
    control_points: tuple[Point, ...] | None = None
    distortion: bool = False


def test_rows_run_down_and_y_runs_up():
    x, y = camera_map(Camera(pixel_size=0.25e-3), SHAPE)([0, 1, 0], [719, 719, 718])
    np.testing.assert_allclose(x, [0.125e-3, 0.375e-3, 0.125e-3])
    np.testing.assert_allclose(y, [0.125e-3, 0.125e-3, 0.375e-3])


def test_origin_is_the_pixel_of_plate_zero():
    mapping = camera_map(Camera(pixel_size=1e-3, origin=(100, 200)))
    assert mapping(100, 200) == (0, 0)
    assert [float(v) for v in mapping(103, 195)] == pytest.approx([3e-3, 5e-3])
    assert not mapping.mirrored


@settings(max_examples=40, deadline=None)
@given(col=st.floats(0, 899), row=st.floats(0, 719))
def test_pixels_return_from_the_plate(col, row):
    lens = Lens((449.5, 359.5), 576.0, -0.06, 0.02)
    for mapping in (scale_map(1e-4, (5, 700)), PixelToPlate(VIEW), PixelToPlate(VIEW, lens)):
        there_and_back = mapping.pixels(*mapping(col, row))
        np.testing.assert_allclose([float(v) for v in there_and_back], [col, row], atol=1e-8)


def test_three_points_give_the_affine_map_through_them():
    plate = np.array([[0, 0], [0.3, 0.01], [0.02, 0.2]])
    mapping = fit_map(CORNERS[:3], plate)
    np.testing.assert_allclose(np.stack(mapping(*CORNERS[:3].T), axis=1), plate, atol=1e-15)
    np.testing.assert_array_equal(mapping.matrix[2], [0, 0, 1])


@pytest.mark.parametrize("points", [CORNERS, GRID], ids=["four", "twenty"])
def test_a_perspective_comes_back(points):
    mapping = fit_map(points, project(VIEW, points))
    np.testing.assert_allclose(mapping.matrix, VIEW, rtol=1e-6, atol=1e-12)
    assert mapping.residuals.max() < 1e-12


def test_a_lens_distortion_comes_back_and_is_seen_without():
    lens = Lens((449.5, 359.5), float(np.hypot(*SHAPE)) / 2, -0.06, 0.02)
    plate = project(VIEW, lens.undistort(GRID))
    found = fit_map(GRID, plate, distortion_of=SHAPE)
    assert found.lens.k1 == pytest.approx(-0.06, abs=1e-6)
    assert found.lens.k2 == pytest.approx(0.02, abs=1e-6)
    assert found.residuals.max() < 1e-9
    assert fit_map(GRID, plate).residuals.max() > 1e-4


def test_lens_follows_the_formula_of_opencv():
    import cv2

    lens = Lens((449.5, 359.5), 576.0, -0.06, 0.02)
    matrix = np.array([[576.0, 0, 449.5], [0, 576.0, 359.5], [0, 0, 1]])
    rays = np.column_stack([(GRID - lens.centre) / lens.focal, np.ones(len(GRID))])
    seen = cv2.projectPoints(rays, np.zeros(3), np.zeros(3), matrix, np.array([-0.06, 0.02, 0, 0]))[0][:, 0]
    np.testing.assert_allclose(lens.distort(GRID), seen, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_residuals_tell_the_error_of_the_points(seed):
    rng = np.random.default_rng(seed)
    plate = project(VIEW, GRID) + rng.normal(0, 0.2e-3, GRID.shape)
    mapping = fit_map(GRID, plate)
    expected = 0.2e-3 * np.sqrt((2 * len(GRID) - 8) / len(GRID))  # 8 of 40 numbers are fitted
    assert np.sqrt(np.mean(mapping.residuals**2)) == pytest.approx(expected, rel=0.35)
    assert np.abs(np.stack(mapping(*GRID.T), axis=1) - project(VIEW, GRID)).max() < 0.6e-3


def test_one_wrong_point_stands_out():
    plate = project(VIEW, GRID)
    plate[7] += [5e-3, 0]
    assert np.argmax(fit_map(GRID, plate).residuals) == 7


def test_a_mirrored_view_is_known_as_such():
    plate = project(VIEW, GRID)
    assert not fit_map(GRID, plate).mirrored
    assert fit_map(GRID, plate * [-1, 1]).mirrored
    assert fit_map(GRID[:, :] * [1, -1] + [0, 719], plate).mirrored


def test_pixel_area_is_that_of_the_quadrilateral_it_covers():
    mapping = PixelToPlate(VIEW)
    total = mapping.pixel_area(*np.meshgrid(np.arange(100, 300), np.arange(50, 150))).sum()
    corners = project(VIEW, np.array([[99.5, 49.5], [299.5, 49.5], [299.5, 149.5], [99.5, 149.5]]))
    x, y = corners.T
    assert total == pytest.approx(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2, rel=1e-6)
    assert float(scale_map(1e-3).pixel_area(5, 7)) == pytest.approx(1e-6)


def camera_points(points: NDArray, plate: NDArray, **more) -> Camera:
    pairs = zip(points.tolist(), plate.tolist(), strict=True)
    return Camera(control_points=tuple(Point(tuple(p), tuple(q)) for p, q in pairs), **more)


def test_camera_takes_control_points_before_anything_else():
    mapping = camera_map(camera_points(CORNERS, project(VIEW, CORNERS), pixel_size=1.0), SHAPE)
    np.testing.assert_allclose(mapping.matrix, VIEW, rtol=1e-6, atol=1e-12)
    lens = camera_map(camera_points(GRID, project(VIEW, GRID), distortion=True), SHAPE).lens
    assert abs(lens.k1) < 1e-6


LINE = np.array([[0.0, 0], [100, 100], [200, 200.5]])


@pytest.mark.parametrize(
    ("pixels", "plate", "needle"),
    [
        (CORNERS[:2], CORNERS[:2], "at least 3, got 2"),
        (LINE, CORNERS[:3], "these pixels lie on one line"),
        (CORNERS[:3], LINE, "these plate positions lie on one line"),
        (np.vstack([LINE, [[0, 300]]]), CORNERS, "these pixels lie on one line"),
        (np.repeat(CORNERS[:1], 5, axis=0), GRID[:5], "these pixels lie on one line"),
        (CORNERS, CORNERS[[0, 2, 1, 3]], "horizon between them"),
        (CORNERS, CORNERS[:3], "finite pairs"),
        (np.where(CORNERS == 12, np.nan, CORNERS), CORNERS, "finite pairs"),
    ],
)
def test_points_that_do_not_fix_the_map_are_refused(pixels, plate, needle):
    with pytest.raises(InputError, match=needle):
        fit_map(pixels, plate)


def test_a_camera_that_says_too_little_is_refused():
    with pytest.raises(InputError, match="needs 8 points, got 4"):
        camera_map(camera_points(CORNERS, project(VIEW, CORNERS), distortion=True), SHAPE)
    with pytest.raises(InputError, match="pixel_size or control_points"):
        camera_map(Camera())
    with pytest.raises(InputError, match="size of the picture is needed"):
        camera_map(Camera(pixel_size=1e-3))
