import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ive, jv

from landscape.errors import InputError
from landscape.topography import (
    BETA_CLAMPED,
    BETA_SUPPORTED,
    beta_free,
    count_modes,
    fit_weyl,
    grid_surface,
    landscape_count,
    weyl_count,
)

CLAMPED_DISC = np.array([104.363105559, 452.004510133, 452.004510133, 1216.40759971, 1216.40759971])
NU = 0.3


def disc_equation(support: str, n: np.ndarray, k: np.ndarray, nu: float) -> np.ndarray:
    """Frequency equation of a unit disc, w = A Jₙ(kr) + B Iₙ(kr); Iₙ is scaled by e⁻ᵏ, which moves no root."""
    bessel = [(jv(n, k), (jv(n - 1, k) - jv(n + 1, k)) / 2, -1.0)]
    bessel.append((ive(n, k), (ive(np.abs(n - 1), k) + ive(n + 1, k)) / 2, 1.0))
    deflection, slope, moment, force = [], [], [], []
    for w, w1, sign in bessel:  # Δw = sign k² w
        deflection.append(w)
        slope.append(k * w1)
        moment.append(sign * k**2 * w - (1 - nu) * (k * w1 - n**2 * w))
        force.append(sign * k**3 * w1 - (1 - nu) * n**2 * (k * w1 - w))
    first, second = {
        "clamped": (deflection, slope),
        "supported": (deflection, moment),
        "free": (moment, force),
    }[support]
    return first[0] * second[1] - first[1] * second[0]


def disc_modes(support: str, last: float, nu: float = NU) -> np.ndarray:
    """All wavenumbers k ≤ last of the unit disc with their multiplicity, by bisection; rigid ones as 0."""
    grid = np.arange(0.3, last + 0.1, 0.1)
    n = np.arange(int(1.02 * last) + 2.0)[:, None]  # 1.02: edge waves of a free edge
    sign = np.sign(disc_equation(support, n, grid[None, :] + 0 * n, nu))
    order, cell = np.nonzero(sign[:, 1:] * sign[:, :-1] < 0)
    low, high, left = grid[cell], grid[cell + 1], sign[order, cell]
    for _ in range(50):
        middle = (low + high) / 2
        same = np.sign(disc_equation(support, order.astype(float), middle, nu)) == left
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    modes = np.sort(np.repeat(low, np.where(order == 0, 1, 2)))
    return np.concatenate([np.zeros(3 if support == "free" else 0), modes[modes <= last]])


def test_the_disc_oracle_reproduces_published_modes():
    np.testing.assert_allclose(disc_modes("clamped", 6.0)[:5] ** 4, CLAMPED_DISC, rtol=1e-10)
    supported = [4.93514904257, 13.898165073, 13.898165073, 25.6132967208, 25.6132967208, 29.7200047321]
    np.testing.assert_allclose(disc_modes("supported", 6.0)[:6] ** 2, supported, rtol=1e-10)
    free = (
        disc_modes("free", 6.0, 0.33)[3:6] ** 2
    )  # Leissa, Vibration of Plates, table 2.6: 5.253, 5.253, 9.084
    np.testing.assert_allclose(free, [5.253, 5.253, 9.084], rtol=2e-3)


def test_beta_of_a_clamped_edge_is_the_integral_of_its_phase():
    phase = quad(lambda t: np.arctan(np.sqrt((1 - t * t) / (1 + t * t))), 0, 1)[0]
    assert pytest.approx(1 + 4 / np.pi * phase, abs=1e-10) == BETA_CLAMPED
    assert pytest.approx(1.7627598, abs=5e-8) == BETA_CLAMPED


@pytest.mark.parametrize(("last", "tolerance"), [(15.0, 1e-3), (40.0, 2e-4)])
def test_beta_fitted_on_the_clamped_disc(last, tolerance):
    fit = fit_weyl(disc_modes("clamped", last), area=np.pi, perimeter=2 * np.pi)
    assert fit.beta == pytest.approx(1.7627598, abs=tolerance)


def test_beta_fitted_on_the_supported_disc():
    fit = fit_weyl(disc_modes("supported", 40.0), area=np.pi, perimeter=2 * np.pi)
    assert fit.beta == pytest.approx(BETA_SUPPORTED, abs=1e-3)


@pytest.mark.parametrize("nu", [0.0, 0.3, 0.45])
def test_beta_fitted_on_the_free_disc(nu):
    fit = fit_weyl(disc_modes("free", 50.0, nu), area=np.pi, perimeter=2 * np.pi)
    assert fit.beta == pytest.approx(beta_free(nu), abs=2e-3)


def test_beta_of_a_free_edge_needs_an_edge_wave():
    # without it the phase alone gives −3 + (4/π) ∫ atan, wrong by 4 (1/ξ − 1): 0.03 at ν = 0.45
    fit = fit_weyl(disc_modes("free", 50.0, 0.45), area=np.pi, perimeter=2 * np.pi)
    xi = (0.55 * (0.35 + 2 * np.sqrt(1 - 0.9 + 2 * 0.45**2))) ** 0.25
    assert abs(fit.beta - (beta_free(0.45) + 4 * (1 / xi - 1))) > 5 * abs(fit.beta - beta_free(0.45))


def test_fit_of_a_supported_square_is_exact_up_to_its_lattice():
    m, n = np.meshgrid(np.arange(1, 60), np.arange(1, 60))
    modes = np.pi * np.sqrt(m**2 + n**2).ravel()
    fit = fit_weyl(modes[modes < 60 * np.pi * 0.999], area=1.0, perimeter=4.0)
    assert fit.beta == pytest.approx(1.0, abs=1e-3)
    assert fit.constant == pytest.approx(0.25, abs=0.05)  # lattice points of a quarter circle: exactly 1/4


def test_fit_scales_with_the_plate():
    modes = disc_modes("clamped", 15.0)
    one = fit_weyl(modes, area=np.pi, perimeter=2 * np.pi)
    other = fit_weyl(modes / 1e-3, area=np.pi * 1e-6, perimeter=2 * np.pi * 1e-3)
    assert other.beta == pytest.approx(one.beta, rel=1e-9)
    assert other.constant == pytest.approx(one.constant, rel=1e-9)


def test_two_terms_follow_the_staircase():
    modes = disc_modes("clamped", 40.0)
    at = np.linspace(10, 39, 300)
    difference = count_modes(modes, at) - weyl_count(at, area=np.pi, edges=[(2 * np.pi, BETA_CLAMPED)])
    assert np.mean(difference) == pytest.approx(2 / 3, abs=0.25)  # the curvature term of a disc stays
    one_term = count_modes(modes, at) - weyl_count(at, area=np.pi, edges=[])
    assert np.abs(np.mean(one_term)) > 20


def test_edges_add_up_and_small_k_counts_nothing():
    mixed = weyl_count(30.0, area=1.0, edges=[(3.0, BETA_CLAMPED), (1.0, BETA_SUPPORTED)])
    assert mixed == pytest.approx((900 - (3 * BETA_CLAMPED + 1) * 30) / (4 * np.pi))
    assert weyl_count([0.0, 0.1], area=1.0, edges=[(4.0, 1.0)]).tolist() == [0, 0]


def test_staircase_counts_a_mode_at_its_own_frequency():
    assert count_modes([3.0, 1.0, 1.0], [0.5, 1.0, 2.9, 3.0]).tolist() == [0, 2, 2, 3]


def test_landscape_count_of_the_disc():
    axis = np.linspace(-1, 1, 161)
    square = np.add(*np.meshgrid(axis**2, axis**2))
    surface = grid_surface((1 - square) ** 2 / 64, square <= 1, axis, axis)
    k = np.array([2.0, 2.8, 2.9, 4.0, 8.0, 16.0, 1000.0])
    found = landscape_count(surface, k**2, k)
    assert found[:2].tolist() == [0, 0]  # max L = 1/64 is reached at k = 64^¼ = 2.828
    assert found[2] >= 1
    assert (np.diff(found[:6]) >= 0).all()
    assert np.isnan(found[6])  # boxes smaller than the pixels
    weyl = 16.0**2 / 4  # leading term; the boxes on the edge count whole
    assert weyl < found[5] < 2 * weyl


def test_boxes_of_a_constant_landscape_are_counted_exactly():
    centres = (np.arange(120) + 0.5) / 120
    surface = grid_surface(np.ones((120, 120)), np.ones((120, 120), bool), centres, centres)
    # side ¼: four boxes along each axis when placed flush, five when shifted by ⅓ or ⅔ of a box
    assert landscape_count(surface, [2.0], [4.0], box=1.0) == pytest.approx(((4 + 5 + 5) / 3) ** 2)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: beta_free(0.6), "Poisson"),
        (lambda: weyl_count(1.0, area=0.0, edges=[]), "area"),
        (lambda: weyl_count(1.0, area=1.0, edges=[(-1.0, 1.0)]), "lengths"),
        (lambda: fit_weyl([1.0, 2.0], area=1.0, perimeter=4.0), "10 finite"),
        (lambda: fit_weyl(np.arange(50.0), area=1.0, perimeter=0.0), "perimeter"),
        (lambda: fit_weyl(np.full(50, np.nan), area=1.0, perimeter=1.0), "10 finite"),
        (lambda: landscape_count(SMALL, [1.0], [1.0, 2.0]), "one wavenumber"),
        (lambda: landscape_count(SMALL, [0.0], [1.0]), "positive"),
    ],
)
def test_bad_input(call, word):
    with pytest.raises(InputError, match=word):
        call()


SMALL = grid_surface(np.ones((2, 2)), np.ones((2, 2), bool), [0, 1], [0, 1])
