"""Pixels and plate axes: scale and origin, affine map, homography, lens distortion.

Pixels are [column, row], the centre of the top left one [0, 0], rows running down. Plate axes are in metres,
x to the right and y up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from landscape.errors import InputError

Real = NDArray[np.float64]

COLLINEAR = 0.02
"""Points whose spread across their main direction is less than this part of the spread along it count as
collinear."""


@dataclass(frozen=True)
class Lens:
    """Radial distortion about the centre of the picture, with OpenCV's k₁ and k₂.

    With r the distance from ``centre`` [col, row] over ``focal`` (pixels), the ideal pixel p and the recorded
    one p' obey p' − c = (p − c)(1 + k₁ r² + k₂ r⁴), r that of p.
    """

    centre: tuple[float, float]
    focal: float
    k1: float = 0.0
    k2: float = 0.0

    def undistort(self, pixels: Real) -> Real:
        """Ideal pixels (n, 2) of recorded ones, by Newton's method on r (1 + k₁ r² + k₂ r⁴) = r'."""
        recorded = (pixels - np.asarray(self.centre)) / self.focal
        target = np.hypot(*recorded.T)
        r = target.copy()
        for _ in range(20):
            slope = 1 + 3 * self.k1 * r**2 + 5 * self.k2 * r**4
            r -= (r * self._stretch(r) - target) / np.maximum(slope, 0.1)
        return self.centre + self.focal * recorded / self._stretch(r)[:, None]

    def distort(self, pixels: Real) -> Real:
        """Recorded pixels (n, 2) of ideal ones."""
        ideal = (pixels - np.asarray(self.centre)) / self.focal
        return self.centre + self.focal * ideal * self._stretch(np.hypot(*ideal.T))[:, None]

    def _stretch(self, r: Real) -> Real:
        return 1 + self.k1 * r**2 + self.k2 * r**4


@dataclass(frozen=True)
class PixelToPlate:
    """Map between pixels [col, row] and plate points (x, y) in m.

    (X, Y, W) = ``matrix`` (col, row, 1), x = X/W, y = Y/W, after the ``lens`` distortion was removed.
    ``residuals`` (n,) are the distances in m between the given and the mapped plate position of every control
    point.
    """

    matrix: Real
    lens: Lens | None = None
    residuals: Real | None = None

    def __call__(self, cols: ArrayLike, rows: ArrayLike) -> tuple[Real, Real]:
        """Plate x and y (m) of pixels; any shape."""
        cols, rows = np.broadcast_arrays(np.asarray(cols, dtype=float), np.asarray(rows, dtype=float))
        pixels = np.stack([cols.ravel(), rows.ravel()], axis=1)
        x, y = project(self.matrix, pixels if self.lens is None else self.lens.undistort(pixels)).T
        return x.reshape(cols.shape), y.reshape(cols.shape)

    def pixels(self, x: ArrayLike, y: ArrayLike) -> tuple[Real, Real]:
        """Columns and rows of plate points (m); any shape."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        inverse = np.asarray(np.linalg.inv(self.matrix), dtype=float)
        ideal = project(inverse, np.stack([x.ravel(), y.ravel()], axis=1))
        cols, rows = (ideal if self.lens is None else self.lens.distort(ideal)).T
        return cols.reshape(x.shape), rows.reshape(x.shape)

    def pixel_area(self, cols: ArrayLike, rows: ArrayLike) -> Real:
        """Area on the plate (m²) that a pixel covers, by central differences of the map."""
        cols, rows = np.asarray(cols, dtype=float), np.asarray(rows, dtype=float)
        (right, up_right), (left, up_left) = self(cols + 0.5, rows), self(cols - 0.5, rows)
        (low, up_low), (high, up_high) = self(cols, rows + 0.5), self(cols, rows - 0.5)
        return np.abs((right - left) * (up_low - up_high) - (up_right - up_left) * (low - high))

    @property
    def mirrored(self) -> bool:
        """True when the picture shows the plate as a mirror would (y up is already accounted for)."""
        return bool(np.linalg.det(self.matrix) * np.sign(self.matrix[2, 2]) > 0)


class Camera(Protocol):
    """What [camera] of a capture says: a pixel size with an origin, or control points.

    ``control_points`` have a ``pixel`` [col, row] and a ``plate`` position (m) each.
    """

    @property
    def pixel_size(self) -> float | None:
        """Size of a pixel on the plate (m)."""

    @property
    def origin(self) -> tuple[float, float] | None:
        """Pixel [col, row] of plate (0, 0)."""

    @property
    def control_points(self) -> Sequence[Any] | None:
        """Known points."""

    @property
    def distortion(self) -> bool:
        """Whether to fit a lens distortion."""


def camera_map(camera: Camera, shape: tuple[int, int] | None = None) -> PixelToPlate:
    """Map that [camera] describes, for a picture of ``shape`` (rows, cols).

    The shape is needed for the default origin, the corner of the bottom left pixel, and for the centre of a
    lens distortion. Raises `InputError` when the control points do not fix the map.
    """
    if camera.control_points:
        pixels = np.array([point.pixel for point in camera.control_points], dtype=float)
        plate = np.array([point.plate for point in camera.control_points], dtype=float)
        return fit_map(
            pixels, plate, distortion_of=_needed(shape, "distortion") if camera.distortion else None
        )
    if not camera.pixel_size:
        raise InputError(
            "[camera]: needed pixel_size or control_points.", 'For example pixel_size = "0.25 mm".'
        )
    origin = (
        camera.origin if camera.origin is not None else (-0.5, _needed(shape, "the default origin")[0] - 0.5)
    )
    return scale_map(camera.pixel_size, origin)


def _needed(shape: tuple[int, int] | None, purpose: str) -> tuple[int, int]:
    if shape is None:
        raise InputError(
            f"[camera]: the size of the picture is needed for {purpose}.", "Give origin = [col, row]."
        )
    return shape


def scale_map(pixel_size: float, origin: tuple[float, float] = (0.0, 0.0)) -> PixelToPlate:
    """x = (col − col₀) d, y = (row₀ − row) d for square pixels of ``pixel_size`` d (m) and plate (0, 0) at
    ``origin`` [col₀, row₀]."""
    d = float(pixel_size)
    return PixelToPlate(np.array([[d, 0, -d * origin[0]], [0, -d, d * origin[1]], [0, 0, 1.0]]))


def fit_map(pixels: Real, plate: Real, *, distortion_of: tuple[int, int] | None = None) -> PixelToPlate:
    """Map through control points: affine for 3, homography by least squares of plate distances for 4 and
    more.

    ``pixels`` (n, 2) [col, row], ``plate`` (n, 2) in m. With ``distortion_of`` = shape (rows, cols) of the
    picture and 8 points or more, the radial distortion k₁, k₂ is fitted too. Raises `InputError` for fewer
    than 3 points, collinear ones, 4 points of which 3 are collinear, a horizon between the points, or
    distortion asked with fewer than 8.
    """
    count = len(pixels)
    if pixels.shape != plate.shape or pixels.shape != (count, 2) or not np.all(np.isfinite([pixels, plate])):
        raise InputError(
            f"control points: needed n finite pairs, got {pixels.shape} pixels and {plate.shape} plate points."
        )
    _refuse_collinear(pixels, "pixels")
    _refuse_collinear(plate, "plate positions")
    if distortion_of is not None and count < 8:
        raise InputError(
            f"control points: a lens distortion needs 8 points, got {count}.", "Add points or leave it out."
        )
    if count == 3:
        design = np.column_stack([pixels, np.ones(3)])
        return _with_residuals(
            np.vstack([np.linalg.solve(design, plate).T, [0, 0, 1.0]]), None, pixels, plate
        )
    matrix, lens = _homography(pixels, plate), None
    if distortion_of is not None:
        matrix, lens = _with_distortion(pixels, plate, distortion_of)
    return _with_residuals(matrix, lens, pixels, plate)


def _refuse_collinear(points: Real, what: str) -> None:
    advice = "Choose points that span the plate, such as its corners."
    if len(points) < 3:
        raise InputError(f"control points: needed at least 3, got {len(points)}.", advice)
    subsets = [points] if len(points) != 4 else [points[list(three)] for three in combinations(range(4), 3)]
    for subset in subsets:
        along, across = np.linalg.svd(subset - subset.mean(axis=0), compute_uv=False)
        if across <= COLLINEAR * along:
            listed = ", ".join(f"({a:g}, {b:g})" for a, b in subset)
            raise InputError(f"control points: these {what} lie on one line: {listed}.", advice)


def _with_residuals(matrix: Real, lens: Lens | None, pixels: Real, plate: Real) -> PixelToPlate:
    ideal = pixels if lens is None else lens.undistort(pixels)
    weights = ideal @ matrix[2, :2] + matrix[2, 2]
    if np.any(np.sign(weights) != np.sign(weights[0])):
        raise InputError(
            "control points: they fit only a view with the horizon between them.",
            "Two of them are probably exchanged, or a coordinate has the wrong sign.",
        )
    return PixelToPlate(matrix, lens, np.linalg.norm(project(matrix, ideal) - plate, axis=1))


def project(matrix: Real, points: Real) -> Real:
    """Points (n, 2) mapped by a 3×3 homography."""
    mapped = points @ matrix[:, :2].T + matrix[:, 2]
    return mapped[:, :2] / mapped[:, 2:]


def _normalisation(points: Real) -> Real:
    centre, size = points.mean(axis=0), np.std(points)
    return np.array([[1 / size, 0, -centre[0] / size], [0, 1 / size, -centre[1] / size], [0, 0, 1.0]])


def _homography(pixels: Real, plate: Real) -> Real:
    """Direct linear transform in normalised coordinates, then least squares of the plate distances.

    Source: R. Hartley & A. Zisserman, Multiple View Geometry, 2nd ed., Cambridge (2004), algorithms 4.1 and
    4.2.
    """
    before, after = _normalisation(pixels), _normalisation(plate)
    p, q = project(before, pixels), project(after, plate)
    one, zero = np.ones((len(p), 1)), np.zeros((len(p), 3))
    ph = np.hstack([p, one])
    system = np.vstack([np.hstack([ph, zero, -q[:, :1] * ph]), np.hstack([zero, ph, -q[:, 1:] * ph])])
    start = np.linalg.svd(system)[2][-1]
    if abs(start[8]) < 1e-9:
        raise InputError(
            "control points: the view they describe has its horizon at their centre.", "Check their values."
        )
    fit = optimize.least_squares(
        lambda h: (project(np.append(h, 1).reshape(3, 3), p) - q).ravel(), start[:8] / start[8]
    )
    matrix = np.linalg.inv(after) @ np.append(fit.x, 1).reshape(3, 3) @ before
    return matrix / matrix[2, 2]


def _with_distortion(pixels: Real, plate: Real, shape: tuple[int, int]) -> tuple[Real, Lens]:
    """Homography and lens that bring the plate distances of all points to a minimum."""
    centre = ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
    focal = float(np.hypot(*shape)) / 2

    def misfit(k: Real) -> Real:
        ideal = Lens(centre, focal, k[0], k[1]).undistort(pixels)
        return ((project(_homography(ideal, plate), ideal) - plate) / np.std(plate)).ravel()

    k = optimize.least_squares(
        misfit, np.zeros(2), bounds=([-0.3, -0.2], [0.5, 0.5]), diff_step=1e-4, x_scale=0.05
    ).x
    lens = Lens(centre, focal, float(k[0]), float(k[1]))
    return _homography(lens.undistort(pixels), plate), lens
