"""A study: many plates from one description, each solved for how well its landscape predicts its modes.

title = "random rooms"
modes = 24
confinement = 0.9         # the share of its energy in a region that makes a mode confined there
[family]                  # either seeded random plates,
kind = "rooms"
count = 500
first_seed = 0
# files = ["a.msh", "more/*.toml"]             or a list of files,
# case = "plate.toml"                          or one case with a grid over any of its keys:
# [grid]
# "plate.thickness" = ["0.4 mm", "0.5 mm"]
# "outline.walls.0.points.1" = [[0.5, 0.3], [0.5, 0.4]]      where the wall ends: the width of its door
"""

import copy
import functools
import glob
import hashlib
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from landscape.case_tables import CaseTable
from landscape.errors import InputError
from landscape.tables import Table, checked, read_table, read_toml

FORMAT = "study/2"
"""Of the outcome of a plate; an outcome of another format is not taken for one."""
MOST = 1_000_000
"""Plates in a study; more are a slip in a grid."""


class FamilyTable(Table):
    """[family]."""

    kind: str
    count: int = Field(ge=1)
    first_seed: int = Field(default=0, ge=0)
    size: str | float | None = None


class StudyTable(Table):
    """study.toml."""

    title: str = "study"
    modes: int = Field(default=20, ge=1)
    persistence: float = Field(default=0.05, ge=0, lt=1)
    confinement: float = Field(default=0.9, ge=0.5, lt=1)
    family: FamilyTable | None = None
    files: list[str] | None = None
    case: str | None = None
    grid: dict[str, list[Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One plate of a study: ``name``, what to solve, and the ``parameters`` that set it apart.

    ``source``: a file; with ``content`` the contents of a case that stands beside it; with ``family`` a random plate.
    ``inputs``: a digest of the bytes of the files it is made from.
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
    inputs: str = ""

    @property
    def key(self) -> str:
        """A digest of everything that decides the outcome; where the files lie does not."""
        decides = {**vars(self), "source": Path(self.source).name, "format": FORMAT}
        return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Study:
    """The ``tasks`` of a study, in order; ``source`` tells in words what they vary.

    ``confinement``: the share of its energy in a region that makes a mode confined there.
    """

    title: str
    source: str
    tasks: tuple[Task, ...]
    confinement: float = 0.9


def read_study(path: str | Path) -> Study:
    """Return the study a TOML file describes. Raises ``InputError`` naming the file and what is wrong with it."""
    path = Path(path)
    if path.is_dir() or path.suffix.lower() != ".toml":
        raise InputError(f"{path}: a study is described by a .toml file.", "See landscape study --help.")
    table = read_table(path, StudyTable)
    sources = [name for name in ("family", "files", "case") if getattr(table, name) is not None]
    if len(sources) != 1:
        raise InputError(
            f"{path}: needed exactly one of [family], files and case, got {' and '.join(sources) or 'none'}.",
            "See landscape study --help.",
        )
    if table.grid and sources != ["case"]:
        raise InputError(
            f"{path}: [grid] varies a case, got [grid] with {sources[0]}.",
            'Name the case: case = "plate.toml".',
        )
    build = {"family": _family, "files": _files, "case": _grid}[sources[0]]
    tasks, source = build(path, table)
    return Study(table.title, source, tuple(tasks), table.confinement)


def _family(path: Path, table: StudyTable) -> tuple[list[Task], str]:
    from landscape.geometry.families import FAMILIES

    family = table.family
    assert family is not None
    if family.kind not in FAMILIES:
        raise InputError(f"{path}: family.kind: needed one of {', '.join(FAMILIES)}, got {family.kind!r}.")
    _check_count(family.count, f"{path}: family.count")
    return [
        Task(
            f"{family.kind}-{seed:05d}", table.modes, table.persistence,
            family=family.kind, seed=seed, size=family.size, parameters={"seed": seed},
        )
        for seed in range(family.first_seed, family.first_seed + family.count)
    ], f"family {family.kind}"  # fmt: skip


def _files(path: Path, table: StudyTable) -> tuple[list[Task], str]:
    named: dict[str, Path] = {}
    for source in itertools.chain.from_iterable(_matching(path, name) for name in table.files or []):
        other = named.setdefault(source.stem, source)
        if other != source:
            raise InputError(
                f"{path}: files names {other} and {source}, which would share the name {source.stem!r}.",
                "Rename one of them.",
            )
    if not named:
        raise InputError(f"{path}: files names no file.", 'Name some: files = ["a.msh", "b.toml"].')
    digest = functools.cache(_digest)
    tasks = []
    for name, source in named.items():
        inputs = _used(source, read_toml(source) if source.suffix == ".toml" else {})
        parameters = {"file": source.name}
        tasks.append(
            Task(
                name, table.modes, table.persistence,
                source=str(source), parameters=parameters, inputs=_joined(map(digest, inputs)),
            )
        )  # fmt: skip
    return tasks, f"files of {path.name}"


def _matching(path: Path, name: str) -> list[Path]:
    """Return the files a name or a pattern stands for, in alphabetic order."""
    pattern = any(letter in name for letter in "*?[")
    names = sorted(glob.glob(name, root_dir=path.parent)) if pattern else [name]
    found = [file.resolve() for file in map(path.parent.joinpath, names) if file.is_file()]
    if not found:
        raise InputError(
            f"{path}: files names {name!r}, which is not there.", "Check the name and the folder."
        )
    return found


def _grid(path: Path, table: StudyTable) -> tuple[list[Task], str]:
    source = (path.parent / str(table.case)).resolve()
    if source.suffix.lower() != ".toml":
        raise InputError(f"{path}: case: needed a case file like plate.toml, got {table.case!r}.")
    content = read_toml(source)
    for key, values in table.grid.items():
        if not values:
            raise InputError(
                f"{path}: [grid] {key!r} has no values.", "Give one or more, or leave the key out."
            )
    _check_count(functools.reduce(lambda n, v: n * len(v), table.grid.values(), 1), f"{path}: [grid]")
    digest = functools.cache(_digest)
    tasks = []
    for number, chosen in enumerate(itertools.product(*table.grid.values())):
        parameters = dict(zip(table.grid, chosen, strict=True))
        changed = varied(content, parameters, path)
        checked(Path(f"{path} [grid]" if parameters else source), changed, CaseTable)
        tasks.append(
            Task(
                f"{source.stem}-{number:05d}", table.modes, table.persistence, source=str(source),
                content=changed, parameters=parameters, inputs=_joined(map(digest, _used(source, changed)[1:])),
            )
        )  # fmt: skip
    return tasks, f"case {source.name}"


def varied(content: dict[str, Any], parameters: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a copy of ``content`` with dotted keys set, numbers being places in lists; what is above must be there."""
    changed = copy.deepcopy(content)
    for key, value in parameters.items():
        *above, last = key.split(".")
        at: Any = changed
        try:
            for part in above:
                at = at[int(part)] if isinstance(at, list) else at[part]
            at[int(last) if isinstance(at, list) else last] = value
        except (KeyError, IndexError, ValueError, TypeError):
            raise InputError(
                f"{path}: [grid] names {key!r}, which the case does not have.",
                f"Name a key of the case, with dots; it has {', '.join(content) or 'none'}.",
            ) from None
    return changed


def _check_count(count: int, what: str) -> None:
    if count > MOST:
        raise InputError(f"{what}: needed at most {MOST} plates, got {count}.", "Split the study.")


def _used(source: Path, content: dict[str, Any]) -> list[Path]:
    """Return the files a case is made from: itself, the one of its name beside it, its mesh or drawing."""
    outline = content.get("outline")
    names = [content.get("mesh"), outline.get("file") if isinstance(outline, dict) else None]
    beside = [source.with_suffix(".toml")] if source.suffix != ".toml" else []
    files = [source, *beside, *(source.parent / name for name in names if isinstance(name, str))]
    return [file for file in files if file.is_file()]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _joined(digests: Iterable[str]) -> str:
    return " ".join(digests)
