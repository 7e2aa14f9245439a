"""Run a study on all local cores, or on a dask cluster; what is done is on disk and never done again."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landscape.errors import InputError
from landscape.files import write_json
from landscape.study import FORMAT, Study, Task
from landscape.study_table import Row, write_tables
from landscape.study_workers import dask_outcomes, local_outcomes

Progress = Callable[[str], None]
MARK = "study.json"


@dataclass(frozen=True)
class StudyOutcome:
    """``outcomes`` of all plates in the order of the study, how many were ``resumed``, and the tables written."""

    outcomes: tuple[Row, ...]
    resumed: int
    tables: tuple[Path, ...]

    @property
    def failed(self) -> list[Row]:
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
    """Solve every plate of a study and write study.csv and modes.csv into ``folder`` (see ``write_tables``).

    Each plate's outcome goes to ``folder``/plates at once and atomically, so a killed study loses at most the
    plates in flight; those whose outcome is there, made from the same input, are not solved again. ``workers``:
    local processes, by default one per core; ``scheduler``: the address of a dask scheduler instead. Raises
    ``InputError`` for a folder that holds another study or cannot be written, or a scheduler that does not
    answer, ``MissingDependencyError`` without dask.
    """
    say = progress or (lambda _: None)
    _claim(folder, study)
    place = folder / "plates"
    done = {task.name: found for task in study.tasks if (found := _stored(place, task)) is not None}
    resumed = len(done)
    todo = [task for task in study.tasks if task.name not in done]
    if todo:
        say(f"{resumed} of {len(study.tasks)} plates")
        solved = local_outcomes(todo, workers) if scheduler is None else dask_outcomes(todo, scheduler)
        _collect(solved, place, done, (len(study.tasks), say))
    outcomes = tuple(done[task.name] for task in study.tasks)
    tables = write_tables(outcomes, folder, confinement=study.confinement)
    return StudyOutcome(outcomes, resumed, tuple(tables))


def _claim(folder: Path, study: Study) -> None:
    """Mark ``folder`` as that of this study; raise ``InputError`` where it holds another one."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file, needed a folder.", "Choose another output folder with -o.")
    mark = folder / MARK
    own = {"format": FORMAT, "title": study.title, "source": study.source}
    other = _read(mark)
    if other is not None and other.get("source") != study.source:
        raise InputError(
            f"{folder}: holds another study, {other.get('title')!r} ({other.get('source')}); this one is "
            f"{study.title!r} ({study.source}).",
            "Choose another output folder with -o.",
        )
    if other != own:
        write_json(mark, own)


def _stored(place: Path, task: Task) -> Row | None:
    """Return the outcome on disk if it was made from the same input; failed ones are tried again."""
    outcome = _read(place / f"{task.name}.json")
    same = outcome is not None and outcome.get("key") == task.key and outcome.get("state") == "done"
    return outcome if same else None


def _read(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file, None where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _collect(outcomes: Iterator[Row], place: Path, done: dict[str, Row], told: tuple[int, Progress]) -> None:
    """Store outcomes as they come and tell how long the rest will take."""
    total, say = told
    start, before = time.perf_counter(), len(done)
    for outcome in outcomes:
        write_json(place / f"{outcome['name']}.json", outcome)
        done[outcome["name"]] = outcome
        rate = (time.perf_counter() - start) / (len(done) - before)
        failed = _failures(done.values())
        say(f"{len(done)} of {total} plates{failed}, about {duration(rate * (total - len(done)))} left")


def _failures(outcomes: Iterable[Row]) -> str:
    count = sum(outcome["state"] == "failed" for outcome in outcomes)
    return f" ({count} failed)" if count else ""


def duration(seconds: float) -> str:
    """Return a time in the unit a person would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
