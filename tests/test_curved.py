"""Integrals over the slivers between chords and arcs, against closed forms on discs and rings."""

import numpy as np
import pytest
from builders import FREE, Quantity, annulus, disc, full_of, grid, held

from landscape.curves import smooth_boundary
from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import Affine
from landscape.elements.boundary import lines_of
from landscape.elements.curved import slivers_of
from landscape.elements.morley import MORLEY
from landscape.system import assemble

R4 = Quantity.of({(4, 0): 1, (2, 2): 2, (0, 4): 1})
DISCS = [
    pytest.param(lambda: disc(2), id="6-node"),
    pytest.param(lambda: smooth_boundary(disc(3, order=1)), id="polygon"),
]


def slivers(mesh, element=ARGYRIS):
    affine = Affine.of(mesh.mesh)
    lines = lines_of(mesh, affine, np.empty(0, dtype=np.intp))
    return lines, slivers_of(mesh, affine, lines, element, np.full(mesh.mesh.t.shape[1], 0.3))


@pytest.mark.parametrize("make", DISCS)
@pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
def test_slivers_are_circular_segments(make, element):
    """The segment of an arc of angle θ has the area (θ − sin θ)/2; the quadrature error is far below 1e-10 of it."""
    mesh = make()
    lines, found = slivers(mesh, element)
    theta = 2 * np.pi / len(lines.facets)
    np.testing.assert_allclose(found.area, (theta - np.sin(theta)) / 2, rtol=1e-9)
    np.testing.assert_array_equal(found.triangles, mesh.mesh.f2t[0, lines.facets])


def test_a_hole_takes_area_away():
    mesh = annulus(2, 24)
    found = slivers(mesh)[1]
    assert (found.area < 0).sum() == (found.area > 0).sum() == 24
    assert assemble(mesh, held(FREE)).areas().sum() == pytest.approx(np.pi * 0.75, rel=1e-12)


def test_a_straight_boundary_has_none():
    found = slivers(grid(3))[1]
    assert len(found.triangles) == 0
    assert found.mass.shape == (0, 21, 21)


@pytest.mark.parametrize("make", DISCS)
def test_energy_of_a_quartic_on_the_disc(make):
    """w = r⁴: D²w has eigenvalues 12 r² and 4 r², so a(w, w) = ∫ (1−ν) 160 r⁴ + ν 256 r⁴ = π/3 (160 + 96 ν)."""
    system = assemble(make(), held(FREE, poisson=0.3))
    w = full_of(system.space, R4)
    assert w @ (system.K @ w) == pytest.approx(np.pi / 3 * (160 + 96 * 0.3), rel=1e-11)
    assert w @ (system.M @ w) == pytest.approx(2 * np.pi / 10, rel=1e-11)
    assert system.load @ w == pytest.approx(2 * np.pi / 6, rel=1e-11)


def test_energy_of_a_quartic_on_a_ring():
    """The same on ½ ≤ r ≤ 1, where half of the slivers are negative."""
    system = assemble(annulus(2, 24), held(FREE, poisson=0.3))
    w = full_of(system.space, R4)
    assert w @ (system.K @ w) == pytest.approx(np.pi / 3 * (160 + 96 * 0.3) * (1 - 0.5**6), rel=1e-11)
    assert w @ (system.M @ w) == pytest.approx(2 * np.pi / 10 * (1 - 0.5**10), rel=1e-11)
