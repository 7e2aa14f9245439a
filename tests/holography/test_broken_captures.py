"""Bad input: one clear message with the file or key in it, no traceback, nothing written."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from lab import SMALL, plate, straight

from holography.batch import import_many
from holography.capturefolder import write_capture
from holography.recording import record_carrier, record_off_axis, record_phase_shift, record_wrapped
from holography.synthetic import Light

SCENE = plate(3, view=straight(SMALL))
SMOOTH = Light(coherence=None)


def toml(old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "capture.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return spoil


def extra(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "capture.toml").open("a").write(text)


def image(name: str, values: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(imagecodecs.png_encode(values))


def bytes_of(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(data)


def floats(folder: Path) -> None:
    values = np.ones(SMALL)
    values[3, 4] = np.nan
    values[5, 6] = 2
    np.save(folder / "def_1.npy", values)
    toml('"def_*.png"', '["def_1.npy", "def_1.npy"]')(folder)
    np.save(folder / "def_2.npy", np.random.default_rng(0).random(SMALL))
    toml('["def_1.npy", "def_1.npy"]', '["def_1.npy", "def_2.npy", "def_2b.npy"]')(folder)
    np.save(folder / "def_2b.npy", np.random.default_rng(1).random(SMALL))


BLACK = np.zeros(SMALL, np.uint8)
POINTS = ", ".join(f'{{ pixel = [{k}, {k}], plate = ["{k} mm", "{k} mm"] }}' for k in (0, 10, 20, 30))
COLLINEAR = f"[camera]\ncontrol_points = [{POINTS}]\n"
BROKEN = {
    "missing wavelength": (toml("wavelength", "# wavelength"), ["wavelength"]),
    "unknown key": (toml("deformed", "deformd"), ["deformd", "deformed"]),
    "wrong unit": (extra('[load]\npressure = "2 mm"\n'), ["load.pressure", "2 mm"]),
    "missing file": (toml('"def_*.png"', '"other_*.png"'), ["frames.deformed", "other_*.png"]),
    "truncated file": (
        lambda f: (f / "def_2.png").write_bytes((f / "def_2.png").read_bytes()[:500]),
        ["def_2.png"],
    ),
    "not an image": (bytes_of("def_2.png", b"hello"), ["def_2.png"]),
    "unequal size": (image("def_3.png", BLACK[:-2] + 7), ["def_3.png", "300 x 238", "300 x 240"]),
    "all zero": (image("def_3.png", BLACK), ["def_3.png", "every pixel"]),
    "NaN": (floats, ["def_1.npy", "1 pixels", "NaN"]),
    "steps and frames": (
        toml("steps = [0, 90, 180, 270]", "steps = [0, 90, 180]"),
        ["3 steps", "4 deformed frames"],
    ),
    "equal steps": (toml("steps = [0, 90, 180, 270]", "steps = [0, 360, 0, 90]"), ["differ"]),
    "unknown scheme": (toml("steps = [0, 90, 180, 270]", 'steps = "5step"'), ["5step"]),
    "empty mask": (
        lambda f: (image("mask.png", BLACK)(f), extra('[mask]\nfile = "mask.png"\n')(f)),
        ["mask", "empty"],
    ),
    "mask of another size": (
        lambda f: (image("mask.png", BLACK[:50] + 255)(f), extra('[mask]\nfile = "mask.png"\n')(f)),
        ["mask.png", "300 x 50"],
    ),
    "collinear points": (extra(COLLINEAR), ["control points", "one line"]),
    "held pixel outside": (extra("[processing]\nzero = [[900, 3]]\n"), ["[900, 3]", "outside"]),
    "remove without zero": (extra('[processing]\nzero = "none"\nremove = "tilt"\n'), ["remove", "held"]),
    "path outside that is not there": (toml('"def_*.png"', '"../elsewhere/def_*.png"'), ["../elsewhere"]),
    "dark of another size": (
        lambda f: (image("dark.png", BLACK[:9] + 1)(f), toml("[frames]", '[frames]\ndark = "dark.png"')(f)),
        ["dark.png", "300 x 9"],
    ),
    "dark of another depth": (
        lambda f: (
            image("dark.png", BLACK.astype(np.uint16))(f),
            toml("[frames]", '[frames]\ndark = "dark.png"')(f),
        ),
        ["dark.png", "16 bits", "8"],
    ),
    "dark that is bright": (
        lambda f: (image("dark.png", BLACK + 250)(f), toml("[frames]", '[frames]\ndark = "dark.png"')(f)),
        ["dark.png", "not darker"],
    ),
    "one recording for both states": (
        toml('"ref_*.png"', '"def_*.png"'),
        ["def_1.png", "among the reference"],
    ),
    "a glob that takes all": (toml('"def_*.png"', '"*.png"'), ["ref_1.png", "among the reference"]),
    "steps in radians": (
        toml("steps = [0, 90, 180, 270]", "steps = [0, 1.571, 3.142, 4.712]"),
        ["degrees, not in radians"],
    ),
    "a frame of the reference missing": (
        lambda f: (f / "ref_4.png").unlink(),
        ["4 steps", "3 reference frames"],
    ),
    "bare pixel size": (extra("[camera]\npixel_size = 0.75\n"), ["camera", 'pixel_size = "0.25 mm"', "0.75"]),
    "bare thickness": (
        extra("[plate]\nthickness = 0.5\ndensity = 2700\n"),
        ["plate", 'thickness = "0.5 mm"'],
    ),
    "bare wavelength": (toml("wavelength = 5.32e-07", "wavelength = 532"), ["optics", "532 nm"]),
    "light from behind": (
        toml("illumination = [0.0, 0.0, 1.0]", "illumination = [0.0, 0.0, -1.0]"),
        ["same side"],
    ),
    "mask of transparency": (
        lambda f: (
            image(
                "mask.png",
                np.dstack([BLACK + 255] * 3 + [np.tile(np.arange(300) % 256, (240, 1))]).astype("u1"),
            )(f),
            extra('[mask]\nfile = "mask.png"\n')(f),
        ),
        ["mask.png", "transparency"],
    ),
    "a filter wider than the plate": (
        extra("[processing]\nsigma = 200\n"),
        ["processing.sigma", "300 x 240"],
    ),
    "a polygon of two": (
        extra("[mask]\npolygon = [[1, 1], [9, 9]]\n"),
        ["mask.polygon", "three or more corners"],
    ),
    "an unknown section": (extra("[camra]\n"), ["camra", "camera", "processing."]),
    "no camera scale": (extra("[camera]\n"), ["camera", "pixel_size"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_phase_shift_captures(tmp_path, name):
    spoil, words = BROKEN[name]
    folder = tmp_path / "in"
    write_capture(folder, record_phase_shift(SCENE, SMOOTH, np.random.default_rng(0)), SCENE)
    spoil(folder)
    (status,) = import_many([folder], tmp_path / "out")
    assert status.state == "failed"
    assert "internal error" not in status.message
    for word in words:
        assert word in status.message
    assert not (tmp_path / "out").exists(), "something was written"


def test_a_distance_needs_the_sensor_pixel(tmp_path):
    recording = record_off_axis(SCENE, SMOOTH, np.random.default_rng(0))
    write_capture(tmp_path / "in", recording, SCENE, sections={"off_axis": {"distance": 1.0}})
    (status,) = import_many([tmp_path / "in"], tmp_path / "out")
    assert status.state == "failed"
    assert "pixel_pitch" in status.message


@pytest.mark.parametrize(("kind", "key"), [("wrapped-phase", "wrapped"), ("displacement", "values")])
def test_a_complex_field_is_no_wrapped_phase_and_no_displacement(tmp_path, kind, key):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in/z.npy", np.exp(1j * np.linspace(0, 9, 12000).reshape(100, 120)))
    (tmp_path / "in/capture.toml").write_text(
        f'kind = "{kind}"\n[optics]\nwavelength = "532 nm"\n[frames]\n{key} = "z.npy"\n'
    )
    (status,) = import_many([tmp_path / "in"], tmp_path / "out")
    assert status.state == "failed"
    assert "z.npy" in status.message
    assert "complex" in status.message
    assert not (tmp_path / "out").exists()


def test_noise_alone_is_no_measurement(tmp_path):
    rng = np.random.default_rng(0)
    recording = record_wrapped(SCENE, SMOOTH, rng)
    recording.frames["phase"][:] = rng.integers(0, 256, SMALL)
    (status,) = import_many([write_capture(tmp_path / "in", recording, SCENE)], tmp_path / "out")
    assert status.state == "failed"
    assert "coheren" in status.message


@pytest.mark.parametrize("make", [record_carrier, record_off_axis])
def test_a_frame_without_fringes_has_no_lobe(tmp_path, make):
    rng = np.random.default_rng(0)
    recording = make(SCENE, SMOOTH, rng)
    for frame in recording.frames.values():
        frame[:] = rng.integers(90, 110, SMALL)
    (status,) = import_many([write_capture(tmp_path / "in", recording, SCENE)], tmp_path / "out")
    assert status.state == "failed"
    assert "lobe" in status.message or "coherent" in status.message


def test_a_pickled_field_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in/w.npy", np.array([[{"a": 1}]], dtype=object), allow_pickle=True)
    (tmp_path / "in/capture.toml").write_text(
        'kind = "displacement"\n[frames]\nvalues = "w.npy"\nunit = "nm"\n'
    )
    (status,) = import_many([tmp_path / "in"], tmp_path / "out")
    assert status.state == "failed"
    assert "pickled" in status.message


def test_the_wavelength_of_file_and_description_must_agree(tmp_path):
    import h5py

    folder = tmp_path / "in"
    recording = record_off_axis(SCENE, Light(), np.random.default_rng(0))
    write_capture(folder, recording, SCENE)
    for name, frame in recording.frames.items():
        with h5py.File(folder / f"{name}.h5", "w") as file:
            file["0"] = frame
            file["0"].attrs["wavelength"] = 633e-9
    toml('"def.png"', '"def.h5"')(folder)
    toml('"ref.png"', '"ref.h5"')(folder)
    (status,) = import_many([folder], tmp_path / "out")
    assert "5.32e-07" in status.message
    assert "6.33e-07" in status.message


def test_nan_in_a_field_is_masked_and_counted(tmp_path):
    values = np.fromfunction(lambda i, j: i + j, SMALL)
    values[10:20, 30:50] = np.nan
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in/w.npy", values)
    (tmp_path / "in/capture.toml").write_text(
        'kind = "displacement"\n[frames]\nvalues = "w.npy"\nunit = "nm"\n'
    )
    (status,) = import_many([tmp_path / "in"], tmp_path / "out", figures=False)
    from holography.deformationfile import read_deformation

    found = read_deformation(status.output)
    assert found.provenance["used"]["invalid pixels"] == 200
    assert (~found.mask).sum() == 200
    np.testing.assert_allclose(found.displacement[found.mask], 1e-9 * values[found.mask])
