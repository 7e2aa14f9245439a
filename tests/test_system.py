"""Assembled matrices against scikit-fem's own elements and forms, and against identities."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, disc, grid, held, rectangle, remade, wavy, with_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from skfem import Basis, BilinearForm, ElementTriArgyris, ElementTriMorley, LinearForm
from skfem.helpers import dd, ddot, trace

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.mesh import refined
from landscape.modes import eigenmodes
from landscape.plate import Plate, Section
from landscape.system import assemble, sections_of

BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
THICK, THIN = Section(8.0, 0.2, 2.0), Section(1.0, 0.4, 1.0)


@BilinearForm
def energy(w, v, at):
    return at["D"] * ((1 - at["nu"]) * ddot(dd(w), dd(v)) + at["nu"] * trace(dd(w)) * trace(dd(v)))


@BilinearForm
def inertia(w, v, at):
    return at["mass"] * w * v


@LinearForm
def weight(v, at):
    return at["mass"] * v


def oracle(mesh, sections, element):
    """scikit-fem's K, M and load in our scaled degrees of freedom w, s ∇w, s² D²w, ℓ ∂n w with our normals."""
    kind = {"argyris": ElementTriArgyris, "morley": ElementTriMorley}[element.name]()
    basis = Basis(mesh.mesh, kind, intorder=10)
    shape = (mesh.mesh.t.shape[1], basis.X.shape[1])
    data = {
        name: np.broadcast_to(values[:, None], shape)
        for name, values in (
            ("D", sections.stiffness), ("nu", sections.poisson), ("mass", sections.areal_mass)
        )
    }  # fmt: skip
    return energy.assemble(basis, **data), inertia.assemble(basis, **data), weight.assemble(basis, **data)


def scaling(space):
    """Diagonal S with scikit-fem's degrees of freedom = S · ours."""
    affine, mesh = space.affine, space.skfem
    powers = np.array([0, 1, 1, 2, 2, 2] if space.element.jet == 6 else [0])
    jets = affine.scale[:, None] ** -powers[None, :].astype(float)
    sign = -np.ones(mesh.facets.shape[1])  # scikit-fem: the other way, outward on the boundary
    lines = space.lines
    sign[lines.facets[lines.boundary]] = lines.outward[lines.boundary]
    return sparse.diags_array(np.concatenate([jets.ravel(), sign / affine.length]))


@BOTH
@pytest.mark.parametrize("sides", [(), ("west", "east")])
def test_scikit_fem_assembles_the_same_matrices(element, sides):
    """Another route in each element: absolute monomials and quadrature; its Vandermonde inverse loses digits."""
    mesh = wavy(4)
    plate = Plate(THIN, dict(zip(sides, (THICK, THIN), strict=False)), rest=FREE)
    system = assemble(mesh, plate, element=element)
    K, M, load = oracle(mesh, system.sections, element)
    S = scaling(system.space)
    assert abs(system.K - S @ K @ S).max() < 1e-9 * abs(system.K).max()
    assert abs(system.M - S @ M @ S).max() < 1e-10 * abs(system.M).max()
    np.testing.assert_allclose(system.load, S @ load, atol=1e-9 * np.abs(system.load).max())


@BOTH
@pytest.mark.parametrize(
    ("make", "supports"),
    [
        (lambda: wavy(4), {"rest": CLAMPED}),
        (lambda: wavy(4), {"rest": SUPPORTED, "left": FREE, "centre": CLAMPED}),
        (lambda: disc(2), {"rest": CLAMPED, "centre": SUPPORTED}),
        (lambda: annulus(2, 16), {"rest": SUPPORTED, "inner": CLAMPED}),
    ],
)
def test_supports_inside_the_element_are_the_congruence(make, supports, element):
    """K = Zᵀ K_free Z: what the index map and the frames do at once is the constraint matrix done in full."""
    mesh = make()
    loose = assemble(mesh, held(FREE), element=element)
    system = assemble(mesh, held(**supports), element=element)
    Z = system.space.expansion()
    assert abs(system.K - Z.T @ loose.K @ Z).max() < 1e-12 * abs(loose.K).max()
    assert abs(system.M - Z.T @ loose.M @ Z).max() < 1e-12 * abs(loose.M).max()
    np.testing.assert_allclose(system.load, Z.T @ loose.load, atol=1e-13)
    assert system.K.has_sorted_indices
    assert system.K.has_canonical_format


@pytest.mark.parametrize(
    ("make", "area"),
    [(lambda: rectangle(3, 2, 2.0, 0.5), 1.0), (lambda: disc(2, radius=2.0), 4 * np.pi)],
)
def test_areas_loads_and_masses_sum_up(make, area):
    """With w = 1: total mass = ∫ρh, total load = ∫ρh, total pressure = ∫p, all exact."""
    plate = Plate(Section(areal_mass=3.0), rest=FREE, pressure=7.0)
    system = assemble(make(), plate)
    one = np.zeros(system.unknowns)
    one[system.space.offset[: system.mesh.mesh.p.shape[1]]] = 1
    assert system.areas().sum() == pytest.approx(area, rel=1e-12)
    assert one @ (system.M @ one) == pytest.approx(3 * area, rel=1e-12)
    assert system.load @ one == pytest.approx(3 * area, rel=1e-12)
    assert system.pressure @ one == pytest.approx(7 * area, rel=1e-12)


def test_sections_and_pressures_of_regions():
    mesh = grid(4)
    plate = Plate(THIN, {"east": THICK}, pressure=1.0, pressures={"west": 5.0})
    sections = sections_of(mesh, plate)
    east, west = mesh.surface_groups["east"], mesh.surface_groups["west"]
    assert set(sections.stiffness[east]) == {8.0}
    assert set(sections.poisson[west]) == {0.4}
    assert set(sections.areal_mass[east]) == {2.0}
    assert (set(sections.pressure[west]), set(sections.pressure[east])) == ({5.0}, {1.0})


@pytest.mark.parametrize("plate", [Plate(sections={"north": THICK}), Plate(pressures={"north": 1.0})])
def test_a_region_without_its_group_is_named(plate):
    with pytest.raises(InputError, match="'north'") as caught:
        assemble(grid(2), plate)
    assert "east" in caught.value.advice


def test_a_plate_held_everywhere_has_nothing_to_solve():
    mesh = grid(1)
    diagonal = np.flatnonzero(mesh.mesh.f2t[1] >= 0)
    with pytest.raises(InputError, match="no unknown"):
        assemble(with_lines(mesh, diagonal=diagonal), held(CLAMPED, diagonal=CLAMPED))


@BOTH
@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_renumbering_changes_nothing(element, random):
    mesh = wavy(4)
    order = np.arange(mesh.mesh.p.shape[1])
    random.shuffle(order)
    plate = held(SUPPORTED, left=CLAMPED)
    values = [
        eigenmodes(assemble(m, plate, element=element), 3).eigenvalues
        for m in (mesh, remade(mesh, mesh.mesh.p.T, order))
    ]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-10)


@BOTH
@settings(max_examples=10)
@given(angle=st.floats(-180, 180))
def test_turning_the_plate_changes_nothing(element, angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    mesh, plate = wavy(4), held(FREE, left=CLAMPED, top=SUPPORTED)
    turned = remade(mesh, mesh.mesh.p.T @ np.array([[c, s], [-s, c]]))
    values = [eigenmodes(assemble(m, plate, element=element), 4).eigenvalues for m in (mesh, turned)]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-10)


@BOTH
def test_scaling_by_a_power_of_two_is_exact_to_the_bit(element):
    """K ∝ 1/a² and M ∝ a² in the scaled degrees of freedom; every length enters by ratios alone."""
    mesh = wavy(4)
    small, large = (
        assemble(m, held(SUPPORTED, left=CLAMPED), element=element)
        for m in (mesh, remade(mesh, 1024 * mesh.mesh.p.T))
    )
    np.testing.assert_array_equal(large.K.data * 1024**2, small.K.data)
    np.testing.assert_array_equal(large.M.data, small.M.data * 1024**2)


@BOTH
@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_scaling_the_plate_scales_the_eigenvalues(element, factor):
    """λ ∝ D / (ρh a⁴). No length enters but by ratios, so what remains is rounding."""
    mesh = wavy(4)
    small = eigenmodes(assemble(mesh, held(CLAMPED), element=element), 4).eigenvalues
    large = eigenmodes(assemble(remade(mesh, factor * mesh.mesh.p.T), held(CLAMPED), element=element), 4)
    np.testing.assert_allclose(large.eigenvalues * factor**4, small, rtol=1e-11)
    stiff = Plate(Section(stiffness=factor, areal_mass=factor**2))
    np.testing.assert_allclose(
        eigenmodes(assemble(mesh, stiff, element=element), 4).eigenvalues * factor,
        eigenmodes(assemble(mesh, held(CLAMPED), element=element), 4).eigenvalues,
        rtol=1e-11,
    )


def graded(levels: int):
    """The unit square with elements halved ``levels`` times towards a corner, (1, 1) of the L cut out."""
    mesh = _lshape()
    for _ in range(levels):
        near = np.abs(mesh.mesh.p[:, mesh.mesh.t]).sum(axis=0).min(axis=0) == 0
        mesh = refined(mesh, np.flatnonzero(near))
    return mesh


def _lshape():
    from landscape.mesh import plate_mesh

    mesh = grid(4, place=lambda p: 2 * p - 1)
    keep = ~(mesh.mesh.p[:, mesh.mesh.t].mean(axis=1) * [[1], [-1]] > 0).all(axis=0)
    return plate_mesh(mesh.mesh.p.T, mesh.mesh.t.T[keep])


def test_a_mesh_graded_1_to_1000_and_far_from_the_origin():
    """Moved by (1000, −500) m, coordinates lose 1e-13 m, that is 3e-10 of the smallest element of 4e-4 m."""
    mesh = graded(20)
    size = np.sqrt(assemble(mesh, held(CLAMPED)).areas())
    assert size.max() / size.min() > 1000
    here = eigenmodes(assemble(mesh, held(CLAMPED)), 5).eigenvalues
    there = eigenmodes(
        assemble(remade(mesh, mesh.mesh.p.T + np.array([1000, -500])), held(CLAMPED)), 5
    ).eigenvalues
    np.testing.assert_allclose(there, here, rtol=1e-8)
