"""Landscapes known at vertices, as functions of the element, and their topography."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, grid, held, rooms, wavy, with_lines

from landscape.absolute import told, vertex_values
from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import NotHeldError
from landscape.field import Field
from landscape.localization import read_topography, topography_of
from landscape.node_topography import derivatives, patches, smooth_unknowns, solve_node_landscape
from landscape.sampling import lattice_of, on_lattice
from landscape.static import static_landscape
from landscape.system import assemble


@pytest.fixture(scope="module")
def absolute():
    """Two rooms with a door: the system and its absolute landscape."""
    system = assemble(rooms(0.3, 6, 1.5), held(CLAMPED))
    return system, *solve_node_landscape(system, "absolute")


def test_absolute_regions_are_those_of_the_static_landscape(absolute):
    system, landscape, unknowns = absolute
    found = topography_of(system, unknowns)
    known = read_topography(system, static_landscape(system))
    assert found.regions.count == known.regions.count == 2
    np.testing.assert_allclose(found.regions.peaks.points, known.regions.peaks.points, atol=0.03)
    ratio = found.regions.peaks.values / known.regions.peaks.values
    assert ((ratio > 1) & (ratio < 1.02)).all()  # at maxima the two agree to 2% or better
    assert (
        found.regions.passes.values > known.regions.passes.values
    ).all()  # Green's function changes sign there
    np.testing.assert_allclose(found.estimates.rayleigh, known.estimates.rayleigh, rtol=0.02)
    assert np.isnan(found.estimates.schwarz).all()
    assert "factor" in told(landscape)
    assert "theorem" in told(landscape)


def test_a_landscape_keeps_its_values_at_the_vertices(absolute):
    """There the theorem holds; so it does for what is stored and drawn."""
    system, landscape, unknowns = absolute
    scale = landscape.values.max()
    np.testing.assert_allclose(vertex_values(system) @ unknowns, landscape.values, atol=1e-12 * scale)


@pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=["argyris", "morley"])
def test_quadratics_and_cubics_are_found_again(element):
    """Exactness: a cubic is the cubic through its values; Morley's triangle holds the quadratics among them."""
    system = assemble(wavy(6), held(FREE), element=element)
    x, y = system.space.skfem.p
    cubic = 0 if element is MORLEY else x**3 - 2 * x * x * y + y**3
    values = 1 + 2 * x - y + x * x - 3 * x * y + 2 * y * y + cubic
    lattice = lattice_of(system.mesh)
    field = Field.of(system.space, smooth_unknowns(system, values))
    x, y = lattice.points.T
    cubic = 0 if element is MORLEY else x**3 - 2 * x * x * y + y**3
    exact = 1 + 2 * x - y + x * x - 3 * x * y + 2 * y * y + cubic
    np.testing.assert_allclose(on_lattice(field, lattice)[:, 0], exact, atol=1e-9)


def test_a_deflection_is_found_again_with_the_order_of_its_fit():
    """Cubics leave an error of order h⁴ between the vertices of a smooth deflection."""
    errors = []
    for cells in (6, 12, 24):
        system = assemble(grid(cells), held(SUPPORTED))
        static = static_landscape(system).landscape
        found = smooth_unknowns(system, vertex_values(system) @ static)
        both = on_lattice(Field.of(system.space, np.stack([static, found], axis=1)), lattice_of(system.mesh))
        errors.append(np.abs(both[:, 1] - both[:, 0]).max() / both[:, 0].max())
    assert np.log2(errors[1] / errors[2]) > 3.5


def halves():
    """A free square cut by a clamped line through its middle."""
    mesh = grid(8)
    on = (np.abs(mesh.mesh.p[0][mesh.mesh.facets] - 0.5) < 1e-9).all(axis=0)
    return assemble(with_lines(mesh, wall=np.flatnonzero(on)), held(FREE, wall=CLAMPED))


def test_patches_do_not_look_through_walls():
    """A clamped line cuts the square: no patch of a vertex off the line has a vertex of the other half."""
    system = halves()
    centre, other = patches(system)
    x = system.space.skfem.p[0]
    assert not ((x[centre] < 0.49) & (x[other] > 0.51)).any()
    assert not (centre == other).any()
    counts = np.bincount(centre, minlength=len(x))
    assert (
        counts[system.space.frame_of < 0] >= 9
    ).all()  # as many as a cubic through the vertex has coefficients


def test_slopes_of_a_step_in_size_stay_on_their_side():
    """Beside a clamped line a steep room does not lend its slope to the flat one."""
    system = halves()
    x = system.space.skfem.p[0]
    values = np.where(x > 0.5, 1000.0, 1.0) * (x - 0.5) ** 2
    slope, _ = derivatives(system, values)
    flat = x < 0.45
    np.testing.assert_allclose(slope[flat, 0], 2 * (x[flat] - 0.5), atol=1e-9)


def test_l2_is_higher_and_peaks_at_the_same_place():
    system = assemble(grid(8), held(CLAMPED))
    landscape, unknowns = solve_node_landscape(system, "l2")
    found = topography_of(system, unknowns, predicting=False)
    np.testing.assert_allclose(found.regions.peaks.points, [[0.5, 0.5]], atol=1e-6)
    assert landscape.exceeded()[0] > 1
    assert "L²" in told(landscape)
    assert found.estimates.area[0] == pytest.approx(1, rel=0.01)
    assert np.isnan([found.estimates.peak, found.estimates.rayleigh, found.estimates.schwarz]).all()


def test_landscapes_that_agree_are_said_to():
    """Green's function of a supported square is that of −Δ applied twice, so positive: |G| = G."""
    landscape, _ = solve_node_landscape(assemble(grid(4), held(SUPPORTED)), "absolute")
    assert landscape.exceeded()[0] < 1.001
    assert "is the static one to 0.1%" in told(landscape)


def test_a_plate_that_is_not_held_has_none():
    with pytest.raises(NotHeldError):
        solve_node_landscape(assemble(grid(2), held(FREE)), "l2")
