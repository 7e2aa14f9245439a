import numpy as np
import pytest

from landscape.errors import InputError
from landscape.topography import Surface, grid_surface, surface_edges, vertex_spacing
from landscape.topography.surface import rim_edges

RNG = np.random.default_rng


def twice_area(surface: Surface) -> np.ndarray:
    a, b, c = surface.points[surface.triangles].transpose(1, 0, 2)
    return np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def test_full_grid_is_covered_exactly_once():
    surface = grid_surface(
        RNG(1).random((5, 7)), np.ones((5, 7), bool), np.arange(7) * 2.0, np.arange(5) * 3.0
    )
    assert surface.triangles.shape == (2 * 4 * 6, 3)
    np.testing.assert_allclose(twice_area(surface), 6.0)


def test_euler_characteristic_of_disc_and_annulus():
    x = np.linspace(-1, 1, 41)
    radius = np.hypot(*np.meshgrid(x, x))
    for mask, euler in ((radius < 0.9, 1), ((radius < 0.9) & (radius > 0.4), 0)):
        surface = grid_surface(RNG(2).random(mask.shape), mask, x, x)
        corners = np.unique(surface.triangles)
        assert len(corners) == mask.sum()
        assert len(corners) - len(surface_edges(surface)) + len(surface.triangles) == euler


def test_vertices_follow_the_mask_in_reading_order():
    image = np.arange(12.0).reshape(3, 4)
    mask = np.ones((3, 4), bool)
    mask[1, 1] = False
    surface = grid_surface(image, mask, np.arange(4.0), -np.arange(3.0))
    back = np.full(mask.shape, np.nan)
    back[mask] = surface.values
    np.testing.assert_array_equal(back[mask], image[mask])
    np.testing.assert_array_equal(surface.points[-1], [3.0, -2.0])


def test_three_valid_pixels_make_one_triangle_and_fewer_none():
    mask = np.array([[True, True], [True, False]])
    assert len(grid_surface(np.ones((2, 2)), mask, [0, 1], [0, 1]).triangles) == 1
    assert len(grid_surface(np.ones((2, 2)), np.eye(2, dtype=bool), [0, 1], [0, 1]).triangles) == 0


@pytest.mark.parametrize("image", [np.array([[2.0, 0], [0, 2]]), np.array([[0.0, 2], [2, 0]])])
def test_ridge_connects_over_a_corner_whichever_way_it_runs(image):
    surface = grid_surface(image, np.ones((2, 2), bool), [0, 1], [0, 1])
    ridge = set(np.flatnonzero(surface.values == 2).tolist())
    assert ridge in [set(edge) for edge in surface_edges(surface).tolist()]


def test_coordinates_per_pixel_and_per_line_agree():
    image, mask = RNG(3).random((4, 6)), RNG(4).random((4, 6)) > 0.2
    x, y = np.linspace(0, 1, 6), np.linspace(2, 1, 4)
    columns, rows = np.meshgrid(x, y)
    one, other = grid_surface(image, mask, x, y), grid_surface(image, mask, columns, rows)
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.triangles, other.triangles)


def test_rim_of_an_annulus_is_both_circles():
    image, mask = np.zeros((7, 7)), np.ones((7, 7), bool)
    mask[3, 3] = False
    rim = np.zeros((7, 7), bool)
    rim[mask] = np.isin(np.arange(48), rim_edges(grid_surface(image, mask, np.arange(7), np.arange(7))))
    outer = np.ones((7, 7), bool)
    outer[1:-1, 1:-1] = False
    assert rim[outer].all()
    assert rim[[2, 3, 3, 4], [3, 2, 4, 3]].all()
    assert not rim[1, 1:-1].any()
    single = Surface(np.zeros((1, 2)), np.empty((0, 3), int), np.ones(1))
    assert rim_edges(single).shape == (0, 2)


def test_edges_are_unique_and_sorted():
    surface = Surface(
        np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]]), np.array([[2, 1, 0], [1, 2, 3]]), np.zeros(4)
    )
    np.testing.assert_array_equal(surface_edges(surface), [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])


def test_spacing_is_the_mean_edge_and_scales():
    surface = Surface(np.array([[0, 0], [3, 0], [0, 4.0], [9, 9]]), np.array([[0, 1, 2]]), np.zeros(4))
    np.testing.assert_allclose(vertex_spacing(surface), [3.5, 4.0, 4.5, 5.0])
    single = Surface(np.zeros((1, 2)), np.empty((0, 3), int), np.ones(1))
    np.testing.assert_array_equal(vertex_spacing(single), [1.0])


@pytest.mark.parametrize(
    ("points", "triangles", "values", "word"),
    [
        (np.zeros((3, 3)), [[0, 1, 2]], np.zeros(3), "points"),
        (np.zeros((3, 2)), [[0, 1, 2]], np.zeros(2), "values"),
        (np.zeros((3, 2)), [[0, 1, 3]], np.zeros(3), "numbered 0 to 2"),
        (np.zeros((3, 2)), [[0, 1]], np.zeros(3), "triangles"),
        (np.zeros((3, 2)), [[0, 1, 2]], np.array([0, np.nan, 0]), "finite"),
    ],
)
def test_bad_surfaces_are_refused(points, triangles, values, word):
    with pytest.raises(InputError, match=word):
        Surface(points, np.array(triangles), values)


@pytest.mark.parametrize(
    ("shape", "x", "y", "word"),
    [((2, 3), 3, 2, "one shape"), ((2, 2), 3, 2, "needed x"), ((2, 2), 2, 5, "needed y")],
)
def test_bad_grids_are_refused(shape, x, y, word):
    with pytest.raises(InputError, match=word):
        grid_surface(np.zeros((2, 2)), np.ones(shape, bool), np.arange(x), np.arange(y))


def test_a_valid_pixel_must_be_finite():
    with pytest.raises(InputError, match="finite"):
        grid_surface(np.array([[0, np.nan], [0, 0]]), np.ones((2, 2), bool), [0, 1], [0, 1])
