"""Prediction from one measured deflection: closed forms of clamped ellipses, honest sigma, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from measured import measure, solved
from scipy import ndimage, stats

from holography.deformation import Deformation
from holography.deformationfile import write_deformation
from holography.noise import correlated_noise, correlation_area
from holography.pipeline import import_capture
from holography.prediction import monte_carlo, predict
from holography.prediction_landscape import measured_landscape
from holography.predictionfile import read_prediction
from landscape.cli import main
from landscape.errors import InputError

PRESSURE, AREAL_DENSITY = 30.0, 1.35  # 3 µm of deflection, as interferometers like it
ROOMS = ((0.06, 0.05, 0.05, 0.04, 1.4e-7), (0.16, 0.06, 0.035, 0.045, 6e-8))  # x, y, a, b (m), max L (s²)


def two_ellipses(noise: float = 0.0, correlated: float = 40.0, seed: int = 0) -> Deformation:
    """Two clamped elliptic rooms, L = L₀ (1 − x²/a² − y²/b²)² in each, on one camera picture."""
    x, y = np.meshgrid(np.linspace(0, 0.21, 420), np.linspace(0.12, 0.0, 240))
    L, mask = np.zeros(x.shape), np.zeros(x.shape, dtype=bool)
    for cx, cy, a, b, top in ROOMS:
        q = 1 - ((x - cx) / a) ** 2 - ((y - cy) / b) ** 2
        L = np.where(q > 0, top * q**2, L)
        mask |= q > 0
    w = L * PRESSURE / AREAL_DENSITY
    w = w + noise * correlated_noise(x.shape, correlated, np.random.default_rng(seed))
    return Deformation(
        np.where(mask, w, np.nan),
        np.where(mask, max(noise, 1e-12), np.nan),
        mask,
        mask.astype(float),
        np.where(mask, 0.0, np.nan),
        x,
        y,
        pressure=PRESSURE,
        areal_density=AREAL_DENSITY,
    )


def test_ellipses_in_closed_form() -> None:
    """∫L/∫L² = 5/(3 L₀) for a clamped ellipse; λ₁L₀ between 1.60 and 1.63 for axes within 1.3 : 1."""
    prediction = predict(two_ellipses())
    assert prediction.regions.count == 2
    for k, (cx, cy, a, b, top) in enumerate(ROOMS):
        np.testing.assert_allclose(prediction.regions.peaks.points[k], [cx, cy], atol=1e-4)
        assert prediction.peaks.values[k] == pytest.approx(top, rel=1e-5)
        assert prediction.frequencies.rayleigh[k] == pytest.approx(
            5 / (3 * top), rel=2e-3
        )  # pixels at the rim
        assert 1.60 < prediction.frequencies.peak[k] * top < 1.64
        assert prediction.frequencies.area[k] == pytest.approx(np.pi * a * b, rel=1e-2)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width", [0.0, 0.8, 1.5, 2.2, 3.0])
def test_correlation_area_is_found_beneath_a_deflection(width: float, seed: int) -> None:
    """White noise has the area 1, a Gaussian filter of width s makes it 4π s² (0.8 is the least that sampling allows)."""
    clean = two_ellipses()
    noise = np.random.default_rng(seed).standard_normal(clean.mask.shape)
    noise = ndimage.gaussian_filter(noise, width, mode="wrap") if width else noise
    noise = 10e-9 * noise / noise.std()
    expected = max(1.0, 4 * np.pi * width**2)
    found = correlation_area(clean.displacement + noise, clean.mask, 10e-9)
    assert found == pytest.approx(expected, rel=0.05 if width == 0 else 0.3)


def test_correlation_area_needs_no_stated_sigma() -> None:
    noise = correlated_noise((500, 600), 30.0, np.random.default_rng(3))
    everywhere = np.ones(noise.shape, dtype=bool)
    assert correlation_area(noise, everywhere) == pytest.approx(30, rel=0.2)
    assert correlation_area(noise, everywhere, 0.2) == pytest.approx(30, rel=0.3)  # five times too small


def test_a_spot_of_signal_is_no_noise() -> None:
    noise = np.random.default_rng(4).standard_normal((300, 300))
    noise[100:140, 100:140] += 30
    assert correlation_area(noise, np.ones(noise.shape, dtype=bool), 1.0) == pytest.approx(1, abs=0.1)


def test_correlated_noise_has_its_variance_and_area() -> None:
    """The mean of n pixels of noise of correlation area A has the variance A/n."""
    rng = np.random.default_rng(1)
    draws = np.array([correlated_noise((200, 200), 50.0, rng)[60:140, 60:140].mean() for _ in range(300)])
    assert np.std(draws) == pytest.approx(
        np.sqrt(50.0 / 6400), rel=0.15
    )  # 300 draws: 4% standard error, edges


@pytest.mark.parametrize(("noise", "correlated"), [(10e-9, 40.0), (30e-9, 40.0), (50e-9, 1.0)])
def test_sigma_is_honest(noise: float, correlated: float) -> None:
    """68% of 60 numbers lie within the stated sigma, both rules together and each by itself, and none is biased."""
    exact = predict(two_ellipses()).frequencies
    scores: dict[str, list[float]] = {"peak": [], "rayleigh": []}
    for seed in range(100, 130):
        found = predict(two_ellipses(noise=noise, correlated=correlated, seed=seed)).frequencies
        scores["peak"] += list((found.peak / exact.peak - 1) / found.peak_sigma)
        scores["rayleigh"] += list((found.rayleigh / exact.rayleigh - 1) / found.rayleigh_sigma)
    low, high = stats.binom.ppf([0.0005, 0.9995], 60, stats.norm.cdf(1) - stats.norm.cdf(-1))
    for rule, score in scores.items():
        assert low <= np.count_nonzero(np.abs(score) < 1) <= high, rule
        assert abs(np.mean(score)) < stats.norm.ppf(0.9995) / np.sqrt(60) + 0.2, rule  # and a fifth of sigma


def test_noise_in_the_square_of_the_landscape_is_taken_out() -> None:
    """⟨∫(L + n)²⟩ = ∫L² + ∫σ²: the bias of Rayleigh's quotient, here eight of its standard deviations, is gone."""
    exact = predict(two_ellipses()).frequencies.rayleigh
    found = predict(two_ellipses(noise=50e-9, correlated=1.0)).frequencies
    score = (found.rayleigh / exact - 1) / found.rayleigh_sigma
    assert np.abs(score).max() < 4
    areas = [np.pi * a * b for *_, a, b, _ in ROOMS]
    squares = [area * top**2 / 5 for area, (*_, top) in zip(areas, ROOMS, strict=True)]
    sigma = 50e-9 * AREAL_DENSITY / PRESSURE
    bias = np.array([area * sigma**2 / square for area, square in zip(areas, squares, strict=True)])
    assert (bias / found.rayleigh_sigma).min() > 4


def test_monte_carlo_agrees_with_linear_propagation() -> None:
    prediction = predict(two_ellipses(noise=10e-9))
    peak, rayleigh = monte_carlo(prediction, np.random.default_rng(5), draws=60)
    # 60 draws give a standard deviation to 9%: three of these
    np.testing.assert_allclose(peak, prediction.frequencies.peak_sigma, rtol=0.28)
    np.testing.assert_allclose(rayleigh, prediction.frequencies.rayleigh_sigma, rtol=0.28)


@pytest.mark.parametrize(("noise", "correlated"), [(1e-3, 1.0), (5e-4, 60.0)])
def test_passes_lie_where_the_computed_ones_do(noise: float, correlated: float) -> None:
    """Seven doors, whose L is down to 1/600 of that of the rooms: places to 3 mm, L to three sigma of a pixel."""
    clean = measure(size=400)
    level = noise * float(np.nanmax(clean.displacement))
    draw = level * correlated_noise(clean.mask.shape, correlated, np.random.default_rng(0))
    found = predict(replace(clean, displacement=clean.displacement + draw, sigma=np.full(draw.shape, level)))
    sigma = found.landscape.noise
    expected = solved("plate").summary["passes"]
    assert len(found.regions.between) == len(expected) == 7
    for one in expected:
        k = found.regions.between.tolist().index(one["between"])
        np.testing.assert_allclose(found.regions.passes.points[k], one["at"], atol=3e-3)
        at = found.regions.passes.values[k]
        assert at == pytest.approx(one["landscape"], rel=0.03, abs=3 * sigma)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("noise", "correlated"), [(0.01, 1.0), (0.05, 1.0), (0.05, 10.0), (0.05, 60.0)])
def test_noise_does_not_make_rooms(noise: float, correlated: float, seed: int) -> None:
    """Unfiltered and filtered noise of up to 5% of the greatest deflection, on the plate of seven rooms."""
    clean = measure(size=300)
    level = noise * float(np.nanmax(clean.displacement))
    draw = level * correlated_noise(clean.mask.shape, correlated, np.random.default_rng(seed))
    noisy = replace(clean, displacement=clean.displacement + draw, sigma=np.full(draw.shape, level))
    assert predict(noisy).regions.count == 7


def test_a_sliver_beside_a_wall_is_no_room() -> None:
    """64 pixels at the rim with an error of a third of the deflection, as a wrong fringe order leaves them."""
    deformation = two_ellipses(noise=10e-9)
    row = 140
    column = int(np.flatnonzero(deformation.mask[row])[0])
    deformation.displacement[row - 8 : row + 8, column : column + 4] += 1e-6
    assert predict(deformation, smallest=0).regions.count == 3
    assert predict(deformation).regions.count == 2


def test_nothing_but_noise_is_no_landscape() -> None:
    deformation = two_ellipses(noise=50e-9)
    noise = np.where(deformation.mask, deformation.displacement - two_ellipses().displacement, np.nan)
    with pytest.raises(InputError, match="no region"):
        predict(replace(deformation, displacement=noise))


def test_three_windows_are_three_regions(data_folder: Path, tmp_path: Path) -> None:
    """ESPI4, a plate whose three windows bulge away from the camera."""
    (tmp_path / "capture.toml").write_text(
        'kind = "wrapped-phase"\n[optics]\nwavelength = "532 nm"\nphase_sign = -1\n'
        f'[frames]\nwrapped = "{data_folder / "fringeproc" / "ESPI4.tif"}"\n'
    )
    prediction = predict(import_capture(tmp_path)[0])
    assert prediction.regions.count == 3
    np.testing.assert_allclose(
        prediction.regions.peaks.points, [[299, 213], [177, 150], [183, 279]], atol=10
    )  # the middles of the windows, seen in the picture


def test_without_pressure_the_prediction_is_relative(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.h5"
    write_deformation(path, replace(two_ellipses(), pressure=None))
    assert main(["predict", str(path), "--json", "--no-figures", "-o", str(tmp_path / "out")]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert "[load] pressure missing" in summary["warnings"][0]
    assert summary["units"] == "nondimensional"
    assert summary["regions"][0]["frequency"]["peak"] == pytest.approx(1)
    ratio = summary["regions"][1]["frequency"]["rayleigh"] / summary["regions"][0]["frequency"]["rayleigh"]
    assert ratio == pytest.approx(np.sqrt(ROOMS[0][4] / ROOMS[1][4]), rel=2e-3)


def test_without_sigma_the_noise_of_the_picture_counts() -> None:
    """A displacement map of another program states none."""
    deformation = two_ellipses(noise=10e-9, correlated=1.0)
    unknown = replace(deformation, sigma=np.full(deformation.mask.shape, np.nan))
    found, stated = predict(unknown), predict(deformation)
    assert "No standard deviation is stated" in found.warnings[0]
    np.testing.assert_allclose(found.frequencies.peak, stated.frequencies.peak, rtol=1e-9)
    np.testing.assert_allclose(found.frequencies.peak_sigma, stated.frequencies.peak_sigma, rtol=0.05)


def test_a_picture_too_small_to_show_its_noise_is_named() -> None:
    small = measure(size=50)
    assert "for independent" in predict(small).warnings[0]
    silent = predict(replace(small, sigma=np.full(small.mask.shape, np.nan)))
    assert "unknown and written as 0" in silent.warnings[0]


@pytest.mark.parametrize("correlated", [1.0, 10.0, 30.0])
def test_correlation_area_is_found_in_small_rooms(correlated: float) -> None:
    """Seven rooms of 20 to 30 pixels across, of which a tenth lies far enough from the rim."""
    clean = measure(size=90)
    draw = correlated_noise(clean.mask.shape, correlated, np.random.default_rng(2))
    level = 3e-3 * float(np.nanmax(clean.displacement))
    found = correlation_area(clean.displacement + level * draw, clean.mask, level)
    assert found == pytest.approx(correlated, rel=0.35)


def test_result_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    write_deformation(path, two_ellipses())
    assert main(["predict", str(path), "--quiet", "--no-figures", "-o", str(tmp_path / "out")]) == 0
    prediction, summary = read_prediction(tmp_path / "out")
    assert prediction.regions.count == len(summary["regions"]) == 2
    assert summary["kind"] == "predict"
    assert "modes" not in summary
    assert summary["regions"][0]["frequency"]["schwarz"] is None
    assert set(summary["regions"][0]["frequency_sigma"]) == {"peak", "rayleigh"}
    with pytest.raises(InputError, match="not a prediction"):
        read_prediction(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "mode", "frequency": 500.0}, "vibration mode"),
        ({"pressure": -5.0}, "positive pressure"),
        ({"mask": np.zeros((240, 420), dtype=bool)}, "valid pixels"),
    ],
)
def test_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        measured_landscape(replace(two_ellipses(), **change))


def test_upside_down_deflection_is_refused() -> None:
    deformation = two_ellipses()
    with pytest.raises(InputError, match="positive along the load"):
        predict(replace(deformation, displacement=-np.abs(deformation.displacement) - 1e-9))
