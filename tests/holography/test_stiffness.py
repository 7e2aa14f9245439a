"""One factor on the stiffness: exact recovery, honest intervals, and what is predicted of what was left out."""

import numpy as np
import pytest
from scipy import stats

from holography.stiffness import Factor, factor_of_frequencies, factor_of_scale, fit_scale, left_out

X, Y = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 60))
MODEL = (np.sin(np.pi * X) * np.sin(np.pi * Y)).ravel() ** 2
AREA = np.ones(MODEL.size)


def test_an_exact_field_gives_its_scale_and_offset():
    fit = fit_scale(0.8 * MODEL + 0.3, MODEL, np.full(MODEL.size, 0.01), AREA, free_offset=True)
    assert (fit.value, fit.offset) == pytest.approx((0.8, 0.3))
    assert fit.rms == pytest.approx(0, abs=1e-12)


def test_the_stated_sigma_is_that_of_many_fits():
    rng = np.random.default_rng(2)
    sigma = 0.02 * (1 + X.ravel())
    fits = [
        fit_scale(1.1 * MODEL + sigma * rng.standard_normal(MODEL.size), MODEL, sigma, AREA)
        for _ in range(300)
    ]
    scores = np.array([(fit.value - 1.1) / fit.sigma for fit in fits])
    low, high = stats.chi2.ppf([0.0005, 0.9995], 300) / 300
    assert low < np.mean(scores**2) < high
    assert np.mean([fit.chi2 for fit in fits]) == pytest.approx(1, abs=0.02)


def test_shared_noise_widens_sigma_by_its_root():
    noise = 0.01 * np.random.default_rng(1).standard_normal(MODEL.size)
    one, four = (
        fit_scale(MODEL + noise, MODEL, np.full(MODEL.size, 0.05), AREA, correlated=c).sigma
        for c in (1.0, 4.0)
    )
    assert four == pytest.approx(2 * one)


def test_a_misfit_beyond_the_noise_widens_sigma():
    wrong = MODEL + 0.1 * np.cos(5 * X.ravel())
    narrow = fit_scale(MODEL, MODEL, np.full(MODEL.size, 1e-3), AREA)
    wide = fit_scale(wrong, MODEL, np.full(MODEL.size, 1e-3), AREA)
    assert wide.chi2 > 100
    assert wide.sigma == pytest.approx(narrow.sigma * np.sqrt(wide.chi2))


def test_without_a_stated_sigma_the_residuals_give_it():
    noise = 0.02 * np.random.default_rng(3).standard_normal(MODEL.size)
    fit = fit_scale(MODEL + noise, MODEL, np.full(MODEL.size, np.nan), AREA)
    assert np.isnan(fit.chi2)
    assert fit.sigma == pytest.approx(0.02 / np.sqrt(MODEL @ MODEL), rel=0.05)


def test_a_plate_that_bends_further_is_softer():
    fit = fit_scale(1.25 * MODEL, MODEL, np.full(MODEL.size, 0.01), AREA)
    factor = factor_of_scale(fit)
    assert factor.value == pytest.approx(0.8)
    assert factor.low < 0.8 < factor.high


def test_frequencies_scale_with_the_root_of_the_stiffness():
    computed = np.array([100.0, 230.0, 410.0])
    factor = factor_of_frequencies(np.sqrt(1.3) * computed, computed)
    assert (factor.value, factor.low, factor.high) == pytest.approx((1.3, 1.3, 1.3))
    assert factor.thickness[0] == pytest.approx(np.sqrt(1.3))


def test_the_interval_of_a_factor_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    computed = np.linspace(100, 900, 8)
    inside = 0
    for _ in range(400):
        measured = np.sqrt(1.2) * computed * np.exp(0.01 * rng.standard_normal(8))
        factor = factor_of_frequencies(measured, computed)
        inside += factor.low < 1.2 < factor.high
    low, high = stats.binom.ppf([0.0005, 0.9995], 400, 0.95)
    assert low <= inside <= high


def test_one_frequency_gives_a_factor_without_an_interval():
    factor = factor_of_frequencies(np.array([110.0]), np.array([100.0]))
    assert factor.value == pytest.approx(1.21)
    assert np.isnan(factor.low)
    assert np.isnan(left_out(np.array([110.0]), np.array([100.0]))).all()


def test_what_was_left_out_is_predicted_by_the_others():
    computed = np.array([100.0, 200.0, 300.0])
    measured = np.array([110.0, 220.0, 300.0])
    found = left_out(measured, computed)
    assert found[2] == pytest.approx(1 / 1.1 - 1)
    assert found[0] == pytest.approx(1.1 / np.sqrt(1.1) - 1)


def test_an_entry_names_its_level_and_numbers():
    assert Factor(1.1, 1.0, 1.2, 5).entry() == {
        "value": 1.1,
        "interval": [1.0, 1.2],
        "level": 0.95,
        "numbers": 5,
    }
