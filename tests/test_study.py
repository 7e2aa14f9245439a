"""Studies: what is solved, that a killed one goes on, that one bad plate stops nothing, what the tables say."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape import study_workers
from landscape.cli import main
from landscape.errors import InputError
from landscape.figures.study import draw_study, estimates_figure, localization_figure
from landscape.study import Task, read_study
from landscape.study_run import duration, run_study
from landscape.study_statistics import NAMES, estimate_rows, opening_rows, quantiles, statistics
from landscape.study_table import mode_rows, region_rows, write_tables
from landscape.study_workers import local_outcomes

MESHES = Path(__file__).parent.parent / "meshes"


def write(folder: Path, text: str) -> Path:
    path = folder / "study.toml"
    path.write_text(text)
    return path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A clamped square as a case."""
    text = (MESHES / "plate.toml").read_text().replace("plate.msh", "square.msh")
    (tmp_path / "square.msh").write_bytes((MESHES / "square.msh").read_bytes())
    path = tmp_path / "case.toml"
    path.write_text(text.replace("edge =", "clamped_edge ="))
    return path


@pytest.fixture
def grid(case: Path) -> Path:
    """Four clamped squares of different thickness and Poisson's ratio."""
    return write(
        case.parent,
        'title = "squares"\nmodes = 2\ncase = "case.toml"\n'
        '[grid]\n"plate.thickness" = ["1 mm", "2 mm"]\n"material.poisson" = [0.3, 0.0]\n',
    )


def many(case: Path, count: int) -> Path:
    values = [round(0.1 + 0.01 * k, 2) for k in range(count)]
    return write(case.parent, f'modes = 2\ncase = "case.toml"\n[grid]\n"material.poisson" = {values}\n')


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_grid_over_a_case(grid: Path, tmp_path: Path) -> None:
    outcome = run_study(read_study(grid), tmp_path / "out", workers=1)
    assert not outcome.failed
    plates = rows(tmp_path / "out" / "study.csv")  # one region each, so one row each
    assert [(p["plate.thickness"], p["material.poisson"]) for p in plates] == [
        ("1 mm", "0.3"), ("1 mm", "0.0"), ("2 mm", "0.3"), ("2 mm", "0.0"),
    ]  # fmt: skip
    f = [float(row["frequency"]) for row in rows(tmp_path / "out" / "modes.csv") if row["mode"] == "1"]
    # of a clamped plate: f ~ h √(E/12ρ(1−ν²)), exactly
    assert f[2] / f[0] == pytest.approx(2, rel=1e-9)
    assert f[0] / f[1] == pytest.approx(1 / np.sqrt(1 - 0.3**2), rel=1e-9)
    for plate, first in zip(plates, f, strict=True):
        assert float(plate["frequency"]) == first
        assert float(plate["confinement"]) == pytest.approx(1)
        # c = λ₁ max L of the clamped square is 1.6385
        constant = (2 * np.pi * first) ** 2 * float(plate["landscape"])
        assert constant == pytest.approx(1.6385, abs=2e-4)
        assert float(plate["peak_compact"]) / first == pytest.approx(
            np.sqrt(16 / np.pi**2 / constant), rel=1e-9
        )


def test_what_is_done_is_not_done_again(grid: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_study(read_study(grid), out, workers=1)
    stamps = {path.name: path.stat().st_mtime_ns for path in (out / "plates").iterdir()}
    # what no atomic write leaves, but a disk may
    (out / "plates" / "case-00001.json").write_text('{"half a fi')
    again = run_study(read_study(grid), out, workers=1)
    assert again.resumed == 3
    same = {path.name: path.stat().st_mtime_ns for path in (out / "plates").iterdir()}
    assert {name for name in stamps if stamps[name] != same[name]} == {"case-00001.json"}


def test_what_decides_the_outcome_is_in_the_key(grid: Path, tmp_path: Path) -> None:
    def keys(path: Path) -> list[str]:
        return [task.key for task in read_study(path).tasks]

    before = keys(grid)
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("study.toml", "case.toml", "square.msh"):
        (moved / name).write_bytes((tmp_path / name).read_bytes())
    assert keys(moved / "study.toml") == before  # not where it lies,
    (moved / "study.toml").write_text(
        grid.read_text().replace('"squares"\n', '"Squares"\nconfinement = 0.8\n')
    )
    assert keys(moved / "study.toml") == before  # nor what is asked of the outcome,
    (moved / "square.msh").write_bytes((MESHES / "disc.msh").read_bytes())
    assert not set(keys(moved / "study.toml")) & set(before)  # but its mesh
    grid.write_text(grid.read_text().replace("modes = 2", "modes = 3"))
    assert not set(keys(grid)) & set(before)  # and what is computed


def test_one_bad_plate_does_not_stop_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.msh").write_text("no mesh")
    files = [str(MESHES / "square.msh"), "b*.msh"]
    study = write(tmp_path, f"modes = 2\nfiles = {json.dumps(files)}\n")
    out = tmp_path / "out"
    assert main(["study", str(study), "-o", str(out), "--json", "--workers", "1", "--no-figures"]) == 0
    payload = json.loads(capsys.readouterr().out)
    assert payload["plates"] == 2
    assert [bad["name"] for bad in payload["failed"]] == ["bad"]
    assert "bad.msh" in payload["failed"][0]["message"]
    assert [row["state"] for row in rows(out / "study.csv")] == ["done", "failed"]


def deadly(task: Task) -> dict[str, Any]:
    """Kill the process for one task, as a crash in a library would; stands for ``run_task``."""
    if task.name == "3":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"name": task.name, "state": "done", "pid": os.getpid()}


def test_a_plate_that_kills_its_process_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_workers, "run_task", deadly)
    outcomes = {outcome["name"]: outcome for outcome in local_outcomes([Task(n, 1, 0.05) for n in "0345"], 2)}
    assert sorted(outcomes) == list("0345")
    assert [name for name, outcome in outcomes.items() if outcome["state"] == "failed"] == ["3"]
    assert "died" in outcomes["3"]["message"]


def begin(study: Path, out: Path, least: int) -> subprocess.Popen[bytes]:
    """Start a study in a session of its own and wait until ``least`` plates are done."""
    code = "import sys; from landscape.cli import main; sys.exit(main(sys.argv[1:]))"
    options = ["study", str(study), "-o", str(out), "--workers", "1", "--no-figures"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *options], start_new_session=True, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while len(list((out / "plates").glob("case-*.json"))) < least and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


def test_killed_study_goes_on(case: Path, tmp_path: Path) -> None:
    """kill -9 in the middle: what was finished stays, and the second run does only the rest."""
    study, out = many(case, 12), tmp_path / "out"
    process = begin(study, out, 3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = len(list((out / "plates").glob("case-*.json")))
    assert 3 <= finished < 12
    again = run_study(read_study(study), out, workers=1)
    assert again.resumed == finished
    assert len(again.outcomes) == 12
    assert not again.failed


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_study(how: signal.Signals, case: Path, tmp_path: Path) -> None:
    process = begin(many(case, 60), tmp_path / "out", 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(how)
    assert process.wait(timeout=30) in (-signal.SIGKILL, 130)
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}/exe").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children
    assert not any(Path(f"/proc/{child}/exe").exists() for child in children)


def test_progress_tells_the_time_left(case: Path, tmp_path: Path) -> None:
    said: list[str] = []
    run_study(read_study(many(case, 3)), tmp_path / "out", workers=1, progress=said.append)
    assert said[0] == "0 of 3 plates"
    assert said[-1] == "3 of 3 plates, about 0 s left"
    assert [duration(s) for s in (8, 150, 7200)] == ["8 s", "2 min", "2.0 h"]


def test_same_on_a_dask_cluster(tmp_path: Path) -> None:
    """A family too: gmsh runs in a thread of the worker there."""
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    pytest.importorskip("gmsh", exc_type=ImportError)
    study = read_study(write(tmp_path, 'modes = 2\n[family]\nkind = "polygon"\ncount = 2\nsize = 0.3\n'))
    local = run_study(study, tmp_path / "local", workers=1)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        remote = run_study(study, tmp_path / "remote", scheduler=cluster.scheduler_address)
    assert not remote.failed
    assert [o["modes"] for o in remote.outcomes] == [o["modes"] for o in local.outcomes]


def test_dask_workers_need_one_thread(case: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        pytest.raises(InputError, match="several threads"),
    ):
        run_study(read_study(many(case, 1)), tmp_path / "out", scheduler=cluster.scheduler_address)


REGION = {
    "id": 1, "x": 0.0, "y": 0.0, "area": 1.0, "landscape": 1.0, "peak": 1.02, "peak_compact": 1.03,
    "rayleigh": 1.05, "schwarz": 1.0, "below": 0.98, "opens_at": 2.0,
}  # fmt: skip


def outcome_of(*modes: tuple[float, list[float]], opens_at: tuple[float | None, ...]) -> dict[str, Any]:
    """An outcome with modes (frequency, shares) and regions of these openings, all with the same estimates."""
    return {
        "name": "made", "state": "done", "parameters": {"seed": 7},
        "regions": [{**REGION, "id": k + 1, "opens_at": f} for k, f in enumerate(opens_at)],
        "modes": [{"number": k + 1, "frequency": f, "shares": s} for k, (f, s) in enumerate(modes)],
    }  # fmt: skip


def test_first_mode_of_a_region() -> None:
    outcome = outcome_of(
        (1.0, [0.95, 0.01, 0.0]),
        (1.3, [0.02, 0.55, 0.4]),
        (1.4, [0.01, 0.4, 0.55]),
        (2.5, [0.0, 0.96, 0.02]),
        opens_at=(2.0, 2.0, None),
    )
    alone, spread, missing = region_rows(outcome, 0.9)
    assert (alone["mode"], alone["frequency"], alone["before"]) == (1, 1.0, 0)
    assert spread["mode"] == 4
    assert spread["before"] == pytest.approx(
        0.96
    )  # the modes below hold a whole mode there: this is a higher one
    assert missing["mode"] is None
    found = statistics([outcome, {"state": "failed", "message": "x"}])
    assert (found.plates, found.failed, found.regions) == (2, 1, 3)
    assert (found.spread, found.missing) == (1, 1)
    assert found.errors["peak"] == pytest.approx([0.02])
    assert found.openness == pytest.approx([0.5])
    assert found.bracket == 1
    assert found.ratio == pytest.approx([0.5, 0.65, 0.0, 1.25])  # the third lives where nothing opens
    assert found.confined() == pytest.approx(1 / 3)
    assert found.confined(1, 2) == 1
    assert ("Rayleigh", "1", "+5.00%", "5.00%", "5.00%") in estimate_rows(found)
    assert opening_rows(found, (0.0, 1.0, np.inf)) == [
        ("0 to 1", "3", "33.3%", "1", "2.00%", "5.00%", "0.00%"),
        ("above 1", "1", "100.0%", "0", "–", "–", "–"),
    ]


def test_a_plate_without_landscape_has_modes_but_no_home() -> None:
    outcome = outcome_of((1.0, []), opens_at=())
    assert mode_rows(outcome)[0]["region"] is None
    found = statistics([outcome])
    assert (len(found.ratio), found.regions) == (0, 0)
    assert np.isnan(quantiles(found.errors["peak"])).all()
    assert np.isnan(found.confined())


def test_tables_hold_every_plate(tmp_path: Path) -> None:
    failed = {"name": "lost", "state": "failed", "message": 'no, "mesh"', "parameters": {"seed": [1, 2]}}
    outcomes = [outcome_of((1.0, [1.0]), opens_at=(None,)), failed]
    written = write_tables(outcomes, tmp_path)
    assert {path.name for path in written} >= {"study.csv", "modes.csv"}
    made, lost = rows(tmp_path / "study.csv")
    assert (made["name"], made["seed"], made["mode"], made["opens_at"]) == ("made", "7", "1", "")
    assert (lost["message"], lost["seed"], lost["region"]) == ('no, "mesh"', "[1, 2]", "")


def test_parquet_holds_what_the_csv_holds(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")
    failed = {"name": "lost", "state": "failed", "message": "x", "parameters": {"seed": "eight"}}
    write_tables([outcome_of((1.0, [1.0]), opens_at=(None,)), failed], tmp_path)
    table = parquet.read_table(tmp_path / "study.parquet").to_pylist()
    assert [list(row) for row in table] == [list(row) for row in rows(tmp_path / "study.csv")]
    assert [(row["seed"], row["frequency"]) for row in table] == [("7", 1.0), ("eight", None)]


def test_figures_are_drawn_where_there_is_something_to_draw(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    outcomes = [
        outcome_of((f, [1 - lost]), opens_at=(2.0,))
        for f, lost in zip(rng.uniform(0.5, 4, 200), rng.uniform(0, 0.4, 200), strict=True)
    ]
    full = draw_study(statistics(outcomes), "many $ plates", tmp_path)
    assert {path.name for path in full} == {
        "estimates.png", "estimates.pdf", "localization.png", "localization.pdf",
    }  # fmt: skip
    assert all(path.stat().st_size > 5000 for path in full)
    alone = draw_study(statistics([outcome_of((1.0, [1.0]), opens_at=(None,))]), "one", tmp_path)
    assert {path.name for path in alone} == {"estimates.png", "estimates.pdf"}  # nothing opens there,
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {path.name for path in alone}
    assert draw_study(statistics([]), "none", tmp_path) == []


def test_figures_show_the_numbers_of_the_tables() -> None:
    outcomes = [
        outcome_of((1.0, [0.99]), (3.0, [0.5]), opens_at=(2.0,)),
        outcome_of((1.02, [0.95]), opens_at=(4.0,)),
    ]
    found = statistics(outcomes)
    left, right = estimates_figure(found, "two").axes
    medians = [line.get_xdata() for line in left.lines if line.get_marker() == "o"]
    names = list(dict.fromkeys(NAMES))
    assert [float(np.asarray(x)[0]) for x in medians] == pytest.approx(
        [100 * quantiles(found.errors[name])[0] for name in names]
    )
    labels = left.get_yticklabels()
    assert [label.get_text().replace("\n", " ") for label in labels] == [NAMES[name] for name in names]
    assert [label.get_color() for label in labels] == [line.get_color() for line in right.lines[: len(names)]]
    _, lower = localization_figure(found, "two").axes
    offsets = np.asarray(lower.collections[0].get_offsets())
    assert offsets == pytest.approx(np.array([[0.5, 1.0], [1.5, 50.0], [0.255, 5.0]]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modes = 3\n", "exactly one of"),
        ('files = ["nowhere.msh"]\n', "nowhere.msh"),
        ('files = ["no*.msh"]\n', "not there"),
        ("files = []\n", "names no file"),
        ('case = "case.toml"\n[grid]\n"plate.colour.shade" = [1]\n', "plate.colour.shade"),
        ('case = "case.toml"\n[grid]\n"plate.thicknes" = [1]\n', "Did you mean 'thickness'"),
        ('case = "case.toml"\n[grid]\n"plate.thickness" = []\n', "has no values"),
        ('case = "case.toml"\n[grid]\n"plate.thickness" = 3\n', "grid.plate.thickness"),
        ('case = "square.msh"\n', "needed a case file"),
        ('case = "nowhere.toml"\n', "no such file"),
        ('[family]\nkind = "tulips"\ncount = 3\n', "tulips"),
        ('[family]\nkind = "rooms"\ncount = 0\n', "count"),
        ('[family]\nkind = "rooms"\ncount = 9000000\n', "at most"),
        ('[family]\nkind = "rooms"\ncount = 3\nfirst_seed = -1\n', "first_seed"),
        ('files = []\n[grid]\n"a" = [1]\n', "varies a case"),
        ("mode = 3\n", "Did you mean 'modes'"),
        ("modes = \n", "not valid TOML"),
    ],
)
def test_wrong_descriptions(text: str, message: str, grid: Path) -> None:
    grid.write_text(text)
    with pytest.raises(InputError, match=message):
        read_study(grid)


def test_wrong_uses_are_told(grid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> str:
        assert main(["study", *words]) == 1
        return capsys.readouterr().err

    out = ["-o", str(tmp_path / "out"), "--no-figures"]
    assert "is described by a .toml file" in told(str(MESHES / "square.msh"), *out)
    assert "no such file" in told(str(tmp_path / "none.toml"), *out)
    assert "--workers" in told(str(grid), "--workers", "0", *out)
    assert "one of the two" in told(str(grid), "--workers", "2", "--scheduler", "tcp://x:1", *out)
    assert not (tmp_path / "out").exists()
    grid.write_text(grid.read_text().replace('"1 mm", "2 mm"', '"1 kg"'))
    message = told(str(grid), "--workers", "1", *out)
    assert "None of the 2 plates" in message
    assert "'1 kg'" in message
    family = write(tmp_path, '[family]\nkind = "polygon"\ncount = 1\n')
    assert "holds another study, 'squares' (case case.toml)" in told(str(family), *out)
