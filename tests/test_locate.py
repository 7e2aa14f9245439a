"""Points find their triangles, whatever the mesh, and the plate includes what lies under its arcs."""

import numpy as np
import pytest
from builders import annulus, disc, free_space, grid, remade, wavy
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape import locate
from landscape.locate import FEW, Locator

RNG = np.random.default_rng(9)


def inside_triangle(space, triangle, points):
    """True where barycentric coordinates are not negative beyond rounding."""
    corners = space.skfem.p.T[space.skfem.t.T[triangle]]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]

    def cross(u, v):
        return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]

    whole = cross(b - a, c - a)
    parts = [cross(b - points, c - points), cross(c - points, a - points), cross(a - points, b - points)]
    return (np.stack(parts) / whole > -1e-9).all(axis=0)


@pytest.mark.parametrize("count", [1, 500, FEW + 1, 20_000])
def test_every_point_of_the_square_is_found(count):
    """Few points go through the nearest centres, many through buckets; both must find all."""
    space = free_space(wavy(6))
    points = RNG.random((count, 2))
    triangle, chart = Locator(space)(points)
    assert (triangle >= 0).all()
    assert inside_triangle(space, triangle, points).all()
    back = space.affine.origin[triangle] + np.einsum("kij,kj->ki", space.affine.jacobian[triangle], chart)
    np.testing.assert_allclose(back, points, atol=1e-14)


def test_pairs_are_tested_in_pieces(monkeypatch):
    space = free_space(wavy(6))
    points = RNG.random((FEW + 1, 2))
    whole = Locator(space)(points)[0]
    monkeypatch.setattr(locate, "PAIRS", 50)
    np.testing.assert_array_equal(Locator(space)(points)[0], whole)


def test_few_and_many_points_agree():
    space = free_space(wavy(6))
    points = RNG.uniform(-0.2, 1.2, (FEW + 10, 2))
    find = Locator(space)
    few = np.concatenate([find(part)[0] for part in np.array_split(points, 7)])
    many = find(points)[0]
    np.testing.assert_array_equal(few >= 0, many >= 0)
    np.testing.assert_array_equal(many >= 0, ((points >= 0) & (points <= 1)).all(axis=1))
    assert inside_triangle(space, few[few >= 0], points[few >= 0]).all()


def test_vertices_and_edge_middles_belong_to_the_plate():
    space = free_space(wavy(5))
    mesh = space.skfem
    for points in (mesh.p.T, mesh.p[:, mesh.facets].mean(axis=1).T):
        assert (Locator(space)(points)[0] >= 0).all()


def test_points_outside_and_points_that_are_no_points():
    points = np.array([[1.1, 0.5], [-1e-6, 0.5], [np.nan, 0.5], [np.inf, 0.0], [1e300, 0.0]])
    triangle, chart = Locator(free_space(grid(3)))(points)
    assert (triangle == -1).all()
    assert np.isnan(chart).all()
    assert Locator(free_space(grid(3)))(np.empty((0, 2)))[0].shape == (0,)


@pytest.mark.parametrize("count", [1000, FEW + 2000])
@pytest.mark.parametrize("level", [0, 2])
def test_a_disc_is_round(count, level):
    """Points between chord and arc are on the plate, and those beyond the arc are not."""
    phi, r = RNG.uniform(0, 2 * np.pi, count), RNG.uniform(0.9, 1.1, count)
    r[np.abs(r - 1) < 1e-6] = 0.95
    points = np.column_stack((r * np.cos(phi), r * np.sin(phi)))
    triangle, _ = Locator(free_space(disc(level)))(points)
    np.testing.assert_array_equal(triangle >= 0, r < 1)


def test_a_hole_is_round_too():
    count = FEW + 500
    phi, r = RNG.uniform(0, 2 * np.pi, count), RNG.uniform(0.45, 0.55, count)
    r[np.abs(r - 0.5) < 1e-6] = 0.52
    points = np.column_stack((r * np.cos(phi), r * np.sin(phi)))
    triangle, _ = Locator(free_space(annulus(1, 12)))(points)
    np.testing.assert_array_equal(triangle >= 0, r > 0.5)


@settings(max_examples=20)
@given(size=st.sampled_from([1e-5, 1.0, 1e5]), shift=st.floats(-100, 100))
def test_size_and_place_of_the_plate(size, shift):
    mesh = wavy(3)
    space = free_space(remade(mesh, size * (mesh.mesh.p.T + shift)))
    inner = np.random.default_rng(1).uniform(0.01, 0.99, (50, 2))
    find = Locator(space)
    assert (find(size * (inner + shift))[0] >= 0).all()
    assert (find(size * (inner + shift + 2))[0] < 0).all()


@pytest.mark.parametrize("copies", [1, 10])
def test_fine_triangles_far_from_the_origin_leave_no_gaps(copies):
    """1000 m away coordinates are rounded to 1e-13 m, which is much of a triangle of 1e-3 m in its own terms."""
    c, s = np.cos(0.6), np.sin(0.6)
    mesh = wavy(12)
    turned = remade(mesh, 5e-3 * mesh.mesh.p.T @ np.array([[c, s], [-s, c]]) + [1000.0, -500.0])
    space = free_space(turned)
    places = turned.mesh.p[:, turned.mesh.facets].mean(axis=1).T
    assert (Locator(space)(np.tile(places, (copies, 1)))[0] >= 0).all()


def test_a_strongly_graded_mesh():
    """Buckets and nearest centres must cope with triangles of 1 beside triangles of 1e-4."""
    mesh = grid(12, place=lambda p: p**4)
    points = RNG.random((FEW + 3000, 2)) ** 4
    space = free_space(mesh)
    find = Locator(space)
    assert (find(points)[0] >= 0).all()
    assert (find(points[:300])[0] >= 0).all()
