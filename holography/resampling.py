"""A measured field carried from pixels onto points of the plate: mesh vertices or a regular grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from holography.phase import check_same_shape
from holography.registration import PixelToPlate
from landscape.errors import InputError

Real = NDArray[np.floating]
Mask = NDArray[np.bool_]

FEWEST = 6
"""Pixels a cell needs for a plane fit; below it the field is interpolated between pixels."""


@dataclass(frozen=True)
class PixelField:
    """A field on the pixels of one picture: ``values`` and ``sigma`` (r, c) in one unit, ``mask`` True where valid.

    ``shared`` is the number of pixels with one and the same noise value: 4π σ² passes after a Gaussian filter of σ pixels, 1 for white noise.
    """

    values: Real
    sigma: Real
    mask: Mask
    shared: float = 1.0


@dataclass(frozen=True)
class PointField:
    """The field at n plate points: ``values`` and ``sigma`` (n,), NaN where ``mask`` is False (no measurement there)."""

    values: Real
    sigma: Real
    mask: Mask


def onto_points(field: PixelField, mapping: PixelToPlate, points: Real, *, reach: float | None = None) -> PointField:
    """Field at plate ``points`` (n, 2) in m, averaged over the pixels that lie nearest to each.

    Every valid pixel within ``reach`` (m; default: the median distance of neighbouring points) belongs to its nearest point. Of
    its pixels a plane v = a + b·(x − x_p) is fitted, each weighted with the area it covers on the plate, and a is the value: a weighted
    average corrected for cells that lie to one side, as at the rim. Where points are denser than pixels the
    four neighbours are interpolated. sigma follows the same weights, with ``field.shared`` pixels counted as one. Raises `InputError` when no point lies on a measured pixel.
    """
    check_same_shape("mask", field.values, field.mask)
    check_same_shape("sigma", field.values, field.sigma)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise InputError(f"resampling: needed points (n, 2), got {points.shape}.")
    tree = cKDTree(points)
    if reach is None:
        reach = float(np.median(tree.query(points, k=2)[0][:, 1])) if len(points) > 1 else np.inf
    rows, cols = np.nonzero(field.mask)
    position = np.stack(mapping(cols, rows), axis=1)
    away, nearest = tree.query(position, distance_upper_bound=reach)
    own = np.isfinite(away)
    rows, cols, nearest = rows[own], cols[own], nearest[own]
    scale = reach if np.isfinite(reach) else float(np.ptp(position))
    offset = (position[own] - points[nearest]) / scale
    area = mapping.pixel_area(cols, rows)
    values, sigma = _plane_fit(field, (rows, cols), nearest, (offset, area), len(points))
    few = ~np.isfinite(values)
    values[few], sigma[few] = _interpolated(field, mapping, points[few])
    mask = np.isfinite(values)
    if not mask.any():
        raise InputError(
            "resampling: none of the points lies on a measured pixel.", "Check [camera]: scale, origin and axes of the plate."
        )
    return PointField(values, sigma, mask)


def onto_grid(field: PixelField, mapping: PixelToPlate, spacing: float) -> tuple[Real, Real, PointField]:
    """Field on a regular grid of ``spacing`` (m) over the measured part of the plate.

    Returns x (nx,) and y (ny,) in m, both growing, and the field with arrays of shape (ny, nx), y along rows: row 0 is the lowest y.
    """
    rows, cols = np.nonzero(field.mask)
    if not len(rows) or not spacing > 0:
        raise InputError(f"resampling: needed measured pixels and a spacing above 0, got {len(rows)} and {spacing}.")
    axes = [np.arange(np.floor(v.min() / spacing), np.ceil(v.max() / spacing) + 1) * spacing for v in mapping(cols, rows)]
    size = len(axes[0]) * len(axes[1])
    if size > 50_000_000:
        raise InputError(f"resampling: a spacing of {spacing:g} m makes {size} grid points.", "Choose a wider one.")
    x, y = np.meshgrid(*axes)
    flat = onto_points(field, mapping, np.stack([x.ravel(), y.ravel()], axis=1), reach=spacing / np.sqrt(2))
    shaped = PointField(flat.values.reshape(x.shape), flat.sigma.reshape(x.shape), flat.mask.reshape(x.shape))
    return axes[0], axes[1], shaped


def _plane_fit(
    field: PixelField,
    pixels: tuple[NDArray[np.intp], NDArray[np.intp]],
    cell: NDArray[np.intp],
    geometry: tuple[Real, Real],
    count: int,
) -> tuple[Real, Real]:
    """Intercepts of weighted planes in every cell and their sigma; NaN where pixels are too few or on a line."""
    offset, area = geometry
    basis = [np.ones(len(cell)), offset[:, 0], offset[:, 1]]

    def moments(weight: Real) -> Real:
        total = np.empty((count, 3, 3))
        for i in range(3):
            for j in range(i, 3):
                total[:, i, j] = total[:, j, i] = np.bincount(cell, weight * basis[i] * basis[j], count)
        return total

    normal = moments(area)
    usable = np.bincount(cell, minlength=count) >= FEWEST
    spread = np.linalg.eigvalsh(normal[:, 1:, 1:])[:, 0]
    usable &= spread > 1e-4 * normal[:, 0, 0]
    right = np.stack([np.bincount(cell, area * b * field.values[pixels], count) for b in basis], axis=1)
    values, sigma = np.full(count, np.nan), np.full(count, np.nan)
    inverse = np.linalg.inv(normal[usable])
    values[usable] = np.einsum("ni,ni->n", inverse[:, 0], right[usable])
    weights = inverse[:, 0]
    noise = moments((area * field.sigma[pixels]) ** 2)[usable]
    variance = np.einsum("ni,nij,nj->n", weights, noise, weights)
    whole = np.bincount(cell, area * field.sigma[pixels] ** 2, count)[usable] / normal[usable, 0, 0]
    sigma[usable] = np.sqrt(np.minimum(variance * field.shared, np.maximum(whole, variance)))
    return values, sigma


def _interpolated(field: PixelField, mapping: PixelToPlate, points: Real) -> tuple[Real, Real]:
    """Bilinear values and sigma at plate points whose four surrounding pixels are valid, else NaN."""
    cols, rows = mapping.pixels(points[:, 0], points[:, 1])
    where = np.stack([rows, cols])

    def sample(image: Real) -> Real:
        return ndimage.map_coordinates(image, where, order=1, mode="constant", cval=0.0)

    inside = sample(field.mask.astype(float)) > 1 - 1e-9
    values = sample(np.where(field.mask, field.values, 0.0))
    sigma = np.sqrt(sample(np.where(field.mask, field.sigma, 0.0) ** 2))
    return np.where(inside, values, np.nan), np.where(inside, sigma, np.nan)
