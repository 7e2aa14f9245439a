"""capture.toml: every key understood, SI inside, one clear message for whatever is wrong."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from holography.capture import find_files, input_files, natural_key, read_capture, unused_sections
from holography.schema import Capture
from landscape.errors import InputError

FULL = """
kind = "phase-shift"
title = "plate A, 2 kPa"
[optics]
wavelength = "532 nm"
illumination = [0.6, 0, 0.8]
observation = [0, 0, 2]
phase_sign = -1
[frames]
deformed = "def_*.png"
reference = ["ref_2.png", "ref_10.png", "ref_1.png"]
dark = "dark.png"
[phase_steps]
steps = [0, 90, 180]
[vibration]
frequency = "1.085 kHz"
order = 2
[camera]
control_points = [
  { pixel = [12, 830], plate = ["0 mm", "0 mm"] },
  { pixel = [812, 830], plate = ["0.2 m", "0 mm"] },
  { pixel = [12, 30], plate = [0, 0.2] },
]
distortion = false
[mask]
polygon = [[1, 2], [30, 2], [30, 40]]
[load]
pressure = "2 kPa"
away = true
[plate]
thickness = "0.5 mm"
density = "2.7 g/cm^3"
[processing]
filter = "gaussian"
sigma = 2
passes = 2
coherence = 0.5
unwrap = "ilp"
zero = [[3, 4], [5, 6]]
remove = "piston"
"""


@pytest.fixture
def write(tmp_path):
    def writer(text: str):
        path = tmp_path / "capture.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def test_every_key_arrives_in_si(write):
    capture = read_capture(write(FULL))
    assert capture.optics.wavelength == pytest.approx(532e-9)
    assert capture.optics.observation == (0, 0, 1)
    assert np.hypot(*capture.optics.illumination[::2]) == pytest.approx(1)
    assert capture.vibration.frequency == pytest.approx(1085)
    assert capture.camera.control_points[1].plate == pytest.approx((0.2, 0))
    assert capture.load.pressure == pytest.approx(2000)
    assert capture.plate.mass_per_area == pytest.approx(1.35)
    assert capture.processing.zero == ((3, 4), (5, 6))
    assert capture.phase_steps.steps == (0, 90, 180)


def test_what_is_not_said_has_the_documented_default(write):
    text = 'kind = "carrier"\n[optics]\nwavelength = "633 nm"\n[frames]\ndeformed = "a.png"\n'
    capture = read_capture(write(text))
    assert capture.optics.illumination == capture.optics.observation == (0, 0, 1)
    assert capture.optics.phase_sign == 1
    assert capture.carrier.frequency == "auto"
    done = capture.processing
    assert (done.filter, done.sigma, done.passes, done.coherence) == ("gaussian", 1.5, 3, 0.6)
    assert (done.unwrap, done.zero, done.remove) == ("auto", "rim", "none")
    assert capture.camera is None
    assert capture.mask is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('wavelength = "532 nm"', "", ["optics.wavelength", "missing", "532 nm"]),
        ('wavelength = "532 nm"', "wavelength = 532", ["wavelength", "532"]),
        ('wavelength = "532 nm"', 'wavelength = "532 Pa"', ["wavelength", "532 Pa"]),
        ("wavelength", "wavelenght", ["wavelenght", "wavelength"]),
        ("[processing]", "[procesing]", ["procesing", "processing"]),
        ('"phase-shift"', '"phase-shifting"', ["kind", "phase-shift", "phase-shifting"]),
        ("steps = [0, 90, 180]", "steps = [0, 90]", ["steps", "three"]),
        ("[phase_steps]\nsteps = [0, 90, 180]", "", ["phase_steps"]),
        ('deformed = "def_*.png"', "", ["deformed", "missing"]),
        ("observation = [0, 0, 2]", "observation = [0, 0, 0]", ["observation", "zero"]),
        ("observation = [0, 0, 2]", "observation = [0, 0, -1]", ["same side"]),
        ("phase_sign = -1", "phase_sign = 0", ["phase_sign"]),
        ("sigma = 2", "sigma = -2", ["sigma", "-2"]),
        ("coherence = 0.5", "coherence = 1.5", ["coherence", "1.5"]),
        ('pressure = "2 kPa"', 'pressure = "-2 kPa"', ["pressure"]),
        ("distortion = false", 'distortion = false\npixel_size = "0.1 mm"', ["pixel_size", "control_points"]),
        ("polygon = [[1, 2], [30, 2], [30, 40]]", "", ["mask", "polygon"]),
        ("polygon = [[1, 2], [30, 2], [30, 40]]", "polygon = [[1, 2], [30, 2]]", ["polygon"]),
        ('thickness = "0.5 mm"', "", ["thickness", "density"]),
        ("zero = [[3, 4], [5, 6]]", 'zero = "edge"', ["zero", "rim"]),
        ('kind = "phase-shift"', 'kind = "phase-shift', ["TOML"]),
        ('kind = "phase-shift"', 'kind = "phase-shift"\npath = "x"', ["path"]),
    ],
)
def test_a_wrong_key_is_answered_with_file_key_and_remedy(write, old, new, words):
    assert old in FULL
    path = write(FULL.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_capture(path)
    for word in ["capture.toml", *words]:
        assert word in str(caught.value)


def test_a_wrapped_phase_has_a_unit_of_phase_and_a_deflection_one_of_length(write):
    text = 'kind = "{}"\n[optics]\nwavelength = "532 nm"\n[frames]\n{} = "a.npy"\nunit = "{}"\n'
    for kind, key, good, bad in (
        ("wrapped-phase", "wrapped", "cycles", "nm"),
        ("displacement", "values", "nm", "rad"),
    ):
        assert read_capture(write(text.format(kind, key, good))).frames.unit == good
        with pytest.raises(InputError, match="unit"):
            read_capture(write(text.format(kind, key, bad)))


def test_a_section_the_kind_ignores_is_named(write):
    text = FULL + "[carrier]\nfrequency = [0.1, 0]\n"
    assert unused_sections(read_capture(write(text))) == ["carrier"]
    assert unused_sections(read_capture(write(FULL))) == []


def test_globs_are_in_natural_order_and_lists_in_their_own(write, tmp_path):
    for name in ("def_10.png", "def_9.png", "def_1.png", "ref_1.png", "ref_2.png", "ref_10.png"):
        (tmp_path / name).touch()
    capture = read_capture(write(FULL))
    assert [p.name for p in find_files(capture, "deformed")] == ["def_1.png", "def_9.png", "def_10.png"]
    assert [p.name for p in find_files(capture, "reference")] == ["ref_2.png", "ref_10.png", "ref_1.png"]
    assert sorted(["Image10", "image5", "Image5b"], key=natural_key) == ["image5", "Image5b", "Image10"]


def test_a_path_outside_the_folder_counts_only_if_it_exists(write, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}_elsewhere.png"
    text = FULL.replace('"def_*.png"', f'"../{outside.name}"')
    with pytest.raises(InputError, match="no such file"):
        find_files(read_capture(write(text)), "deformed")
    outside.touch()
    assert find_files(read_capture(write(text)), "deformed")[0].samefile(outside)


def test_a_file_named_twice_is_refused(write, tmp_path):
    (tmp_path / "def_1.png").touch()
    capture = read_capture(write(FULL.replace('"def_*.png"', '["def_*.png", "def_1.png"]')))
    with pytest.raises(InputError, match="twice"):
        find_files(capture, "deformed")


def test_brackets_in_the_name_of_a_folder_are_no_pattern(tmp_path):
    folder = tmp_path / "plate [A], 2 kPa"
    folder.mkdir()
    for name in ("def_2.png", "def_10.png", "mask.png"):
        (folder / name).touch()
    (folder / "capture.toml").write_text(
        'kind = "carrier"\n[optics]\nwavelength = "532 nm"\n[frames]\ndeformed = "def_[0-9]*.png"\n'
        '[mask]\nfile = "mask.png"\n'
    )
    capture = read_capture(folder)
    assert [f.name for f in find_files(capture, "deformed")] == ["def_2.png", "def_10.png"]
    assert [f.name for f in input_files(capture)] == ["capture.toml", "def_2.png", "def_10.png", "mask.png"]


def test_any_name_can_be_put_in_order():
    """A superscript two is a digit to Python, but no number."""
    assert sorted(["1²2", "1²10"], key=natural_key) == ["1²2", "1²10"]


def test_the_page_on_captures_names_every_key_and_only_those(write):
    """With its comments opened, the printed file holds all keys of the schema; as printed it is read."""
    page = (Path(__file__).parents[2] / "docs" / "captures.md").read_text(encoding="utf-8")
    printed = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)[0]
    read_capture(write(printed))
    opened = tomllib.loads(re.sub(r"^# (?=\w+ = )", "", printed, flags=re.MULTILINE))
    for section, keys in opened.items():
        if isinstance(keys, dict):
            model = Capture.model_fields[section].annotation
            model = next(m for m in (model, *getattr(model, "__args__", ())) if hasattr(m, "model_fields"))
            assert set(keys) == set(model.model_fields), section
    assert set(opened) == set(Capture.model_fields) - {"path"}
