"""Broken measurements through the command line: exit code 1, one message that names the file and the cure, no traceback.

The list: a deformation without pressure, a mode without frequency, no overlap, an empty mask, newer schemas, swapped
arguments, folders, files of other kinds, cut files, universal files without modes, options out of range.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from measured import measure, solved

from holography.deformation import Deformation
from holography.deformationfile import write_deformation
from landscape.cli import main
from landscape.results import write_result

NODES = "\n".join(
    ("    -1", "  2411", *("         1         1         1         1\n   0.0  0.0  0.0",), "    -1", "")
)


def static(**changes: Any) -> Deformation:
    return replace(measure("square", modes=3, noise=1e-3), **changes)


def mode(**changes: Any) -> Deformation:
    return replace(measure("square", mode=1, modes=3, noise=1e-3), **changes)


def touched(path: Path, change: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "a") as file:
        change(file)


def newer(file: h5py.File) -> None:
    file.attrs["schema"] = "landscape/deformation/9"


def without_values(file: h5py.File) -> None:
    file["displacement"][...] = np.nan


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a result, good measurements and bad ones."""
    folder = tmp_path_factory.mktemp("bench")
    result = solved("square", 3)
    write_result(result, folder / "square" / "result.h5")
    write_result(replace(result, summary={**result.summary, "schema": "landscape/9"}), folder / "newer.h5")
    one = static()
    fields = {
        "static": one,
        "mode": mode(),
        "no-frequency": mode(frequency=None),
        "no-pressure": static(pressure=None),
        "elsewhere": static(x=one.x + 9),
        "empty": static(mask=np.zeros_like(one.mask)),
        "against": static(displacement=-one.displacement),
        "newer-field": one,
        "nan": one,
    }
    for name, field in fields.items():
        write_deformation(folder / f"{name}.h5", field)
    touched(folder / "newer-field.h5", newer)
    touched(folder / "nan.h5", without_values)
    whole = (folder / "static.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
    with h5py.File(folder / "other.h5", "w") as file:
        file["numbers"] = np.arange(3)
    (folder / "capture.toml").write_text('kind = "wrapped-phase"\n')
    (folder / "nodes.uff").write_text(NODES)
    (folder / "nothing").mkdir()
    shutil.copy(Path(__file__).parents[2] / "meshes" / "square.msh", folder / "plate.msh")
    return folder


REFUSED = {
    "predict mode.h5": "vibration mode",
    "predict empty.h5": "0 valid pixels",
    "predict nan.h5": "nan.h5: the displacement is not finite",
    "predict against.h5": "bends against the load",
    "predict newer-field.h5": "newer-field.h5: written by a newer version",
    "predict square": "no such deformation file",
    "predict square/result.h5": "It is a result",
    "predict other.h5": "other.h5: not a deformation",
    "predict cut.h5": "cut.h5: damaged",
    "predict capture.toml": "capture.toml: damaged or not HDF5",
    "predict nothing": "no such deformation file",
    "predict nowhere.h5": "nowhere.h5: no such",
    "predict static.h5 --persistence 2": "persistence from 0",
    "predict static.h5 --smallest=-3": "got -3",
    "predict static.h5 --smallest 1e6": "no region",
    "compare static.h5 square": "Name the result first",
    "compare square square/result.h5": "It is a result",
    "compare square elsewhere.h5": "does not overlap the plate",
    "compare square empty.h5": "0 valid pixels",
    "compare square newer-field.h5": "newer-field.h5: written by a newer version",
    "compare newer.h5 static.h5": "newer.h5: written by a newer version",
    "compare square nothing": "no deformation.h5 and no .uff",
    "compare nothing static.h5": "no such result",
    "compare square other.h5": "other.h5: not a deformation",
    "compare other.h5 static.h5": "other.h5: not a result",
    "compare square capture.toml": "capture.toml: damaged or not HDF5",
    "compare capture.toml static.h5": "capture.toml: damaged or not HDF5",
    "compare square cut.h5": "cut.h5: damaged",
    "compare square nodes.uff": "nodes.uff: no mode shapes",
    "compare square plate.msh": "plate.msh: damaged or not HDF5",
    "compare square static.h5 elsewhere.h5": "does not overlap the plate",
}


@pytest.mark.parametrize("command", REFUSED)
def test_one_clear_message(
    command: str,
    bench: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(bench)
    out = tmp_path / "out"
    assert main([*command.split(), "--quiet", "--no-figures", "-o", str(out)]) == 1
    printed, err = capsys.readouterr()
    assert printed == ""
    assert err.count("landscape: ") == 1
    assert REFUSED[command] in " ".join(err.split())
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2, "a message and what to do"
    assert not out.exists()


WARNED = {
    "predict no-pressure.h5": "[load] pressure missing: the landscape is relative",
    "compare square no-pressure.h5": "the pressure of the measurement is unknown ([load] pressure",
    "compare square no-frequency.h5": "its frequency is unknown: matched by shape alone",
    "compare square against.h5": "bends against its load",
}


@pytest.mark.parametrize("command", WARNED)
def test_what_is_missing_is_named_and_the_rest_is_done(
    command: str,
    bench: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(bench)
    monkeypatch.setenv("COLUMNS", "200")
    assert main([*command.split(), "--no-figures", "-o", str(tmp_path / "out")]) == 0
    assert WARNED[command] in " ".join(capsys.readouterr().out.split())
    assert (tmp_path / "out" / "summary.json").is_file()


def test_a_folder_of_import_can_be_predicted_from(bench: Path, tmp_path: Path) -> None:
    (tmp_path / "imported").mkdir()
    shutil.copy(bench / "static.h5", tmp_path / "imported" / "deformation.h5")
    out = tmp_path / "out"
    assert main(["predict", str(tmp_path / "imported"), "--quiet", "--no-figures", "-o", str(out)]) == 0
    assert (out / "summary.json").is_file()
