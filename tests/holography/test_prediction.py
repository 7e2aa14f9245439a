"""Prediction from one measured deflection: closed forms of clamped ellipses, honest sigma, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from holography.deformation import Deformation
from holography.deformationfile import write_deformation
from holography.noise import correlated_noise, correlation_area
from holography.prediction import measured_landscape, monte_carlo, predict
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


@pytest.mark.parametrize("area", [5.0, 30.0, 100.0])
def test_correlation_area_is_found(area: float) -> None:
    noise = correlated_noise((500, 600), area, np.random.default_rng(3))
    assert correlation_area(noise, np.ones(noise.shape, dtype=bool), 1.0) == pytest.approx(area, rel=0.15)


def test_correlated_noise_has_its_variance_and_area() -> None:
    """The mean of n pixels of noise of correlation area A has the variance A/n."""
    rng = np.random.default_rng(1)
    draws = np.array([correlated_noise((200, 200), 50.0, rng)[60:140, 60:140].mean() for _ in range(300)])
    assert np.std(draws) == pytest.approx(
        np.sqrt(50.0 / 6400), rel=0.15
    )  # 300 draws: 4% standard error, edges


def test_sigma_is_honest() -> None:
    """Over seeds the error of both estimates, in units of the stated sigma, has unit size (60 numbers: ± 10%)."""
    exact = predict(two_ellipses()).frequencies
    scores = []
    for seed in range(15):
        found = predict(two_ellipses(noise=10e-9, seed=seed)).frequencies
        scores += list((found.peak / exact.peak - 1) / found.peak_sigma)
        scores += list((found.rayleigh / exact.rayleigh - 1) / found.rayleigh_sigma)
    assert 0.5 <= np.mean(np.abs(scores) < 1) <= 0.9
    assert np.mean(np.abs(scores) < 3) > 0.95


def test_monte_carlo_agrees_with_linear_propagation() -> None:
    prediction = predict(two_ellipses(noise=10e-9))
    peak, rayleigh = monte_carlo(prediction, np.random.default_rng(5), draws=40)
    # 40 draws give a standard deviation to 11%; the correlation area itself is known to 10%
    np.testing.assert_allclose(peak, prediction.frequencies.peak_sigma, rtol=0.5)
    np.testing.assert_allclose(rayleigh, prediction.frequencies.rayleigh_sigma, rtol=0.5)


def test_noise_does_not_make_rooms() -> None:
    assert predict(two_ellipses(noise=30e-9)).regions.count == 2


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
