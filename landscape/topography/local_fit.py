"""A smooth field from samples alone: local quadratic fits, for measured landscapes and coarse surfaces."""

import numpy as np
from scipy.spatial import cKDTree

from landscape.errors import InputError
from landscape.topography.critical import Field, Floats
from landscape.topography.surface import Surface, vertex_spacing


def sampled_field(surface: Surface, *, neighbours: int = 25) -> Field:
    """Return a field that fits a quadratic to the samples nearest to each point (moving least squares).

    min Σᵢ wᵢ (q(xᵢ − x) − Lᵢ)² with w = (1 − (d/d_max)²)², d the distance to x; value, gradient and Hessian
    are those of q at x. Exact for quadratics; more ``neighbours`` smooth more noise. Points farther from
    every sample than 0.75 of its spacing are outside (NaN). Samples on the two sides of a slit are mixed: use
    the finite element field where there is one. Raises ``InputError`` with fewer than 6 samples or
    neighbours. (Lancaster & Salkauskas, Math. Comp. 37, 141, 1981, doi:10.1090/S0025-5718-1981-0616367-1.)
    """
    if len(surface.points) < 6 or neighbours < 6:
        raise InputError(
            "Sampled field: needed at least 6 samples and neighbours, "
            f"got {len(surface.points)} and {neighbours}."
        )
    tree, spacing = cKDTree(surface.points), vertex_spacing(surface)
    count = min(neighbours, len(surface.points))

    def field(points: Floats) -> tuple[Floats, Floats, Floats]:
        points = np.asarray(points, dtype=float)
        coefficients = np.full((len(points), 6), np.nan)
        finite = np.flatnonzero(np.isfinite(points).all(axis=1))
        distance, index = tree.query(points[finite], k=count)
        inside = distance[:, 0] <= 0.75 * spacing[index[:, 0]]
        chosen = finite[inside]
        offsets = surface.points[index[inside]] - points[chosen, None]
        coefficients[chosen] = _fit(offsets, surface.values[index[inside]], distance[inside])
        c = coefficients
        hessians = np.stack([c[:, [3, 4]], c[:, [4, 5]]], axis=1)
        return c[:, 0], c[:, 1:3], hessians

    return field


def _fit(offsets: Floats, values: Floats, distance: Floats) -> Floats:
    """Return c (q, 6) of c₀ + c₁x + c₂y + c₃x²/2 + c₄xy + c₅y²/2 for values (q, k) at offsets (q, k, 2)."""
    radius = distance.max(axis=1, keepdims=True) * 1.001  # the farthest sample keeps a little weight
    x, y = offsets[..., 0] / radius, offsets[..., 1] / radius
    weight = (
        1 - (distance / radius) ** 2
    )  # the root of the weight, as rows of a least-squares problem take it
    basis = np.stack([np.ones_like(x), x, y, x * x / 2, x * y, y * y / 2], axis=-1)
    inverse = np.linalg.pinv(basis * weight[..., None], rcond=1e-9)
    scaled = np.einsum("qck,qk->qc", inverse, weight * values)
    return scaled / np.concatenate([np.ones_like(radius), *[radius] * 2, *[radius**2] * 3], axis=1)
