"""How many modes lie below a frequency: counted, by Weyl's two-term law, and by a heuristic on the landscape.

N(k) ≈ |Ω| k²/4π − Σ βᵢ |∂Ωᵢ| k/4π, with the wavenumber k = (ρh ω²/D)^{1/4} = λ^{1/4}. Where β comes from: a
plane bending wave of wavenumber p along an edge is reflected with a phase φ(p), which adds 1/4 + φ/2π states
per |∂Ω| dp/2π. With q² = k² − p², s² = k² + p², α = k² − (1−ν)p², γ = k² + (1−ν)p²: supported φ = −π; clamped
φ = −π − 2 atan(q/s); free φ = π − 2 atan(qγ²/sα²), and the edge wave k = ξp of a free edge (Konenkov, Sov.
Phys. Acoust. 6, 122, 1960), ξ⁴ = (1−ν)(3ν − 1 + 2√(1−2ν+2ν²)), adds one state for each k < |p| < k/ξ.
(Safarov & Vassiliev, The Asymptotic Distribution of Eigenvalues of PDEs, AMS 1997, doi:10.1090/mmono/155.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad
from scipy.special import gamma

from landscape.errors import InputError
from landscape.topography.surface import Surface, vertex_spacing

Floats = NDArray[np.float64]

BETA_CLAMPED = 1 + gamma(3 / 4) / (np.sqrt(np.pi) * gamma(5 / 4))
"""β of a clamped edge, 1.7627598."""
BETA_SUPPORTED = 1.0
"""β of a simply supported edge; exact on straight ones, and the leading term on curved ones."""
BOX = np.sqrt(4 * np.pi)
"""Side of a counting box in units of 1/k: a box then holds one mode of Weyl's leading term."""


def beta_free(poisson: float) -> float:
    """Return β of a free edge, −1.6893 for ν = 0.3: negative, because a free edge adds modes.

    −β = 3 − (4/π) ∫₀¹ atan(qγ²/sα²) dt + 4 (1/ξ − 1) with p = kt. Raises ``InputError`` unless −1 < ν ≤ 1/2.
    """
    if not -1 < poisson <= 0.5:
        raise InputError(f"Free edge: needed a Poisson's ratio above -1 and at most 0.5, got {poisson!r}.")
    stiff = 1 - poisson

    def angle(t: float) -> float:
        inward, decay = np.sqrt((1 - t) * (1 + t)), np.sqrt(1 + t * t)
        return float(np.arctan2(inward * (1 + stiff * t * t) ** 2, decay * (1 - stiff * t * t) ** 2))

    edge_wave = (stiff * (3 * poisson - 1 + 2 * np.sqrt(1 - 2 * poisson + 2 * poisson**2))) ** 0.25
    kink = min(1.0, stiff**-0.5)  # where α vanishes, for ν < 0
    return float(4 / np.pi * quad(angle, 0, 1, points=[kink])[0] - 3 - 4 * (1 / edge_wave - 1))


def count_modes(frequencies: ArrayLike, at: ArrayLike) -> NDArray[np.intp]:
    """Return the staircase N: how many ``frequencies`` (m,) are at most each of ``at`` (...), same unit."""
    return np.asarray(np.searchsorted(np.sort(np.asarray(frequencies, dtype=float)), at, side="right"))


def weyl_count(wavenumbers: ArrayLike, *, area: float, edges: Iterable[tuple[float, float]]) -> Floats:
    """Return N(k) = |Ω| k²/4π − Σ βᵢ |∂Ωᵢ| k/4π, two terms, at ``wavenumbers`` (...) in 1/m; not below 0.

    ``area`` in m²; ``edges``: pairs of length in m and β. Raises ``InputError`` when area or a length is
    negative.
    """
    edges = list(edges)
    if not area > 0 or any(not length >= 0 for length, _ in edges):
        raise InputError(
            f"Weyl count: needed a positive area and lengths of 0 or more, got {area!r}, {edges!r}."
        )
    k = np.asarray(wavenumbers, dtype=float)
    perimeter = sum(length * beta for length, beta in edges)
    return np.maximum((area * k**2 - perimeter * k) / (4 * np.pi), 0)


@dataclass(frozen=True)
class WeylFit:
    """N(k) ≈ |Ω| k²/4π − ``beta`` |∂Ω| k/4π + ``constant``, fitted to a list of modes."""

    beta: float
    constant: float


def fit_weyl(wavenumbers: ArrayLike, *, area: float, perimeter: float, start: float = 0.3) -> WeylFit:
    """Fit β and the constant third term to a complete list of modes (m,), rigid ones included as 0.

    Galerkin fit over ``start``·K < k < K, K the last mode: ∫ b(k) kⁱ [N(k) − model(k)] dk = 0 for i = 0, 1,
    with the bump b = t²(1 − t)². The staircase is integrated exactly; the smooth ends of the bump average its
    oscillations away, which a plain fit of N would not. On the disc 200 modes give β within 2e-4. Raises
    ``InputError`` with fewer than 10 modes in the window or a wrong option.
    """
    modes = np.sort(np.asarray(wavenumbers, dtype=float))
    if not (0 <= start < 1 and area > 0 and perimeter > 0):
        raise InputError(
            "Weyl fit: needed a positive area and perimeter and a start from 0 to 1, "
            f"got {area!r}, {perimeter!r} and {start!r}."
        )
    if not np.isfinite(modes).all() or np.count_nonzero(modes > start * modes.max(initial=0)) < 10:
        raise InputError(
            f"Weyl fit: needed 10 finite wavenumbers or more in the window, got {len(modes)} in all."
        )
    last = modes[-1]
    place = np.clip((modes / last - start) / (1 - start), 0, 1)
    k = Polynomial([start * last, (1 - start) * last])
    bump = Polynomial([0, 0, 1]) * Polynomial([1, -1]) ** 2
    terms = [-perimeter / (4 * np.pi) * k, Polynomial([1.0])]
    matrix, rest = np.empty((2, 2)), np.empty(2)
    for row, test in enumerate((Polynomial([1.0]), k / last)):
        weight = bump * test
        integral = weight.integ()
        staircase = np.sum(integral(1) - integral(place))
        rest[row] = staircase - (weight * k**2 * (area / (4 * np.pi))).integ()(1)
        matrix[row] = [(weight * term).integ()(1) for term in terms]
    beta, constant = np.linalg.solve(matrix, rest)
    return WeylFit(float(beta), float(constant))


def landscape_count(
    surface: Surface, omegas: ArrayLike, wavenumbers: ArrayLike, *, box: float = BOX
) -> Floats:
    """Return the number of boxes of side ``box``/k in which L somewhere exceeds 1/ω²: a heuristic, not a law.

    ``omegas`` (m,) in rad/s with their ``wavenumbers`` (m,) in 1/m -> (m,), averaged over nine placements of
    the boxes. Proved, up to constants and with box = 1, for second-order operators only (David, Filoche &
    Mayboroda, Adv. Math. 390, 107946, 2021, doi:10.1016/j.aim.2021.107946). NaN where boxes are smaller than
    two spacings of the samples. Raises ``InputError`` when a number is not positive or the lists differ in
    length.
    """
    omegas, wavenumbers = np.asarray(omegas, dtype=float), np.asarray(wavenumbers, dtype=float)
    if omegas.shape != wavenumbers.shape or omegas.ndim != 1:
        raise InputError(
            f"Landscape count: needed one wavenumber per frequency, got {omegas.shape}, {wavenumbers.shape}."
        )
    if not (box > 0 and (omegas > 0).all() and (wavenumbers > 0).all()):
        raise InputError("Landscape count: needed positive frequencies, wavenumbers and box size.")
    coarsest = vertex_spacing(surface).max()
    sides = box / wavenumbers
    counts = [
        _boxes(surface.points[surface.values > omega**-2], side)
        for omega, side in zip(omegas, sides, strict=True)
    ]
    return np.where(sides >= 2 * coarsest, counts, np.nan)


def _boxes(points: Floats, side: float) -> float:
    """Count the boxes of a square lattice that hold a point, the mean over nine placements of the lattice."""
    if not len(points):
        return 0.0
    scaled = (points - points.min(axis=0)) / side
    total = 0
    for shift in np.ndindex(3, 3):
        column, row = np.floor(scaled + np.array(shift) / 3).astype(np.intp).T
        total += len(np.unique(column * (row.max() + 1) + row))
    return total / 9
