"""Peaks and passes of the smooth field behind a sampled surface, by Newton's method from the vertices."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from landscape.errors import InputError
from landscape.topography.regions import Critical

Floats = NDArray[np.float64]
Field = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""points (n, 2) -> values (n,), gradients (n, 2), Hessians (n, 2, 2); NaN outside the plate."""


def refine_critical(
    start: Critical, field: Field, *, kind: Literal["peak", "pass"], spacing: Floats, reach: float = 2.0
) -> Critical:
    """Move vertices to critical points ∇L = 0 of the smooth field: x ← x − H⁻¹ ∇L.

    ``spacing`` (k,) or scalar is the distance between samples there; one step is at most that long. A point
    goes back to its vertex if it leaves the ball of ``reach`` spacings, leaves the plate, does not settle in
    40 steps, or settles at something else than a peak (H negative) or a pass (det H < 0). So a peak or pass
    on a free edge stays at its vertex. Raises ``InputError`` when spacing is not positive.
    """
    spacing = np.broadcast_to(np.asarray(spacing, dtype=float), start.values.shape)
    if not (spacing > 0).all():
        raise InputError("Critical points: needed a positive spacing at each.")
    points = start.points.copy()
    settled = np.zeros(len(points), dtype=bool)
    for _ in range(40):
        _, gradients, hessians = evaluate(field, points)
        step = newton_step(gradients, hessians)
        length = np.linalg.norm(step, axis=1)
        settled = length <= 1e-7 * spacing
        if np.all(settled | ~np.isfinite(length)):
            break
        shorten = np.minimum(1, spacing / np.maximum(length, np.finfo(float).tiny))
        points = points + step * shorten[:, None]
    values, _, hessians = evaluate(field, points)
    near = np.linalg.norm(points - start.points, axis=1) <= reach * spacing
    good = settled & near & np.isfinite(values) & _is_kind(hessians, kind)
    return Critical(
        start.vertices,
        np.where(good[:, None], points, start.points),
        np.where(good, values, start.values),
    )


def evaluate(field: Field, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Return values, gradients and Hessians at points (n, 2), NaN for points that are NaN themselves."""
    finite = np.isfinite(points).all(axis=1)
    if finite.all():
        return field(points)
    found = field(points[finite])
    spread = tuple(np.full((len(points), *part.shape[1:]), np.nan) for part in found)
    for target, part in zip(spread, found, strict=True):
        target[finite] = part
    return spread[0], spread[1], spread[2]


def newton_step(gradients: Floats, hessians: Floats) -> Floats:
    """Return −H⁻¹ g (n, 2) from gradients (n, 2) and Hessians (n, 2, 2); NaN where H is singular."""
    (a, b), (c, d) = hessians[:, 0].T, hessians[:, 1].T
    determinant = a * d - b * c
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        step = np.column_stack(
            [b * gradients[:, 1] - d * gradients[:, 0], c * gradients[:, 0] - a * gradients[:, 1]]
        )
        step = step / determinant[:, None]
    return np.where(np.isfinite(step), step, np.nan)


def _is_kind(hessians: Floats, kind: Literal["peak", "pass"]) -> NDArray[np.bool_]:
    determinant = hessians[:, 0, 0] * hessians[:, 1, 1] - hessians[:, 0, 1] * hessians[:, 1, 0]
    if kind == "pass":
        return determinant < 0
    return (determinant > 0) & (hessians[:, 0, 0] < 0)
