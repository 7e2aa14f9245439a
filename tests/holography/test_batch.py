"""Many captures at once: each gets its answer, a bad one costs only itself, nothing is left half-written."""

import h5py
import numpy as np
import pytest
from lab import SMALL, plate, straight

from holography.batch import find_captures, import_many
from holography.capturefolder import write_capture
from holography.deformationfile import read_deformation
from holography.recording import record_phase_shift, record_time_average, record_wrapped
from holography.synthetic import Light
from landscape.errors import InputError

SCENE = plate(3, view=straight(SMALL))
SMOOTH = Light(coherence=None)


@pytest.fixture
def session(tmp_path):
    """A folder of folders: two good captures and one with a missing file."""
    rng = np.random.default_rng(0)
    for name in ("day1/run2", "day1/run10"):
        write_capture(tmp_path / "in" / name, record_phase_shift(SCENE, SMOOTH, rng), SCENE)
    bad = write_capture(tmp_path / "in" / "day2/run1", record_phase_shift(SCENE, SMOOTH, rng), SCENE)
    for frame in bad.parent.glob("def_*"):
        frame.unlink()
    return tmp_path / "in"


def test_one_bad_capture_does_not_stop_the_rest(session, tmp_path):
    seen = []
    statuses = import_many(
        [session], tmp_path / "out", progress=lambda done, total, status: seen.append((done, total))
    )
    assert [s.state for s in statuses] == ["done", "done", "failed"]
    assert [s.capture.parent.name for s in statuses] == ["run2", "run10", "run1"]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert "frames.deformed" in statuses[2].message
    assert statuses[0].output == tmp_path / "out/day1/run2/deformation.h5"
    assert sorted(p.name for p in (tmp_path / "out/day1/run2").iterdir()) == ["deformation.h5", "stages.png"]
    assert not (tmp_path / "out/day2").exists()
    assert statuses[0].summary["largest"] == pytest.approx(3 * 266e-9, rel=0.01)


def test_resume_skips_what_is_up_to_date_and_redoes_what_changed(session, tmp_path):
    import_many([session], tmp_path / "out", figures=False)
    again = import_many([session], tmp_path / "out", figures=False, resume=True)
    assert [s.state for s in again] == ["skipped", "skipped", "failed"]
    with (session / "day1/run2/capture.toml").open("a") as file:
        file.write("[load]\npressure = 1000\n")
    frame = session / "day1/run10/ref_1.png"
    (session / "day1/run10/ref_2.png").write_bytes(frame.read_bytes())
    after = import_many([session], tmp_path / "out", figures=False, resume=True)
    assert [s.state for s in after] == ["done", "done", "failed"]
    assert read_deformation(tmp_path / "out/day1/run2/deformation.h5").pressure == 1000


def test_resume_notices_frames_that_were_added_and_a_sheet_that_is_not_there(tmp_path):
    rng = np.random.default_rng(0)
    path = write_capture(tmp_path / "in", record_wrapped(SCENE, SMOOTH, rng), SCENE)
    path.write_text(path.read_text().replace('"phase.png"', '"phase*.png"'))
    import_many([path], tmp_path / "out", figures=False)

    def again(figures: bool) -> str:
        (status,) = import_many([path], tmp_path / "out", figures=figures, resume=True)
        return status.state

    assert again(False) == "skipped"
    assert [again(True), again(True)] == ["done", "skipped"]
    (path.parent / "phase2.png").write_bytes((path.parent / "phase.png").read_bytes())
    assert [again(False), again(False)] == ["done", "skipped"]


def test_two_captures_never_share_a_folder(tmp_path):
    rng = np.random.default_rng(0)
    path = write_capture(tmp_path / "in/one", record_wrapped(SCENE, SMOOTH, rng), SCENE)
    (tmp_path / "in/one.toml").write_text(path.read_text())
    with pytest.raises(InputError, match="one folder"):
        import_many([tmp_path / "in/one.toml", path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_amplitude_of_unknown_frequency_is_a_mode_all_the_same(tmp_path):
    rng = np.random.default_rng(0)
    path = write_capture(
        tmp_path / "in", record_time_average(SCENE, Light(exposure=0.5), rng, frequency=1085.0), SCENE
    )
    path.write_text(path.read_text().replace("frequency = 1085.0", ""))
    (status,) = import_many([path], tmp_path / "out", figures=False)
    found = read_deformation(status.output)
    assert (found.kind, found.frequency) == ("mode", None)
    assert any("unknown frequency" in note for note in status.warnings)


def test_one_capture_goes_straight_into_the_folder(session, tmp_path):
    for given in (session / "day1/run2", session / "day1/run2/capture.toml"):
        (status,) = import_many([given], tmp_path / given.suffix, figures=False)
        assert status.output == tmp_path / given.suffix / "deformation.h5"


def test_every_capture_is_found_once_and_nothing_is_an_error(session, tmp_path):
    found = find_captures([session, session / "day1/run2", session / "day1"])
    assert [p.parent.name for p in found] == ["run2", "run10", "run1"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no capture\.toml"):
        find_captures([tmp_path / "empty"])
    with pytest.raises(InputError, match="no such"):
        find_captures([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="at least one"):
        find_captures([])


def test_the_file_tells_every_value_that_was_used(tmp_path):
    rng = np.random.default_rng(0)
    path = write_capture(tmp_path / "in", record_phase_shift(SCENE, SMOOTH, rng, declared="estimate"), SCENE)
    import_many([path], tmp_path / "out", figures=False)
    made = read_deformation(tmp_path / "out/deformation.h5").provenance
    assert {entry["file"] for entry in made["inputs"]} == {p.name for p in path.parent.iterdir()}
    assert all(len(entry["sha256"]) == 64 for entry in made["inputs"])
    assert made["capture"]["optics"]["wavelength"] == pytest.approx(532e-9)
    assert made["capture"]["processing"]["coherence"] == 0.6
    np.testing.assert_allclose(made["used"]["steps of deformed (deg)"], [0, 90, 180, 270], atol=0.5)
    for key in ("filter", "filter width (pixels)", "unwrapping", "fringe orders subtracted"):
        assert key in made["used"]
    assert made["version"]


def test_a_vibration_frequency_makes_a_mode_and_no_scale_leaves_pixels(tmp_path):
    rng = np.random.default_rng(0)
    recording = record_time_average(SCENE, Light(exposure=0.5), rng, frequency=1085.0)
    import_many([write_capture(tmp_path / "in", recording, SCENE)], tmp_path / "out", figures=False)
    with h5py.File(tmp_path / "out/deformation.h5") as file:
        assert file.attrs["kind"] == "mode"
        assert file.attrs["frequency"] == 1085.0
        assert file["x"].attrs["units"] == "pixel"


def test_sheets_show_every_stage(tmp_path):
    rng = np.random.default_rng(0)
    path = write_capture(tmp_path / "in", record_wrapped(SCENE, Light(), rng), SCENE)
    (status,) = import_many([path], tmp_path / "out")
    import imagecodecs

    sheet = imagecodecs.png_decode((status.output.parent / "stages.png").read_bytes())
    assert min(sheet.shape[:2]) > 500
    assert sheet[..., :3].std() > 20
