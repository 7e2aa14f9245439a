"""Block Lanczos, the count by inertia, and the two-grid step: right modes, and none missing."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, wavy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.linalg import eigh

from landscape.errors import ConvergenceError, InputError
from landscape.linalg import (
    Factorization,
    Pencil,
    added,
    count_modes,
    factorize,
    lowest_modes,
    modes_below,
    two_grid,
)
from landscape.linalg.lanczos import Goal, Operator, largest_pairs
from landscape.modes import eigenmodes
from landscape.system import PlateSystem, assemble

RNG = np.random.default_rng(7)


def pencil_of(system: PlateSystem) -> Pencil:
    return Pencil(system.M, factorize(system.K))


def spectrum(system: PlateSystem) -> np.ndarray:
    return eigh(system.K.toarray(), system.M.toarray(), eigvals_only=True)


SQUARE = assemble(grid(10), held(CLAMPED))  # symmetric: about a third of its modes are double
PENCIL, EXACT = pencil_of(SQUARE), spectrum(SQUARE)


def clustered(values: np.ndarray) -> tuple[Operator, np.ndarray]:
    """Return A = K⁻¹M with eigenvalues ``values``, M the identity, in a random basis, and that basis."""
    basis, _ = np.linalg.qr(RNG.standard_normal((len(values), len(values))))
    return Operator(
        lambda x: basis @ (values[:, None] * (basis.T @ x)), sparse.eye_array(len(values), format="csr")
    ), basis


@pytest.mark.parametrize("block", [1, 3, 8])
@pytest.mark.parametrize("largest", [20, 400])
def test_pairs_of_a_known_spectrum_with_and_without_restarts(block, largest):
    values = 1 / np.arange(1, 501) ** 2.0
    operator, basis = clustered(values)
    theta, vectors = largest_pairs(operator, Goal(12, 2, 1e-12, block, largest))
    np.testing.assert_allclose(theta[:12], values[:12], rtol=1e-11)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(14), atol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(vectors[:, :12] * basis[:, :12], axis=0)), 1, atol=1e-9)


@pytest.mark.parametrize("multiplicity", [2, 5, 8])
def test_a_cluster_up_to_the_width_of_a_block_comes_whole(multiplicity):
    values = np.repeat(1 / np.arange(1, 101) ** 2.0, multiplicity)
    theta, vectors = largest_pairs(clustered(values)[0], Goal(3 * multiplicity, 1, 1e-12, 8, 300))
    np.testing.assert_allclose(theta[: 3 * multiplicity], values[: 3 * multiplicity], rtol=1e-10)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(len(theta)), atol=1e-12)


def test_an_operator_of_low_rank_is_exhausted_without_fault():
    """After seven directions the Krylov space is invariant; what remains has θ = 0."""
    values = np.concatenate((np.arange(7.0, 0, -1), np.zeros(200)))
    theta, vectors = largest_pairs(clustered(values)[0], Goal(7, 0, 1e-10, 8, 60))
    np.testing.assert_allclose(theta, values[:7], rtol=1e-10)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(7), atol=1e-10)


def test_known_pairs_are_kept_and_completed():
    values = 1 / np.arange(1, 301) ** 2.0
    operator, basis = clustered(values)
    some = np.array([0, 2, 3])
    theta, _ = largest_pairs(operator, Goal(6, 0, 1e-11, 4, 100), (values[some], basis[:, some].copy()))
    np.testing.assert_allclose(theta, values[:6], rtol=1e-9)


def test_blocks_that_do_not_suffice_are_an_error():
    operator, _ = clustered(np.linspace(1, 0.999, 400))
    with pytest.raises(ConvergenceError, match="did not find"):
        largest_pairs(operator, Goal(5, 0, 1e-12, 4, 30, blocks=4))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 120))
def test_every_request_on_the_square_is_answered_in_full(count):
    """Degenerate pairs of the square, cut by the requested count."""
    pairs = lowest_modes(PENCIL, count)
    np.testing.assert_allclose(pairs.values, EXACT[:count], rtol=1e-9)


@pytest.mark.slow
def test_no_mode_is_lost_in_200_random_requests():
    plates = [
        assemble(grid(9), held(CLAMPED)),
        assemble(grid(9), held(SUPPORTED)),
        assemble(disc(2), held(CLAMPED)),
        assemble(wavy(8), held(FREE, left=CLAMPED)),
        assemble(grid(8), held(FREE, corners=SUPPORTED)),
    ]
    solved = [(pencil_of(s), spectrum(s)) for s in plates]
    for _ in range(200):
        pencil, exact = solved[RNG.integers(len(solved))]
        count = int(RNG.integers(1, 100))
        np.testing.assert_allclose(lowest_modes(pencil, count).values, exact[:count], rtol=1e-8)


def test_the_count_lies_in_a_gap_and_agrees():
    pairs = lowest_modes(PENCIL, 3)  # modes 2 and 3 of the square are one double eigenvalue
    counted = pairs.counted
    assert counted.missing == 0
    assert counted.below == np.count_nonzero(counted.value > EXACT)
    assert counted.value > pairs.values[-1]


def test_a_forgotten_mode_is_searched_again(monkeypatch):
    calls = []

    def forgets_once(operator, goal, known=None):
        theta, vectors = largest_pairs(operator, goal, known)
        calls.append(len(theta))
        keep = np.delete(np.arange(len(theta)), [1, 4] if len(calls) == 1 else [])
        return theta[keep], vectors[:, keep]

    monkeypatch.setattr("landscape.linalg.eigen.largest_pairs", forgets_once)
    pairs = lowest_modes(PENCIL, 6)
    assert len(calls) > 1
    np.testing.assert_allclose(pairs.values, EXACT[:6], rtol=1e-9)
    assert pairs.counted.missing == 0


def test_rigid_motions_are_not_counted():
    modes = eigenmodes(assemble(grid(8), held(FREE)), 5)
    assert len(modes.rigid) == 3
    np.testing.assert_allclose(modes.eigenvalues, spectrum(assemble(grid(8), held(FREE)))[3:8], rtol=1e-7)


def test_values_that_leave_no_gap_give_no_count():
    values = np.array([1.0, 2.0, 2.0 + 1e-12])
    assert count_modes(PENCIL, values, 2) is None


def test_inertia_is_refused_when_the_factors_are_not_those_of_the_matrix(monkeypatch):
    """Factors of K − σM with K wrong by 1e-6 count the modes of another plate, and are found out."""

    def inaccurate(matrix, *, engine="scipy", like=None):
        wrong = matrix + 1e-6 * SQUARE.K
        return Factorization(matrix, factorize(wrong.tocsr()).lu)

    value = float(np.sqrt(EXACT[0] * EXACT[1]))
    assert modes_below(SQUARE.K, SQUARE.M, value) == 1
    monkeypatch.setattr("landscape.linalg.inertia.factorize", inaccurate)
    with pytest.raises(ConvergenceError, match="cannot be counted"):
        modes_below(SQUARE.K, SQUARE.M, value)


def test_adding_keeps_the_pattern_and_mixed_patterns_are_added_too():
    K = sparse.csr_array(np.array([[2.0, 1], [1, 2]]))
    M = sparse.csr_array(np.eye(2))
    np.testing.assert_array_equal(added(K, M, -2.0).toarray(), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(added(K, K, -1.0).toarray(), np.zeros((2, 2)))
    assert added(K, K, -1.0).nnz == 4


def test_two_grid_needs_one_block_of_solves():
    """Start from modes spoilt by 1%: one step leaves an error of the eigenvalues that its residuals tell."""
    exact = lowest_modes(PENCIL, 8)
    noise = RNG.standard_normal(exact.vectors.shape)
    noise /= np.sqrt(np.einsum("ij,ij->j", noise, SQUARE.K @ noise))
    spoilt = exact.vectors + 0.01 * noise * np.sqrt(exact.values)
    before = np.einsum("ij,ij->j", spoilt, SQUARE.K @ spoilt) / np.einsum(
        "ij,ij->j", spoilt, SQUARE.M @ spoilt
    )
    pairs = two_grid(PENCIL, spoilt, 6)
    error = pairs.values / EXACT[:6] - 1
    assert (error > -1e-12).all()
    assert (error < 1e-3 * (before[:6] / EXACT[:6] - 1)).all()
    assert (error <= pairs.residuals).all()
    more = two_grid(PENCIL, spoilt, 6, steps=3)
    np.testing.assert_allclose(more.values, EXACT[:6], rtol=1e-9)


def test_too_few_coarse_modes():
    with pytest.raises(InputError, match="5 or more coarse modes, got 3"):
        two_grid(PENCIL, np.ones((SQUARE.unknowns, 3)), 5)
