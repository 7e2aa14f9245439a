"""An outline as exact curves: lines, circular arcs and cubic Béziers, joined to closed contours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.errors import InputError

Array = NDArray[np.float64]
MAX_PIECES = 50_000
"""A drawing of more pieces is refused: it is a picture, or wants simplifying."""
EDGE = "edge"
"""The group of a piece of outline that nobody named."""


@dataclass(frozen=True)
class Piece:
    """One curve of a contour, in m.

    ``points``: line (2, 2) its ends; arc (3, 2) start, a point between, end; bezier (4, 2) control points.
    """

    kind: Literal["line", "arc", "bezier"]
    points: Array
    group: str = EDGE

    @property
    def start(self) -> Array:
        """First point (2,)."""
        return self.points[0]

    @property
    def end(self) -> Array:
        """Last point (2,)."""
        return self.points[-1]


@dataclass(frozen=True)
class Contour:
    """Pieces that follow one another and close, either way round."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Wall:
    """A wall cut out of the plate: a strip of ``thickness`` (m) along ``points`` (k, 2), its rim in ``group``."""

    points: Array
    thickness: float
    group: str = "walls"


@dataclass(frozen=True)
class Mark:
    """A point (1, 2) or a polyline (k, 2) inside the plate on which elements must lie, in ``group``."""

    points: Array
    group: str


@dataclass(frozen=True)
class Outline:
    """A plate as drawn: ``outer`` contour, ``holes``, ``walls``; ``marks`` inside; ``regions`` by name.

    ``notes``: what was converted, assumed or simplified on the way in, in words for the user.
    """

    outer: Contour
    holes: tuple[Contour, ...] = ()
    walls: tuple[Wall, ...] = ()
    marks: tuple[Mark, ...] = ()
    regions: Mapping[str, Contour] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def polygon(points: ArrayLike, groups: str | Sequence[str] = EDGE) -> Contour:
    """Return the closed polygon through ``points`` (n, 2); ``groups`` is one name, or one per side."""
    xy = np.array(points, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or len(xy) < 3:
        raise InputError(f"A polygon: needed at least 3 points [x, y], got shape {xy.shape}.")
    if len(xy) > 3 and np.array_equal(xy[0], xy[-1]):
        xy = xy[:-1]
    names = [groups] * len(xy) if isinstance(groups, str) else list(groups)
    if len(names) != len(xy):
        raise InputError(f"A polygon of {len(xy)} sides: needed as many names, got {len(names)}.")
    ends = np.roll(xy, -1, axis=0)
    return Contour(
        tuple(Piece("line", np.stack(pair), name) for *pair, name in zip(xy, ends, names, strict=True))
    )


def circle(centre: ArrayLike, radius: float, group: str = EDGE) -> Contour:
    """Return a circle as four arcs."""
    if not (np.isfinite(radius) and radius > 0):
        raise InputError(f"A circle: needed a positive radius, got {radius!r}.")
    angles = np.pi / 4 * np.arange(9)
    rim = np.asarray(centre, dtype=np.float64) + radius * np.column_stack((np.cos(angles), np.sin(angles)))
    rim[8] = rim[0]
    return Contour(tuple(Piece("arc", rim[i : i + 3], group) for i in (0, 2, 4, 6)))


def arc(start: ArrayLike, end: ArrayLike, sweep: float, group: str = EDGE) -> Piece:
    """Return the circular arc from ``start`` to ``end`` that turns by ``sweep`` (rad), left for positive."""
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    chord = b - a
    right = np.array([chord[1], -chord[0]])
    return Piece("arc", np.stack((a, (a + b) / 2 + right * np.tan(sweep / 4) / 2, b)), group)


def elliptic_arc(
    centre: ArrayLike, axes: ArrayLike, angles: tuple[float, float], group: str = EDGE
) -> list[Piece]:
    """Return c + cos t·u + sin t·v as cubic Béziers; ``axes`` are the rows u, v, ``angles`` the range of t (rad).

    Each spans at most 22.5°, where it is within 1e-7 of the axes of the ellipse.
    """
    count = max(1, int(np.ceil(abs(angles[1] - angles[0]) / (np.pi / 8) - 1e-9)))
    t = np.linspace(*angles, count + 1)
    c, (u, v) = np.asarray(centre, dtype=np.float64), np.asarray(axes, dtype=np.float64)
    point = c + np.cos(t)[:, None] * u + np.sin(t)[:, None] * v
    handle = (4 / 3 * np.tan(np.diff(t) / 4)[0]) * (np.cos(t)[:, None] * v - np.sin(t)[:, None] * u)
    return [
        Piece(
            "bezier",
            np.stack((point[i], point[i] + handle[i], point[i + 1] - handle[i + 1], point[i + 1])),
            group,
        )
        for i in range(count)
    ]


def spline(points: ArrayLike, group: str = EDGE, *, closed: bool = False) -> list[Piece]:
    """Return the C² cubic spline through ``points`` (n, 2), by chord length, as Béziers; periodic if ``closed``."""
    from scipy.interpolate import CubicSpline

    xy = np.array(points, dtype=np.float64)
    given = len(xy)
    if closed and not np.array_equal(xy[0], xy[-1]):
        xy = np.vstack((xy, xy[:1]))
    if given < 3 or (steps := np.linalg.norm(np.diff(xy, axis=0), axis=1)).min() == 0:
        raise InputError(f"A spline: needed at least 3 points, no two in a row equal, got {given}.")
    t = np.concatenate(([0], np.cumsum(steps)))
    slope = CubicSpline(t, xy, bc_type="periodic" if closed else "natural")(t, 1)
    third = steps[:, None] / 3
    controls = np.stack((xy[:-1], xy[:-1] + slope[:-1] * third, xy[1:] - slope[1:] * third, xy[1:]), axis=1)
    return [Piece("bezier", control, group) for control in controls]


def sampled(piece: Piece, count: int = 16) -> Array:
    """Return points (n, 2) along a piece, both ends included; a line has only these."""
    if piece.kind == "line":
        return piece.points
    t = np.linspace(0, 1, count + 1)[:, None]
    if piece.kind == "bezier":
        p = piece.points
        return (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    centre, radius, start, sweep = arc_data(piece.points)
    angle = start + sweep * t
    inner = centre + radius * np.hstack((np.cos(angle), np.sin(angle)))
    inner[0], inner[-1] = piece.start, piece.end
    return inner


def arc_data(points: Array) -> tuple[Array, float, float, float]:
    """Return centre, radius, start angle and sweep (rad, left turn positive) of the arc through three points."""
    a, m, b = points
    p, q = m - a, b - a
    cross = p[0] * q[1] - p[1] * q[0]
    if abs(cross) <= 1e-12 * (p @ p + q @ q):
        raise InputError(
            f"An arc from {a.tolist()} through {m.tolist()} to {b.tolist()} is straight.", "Use a line."
        )
    offset = np.array([q[1] * (p @ p) - p[1] * (q @ q), p[0] * (q @ q) - q[0] * (p @ p)]) / (2 * cross)
    start, end = np.arctan2(*(-offset)[::-1]), np.arctan2(*(q - offset)[::-1])
    sweep = (end - start) % (2 * np.pi)
    return (
        a + offset,
        float(np.linalg.norm(offset)),
        float(start),
        float(sweep if cross > 0 else sweep - 2 * np.pi),
    )


def loop(contour: Contour, count: int = 16) -> Array:
    """Return a contour as a polyline (n, 2), its first point not repeated."""
    return np.concatenate([sampled(piece, count)[:-1] for piece in contour.pieces])


def area(contour: Contour) -> float:
    """Return the exact signed area ½∮(x dy − y dx) in m², positive when the contour turns left."""
    origin = contour.pieces[0].start
    return float(sum(_swept(piece, origin) for piece in contour.pieces))


def groups_in(outline: Outline) -> set[str]:
    """Return the names of the outline's edges, walls and marks."""
    contours = (outline.outer, *outline.holes)
    pieces = {piece.group for contour in contours for piece in contour.pieces}
    return pieces | {wall.group for wall in outline.walls} | {mark.group for mark in outline.marks}


def _swept(piece: Piece, origin: Array) -> float:
    """Return ½∫(x dy − y dx) along a piece, seen from ``origin``."""
    p = piece.points - origin
    chord = 0.5 * (p[0, 0] * p[-1, 1] - p[0, 1] * p[-1, 0])
    if piece.kind == "line":
        return float(chord)
    if piece.kind == "arc":
        _, radius, _, sweep = arc_data(piece.points)
        return float(chord + 0.5 * radius**2 * (sweep - np.sin(sweep)))
    nodes, weights = np.polynomial.legendre.leggauss(3)  # the integrand has degree 5
    t = (nodes[:, None] + 1) / 2
    x = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    dx = 3 * ((1 - t) ** 2 * (p[1] - p[0]) + 2 * t * (1 - t) * (p[2] - p[1]) + t**2 * (p[3] - p[2]))
    return float(0.25 * weights @ (x[:, 0] * dx[:, 1] - x[:, 1] * dx[:, 0]))
