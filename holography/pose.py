"""Pose of a plate from its silhouette: the outline of a mesh fitted to the mask of a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from holography.registration import PixelToPlate
from landscape.errors import InputError

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]

ANGLES = np.linspace(-np.pi, np.pi, 120, endpoint=False)


@dataclass(frozen=True)
class Pose:
    """One way the outline may lie in the picture.

    ``mapping`` pixels to plate; ``angle`` (rad) by which the plate's x axis appears turned counter-clockwise
    in the picture; ``pixel_size`` in m; ``mirrored``; ``residual`` rms distance in m between the outline and
    the rim of the mask.
    """

    mapping: PixelToPlate
    angle: float
    pixel_size: float
    mirrored: bool
    residual: float


@dataclass(frozen=True)
class OutlinePose:
    """The best pose, and the others that fit as well: with ``alternatives`` the pose is ambiguous.

    ``turning`` is True when every angle fits (a disc).
    """

    best: Pose
    alternatives: tuple[Pose, ...]
    turning: bool

    @property
    def ambiguous(self) -> bool:
        """True when the silhouette alone does not fix the pose."""
        return self.turning or bool(self.alternatives)


def outline_pose(outline: Sequence[Real], mask: Mask, *, worst: float = 0.03) -> OutlinePose:
    """Translation, rotation, scale and mirroring that lay an outline onto the rim of a mask.

    ``outline``: closed polygons (n, 2) in m, x right and y up, holes included, in any order and sense;
    ``mask`` (r, c). Centroid and area give the start, the rms distance of the outline to the rim of the mask
    decides among all angles, both mirrored and not, and is minimised. Poses whose distance is within a
    quarter (or a quarter pixel) of the best one's are alternatives: silhouettes cannot tell a square's four
    corners apart. Raises `InputError` when nothing fits: residual above ``worst`` × √area.
    """
    if not mask.any():
        raise InputError("pose: the mask is empty.", "Lower `coherence` or give a mask of the plate.")
    area, centroid, loops = _checked(outline)
    points = np.concatenate([_along(loop, np.sqrt(area) / 150) for loop in loops]) - centroid
    distance = _signed_distance(mask)
    rows, cols = np.nonzero(mask)
    start = np.array([cols.mean(), rows.mean(), 0.5 * np.log(len(rows) / area)])
    fits = sorted(
        (fit for flip in (1, -1) for fit in _fits(points, distance, start, flip)), key=lambda fit: fit[0]
    )
    size = np.sqrt(len(rows))
    if fits[0][0] > worst * size:
        raise InputError(
            f"pose: the outline does not fit the mask; at best its rim is {fits[0][0]:.1f} pixels off (rms) "
            f"on a plate of about {size:.0f} pixels.",
            "Check that the mask shows the whole plate and nothing else, or give control points in [camera].",
        )
    as_good = max(1.25 * fits[0][0], fits[0][0] + 0.25)
    poses = [_pose(fit, centroid) for fit in _distinct([fit for fit in fits if fit[0] <= as_good])]
    _, parameters, flip = fits[0]
    turned = [np.append(parameters[:3], angle) for angle in ANGLES]
    if all(_rms(_misfit(points, distance, p, flip)) <= as_good for p in turned):
        return OutlinePose(poses[0], (), turning=True)
    return OutlinePose(poses[0], tuple(poses[1:]), turning=False)


def _checked(outline: Sequence[Real]) -> tuple[float, Real, list[Real]]:
    """Area, centroid and loops of the region inside an odd number of polygons."""
    loops = [np.asarray(loop, dtype=float) for loop in outline]
    if not loops or any(loop.ndim != 2 or loop.shape[1] != 2 or len(loop) < 3 for loop in loops):
        raise InputError("pose: needed closed polygons of three points or more, each (n, 2).")
    moments = [_moments(loop) for loop in loops]
    largest = int(np.argmax([abs(area) for area, _ in moments]))
    signs = [1 if _depth(loop, loops) % 2 == 0 else -1 for loop in loops]
    area = sum(sign * abs(a) for sign, (a, _) in zip(signs, moments, strict=True))
    if area <= 0 or abs(moments[largest][0]) == 0:
        raise InputError("pose: the outline encloses no area.", "Give its polygons in order along the rim.")
    centroid = sum(sign * abs(a) * c for sign, (a, c) in zip(signs, moments, strict=True)) / area
    return float(area), np.asarray(centroid), loops


def _moments(loop: Real) -> tuple[float, Real]:
    """Signed area and centroid of a polygon."""
    origin = loop.mean(axis=0)
    here, there = loop - origin, np.roll(loop, -1, axis=0) - origin
    cross = here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]
    area = cross.sum() / 2
    if area == 0:
        return 0.0, origin
    return float(area), origin + ((here + there) * cross[:, None]).sum(axis=0) / (6 * area)


def _depth(loop: Real, loops: Sequence[Real]) -> int:
    """How many other polygons enclose the first point of this one."""
    (x, y), crossed = loop[0], 0
    for other in loops:
        if other is not loop:
            here, there = other, np.roll(other, -1, axis=0)
            spans = (here[:, 1] > y) != (there[:, 1] > y)
            at = (
                here[spans]
                + (there - here)[spans] * ((y - here[spans, 1]) / (there - here)[spans, 1])[:, None]
            )
            crossed += int(np.count_nonzero(at[:, 0] > x) % 2)
    return crossed


def _along(loop: Real, step: float) -> Real:
    """Points at equal distances of about ``step`` along a closed polygon."""
    closed = np.vstack([loop, loop[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, length[-1], max(12, int(length[-1] / step)), endpoint=False)
    return np.stack([np.interp(at, length, closed[:, k]) for k in (0, 1)], axis=1)


def _signed_distance(mask: Mask) -> Real:
    """Distance in pixels to the rim of the mask, positive inside; the picture is padded so that it may touch
    its edge."""
    padded = np.pad(mask, 1)
    inside, outside = (ndimage.distance_transform_edt(part) for part in (padded, ~padded))
    return np.where(padded, inside - 0.5, 0.5 - outside)


def _to_pixels(points: Real, parameters: Real, flip: int) -> Real:
    """Pixels of plate points about the centroid; parameters: col, row, log(pixels per metre), angle."""
    col, row, scale, angle = parameters
    c, s = np.cos(angle), np.sin(angle)
    x, y = flip * points[:, 0], points[:, 1]
    return np.exp(scale) * np.stack([c * x - s * y, -(s * x + c * y)], axis=1) + [col, row]


def _misfit(points: Real, distance: Real, parameters: Real, flip: int) -> Real:
    """Signed distance in pixels of every outline point to the rim of the mask."""
    pixels = _to_pixels(points, parameters, flip)
    clipped = np.clip(pixels, -1, np.array(distance.shape[::-1]) - 2)
    excess = np.linalg.norm(pixels - clipped, axis=1)  # beyond the picture the distance goes on growing
    near = ndimage.map_coordinates(distance, [clipped[:, 1] + 1, clipped[:, 0] + 1], order=1, mode="nearest")
    return np.where(near < 0, near - excess, near + excess)


def _rms(values: Real) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _fits(points: Real, distance: Real, start: Real, flip: int) -> list[tuple[float, Real, int]]:
    """Refined poses (rms in pixels, parameters, flip) from all angles that are locally best."""
    rough = [_rms(_misfit(points, distance, np.append(start, angle), flip)) for angle in ANGLES]
    best = [k for k in range(len(ANGLES)) if rough[k] <= min(rough[k - 1], rough[(k + 1) % len(ANGLES)])]
    fits = []
    for k in sorted(best, key=lambda k: rough[k])[:24]:
        fit = optimize.least_squares(
            lambda p: _misfit(points, distance, p, flip),
            np.append(start, ANGLES[k]),
            x_scale=[1, 1, 0.01, 0.01],
        )
        fits.append((_rms(fit.fun), fit.x, flip))
    return fits


def _distinct(fits: list[tuple[float, Real, int]]) -> list[tuple[float, Real, int]]:
    """Fits that differ by more than two degrees or by mirroring."""
    kept: list[tuple[float, Real, int]] = []
    for fit in fits:
        if all(
            fit[2] != other[2] or abs(np.angle(np.exp(1j * (fit[1][3] - other[1][3])))) > 0.035
            for other in kept
        ):
            kept.append(fit)
    return kept


def _pose(fit: tuple[float, Real, int], centroid: Real) -> Pose:
    rms, parameters, flip = fit
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    pixels = _to_pixels(corners, parameters, flip)
    affine = np.linalg.solve(np.column_stack([pixels, np.ones(3)]), corners + centroid).T
    size = float(np.exp(-parameters[2]))
    angle = float(np.angle(np.exp(1j * parameters[3])))
    return Pose(PixelToPlate(np.vstack([affine, [0, 0, 1.0]])), angle, size, flip < 0, rms * size)
