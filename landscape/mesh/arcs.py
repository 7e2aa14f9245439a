"""The circular arc through the ends of an edge and a point of the true curve between them."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def arc_curvature(chord: Array, bulge: Array) -> Array:
    """Return the curvature (k,) of arcs over ``chord`` (k, 2) through the point ``bulge`` off its middle.

    Four times the area of the triangle of the three points over the product of its sides; positive where the
    bulge lies to the right of the chord.
    """
    height = (chord[:, 1] * bulge[:, 0] - chord[:, 0] * bulge[:, 1]) / np.linalg.norm(chord, axis=1)
    sides = np.linalg.norm(chord / 2 + bulge, axis=1) * np.linalg.norm(chord / 2 - bulge, axis=1)
    return 2 * height / sides


def arc_height(curvature: Array, length: Array, position: Array | float) -> Array:
    """Return the height over its chord of an arc of curvature κ at ``position`` ξ ∈ [0, 1] along the chord.

    y = κ ξ(1−ξ) ℓ² / (√(1 − κ²ℓ²(ξ−½)²) + √(1 − κ²ℓ²/4)): stable down to κ = 0. Beyond κℓ = 2 there is no
    arc; the square roots are then taken as 0.
    """
    kl = np.minimum(np.abs(curvature * length), 2)
    rise = np.sqrt(1 - (kl * (position - 0.5)) ** 2) + np.sqrt(1 - kl**2 / 4)
    height: Array = curvature * length**2 * position * (1 - position) / rise
    return height


def arc_bulge(chord: Array, curvature: Array) -> Array:
    """Return the offset (k, 2) of the arc's middle from the chord's: to the right for positive curvature κ."""
    length = np.linalg.norm(chord, axis=1)
    rise = arc_height(curvature, length, 0.5)
    right = np.stack((chord[:, 1], -chord[:, 0]), axis=1) / length[:, None]
    return rise[:, None] * right


def arc_points(start: Array, end: Array, bulge: Array, count: int = 9) -> Array:
    """Return points (k, count, 2) along the arcs from ``start`` to ``end`` (k, 2), straight where ``bulge`` is 0.

    The height over the chord is κ ξ(1−ξ) ℓ² / (√(1 − κ²ℓ²(ξ−½)²) + √(1 − κ²ℓ²/4)).
    """
    xi = np.linspace(0, 1, count)
    chord = end - start
    kl = (arc_curvature(chord, bulge) * np.linalg.norm(chord, axis=1))[:, None]
    rise = np.sqrt(np.maximum(1 - (kl * (xi - 0.5)) ** 2, 0)) + np.sqrt(np.maximum(1 - kl**2 / 4, 0))
    right = np.stack((chord[:, 1], -chord[:, 0]), axis=1)
    height = kl * xi * (1 - xi) / rise
    return start[:, None] + xi[:, None] * chord[:, None] + height[:, :, None] * right[:, None]
