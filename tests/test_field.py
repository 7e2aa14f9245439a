"""Values, gradients, Hessians and moments of a field, against polynomials it holds exactly."""

import numpy as np
import pytest
from builders import FREE, Quantity, disc, free_space, full_of, grid, held, wavy
from skfem import MeshTri

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.field import Field, moments
from landscape.plate import Plate, Section
from landscape.system import assemble

RNG = np.random.default_rng(4)
P, Q = Quantity.random(5, RNG), Quantity.random(5, RNG)
POINTS = RNG.uniform(0, 1, (60, 2))


@pytest.fixture(scope="module")
def field():
    space = free_space(wavy(3))
    return Field.of_full(space, np.stack([full_of(space, P), full_of(space, Q)], axis=1))


def test_values_gradients_and_hessians_are_the_polynomials(field):
    at = field.places(POINTS)
    for k, p in enumerate((P, Q)):
        np.testing.assert_allclose(field.values(at)[:, k], p.value(POINTS), atol=1e-11)
        np.testing.assert_allclose(field.gradients(at)[:, :, k], p.gradient(POINTS), atol=1e-10)
        np.testing.assert_allclose(field.hessians(at)[:, :, k], p.hessian(POINTS), atol=1e-8)


def test_points_and_places_give_the_same(field):
    np.testing.assert_array_equal(field.values(POINTS), field.values(field.places(POINTS)))
    np.testing.assert_array_equal(field.gradients(POINTS), field.gradients(field.places(POINTS)))
    np.testing.assert_array_equal(field.hessians(POINTS), field.hessians(field.places(POINTS)))


def test_a_grid_has_rows_of_y_and_columns_of_x(field):
    x, y = np.linspace(0, 1, 5), np.linspace(0.1, 0.9, 3)
    image = field.on_grid(x, y)
    assert image.shape == (3, 5, 2)
    for row, column in ((0, 0), (2, 1), (1, 4)):
        assert image[row, column, 0] == pytest.approx(P.value(np.array([x[column], y[row]])), abs=1e-11)


def test_outside_is_nan(field):
    outside = np.array([[2.0, 0.5], [np.nan, 0.0], [0.5, -0.1]])
    for got in (field.values(outside), field.gradients(outside), field.hessians(outside)):
        assert np.isnan(got).all()
    assert not field.places(outside).inside.any()


def test_the_same_chart_of_every_triangle(field):
    chart = np.array([[0.2, 0.3], [1 / 3, 1 / 3]])
    values = field.at_chart(chart)
    affine = field.space.affine
    points = affine.origin[:, None] + np.einsum("mij,qj->mqi", affine.jacobian, chart)
    np.testing.assert_allclose(values[:, :, 1], Q.value(points), atol=1e-11)


def test_a_field_of_unknowns_is_one_of_full_degrees_of_freedom():
    space = free_space(wavy(3))
    v = RNG.standard_normal(space.unknowns)
    np.testing.assert_allclose(
        Field.of(space, v).values(POINTS), Field.of_full(space, v[:, None]).values(POINTS)
    )


def test_argyris_fields_have_continuous_slopes():
    """Values and gradients of a random function, from both sides of inner edges."""
    space = free_space(wavy(3), ARGYRIS)
    field = Field.of(space, RNG.standard_normal(space.unknowns))
    mesh: MeshTri = space.skfem
    inner = np.flatnonzero(mesh.f2t[1] >= 0)
    for t in (0.13, 0.5, 0.8):
        points = (1 - t) * mesh.p[:, mesh.facets[0, inner]].T + t * mesh.p[:, mesh.facets[1, inner]].T
        sides = []
        for side in (0, 1):
            triangle = mesh.f2t[side, inner].astype(np.intp)
            at = type(field.places(points))(points, triangle, space.affine.chart(points, triangle))
            sides.append((field.values(at), field.gradients(at)))
        np.testing.assert_allclose(sides[0][0], sides[1][0], atol=1e-10)
        np.testing.assert_allclose(sides[0][1], sides[1][1], atol=1e-9)


def test_morley_fields_are_continuous_at_vertices_only():
    """And their normal slopes at midpoints."""
    space = free_space(wavy(3), MORLEY)
    v = RNG.standard_normal(space.unknowns)
    field = Field.of(space, v)
    np.testing.assert_allclose(field.values(space.skfem.p.T)[:, 0], v[: space.skfem.p.shape[1]], atol=1e-11)


def test_bending_moments():
    """w = x² + xy/2 + 3 y²: M = −D [(1−ν) H + ν tr H I], here constant; stiffness as its region has it."""
    w = Quantity.of({(2, 0): 1, (1, 1): 0.5, (0, 2): 3})
    plate = Plate(Section(2.0, 0.25), {"east": Section(10.0, 0.0)}, rest=FREE)
    system = assemble(grid(4), plate)
    field = Field.of_full(system.space, full_of(system.space, w)[:, None])
    at = field.places(np.array([[0.2, 0.4], [0.9, 0.4], [1.5, 0.4]]))
    found = moments(system, field, at)[:, :, 0]
    soft = -2.0 * np.array([0.75 * 2 + 0.25 * 8, 0.75 * 0.5, 0.75 * 6 + 0.25 * 8])
    np.testing.assert_allclose(found[:2], [soft, [-20.0, -5.0, -60.0]], rtol=1e-9)
    assert np.isnan(found[2]).all()


def test_a_field_reaches_under_its_arcs():
    space = free_space(disc(1))
    w = Quantity.of({(2, 0): 1, (0, 2): 1})
    field = Field.of_full(space, full_of(space, w)[:, None])
    phi = np.linspace(0, 6, 41)
    rim = 0.9999 * np.column_stack((np.cos(phi), np.sin(phi)))
    np.testing.assert_allclose(field.values(rim)[:, 0], 0.9999**2, rtol=1e-11)


@pytest.mark.parametrize("points", [np.zeros(2), np.zeros((2, 3)), np.zeros((1, 2, 2))])
def test_points_of_the_wrong_shape(field, points):
    with pytest.raises(InputError, match=r"needed an array \(k, 2\)"):
        field.places(points)


def test_free_plate_fixture_holds_rigid_motion_values():
    system = assemble(grid(2), held(FREE))
    tilt = Quantity(1, np.array([1.0, 2.0, -1.0]))
    field = Field.of_full(system.space, full_of(system.space, tilt)[:, None])
    np.testing.assert_allclose(field.gradients(POINTS)[:, :, 0], np.tile([2.0, -1.0], (60, 1)), atol=1e-11)
    assert np.abs(field.hessians(POINTS)).max() < 1e-9
