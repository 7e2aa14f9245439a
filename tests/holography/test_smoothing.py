"""Every filter of capture.toml: what it returns, and that the sigma it states is the error it makes."""

import numpy as np
import pytest
from lab import SMALL, bring_back, plate, straight
from test_phase import HILL, X, Y, rms, speckle

from holography import phase as ph
from holography.recording import record_phase_shift
from holography.synthetic import Light
from holography.windowed import filter_windowed_fourier

SCENE = plate(5, view=straight(SMALL))


def test_windowed_fourier_filter_returns_a_clean_field():
    smooth = filter_windowed_fourier(HILL, 8.0, threshold=0.0)
    inner = np.s_[30:-30, 30:-30]
    assert rms(ph.wrap(np.angle(smooth) - HILL)[inner]) < 2e-3


def test_windowed_fourier_filter_keeps_dense_fringes_a_gaussian_blurs():
    rng = np.random.default_rng(3)
    dense = 0.5 * X + 0.2 * Y + HILL / 10
    field = ph.unit(speckle(dense, 0.8, rng))
    inner = np.s_[30:-30, 30:-30]
    errors = [
        rms(ph.wrap(np.angle(smooth) - dense)[inner])
        for smooth in (filter_windowed_fourier(field, 8.0), ph.filter_complex(field, 2.6, 1))
    ]
    assert errors[0] < 0.5 * errors[1]


def test_the_threshold_takes_speckle_for_as_noisy_as_it_is():
    """Phasors of speckle are no Gaussian noise: a threshold from their median would let noise pass."""
    rng = np.random.default_rng(5)
    field = ph.unit(speckle(HILL, 0.9, rng))
    inner = np.s_[30:-30, 30:-30]
    white = np.sqrt(1 - np.abs(np.mean(field * np.exp(-1j * HILL))) ** 2)  # of unit phasors
    found, right = (
        filter_windowed_fourier(field, 10.0, threshold=t) for t in (None, 3 * white / (20 * np.sqrt(np.pi)))
    )
    assert rms(ph.wrap(np.angle(found) - np.angle(right))[inner]) < 0.01


@pytest.mark.parametrize("gamma", [None, 0.9, 0.75])
@pytest.mark.parametrize("name", ["gaussian", "windowed-fourier", "none"])
def test_stated_and_true_error_agree_for_every_filter(tmp_path, name, gamma):
    """Camera noise on a mirror-like plate, and speckle of two coherences; the mask is given, so that all pixels count."""
    if (name, gamma) == ("none", 0.75):
        pytest.skip("single speckles of this coherence cannot be unwrapped")
    light = Light(coherence=gamma, noise=4.0)
    recording = record_phase_shift(SCENE, light, np.random.default_rng(3))
    rim = {"polygon": [[20, 17], [279, 17], [279, 222], [20, 222]]}
    outcome = bring_back(tmp_path, recording, SCENE, processing={"filter": name}, mask=rim)
    assert 1 / 1.5 < outcome.ratio < 1.5


def test_the_noise_of_a_pixel_is_told_beside_the_laws_of_speckle_and_camera(tmp_path):
    """Independent causes add in square: measured² = speckle² + camera²."""
    recording = record_phase_shift(SCENE, Light(coherence=0.9, noise=4.0), np.random.default_rng(0))
    told = bring_back(tmp_path, recording, SCENE).deformation.provenance["used"][
        "phase noise of one pixel (rad)"
    ]
    assert told["speckle law"] == pytest.approx(float(ph.phase_sigma(0.9)), rel=0.15)
    assert told["measured"] == pytest.approx(np.hypot(told["speckle law"], told["camera noise"]), rel=0.1)
