"""Complex phase: differences, filters, mask, residues, and the laws of its noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import integrate, special

from holography import phase as ph
from landscape.errors import InputError

ROWS, COLS = 160, 200
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
HILL = 20 * np.exp(-((X - 95) ** 2 + (Y - 80) ** 2) / (2 * 40**2))


def speckle(phase: NDArray, gamma: float, rng: np.random.Generator) -> NDArray:
    """Product of two speckle fields of coherence gamma that differ by a phase."""
    fields = rng.standard_normal((3, 2, *phase.shape))
    first, other = (f[0] + 1j * f[1] for f in fields[:2])
    return (gamma * first + np.sqrt(1 - gamma**2) * other) * np.conj(first) * np.exp(1j * phase)


def rms(values: NDArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_difference_is_deformed_minus_reference_and_keeps_the_modulation():
    deformed, reference = 3 * np.exp(1j * HILL), 2 * np.exp(0.4j) * np.ones_like(HILL)
    np.testing.assert_allclose(ph.phase_difference(deformed, reference), 6 * np.exp(1j * (HILL - 0.4)))
    np.testing.assert_allclose(ph.phase_difference(HILL, np.full_like(HILL, 0.4)), np.exp(1j * (HILL - 0.4)))
    with pytest.raises(InputError, match="differ in size"):
        ph.phase_difference(HILL, HILL[:-1])


def test_phases_that_are_nan_carry_no_weight():
    assert ph.as_field(np.array([np.nan, np.pi])) == pytest.approx([0, -1])


@settings(max_examples=30, deadline=None)
@given(turn=st.floats(-10, 10), sigma=st.floats(0.3, 4), passes=st.integers(1, 4))
def test_the_filter_commutes_with_a_constant_phase(turn, sigma, passes):
    field = np.exp(1j * HILL[:40, :50])
    smooth = ph.filter_complex(field, sigma, passes)
    np.testing.assert_allclose(
        ph.filter_complex(field * np.exp(1j * turn), sigma, passes), smooth * np.exp(1j * turn)
    )


def test_a_tilt_passes_the_filter_unchanged_in_phase():
    tilt = 0.3 * X - 0.2 * Y
    smooth = ph.filter_complex(tilt, 1.5, 3)
    inner = np.s_[12:-12, 12:-12]
    np.testing.assert_allclose(ph.wrap(np.angle(smooth) - tilt)[inner], 0, atol=1e-9)
    np.testing.assert_allclose(np.abs(smooth)[inner], np.exp(-(0.3**2 + 0.2**2) * 1.5**2 * 3 / 2), rtol=2e-3)


def test_what_lies_outside_the_mask_does_not_leak_in():
    mask = X < 100
    field = np.where(mask, np.exp(0.5j), 1e3 * np.exp(2j))
    smooth = ph.filter_complex(field, 2.0, 2, mask=mask)
    np.testing.assert_allclose(smooth[mask], np.exp(0.5j))
    assert not smooth[~mask].any()


@pytest.mark.parametrize(("sigma", "passes"), [(0, 3), (-1, 1), (1.5, 0), (np.nan, 1)])
def test_a_filter_without_width_is_refused(sigma, passes):
    with pytest.raises(InputError, match="sigma above 0"):
        ph.filter_complex(HILL, sigma, passes)


@pytest.mark.parametrize("gamma", [0.95, 0.8, 0.6])
def test_one_look_of_speckle_obeys_the_speckle_law(gamma):
    rng = np.random.default_rng(2)
    angles = np.angle(speckle(np.zeros((500, 600)), gamma, rng))
    assert np.std(angles) == pytest.approx(float(ph.phase_sigma(gamma)), rel=0.01)


@pytest.mark.parametrize(("gamma", "nanometres"), [(0.95, 22), (0.8, 39), (0.6, 52)])
def test_the_speckle_law_has_its_published_values(gamma, nanometres):
    assert ph.phase_sigma(gamma) * 532 / (4 * np.pi) == pytest.approx(nanometres, abs=0.5)


def test_the_speckle_law_has_its_limits():
    assert ph.phase_sigma(0) == pytest.approx(np.pi / np.sqrt(3))
    assert ph.phase_sigma(1) == pytest.approx(0, abs=1e-7)
    assert ph.phase_sigma(0.7, 9) == pytest.approx(float(ph.phase_sigma(0.7)) / 3)


@pytest.mark.parametrize("gamma", [0.3, 0.7, 0.9])
def test_mean_resultant_and_coherence_belong_together(gamma):
    def density(angle: float) -> float:
        b = gamma * np.cos(angle)
        tail = (1 - gamma**2) / (2 * np.pi * (1 - b**2))
        return tail * (1 + b * np.arccos(-b) / np.sqrt(1 - b**2))

    resultant = integrate.quad(lambda a: np.cos(a) * density(a), -np.pi, np.pi)[0]
    assert ph.speckle_coherence(resultant) == pytest.approx(gamma, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_sigma_after_the_filter_is_honest(seed):
    rng = np.random.default_rng(seed)
    gamma = [0.95, 0.9, 0.8, 0.6][seed]
    smooth = ph.filter_complex(ph.unit(speckle(HILL, gamma, rng)), 1.5, 3)
    true = rms(ph.wrap(np.angle(smooth) - np.angle(ph.filter_complex(HILL, 1.5, 3))))
    told = float(ph.phase_sigma(gamma, looks=4 * np.pi * 1.5**2 * 3))  # 1 / Σg² of white noise
    assert 1 / 1.5 < told / true < 1.5


def test_modulation_sigma_never_exceeds_that_of_pure_noise():
    sigma = ph.modulation_sigma(np.array([0.0, 1e-9, 50.0]), 1.0, 4)
    np.testing.assert_allclose(sigma, [np.pi / np.sqrt(3), np.pi / np.sqrt(3), np.sqrt(0.5) / 50])


def test_the_charge_of_a_vortex_is_one():
    around = np.arctan2(Y - 80.5, X - 90.5)
    charge = ph.residues(around)
    assert np.count_nonzero(charge) == 1
    assert charge[80, 90] == 1
    assert ph.residues(-around)[80, 90] == -1
    mask = np.hypot(X - 90, Y - 80) > 3
    assert not ph.residues(around, mask).any()


@settings(max_examples=30, deadline=None)
@given(
    phase=arrays(float, (9, 11), elements=st.floats(-3, 3)),
    cycles=arrays(int, (9, 11), elements=st.integers(-2, 2)),
)
def test_residues_do_not_see_whole_cycles_and_add_up_to_the_turn_of_the_rim(phase, cycles):
    charge = ph.residues(phase)
    moved = ph.residues(phase + 2 * np.pi * cycles)
    half_turn = np.min(np.abs(np.abs(ph.wrap(np.diff(phase, axis=1))) - np.pi), initial=9) < 1e-6
    half_turn |= np.min(np.abs(np.abs(ph.wrap(np.diff(phase, axis=0))) - np.pi), initial=9) < 1e-6
    if not half_turn:
        np.testing.assert_array_equal(charge, moved)
    rim = np.concatenate([phase[0], phase[1:, -1], phase[-1, -2::-1], phase[-2:0:-1, 0]])
    turn = np.sum(ph.wrap(np.diff(np.append(rim, rim[0]))))
    assert charge.sum() == round(turn / (2 * np.pi))


def test_a_smooth_phase_has_no_residues():
    assert not ph.residues(ph.wrap(HILL)).any()


def test_mask_is_cleaned_and_eroded_as_documented():
    quality = np.zeros((200, 200))
    quality[50:150, 40:160] = 0.9
    quality[90:93, 90:93] = 0.1  # a speck inside
    quality[10:14, 10:14] = 0.9  # one outside
    mask = ph.coherence_mask(quality, 0.6, erosion=2)
    assert mask.sum() == pytest.approx(96 * 116, abs=40)  # the corners are rounded
    assert mask[52:148, 60:140].all()
    assert not mask[:51].any()


def test_a_hole_of_the_plate_stays_a_hole():
    quality = np.full((200, 200), 0.9)
    quality[80:120, 80:120] = 0.0
    assert not ph.coherence_mask(quality, 0.6)[80:120, 80:120].any()


def test_a_given_mask_is_taken_as_it_is():
    user = np.zeros((50, 50), dtype=bool)
    user[20:23, 20:23] = True
    np.testing.assert_array_equal(ph.coherence_mask(np.zeros((50, 50)), 0.6, user=user), user)


def test_an_empty_mask_or_one_of_another_size_is_refused():
    with pytest.raises(InputError, match=r"no region of the image is coherent above 0\.6"):
        ph.coherence_mask(np.zeros((50, 50)), 0.6)
    with pytest.raises(InputError, match="no valid pixel"):
        ph.coherence_mask(np.ones((50, 50)), 0.6, user=np.zeros((50, 50), dtype=bool))
    with pytest.raises(InputError, match="needed the size of the image"):
        ph.coherence_mask(np.ones((50, 50)), 0.6, user=np.ones((50, 49), dtype=bool))


def test_quality_drops_where_residues_crowd():
    rng = np.random.default_rng(0)
    phase = ph.wrap(np.where(X < 100, HILL, rng.uniform(-np.pi, np.pi, HILL.shape)))
    quality = ph.quality_map(phase, np.ones_like(phase))
    assert np.median(quality[:, :90]) > 0.99
    assert np.median(quality[:, 110:]) < 0.05


def test_a_map_smoothed_as_grey_levels_is_found_out():
    from scipy import ndimage

    rng = np.random.default_rng(1)
    wrapped = np.angle(speckle(HILL, 0.9, rng))
    assert not ph.jumps_missing(wrapped)
    grey = ndimage.gaussian_filter(wrapped, 1.0)
    assert ph.jumps_missing(grey)


@pytest.mark.parametrize("height", [2.0, 6.0, 40.0])
def test_smooth_or_small_phases_are_not_suspected_of_missing_jumps(height):
    assert not ph.jumps_missing(ph.wrap(HILL / 20 * height - height / 2))


def test_spence_is_the_dilogarithm_the_law_needs():
    assert special.spence(1 - 0.5) == pytest.approx(np.pi**2 / 12 - np.log(2) ** 2 / 2)
