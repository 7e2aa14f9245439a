"""Studies: what is solved, that a killed one goes on, that one bad plate stops nothing."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from landscape.cli import main
from landscape.errors import InputError
from landscape.study import read_study
from landscape.study_run import run_study
from landscape.study_table import markdown, statistics

MESHES = Path(__file__).parent.parent / "meshes"


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text)
    return path


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Four clamped squares of different thickness and Poisson's ratio."""
    case = (MESHES / "plate.toml").read_text().replace("plate.msh", str(MESHES / "square.msh"))
    (tmp_path / "case.toml").write_text(case.replace("edge =", "clamped_edge ="))
    return write(
        tmp_path,
        'title = "squares"\nmodes = 2\ncase = "case.toml"\n'
        '[grid]\n"plate.thickness" = ["1 mm", "2 mm"]\n"material.poisson" = [0.3, 0.0]\n',
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_grid_over_a_case(grid: Path, tmp_path: Path) -> None:
    outcome = run_study(read_study(grid), tmp_path / "out", workers=1)
    assert not outcome.failed
    plates = rows(tmp_path / "out" / "plates.csv")
    assert [(p["plate.thickness"], p["material.poisson"]) for p in plates] == [
        ("1 mm", "0.3"), ("1 mm", "0.0"), ("2 mm", "0.3"), ("2 mm", "0.0"),
    ]  # fmt: skip
    f = [float(row["frequency"]) for row in rows(tmp_path / "out" / "modes.csv") if row["number"] == "1"]
    # of a clamped plate: f ~ h √(E/12ρ(1−ν²)), exactly
    assert f[2] / f[0] == pytest.approx(2, rel=1e-9)
    assert f[0] / f[1] == pytest.approx(1 / np.sqrt(1 - 0.3**2), rel=1e-9)


def test_what_is_done_is_not_done_again(grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_study(read_study(grid), out, workers=1)
    stamps = {path.name: path.stat().st_mtime_ns for path in (out / "plates").iterdir()}
    (out / "plates" / "case-00001.json").write_text(
        '{"half a fi'
    )  # what no atomic write leaves, but a disk may
    changed = grid.read_text().replace("modes = 2", "modes = 3")
    again = run_study(read_study(grid), out, workers=1)
    assert again.resumed == 3
    same = {path.name: path.stat().st_mtime_ns for path in (out / "plates").iterdir()}
    assert {name for name in stamps if stamps[name] != same[name]} == {"case-00001.json"}
    grid.write_text(changed)
    assert run_study(read_study(grid), out, workers=1).resumed == 0


def test_one_bad_plate_does_not_stop_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.msh").write_text("no mesh")
    files = [str(MESHES / "square.msh"), "bad.msh"]
    study = write(tmp_path, f"modes = 2\nfiles = {json.dumps(files)}\n")
    assert (
        main(["study", str(study), "-o", str(tmp_path / "out"), "--json", "--workers", "1", "--no-figures"])
        == 0
    )
    payload = json.loads(capsys.readouterr().out)
    assert payload["plates"] == 2
    assert [bad["name"] for bad in payload["failed"]] == ["bad"]
    assert "bad.msh" in payload["failed"][0]["message"]
    assert [row["state"] for row in rows(tmp_path / "out" / "plates.csv")] == ["done", "failed"]


def test_killed_study_goes_on(tmp_path: Path) -> None:
    """kill -9 in the middle: what was finished stays, and the second run does only the rest."""
    case = (MESHES / "plate.toml").read_text().replace("plate.msh", str(MESHES / "square.msh"))
    (tmp_path / "case.toml").write_text(case.replace("edge =", "clamped_edge ="))
    values = [round(0.1 + 0.01 * k, 2) for k in range(24)]
    study = write(tmp_path, f'modes = 2\ncase = "case.toml"\n[grid]\n"material.poisson" = {values}\n')
    out = tmp_path / "out"
    code = "import sys; from landscape.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [
        sys.executable,
        "-c",
        code,
        "study",
        str(study),
        "-o",
        str(out),
        "--workers",
        "1",
        "--no-figures",
    ]
    process = subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(list((out / "plates").glob("case-*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = len(list((out / "plates").glob("case-*.json")))
    assert 3 <= finished < 24
    again = run_study(read_study(study), out, workers=1)
    assert again.resumed == finished
    assert len(again.outcomes) == 24
    assert not again.failed


def test_same_on_a_dask_cluster(grid: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    local = run_study(read_study(grid), tmp_path / "local", workers=1)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        remote = run_study(read_study(grid), tmp_path / "remote", scheduler=cluster.scheduler_address)
    assert [o["modes"] for o in remote.outcomes] == [o["modes"] for o in local.outcomes]


def test_statistics_of_known_outcomes() -> None:
    region = {
        "peak": 1.02,
        "rayleigh": 1.05,
        "schwarz": 1.0,
        "below": 0.98,
        "first_mode": 1.0,
        "confinement": 0.99,
    }
    lost = {**region, "confinement": 0.4}
    modes = [
        {"frequency": 1.0, "opens_at": 2.0, "confinement": 0.99},
        {"frequency": 1.9, "opens_at": 2.0, "confinement": 0.90},
        {"frequency": 3.0, "opens_at": 2.0, "confinement": 0.50},
        {"frequency": 3.0, "opens_at": None, "confinement": 1.0},
    ]
    found = statistics(
        [{"state": "done", "regions": [region, lost], "modes": modes}, {"state": "failed", "message": "x"}]
    )
    assert found.errors["peak"] == pytest.approx([0.02])
    assert found.bracket == 1
    assert found.confined_below == 0.5
    assert (found.plates, found.failed) == (2, 1)
    assert "| rayleigh | 1 | +5.00% |" in markdown(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modes = 3\n", "exactly one of"),
        ('files = ["nowhere.msh"]\n', "nowhere.msh"),
        ('case = "case.toml"\n[grid]\n"plate.colour.shade" = [1]\n', "plate.colour.shade"),
        ('[family]\nkind = "tulips"\ncount = 3\n', "tulips"),
        ('[family]\nkind = "rooms"\ncount = 0\n', "count"),
        ('files = []\n[grid]\n"a" = [1]\n', "needs case"),
        ("mode = 3\n", "Did you mean 'modes'"),
    ],
)
def test_wrong_descriptions(text: str, message: str, grid: Path) -> None:
    grid.write_text(text)
    with pytest.raises(InputError, match=message):
        read_study(grid)
