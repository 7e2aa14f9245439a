"""Loose lines and curves of a drawing, in any order and direction, joined to closed contours."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landscape.errors import InputError
from landscape.geometry.outline import MAX_PIECES, Array, Contour, Piece, area
from landscape.geometry.planar import extent


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
    if not np.isfinite(ends).all():
        raise InputError("The drawing has a coordinate that is not finite.", "Correct the drawing.")
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
