"""Prediction against measurement: exact fields come back exactly, other plates are refused, every gap is named."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from measured import combined, measure, plate, solved

from holography.comparison import CompareOptions, compare
from holography.comparison_export import export_measured
from holography.comparison_plate import plate_of_prediction, read_compared
from holography.comparisonfile import is_comparison, read_comparison, read_measurements, write_comparison
from holography.deformation import Deformation
from holography.deformationfile import write_deformation
from holography.prediction import predict
from holography.predictionfile import summarize_prediction, write_prediction
from landscape.errors import InputError
from landscape.results import write_result
from landscape.uff import Shape


def test_an_exact_static_field_gives_back_its_stiffness():
    static = measure(scale=0.8, noise=1e-3)
    comparison = compare(plate(), [static])
    found = comparison.summary["statics"][0]
    assert comparison.summary["agreement"] == "all"
    assert found["scale"]["value"] == pytest.approx(0.8, abs=5 * found["scale"]["sigma"])
    assert found["stiffness"]["implied"] == pytest.approx(
        plate().stiffness / 0.8, abs=5 * found["stiffness"]["sigma"]
    )
    assert found["residual"]["chi2"] == pytest.approx(1, abs=0.1)
    assert comparison.summary["warnings"] == []


def test_the_scale_is_against_the_measured_load():
    static = replace(measure(scale=0.5), pressure=0.5 * plate().pressure)
    found = compare(plate(), [static]).summary["statics"][0]
    assert found["scale"]["value"] == pytest.approx(1, rel=1e-6)


def test_the_regions_of_a_static_field_are_those_of_the_result():
    found = compare(plate(), [measure(size=400, noise=1e-4)]).summary["statics"][0]["topography"]
    assert (found["missing"], found["extra"]) == ([], 0)
    assert [row["region"] for row in found["regions"]] == [1, 2, 3, 4, 5, 6, 7]
    assert max(row["distance"] for row in found["regions"]) < 3e-3


def test_every_mode_finds_itself_whatever_its_sign_and_size():
    fields = [measure(mode=k, scale=(-1) ** k * 3e-8 * k) for k in (1, 4, 9, 12)]
    comparison = compare(plate(), fields)
    pairs = comparison.summary["pairs"]
    assert [pair["mode"] for pair in pairs] == [1, 4, 9, 12]
    assert [pair["mac"] for pair in pairs] == pytest.approx([1] * 4, abs=1e-6)
    assert [pair["frequency"]["deviation"] for pair in pairs] == pytest.approx([0] * 4, abs=1e-12)
    for pair, field in zip(pairs, comparison.fields, strict=True):
        assert pair["energy_share"] == pytest.approx(pair["confinement"], abs=2e-3)
        assert pair["region_overlap"] == 1
        assert np.nanmax(np.abs(field.model - field.measured)) < 1e-3


def test_the_landscape_bounds_every_mode_below_its_opening():
    fields = [measure(mode=k, size=200) for k in range(1, 13)]
    for pair in compare(plate(), fields).summary["pairs"]:
        assert pair["inequality"]["broken"] < 1e-3
        assert pair["inequality"]["worst"] < 1e-2


def test_noise_alone_does_not_break_the_inequality():
    pair = compare(plate(), [measure(mode=1, noise=0.02)]).summary["pairs"][0]
    assert pair["inequality"]["broken"] < 0.005  # the share of a normal distribution beyond 3 sigma is 0.0027


def test_a_too_low_frequency_breaks_the_inequality():
    low = replace(measure(mode=1), frequency=0.7 * plate().frequencies[0])
    comparison = compare(plate(), [low])
    assert comparison.summary["pairs"][0]["inequality"]["broken"] > 0.01
    assert any("exceeds the landscape's bound" in text for text in comparison.summary["warnings"])


def test_a_complex_mode_is_matched_and_called_complex():
    one, two = (measure(mode=k) for k in (1, 2))
    mask = one.mask
    points = np.column_stack([one.x[mask], one.y[mask]])
    values = one.displacement[mask] * np.exp(0.4j) + 0.5j * two.displacement[mask]
    shape = Shape("complex", points, values, np.empty((0, 3), dtype=np.intp), one.frequency)
    comparison = compare(plate(), [shape])
    pair = comparison.summary["pairs"][0]
    assert pair["mode"] == 1
    assert pair["complexity"] > 0.1
    assert any("is a complex mode" in text for text in comparison.summary["warnings"])


def test_degenerate_modes_are_compared_as_a_pair():
    turned = combined("disc", (2, 3), np.array([0.6, 0.8]), modes=6)
    pair = compare(plate("disc", 6), [turned]).summary["pairs"][0]
    assert pair["mode"] in (2, 3)
    assert pair["mac"] == pytest.approx(1, abs=1e-6)
    single = compare(plate("disc", 6), [turned]).mac[0, 1:3]
    assert single.max() < 0.9
    assert single.sum() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(("angle", "mirrored"), [(0.0, False), (0.7, False), (-2.2, True)])
def test_the_pose_is_found_from_outline_and_field(angle: float, mirrored: bool):
    fields = [
        measure(angle=angle, mirrored=mirrored, placed=False),
        measure(mode=3, angle=angle, mirrored=mirrored, placed=False),
    ]
    comparison = compare(plate(), fields)
    static, pair = comparison.summary["statics"][0], comparison.summary["pairs"][0]
    assert static["registration"]["method"] == "outline + field"
    assert static["registration"].get("mirrored", False) == mirrored
    assert static["mac"] > 0.9999
    assert (pair["mode"], pair["mac"] > 0.999) == (3, True)
    truth = measure(angle=angle, mirrored=mirrored)
    at = comparison.fields[0].points.mean(axis=0)
    assert at == pytest.approx([truth.x[truth.mask].mean(), truth.y[truth.mask].mean()], abs=3e-4)


def test_a_wrong_scale_is_refined_on_the_field_when_asked():
    static = measure(noise=1e-3)
    stretched = replace(static, x=1.01 * static.x, y=1.01 * static.y)
    registration = compare(plate(), [stretched], CompareOptions(pose="fit")).summary["statics"][0][
        "registration"
    ]
    value, sigma = registration["scale"]
    assert value == pytest.approx(1 / 1.01, abs=max(5 * sigma, 1e-4))
    assert sigma < 1e-3


def test_a_square_leaves_its_pose_open():
    field = measure("square", placed=False, modes=3)
    comparison = compare(plate("square", 3), [field])
    assert comparison.summary["statics"][0]["registration"]["equivalent"] == 7
    assert any("symmetry leaves the pose open" in text for text in comparison.summary["warnings"])


def flipped(one: Deformation) -> Deformation:
    """The measurement of a plate that is the mirror image, taken for one of this plate."""
    return replace(one, displacement=one.displacement[:, ::-1], mask=one.mask[:, ::-1])


def test_another_plate_is_refused_and_not_drawn():
    comparison = compare(plate(), [flipped(measure()), flipped(measure(mode=5)), flipped(measure(mode=2))])
    assert comparison.summary["agreement"] == "none"
    assert all(not field.matched and np.isnan(field.model).all() for field in comparison.fields)
    refused = (
        "is not the deflection of this plate",
        "is no mode of this result",
        "does not lie on this plate",
    )
    assert sum(any(why in text for why in refused) for text in comparison.summary["warnings"]) == 3


def test_a_silhouette_of_another_plate_is_refused():
    disc = measure("disc", mode=1, modes=6, placed=False)
    with pytest.raises(InputError, match="the outline does not fit the mask"):
        compare(plate(), [disc])


def test_a_plate_elsewhere_does_not_overlap():
    static = measure()
    with pytest.raises(InputError, match=r"does not overlap the plate: it covers x .* the plate x"):
        compare(plate(), [replace(static, x=static.x + 1)])


def test_a_mask_of_nothing_is_refused():
    static = measure()
    with pytest.raises(InputError, match="the mask holds 0 valid pixels"):
        compare(plate(), [replace(static, mask=np.zeros_like(static.mask))])


def test_without_pressure_there_is_no_stiffness():
    comparison = compare(plate(), [replace(measure(), pressure=None)])
    assert comparison.summary["statics"][0]["stiffness"] is None
    assert any(
        "the pressure of the measurement is unknown" in text for text in comparison.summary["warnings"]
    )


def test_a_mode_without_frequency_is_matched_by_its_shape():
    comparison = compare(plate(), [replace(measure(mode=6), frequency=None)])
    pair = comparison.summary["pairs"][0]
    assert (pair["mode"], pair["frequency"]["deviation"]) == (6, None)
    assert any("its frequency is unknown" in text for text in comparison.summary["warnings"])


def test_pixels_without_a_pose_are_refused_when_it_should_be_given():
    with pytest.raises(InputError, match="has no plate axes"):
        compare(plate(), [measure(placed=False)], CompareOptions(pose="given"))


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="Nothing to compare"):
        compare(plate(), [])


def test_measured_frequencies_are_held_against_the_bounds():
    result = solved("plate")
    modes = [
        {**mode, "lower": 0.99 * mode["eigenvalue"], "upper": 1.01 * mode["eigenvalue"]}
        for mode in result.summary["modes"]
    ]
    bounded = replace(result, summary={**result.summary, "modes": modes})
    off = replace(measure(mode=2), frequency=1.01 * plate().frequencies[1])
    inside, outside = compare(bounded, [measure(mode=1), off]).summary["pairs"]
    assert (inside["inside_bounds"], outside["inside_bounds"]) == (True, False)
    assert outside["bounds"][1] < outside["frequency"]["measured"]


def test_one_factor_takes_out_a_common_error():
    fields = [replace(measure(mode=k), frequency=1.05 * plate().frequencies[k - 1]) for k in (1, 2, 3, 4)]
    found = compare(plate(), [measure(scale=1 / 1.05**2), *fields]).summary["stiffness"]
    assert found["frequencies"]["value"] == pytest.approx(1.05**2)
    assert found["rms"]["before"] == pytest.approx(0.05)
    assert found["rms"]["left_out"] == pytest.approx(0, abs=1e-9)
    assert found["rms"]["by_static"] == pytest.approx(0, abs=1e-4)


def test_modes_are_held_against_a_prediction_from_a_hologram(tmp_path: Path):
    static = measure(size=300, noise=1e-3)
    prediction = predict(static)
    summary = summarize_prediction(prediction, static, name="hologram", files=[])
    write_prediction(tmp_path / "result.h5", prediction, summary)
    comparison = compare(read_compared(tmp_path), [measure(mode=1, size=300), measure(mode=3, size=300)])
    for pair, number in zip(comparison.summary["pairs"], (1, 3), strict=True):
        assert (pair["mode"], pair["region"]) == (None, number)
        assert abs(pair["frequency"]["deviation"]) < 0.03
        assert pair["energy_share"] > 0.99
    assert plate_of_prediction(prediction, summary).frequencies.size == 0


def test_a_comparison_comes_back_from_its_file(tmp_path: Path):
    comparison = compare(plate(), [measure(noise=1e-3), measure(mode=2)])
    write_comparison(tmp_path / "result.h5", comparison)
    again = read_comparison(tmp_path)
    assert again.summary == json.loads(json.dumps(comparison.summary))
    assert np.array_equal(again.fields[1].measured, comparison.fields[1].measured)
    assert np.array_equal(again.plate.landscape, comparison.plate.landscape, equal_nan=True)
    assert is_comparison(tmp_path)


def test_a_newer_schema_is_refused(tmp_path: Path):
    write_comparison(tmp_path / "result.h5", compare(plate(), [measure(mode=2)]))
    with h5py.File(tmp_path / "result.h5", "a") as file:
        file.attrs["schema"] = "landscape/9"
    with pytest.raises(InputError, match="newer version"):
        read_comparison(tmp_path)
    result = solved("square", 3)
    write_result(replace(result, summary={**result.summary, "schema": "landscape/9"}), tmp_path / "new.h5")
    with pytest.raises(InputError, match="newer version"):
        read_compared(tmp_path / "new.h5")


def test_other_files_are_not_comparisons(tmp_path: Path):
    write_result(solved("square", 3), tmp_path / "result.h5")
    assert not is_comparison(tmp_path)
    with pytest.raises(InputError, match="not a comparison"):
        read_comparison(tmp_path)
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(InputError, match="damaged or not HDF5"):
        read_compared(tmp_path / "text.h5")


def test_a_folder_of_measurements_is_read_in_natural_order(tmp_path: Path):
    for number in (10, 9):
        write_deformation(tmp_path / f"mode-{number}" / "deformation.h5", measure(mode=number))
    found = read_measurements([tmp_path])
    assert [one.frequency for one in found] == [plate().frequencies[8], plate().frequencies[9]]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no deformation\.h5"):
        read_measurements([tmp_path / "empty"])


def test_a_measured_mode_goes_out_as_uff_and_comes_back(tmp_path: Path):
    path = export_measured(measure(mode=3, noise=1e-3), tmp_path / "mode.uff")
    assert 4000 < len(read_measurements([path])[0].values) < 16000
    pair = compare(plate(), read_measurements([path])).summary["pairs"][0]
    assert (pair["mode"], pair["mac"] > 0.9999) == (3, True)
    assert pair["frequency"]["deviation"] == pytest.approx(0, abs=1e-5)


def test_what_is_no_mode_on_a_plate_does_not_go_out(tmp_path: Path):
    with pytest.raises(InputError, match="is a static field"):
        export_measured(measure(), tmp_path / "s.uff")
    with pytest.raises(InputError, match="lies in pixels"):
        export_measured(measure(mode=1, placed=False), tmp_path / "s.uff")


@pytest.mark.real
def test_the_copper_foil_vibrates_in_the_dipole_mode_of_a_clamped_disc(data_folder: Path, tmp_path: Path):
    """CoppFoil_4PS: radians of an unknown wavelength; the least-squares fit of the (1,1) mode has MAC 0.9985."""
    from holography.pipeline import import_capture

    image = data_folder / "fringeproc" / "CoppFoil_4PS.bmp"
    (tmp_path / "capture.toml").write_text(
        f'kind = "wrapped-phase"\ntitle = "foil"\n[optics]\nwavelength = "532 nm"\n[frames]\nwrapped = "{image}"\n'
        '[processing]\nfilter = "gaussian"\nsigma = 1.5\npasses = 3\nzero = "none"\n'
    )
    field: Deformation = replace(import_capture(tmp_path)[0], kind="mode")
    comparison = compare(plate("disc", 6), [field])
    pair = comparison.summary["pairs"][0]
    assert pair["mode"] in (2, 3)
    assert pair["mac"] > 0.995
    assert pair["registration"]["method"] == "outline + field"
    assert 1 / pair["registration"]["pixel_size"] == pytest.approx(323, rel=0.02)
