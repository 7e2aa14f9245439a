"""What makes a drawing the outline of a plate; each refusal names the place and the cure."""

from collections.abc import Sequence

import numpy as np

from landscape.errors import InputError
from landscape.geometry.model import wall_contour
from landscape.geometry.outline import (
    MAX_PIECES,
    Array,
    Contour,
    Mark,
    Outline,
    Wall,
    area,
    groups_in,
    loop,
    sampled,
)
from landscape.geometry.planar import crossing, distance, extent, inside

CLOSE = 1e-9
"""Points nearer than this share of the outline's extent are one."""
THIN = 1e-4
"""A wall thinner than this share of the plate's extent is a line."""


def check_outline(outline: Outline) -> Outline:
    """Return the outline if it is a plate: finite, closed, of an area, not crossing itself, holes and marks inside.

    Raises ``InputError`` naming the place.
    """
    contours = (outline.outer, *outline.holes)
    for contour in (*contours, *outline.regions.values()):
        _check_contour(contour)
    _check_crossings(contours)
    rim = loop(outline.outer)
    size = extent(rim)
    if abs(area(outline.outer)) < 1e-9 * size**2:
        raise InputError("The outline encloses no area.", "Draw the plate's rim as a closed contour.")
    _check_names(outline)
    for hole in outline.holes:
        _check_inside(loop(hole)[:1], rim, "A hole")
    for i, hole in enumerate(outline.holes):
        for other in outline.holes[:i]:
            if inside(loop(hole)[:1], loop(other))[0] or inside(loop(other)[:1], loop(hole))[0]:
                x, y = hole.pieces[0].start
                raise InputError(
                    f"A hole lies inside another one, at ({x:g}, {y:g}) m.", "Remove one of them."
                )
    for wall in outline.walls:
        _check_wall(wall, size)
        if not inside(_along(wall.points), rim).any():
            x, y = wall.points[0]
            raise InputError(f"The wall at ({x:g}, {y:g}) m lies outside the plate.", "Move or remove it.")
    missing = [loop(contour) for contour in (*outline.holes, *map(wall_contour, outline.walls))]
    for mark in outline.marks:
        _check_mark(mark, rim, missing)
    return outline


def _along(points: Array) -> Array:
    """Return points (n, 2) along a polyline, its own among them."""
    corners = np.arange(len(points))
    places = np.linspace(0, len(points) - 1, 32 * (len(points) - 1) + 1)
    return np.column_stack([np.interp(places, corners, axis) for axis in points.T])


def _check_mark(mark: Mark, rim: Array, missing: Sequence[Array]) -> None:
    """Refuse a point or line that leaves the plate, or runs through what is cut out of it."""
    points = _along(mark.points)
    _check_inside(points, rim, f"The point or line {mark.group!r}")
    for gap in missing:
        lost = inside(points, gap) & (distance(points, gap) > 1e-6 * extent(rim))
        if lost.any():
            x, y = points[lost][0]
            raise InputError(
                f"The point or line {mark.group!r} lies in a hole or a wall, at ({x:g}, {y:g}) m.",
                "Move it onto the plate.",
            )


def _check_names(outline: Outline) -> None:
    """Refuse names that no mesh file can hold."""
    for name in groups_in(outline) | set(outline.regions):
        if '"' in name or "\n" in name:
            raise InputError(f"The name {name!r} holds a quotation mark or a line break.", "Rename it.")


def _check_contour(contour: Contour) -> None:
    """Refuse points that are not finite and pieces that do not follow one another."""
    if len(contour.pieces) > MAX_PIECES:
        raise InputError(
            f"A contour has {len(contour.pieces)} pieces, more than {MAX_PIECES}.", "Simplify it first."
        )
    points = np.concatenate([piece.points for piece in contour.pieces])
    if not np.isfinite(points).all():
        raise InputError("The outline has a coordinate that is not finite.", "Correct the drawing.")
    tolerance = CLOSE * max(extent(points), np.finfo(float).tiny)
    if np.linalg.svd(points - points[0], compute_uv=False)[-1] <= tolerance:
        x, y = points[0]
        raise InputError(
            f"The contour encloses no area: all of it lies on one line through ({x:g}, {y:g}) m.",
            "Draw a contour around the plate.",
        )
    for piece, following in zip(contour.pieces, [*contour.pieces[1:], contour.pieces[0]], strict=True):
        if np.linalg.norm(piece.end - following.start) > tolerance:
            x, y = piece.end
            raise InputError(
                f"The contour is open at ({x:g}, {y:g}) m.", "Let each piece start where the last ends."
            )
        if np.linalg.norm(np.diff(sampled(piece, 4), axis=0), axis=1).max() <= tolerance:
            x, y = piece.start
            raise InputError(f"A piece of the contour has no length, at ({x:g}, {y:g}) m.", "Remove it.")


def _check_crossings(contours: Sequence[Contour]) -> None:
    """Refuse contours that cross or touch themselves or one another."""
    starts, ends, chain, place, count = [], [], [], [], []
    for number, contour in enumerate(contours):
        points = loop(contour)
        starts.append(points)
        ends.append(np.roll(points, -1, axis=0))
        chain.append(np.full(len(points), number))
        place.append(np.arange(len(points)))
        count.append(np.full(len(points), len(points)))
    found = crossing(
        np.concatenate(starts), np.concatenate(ends), *map(np.concatenate, (chain, place, count))
    )
    if found is not None:
        raise InputError(
            f"The outline crosses or touches itself at ({found[0]:g}, {found[1]:g}) m.",
            "Draw every contour as a simple closed curve, clear of the others.",
        )


def _check_inside(points: Array, rim: Array, what: str) -> None:
    outside = ~inside(points, rim) & (distance(points, rim) > 1e-6 * extent(rim))
    if outside.any():
        x, y = points[outside][0]
        raise InputError(
            f"{what} lies outside the plate, at ({x:g}, {y:g}) m.",
            "Move it inside the outer contour, or remove it: a drawing shows one plate.",
        )


def _check_wall(wall: Wall, size: float) -> None:
    """Refuse a wall that is too thin to be cut out, or has no length."""
    x, y = wall.points[0]
    if not wall.thickness > THIN * size:
        raise InputError(
            f"The wall at ({x:g}, {y:g}) m is {wall.thickness:g} m thick; needed more than {THIN * size:g} m.",
            "Make it thicker, or draw it as a line and clamp that.",
        )
    if len(wall.points) < 2 or np.linalg.norm(np.diff(wall.points, axis=0), axis=1).min() == 0:
        raise InputError(f"The wall at ({x:g}, {y:g}) m needs two different points.")
