"""The forward model itself: geometry, speckle of the chosen coherence, the camera, the files."""

import numpy as np
import pytest
from lab import SMALL, WAVELENGTH, plate, straight

from holography.capture import read_capture
from holography.capturefolder import control_points, to_toml, write_capture
from holography.images import read_frames
from holography.recording import (
    band_limited,
    record_displacement,
    record_phase_shift,
    record_sideband,
    record_wrapped,
)
from holography.synthetic import Light, View, detect, speckle, states

VIEW = straight(SMALL)


@pytest.fixture
def rng():
    return np.random.default_rng(2)


def test_plate_axes_start_at_the_bottom_left_corner_and_y_runs_up():
    x, y = View.straight((4, 5), 0.1).plate()
    assert (x[0, 0], y[-1, 0]) == pytest.approx((0.05, 0.05))
    assert (x[0, 1] - x[0, 0], y[0, 0] - y[1, 0]) == pytest.approx((0.1, 0.1))


def test_pixel_and_plate_are_inverse_under_a_perspective():
    view = View.straight((40, 50), 0.01).turned(angle=0.3, perspective=(1e-3, -2e-3))
    x, y = view.plate()
    assert view.pixel(x[7, 11], y[7, 11]) == pytest.approx((11, 7))
    scene = plate(view=view)
    assert control_points(scene, [(0.1, 0.2)])[0]["pixel"] == pytest.approx(view.pixel(0.1, 0.2))


@pytest.mark.parametrize("gamma", [0.5, 0.9, 1.0])
def test_both_states_have_the_chosen_coherence_and_the_phase_of_the_deflection(rng, gamma):
    scene = plate(3, view=VIEW)
    loaded, rest = states(scene, Light(coherence=gamma), rng)
    deflection, mask, phase = scene.truth()
    product = (loaded * np.conj(rest) * np.exp(-1j * phase))[mask]
    norm = np.sqrt((np.abs(loaded[mask]) ** 2).mean() * (np.abs(rest[mask]) ** 2).mean())
    assert product.mean() / norm == pytest.approx(gamma, abs=4 / np.sqrt(mask.sum()))
    np.testing.assert_allclose(phase, 4 * np.pi / WAVELENGTH * deflection)
    assert not loaded[~mask].any()


@pytest.mark.parametrize("grain", [1.0, 3.0])
def test_speckle_is_circular_of_unit_mean_and_exponential_intensity(rng, grain):
    field = speckle((300, 300), grain, rng)
    intensity = np.abs(field) ** 2
    looks = field.size / grain**2
    assert intensity.mean() == pytest.approx(1, abs=4 / np.sqrt(looks))
    assert intensity.std() == pytest.approx(1, abs=10 / np.sqrt(looks))
    assert abs((field**2).mean()) < 4 / np.sqrt(looks)


def test_the_pupil_lets_its_share_of_white_light_through(rng):
    wave = speckle((256, 256), 1, rng)
    share = (np.abs(band_limited(wave, 0.2)) ** 2).mean() / (np.abs(wave) ** 2).mean()
    assert share == pytest.approx(np.pi * 0.2**2, rel=0.03)


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (12, np.uint16), (16, np.uint16)])
def test_the_camera_exposes_adds_noise_and_clips(rng, bits, dtype):
    light = Light(exposure=0.5, noise=3.0, bits=bits)
    grey = detect(np.ones((200, 200)), light, rng)
    assert grey.dtype == dtype
    assert grey.mean() == pytest.approx(0.5 * (2**bits - 1), abs=0.2)
    assert grey.std() == pytest.approx(np.sqrt(9 + 1 / 12), rel=0.03)
    assert detect(np.full((9, 9), 5.0), light, rng).min() == 2**bits - 1


def test_the_same_seed_gives_the_same_frames_and_another_does_not():
    scene = plate(2, view=VIEW)
    one, same, other = (
        record_phase_shift(scene, Light(), np.random.default_rng(k)).frames["def_1"] for k in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).mean() > 0.5


def test_a_wrapped_map_holds_the_fraction_of_a_cycle(rng):
    scene = plate(2, view=VIEW)
    recording = record_wrapped(scene, Light(coherence=None), rng)
    grey = recording.frames["phase"][recording.mask]
    cycles = recording.phase[recording.mask] / (2 * np.pi)
    away = (grey + 0.5) / 256 - cycles
    assert np.abs(away - np.round(away)).max() <= 0.5 / 256 + 1e-9


def test_a_written_folder_is_read_as_it_was_meant(tmp_path, rng):
    scene = plate(2, view=VIEW, illumination=(0.6, 0.0, 0.8), phase_sign=-1)
    recording = record_phase_shift(scene, Light(bits=12), rng, declared="4-step")
    more = {"load": {"pressure": 2000.0, "away": True}, "processing": {"coherence": 0.5}}
    capture = read_capture(write_capture(tmp_path, recording, scene, sections=more))
    assert capture.optics.illumination == pytest.approx((0.6, 0, 0.8))
    assert capture.optics.phase_sign == -1
    assert capture.load.away
    assert capture.processing.coherence == 0.5
    frames = read_frames(sorted(tmp_path.glob("def_*")))
    np.testing.assert_array_equal(frames.values[2], recording.frames["def_3"])


def test_a_deflection_in_nanometres_and_sidebands_are_recorded_too(rng):
    scene = plate(2, view=VIEW)
    values = record_displacement(scene, rng).frames["w"]
    deflection, mask, _ = scene.truth()
    np.testing.assert_allclose(values[mask], 1e9 * deflection[mask])
    assert np.isnan(values[~mask]).all()
    frames = record_sideband(scene, Light(), rng, frequency=100.0).frames
    assert frames["def"].shape == frames["ref"].shape == SMALL


def test_toml_text_is_toml():
    import tomllib

    content = {
        "kind": "carrier",
        "frames": {"deformed": 'a "b".png', "n": 3, "ok": True, "list": [[1.5, 2e-9], {"x": -1}]},
    }
    assert tomllib.loads(to_toml(content)) == content
