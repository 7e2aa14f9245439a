"""`landscape import` and `landscape info` as a laboratory calls them."""

import json

import numpy as np
import pytest
from lab import SMALL, plate, straight

from holography.capturefolder import write_capture
from holography.recording import record_phase_shift
from holography.synthetic import Light
from landscape import cli

SCENE = plate(3, view=straight(SMALL))


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Two captures in the current folder, the second without one of its frames."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("good", "bad"):
        recording = record_phase_shift(SCENE, Light(coherence=None), rng, declared="estimate")
        write_capture(tmp_path / "day" / name, recording, SCENE, sections={"load": {"pressure": "2 kPa"}})
    (tmp_path / "day/bad/ref_2.png").write_bytes(b"")
    return tmp_path


def test_the_failure_of_one_capture_is_told_even_to_the_quiet(session, capsys):
    assert cli.main(["import", "day", "-o", "out", "--no-figures", "--quiet"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "ref_2.png" in told.err
    assert "Traceback" not in told.err
    assert (session / "out/good/deformation.h5").is_file()
    assert not (session / "out/bad").exists()


def test_estimated_steps_are_printed(session, capsys):
    assert cli.main(["import", "day/good", "-o", "out", "--no-figures", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["captures"]
    (note,) = [text for text in entry["warnings"] if "steps" in text]
    found = [float(part) for part in note.split(":")[1].split(",")]
    np.testing.assert_allclose(found, [0, 90, 180, 270], atol=0.5)


def test_info_tells_what_a_capture_says_and_what_an_import_used(session, capsys):
    assert cli.main(["info", "day/good"]) == 0
    told = capsys.readouterr().out
    for text in ("phase-shift", "load.pressure", "2000", "def_4.png", "processing.coherence"):
        assert text in told
    assert cli.main(["import", "day/good", "-o", "out", "--no-figures"]) == 0
    capsys.readouterr()
    assert cli.main(["info", "out"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for text in ("static deflection", "2000 Pa", "steps of deformed", "speckle law", "capture.toml", "nm"):
        assert text in told
