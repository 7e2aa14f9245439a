"""What the supports leave free at a vertex, and that every function of the space keeps them."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, disc, grid, held, rhombus, with_lines

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.elements.space import make_space
from landscape.errors import InputError
from landscape.field import Field

RNG = np.random.default_rng(7)


def free_at(space, vertices):
    return set(space.free[vertices].tolist())


def sides_of(mesh):
    """Boundary vertices that are no corner."""
    return np.setdiff1d(mesh.mesh.boundary_nodes(), mesh.point_groups["corners"])


@pytest.mark.parametrize(
    ("rest", "side", "corner", "slope"), [(CLAMPED, 1, 0, False), (SUPPORTED, 3, 1, True), (FREE, 6, 6, True)]
)
@pytest.mark.parametrize("make", [lambda: grid(4), lambda: rhombus(50, 4)])
def test_unknowns_left_at_sides_and_corners(rest, side, corner, slope, make):
    """Clamped: w_nn on a side. Supported: ∂n w, w_nn, w_nt on a side; w and D²w but w_xy at a corner vanish."""
    mesh = make()
    space = make_space(mesh, held(rest), ARGYRIS)
    assert free_at(space, sides_of(mesh)) == {side}
    assert free_at(space, mesh.point_groups["corners"]) == {corner}
    assert free_at(space, mesh.mesh.interior_nodes()) == {6}
    rim = mesh.mesh.boundary_facets()
    assert (space.slope_free[rim] == slope).all()
    assert np.delete(space.slope_free, rim).all()


@pytest.mark.parametrize(("rest", "left"), [(CLAMPED, 1), (SUPPORTED, 3)])
@pytest.mark.parametrize("make", [lambda: disc(2), lambda: annulus(2, 16)])
def test_no_vertex_of_a_smooth_curve_is_a_corner(rest, left, make):
    mesh = make()
    space = make_space(mesh, held(rest), ARGYRIS)
    assert free_at(space, mesh.mesh.boundary_nodes()) == {left}


@pytest.mark.parametrize(("support", "left"), [(CLAMPED, 3), (SUPPORTED, 5), (FREE, 6)])
def test_points(support, left):
    mesh = grid(4)
    space = make_space(mesh, held(FREE, centre=support), ARGYRIS)
    assert free_at(space, mesh.point_groups["centre"]) == {left}


def test_morley_knows_values_and_slopes_only():
    mesh = grid(4)
    for rest, slope in ((CLAMPED, False), (SUPPORTED, True)):
        space = make_space(mesh, held(rest), MORLEY)
        assert free_at(space, mesh.mesh.boundary_nodes()) == {0}
        assert (space.slope_free[mesh.mesh.boundary_facets()] == slope).all()


def test_supports_meet_at_a_corner_and_on_a_side():
    """Clamped left, free bottom: w_yy ... only H n = 0 along the left remains, so w_xx is free (1 unknown)."""
    mesh = grid(4)
    space = make_space(mesh, held(FREE, left=CLAMPED, top=SUPPORTED), ARGYRIS)
    x, y = mesh.mesh.p
    at = {(a, b): int(space.free[np.flatnonzero((x == a) & (y == b))[0]]) for a in (0, 1) for b in (0, 1)}
    assert at == {(0, 0): 1, (0, 1): 0, (1, 0): 6, (1, 1): 3}


def random_field(mesh, plate, element=ARGYRIS):
    space = make_space(mesh, plate, element)
    return Field.of(space, RNG.standard_normal(space.unknowns))


@pytest.mark.parametrize("angle", [90, 50])
def test_every_function_keeps_its_supports_along_straight_sides(angle):
    """A conforming space: w, and ∇w if clamped, vanish on the whole side, not at its nodes alone."""
    mesh = rhombus(angle, 4)
    corners = mesh.mesh.p[:, mesh.point_groups["corners"]].T[[0, 1, 3, 2]]
    t = np.linspace(0, 1, 41)[:, None]
    rim = np.concatenate([a + (b - a) * t for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)])
    rim = rim + 1e-13 * (corners.mean(axis=0) - rim)
    inside = corners.mean(axis=0) + 0.7 * (rim - corners.mean(axis=0))
    for rest in (CLAMPED, SUPPORTED):
        field = random_field(mesh, held(rest))
        assert np.abs(field.values(rim)).max() < 1e-11 * np.abs(field.values(inside)).max()
    field = random_field(mesh, held(CLAMPED))
    assert np.abs(field.gradients(rim)).max() < 1e-10 * np.abs(field.gradients(inside)).max()


def test_a_clamped_line_inside_divides_the_plate():
    mesh = grid(4)
    middle = np.flatnonzero((mesh.mesh.p[0, mesh.mesh.facets] == 0.5).all(axis=0))
    ribbed = with_lines(mesh, rib=middle)
    field = random_field(ribbed, held(FREE, rib=CLAMPED))
    points = np.column_stack((np.full(33, 0.5), np.linspace(0, 1, 33)))
    assert np.abs(field.values(points)).max() < 1e-12
    assert np.abs(field.gradients(points)).max() < 1e-11


def test_a_clamped_arc_keeps_value_and_slope_at_its_vertices_and_middles():
    """At both ends w, ∇w vanish; in the middle ∂n w does, by the tie. Between, w and ∇w are small of high order."""
    mesh = disc(2)
    field = random_field(mesh, held(CLAMPED))
    rim = mesh.mesh.boundary_facets()
    ends = mesh.mesh.p[:, mesh.mesh.boundary_nodes()].T * (1 - 1e-13)
    middles = (mesh.mesh.p[:, mesh.mesh.facets[:, rim]].mean(axis=1).T + mesh.bulge[rim]) * (1 - 1e-13)
    assert np.abs(field.values(ends)).max() < 1e-11
    assert np.abs(field.gradients(ends)).max() < 1e-10
    slope = np.einsum("kif,ki->k", field.gradients(middles), middles)
    typical = np.abs(field.gradients(middles * 0.8)).max()
    assert np.abs(slope).max() < 1e-10 * typical


def test_a_supported_arc_keeps_its_value_and_the_curvature_relation():
    """Along w = 0 with curvature κ: tᵀHt = κ ∂n w at every vertex (here κ = 1)."""
    mesh = disc(2)
    field = random_field(mesh, held(SUPPORTED))
    ends = mesh.mesh.p[:, mesh.mesh.boundary_nodes()].T
    at = field.places(ends * (1 - 1e-13))
    n, t = ends, np.stack((-ends[:, 1], ends[:, 0]), axis=1)
    gradient, (xx, xy, yy) = field.gradients(at)[:, :, 0], field.hessians(at)[:, :, 0].T
    along = t[:, 0] ** 2 * xx + 2 * t[:, 0] * t[:, 1] * xy + t[:, 1] ** 2 * yy
    assert np.abs(field.values(at)).max() < 1e-11
    assert np.abs(np.einsum("ki,ki->k", gradient, t)).max() < 1e-10
    np.testing.assert_allclose(along, np.einsum("ki,ki->k", gradient, n), atol=1e-9 * np.abs(xx).max())


def test_a_support_without_its_group_is_named():
    with pytest.raises(InputError, match="'rim'") as caught:
        make_space(grid(2), held(FREE, rim=CLAMPED), ARGYRIS)
    assert "bottom" in caught.value.advice
