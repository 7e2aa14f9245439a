import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from landscape.errors import InputError
from landscape.topography import (
    Critical,
    Surface,
    find_regions,
    grid_surface,
    refine_regions,
    spread_labels,
)


def strip(profile) -> Surface:
    """A surface that follows a profile along x and does not change along y."""
    profile = np.asarray(profile, dtype=float)
    image = np.stack([profile, profile])
    return grid_surface(image, np.ones(image.shape, bool), np.arange(len(profile)), np.arange(2))


def gaussians(points, bumps) -> np.ndarray:
    """Sum of bumps (height, x, y, width)."""
    return sum(a * np.exp(-((points - [x, y]) ** 2).sum(axis=1) / (2 * s * s)) for a, x, y, s in bumps)


def square(n: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n)), axis=-1).reshape(-1, 2)


TWO = [(1.0, -0.5, 0.0, 0.25), (1.0, 0.5, 0.0, 0.25)]


def test_two_equal_bumps_meet_half_way():
    n, axis = 81, np.linspace(-1, 1, 81)
    surface = grid_surface(gaussians(square(n), TWO).reshape(n, n), np.ones((n, n), bool), axis, axis)
    regions = find_regions(surface)
    assert regions.count == 2
    np.testing.assert_allclose(np.sort(regions.peaks.points[:, 0]), [-0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(regions.passes.points, [[0, 0]], atol=1e-9)
    np.testing.assert_allclose(regions.passes.values, 2 * np.exp(-2))
    left = surface.points[:, 0] < -1e-9
    assert len(set(regions.labels[left].tolist())) == 1


def test_pixels_and_triangulation_give_the_same_topography():
    bumps = [(1.0, -0.5, -0.4, 0.3), (0.7, 0.5, -0.3, 0.25), (0.5, 0.1, 0.5, 0.2)]
    n, axis = 101, np.linspace(-1, 1, 101)
    grid = grid_surface(gaussians(square(n), bumps).reshape(n, n), np.ones((n, n), bool), axis, axis)
    rng = np.random.default_rng(7)
    points = np.vstack([rng.uniform(-1, 1, (9000, 2)), square(2)])
    mesh = Surface(points, Delaunay(points).simplices, gaussians(points, bumps))
    one, other = find_regions(grid), find_regions(mesh)
    assert one.count == other.count == 3
    np.testing.assert_array_equal(one.between, other.between)
    np.testing.assert_allclose(one.peaks.points, other.peaks.points, atol=0.03)  # a spacing and a half
    np.testing.assert_allclose(one.passes.values, other.passes.values, rtol=0.01)


def test_monkey_saddle_joins_three_regions_at_one_height():
    axis = np.linspace(-1, 1, 41)
    x, y = np.meshgrid(axis, axis)
    regions = find_regions(grid_surface(10 + x**3 - 3 * x * y**2, np.hypot(x, y) <= 1, axis, axis))
    assert regions.count == 3
    np.testing.assert_array_equal(regions.passes.values, 10)
    assert set(regions.between.ravel().tolist()) == {1, 2, 3}


def test_regions_that_only_touch_have_no_pass():
    bumps = [(1.0, -0.7, 0.0, 0.22), (0.9, 0.0, 0.0, 0.22), (0.8, 0.7, 0.0, 0.22)]
    rng = np.random.default_rng(3)
    points = np.vstack([rng.uniform(-1, 1, (3000, 2)), square(2)])
    regions = find_regions(Surface(points, Delaunay(points).simplices, gaussians(points, bumps)))
    assert sorted(map(tuple, regions.between.tolist())) == [(1, 2), (2, 3)]


def test_a_small_region_joins_its_neighbour():
    """Three bumps in a row, the middle one of few pixels; its two neighbours then meet in one pass."""
    profile = 0.1 + np.concatenate([np.hanning(41), 0.2 + 0.5 * np.hanning(9), np.hanning(41)])
    surface = strip(profile)
    assert find_regions(surface).count == 3
    found = find_regions(surface, smallest=30)
    assert found.count == 2
    assert found.between.tolist() == [[1, 2]]
    assert (found.labels > 0).all()
    assert find_regions(surface, smallest=1000).count == 0


def test_noise_may_differ_from_place_to_place():
    """The same two bumps of 0.4 above their pass: only the one where the noise is low makes a region."""
    profile = np.concatenate(
        [np.hanning(41), 0.1 + 0.4 * np.hanning(21), np.hanning(41), 0.1 + 0.4 * np.hanning(21)]
    )
    surface = strip(profile)
    assert find_regions(surface).count == 4
    noise = np.where(surface.points[:, 0] < 70, 0.1, 0.5)
    assert find_regions(surface, noise=noise).count == 3


def test_noise_goes_by_persistence_not_by_smoothing():
    rng = np.random.default_rng(11)
    n, axis, sigma = 101, np.linspace(-1, 1, 101), 0.004
    image = (gaussians(square(n), TWO) + sigma * rng.standard_normal(n * n)).reshape(n, n)
    surface = grid_surface(image, np.ones((n, n), bool), axis, axis)
    assert find_regions(surface, persistence=0, floor=0).count > 100
    regions = find_regions(surface, noise=10 * sigma)
    assert regions.count == 2
    assert abs(regions.passes.values[0] - 2 * np.exp(-2)) < 5 * sigma


def test_shallow_maximum_joins_the_region_across_its_pass_not_the_highest():
    regions = find_regions(strip([1, 10, 5, 8, 7.9, 7.95, 1]))
    assert regions.count == 2
    assert regions.labels[5] == regions.labels[3] == 2
    regions = find_regions(strip([1, 10, 5, 5.05, 4.9, 8, 1]))
    assert regions.labels[3] == 1
    assert regions.passes.values.tolist() == [4.9]


def test_threshold_is_relative_to_each_maximum():
    profile = np.array([0, 1e4, 0.5, 1.0, 0.9, 1.2, 0])
    assert find_regions(strip(profile), persistence=0.05).count == 3
    assert find_regions(strip(profile), persistence=0.15).count == 2
    assert find_regions(strip(profile), noise=0.2).count == 2


def test_corner_ripple_beyond_a_negative_moat_is_no_region():
    regions = find_regions(strip([4e-6, -4e-6, 0, 1, 0]))
    assert regions.count == 1
    assert regions.labels[:5].tolist() == [1] * 5
    assert not len(regions.passes.values)


def test_negative_parts_and_dead_pieces_carry_no_label():
    image = np.array([[0, 1, 0, 9, -1, -2, -1, 9, 1e-9, 2e-9, 0.0]] * 2)
    mask = np.ones(image.shape, bool)
    mask[:, [3, 7]] = False
    regions = find_regions(grid_surface(image, mask, np.arange(11), np.arange(2)))
    assert regions.labels[:9].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_zero_is_no_pass():
    regions = find_regions(strip([0, 1, 0, 2, 0, 3, 0.5, 1, 0]))
    assert regions.count == 4
    assert regions.passes.values.tolist() == [0.5]


def test_constant_plateau_and_single_vertex():
    assert find_regions(strip(np.ones(6))).count == 1
    two = find_regions(strip([0, 2, 2, 2, 1, 1, 2, 2, 0]))
    assert two.count == 2
    assert two.passes.values.tolist() == [1]
    single = find_regions(Surface(np.zeros((1, 2)), np.empty((0, 3), int), np.ones(1)))
    assert (single.count, single.labels.tolist(), len(single.between)) == (1, [1], 0)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_renumbering_moving_and_scaling_change_nothing(seed):
    rng = np.random.default_rng(seed)
    points, values = rng.random((80, 2)), rng.random(80)
    triangles = Delaunay(points).simplices
    number = rng.permutation(80)
    moved, shuffled = np.empty_like(points), np.empty_like(values)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved[number], shuffled[number] = 1e-3 * points @ turn + [3, 7], 1e-6 * values
    one = find_regions(Surface(points, triangles, values))
    other = find_regions(Surface(moved, rng.permutation(number[triangles]), shuffled))
    np.testing.assert_array_equal(number[one.peaks.vertices], other.peaks.vertices)
    np.testing.assert_array_equal(number[one.passes.vertices], other.passes.vertices)
    np.testing.assert_array_equal(one.between, other.between)
    np.testing.assert_array_equal(one.labels, other.labels[number])


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.fliplr, np.flipud, np.transpose]))
def test_a_mirrored_image_has_mirrored_regions(seed, mirror):
    rng = np.random.default_rng(seed)
    image, mask = rng.random((9, 9)), rng.random((9, 9)) > 0.1
    axis = np.arange(9)

    def labelled(values, valid):
        regions = find_regions(grid_surface(values, valid, axis, axis))
        picture = np.zeros(valid.shape, int)
        picture[valid] = regions.labels
        return picture, regions.passes.values

    (one, levels), (other, same) = labelled(image, mask), labelled(mirror(image), mirror(mask))
    np.testing.assert_array_equal(mirror(one), other)
    np.testing.assert_array_equal(levels, same)


def test_polishing_may_change_the_order_and_keeps_the_names_right():
    regions = find_regions(strip([0, 3, 1, 2, 0]))
    peaks = Critical(regions.peaks.vertices, regions.peaks.points, np.array([3.0, 3.1]))
    swapped = refine_regions(regions, peaks, regions.passes)
    assert swapped.peaks.values.tolist() == [3.1, 3.0]
    assert swapped.labels[3] == 1
    assert swapped.labels[1] == 2
    assert swapped.between.tolist() == [[1, 2]]


def test_labels_of_quadrature_points_stay_in_their_triangle():
    labels, triangles = np.array([1, 2, 3]), np.array([[0, 1, 2]])
    corners = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    assert spread_labels(triangles, labels, corners).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    "options",
    [
        {"persistence": 1.0},
        {"persistence": -0.1},
        {"floor": np.nan},
        {"noise": -1.0},
        {"noise": np.inf},
        {"smallest": -1.0},
    ],
)
def test_options_out_of_range(options):
    with pytest.raises(InputError, match=next(iter(options))):
        find_regions(strip([0, 1, 0]), **options)


def test_a_landscape_upside_down_is_refused():
    with pytest.raises(InputError, match="needed a positive value"):
        find_regions(strip([0, -1, 0]))


def test_coinciding_points_are_refused():
    with pytest.raises(InputError, match="coincide"):
        find_regions(Surface(np.zeros((3, 2)), np.array([[0, 1, 2]]), np.ones(3)))
