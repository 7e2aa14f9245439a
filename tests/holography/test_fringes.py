"""Phase-shifting schemes, estimated steps and carrier fringes against closed forms and measured frames."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from holography.fringes import SCHEMES, carrier_demodulate, demodulate, estimate_steps, find_carrier
from holography.phase import modulation_sigma, wrap
from landscape.errors import InputError

ROWS, COLS = 180, 240
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
HILL = 25 * np.exp(-((X - 110) ** 2 + (Y - 95) ** 2) / (2 * 45**2))
UNEVEN = np.array([0, 70, 170, 255, 350])


def shoot(
    phase: NDArray, steps: NDArray, background: NDArray | float = 100.0, contrast: float = 0.8
) -> NDArray:
    return np.stack([background * (1 + contrast * np.cos(phase + step)) for step in steps])


def error(measured: NDArray, true: NDArray) -> float:
    return float(np.sqrt(np.mean(wrap(measured - true) ** 2)))


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_is_exact_at_its_own_steps(name):
    result = demodulate(shoot(HILL, np.array(SCHEMES[name].steps)), name)
    assert error(result.phase, HILL) < 1e-10
    np.testing.assert_allclose(result.modulation, 80, atol=1e-9)
    np.testing.assert_allclose(result.background, 100, atol=1e-9)


@pytest.mark.parametrize(("name", "published"), [("4-step", 0.0278), ("hariharan", 0.0011), ("carre", 0.0)])
def test_a_step_5_percent_off_costs_what_theory_says(name, published):
    steps = 1.05 * np.array(SCHEMES[name].steps)
    phase = np.broadcast_to(np.linspace(-np.pi, np.pi, 1001)[None, :-1], (8, 1000))
    wrong = wrap(demodulate(shoot(phase, steps), name).phase - phase)
    assert np.std(wrong) == pytest.approx(published, abs=1e-4)


def test_carre_reports_the_step_it_found():
    steps = np.radians([0, 110, 220, 330])
    np.testing.assert_allclose(
        np.diff(demodulate(shoot(HILL, steps - steps.mean()), "carre").steps), np.radians(110)
    )


def test_given_uneven_steps_are_exact():
    assert error(demodulate(shoot(HILL, np.radians(UNEVEN)), np.radians(UNEVEN)).phase, HILL) < 1e-10


@pytest.mark.parametrize("count", [4, 5, 8])
def test_noise_and_its_effect_on_the_phase_are_told(count):
    rng = np.random.default_rng(4)
    steps = 2 * np.pi * np.arange(count) / count
    result = demodulate(shoot(HILL, steps) + rng.normal(0, 3, (count, ROWS, COLS)), steps)
    assert result.noise == pytest.approx(3, rel=0.02)
    told = np.median(modulation_sigma(result.modulation, result.noise, count))
    assert error(result.phase, HILL) == pytest.approx(told, rel=0.03)


def test_three_frames_leave_no_misfit_to_tell_the_noise():
    assert np.isnan(demodulate(shoot(HILL, np.array(SCHEMES["3-step"].steps)), "3-step").noise)


def test_steps_the_other_way_give_the_opposite_phase():
    frames = shoot(HILL, np.radians(UNEVEN))
    assert error(demodulate(frames, -np.radians(UNEVEN)).phase, -HILL) < 1e-10


def test_field_carries_modulation_and_phase():
    result = demodulate(shoot(HILL, np.array(SCHEMES["4-step"].steps)), "4-step")
    np.testing.assert_allclose(result.field(), 80 * np.exp(1j * HILL), atol=1e-9)


@pytest.mark.parametrize(
    ("frames", "steps", "needle"),
    [
        (np.zeros((2, 4, 4)), [0, 1], "at least three frames"),
        (np.zeros((4, 4)), [0, 1, 2], "at least three frames"),
        (np.zeros((4, 4, 4)), [0, 1, 2], "3 steps, but there are 4 frames"),
        (np.zeros((5, 4, 4)), "4-step", "4 steps, but there are 5 frames"),
        (np.zeros((4, 4, 4)), "5-stop", "unknown scheme"),
        (np.zeros((4, 4, 4)), np.radians([0, 180, 360, 540]), "must differ modulo 360"),
        (np.zeros((3, 4, 4)), [0, 1, np.nan], "must differ"),
        (np.arange(4.0)[:, None, None] * np.ones((4, 4, 4)), "carre", "Carré"),
    ],
)
def test_bad_frames_and_steps_are_refused(frames, steps, needle):
    with pytest.raises(InputError, match=re.escape(needle)):
        demodulate(frames, steps)


BEAM = 120 * np.exp(-((X - 120) ** 2 + (Y - 90) ** 2) / (2 * 100**2))


@pytest.mark.parametrize("degrees", [[0, 100, 170, 275], list(UNEVEN), [0, 62, 118, 185, 238, 301, 355]])
@pytest.mark.parametrize("light", [100.0, BEAM], ids=["even", "gaussian"])
def test_unknown_steps_are_found_in_8_bits(degrees, light):
    rng = np.random.default_rng(1)
    frames = np.round(
        shoot(HILL, np.radians(degrees), light) + rng.normal(0, 1.5, (len(degrees), ROWS, COLS))
    )
    steps = estimate_steps(np.clip(frames, 0, 255).astype(np.uint8))
    np.testing.assert_allclose(np.degrees(steps), degrees, atol=1.5)
    assert steps[0] == 0


@pytest.mark.parametrize("seed", range(5))
def test_unknown_steps_are_found_in_speckle_with_dark_grains(seed):
    rng = np.random.default_rng(seed)
    grains = 30 * np.abs(rng.standard_normal((ROWS, COLS)) + 1j * rng.standard_normal((ROWS, COLS))) ** 2
    random = HILL + rng.uniform(-np.pi, np.pi, (ROWS, COLS))
    frames = np.stack(
        [grains + 20 + 2 * np.sqrt(20 * grains) * np.cos(random + s) for s in np.radians(UNEVEN)]
    )
    steps = estimate_steps(np.clip(np.round(frames + rng.normal(0, 1.5, frames.shape)), 0, 255))
    np.testing.assert_allclose(np.degrees(steps), UNEVEN, atol=2)


def test_uneven_light_misleads_the_iterative_algorithm_and_not_the_projection():
    frames = shoot(HILL, np.radians(UNEVEN), BEAM)
    wrong = [
        np.abs(np.degrees(estimate_steps(frames, method=m)) - UNEVEN).max() for m in ("aia", "projection")
    ]
    assert wrong[1] < 0.5 < 2 < wrong[0]


def test_the_common_sign_of_steps_follows_the_initial_ones():
    frames = shoot(HILL, np.radians(UNEVEN))
    forward = estimate_steps(frames, np.radians([0, 60, 150, 260, 340]))
    backward = estimate_steps(frames, -np.radians([0, 60, 150, 260, 340]))
    np.testing.assert_allclose(forward, -backward, atol=1e-3)
    assert forward[1] > 0


@settings(max_examples=15, deadline=None)
@given(gain=st.floats(0.1, 50), offset=st.floats(-20, 500))
def test_steps_do_not_depend_on_the_camera_s_gain_and_offset(gain, offset):
    frames = shoot(HILL, np.radians(UNEVEN))[:, ::3, ::3]
    np.testing.assert_allclose(estimate_steps(gain * frames + offset), estimate_steps(frames), atol=2e-3)


def test_frames_without_fringes_have_no_steps():
    with pytest.raises(InputError, match="do not differ"):
        estimate_steps(np.full((4, 9, 9), 7.0))
    with pytest.raises(InputError, match="one initial step per frame"):
        estimate_steps(shoot(HILL, np.radians(UNEVEN)), [0, 1])


BIG_Y, BIG_X = np.mgrid[:300, :360].astype(float)
BUMP = 12 * np.exp(-((BIG_X - 190) ** 2 + (BIG_Y - 140) ** 2) / (2 * 45**2))


def carrier_frame(frequency: tuple[float, float], phase: NDArray, noise: float = 0.0) -> NDArray:
    light = 110 * np.exp(-((BIG_X - 160) ** 2 + (BIG_Y - 150) ** 2) / (2 * 250**2))
    fringes = light * (1 + 0.8 * np.cos(2 * np.pi * (frequency[0] * BIG_X + frequency[1] * BIG_Y) + phase))
    return fringes + np.random.default_rng(5).normal(0, noise, phase.shape) if noise else fringes


@pytest.mark.parametrize("period", [6, 9, 12, 16])
@pytest.mark.parametrize("angle", [0, 40, 90, -50])
def test_carrier_phase_is_within_the_published_error(period, angle):
    f = (np.cos(np.radians(angle)) / period, np.sin(np.radians(angle)) / period)
    frames = [np.round(carrier_frame(f, phase, 2.0)) for phase in (BUMP, np.zeros_like(BUMP))]
    result = carrier_demodulate(frames[0], reference=frames[1])
    assert error(np.angle(result.field)[result.mask], BUMP[result.mask]) < 0.03
    assert result.frequency == pytest.approx(f, abs=1e-3)


def test_without_reference_a_plate_at_rest_along_its_rim_shows_no_tilt():
    held = 6 * np.exp(-((BIG_X - 190) ** 2 + (BIG_Y - 140) ** 2) / (2 * 28**2))
    result = carrier_demodulate(carrier_frame((0.11, 0.03), held))
    offset = np.angle(np.mean(np.exp(1j * (np.angle(result.field) - held))[result.mask]))
    assert error(np.angle(result.field)[result.mask], held[result.mask] + offset) < 0.03
    assert result.frequency == pytest.approx((0.11, 0.03), abs=2e-5)


def test_auto_takes_the_lobe_to_the_right_and_the_other_one_mirrors_the_phase():
    frame = carrier_frame((0.1, 0.04), BUMP)
    right, left = carrier_demodulate(frame), carrier_demodulate(frame, (-0.1, -0.04))
    assert right.frequency[0] > 0
    assert find_carrier(carrier_frame((0, -0.1), BUMP))[1] > 0
    assert error(np.angle(left.field)[left.mask], -BUMP[left.mask]) < 0.03


def test_the_border_is_marked():
    mask = carrier_demodulate(carrier_frame((0.1, 0.0), BUMP)).mask
    assert mask[20:-20, 20:-20].all()
    assert mask.sum() == 260 * 320


@pytest.mark.parametrize(
    ("frame", "frequency", "needle"),
    [
        (np.random.default_rng(0).normal(size=(128, 128)), "auto", "no lobe stands out"),
        (np.zeros((128, 128)), "auto", "no lobe stands out"),
        (np.zeros((30, 128)), "auto", "at least 49 pixels"),
        (np.zeros((128, 128)), (0.001, 0.0), "cannot be separated"),
        (np.zeros((128, 128)), (0.6, 0.0), "cannot be separated"),
        (np.zeros((128, 128)), (np.nan, 0.0), "cannot be separated"),
    ],
)
def test_frames_without_a_usable_carrier_are_refused(frame, frequency, needle):
    with pytest.raises(InputError, match=needle):
        carrier_demodulate(frame, frequency)


@pytest.fixture(scope="module")
def pupil(data_folder: Path) -> tuple[NDArray, NDArray]:
    """Twelve interferograms of nominally 60 degrees, and the pupil."""
    import cv2

    files = sorted((data_folder / "mlpeck_zernike").glob("Image*.jpg"), key=lambda f: int(f.stem[5:]))
    frames = np.stack([cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]).astype(float)
    rows, cols = np.mgrid[: frames.shape[1], : frames.shape[2]]
    return frames, np.hypot(cols - 391.5, rows - 299.5) < 273.1


@pytest.mark.real
def test_measured_frames_have_the_published_steps(pupil):
    frames, mask = pupil
    steps = np.degrees(np.diff(estimate_steps(frames, mask=mask, method="aia")))
    assert steps.min() == pytest.approx(55.5, abs=0.1)
    assert steps.max() == pytest.approx(65.9, abs=0.1)
    np.testing.assert_allclose(np.degrees(np.diff(estimate_steps(frames, mask=mask))), steps, atol=2)


@pytest.mark.real
@pytest.mark.parametrize("method", ["aia", "projection"])
def test_measured_wavefront_is_the_published_one(pupil, method):
    from holography.unwrap import unwrap

    frames, mask = pupil
    nominal = demodulate(frames, np.radians(60) * np.arange(12))
    estimated = demodulate(frames, estimate_steps(frames, mask=mask, method=method))
    assert np.std(wrap(estimated.phase - nominal.phase)[mask]) == pytest.approx(0.0045, abs=0.0015)
    rows, cols = np.nonzero(mask)
    x, y = (cols - 391.5) / 273.1, (rows - 299.5) / 273.1
    waves = unwrap(estimated.phase, mask).phase[mask] / (2 * np.pi)
    low = np.stack([np.ones_like(x), x, y, x**2 + y**2], axis=1)
    rest = waves - low @ np.linalg.lstsq(low, waves, rcond=None)[0]
    assert np.std(rest) == pytest.approx(0.3912, abs=0.0005)
