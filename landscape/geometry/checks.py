"""What makes a drawing the outline of a plate; each refusal names the place and the cure."""

from collections.abc import Sequence

import numpy as np

from landscape.errors import InputError
from landscape.geometry.outline import MAX_PIECES, Array, Contour, Outline, Wall, area, loop, sampled
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
    for hole in outline.holes:
        _check_inside(loop(hole)[:1], rim, "A hole")
    for i, hole in enumerate(outline.holes):
        for other in outline.holes[:i]:
            if inside(loop(hole)[:1], loop(other))[0] or inside(loop(other)[:1], loop(hole))[0]:
                x, y = hole.pieces[0].start
                raise InputError(
                    f"A hole lies inside another one, at ({x:g}, {y:g}) m.", "Remove one of them."
                )
    for mark in outline.marks:
        _check_inside(mark.points, rim, f"The point or line {mark.group!r}")
    for wall in outline.walls:
        _check_wall(wall, size)
    return outline


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
            f"{what} lies outside the plate, at ({x:g}, {y:g}) m.", "Move it inside the outer contour."
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
