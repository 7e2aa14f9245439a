"""Families of plates for studies: random, repeatable, every one a valid outline."""

from collections.abc import Callable

import numpy as np

from landscape.errors import InputError
from landscape.geometry.checks import check_outline
from landscape.geometry.outline import Array, Contour, Mark, Outline, Piece, Wall, arc, circle, polygon


def random_outline(family: str, rng: np.random.Generator) -> Outline:
    """Return a random plate of a family, clamped along its rim, about 1 in extent.

    rooms: a rectangle cut by slanted walls with doors. rough: a disc whose rim is a Weierstrass sum Σ b^{−Hk}
    cos(b^k θ + φ_k), cut off at the length of a side. points: a clamped square with clamped points. polygon: corners
    at random angles and radii. sinai: a square with a disc cut out. stadium: two half discs joined by straights.
    Raises ``InputError`` for a family that is not there.
    """
    if family not in FAMILIES:
        raise InputError(f"Family {family!r}: needed one of {', '.join(FAMILIES)}.")
    return check_outline(FAMILIES[family](rng))


def _rooms(rng: np.random.Generator) -> Outline:
    """Split a rectangle again and again across its longest side, each wall with a door clear of the other walls."""
    width, height = 1.0, rng.uniform(0.6, 1.0)
    thickness = rng.uniform(0.012, 0.02)
    corners = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    rooms, cuts = [corners], np.empty((0, 2, 2))
    for _ in range(rng.integers(3, 8)):
        room = max(rooms, key=_longest_side)
        parts, ends = _split(room, rng)
        rooms = [other for other in rooms if other is not room] + parts
        cuts = np.concatenate((cuts, ends[None]))
    walls = [wall for i in range(len(cuts)) for wall in _with_door(cuts, i, thickness, rng)]
    return Outline(polygon(corners, "clamped_edge"), walls=tuple(walls))


def _longest_side(room: Array) -> float:
    return float(np.linalg.norm(np.roll(room, -1, axis=0) - room, axis=1).max())


def _split(room: Array, rng: np.random.Generator) -> tuple[list[Array], Array]:
    """Cut a quadrilateral from its longest side to the opposite one; return both parts and the cut's ends."""
    first = int(np.argmax(np.linalg.norm(np.roll(room, -1, axis=0) - room, axis=1)))
    a, b, c, d = np.roll(room, -first, axis=0)
    p = a + rng.uniform(0.4, 0.6) * (b - a)
    q = d + rng.uniform(0.4, 0.6) * (c - d)
    return [np.array([a, p, q, d]), np.array([p, b, c, q])], np.array([p, q])


def _with_door(cuts: Array, number: int, thickness: float, rng: np.random.Generator) -> list[Wall]:
    """Return the wall along ``cuts[number]`` (2, 2), a door of a sixth to a third of its length left out of it."""
    start, end = cuts[number]
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    low, high = _door(_attached(cuts, number), length, 3 * thickness, rng)
    reach = 0.25 * thickness * along  # into the wall it starts from, not through it, up to 25° off square
    return [
        Wall(np.array([start - reach, start + low * along]), thickness, "clamped_walls"),
        Wall(np.array([start + high * along, end + reach]), thickness, "clamped_walls"),
    ]


def _attached(cuts: Array, number: int) -> Array:
    """Return how far along a cut the ends of other cuts lie on it."""
    start, end = cuts[number]
    along = (end - start) / np.linalg.norm(end - start)
    offset = np.delete(cuts, number, axis=0).reshape(-1, 2) - start
    away = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0])
    return (offset @ along)[away < 1e-9]


def _door(attached: Array, length: float, margin: float, rng: np.random.Generator) -> tuple[float, float]:
    """Return where a door begins and ends, clear of what is attached to the wall; smaller ones if need be."""
    for shrink in (1.0, 0.7, 0.5, 0.3):
        for _ in range(40):
            wide = shrink * rng.uniform(1 / 6, 1 / 3) * length
            low = rng.uniform(margin, length - margin - wide)
            inside = (attached > low - margin) & (attached < low + wide + margin)
            if not (inside & (attached > 0) & (attached < length)).any():
                return low, low + wide
    return margin, length - margin


def _rough(rng: np.random.Generator) -> Outline:
    sides, hurst = 160, rng.uniform(0.6, 0.9)
    angle = 2 * np.pi * np.arange(sides) / sides
    waves = 2.0 ** np.arange(1, 6)
    phase = rng.uniform(0, 2 * np.pi, len(waves))
    bumps = (waves**-hurst * np.cos(np.outer(angle, waves) + phase)).sum(axis=1)
    radius = 0.5 + 0.08 * bumps / np.abs(bumps).max()
    return Outline(polygon(radius[:, None] * np.column_stack((np.cos(angle), np.sin(angle))), "clamped_edge"))


def _points(rng: np.random.Generator) -> Outline:
    """Points kept apart by at least 0.12 of the side."""
    chosen: list[Array] = []
    for candidate in rng.uniform(0.12, 0.88, (200, 2)):
        if len(chosen) < 8 and all(np.linalg.norm(candidate - other) > 0.12 for other in chosen):
            chosen.append(candidate)
    square = polygon([(0, 0), (1, 0), (1, 1), (0, 1)], "clamped_edge")
    return Outline(square, marks=tuple(Mark(point[None], "clamped_points") for point in chosen))


def _polygon(rng: np.random.Generator) -> Outline:
    corners = int(rng.integers(5, 10))
    angle = 2 * np.pi * (np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) / corners
    radius = rng.uniform(0.35, 0.6, corners)
    return Outline(polygon(radius[:, None] * np.column_stack((np.cos(angle), np.sin(angle))), "clamped_edge"))


def _sinai(rng: np.random.Generator) -> Outline:
    square = polygon([(0, 0), (1, 0), (1, 1), (0, 1)], "clamped_edge")
    radius = rng.uniform(0.1, 0.25)
    centre = rng.uniform(radius + 0.1, 0.9 - radius, 2)
    return Outline(square, (circle(centre, radius, "clamped_hole"),))


def _stadium(rng: np.random.Generator) -> Outline:
    half, radius = rng.uniform(0.05, 0.5), 0.25
    a, b, c, d = np.array([(-half, -radius), (half, -radius), (half, radius), (-half, radius)])
    edge = "clamped_edge"
    sides = (Piece("line", np.stack((a, b)), edge), arc(b, c, np.pi, edge))
    return Outline(Contour((*sides, Piece("line", np.stack((c, d)), edge), arc(d, a, np.pi, edge))))


FAMILIES: dict[str, Callable[[np.random.Generator], Outline]] = {
    "rooms": _rooms,
    "rough": _rough,
    "points": _points,
    "polygon": _polygon,
    "sinai": _sinai,
    "stadium": _stadium,
}
