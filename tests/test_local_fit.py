import numpy as np
import pytest

from landscape.errors import InputError
from landscape.topography import Surface, grid_surface, sampled_field


def on_grid(n, function):
    axis = np.linspace(-1, 1, n)
    x, y = np.meshgrid(axis, axis)
    return grid_surface(function(x, y), np.ones((n, n), bool), axis, axis)


def test_quadratics_are_reproduced():
    field = sampled_field(on_grid(21, lambda x, y: 1 + 2 * x - y + 3 * x * x + 4 * x * y - 2 * y * y))
    points = np.random.default_rng(5).uniform(-1, 1, (40, 2))
    values, gradients, hessians = field(points)
    x, y = points.T
    np.testing.assert_allclose(values, 1 + 2 * x - y + 3 * x * x + 4 * x * y - 2 * y * y, atol=1e-12)
    np.testing.assert_allclose(
        gradients, np.column_stack([2 + 6 * x + 4 * y, -1 + 4 * x - 4 * y]), atol=1e-10
    )
    np.testing.assert_allclose(hessians, np.broadcast_to([[6, 4], [4, -4]], (40, 2, 2)), atol=1e-8)


def test_orders_of_convergence_of_a_quadratic_fit():
    points = np.random.default_rng(6).uniform(-0.7, 0.7, (200, 2))
    exact = np.sin(2 * points[:, 0]) * np.cos(3 * points[:, 1])
    slope = 2 * np.cos(2 * points[:, 0]) * np.cos(3 * points[:, 1])
    errors = []
    for n in (41, 81):
        values, gradients, _ = sampled_field(on_grid(n, lambda x, y: np.sin(2 * x) * np.cos(3 * y)))(points)
        errors.append(
            (np.sqrt(np.mean((values - exact) ** 2)), np.sqrt(np.mean((gradients[:, 0] - slope) ** 2)))
        )
    rates = np.log2(np.divide(*errors))
    assert rates[0] > 2.7  # theory: 3
    assert rates[1] > 1.8  # theory: 2


def test_more_neighbours_smooth_noise():
    rng = np.random.default_rng(8)
    surface = on_grid(61, lambda x, y: rng.standard_normal(x.shape))
    points = rng.uniform(-0.5, 0.5, (300, 2))
    spread = [np.std(sampled_field(surface, neighbours=n)(points)[1]) for n in (25, 100)]
    assert spread[1] < spread[0] / 2  # theory: noise of a slope falls as 1/(radius √n), here by 4


def test_outside_is_nan_and_nan_stays_nan():
    field = sampled_field(on_grid(21, lambda x, y: x))
    values, gradients, hessians = field(np.array([[1.2, 0], [np.nan, 0], [1.0, 1.0]]))
    assert np.isnan(values[:2]).all()
    assert np.isnan(gradients[:2]).all()
    assert np.isnan(hessians[:2]).all()
    assert np.isfinite(values[2])


def test_samples_far_from_the_origin_and_tiny():
    near = on_grid(21, lambda x, y: x * y)
    far = Surface(1e-3 * near.points + [1000, -500], near.triangles, near.values)
    hessians = sampled_field(far)(far.points[[220]])[2]
    np.testing.assert_allclose(
        hessians[0], [[0, 1e6], [1e6, 0]], atol=1
    )  # 1000 m carry 1e-13 m: 1e-10 of 1e-3


def test_too_few_samples():
    few = Surface(np.eye(5, 2), np.empty((0, 3), int), np.zeros(5))
    with pytest.raises(InputError, match="at least 6"):
        sampled_field(few)
    with pytest.raises(InputError, match="at least 6"):
        sampled_field(on_grid(5, lambda x, y: x), neighbours=3)
