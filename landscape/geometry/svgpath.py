"""The path language of SVG 1.1 (section 8.3) as lines, arcs and cubic Béziers."""

import math
import re
from collections.abc import Iterator

import numpy as np

from landscape.errors import InputError
from landscape.geometry.outline import Array, Piece, elliptic_arc

TOKEN = re.compile(r"[MmZzLlHhVvCcSsQqTtAa]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
COUNT = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
"""Numbers a command takes; it repeats as long as numbers follow."""


def path_pieces(text: str) -> list[Piece]:
    """Return the pieces of a path's ``d`` in its own units and axes; closing lines of no length are left out.

    Raises ``InputError`` where the text is no path.
    """
    pen = _Pen()
    for command, numbers in _commands(text):
        pen.draw(command, numbers)
    return pen.pieces


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    """Split a path into single commands with their numbers; arc flags may stand without a separator."""
    if left := TOKEN.sub("", text).strip(" \t\r\n,"):
        raise InputError(f"An SVG path holds {left[:20]!r}, which is no command.")
    parts = re.split(r"([MmZzLlHhVvCcSsQqTtAa])", text)
    if parts[0].strip(" \t\r\n,"):
        raise InputError(f"An SVG path starts with {parts[0][:20]!r}; needed a moveto (M).")
    for command, rest in zip(parts[1::2], parts[2::2], strict=True):
        numbers = _numbers(command, rest)
        need = COUNT[command.upper()]
        if len(numbers) % need if need else len(numbers):
            raise InputError(f"An SVG path command {command} takes {need} numbers, got {len(numbers)}.")
        for i in range(0, max(len(numbers), 1), need or 1):
            again = {"M": "L", "m": "l"}.get(command, command) if i else command
            yield again, numbers[i : i + need]


def _numbers(command: str, rest: str) -> list[float]:
    """Return the numbers after a command; in arcs the two flags are single digits."""
    if command.upper() != "A":
        return [float(number) for number in TOKEN.findall(rest)]
    number = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    gap = r"[\s,]*"
    one = gap.join([number, number, number, "([01])", "([01])", number, number])
    return [float(value) for match in re.finditer(one, rest) for value in match.groups()]


class _Pen:
    """Where a path is being drawn: the pieces so far, the point, the start of the subpath, the last handle."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.here = np.zeros(2)
        self.start = np.zeros(2)
        self.handle: Array | None = None
        self.last = ""

    def draw(self, command: str, numbers: list[float]) -> None:
        """Carry out one command."""
        kind = command.upper()
        origin = self.here if command.islower() else np.zeros(2)
        if kind == "M":
            self.here = self.start = origin + numbers
        elif kind == "Z":
            self._line(self.start)
        elif kind == "H":
            self._line(np.array([origin[0] + numbers[0], self.here[1]]))
        elif kind == "V":
            self._line(np.array([self.here[0], origin[1] + numbers[0]]))
        elif kind == "L":
            self._line(origin + numbers)
        elif kind == "A":
            self._arc(numbers[:5], origin + numbers[5:])
        else:
            self._curve(kind, origin + np.reshape(numbers, (-1, 2)))
        self.last = kind

    def _line(self, end: Array) -> None:
        if not np.array_equal(end, self.here):
            self.pieces.append(Piece("line", np.stack((self.here, end))))
        self.here = end

    def _curve(self, kind: str, points: Array) -> None:
        """Cubic (C, S) and quadratic (Q, T) Béziers; S and T reflect the last handle of their kind."""
        cubic = kind in "CS"
        if kind in "ST":
            follows = self.handle is not None and self.last in ("CS" if cubic else "QT")
            reflected = 2 * self.here - self.handle if follows and self.handle is not None else self.here
            points = np.vstack((reflected, points))
        self.handle = points[-2]
        controls = points[:-1] if cubic else (2 * points[0] + [self.here, points[1]]) / 3
        self.pieces.append(Piece("bezier", np.vstack((self.here, controls, points[-1]))))
        self.here = points[-1]

    def _arc(self, shape: list[float], end: Array) -> None:
        """An elliptical arc by its end points (SVG 1.1, appendix F.6)."""
        rx, ry, tilt, large, sweep = shape
        if rx == 0 or ry == 0 or np.array_equal(end, self.here):
            return self._line(end)
        cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        axes = np.array([[cos, sin], [-sin, cos]]) * np.abs([[rx], [ry]])
        a, b = (np.linalg.solve(axes.T, p) for p in (self.here, end))  # on the unit circle
        half = (b - a) / 2
        reach = float(half @ half)
        if reach > 1:
            axes, a, b, half, reach = (
                axes * math.sqrt(reach),
                *(v / math.sqrt(reach) for v in (a, b, half)),
                1.0,
            )
        side = -1.0 if bool(large) == bool(sweep) else 1.0
        centre = (a + b) / 2 + side * math.sqrt(max(0.0, 1 / reach - 1)) * np.array([-half[1], half[0]])
        first, last = (float(np.arctan2(*(p - centre)[::-1])) for p in (a, b))
        turn = (last - first) % (2 * math.pi) - (0 if sweep else 2 * math.pi)
        self._elliptic(axes, axes.T @ centre, (first, first + turn), end)
        return None

    def _elliptic(self, axes: Array, centre: Array, angles: tuple[float, float], end: Array) -> None:
        """Add an arc of c + cos t·u + sin t·v as Béziers that end exactly at ``end``."""
        parts = elliptic_arc(centre, axes, angles)
        parts[0].points[0], parts[-1].points[-1] = self.here, end
        self.pieces += parts
        self.here = end
