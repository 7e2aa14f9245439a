"""From pixels onto plate points: exact on quadratics, honest sigma, nothing beyond the measured part."""

import numpy as np
import pytest
from numpy.typing import NDArray

from holography.registration import PixelToPlate, scale_map
from holography.resampling import PixelField, onto_grid, onto_points
from landscape.errors import InputError

SHAPE = (240, 300)
ROWS, COLS = np.mgrid[: SHAPE[0], : SHAPE[1]]
OBLIQUE = PixelToPlate(np.array([[5.2e-4, 2e-5, -0.02], [1e-5, -4.8e-4, 0.12], [1e-5, -4e-5, 1.0]]))
DISC = np.hypot(COLS - 150, ROWS - 120) < 100


def on_plate(function, mapping: PixelToPlate = OBLIQUE, sigma: float = 0.0, seed: int = 0) -> PixelField:
    noise = np.random.default_rng(seed).normal(0, sigma or 1e-12, SHAPE)
    return PixelField(function(*mapping(COLS, ROWS)) + noise, np.full(SHAPE, sigma), DISC)


def wave(x: NDArray, y: NDArray) -> NDArray:
    return np.sin(40 * x) * np.cos(30 * y)


def bowl(x: NDArray, y: NDArray) -> NDArray:
    return 3 + 2 * x - y + 50 * x**2 - 20 * x * y + 10 * y**2


@pytest.mark.parametrize("spacing", [6e-3, 2e-3])
def test_quadratics_are_exact_up_to_the_rim(spacing):
    x, y, found = onto_grid(on_plate(bowl), OBLIQUE, spacing)
    true = bowl(*np.meshgrid(x, y))
    assert found.mask.sum() > 200
    np.testing.assert_allclose(found.values[found.mask], true[found.mask], atol=2e-4)


def test_rows_of_the_grid_grow_with_y():
    x, y, found = onto_grid(on_plate(lambda x, y: y), OBLIQUE, 4e-3)
    assert np.all(np.diff(x) > 0)
    assert np.all(np.diff(y) > 0)
    middle = found.values[:, len(x) // 2]
    assert np.all(np.diff(middle[np.isfinite(middle)]) > 0)


@pytest.mark.parametrize("spacing", [8e-3, 4e-3, 2e-3])
def test_sigma_of_an_average_is_honest(spacing):
    errors, told = [], []
    for seed in range(4):
        x, y, found = onto_grid(on_plate(wave, sigma=0.02, seed=seed), OBLIQUE, spacing)
        errors.append((found.values - wave(*np.meshgrid(x, y)))[found.mask])
        told.append(found.sigma[found.mask])
    ratio = np.std(np.concatenate(errors) / np.concatenate(told))
    assert 1 / 1.5 < ratio < 1.5


def test_noise_shared_by_many_pixels_does_not_average_out():
    field = on_plate(bowl, sigma=0.02)
    shared = PixelField(field.values, field.sigma, field.mask, shared=1e6)
    points = np.stack(OBLIQUE(np.array([150.0]), np.array([120.0])), axis=1)
    single = onto_points(field, OBLIQUE, points, reach=5e-3)
    together = onto_points(shared, OBLIQUE, points, reach=5e-3)
    assert single.sigma[0] < 0.004
    assert together.sigma[0] == pytest.approx(0.02)


def test_points_denser_than_pixels_are_interpolated():
    x, y, found = onto_grid(on_plate(wave), OBLIQUE, 1e-4)
    assert np.nanmax(np.abs(found.values - wave(*np.meshgrid(x, y)))) < 1e-3


def test_points_off_the_measured_part_get_nothing():
    points = np.stack(
        OBLIQUE(np.array([150.0, 151.0, 10.0, 5000.0]), np.array([120.0, 121.0, 10.0, 120.0])), axis=1
    )
    found = onto_points(on_plate(wave), OBLIQUE, points)
    np.testing.assert_array_equal(found.mask, [True, True, False, False])
    assert np.isnan(found.values[2:]).all()
    with pytest.raises(InputError, match="none of the points lies on a measured pixel"):
        onto_points(on_plate(wave), OBLIQUE, points[2:])


def test_values_at_pixel_centres_are_the_pixels():
    mapping = scale_map(1e-3, (0, 239))
    field = on_plate(bowl, mapping)
    cols, rows = np.array([100, 150, 200]), np.array([100, 120, 140])
    found = onto_points(field, mapping, np.stack(mapping(cols, rows), axis=1), reach=0.5e-3)
    np.testing.assert_allclose(found.values, field.values[rows, cols])


def test_input_that_makes_no_sense_is_refused():
    field = on_plate(wave)
    with pytest.raises(InputError, match="needed points"):
        onto_points(field, OBLIQUE, np.zeros((3, 3)))
    with pytest.raises(InputError, match="spacing above 0"):
        onto_grid(field, OBLIQUE, 0.0)
    with pytest.raises(InputError, match="grid points"):
        onto_grid(field, OBLIQUE, 1e-6)
    with pytest.raises(InputError, match="size of the image"):
        onto_points(PixelField(field.values, field.sigma[1:], field.mask), OBLIQUE, np.zeros((3, 2)))
