"""The whole experiment on the twin: every claim for every seed, honest uncertainties, nothing unlabelled."""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from measured import solved
from scipy import stats

import landscape
from holography.deformationfile import read_deformation
from holography.experiment import DemoOutcome, example_plate, measured_modes, run_demo
from holography.twin import Twin, make_twin, record_mode, record_static
from landscape.errors import InputError


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoOutcome:
    return run_demo(tmp_path_factory.mktemp("demo"), 1, figures=False)


def holds(done: DemoOutcome) -> None:
    """What the experiment must show, for any seed."""
    summary = done.comparison.summary
    assert summary["agreement"] == "all"
    assert (done.found, done.extra) == (done.rooms, 0)
    seen = summary["statics"][0]["topography"]["regions"]
    assert max(row["distance"] for row in seen) < 3e-3
    assert done.peak_error < 0.03
    assert done.rayleigh_error < 0.05
    assert done.mac > 0.98
    first_pass = min(one["frequency"] for one in summary["passes"])
    assert all(p["energy_share"] > 0.95 for p in summary["pairs"] if p["frequency"]["measured"] < first_pass)
    assert done.recovered == pytest.approx(done.kappa, rel=2e-3)


def test_the_experiment_shows_what_it_must(demo: DemoOutcome):
    holds(demo)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 11))
def test_it_shows_it_for_every_seed(seed: int, tmp_path: Path):
    holds(run_demo(tmp_path, seed, figures=False))


def test_it_ends_with_five_numbers_and_a_report(demo: DemoOutcome):
    assert len(demo.lines()) == 5
    assert "7 of 7 rooms" in demo.lines()[0]
    assert demo.report.is_file()
    assert demo.report.parent.parent == demo.folder


def test_everything_is_called_synthetic(demo: DemoOutcome):
    captures = sorted((demo.folder / "captures").glob("*/capture.toml"))
    assert len(captures) == 1 + len(measured_modes(demo.comparison.summary))
    for capture in captures:
        assert tomllib.loads(capture.read_text(encoding="utf-8"))["title"].startswith("synthetic")
    assert "synthetic measurements" in demo.report.read_text(encoding="utf-8")
    assert all(field.name.startswith("synthetic") for field in demo.comparison.fields)


def twin(seed: int = 1) -> tuple[Twin, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return make_twin(solved("plate"), rng), rng


def test_a_seed_makes_the_same_pictures_again(tmp_path: Path):
    for name in ("one", "two"):
        one, rng = twin(5)
        record_static(one, tmp_path / name, rng)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_twin_obeys_the_laws_of_its_stiffness():
    one, _ = twin()
    expected = np.sqrt(one.kappa) * np.array([m["frequency"] for m in one.result.summary["modes"]])
    assert one.frequencies == pytest.approx(expected)
    deepest = float(np.nanmax(one.deflections.values(one.places)))
    assert one.deflection().max() == pytest.approx(
        one.pressure / one.result.plate.pressure * deepest / one.kappa
    )
    assert np.abs(one.shape(3, 2e-8)).max() == pytest.approx(2e-8)
    assert not one.shape(3, 2e-8)[~one.mask].any()


def test_the_stated_sigma_is_the_true_error_of_the_peaks(tmp_path: Path):
    """Holograms of one plate with new speckle each time: (f − mean f) / σ over 7 rooms has a variance of one."""
    from holography.pipeline import import_capture
    from holography.prediction import predict

    one, rng = twin()
    found, sigma = [], []
    for _ in range(4):
        prediction = predict(import_capture(record_static(one, tmp_path, rng))[0])
        assert prediction.regions.count == 7
        order = np.argsort(prediction.peaks.points[:, 0])
        found.append(prediction.frequencies.peak[order])
        sigma.append(prediction.frequencies.peak_sigma[order] * prediction.frequencies.peak[order])
    values, stated = np.array(found), np.array(sigma)
    square = float((((values - values.mean(axis=0)) / stated) ** 2).sum())
    freedom = 3 * 7
    low, high = stats.chi2.ppf([0.0005, 0.9995], freedom)
    assert low < square < high


@pytest.mark.slow
def test_two_thirds_of_the_frequencies_lie_within_one_sigma(tmp_path: Path):
    """Ten plates, seven rooms each, against the same picture without noise; peaks follow its shape, not its pixels."""
    from holography.pipeline import import_capture
    from holography.prediction import predict

    inside: dict[str, list[bool]] = {"peak": [], "rayleigh": []}
    for seed in range(1, 11):
        one, rng = twin(seed)
        measured = import_capture(record_static(one, tmp_path, rng))[0]
        exact = replace(measured, displacement=np.where(measured.mask, one.deflection(), np.nan))
        seen, truth = predict(measured), predict(exact)
        apart = np.linalg.norm(seen.peaks.points[:, None] - truth.peaks.points[None], axis=2)
        same = np.argmin(apart, axis=1)
        for rule, within in inside.items():
            found, expected = (getattr(one.frequencies, rule) for one in (seen, truth))
            sigma = getattr(seen.frequencies, f"{rule}_sigma") * found
            within += (np.abs(found - expected[same]) < sigma).tolist()
    low, high = stats.binom.ppf([0.0005, 0.9995], 70, stats.norm.cdf(1) - stats.norm.cdf(-1))
    for rule, within in inside.items():
        assert len(within) == 70
        assert low <= sum(within) <= high, rule


def test_time_averaged_and_off_axis_holograms_agree(tmp_path: Path):
    from holography.pipeline import import_capture

    one, rng = twin()
    fields = []
    for averaged in (True, False):
        capture = record_mode(one, 2, tmp_path / str(averaged), rng, averaged=averaged)
        fields.append(import_capture(capture)[0])
    both = fields[0].mask & fields[1].mask & one.mask
    a, b = (field.displacement[both] for field in fields)
    assert (a @ b) ** 2 / (a @ a) / (b @ b) > 0.97


def test_the_measurements_are_kept(demo: DemoOutcome):
    static = read_deformation(demo.folder / "measurements" / "static" / "deformation.h5")
    assert static.kind == "static"
    assert static.pressure is not None
    assert (demo.folder / "prediction" / "summary.json").is_file()
    assert landscape.read_result(demo.folder / "plate.results").name == "plate"


def test_the_example_plate_is_there():
    path = example_plate()
    assert path.with_suffix(".msh").is_file()


def test_a_plate_without_material_makes_no_twin():
    with pytest.raises(InputError, match="needs a held plate with material"):
        make_twin(solved("disc", 3), np.random.default_rng(0))
