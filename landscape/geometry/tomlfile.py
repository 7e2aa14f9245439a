"""The ``[outline]`` table of a case: contours, holes, walls, marks and regions, in the case's length unit."""

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from landscape.errors import InputError
from landscape.geometry.outline import (
    EDGE,
    Array,
    Contour,
    Mark,
    Outline,
    Piece,
    Wall,
    arc,
    circle,
    polygon,
    spline,
)
from landscape.geometry.reading import ReadOptions, read_drawing
from landscape.tables import Table
from landscape.units import to_si

Scalar = float | str
Point = Annotated[list[Scalar], Field(min_length=2, max_length=2)]


class CircleTable(Table):
    """circle = { centre = [x, y], radius = r }."""

    centre: Point
    radius: Scalar


class StepTable(Table):
    """One step of a path: its start, or a line, arc or spline from where the last step ended."""

    start: Point | None = None
    line: Point | None = None
    arc: Point | None = None
    through: Point | None = None
    sweep: float | None = None
    spline: list[Point] | None = None
    name: str | None = None


class ContourTable(Table):
    """A closed contour: exactly one of polygon, circle, spline, path. Its sides take ``name``, or ``names``."""

    polygon: list[Point] | None = None
    circle: CircleTable | None = None
    spline: list[Point] | None = None
    path: list[StepTable] | None = None
    name: str | None = None
    names: list[str] | None = None


class WallTable(Table):
    """A wall along ``points``, cut out with its thickness."""

    points: list[Point]
    thickness: Scalar
    name: str = "walls"


class MarkTable(Table):
    """Held points, or with ``line`` a held line inside the plate."""

    at: list[Point] | None = None
    line: list[Point] | None = None
    name: str


class OutlineTable(ContourTable):
    """[outline]: the rim as a contour or a drawing ``file``; what is cut out of it and marked in it; its mesh."""

    file: str | None = None
    unit: str | None = None
    pixel_size: Scalar | None = None
    tolerance: Scalar | None = None
    holes: list[ContourTable] = Field(default_factory=list)
    walls: list[WallTable] = Field(default_factory=list)
    marks: list[MarkTable] = Field(default_factory=list)
    regions: list[ContourTable] = Field(default_factory=list)
    size: Scalar | None = None
    fmax: Scalar | None = None
    grade: bool = True
    order: int = 2
    accuracy: float = 1e-3


def outline_of(table: OutlineTable, *, unit: float, path: Path) -> Outline:
    """Return the outline of a case at ``path``, whose bare numbers count in ``unit`` (m).

    Raises ``InputError`` naming the file and the table.
    """
    reader = _Reader(unit, path)
    if table.file is not None:
        source = read_drawing(path.parent / table.file, options_of(table, path))
    else:
        if idle := [key for key in ("unit", "pixel_size", "tolerance") if getattr(table, key) is not None]:
            raise InputError(
                f"{path}: {idle[0]} belongs to a drawing, and [outline] names no file.",
                "Leave it out; bare numbers count in length_unit.",
            )
        source = Outline(reader.contour(table, "[outline]", EDGE))
    holes = [reader.contour(hole, f"hole {i}", f"hole_{i}") for i, hole in enumerate(table.holes, 1)]
    regions = {}
    for i, region in enumerate(table.regions, 1):
        if region.name is None or region.name in regions:
            raise InputError(f"{path}: region {i} needs a name of its own.", 'Add name = "...".')
        regions[region.name] = reader.contour(region, f"region {region.name!r}", EDGE)
    return Outline(
        source.outer,
        (*source.holes, *holes),
        tuple(
            Wall(reader.points(wall.points), reader.length(wall.thickness), wall.name) for wall in table.walls
        ),
        (*source.marks, *(mark for row in table.marks for mark in reader.marks(row))),
        regions,
        source.notes,
    )


def options_of(table: OutlineTable, path: Path) -> ReadOptions:
    """Return how the drawing file of an outline is to be read."""
    pixel, tolerance = table.pixel_size, table.tolerance
    return ReadOptions(
        unit=None if table.unit is None else to_si(f"1 {table.unit}", "m", f"{path}: [outline] unit"),
        pixel_size=None if pixel is None else to_si(pixel, "m", f"{path}: [outline] pixel_size"),
        tolerance=None if tolerance is None else to_si(tolerance, "m", f"{path}: [outline] tolerance"),
    )


class _Reader:
    """Turns the tables of one file into geometry."""

    def __init__(self, unit: float, path: Path):
        self._unit, self._path = unit, path

    def length(self, value: Scalar) -> float:
        """Return a length in m; a bare number counts in the case's unit."""
        number = to_si(value, "m", f"{self._path}: [outline]")
        return number if isinstance(value, str) and not _bare(value) else number * self._unit

    def points(self, rows: list[Point]) -> Array:
        """Return points (n, 2) in m."""
        return np.array([[self.length(value) for value in row] for row in rows], dtype=np.float64).reshape(
            -1, 2
        )

    def contour(self, table: ContourTable, what: str, default: str) -> Contour:
        """Return a contour; ``what`` names it in errors, ``default`` its sides."""
        kinds = [kind for kind in ("polygon", "circle", "spline", "path") if getattr(table, kind) is not None]
        if len(kinds) != 1:
            raise InputError(
                f"{self._path}: {what} needs exactly one of polygon, circle, spline, path; got "
                f"{' and '.join(kinds) or 'none'}."
            )
        name = table.name or default
        try:
            if table.polygon is not None:
                return polygon(self.points(table.polygon), table.names or name)
            if table.circle is not None:
                return circle(self.points([table.circle.centre])[0], self.length(table.circle.radius), name)
            if table.spline is not None:
                return Contour(tuple(spline(self.points(table.spline), name, closed=True)))
            return self._path_contour(table.path or [], name)
        except InputError as error:
            raise InputError(f"{self._path}: {what}: {error.message}", error.advice) from None

    def _path_contour(self, steps: list[StepTable], name: str) -> Contour:
        """Return the contour along the steps of a path."""
        if len(steps) < 2 or steps[0].start is None:
            raise InputError("A path starts with { start = [x, y] } and goes on with line, arc or spline.")
        here = self.points([steps[0].start])[0]
        pieces: list[Piece] = []
        for number, step in enumerate(steps[1:], 2):
            pieces += self._step(step, here, step.name or name, number)
            here = pieces[-1].end
        return Contour(tuple(pieces))

    def _step(self, step: StepTable, here: Array, name: str, number: int) -> list[Piece]:
        """Return the pieces of one step that leaves from ``here``."""
        given = {key for key in ("start", "line", "arc", "spline") if getattr(step, key) is not None}
        if step.line is not None and given == {"line"}:
            return [Piece("line", np.vstack((here, self.points([step.line]))), name)]
        if step.spline is not None and given == {"spline"}:
            return spline(np.vstack((here, self.points(step.spline))), name)
        if step.arc is not None and given == {"arc"} and (step.through is None) != (step.sweep is None):
            end = self.points([step.arc])[0]
            if step.through is not None:
                return [Piece("arc", np.vstack((here, self.points([step.through]), end)), name)]
            sweep = step.sweep or 0.0
            if not 0 < abs(sweep) < 360:
                raise InputError(
                    f"Step {number} of a path: sweep = {sweep}: needed degrees within ±360, not 0."
                )
            return [arc(here, end, float(np.deg2rad(sweep)), name)]
        raise InputError(
            f"Step {number} of a path needs one of line, spline, or arc with either through or sweep.",
            "For example { arc = [1, 0], through = [0.5, 0.2] } or { arc = [1, 0], sweep = 90 }.",
        )

    def marks(self, table: MarkTable) -> list[Mark]:
        """Return the marks of one table: each point for itself, or one line."""
        if (table.at is None) == (table.line is None):
            raise InputError(f"{self._path}: mark {table.name!r} needs either at = [[x, y], ...] or line.")
        if table.line is not None:
            return [Mark(self.points(table.line), table.name)]
        return [Mark(point[None], table.name) for point in self.points(table.at or [])]


def _bare(text: str) -> bool:
    """Return whether a text is a number without a unit."""
    try:
        float(text)
    except ValueError:
        return False
    return True
