"""Unwrapping: whole cycles only, consistent around holes, honest about what it cannot know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from holography.phase import filter_complex, wrap
from holography.unwrap import unwrap
from landscape.errors import InputError

ROWS, COLS = 120, 150
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
HILL = 40 * np.exp(-((X - 70) ** 2 + (Y - 60) ** 2) / (2 * 35**2))
ALL = np.ones((ROWS, COLS), dtype=bool)
METHODS = ["auto", "quality", "ilp"]


def cycles_off(result: NDArray, true: NDArray) -> NDArray:
    """Whole cycles by which a result differs from a phase of the same wrapped values, up to a constant."""
    off = (result - true) / (2 * np.pi)
    off = off - np.round(np.nanmedian(off))
    np.testing.assert_allclose(off, np.round(off), atol=1e-9)
    return np.round(off)


def noisy(gamma: float, seed: int, shape: NDArray = HILL) -> tuple[NDArray, NDArray]:
    """A wrapped speckle phase and the phase of the same noise without jumps."""
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal(shape.shape) + 1j * rng.standard_normal(shape.shape) for _ in range(2))
    noise = np.angle((gamma * a + np.sqrt(1 - gamma**2) * b) * np.conj(a))
    return wrap(shape + noise), shape + noise


@pytest.mark.parametrize("method", METHODS)
def test_a_smooth_phase_comes_back(method):
    result = unwrap(wrap(HILL), ALL, method=method)
    assert not cycles_off(result.phase, HILL).any()
    assert result.residues == 0
    assert result.count == 1
    assert not result.suspicious.any()
    assert result.method == ("ilp" if method == "ilp" else "quality")


@settings(max_examples=20, deadline=None)
@given(offset=st.floats(-50, 50), method=st.sampled_from(METHODS))
def test_every_value_changes_by_whole_cycles(offset, method):
    wrapped, _ = noisy(0.9, 3)
    before = wrap(wrapped + offset)[:40, :50]
    result = unwrap(before, ALL[:40, :50], method=method)
    change = (result.phase - before) / (2 * np.pi)
    np.testing.assert_allclose(change, np.round(change), atol=1e-9)
    assert abs(np.median(result.phase)) <= np.pi + 1e-9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_mirrored_or_turned_pictures_give_the_same_surface(method, turn):
    result = unwrap(np.rot90(wrap(HILL), turn), np.rot90(ALL, turn), method=method)
    assert not cycles_off(np.rot90(result.phase, -turn), HILL).any()


@pytest.mark.parametrize("method", METHODS)
def test_only_the_mask_is_unwrapped(method):
    mask = np.hypot(X - 70, Y - 60) < 50
    wrapped = np.where(mask, wrap(HILL), np.nan)
    result = unwrap(wrapped, mask, method=method)
    assert np.isnan(result.phase[~mask]).all()
    assert not cycles_off(result.phase[mask], HILL[mask]).any()


def test_separate_parts_are_listed_and_their_offset_is_not_invented():
    mask = (X < 60) | (X > 80)
    result = unwrap(wrap(HILL + 30), mask)
    assert result.count == 2
    assert set(np.unique(result.components)) == {0, 1, 2}
    for part in (1, 2):
        here = result.components == part
        assert not cycles_off(result.phase[here], HILL[here] + 30).any()
        assert abs(np.median(result.phase[here])) <= np.pi


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_defeats_the_quality_path_is_left_to_the_flow(seed):
    wrapped, true = noisy(0.8, seed)
    off = {
        method: np.mean(cycles_off(unwrap(wrapped, ALL, method=method).phase, true) != 0)
        for method in METHODS
    }
    assert unwrap(wrapped, ALL).method == "ilp"
    assert off["auto"] == off["ilp"] < 0.03
    assert off["ilp"] <= off["quality"]


def test_filtered_speckle_of_low_coherence_is_unwrapped_without_a_wrong_cycle():
    gentle = 0.4 * HILL
    wrapped, _ = noisy(0.6, 1, gentle)
    smooth = np.angle(filter_complex(wrapped, 2.0, 3))
    result = unwrap(smooth, ALL)
    off = result.phase - gentle
    assert np.abs(off - np.median(off)).max() < np.pi


def test_a_residue_pair_is_flagged_with_the_cut_between_its_ends():
    pair = np.arctan2(Y - 60.5, X - 70.5) - np.arctan2(Y - 60.5, X - 95.5)
    result = unwrap(wrap(pair + 0.05 * X), ALL)
    assert result.residues == 2
    assert result.suspicious[60:62, 69:98].all()
    assert result.suspicious.sum() < 600


def test_a_ring_of_noise_is_flagged_and_nothing_far_from_it():
    radius = np.hypot(X - 70, Y - 60)
    noise = np.random.default_rng(0).uniform(-np.pi, np.pi, X.shape)
    result = unwrap(wrap(np.where((radius > 20) & (radius < 26), noise, HILL / 4)), ALL)
    assert result.suspicious[(radius > 21) & (radius < 25)].mean() > 0.95
    assert not result.suspicious[radius > 40].any()


@pytest.mark.parametrize("method", ["auto", "ilp"])
def test_loops_around_a_hole_close(method):
    hole = np.hypot(X - 70, Y - 60) < 15
    mask = ~hole
    spiral = np.arctan2(Y - 60, X - 70)  # one turn around the hole, no residue in the mask
    result = unwrap(wrap(spiral + 0.3 * X), mask, method=method)
    steps = np.abs(np.diff(result.phase, axis=1))
    cut = np.nansum(steps > np.pi) + np.nansum(np.abs(np.diff(result.phase, axis=0)) > np.pi)
    assert result.residues == 0
    assert result.suspicious.any()
    assert cut <= 60  # the shortest way from the hole to the rim

    flat = unwrap(wrap(HILL), mask, method=method)
    assert not cycles_off(flat.phase[mask], HILL[mask]).any()


def test_quality_steers_the_cut_of_the_flow():
    spiral = wrap(np.arctan2(Y - 59.5, X - 74.5) + 0.02 * X)
    quality = np.where(X > 74, 0.01, 1.0)  # the cut shall go to the right
    result = unwrap(spiral, ALL, method="ilp", quality=quality)
    across, along = (np.abs(np.diff(result.phase, axis=axis)) > np.pi for axis in (1, 0))
    assert across.any() or along.any()
    assert not across[:, :73].any()
    assert not along[:, :74].any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (2, 2), (1, 1)])
def test_tiny_and_thin_masks(method, shape):
    line = 0.9 * np.arange(np.prod(shape)).reshape(shape)
    result = unwrap(wrap(line), np.ones(shape, dtype=bool), method=method)
    assert not cycles_off(result.phase, line).any()


def test_input_that_cannot_be_unwrapped_is_refused():
    with pytest.raises(InputError, match="mask is empty"):
        unwrap(HILL, ~ALL)
    with pytest.raises(InputError, match="size of the image"):
        unwrap(HILL, ALL[1:])
    with pytest.raises(InputError, match="size of the image"):
        unwrap(HILL, ALL, quality=HILL[1:])
    with pytest.raises(InputError, match="2 pixels inside the mask are not finite"):
        unwrap(np.where((X == 3) & (Y < 2), np.nan, HILL), ALL)
