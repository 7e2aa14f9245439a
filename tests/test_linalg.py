"""The door to factorizations and eigensolvers: right answers, and no wrong ones handed out."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held
from scipy import sparse
from scipy.linalg import eigh

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import ConvergenceError, InputError
from landscape.linalg import Factorization, Pencil, backward_error, factorize, lowest_modes, modes_below
from landscape.mesh import refined
from landscape.system import assemble

RNG = np.random.default_rng(5)
SYSTEM = assemble(grid(4), held(CLAMPED))
EXACT = eigh(SYSTEM.K.toarray(), SYSTEM.M.toarray(), eigvals_only=True)


@pytest.mark.parametrize("shape", [(), (3,)])
def test_solve_against_a_dense_solution(shape):
    b = RNG.standard_normal((SYSTEM.unknowns, *shape))
    x = factorize(SYSTEM.K).solve(b)
    np.testing.assert_allclose(
        x, np.linalg.solve(SYSTEM.K.toarray(), b), rtol=1e-8, atol=1e-10 * np.abs(x).max()
    )
    assert backward_error(SYSTEM.K, x, b) < 1e-14


def test_backward_error_is_the_change_of_data_that_makes_an_answer_exact():
    K = sparse.csr_array(np.diag([1.0, 2.0]))
    x = np.array([1.0, 1.0])
    assert backward_error(K, x, K @ x) == 0
    assert backward_error(K, x, np.array([1.0, 2.5])) == pytest.approx(0.5 / (2 * 1 + 2.5))
    assert np.isnan(backward_error(K, np.array([np.nan, 1.0]), x))
    assert backward_error(K, np.zeros(2), np.zeros(2)) == 0


@pytest.mark.parametrize("size", [1, 3])
def test_a_singular_matrix_gives_no_answer(size):
    """A plate that nothing holds is caught before, by its rigid motions; here nothing is left at all."""
    with pytest.raises(ConvergenceError, match="factored") as caught:
        factorize(sparse.csr_array(np.zeros((size, size))))
    assert "held" in caught.value.advice


def test_an_answer_that_is_wrong_is_not_handed_out():
    """The factors of another matrix: the backward error of what they give is recomputed."""
    other = Factorization(SYSTEM.K, factorize((SYSTEM.K * 3).tocsr()).lu)
    with pytest.raises(ConvergenceError, match="backward error"):
        other.solve(RNG.standard_normal(SYSTEM.unknowns))


def test_entries_that_are_not_finite_are_refused():
    K = SYSTEM.K.copy()
    K.data[5] = np.nan
    with pytest.raises(InputError, match="not finite"):
        factorize(K)


@pytest.mark.parametrize("index", [0, 1, 4, 10, 30])
def test_inertia_counts_the_eigenvalues_below(index):
    """Sylvester: K − σM has as many negative pivots as eigenvalues lie below σ."""
    between = np.sqrt(EXACT[index] * EXACT[index - 1]) if index else EXACT[0] / 2
    expected = int(np.count_nonzero(between > EXACT))
    assert modes_below(SYSTEM.K, SYSTEM.M, between) == expected


@pytest.mark.parametrize("count", [1, 6, 25])
def test_modes_against_a_dense_solution(count):
    pairs = lowest_modes(Pencil(SYSTEM.M, factorize(SYSTEM.K)), count)
    np.testing.assert_allclose(pairs.values, EXACT[:count], rtol=1e-10)
    np.testing.assert_allclose(pairs.vectors.T @ (SYSTEM.M @ pairs.vectors), np.eye(count), atol=1e-10)
    ritz = pairs.vectors.T @ (SYSTEM.K @ pairs.vectors)
    np.testing.assert_allclose(ritz, np.diag(pairs.values), atol=1e-10 * pairs.values[-1])
    assert (pairs.residuals < 1e-9).all()


def test_a_residual_bounds_the_distance_to_an_eigenvalue():
    """Perturb an eigenvector: within residual · λ of its Rayleigh quotient lies an eigenvalue of the pencil."""
    from landscape.linalg.pencil import eigenpairs

    pencil = Pencil(SYSTEM.M, factorize(SYSTEM.K))
    vectors = lowest_modes(pencil, 5).vectors + 1e-3 * RNG.standard_normal((SYSTEM.unknowns, 5))
    vectors /= np.sqrt(np.einsum("ij,ij->j", vectors, SYSTEM.M @ vectors))
    pairs = eigenpairs(pencil, vectors)
    values, residuals = pairs.values, pairs.residuals
    distance = np.abs(EXACT[:, None] - values).min(axis=0) / values
    assert (residuals > 1e-6).all()
    assert (distance <= residuals).all()


def test_both_members_of_a_pair_are_found():
    """On the disc modes 2 and 3 are one double eigenvalue."""
    system = assemble(disc(2), held(CLAMPED))
    pencil = Pencil(system.M, factorize(system.K))
    values = lowest_modes(pencil, 3).values
    assert values[2] == pytest.approx(values[1], rel=1e-9)
    assert lowest_modes(pencil, 2).values[1] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize("count", [0, -1, SYSTEM.unknowns + 1])
def test_more_modes_than_there_are(count):
    with pytest.raises(InputError, match=f"{SYSTEM.unknowns}"):
        lowest_modes(Pencil(SYSTEM.M, factorize(SYSTEM.K)), count)


def test_all_modes_of_a_small_plate():
    system = assemble(grid(2), held(CLAMPED))
    values = lowest_modes(Pencil(system.M, factorize(system.K)), system.unknowns).values
    np.testing.assert_allclose(
        values, eigh(system.K.toarray(), system.M.toarray(), eigvals_only=True), rtol=1e-9
    )


@pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
@pytest.mark.parametrize(("name", "plate"), [("free", held(FREE)), ("hinge", held(FREE, left=SUPPORTED))])
def test_a_singular_matrix_is_never_solved(name, plate, element):
    """Whatever the load: its own, one in balance, and one that the rigid motions do not feel at all."""
    system = assemble(grid(16), plate, element=element)
    factorization = factorize(system.K)
    x = np.random.default_rng(1).standard_normal(system.unknowns)
    for b in (system.load, system.K @ x, np.column_stack([system.load, system.K @ x])):
        with pytest.raises(ConvergenceError, match="singular up to rounding") as caught:
            factorization.solve(b)
        assert "held too little" in caught.value.advice


@pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
@pytest.mark.parametrize("plate", [held(CLAMPED), held(FREE, corners=SUPPORTED)], ids=["clamped", "corners"])
def test_elements_from_1_to_1000_are_no_singular_matrix(plate, element):
    mesh = grid(4)
    for _ in range(10):
        corner = int(np.argmin(np.linalg.norm(mesh.mesh.p, axis=0)))
        mesh = refined(mesh, np.flatnonzero((mesh.mesh.t == corner).any(axis=0)))
    system = assemble(mesh, plate, element=element)
    assert system.space.affine.length.max() > 1000 * system.space.affine.length.min()
    x = np.random.default_rng(2).standard_normal(system.unknowns)
    np.testing.assert_allclose(factorize(system.K).solve(system.K @ x), x, rtol=1e-3, atol=1e-3)
