"""A measured field carried from pixels onto points of the plate: mesh vertices or a regular grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from holography.phase import check_same_shape
from holography.registration import PixelToPlate
from landscape.errors import InputError

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]

QUADRATIC, PLANE = 30, 6
"""Pixels a cell needs for a quadratic and for a plane fit; below, the field is interpolated between
pixels."""

RIM = 3.0
"""Distance in pixels to the nearest valid pixel up to which a point still gets a value."""


@dataclass(frozen=True)
class PixelField:
    """A field on the pixels of one picture: ``values`` and ``sigma`` (r, c) in one unit, ``mask`` True where
    valid.

    ``shared`` is the number of pixels with one and the same noise value: 4π σ² passes after a Gaussian filter
    of σ pixels, 1 for white noise.
    """

    values: Real
    sigma: Real
    mask: Mask
    shared: float = 1.0


@dataclass(frozen=True)
class PointField:
    """The field at n plate points: ``values`` and ``sigma`` (n,), NaN where ``mask`` is False (no measurement
    there)."""

    values: Real
    sigma: Real
    mask: Mask


def onto_points(
    field: PixelField, mapping: PixelToPlate, points: Real, *, reach: float | None = None
) -> PointField:
    """Field at plate ``points`` (n, 2) in m, averaged over the pixels that lie nearest to each.

    Every valid pixel within ``reach`` (m; default: the median distance of neighbouring points) belongs to its
    nearest point x_p. To the pixels of a point a quadratic in x − x_p is fitted (with few pixels a plane),
    each weighted with the area it covers on the plate, and its value at x_p taken: an average without the
    bias of curved fields and of cells that lie to one side, as at the rim. Where points are denser than
    pixels the four neighbours are interpolated; `RIM` pixels from the mask the field ends. sigma follows the
    same weights, with ``field.shared`` pixels counted as one. Raises `InputError` when no point lies on a
    measured pixel.
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
    on_plate = _near_mask(field.mask, mapping, points)
    values, sigma = np.full((2, len(points)), np.nan)
    for fit in (QUADRATIC, PLANE):
        todo = on_plate & ~np.isfinite(values) & (np.bincount(nearest, minlength=len(points)) >= fit)
        mine = todo[nearest]
        cell = (np.cumsum(todo) - 1)[nearest[mine]]
        data = (field.values[rows[mine], cols[mine]], field.sigma[rows[mine], cols[mine]], area[mine])
        values[todo], sigma[todo] = _local_fit(_basis(offset[mine], fit), cell, data, field.shared)
    few = on_plate & ~np.isfinite(values)
    values[few], sigma[few] = _interpolated(field, mapping, points[few])
    mask = np.isfinite(values)
    if not mask.any():
        raise InputError(
            "resampling: none of the points lies on a measured pixel.",
            "Check [camera]: scale, origin and axes of the plate.",
        )
    return PointField(values, sigma, mask)


def onto_grid(field: PixelField, mapping: PixelToPlate, spacing: float) -> tuple[Real, Real, PointField]:
    """Field on a regular grid of ``spacing`` (m) over the measured part of the plate.

    Returns x (nx,) and y (ny,) in m, both growing, and the field with arrays of shape (ny, nx), y along rows:
    row 0 is the lowest y.
    """
    rows, cols = np.nonzero(field.mask)
    if not len(rows) or not spacing > 0:
        raise InputError(
            f"resampling: needed measured pixels and a spacing above 0, got {len(rows)} and {spacing}."
        )
    axes = [
        np.arange(np.floor(v.min() / spacing), np.ceil(v.max() / spacing) + 1) * spacing
        for v in mapping(cols, rows)
    ]
    size = len(axes[0]) * len(axes[1])
    if size > 50_000_000:
        raise InputError(
            f"resampling: a spacing of {spacing:g} m makes {size} grid points.", "Choose a wider one."
        )
    x, y = np.meshgrid(*axes)
    flat = onto_points(field, mapping, np.stack([x.ravel(), y.ravel()], axis=1), reach=spacing / np.sqrt(2))
    shaped = PointField(flat.values.reshape(x.shape), flat.sigma.reshape(x.shape), flat.mask.reshape(x.shape))
    return axes[0], axes[1], shaped


def _near_mask(mask: Mask, mapping: PixelToPlate, points: Real) -> Mask:
    """Points at most `RIM` pixels from a valid pixel."""
    away = ndimage.distance_transform_edt(~mask)
    cols, rows = mapping.pixels(points[:, 0], points[:, 1])
    far = float(max(mask.shape))
    return ndimage.map_coordinates(away, [rows, cols], order=1, mode="constant", cval=far) <= RIM


def _basis(offset: Real, fewest: int) -> list[Real]:
    x, y = offset.T
    plane = [np.ones(len(x)), x, y]
    return [*plane, x * x, x * y, y * y] if fewest == QUADRATIC else plane


def _local_fit(
    basis: list[Real], cell: NDArray[np.intp], data: tuple[Real, Real, Real], shared: float
) -> tuple[Real, Real]:
    """Values at the origin of weighted least-squares fits in all cells, and their sigma; NaN where the fit is
    not firm.

    ``basis`` functions and ``data`` = (values, sigma, weights) per pixel, ``cell`` its cell 0..n−1, each with
    a pixel.
    """
    values, deviation, weight = data
    count = int(cell.max(initial=-1)) + 1
    size = len(basis)

    def moments(weights: Real) -> Real:
        total = np.empty((count, size, size))
        for i in range(size):
            for j in range(i, size):
                total[:, i, j] = total[:, j, i] = np.bincount(cell, weights * basis[i] * basis[j], count)
        return total

    normal = moments(weight)
    result, sigma = np.full((2, count), np.nan)
    eigenvalues = np.linalg.eigvalsh(normal)
    firm = eigenvalues[:, 0] > 1e-7 * eigenvalues[:, -1]
    right = np.stack([np.bincount(cell, weight * b * values, count) for b in basis], axis=1)[firm]
    row = np.linalg.inv(normal[firm])[:, 0]
    result[firm] = np.einsum("ni,ni->n", row, right)
    noise = moments((weight * deviation) ** 2)[firm]
    variance = np.einsum("ni,nij,nj->n", row, noise, row)
    one_pixel = np.bincount(cell, weight * deviation**2, count)[firm] / normal[firm, 0, 0]
    sigma[firm] = np.sqrt(np.minimum(variance * shared, np.maximum(one_pixel, variance)))
    return result, sigma


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
