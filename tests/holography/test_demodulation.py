"""From frames to signals: several pictures of one state, saturation, and what is said about both."""

import imagecodecs
import numpy as np
import pytest
from lab import SMALL, WAVELENGTH, bring_back, dipole, outline, plate, straight

from holography.capturefolder import write_capture
from holography.deformation import Sensitivity
from holography.pipeline import import_capture
from holography.recording import record_off_axis, record_phase_shift, record_time_average, record_wrapped
from holography.synthetic import Light, Scene

SCENE = plate(4, view=straight(SMALL))


def described(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "capture.toml").write_text(text)
    return folder


def test_wrapped_maps_of_one_state_are_averaged_as_phasors(tmp_path):
    """The mean of grey levels would put pi where the maps jump between 0 and 2 pi."""
    for k in range(4):
        phase = record_wrapped(SCENE, Light(coherence=0.9), np.random.default_rng(k)).frames["phase"]
        (tmp_path / f"phase{k}.png").write_bytes(imagecodecs.png_encode(phase))
    text = 'kind = "wrapped-phase"\n[optics]\nwavelength = "532 nm"\n[frames]\nwrapped = "{}"\n'
    truth, mask, _ = SCENE.truth()
    rms, notes = [], []
    for pattern in ("phase0.png", "phase*.png"):
        found, stages = import_capture(described(tmp_path, text.format(pattern)))
        both = found.mask & mask
        rms.append(np.sqrt(np.mean((found.displacement - truth)[both] ** 2)))
        notes.append(" ".join(stages.warnings))
    assert rms[1] == pytest.approx(rms[0] / 2, rel=0.2)  # four looks instead of one
    assert "4 wrapped frames are averaged" in notes[1]
    assert "averaged" not in notes[0]


def test_deflections_are_averaged_where_they_are_known(tmp_path):
    first, second = np.full((2, 60, 80), 2.0), np.full((2, 60, 80), 4.0)
    first[0, 10, 20] = -99.0
    first[:, 30, 40] = second[:, 30, 40] = -99.0
    np.save(tmp_path / "a.npy", first)
    np.save(tmp_path / "b.npy", second)
    text = 'kind = "displacement"\n[frames]\nvalues = ["a.npy", "b.npy"]\nunit = "nm"\ninvalid = -99\n'
    found, _ = import_capture(described(tmp_path, text))
    assert found.displacement[0, 0] == pytest.approx(3e-9)
    assert found.displacement[10, 20] == pytest.approx((2 + 4 + 4) / 3 * 1e-9)
    assert np.argwhere(~found.mask).tolist() == [[30, 40]]


def test_what_becomes_of_saturated_pixels_is_said_by_kind(tmp_path):
    rng = np.random.default_rng(0)
    mode = Scene(dipole(200e-9), outline, Sensitivity(WAVELENGTH), straight(SMALL))
    bright = Light(exposure=1.05)
    made = {
        "left out": (record_phase_shift(SCENE, Light(coherence=0.9), rng), SCENE),
        "ghosts": (record_off_axis(SCENE, Light(coherence=0.9, exposure=0.6), rng), SCENE),
        "quality set to 0": (record_time_average(mode, bright, rng, frequency=100.0), mode),
    }
    for k, (words, (recording, scene)) in enumerate(made.items()):
        found = bring_back(tmp_path / str(k), recording, scene).deformation
        assert any(words in note for note in found.provenance["warnings"]), words
    clipped = recording.frames["def"] == 255
    assert clipped.any()
    assert not found.quality[clipped].any()
    assert found.quality[found.mask & ~clipped & (recording.frames["ref"] < 255)].all()


def test_one_state_alone_and_a_plate_that_cannot_be_told_from_its_surroundings_are_said(tmp_path):
    recording = record_off_axis(SCENE, Light(coherence=None), np.random.default_rng(0))
    path = write_capture(tmp_path / "a", recording, SCENE)
    path.write_text(path.read_text().replace('reference = "ref.png"', ""))
    _, stages = import_capture(path)
    assert any("no reference" in note for note in stages.warnings)
    mode = Scene(dipole(200e-9), lambda x, y: x > -1, Sensitivity(WAVELENGTH), straight(SMALL))
    whole = record_time_average(mode, Light(exposure=0.5), np.random.default_rng(0), frequency=100.0)
    given = {"polygon": [[10, 10], [290, 10], [290, 230], [10, 230]]}
    for sections, said in (({}, True), ({"mask": given}, False)):
        found = bring_back(tmp_path / str(said), whole, mode, **sections).deformation
        assert any("does not tell" in note for note in found.provenance["warnings"]) == said
