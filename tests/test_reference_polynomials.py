from math import factorial

import numpy as np
import pytest
from skfem.quadrature import get_quadrature_tri

from landscape.elements.reference import EDGES, HESSIAN, VERTICES, Monomials

MONOMIALS = Monomials.of_degree(5)
POINTS = np.random.default_rng(3).uniform(-1, 2, (7, 2))


@pytest.mark.parametrize(("degree", "count"), [(0, 1), (2, 6), (5, 21)])
def test_all_monomials_once(degree, count):
    exponents = Monomials.of_degree(degree).exponents
    assert len(exponents) == len({tuple(e) for e in exponents}) == count
    assert exponents.sum(axis=1).max() == degree


@pytest.mark.parametrize("derivative", [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 2), (6, 0)])
def test_derivatives_against_the_power_rule(derivative):
    a, b = derivative
    values = MONOMIALS.evaluate(POINTS, derivative)
    for (i, j), column in zip(MONOMIALS.exponents.tolist(), values.T, strict=True):
        if i < a or j < b:
            assert not column.any()
            continue
        factor = factorial(i) // factorial(i - a) * (factorial(j) // factorial(j - b))
        np.testing.assert_allclose(
            column, factor * POINTS[:, 0] ** (i - a) * POINTS[:, 1] ** (j - b), rtol=1e-13
        )


def test_gradient_and_hessian_are_these_derivatives_for_any_shape_of_points():
    grid = POINTS[:6].reshape(2, 3, 2)
    assert MONOMIALS.gradient(grid).shape == (2, 3, 2, 21)
    np.testing.assert_array_equal(MONOMIALS.gradient(grid)[..., 1, :], MONOMIALS.evaluate(grid, (0, 1)))
    for k, derivative in enumerate(HESSIAN):
        np.testing.assert_array_equal(
            MONOMIALS.hessian(grid)[..., k, :], MONOMIALS.evaluate(grid, derivative)
        )


def test_integrals_against_quadrature():
    """scikit-fem's rule of degree 12 is exact for products of two quintics' first derivatives and below."""
    X, W = get_quadrature_tri(12)
    points = X.T
    np.testing.assert_allclose(MONOMIALS.integrals(), W @ MONOMIALS.evaluate(points), rtol=1e-13)
    for left in ((0, 0), (1, 0), *HESSIAN):
        for right in ((0, 0), (0, 1), *HESSIAN):
            expected = np.einsum(
                "q,qa,qb->ab", W, MONOMIALS.evaluate(points, left), MONOMIALS.evaluate(points, right)
            )
            np.testing.assert_allclose(MONOMIALS.product_integrals(left, right), expected, atol=1e-12)


def test_edges_are_in_scikit_fems_order():
    from skfem import MeshTri

    mesh = MeshTri(VERTICES.T.copy(), np.array([[0], [1], [2]]))
    assert [tuple(mesh.facets[:, f]) for f in mesh.t2f[:, 0]] == list(EDGES)
