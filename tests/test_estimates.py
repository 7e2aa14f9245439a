import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial, legendre

from landscape.errors import InputError
from landscape.topography import (
    PEAK_CONSTANT,
    Samples,
    confinement,
    estimate_regions,
    estimate_sigma,
    peak_constant,
)
from landscape.topography.estimates import _ELLIPSES, _RECTANGLES, energy_shares

DISC = 104.363105559  # λ₁ of the clamped unit disc
BIHARMONIC = {2: 0, 4: 64, 6: 576, 8: 2304}  # Δ² rⁿ = n² (n−2)² rⁿ⁻⁴


def disc(radius: float, nodes: int = 40):
    """L = (a² − r²)²/64 of a clamped disc and u₂ with Δ² u₂ = L, on Gauss points in r (weights 2πr dr)."""
    r, w = legendre.leggauss(nodes)
    r, w = (r + 1) / 2, w / 2
    special = Polynomial([0, 0, 0, 0, 1 / 64, 0, -2 / 576, 0, 1 / 2304]) / 64
    c2 = -special.deriv()(1) / 2
    second = special + Polynomial([-special(1) - c2, 0, c2])
    values = (1 - r**2) ** 2 / 64
    return (
        w * 2 * np.pi * r * radius**2,
        values * radius**4,
        second(r) * radius**8,
        (1 / 64) * radius**4,
        (second(0) * radius**8),
    )


def two_discs():
    parts = [disc(1.0), disc(0.5)]
    weights, values, second = (np.concatenate([p[n] for p in parts]) for n in range(3))
    labels = np.repeat([1, 2], len(parts[0][0]))
    return (
        Samples(weights, np.ones_like(weights), labels, values, second),
        [p[3] for p in parts],
        [p[4] for p in parts],
    )


def test_closed_forms_of_the_clamped_disc():
    samples, peaks, seconds = two_discs()
    found = estimate_regions(samples, peaks, peak_second=seconds)
    np.testing.assert_allclose(found.area, [np.pi, np.pi / 4], rtol=1e-12)
    np.testing.assert_allclose(found.rayleigh, [320 / 3, 16 * 320 / 3], rtol=1e-12)  # 64 · 5/3
    np.testing.assert_allclose(found.peak, [64 * PEAK_CONSTANT, 1024 * PEAK_CONSTANT], rtol=1e-12)


def test_estimates_bracket_the_first_eigenvalue():
    samples, peaks, seconds = two_discs()
    found = estimate_regions(samples, peaks, peak_second=seconds)
    exact = DISC * np.array([1, 16])
    assert (found.below < exact).all()
    assert (exact < found.schwarz).all()  # both are Rayleigh quotients of admissible functions
    assert (found.schwarz < found.rayleigh).all()
    np.testing.assert_allclose(np.sqrt(found.schwarz / exact), 1, atol=2e-3)  # published for compact rooms
    np.testing.assert_allclose(found.below, np.array([1, 16]) * 2304 / 23, rtol=1e-12)  # 2.0% below
    np.testing.assert_allclose(np.sqrt(found.peak / exact), 1, atol=6e-3)


def test_only_ratios_of_the_density_count():
    samples, peaks, seconds = two_discs()
    heavy = Samples(samples.weights, 2.7 * samples.density, samples.labels, samples.values, samples.second)
    one = estimate_regions(samples, peaks, peak_second=seconds)
    other = estimate_regions(heavy, peaks, peak_second=seconds)
    for name in ("area", "peak", "rayleigh", "schwarz", "below"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12)


def test_without_an_operator_and_without_samples():
    samples, peaks, _ = two_discs()
    measured = Samples(samples.weights, samples.density, samples.labels, samples.values)
    found = estimate_regions(measured, [*peaks, 1.0])
    assert np.isnan(found.schwarz).all()
    assert np.isnan(found.below).all()
    assert np.isfinite(found.rayleigh[:2]).all()
    assert np.isnan(found.rayleigh[2])
    assert found.area[2] == 0


def test_label_zero_and_no_regions():
    samples, peaks, _ = two_discs()
    nowhere = Samples(samples.weights, samples.density, 0 * samples.labels, samples.values)
    assert np.isnan(estimate_regions(nowhere, peaks).rayleigh).all()
    assert estimate_regions(nowhere, []).area.shape == (0,)


def test_a_peak_must_be_positive():
    samples, peaks, _ = two_discs()
    with pytest.raises(InputError, match="positive landscape"):
        estimate_regions(samples, [peaks[0], -1.0])


@pytest.mark.parametrize("shared", [1, 4])
def test_stated_sigma_is_the_spread_over_many_noisy_measurements(shared):
    n = 48
    axis = (np.arange(n) + 0.5) / n * 2 - 1
    square = np.add(*np.meshgrid(axis**2, axis**2))
    inside = square < 1
    values = ((1 - square) ** 2 / 64)[inside]
    weights, labels = np.full(len(values), (2 / n) ** 2), np.ones(len(values), int)
    sigma = 1e-4 * (1 + values / values.max())
    rng, found = np.random.default_rng(4), []
    block = int(shared**0.5)
    for _ in range(1500):
        noise = rng.standard_normal((n // block, n // block)).repeat(block, 0).repeat(block, 1)[inside]
        noisy = Samples(weights, np.ones_like(weights), labels, values + sigma * noise)
        found.append(estimate_regions(noisy, [1.0]).rayleigh[0])
    truth = Samples(weights, np.ones_like(weights), labels, values)
    estimates = estimate_regions(truth, [1 / 64])
    peak, rayleigh = estimate_sigma(truth, sigma, estimates, peak_sigma=[0.02], shared=shared)
    assert peak[0] == pytest.approx(0.02 * 64 * PEAK_CONSTANT)
    assert rayleigh[0] == pytest.approx(np.std(found), rel=0.08)  # 1500 draws tell a sigma to 1.8%
    with pytest.raises(InputError, match="share noise"):
        estimate_sigma(truth, sigma, estimates, peak_sigma=[0.02], shared=0.5)


def clamped_rectangle(a: float, count: int = 14) -> tuple[float, float]:
    """Ritz: r and c of the clamped rectangle |x| < a, |y| < 1, even functions (1−x²)² P₂ᵢ."""

    def line(scale: float):
        x, w = legendre.leggauss(2 * count + 8)
        bump = legendre.poly2leg([1, 0, -2, 0, 1])
        basis = [legendre.legmul(bump, np.eye(2 * count)[2 * i]) for i in range(count)]
        value = np.array([legendre.legval(x, f) for f in basis])
        bend = np.array([legendre.legval(x, legendre.legder(f, 2)) for f in basis]) / scale**2
        centre = np.array(
            [[legendre.legval(0, f), legendre.legval(0, legendre.legder(f, 2)) / scale**2] for f in basis]
        )
        mixed = (value * w) @ bend.T * scale
        norms = 1 / np.sqrt(np.sum(value**2 * w, axis=1) * scale)
        both = np.outer(norms, norms)
        return (
            (value * w) @ value.T * scale * both,
            (bend * w) @ bend.T * scale * both,
            (mixed + mixed.T) / 2 * both,
            value @ w * scale * norms,
            centre.T * norms,
        )

    (mx, kx, cx, fx, vx), (my, ky, cy, fy, vy) = line(a), line(1.0)
    stiffness = np.kron(kx, my) + np.kron(mx, ky) + 2 * np.kron(cx, cy)
    first = scipy.linalg.eigh(stiffness, np.kron(mx, my), eigvals_only=True, subset_by_index=[0, 0])[0]
    u = np.linalg.solve(stiffness, np.kron(fx, fy))
    along, across = u @ np.kron(vx[1], vy[0]), u @ np.kron(vx[0], vy[1])
    return along / across, first * (u @ np.kron(vx[0], vy[0]))


def clamped_ellipse(a: float, degree: int = 22) -> float:
    """Ritz: c of the clamped ellipse x²/a² + y² < 1, with L₀ = 1/(8 (3/a⁴ + 2/a² + 3)) in closed form."""
    r, w = legendre.leggauss(degree + 8)
    angle = np.arange(4 * degree) * np.pi / (2 * degree)
    weight = np.repeat(w / 2 * (r + 1) / 2, len(angle)) * np.pi / (2 * degree)
    x, y = np.outer((r + 1) / 2, np.cos(angle)).ravel(), np.outer((r + 1) / 2, np.sin(angle)).ravel()
    g = 1 - x * x - y * y
    value, bend = [], []
    for i in range(0, degree + 1, 2):
        for j in range(0, min(degree - i, 12) + 1, 2):
            px, py = (
                [
                    legendre.legval(
                        t, legendre.legder(np.eye(degree + 1)[n], m) if m else np.eye(degree + 1)[n]
                    )
                    for m in range(3)
                ]
                for t, n in ((x, i), (y, j))
            )
            xx = (8 * x * x - 4 * g) * px[0] - 8 * x * g * px[1] + g * g * px[2]
            yy = (8 * y * y - 4 * g) * py[0] - 8 * y * g * py[1] + g * g * py[2]
            value.append(g * g * px[0] * py[0])
            bend.append(xx * py[0] / a**2 + yy * px[0])
    v, b = np.array(value), np.array(bend)
    e, q = np.linalg.eigh((v * weight) @ v.T)
    q = q[:, e > 1e-12 * e[-1]] / np.sqrt(e[e > 1e-12 * e[-1]])
    first = np.linalg.eigvalsh(q.T @ ((b * weight) @ b.T) @ q)[0]
    return first / (8 * (3 / a**4 + 2 / a**2 + 3))


@pytest.mark.parametrize("row", _RECTANGLES.tolist())
def test_table_of_rectangles_follows_from_ritz(row):
    aspect, ratio, constant = row
    r, c = clamped_rectangle(aspect)
    assert c == pytest.approx(constant, abs=1e-5)
    assert max(r, 0) == pytest.approx(ratio, abs=1e-5)


@pytest.mark.parametrize("row", [row for row in _ELLIPSES.tolist() if row[0] <= 5])
def test_table_of_ellipses_follows_from_ritz(row):
    assert clamped_ellipse(row[0]) == pytest.approx(row[2], abs=1e-5)


def test_table_ends_in_the_strip():
    assert _ELLIPSES[-1, 2] == pytest.approx(4.730040744862704**4 / 384, abs=5e-6)  # clamped beam: λ₁ · max u


@pytest.mark.parametrize(
    ("ratio", "published", "tolerance"),
    [
        (1.0, 1.6385, 0.005),
        (1.0, 1.6307, 0.005),
        (0.30095, 1.602, 0.005),
        (0.09506, 1.530, 0.005),
        (0, 1.3036, 0.022),
    ],
)
def test_constant_is_within_its_stated_accuracy(ratio, published, tolerance):
    assert peak_constant(-np.diag([1.0, ratio])) == pytest.approx(published, rel=tolerance)


@given(st.floats(0, 2 * np.pi), st.floats(0.0, 1.0), st.floats(1e-6, 1e6))
def test_constant_sees_neither_direction_nor_scale(angle, ratio, scale):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    hessian = -scale * turn @ np.diag([1.0, ratio]) @ turn.T
    # √r magnifies rounding of a vanishing eigenvalue
    assert peak_constant(hessian) == pytest.approx(peak_constant(-np.diag([1.0, ratio])), rel=1e-6)


def test_constant_falls_from_round_to_long():
    ratios = np.linspace(0, 1, 200)
    hessians = -np.stack([np.diag([1.0, r]) for r in ratios])
    constants = peak_constant(hessians)
    assert constants.shape == (200,)
    assert (np.diff(constants) > 0).all()
    assert peak_constant(-np.diag([1.0, -0.01])) == constants[0]


@pytest.mark.parametrize("hessian", [np.zeros((2, 2)), np.eye(2), [[np.nan, 0], [0, -1]], np.eye(3)])
def test_what_is_no_peak_has_no_constant(hessian):
    with pytest.raises(InputError, match="Peak constant"):
        peak_constant(hessian)


def test_confinement_is_the_share_of_kinetic_energy():
    modes = np.array([[1.0, 0, 1], [1, 0, 1], [0, 2, 1], [0, 1, 1]])
    region, share = confinement(modes, [1.0, 3, 1, 1], [1, 1, 2, 0], regions=2)
    assert region.tolist() == [1, 2, 1]
    np.testing.assert_allclose(share, [1, 4 / 5, 4 / 6])
    region, share = confinement(-7 * modes, [2.0, 6, 2, 2], [1, 1, 2, 0], regions=2)
    np.testing.assert_allclose(share, [1, 4 / 5, 4 / 6])
    shares = energy_shares(modes, [1.0, 3, 1, 1], [1, 1, 2, 0], regions=2)
    np.testing.assert_allclose(shares, [[1, 0, 4 / 6], [0, 4 / 5, 1 / 6]])  # the rest lies in no region


def test_confinement_without_regions_and_bad_input():
    region, share = confinement(np.ones((3, 2)), np.ones(3), np.zeros(3, int), regions=0)
    assert (region.tolist(), share.tolist()) == ([0, 0], [0, 0])
    with pytest.raises(InputError, match="kinetic energy"):
        confinement(np.zeros((3, 1)), np.ones(3), np.ones(3, int), regions=1)
    with pytest.raises(InputError, match="labels"):
        confinement(np.ones((3, 1)), np.ones(3), np.array([1, 2, 3]), regions=2)
