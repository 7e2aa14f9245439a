"""A photograph's mask as an outline: white is plate."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from landscape.errors import InputError
from landscape.geometry.outline import EDGE, Array, Contour, Outline, Piece, area

LARGEST = 100_000_000
"""Pixels of a mask that are read."""
CORNER = np.deg2rad(30)
"""A traced point that turns by more is a corner of the plate."""
SPECK = 0.01
"""Pieces and holes below this share of the plate are specks and dropped."""


def read_picture(path: Path, *, pixel_size: float, tolerance: float | None = None) -> Outline:
    """Return the outline of the white part of a grey picture, in m, y up, (0, 0) at the bottom left pixel's corner.

    See ``traced``; ``pixel_size`` in m. Raises ``InputError`` naming the file.
    """
    grey = _grey(path)
    rows = len(grey)

    def place(line: Array) -> Array:
        return pixel_size * np.column_stack((line[:, 1] + 0.5, rows - 0.5 - line[:, 0]))

    return traced(grey, place, pixel_size, tolerance)


def traced(
    grey: Array, place: Callable[[Array], Array], pixel_size: float, tolerance: float | None = None
) -> Outline:
    """Return the outline of a plate's picture ``grey`` (r, c), 0 outside and 1 on the plate.

    ``place`` takes [row, column] (n, 2), pixel centres whole numbers, to plate axes (n, 2) in m. The contour at
    one half is traced between the pixels, simplified so that it moves by at most ``tolerance`` (m; by default a fifth
    of a pixel, or a whole one where the picture is black and white and every slant a stair), and drawn smooth
    where it has no corner. The rim is the group ``edge``, holes ``hole_1``, …. ``notes`` say how many points are left
    and which area they enclose. Raises ``InputError`` for a picture without an edge, or of several plates.
    """
    stairs = bool(((grey == 0) | (grey == 1)).all())
    tolerance = pixel_size * (1.0 if stairs else 0.2) if tolerance is None else tolerance
    if not (np.isfinite([pixel_size, tolerance]).all() and pixel_size > 0 and tolerance >= 0):
        raise InputError(f"Needed a positive pixel size and tolerance, got {pixel_size!r}, {tolerance!r} m.")
    loops = [place(line) for line in _contours(grey)]
    if not loops or grey.min() > 0.5:
        raise InputError(f"The mask shows no edge: it is all {'white' if loops else 'black'}.")
    areas = np.array([_shoelace(line) for line in loops])
    largest = int(np.argmax(np.abs(areas)))
    sizeable = np.abs(areas) >= SPECK * abs(areas[largest])
    same = sizeable & (np.sign(areas) == np.sign(areas[largest]))
    if same.sum() > 1:
        raise InputError(f"The mask shows {same.sum()} plates.", "Keep one white piece.")
    holes = [loops[i] for i in np.flatnonzero(sizeable & ~same)]
    lines = [_simplified(line, pixel_size, tolerance) for line in (loops[largest], *holes)]
    outer, *inner = [rounded(line, EDGE if i == 0 else f"hole_{i}") for i, line in enumerate(lines)]
    plate = abs(area(outer)) - sum(abs(area(hole)) for hole in inner)
    corners = sum(map(len, lines))
    notes = [f"Mask traced by {corners} points, within {tolerance:g} m; it encloses {plate:.6g} m²."]
    if dropped := int((~sizeable).sum()):
        notes.append(f"{dropped} specks were dropped.")
    if max(grey[[0, -1]].max(), grey[:, [0, -1]].max()) > 0.5:
        notes.append("The plate reaches the edge of the picture and is cut off there.")
    return Outline(outer, tuple(inner), notes=tuple(notes))


def rounded(points: Array, group: str) -> Contour:
    """Return the closed curve through ``points`` (n, 2): smooth where it turns by less than 30°, else a corner.

    At a smooth point the tangent is the mean of both chords' directions weighted by their lengths, so that a long
    straight side stays straight beside a bend; at a corner each side leaves symmetrically to how it arrives.
    """
    chord = np.roll(points, -1, axis=0) - points
    length = np.linalg.norm(chord, axis=1, keepdims=True)
    before, after = np.roll(chord, 1, axis=0), chord
    turn = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(axis=1))
    smooth = (np.abs(turn) < CORNER)[:, None]
    tangent = (before + after) / np.linalg.norm(before + after, axis=1, keepdims=True)
    direction = chord / length
    start, end = tangent, np.roll(tangent, -1, axis=0)
    smooth_end = np.roll(smooth, -1, axis=0)
    mirrored_end = 2 * (end * direction).sum(axis=1, keepdims=True) * direction - end
    mirrored_start = 2 * (start * direction).sum(axis=1, keepdims=True) * direction - start
    start, end = np.where(smooth, start, mirrored_end), np.where(smooth_end, end, mirrored_start)
    controls = np.stack((points, points + start * length / 3, points + chord - end * length / 3), axis=1)
    ends = np.roll(points, -1, axis=0)
    return Contour(
        tuple(
            Piece("bezier", np.vstack((three, last)), group)
            if curved
            else Piece("line", np.stack((first, last)), group)
            for first, three, last, curved in zip(
                points, controls, ends, (smooth | smooth_end)[:, 0], strict=True
            )
        )
    )


def _grey(path: Path) -> Array:
    """Return the picture as grey values from 0 to 1."""
    import cv2

    try:
        raw = np.fromfile(path, dtype=np.uint8)
        image = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if raw.size else None
    except (OSError, cv2.error) as error:
        raise InputError(f"{path}: could not be read as a picture ({error}).") from None
    if image is None:
        raise InputError(f"{path}: could not be read as a picture.", "Needed PNG, TIFF, BMP or JPEG.")
    if image.ndim == 3 and image.shape[2] == 4:
        image = image[:, :, :3] * (image[:, :, 3:] > 0)  # what is transparent is no plate
    grey = image.mean(axis=2) if image.ndim == 3 else image.astype(np.float64)
    white = grey.max()
    return grey / white if white > 0 else grey


def _contours(grey: Array) -> list[Array]:
    """Return closed contours (n, 2) of [row, column] at half of white, the picture framed in black."""
    from skimage.measure import find_contours

    return [line[:-1] - 1 for line in find_contours(np.pad(grey, 1), 0.5) if len(line) > 4]


def _shoelace(line: Array) -> float:
    x, y = line.T
    return float(0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def _simplified(line: Array, pixel_size: float, tolerance: float) -> Array:
    """Return the polygon in m with corners within ``tolerance`` of the traced line (n, 2) in m."""
    import cv2

    centre = line.mean(axis=0)
    local = ((line - centre) / pixel_size).astype(np.float32)  # all that OpenCV takes
    kept = cv2.approxPolyDP(local[:, None], tolerance / pixel_size, True)[:, 0]
    if len(kept) < 3:
        raise InputError(
            f"A tolerance of {tolerance:g} m leaves nothing of the mask's contour.", "Choose a smaller one."
        )
    return centre + pixel_size * kept.astype(np.float64)
