"""A landscape as a piecewise linear surface: a sampled finite element field, or an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape.errors import InputError


@dataclass(frozen=True)
class Surface:
    """Values at points, linear on the triangles between them.

    ``points`` (n, 2) in m (or the mesh's unit), ``triangles`` (m, 3) vertex numbers in any order, ``values``
    (n,), a landscape in s². A point without triangle stands alone. Raises ``InputError`` when the shapes do
    not fit together, a number is not finite, or a triangle names a vertex that is not there.
    """

    points: NDArray[np.float64]
    triangles: NDArray[np.intp]
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        points, values = np.asarray(self.points, dtype=float), np.asarray(self.values, dtype=float)
        triangles = np.asarray(self.triangles, dtype=np.intp)
        if points.ndim != 2 or points.shape[1] != 2 or values.shape != points.shape[:1]:
            raise InputError(
                f"Surface: needed points (n, 2) and values (n,), got {points.shape} and {values.shape}."
            )
        if not (np.isfinite(points).all() and np.isfinite(values).all()):
            raise InputError(
                "Surface: needed finite points and values, got NaN or infinity.", "Leave those points out."
            )
        if triangles.size == 0:
            triangles = triangles.reshape(0, 3)
        if triangles.ndim != 2 or triangles.shape[1] != 3:
            raise InputError(f"Surface: needed triangles (m, 3), got {triangles.shape}.")
        if triangles.size and not (triangles.min() >= 0 and triangles.max() < len(points)):
            raise InputError(
                f"Surface: triangles name vertices {triangles.min()} to {triangles.max()}, "
                f"but the points are numbered 0 to {len(points) - 1}."
            )
        for name, array in (("points", points), ("triangles", triangles), ("values", values)):
            object.__setattr__(self, name, array)


def grid_surface(values: ArrayLike, mask: ArrayLike, x: ArrayLike, y: ArrayLike) -> Surface:
    """Triangulate the valid pixels of an image.

    ``values`` (rows, columns); ``mask`` of that shape, True = valid; ``x`` (columns,) or (rows, columns) and
    ``y`` (rows,) or (rows, columns) the pixel centres. Vertices are the valid pixels in reading order, so
    ``image[mask] = labels`` paints a result back. A square of four valid pixels is split along the diagonal
    whose lower end is higher: then ridges connect over corners and valleys over sides, whichever way they
    run. Three valid pixels make one triangle, fewer none. Raises ``InputError`` when shapes do not fit or a
    valid pixel is not finite.
    """
    values, mask = np.asarray(values, dtype=float), np.asarray(mask, dtype=bool)
    if values.ndim != 2 or mask.shape != values.shape:
        raise InputError(
            f"Grid: needed an image and a mask of one shape, got {values.shape} and {mask.shape}."
        )
    x = _per_pixel(x, values.shape, axis=1)
    y = _per_pixel(y, values.shape, axis=0)
    points = np.column_stack([x[mask], y[mask]])
    return Surface(points, _pixel_triangles(values, mask), values[mask])


def surface_edges(surface: Surface) -> NDArray[np.intp]:
    """Return the edges (e, 2) of the triangles, each once, lower vertex number first."""
    a, b, c = surface.triangles.T
    start, end = np.concatenate([a, b, c]), np.concatenate([b, c, a])
    count = len(surface.points)
    keys = np.sort(np.minimum(start, end) * count + np.maximum(start, end))
    keys = keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]]
    edges: NDArray[np.intp] = np.column_stack(np.divmod(keys, max(count, 1)))
    return edges


def rim_edges(surface: Surface) -> NDArray[np.intp]:
    """Return the edges (r, 2) that belong to one triangle only."""
    a, b, c = surface.triangles.T
    ends = np.sort(np.stack([np.concatenate([a, b, c]), np.concatenate([b, c, a])]), axis=0)
    count = max(len(surface.points), 1)
    keys = np.sort(ends[0] * count + ends[1])
    changes = keys[1:] != keys[:-1]
    single = np.append(True, changes)[: len(keys)] & np.append(changes, True)[: len(keys)]
    rim: NDArray[np.intp] = np.column_stack(np.divmod(keys[single], count))
    return rim


def vertex_spacing(surface: Surface) -> NDArray[np.float64]:
    """Return the mean length (n,) of the edges at each vertex; a lone one gets the largest edge, or 1."""
    edges = surface_edges(surface)
    lengths = np.linalg.norm(np.diff(surface.points[edges], axis=1)[:, 0], axis=1)
    ends, count = edges.ravel(), len(surface.points)
    degree = np.bincount(ends, minlength=count)
    total = np.bincount(ends, weights=np.repeat(lengths, 2), minlength=count)
    lone = lengths.max(initial=0.0) or 1.0
    return np.where(degree > 0, total / np.maximum(degree, 1), lone)


def _per_pixel(coordinate: ArrayLike, shape: tuple[int, ...], *, axis: int) -> NDArray[np.float64]:
    """Spread a coordinate given per column (axis 1), per row (axis 0) or per pixel over the image."""
    array = np.asarray(coordinate, dtype=float)
    if array.shape == shape:
        return array
    if array.shape != (shape[axis],):
        name, line = ("x", "column") if axis == 1 else ("y", "row")
        raise InputError(
            f"Grid: needed {name} as one number per {line} ({shape[axis]}) or per pixel {shape}, "
            f"got shape {array.shape}."
        )
    return np.broadcast_to(array if axis == 1 else array[:, None], shape)


def _pixel_triangles(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Triangles (m, 3) between the valid pixels, numbered in reading order."""
    number = np.cumsum(mask.ravel()).reshape(mask.shape) - 1
    level = np.where(mask, values, -np.inf)
    corners = [np.s_[:-1, :-1], np.s_[:-1, 1:], np.s_[1:, 1:], np.s_[1:, :-1]]  # in turn around the square
    index = np.stack([number[s].ravel() for s in corners])
    height = np.stack([level[s].ravel() for s in corners])
    falling = np.minimum(height[0], height[2]) >= np.minimum(height[1], height[3])
    first = np.where(falling, 0, 1)  # the diagonal joins corners first and first + 2
    turn, square = (np.arange(4)[:, None] + first) % 4, np.arange(index.shape[1])
    index, height = index[turn, square], height[turn, square]
    valid = np.isfinite(height)
    halves = [index[h][:, valid[h].all(axis=0)].T for h in ([0, 1, 2], [0, 2, 3])]
    return np.concatenate(halves)
