"""What makes a drawing the outline of a plate; each refusal names the place and the cure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landscape.errors import InputError
from landscape.geometry.outline import Array, Contour, Outline, Piece, Wall, area, loop, sampled

CLOSE = 1e-9
"""Points nearer than this share of the outline's extent are one."""
THIN = 1e-4
"""A wall thinner than this share of the plate's extent is a line."""
MAX_PIECES = 50_000


def join(pieces: Sequence[Piece]) -> list[Contour]:
    """Return closed contours made of pieces in any order and direction.

    Ends within 1e-6 of the drawing's extent are joined. Raises ``InputError`` where a contour is open or branches.
    """
    if not pieces:
        raise InputError(
            "The drawing has no lines or curves.", "Draw the plate's outline as closed contours."
        )
    if len(pieces) > MAX_PIECES:
        raise InputError(
            f"The drawing has {len(pieces)} pieces, more than {MAX_PIECES}.", "Simplify it first."
        )
    ends = np.array([[piece.start, piece.end] for piece in pieces]).reshape(-1, 2)
    node = _clusters(ends, 1e-6 * extent(ends)).reshape(-1, 2)
    degree = np.bincount(node.ravel())
    if (degree != 2).any():
        worst = int(np.argmax(degree != 2))
        x, y = ends[np.flatnonzero(node.ravel() == worst)[0]]
        how = "is open" if degree[worst] == 1 else f"branches ({degree[worst]} pieces meet)"
        raise InputError(
            f"The contour {how} at ({x:g}, {y:g}) m.", "Close it there, with one line in and one out."
        )
    return [_closed(chain) for chain in _chains(pieces, node)]


def _clusters(points: Array, tolerance: float) -> NDArray[np.intp]:
    """Return a number per point, equal for points that touch."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(points).query_pairs(tolerance, output_type="ndarray")
    size = (len(points), len(points))
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=size)
    return connected_components(graph, directed=False)[1]


def _chains(pieces: Sequence[Piece], node: NDArray[np.intp]) -> list[list[Piece]]:
    """Walk the pieces from end to end; ``node`` (n, 2) numbers their ends, each number occurring twice."""
    at: dict[int, list[int]] = {}
    for number, ends in enumerate(node):
        for end in ends:
            at.setdefault(int(end), []).append(number)
    left, chains = dict.fromkeys(range(len(pieces))), []
    while left:
        number = next(iter(left))
        here, chain = int(node[number, 0]), []
        while number in left:
            del left[number]
            forward = node[number, 0] == here
            chain.append(pieces[number] if forward else reversed_piece(pieces[number]))
            here = int(node[number, 1 if forward else 0])
            number = next((other for other in at[here] if other in left), number)
        chains.append(chain)
    return chains


def reversed_piece(piece: Piece) -> Piece:
    """Return the piece run through the other way."""
    return Piece(piece.kind, piece.points[::-1].copy(), piece.group)


def _closed(chain: list[Piece]) -> Contour:
    """Return a contour whose pieces share their ends to the last bit."""
    fixed = []
    for piece, following in zip(chain, [*chain[1:], chain[0]], strict=True):
        points = piece.points.copy()
        points[-1] = following.start
        fixed.append(Piece(piece.kind, points, piece.group))
    return Contour(tuple(fixed))


def nested(contours: Sequence[Contour]) -> tuple[Contour, tuple[Contour, ...]]:
    """Return the outer contour, which has the largest area, and the holes."""
    order = sorted(contours, key=lambda contour: -abs(area(contour)))
    return order[0], tuple(order[1:])


def extent(points: Array) -> float:
    """Return the larger side of the box around ``points`` (n, 2)."""
    return float(np.ptp(points, axis=0).max())


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


def crossing(
    a: Array, b: Array, chain: NDArray[np.intp], place: NDArray[np.intp], count: NDArray[np.intp]
) -> Array | None:
    """Return a point (2,) where two of the segments a–b (n, 2) meet, or None.

    Neighbours in a chain (``place`` of ``count`` in ``chain``) may share their common end. Segments are swept by
    the lower end of their x range.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.argsort(low[:, 0])
    reach = np.searchsorted(low[order, 0], high[order, 0], side="right")
    for i, last in enumerate(reach):
        one, others = order[i], order[i + 1 : last]
        near = (low[others, 1] <= high[one, 1]) & (high[others, 1] >= low[one, 1])
        apart = np.abs(place[others] - place[one])
        neighbour = (chain[others] == chain[one]) & ((apart == 1) | (apart == count[one] - 1))
        hit = near & _meet(a[one], b[one], a[others], b[others], shared=neighbour)
        if hit.any():
            other = others[np.flatnonzero(hit)[0]]
            return _meeting_point(a[one], b[one], a[other], b[other])
    return None


def _meet(a: Array, b: Array, c: Array, d: Array, *, shared: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether segment a–b meets c–d (n, 2); those that share an end meet only if they fold back on it."""
    scale = 1e-12 * np.linalg.norm(b - a) * np.linalg.norm(d - c, axis=1)
    side_c, side_d = _turn(a, b, c), _turn(a, b, d)
    side_a, side_b = _turn(c, d, a), _turn(c, d, b)
    touch = (side_c * side_d <= 0) & (side_a * side_b <= 0)
    parallel = np.maximum(np.abs(side_c), np.abs(side_d)) <= scale
    along = ((d - c) * (b - a)).sum(axis=1)
    overlap = np.maximum(((c - a) * (b - a)).sum(axis=1), ((d - a) * (b - a)).sum(axis=1)) >= 0
    overlap &= np.minimum(((c - a) * (b - a)).sum(axis=1), ((d - a) * (b - a)).sum(axis=1)) <= (b - a) @ (
        b - a
    )
    return np.where(shared, parallel & (along < 0), np.where(parallel, overlap, touch))


def _turn(a: Array, b: Array, c: Array) -> Array:
    """Return twice the signed area of a, b, c."""
    p, q = b - a, c - a
    return p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]


def _meeting_point(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Return where two segments cross, or an end of one on the other."""
    denominator = (b - a)[0] * (d - c)[1] - (b - a)[1] * (d - c)[0]
    if denominator == 0:
        return c
    t = ((c - a)[0] * (d - c)[1] - (c - a)[1] * (d - c)[0]) / denominator
    return a + np.clip(t, 0, 1) * (b - a)


def inside(points: Array, rim: Array) -> NDArray[np.bool_]:
    """Return whether ``points`` (n, 2) lie inside the polyline ``rim`` (k, 2), by the even-odd rule."""
    a, b = rim, np.roll(rim, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    above = (a[:, 1] > y) != (b[:, 1] > y)
    slope = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    return (above & (x < a[:, 0] + (y - a[:, 1]) / slope * (b[:, 0] - a[:, 0]))).sum(axis=1) % 2 == 1


def distance(points: Array, rim: Array, *, open_: bool = False) -> Array:
    """Return the distance (n,) of ``points`` (n, 2) from the polyline ``rim`` (k, 2), closed unless ``open_``."""
    step = np.roll(rim, -1, axis=0) - rim
    rim, step = (rim[:-1], step[:-1]) if open_ else (rim, step)
    offset = points[:, None] - rim
    t = np.clip((offset * step).sum(axis=2) / np.maximum((step**2).sum(axis=1), np.finfo(float).tiny), 0, 1)
    return np.linalg.norm(offset - t[:, :, None] * step, axis=2).min(axis=1)


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
