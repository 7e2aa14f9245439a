"""Both elements: their tables, their transformation, and what a plate element has to reproduce."""

import numpy as np
import pytest
from builders import FREE, Quantity, free_space, full_of, grid, held, remade, wavy
from hypothesis import given
from hypothesis import strategies as st
from skfem import Dofs, ElementTriArgyris, ElementTriMorley
from skfem.quadrature import get_quadrature_tri

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import TRANSVERSE, Affine, hessian_form, transform
from landscape.elements.morley import MORLEY
from landscape.elements.reference import EDGES, VERTICES
from landscape.system import assemble

BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
DEGREE = {"argyris": 5, "morley": 2}
RNG = np.random.default_rng(16)


def polynomial(element, degree=None) -> Quantity:
    """A random polynomial of the element's degree (or a lower one)."""
    return Quantity.random(DEGREE[element.name] if degree is None else degree, RNG)


@BOTH
def test_basis_is_dual_to_the_reference_functionals(element):
    """Each basis function has one functional d̂ equal to 1, the others 0."""
    jets = [element.monomials.evaluate(VERTICES)[:, None]]
    if element.jet == 6:
        jets += [element.monomials.gradient(VERTICES), element.monomials.hessian(VERTICES)]
    middles = np.array([(VERTICES[a] + VERTICES[b]) / 2 for a, b in EDGES])
    slopes = np.einsum("ed,edn->en", TRANSVERSE, element.monomials.gradient(middles))
    functionals = np.vstack((np.concatenate(jets, axis=1).reshape(3 * element.jet, -1), slopes))
    np.testing.assert_allclose(functionals @ element.basis, np.eye(element.size), atol=1e-12)


@BOTH
def test_midpoint_slope_along_an_edge_follows_from_its_ends(element):
    """15/8 (w₁−w₀) − 7/16 (w₀'+w₁') + 1/32 (w₁''−w₀'') is exact for quintics, w₁−w₀ for quadratics."""
    p = RNG.standard_normal(element.size)
    functionals = np.linalg.solve(element.basis, p)
    for e, (a, b) in enumerate(EDGES):
        middle, along = (VERTICES[a] + VERTICES[b]) / 2, VERTICES[b] - VERTICES[a]
        slope = along @ (element.monomials.gradient(middle) @ p)
        assert element.tangential[e] @ functionals[: 3 * element.jet] == pytest.approx(slope, abs=1e-11)


@BOTH
@given(
    corners=st.lists(st.floats(-1, 1), min_size=6, max_size=6),
    size=st.sampled_from([1e-4, 1.0, 1e4]),
    origin=st.sampled_from([0.0, 100.0]),
)
def test_polynomials_are_reproduced_on_any_triangle(element, corners, size, origin):
    """Degrees of freedom of p → monomial coefficients → p, whatever the triangle's shape, size and place.

    A place x carries its rounding error, 1e-16 |x|, into coordinates relative to the triangle.
    """
    xy = np.reshape(corners, (3, 2)) * 0.2 + [(0, 0), (1, 0), (0, 1)]
    space = free_space(remade(grid(1), _with(xy, size, origin)), element)
    p = polynomial(element).moved(size, origin)
    coefficients = space.coefficients_of_full(full_of(space, p)[:, None])[:, :, 0]
    chart = RNG.dirichlet(np.ones(3), 5)[:, 1:]
    points = space.affine.origin[:, None] + np.einsum("mij,qj->mqi", space.affine.jacobian, chart)
    values = np.einsum("qn,mn->mq", element.monomials.evaluate(chart), coefficients)
    accuracy = 1e-11 + 1e-14 * origin / size if origin else 1e-11
    np.testing.assert_allclose(values, p.value(points), atol=accuracy * np.abs(p.coefficients).sum())


def _with(xy, size, origin):
    """Return two triangles, the given one and its mirror image over one side."""
    a, b, c = xy
    return np.array([a, b, c, b + c - a])[[0, 1, 2, 3]] * size + origin


@BOTH
def test_size_and_place_of_the_mesh_leave_the_transformation_alone(element):
    """All lengths are scaled out: B is the same at any size. A power of two leaves it the same to the bit."""
    mesh = wavy(3)
    large = remade(mesh, 1024 * mesh.mesh.p.T)
    chunk = slice(None)
    B = transform(element, Affine.of(mesh.mesh), mesh.mesh, chunk)
    np.testing.assert_array_equal(transform(element, Affine.of(large.mesh), large.mesh, chunk), B)


@BOTH
def test_numbering_is_scikit_fems(element):
    mesh = wavy(4)
    skfem_element = {"argyris": ElementTriArgyris, "morley": ElementTriMorley}[element.name]()
    dofs = Dofs(mesh.mesh, skfem_element)
    space = free_space(mesh, element)
    np.testing.assert_array_equal(space.full_numbers(np.arange(mesh.mesh.t.shape[1])), dofs.element_dofs.T)
    assert space.unknowns == dofs.N


@BOTH
def test_energy_and_mass_of_polynomials_are_exact(element):
    system = assemble(wavy(3), held(FREE, poisson=0.2), element=element)
    p, q = polynomial(element), polynomial(element)
    dp, dq = full_of(system.space, p), full_of(system.space, q)
    points, weights = quadrature(system.space)
    energy = p.energy(q, points, weights, poisson=0.2)
    assert dp @ (system.K @ dq) == pytest.approx(energy, rel=1e-10)
    assert dp @ (system.M @ dq) == pytest.approx(weights @ (p.value(points) * q.value(points)), rel=1e-11)
    assert system.load @ dp == pytest.approx(weights @ p.value(points), rel=1e-11)


def quadrature(space):
    """Points (k, 2) and weights (k,) exact for degree 12 on every triangle."""
    X, W = get_quadrature_tri(12)
    points = space.affine.origin[:, None] + np.einsum("mij,jq->mqi", space.affine.jacobian, X)
    return points.reshape(-1, 2), (2 * space.affine.area[:, None] * W).ravel()


@BOTH
def test_rigid_motions_cost_no_energy_and_matrices_are_symmetric(element):
    system = assemble(wavy(4), held(FREE), element=element)
    K = system.K
    size = abs(K).sum(axis=1).max()
    for coefficients in np.eye(3):
        motion = full_of(system.space, Quantity(1, coefficients))
        assert np.abs(K @ motion).max() < 1e-13 * size * np.abs(motion).max()
    assert abs(K - K.T).max() < 1e-13 * abs(K).max()
    assert abs(system.M - system.M.T).max() < 1e-14 * abs(system.M).max()


@BOTH
def test_patch_test(element):
    """No load and a biharmonic p: inner equations hold exactly (constant moments for Morley)."""
    system = assemble(wavy(4), held(FREE), element=element)
    mesh = system.mesh.mesh
    if element is MORLEY:
        p = polynomial(element)
    else:  # Re z⁵ + |z|² Re z³
        x5 = {(5, 0): 1, (3, 2): -10, (1, 4): 5}
        x3 = {(5, 0): 1, (3, 2): -2, (1, 4): -3}
        p = Quantity.of({key: x5[key] + x3[key] for key in x5})
    force = system.K @ full_of(system.space, p)
    jets = element.jet * mesh.p.shape[1]
    inner = np.ones(system.unknowns, dtype=bool)
    inner[(element.jet * mesh.boundary_nodes()[:, None] + np.arange(element.jet)).ravel()] = False
    inner[jets + mesh.boundary_facets()] = False
    assert inner.sum() >= 10
    assert np.abs(force[inner]).max() < 1e-11 * np.abs(force[~inner]).max()


@given(st.floats(-0.9, 0.5), st.lists(st.floats(-1, 1), min_size=3, max_size=3))
def test_hessian_form_is_the_energy_density(poisson, hessian):
    """(1−ν) H:H + ν (tr H)² with H = J⁻ᵀ Ĥ J⁻¹."""
    J = np.array([[2.0, 0.3], [-0.4, 1.5]])
    rr, rs, ss = hessian
    inverse = np.linalg.inv(J)
    H = inverse.T @ np.array([[rr, rs], [rs, ss]]) @ inverse
    form = hessian_form(J[None], np.array([poisson]))[0]
    expected = (1 - poisson) * np.sum(H * H) + poisson * np.trace(H) ** 2
    assert np.array(hessian) @ form @ np.array(hessian) == pytest.approx(expected, abs=1e-13)
