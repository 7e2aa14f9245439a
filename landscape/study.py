"""A study: many plates from one description, each solved for how well its landscape predicts its modes.

title = "random rooms"
modes = 30
[family]                  # either seeded random plates,
kind = "rooms"
count = 500
first_seed = 0
# files = ["a.msh", "b.toml"]                  or a list of files,
# case = "plate.toml"                          or one case with a grid over any of its keys:
# [grid]
# "plate.thickness" = ["0.4 mm", "0.5 mm"]
# "outline.walls.0.door" = [0.1, 0.2]
"""

import copy
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from landscape.errors import InputError
from landscape.tables import Table, read_table, read_toml


class FamilyTable(Table):
    """[family]."""

    kind: str
    count: int = Field(ge=1)
    first_seed: int = 0
    size: str | float | None = None


class StudyTable(Table):
    """study.toml."""

    title: str = "study"
    modes: int = Field(default=20, ge=1)
    persistence: float = Field(default=0.05, ge=0, lt=1)
    family: FamilyTable | None = None
    files: list[str] | None = None
    case: str | None = None
    grid: dict[str, list[Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One plate of a study: ``name``, what to solve, and the ``parameters`` that set it apart.

    ``source``: a file; with ``content`` the contents of a case that stands beside it; with ``family`` a random plate.
    """

    name: str
    modes: int
    persistence: float
    source: str = ""
    family: str = ""
    seed: int = 0
    size: str | float | None = None
    content: dict[str, Any] | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A digest of everything that decides the outcome, the bytes of the source file included."""
        parts = [json.dumps(vars(self), sort_keys=True, default=str)]
        path = Path(self.source)
        if self.source and path.is_file():
            beside = [path, path.with_suffix(".toml")]
            parts += [hashlib.sha256(file.read_bytes()).hexdigest() for file in beside if file.is_file()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Study:
    """The tasks of a study, in order."""

    title: str
    tasks: tuple[Task, ...]


def read_study(path: str | Path) -> Study:
    """Return the study a TOML file describes. Raises ``InputError`` naming the file and what is wrong with it."""
    path = Path(path)
    table = read_table(path, StudyTable)
    sources = [name for name in ("family", "files", "case") if getattr(table, name) is not None]
    if len(sources) != 1:
        raise InputError(
            f"{path}: needed exactly one of [family], files and case, got {', '.join(sources) or 'none'}.",
            "See landscape study --help.",
        )
    if table.grid and sources != ["case"]:
        raise InputError(f"{path}: [grid] varies a case, so it needs case, not {sources[0]}.")
    build = {"family": _family, "files": _files, "case": _grid}[sources[0]]
    return Study(table.title, tuple(build(path, table)))


def _family(path: Path, table: StudyTable) -> list[Task]:
    from landscape.geometry.families import FAMILIES

    family = table.family
    assert family is not None
    if family.kind not in FAMILIES:
        raise InputError(f"{path}: family.kind: needed one of {', '.join(FAMILIES)}, got {family.kind!r}.")
    return [
        Task(
            f"{family.kind}-{seed:05d}", table.modes, table.persistence,
            family=family.kind, seed=seed, size=family.size, parameters={"seed": seed},
        )
        for seed in range(family.first_seed, family.first_seed + family.count)
    ]  # fmt: skip


def _files(path: Path, table: StudyTable) -> list[Task]:
    tasks = []
    for name in table.files or []:
        source = path.parent / name
        if not source.is_file():
            raise InputError(
                f"{path}: files names {name!r}, which is not there.", "Check the name and the folder."
            )
        tasks.append(Task(Path(name).stem, table.modes, table.persistence, source=str(source.resolve())))
    if len({task.name for task in tasks}) != len(tasks):
        raise InputError(
            f"{path}: two files have the same name.", "Their results would overwrite each other."
        )
    return tasks


def _grid(path: Path, table: StudyTable) -> list[Task]:
    source = (path.parent / str(table.case)).resolve()
    content = read_toml(source)
    tasks = []
    for number, values in enumerate(itertools.product(*table.grid.values())):
        changed = copy.deepcopy(content)
        parameters = dict(zip(table.grid, values, strict=True))
        for key, value in parameters.items():
            _put(changed, key, value, path)
        name = f"{source.stem}-{number:05d}"
        tasks.append(
            Task(
                name,
                table.modes,
                table.persistence,
                source=str(source),
                content=changed,
                parameters=parameters,
            )
        )
    return tasks


def _put(content: Any, key: str, value: Any, path: Path) -> None:
    """Set a dotted key, numbers being places in lists; what is above it must be there."""
    *above, last = key.split(".")
    at = content
    try:
        for part in above:
            at = at[int(part)] if isinstance(at, list) else at[part]
        if isinstance(at, list):
            at[int(last)] = value
        else:
            at[last] = value
    except (KeyError, IndexError, ValueError, TypeError):
        raise InputError(
            f"{path}: [grid] names {key!r}, which the case does not have.",
            "Name a key of the case, with dots.",
        ) from None
