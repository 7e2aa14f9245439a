import numpy as np
import pytest
from numpy.polynomial import Polynomial

from landscape.errors import InputError
from landscape.topography import (
    Critical,
    Surface,
    Valley,
    effective_network,
    find_regions,
    grid_surface,
    refine_critical,
    sampled_field,
    valley_lines,
)

AXIS = Polynomial([1, 0, -1]) ** 2  # clamped at ±1
ROOMS = Polynomial([4, 0, -1]) ** 2 * Polynomial([0.3, 0.2, 1])  # clamped at ±2, two rooms


def two_rooms(points, axis=AXIS):
    """L = ROOMS(x) axis(y): its one valley is the line x = x_pass from wall to wall."""
    x, y = np.asarray(points, dtype=float).T
    fx, fy = ([f.deriv(m)(t) if m else f(t) for m in range(3)] for f, t in ((ROOMS, x), (axis, y)))
    values = fx[0] * fy[0]
    gradients = np.column_stack([fx[1] * fy[0], fx[0] * fy[1]])
    mixed = fx[1] * fy[1]
    hessians = np.stack([np.stack([fx[2] * fy[0], mixed], 1), np.stack([mixed, fx[0] * fy[2]], 1)], 1)
    outside = (np.abs(x) > 2) | (np.abs(y) > 1)
    for array in (values, gradients, hessians):
        array[outside] = np.nan
    return values, gradients, hessians


def sampled(n: int) -> Surface:
    x, y = np.linspace(-2, 2, 2 * n - 1), np.linspace(-1, 1, n)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    values = two_rooms(points.reshape(-1, 2))[0].reshape(points.shape[:2])
    return grid_surface(values, np.ones(values.shape, bool), x, y)


PASS = min(ROOMS.deriv().roots().real, key=abs)


def exact_pass() -> Critical:
    points = np.array([[PASS, 0.0]])
    return Critical(np.array([0]), points, two_rooms(points)[0])


def test_valley_of_two_rooms_runs_from_wall_to_wall():
    (valley,) = valley_lines(exact_pass(), two_rooms, sampled(41))
    np.testing.assert_allclose(valley.points[:, 0], PASS, atol=1e-7)
    np.testing.assert_allclose(np.sort(valley.points[[0, -1], 1]), [-1, 1], rtol=1e-12)
    assert valley.values[[0, -1]].max() < 1e-6 * valley.values[valley.summit]
    assert (np.diff(valley.values[: valley.summit + 1]) > 0).all()
    assert (np.diff(valley.values[valley.summit :]) < 0).all()


def test_a_ripple_before_the_wall_does_not_stop_the_valley():
    axis = AXIS * Polynomial([0.95**2, 0, -1])  # L < 0 for |y| > 0.95, down to −2e-4 of the pass
    (valley,) = valley_lines(exact_pass(), lambda p: two_rooms(p, axis), sampled(41))
    assert valley.values.min() < 0
    np.testing.assert_allclose(np.sort(valley.points[[0, -1], 1]), [-1, 1], rtol=1e-12)
    np.testing.assert_allclose(valley.points[:, 0], PASS, atol=1e-7)


def test_a_valley_that_ends_high_is_not_drawn_on_to_the_wall():
    axis = Polynomial([1, 0, -1.5, 0, 1])  # lowest inside, at y = ±√¾, where it is 7/16
    (valley,) = valley_lines(exact_pass(), lambda p: two_rooms(p, axis), sampled(41))
    np.testing.assert_allclose(np.sort(valley.points[[0, -1], 1]), [-(0.75**0.5), 0.75**0.5], atol=1e-3)


def test_smooth_and_sampled_fields_give_the_same_valley():
    surface = sampled(81)
    field = sampled_field(surface)
    passes = find_regions(surface).passes
    passes = refine_critical(passes, field, kind="pass", spacing=0.025)
    (valley,) = valley_lines(passes, field, surface)
    assert np.abs(valley.points[:, 0] - PASS).max() < 0.0025  # a tenth of a pixel
    assert np.ptp(valley.points[:, 1]) > 1.95


def curved(points):
    """L = 3 + Re φ², φ = z + z²/4: a conformal map keeps steepest descents, so the valley is Re φ = 0."""
    z = points[:, 0] + 1j * points[:, 1]
    phi, first = z + z**2 / 4, 1 + z / 2
    slope, bend = 2 * phi * first, 2 * first**2 + phi
    gradients = np.column_stack([slope.real, -slope.imag])
    hessians = np.stack([np.stack([bend.real, -bend.imag], 1), np.stack([-bend.imag, -bend.real], 1)], 1)
    values = 3 + (phi**2).real
    outside = np.abs(z) > 1.5
    for array in (values, gradients, hessians):
        array[outside] = np.nan
    return values, gradients, hessians


def curved_valley(n: int):
    axis = np.linspace(-1.5, 1.5, n)
    surface = grid_surface(np.zeros((n, n)), np.ones((n, n), bool), axis, axis)
    passes = Critical(np.array([0]), np.zeros((1, 2)), np.array([3.0]))
    (valley,) = valley_lines(passes, curved, surface)
    z = valley.points @ [1, 1j]
    return valley, np.abs((z + z**2 / 4).real).max()


def test_curved_valley_follows_its_closed_form():
    valley, off = curved_valley(61)
    assert np.ptp(valley.points[:, 0]) > 0.4  # it is curved
    assert np.ptp(valley.points[:, 1]) > 2
    assert off < 2.5e-4  # a two-hundredth of the spacing


def test_the_error_of_a_path_falls_with_the_spacing():
    errors = [curved_valley(n)[1] for n in (31, 61)]
    assert errors[0] / errors[1] > 3.5  # the straight start of 0.1 spacing leaves an error of second order


def test_a_path_ends_at_the_edge_where_the_field_ends():
    valley, _ = curved_valley(61)
    reach = np.linalg.norm(valley.points[[0, -1]], axis=1)
    edge_or_zero = (np.abs(reach - 1.5) < 1e-3) | (valley.values[[0, -1]] <= 0)
    assert edge_or_zero.all()


def test_a_path_ends_at_an_interior_minimum():
    def egg_box(points):
        x, y = 2 * np.pi * points.T
        values = 1.5 + np.cos(x) * np.cos(y)
        gradients = -2 * np.pi * np.column_stack([np.sin(x) * np.cos(y), np.cos(x) * np.sin(y)])
        d, m = -((2 * np.pi) ** 2) * np.cos(x) * np.cos(y), (2 * np.pi) ** 2 * np.sin(x) * np.sin(y)
        return values, gradients, np.stack([np.stack([d, m], 1), np.stack([m, d], 1)], 1)

    axis = np.linspace(0, 1, 41)
    surface = grid_surface(np.zeros((41, 41)), np.ones((41, 41), bool), axis, axis)
    (valley,) = valley_lines(
        Critical(np.array([0]), np.array([[0.25, 0.25]]), np.array([1.5])), egg_box, surface
    )
    np.testing.assert_allclose(valley.points.sum(axis=1), 0.5, atol=1e-9)  # x + y = ½
    np.testing.assert_allclose(np.sort(valley.points[[0, -1], 0]), [0, 0.5], atol=1e-3)


def test_noise_cannot_make_a_path_run_for_ever():
    rng = np.random.default_rng(9)
    axis = np.linspace(-1, 1, 31)
    surface = grid_surface(1 + rng.random((31, 31)), np.ones((31, 31), bool), axis, axis)
    regions = find_regions(surface)
    valleys = valley_lines(regions.passes, sampled_field(surface), surface)
    assert len(valleys) == len(regions.between)
    assert all((np.diff(v.values[v.summit :]) < 0).all() for v in valleys)


def test_no_passes_no_valleys():
    nothing = Critical(np.empty(0, int), np.empty((0, 2)), np.empty(0))
    assert valley_lines(nothing, two_rooms, sampled(11)) == []


def test_network_is_cut_exactly_where_the_landscape_crosses():
    line = Valley(0, np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0.0]]), np.array([0, 1, 16, 4, -1.0]), 2)
    parts = effective_network([line], omega=1 / 2.5)
    assert [p.tolist() for p in parts] == [[[0, 0], [1, 0], [1.5, 0]], [[2.75, 0], [3, 0], [4, 0]]]


def test_network_grows_down_and_vanishes_up():
    (valley,) = valley_lines(exact_pass(), two_rooms, sampled(41))
    opens = valley.values[valley.summit] ** -0.5
    whole = effective_network([valley], 0.99 * opens)
    assert len(whole) == 1
    assert len(whole[0]) == len(valley.points)
    lengths = []
    for omega in (1.5 * opens, 3 * opens, 10 * opens):
        parts = effective_network([valley], omega)
        assert len(parts) == 2
        lengths.append(sum(np.linalg.norm(np.diff(p, axis=0), axis=1).sum() for p in parts))
        half = np.sqrt(1 - opens / omega)  # (1 − y²)² = (opens/ω)²
        np.testing.assert_allclose(lengths[-1], 2 * (1 - half), rtol=0.01)
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize("omega", [0.0, -1.0, np.nan, np.inf])
def test_network_needs_a_frequency(omega):
    with pytest.raises(InputError, match="frequency"):
        effective_network([], omega)


def test_step_must_be_positive():
    with pytest.raises(InputError, match="step"):
        valley_lines(exact_pass(), two_rooms, sampled(11), step=0)
