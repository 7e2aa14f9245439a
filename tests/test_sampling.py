"""A field sampled finer than its mesh (landscape.sampling)."""

import numpy as np
import pytest
from builders import CLAMPED, Quantity, disc, free_space, full_of, grid, square_system, wavy

from landscape import sampling
from landscape.elements.morley import MORLEY
from landscape.field import Field
from landscape.sampling import disagreement, lattice_of, smooth_field, surface_of
from landscape.static import static_landscape
from landscape.topography.critical import refine_critical
from landscape.topography.regions import find_regions

RNG = np.random.default_rng(8)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_point_is_numbered_once_and_neighbours_share_theirs(n):
    mesh = wavy(3)
    skfem = mesh.mesh
    lattice = lattice_of(mesh, n)
    inner = (n - 1) * (n - 2) // 2
    expected = skfem.p.shape[1] + (n - 1) * skfem.facets.shape[1] + inner * skfem.t.shape[1]
    assert len(lattice.points) == expected
    assert np.array_equal(np.unique(lattice.vertex), np.arange(expected))
    assert len(np.unique(np.round(lattice.points, 12), axis=0)) == expected
    corners = skfem.p.T[skfem.t.T]
    weights = np.column_stack((1 - lattice.corners.sum(axis=1), lattice.corners))
    places = np.einsum("kc,mcd->mkd", weights, corners)
    np.testing.assert_allclose(lattice.points[lattice.vertex], places, atol=1e-15)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_small_triangles_tile_the_plate(n):
    mesh = wavy(3)
    lattice = lattice_of(mesh, n)
    assert len(lattice.triangles) == n * n * mesh.mesh.t.shape[1]
    a, b, c = lattice.points[lattice.triangles].transpose(1, 0, 2)
    area = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert area.sum() == pytest.approx(1, rel=1e-13)
    np.testing.assert_allclose(area.reshape(-1, n * n).std(axis=1), 0, atol=1e-15)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_quadrature_is_exact_for_quadratics(n):
    """∫ x² y⁰ … over the reference triangle: 1/2, 1/6, 1/12, 1/24."""
    r, s = lattice_of(grid(1), n).quadrature().T
    weight = 0.5 / len(r)
    exact = {(0, 0): 1 / 2, (1, 0): 1 / 6, (0, 1): 1 / 6, (2, 0): 1 / 12, (1, 1): 1 / 24, (0, 2): 1 / 12}
    for (i, j), value in exact.items():
        assert weight * np.sum(r**i * s**j) == pytest.approx(value, rel=1e-13)


def test_labels_belong_to_the_nearest_corner():
    lattice = lattice_of(wavy(2), 2)
    labels = RNG.integers(1, 4, len(lattice.points))
    found = lattice.labels(labels)
    points = lattice.quadrature()
    nearest = np.argmin(np.linalg.norm(points[:, None] - lattice.corners, axis=2), axis=1)
    np.testing.assert_array_equal(found, labels[lattice.vertex[:, nearest]])


@pytest.mark.parametrize(("fine", "n"), [(18, 4), (17, 2), (4, 2), (3, 1)])
def test_large_meshes_are_cut_less(fine, n, monkeypatch):
    """18 triangles: into 16 each up to ``FINE`` triangles, into 4 up to five times as many."""
    monkeypatch.setattr(sampling, "FINE", fine)
    assert lattice_of(grid(3)).n == n


def test_surface_and_smooth_field_are_the_function():
    p = Quantity.random(5, RNG)
    space = free_space(wavy(3))
    field = Field.of_full(space, np.stack([np.zeros(space.unknowns), full_of(space, p)], axis=1))
    surface = surface_of(field, lattice_of(space.mesh, 3), function=1)
    np.testing.assert_allclose(surface.values, p.value(surface.points), atol=1e-11)
    points = RNG.random((20, 2))
    values, gradients, hessians = smooth_field(field, function=1)(points)
    np.testing.assert_allclose(values, p.value(points), atol=1e-11)
    np.testing.assert_allclose(gradients, p.gradient(points), atol=1e-10)
    xx, xy, yy = p.hessian(points).T
    np.testing.assert_allclose(hessians, np.stack([[xx, xy], [xy, yy]]).transpose(2, 0, 1), atol=1e-8)


def test_a_discontinuous_field_is_averaged_on_shared_points():
    space = free_space(wavy(3), MORLEY)
    field = Field.of(space, RNG.standard_normal(space.unknowns))
    lattice = lattice_of(space.mesh, 2)
    surface = surface_of(field, lattice)
    values = field.at_chart(lattice.corners)[:, :, 0]
    for point in (0, len(surface.points) - 1):
        assert surface.values[point] == pytest.approx(values[lattice.vertex == point].mean())


def test_neighbours_of_argyris_agree_and_those_of_morley_converge():
    """Argyris is continuous; Morley's jumps on edges are [∂ₜₜw] h²/8 at most, and [D²w] ~ h: h³ in all."""
    found = []
    for system in (square_system(4, CLAMPED), *(square_system(n, CLAMPED, element=MORLEY) for n in (8, 16))):
        field = Field.of(system.space, static_landscape(system).landscape)
        found.append(disagreement(field, lattice_of(system.mesh)) / 0.00126)
    assert found[0] < 1e-12
    assert found[1] < 0.1
    assert np.log2(found[1] / found[2]) == pytest.approx(3, abs=0.3)


@pytest.mark.parametrize("make", [lambda: square_system(6, CLAMPED)])
def test_the_maximum_between_vertices_is_found(make):
    """Refined on the polynomials themselves, the square's maximum sits at (½, ½)."""
    system = make()
    field = Field.of(system.space, static_landscape(system).landscape)
    regions = find_regions(surface_of(field, lattice_of(system.mesh)))
    peak = refine_critical(regions.peaks, smooth_field(field), kind="peak", spacing=np.array([0.05]))
    np.testing.assert_allclose(peak.points, [[0.5, 0.5]], atol=1e-7)


def test_a_lattice_of_a_curved_mesh_stays_on_its_chords():
    mesh = disc(1)
    assert np.linalg.norm(lattice_of(mesh, 4).points, axis=1).max() <= 1 + 1e-15
