"""Run a study on all local cores, or on a dask cluster; what is done is on disk and never done again."""

import csv
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from landscape.errors import InputError, MissingDependencyError
from landscape.files import atomic, write_json
from landscape.study import Study, Task
from landscape.study_plate import run_task

Progress = Callable[[str], None]
Submit = Callable[[list[Task]], Iterable[dict[str, Any]]]
SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class StudyOutcome:
    """``outcomes`` of all plates in the order of the study, how many were ``resumed``, and the tables written."""

    outcomes: tuple[dict[str, Any], ...]
    resumed: int
    tables: tuple[Path, ...]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The plates that could not be solved."""
        return [outcome for outcome in self.outcomes if outcome["state"] == "failed"]


def run_study(
    study: Study,
    folder: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> StudyOutcome:
    """Solve every plate of a study and write plates.csv, regions.csv and modes.csv into ``folder``.

    Each plate's outcome goes to ``folder``/plates at once and atomically, so a killed study loses at most the
    plates in flight; those whose outcome is there, made from the same input, are not solved again. ``workers``:
    local processes, by default one per core; ``scheduler``: the address of a dask scheduler instead. Raises
    ``InputError`` for a folder that cannot be written, ``MissingDependencyError`` without dask.
    """
    say = progress or (lambda _: None)
    place = folder / "plates"
    done = {task.name: found for task in study.tasks if (found := _stored(place, task)) is not None}
    resumed = len(done)
    todo = [task for task in study.tasks if task.name not in done]
    if not todo:
        say("Nothing left to solve")
    elif scheduler is not None:
        with _cluster(scheduler) as submit:
            _collect(submit(todo), place, done, (len(study.tasks), say))
    else:
        with _processes(workers or os.cpu_count() or 1) as submit:
            _collect(submit(todo), place, done, (len(study.tasks), say))
    outcomes = tuple(done[task.name] for task in study.tasks)
    return StudyOutcome(outcomes, resumed, tuple(write_tables(outcomes, folder)))


def _stored(place: Path, task: Task) -> dict[str, Any] | None:
    """Return the outcome on disk if it was made from the same input; failed ones are tried again."""
    try:
        outcome = json.loads((place / f"{task.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = isinstance(outcome, dict) and outcome.get("key") == task.key and outcome.get("state") == "done"
    return outcome if same else None


def _collect(
    outcomes: Iterable[dict[str, Any]], place: Path, done: dict[str, Any], told: tuple[int, Progress]
) -> None:
    total, say = told
    start, before = time.perf_counter(), len(done)
    for outcome in outcomes:
        write_json(place / f"{outcome['name']}.json", outcome)
        done[outcome["name"]] = outcome
        rate = (time.perf_counter() - start) / (len(done) - before)
        say(f"{len(done)} of {total} plates, about {_duration(rate * (total - len(done)))} left")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    )


@contextmanager
def _processes(workers: int) -> Iterator[Submit]:
    """Solve on local processes, one BLAS thread each: many plates at once beat many threads on one."""
    before = {name: os.environ.get(name) for name in SINGLE}
    os.environ.update(dict.fromkeys(SINGLE, "1"))
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        yield lambda tasks: (
            f.result() for f in as_completed([pool.submit(run_task, task) for task in tasks])
        )
        pool.shutdown()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _cluster(address: str) -> Iterator[Submit]:
    try:
        from distributed import Client
        from distributed import as_completed as arrived
    except ImportError:
        raise MissingDependencyError(
            "--scheduler needs the package distributed.", "Install it: pip install 'plate-landscape[dask]'"
        ) from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {address}: no dask scheduler answers there ({error}).") from None
    with client:
        yield lambda tasks: (f.result() for f in arrived(client.map(run_task, tasks, pure=False)))


def write_tables(outcomes: Iterable[dict[str, Any]], folder: Path) -> list[Path]:
    """Write one row per plate, per region and per mode as CSV."""
    plates, regions, modes = [], [], []
    for outcome in outcomes:
        head = {"plate": outcome["name"], **outcome["parameters"]}
        small = {key: outcome.get(key, "") for key in ("state", "message", "unknowns", "seconds")}
        plates.append({**head, **small, "regions": len(outcome.get("regions", []))})
        regions += [{**head, **row} for row in outcome.get("regions", [])]
        modes += [{**head, **row} for row in outcome.get("modes", [])]
    tables = {"plates": plates, "regions": regions, "modes": modes}
    return [_write(folder / f"{name}.csv", rows) for name, rows in tables.items()]


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else ["plate"])
        writer.writeheader()
        writer.writerows(rows)
    return path
