"""Amplitudes from time-averaged fringes and from sidebands, against the Bessel functions they come from."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from holography.vibration import sideband_amplitude, time_average_amplitude
from landscape.errors import InputError

ROWS, COLS = 240, 300
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
U, V = (X - 149.5) / 140, (Y - 119.5) / 110
PLATE = (np.abs(U) <= 1) & (np.abs(V) <= 1)
NANOMETRE = 4 * np.pi / 532  # rad per nm
DIPOLE = np.where(PLATE, U * ((1 - U**2) * (1 - V**2)) ** 2, 0) / 0.2863
SINGLE = np.where(PLATE, ((1 - U**2) * (1 - V**2)) ** 2, 0)


def exposed(argument: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """8-bit time-averaged image and the same plate at rest, with speckle of 200 looks and camera noise."""
    grain = 1 + rng.standard_normal((2, *argument.shape)) / np.sqrt(200)
    clean = 77 * PLATE * grain * np.stack([special.j0(argument) ** 2, np.ones_like(argument)])
    frames = np.clip(np.round(clean + rng.standard_normal(clean.shape)), 0, 255)
    return frames[0], frames[1]


def up_to_sign(measured: NDArray, true: NDArray) -> NDArray:
    errors = [measured - true, -measured - true]
    return min(errors, key=lambda e: float(np.nanmean(e**2)))


def rms(values: NDArray) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


@pytest.mark.parametrize("highest", [150, 260, 430])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", [DIPOLE, SINGLE], ids=["dipole", "single"])
def test_amplitude_comes_back_within_15_nm_and_sigma_is_honest(highest, seed, shape):
    image, rest = exposed(highest * NANOMETRE * shape, np.random.default_rng(seed))
    found = time_average_amplitude(image, NANOMETRE, rest=rest, mask=PLATE)
    wrong = up_to_sign(found.amplitude, highest * shape)
    assert rms(wrong) < 15
    assert 1 / 1.5 < rms(wrong) / rms(found.sigma) < 1.5
    assert len(found.signs) == (2 if shape is DIPOLE else 1)
    assert not found.assumed
    assert not found.conflicts


@pytest.mark.parametrize("rings", [1, 2, 4])
def test_order_counts_the_dark_fringes(rings):
    zeros = special.jn_zeros(0, rings + 1)
    image = special.j0(zeros.mean() * 0 + (zeros[rings - 1] + 1.2) * SINGLE) ** 2
    found = time_average_amplitude(image, 1.0, rest=np.ones_like(image), mask=PLATE, sigma=0.7)
    assert found.order.max() == rings
    assert found.order[120, 150] == rings
    assert found.order[12, 150] == 0


def test_dark_fringes_lie_at_the_published_amplitudes():
    dark = special.jn_zeros(0, 4) / NANOMETRE
    np.testing.assert_allclose(dark, [101.8, 233.7, 366.4, 499.2], atol=0.06)


def test_nodal_lines_turn_the_sign_and_the_largest_antinode_is_positive():
    four = np.where(PLATE, np.sin(np.pi * U) * np.sin(np.pi * V), 0)
    found = time_average_amplitude(
        special.j0(5 * four) ** 2, 1.0, rest=np.ones_like(four), mask=PLATE, sigma=0.7
    )
    quarters = [
        found.argument[60, 80],
        found.argument[60, 220],
        found.argument[180, 220],
        found.argument[180, 80],
    ]
    assert sorted(found.signs) == [-1, -1, 1, 1]
    assert np.sign(quarters[0]) == np.sign(quarters[2]) == -np.sign(quarters[1]) == -np.sign(quarters[3])
    largest = 1 + np.argmax(np.bincount(found.antinodes.ravel())[1:])
    assert found.signs[largest - 1] == 1


@pytest.mark.parametrize("highest", [350, 480])
def test_an_antinode_on_a_free_edge_that_has_passed_a_crest_is_read_beyond_it(highest):
    """The crest lines of a strip are separate pieces, with the dip of the antinode between them."""
    columns = np.arange(200)
    true = np.tile(highest * 1e-9 * np.sin(np.pi * columns / 199) ** 2, (160, 1))
    intensity = 200 * special.j0(1e9 * NANOMETRE * true) ** 2
    found = time_average_amplitude(intensity, 1e9 * NANOMETRE, rest=np.full(true.shape, 200.0))
    assert np.abs(np.abs(found.amplitude) - true).max() < 15e-9
    assert not found.turned.any()


def test_a_top_that_may_have_passed_a_crest_is_told_with_what_it_may_hide():
    """450 nm lie 19 nm beyond the crest of |J0| at 431 nm, too little for a dip: 38 nm less fit as well."""
    rows, columns = np.mgrid[:160, :200]
    true = 450e-9 * (np.sin(np.pi * columns / 199) * np.sin(np.pi * rows / 159)) ** 2
    intensity = 200 * special.j0(1e9 * NANOMETRE * true) ** 2
    found = time_average_amplitude(intensity, 1e9 * NANOMETRE, rest=np.full(true.shape, 200.0))
    error = true - np.abs(found.amplitude)
    wrong = error > 15e-9
    assert wrong.any()
    assert (found.turned[wrong] > 0).all()
    np.testing.assert_allclose(found.turned[wrong], error[wrong], atol=5e-9)


def test_two_antinodes_joined_above_the_first_dark_fringe_move_together():
    twins = np.exp(-((U - 0.45) ** 2 + V**2) / 0.1) + np.exp(-((U + 0.45) ** 2 + V**2) / 0.1)
    found = time_average_amplitude(
        special.j0(13 * twins) ** 2, 1.0, rest=np.ones_like(twins), mask=PLATE, sigma=0.7
    )
    assert len(found.signs) == 2
    assert found.signs[0] == found.signs[1]


def test_a_nodal_line_that_cannot_be_seen_is_reported_as_a_guess():
    twins = np.exp(-((U - 0.45) ** 2 + V**2) / 0.1) + np.exp(-((U + 0.45) ** 2 + V**2) / 0.1)
    saddle = 2 * np.exp(-(0.45**2) / 0.1)
    image = special.j0(special.jn_zeros(0, 1)[0] / saddle * twins) ** 2  # the pass between them is dark
    found = time_average_amplitude(image, 1.0, rest=np.ones_like(twins), mask=PLATE, sigma=0.7)
    assert found.assumed == ((1, 2),)


def test_small_vibrations_below_the_first_dark_fringe_are_read():
    found = time_average_amplitude(
        special.j0(1.8 * SINGLE) ** 2, 1.0, rest=np.ones_like(SINGLE), mask=PLATE, sigma=0.7
    )
    assert found.order.max() == 0
    assert rms(found.amplitude - 1.8 * SINGLE) < 0.05


def test_time_averages_without_light_or_mask_are_refused():
    with pytest.raises(InputError, match="mask is empty"):
        time_average_amplitude(SINGLE, 1.0, mask=np.zeros_like(PLATE))
    with pytest.raises(InputError, match="no contrast"):
        time_average_amplitude(np.zeros_like(SINGLE), 1.0)
    with pytest.raises(InputError, match="size of the image"):
        time_average_amplitude(SINGLE, 1.0, rest=SINGLE[1:])


@pytest.mark.real
def test_measured_dipole_has_two_antinodes_of_opposite_sign(data_folder: Path):
    import tifffile

    image = tifffile.imread(data_folder / "fringeproc" / "2modos_holography.tif")
    found = time_average_amplitude(image, 1.0)
    assert len(found.signs) == 2
    assert found.signs[0] == -found.signs[1]
    assert 8.65 < found.argument.max() < 11.79
    assert 8.65 < -found.argument.min() < 11.79
    assert found.order.max() == 3
    assert found.assumed == ((1, 2),)  # the line between the antinodes is dark in this picture


def waves(
    argument: NDArray, order: int, rng: np.random.Generator, noise: float = 0.02
) -> tuple[NDArray, NDArray]:
    """Fields of a sideband and of the carrier on common speckle, with noise."""
    grain, *dirt = rng.standard_normal((3, 2, ROWS, COLS)).swapaxes(0, 1)[0] + 1j * rng.standard_normal(
        (3, ROWS, COLS)
    )
    sideband = PLATE * grain * special.jv(order, argument) * np.exp(0.7j) + noise * dirt[0]
    return sideband, PLATE * grain * special.j0(argument) + noise * dirt[1]


@pytest.mark.parametrize("highest", [10.0, 60.0, 95.0, 250.0])
@pytest.mark.parametrize("seed", range(2))
def test_first_sideband_gives_any_amplitude_with_its_sign(highest, seed):
    sideband, carrier = waves(highest * NANOMETRE * DIPOLE, 1, np.random.default_rng(seed))
    found = sideband_amplitude(sideband, carrier, 1, NANOMETRE, mask=PLATE)
    assert found.mask[PLATE].mean() > 0.98
    assert rms(up_to_sign(found.amplitude, highest * DIPOLE)) < max(1.0, 0.02 * highest)
    assert found.quadrature < 0.02
    strongest = found.amplitude[found.mask][np.argmax(np.abs(found.amplitude[found.mask]))]
    assert strongest > 0


def test_for_small_amplitudes_the_ratio_is_2_pi_a_over_lambda():
    carrier = np.ones((ROWS, COLS), dtype=complex)
    found = sideband_amplitude(carrier * 2 * np.pi * 0.3 / 532, carrier, 1, NANOMETRE, sigma=0.5)
    # the whole picture moves, so the rim is no zero: still nearest to it
    np.testing.assert_allclose(found.amplitude, 0.3, rtol=1e-4)


@pytest.mark.parametrize("order", [2, 3])
def test_higher_sidebands_give_amplitudes_below_the_first_zero(order):
    sideband, carrier = waves(80 * NANOMETRE * DIPOLE, order, np.random.default_rng(1), noise=0.0)
    found = sideband_amplitude(sideband, carrier, order, NANOMETRE, mask=PLATE, sigma=0.7)
    strong = PLATE & (np.abs(DIPOLE) > 0.3)
    true = 80 * (np.abs(DIPOLE) if order % 2 == 0 else DIPOLE)
    assert rms(up_to_sign(found.amplitude, true)[strong]) < 1.0


def test_a_travelling_wave_shows_as_quadrature():
    sideband, carrier = waves(60 * NANOMETRE * SINGLE, 1, np.random.default_rng(0))
    found = sideband_amplitude(sideband * np.exp(1.5j * U), carrier, 1, NANOMETRE, mask=PLATE)
    assert found.quadrature > 0.1


def test_sidebands_that_mean_nothing_are_refused():
    field = np.ones((20, 20), dtype=complex)
    with pytest.raises(InputError, match="order of 1 or more"):
        sideband_amplitude(field, field, 0, 1.0)
    with pytest.raises(InputError, match="size of the image"):
        sideband_amplitude(field, field[1:], 1, 1.0)
    with pytest.raises(InputError, match="no lit pixel"):
        sideband_amplitude(field, field, 1, 1.0, mask=np.zeros((20, 20), dtype=bool))
    with pytest.raises(InputError, match="no lit pixel"):
        sideband_amplitude(0 * field, 0 * field, 1, 1.0)
