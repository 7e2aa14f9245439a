"""Filters that follow the fringes: they keep what is smooth, and say what they leave of the noise."""

import numpy as np
import pytest

from holography.filtering import coherence, follow, local_slope, refine, response
from holography.uncertainty import filtered_sigma

ROWS, COLS = 160, 200
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
ALL = np.ones((ROWS, COLS), bool)
HILL = 60 * np.exp(-((X - 100) ** 2 + (Y - 80) ** 2) / (2 * 40**2))
GENTLE = HILL / 6


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def noisy(phase: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    return np.exp(1j * (phase + sigma * rng.standard_normal(phase.shape)))


@pytest.mark.parametrize("slope", [(0.0, 0.0), (0.8, -0.5), (2.5, 1.0)])
@pytest.mark.parametrize("grain", [1, 4])
def test_slope_of_a_plane_is_found(slope, grain):
    found = local_slope(np.exp(1j * (slope[0] * X + slope[1] * Y)), grain=grain)
    inner = np.s_[30:-30, 30:-30]
    np.testing.assert_allclose(found[0][inner], slope[0], atol=1e-6)
    np.testing.assert_allclose(found[1][inner], slope[1], atol=1e-6)


@pytest.mark.parametrize("slope", [0.3, 1.5, 2.8])
def test_a_plane_of_any_slope_passes_with_full_contrast(slope):
    plane = np.exp(1j * (slope * X - 0.4 * Y))
    smooth = follow(plane, ALL, 2.6, local_slope(plane))
    inner = np.s_[30:-30, 30:-30]
    np.testing.assert_allclose(smooth[inner], plane[inner], atol=1e-4)


def test_pixels_outside_the_mask_neither_give_nor_receive(rng):
    mask = np.hypot(X - 100, Y - 80) < 60
    field = np.where(mask, 1.0, 1e3 * np.exp(2j * np.pi * rng.random(X.shape)))
    flat = (np.zeros_like(X), np.zeros_like(X))
    smooth = follow(field, mask, 3.0, flat)
    np.testing.assert_allclose(smooth[mask], 1.0, atol=2e-3)
    assert not smooth[~mask].any()


def test_refining_changes_nothing_on_a_plane_and_unbends_a_hill():
    """One Gaussian bends a curved phase by width^2/2 of its Laplacian; refined, the bias is of higher order."""
    width = 4.0
    phase = np.where(ALL, HILL, 0)
    once = refine(np.exp(1j * phase), phase, ALL, width)
    laplacian = np.gradient(np.gradient(phase, axis=0), axis=0) + np.gradient(
        np.gradient(phase, axis=1), axis=1
    )
    bias = np.abs(width**2 / 2 * laplacian).max()
    inner = np.s_[25:-25, 25:-25]
    assert np.abs(once.phase - phase)[inner].max() < 0.05 * bias
    plane = 0.3 * X - 0.2 * Y
    deep = np.s_[70:-70, 70:-70]  # beyond the reach of the border
    assert np.abs(refine(np.exp(1j * plane), plane, ALL, width).phase - plane)[deep].max() < 1e-9


@pytest.mark.parametrize("times", [0, 1, 2, 5])
def test_the_response_keeps_constants_whatever_the_number_of_refinements(times):
    assert sum(response(times)) == pytest.approx(1)
    assert response(times)[0] == 0
    if times == 1:
        assert response(1) == pytest.approx((0, 1, 1, -1))


@pytest.mark.parametrize("sigma", [0.1, 0.5])
@pytest.mark.parametrize("grain", [1, 3])
def test_the_reported_sigma_is_the_scatter(rng, sigma, grain):
    """White noise, and noise averaged over blocks of pixels, on a gentle hill."""
    errors, reported = [], []
    for _ in range(3):
        coarse = rng.standard_normal((ROWS // grain + 1, COLS // grain + 1))
        noise = sigma * np.kron(coarse, np.ones((grain, grain)))[:ROWS, :COLS]
        field = np.exp(1j * (GENTLE + noise))
        done = refine(field, GENTLE + noise, ALL, 4.0)
        found = filtered_sigma(done.flat, done.smooth, ALL, width=4.0, response=response())
        errors.append((done.phase - GENTLE)[25:-25, 25:-25])
        reported.append(found[25:-25, 25:-25])
    true = np.sqrt(np.mean(np.square(errors)))
    assert np.sqrt(np.mean(np.square(reported))) == pytest.approx(true, rel=0.25)


def test_coherence_of_noise_follows_its_law_and_pure_noise_has_none(rng):
    """Gaussian phase noise of sigma leaves the mean resultant length exp(-sigma^2 / 2)."""
    for sigma in (0.2, 0.6, 0.9):
        field = noisy(HILL, sigma, rng)
        inner = coherence(field, local_slope(field))[20:-20, 20:-20]
        assert np.median(inner) == pytest.approx(np.exp(-(sigma**2) / 2), abs=0.03)
    nothing = np.exp(2j * np.pi * rng.random(X.shape))
    assert np.median(coherence(nothing, local_slope(nothing))) < 0.3


def test_coherence_does_not_fall_with_the_slope(rng):
    for slope in (0.0, 1.0, 2.0):
        field = noisy(slope * X, 0.3, rng)
        inner = coherence(field, local_slope(field))[20:-20, 20:-20]
        assert np.median(inner) == pytest.approx(np.exp(-0.045), abs=0.01)
