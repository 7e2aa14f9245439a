"""MAC and matching: invariances, exact spans, one-to-one assignment."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holography.matching import complexity, groups_of, mac, match, span_mac, unrotated

RNG = np.random.default_rng(4)
MODES = RNG.standard_normal((200, 6))
WEIGHTS = RNG.uniform(0.5, 2, 200)


@given(st.floats(-3, 3), st.floats(0.01, 100), st.integers(0, 5))
def test_mac_is_free_of_phase_sign_and_scale(phase: float, scale: float, number: int):
    shape = scale * np.exp(1j * phase) * MODES[:, number]
    assert mac(shape, MODES, WEIGHTS)[number] == pytest.approx(1, abs=1e-12)


def test_mac_lies_between_zero_and_one_and_is_the_squared_cosine():
    shape = RNG.standard_normal(200)
    found = mac(shape, MODES, WEIGHTS)
    assert ((found >= 0) & (found <= 1)).all()
    root = np.sqrt(WEIGHTS)
    a, b = root * shape, root * MODES[:, 2]
    assert found[2] == pytest.approx((a @ b) ** 2 / (a @ a) / (b @ b))


def test_orthogonal_modes_share_the_mac_of_their_combination():
    basis = np.linalg.qr(np.sqrt(WEIGHTS)[:, None] * MODES)[0] / np.sqrt(WEIGHTS)[:, None]
    shape = basis @ np.array([0.6, 0.8, 0, 0, 0, 0])
    assert mac(shape, basis, WEIGHTS)[:2] == pytest.approx([0.36, 0.64])
    assert span_mac(shape, basis[:, :2], WEIGHTS) == pytest.approx(1)
    assert span_mac(shape, basis[:, :1], WEIGHTS) == pytest.approx(0.36)


def test_a_vanishing_field_matches_nothing():
    assert mac(np.zeros(200), MODES, WEIGHTS).max() == 0
    assert span_mac(np.zeros(200), MODES, WEIGHTS) == 0


def test_an_unknown_zero_is_left_out_of_both_fields():
    shape = MODES[:, 1] + 7
    assert mac(shape, MODES, WEIGHTS)[1] < 0.2
    assert mac(shape, MODES, WEIGHTS, free_offset=True)[1] == pytest.approx(1)


def test_complexity_tells_standing_from_travelling_waves():
    x = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    assert complexity(np.sin(x) * np.exp(0.7j)) == pytest.approx(0, abs=1e-12)
    assert complexity(np.exp(1j * x)) == pytest.approx(1, abs=1e-12)
    turned = unrotated(np.sin(x) * np.exp(0.7j))
    assert abs(turned @ np.sin(x)) == pytest.approx(np.sin(x) @ np.sin(x))


def test_groups_join_neighbours_of_equal_frequency_only():
    groups = groups_of(np.array([1.0, 2.0, 2.0005, 3.0]))
    assert [g.tolist() for g in groups] == [[0], [1, 2], [3]]
    assert groups_of(np.array([])) == []


def test_matching_is_one_to_one_and_globally_best():
    macs = np.array([[0.9, 0.85, 0.0], [0.95, 0.1, 0.0]])
    assert match(macs, np.full(2, np.nan), np.array([1.0, 2.0, 3.0]), least=0.6) == [1, 0]


def test_frequencies_decide_between_equal_shapes():
    macs = np.array([[0.8, 0.8], [0.8, 0.8]])
    assert match(macs, np.array([205.0, 101.0]), np.array([100.0, 200.0]), least=0.6) == [1, 0]


def test_below_the_least_mac_there_is_no_match():
    macs = np.array([[0.5, 0.2], [0.1, 0.9]])
    assert match(macs, np.full(2, np.nan), np.array([1.0, 2.0]), least=0.6) == [None, 1]
    assert match(np.zeros((2, 0)), np.full(2, np.nan), np.zeros(0), least=0.6) == [None, None]


def test_two_measurements_of_one_resonance_share_its_mode():
    macs = np.array([[0.99, 0.1], [0.97, 0.2], [0.1, 0.9]])
    assert match(macs, np.array([100.0, 100.1, 150.0]), np.array([99.0, 149.0]), least=0.6) == [0, 0, 1]
