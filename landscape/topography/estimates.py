"""Frequencies of regions from the landscape alone, and the region each mode lives in.

L solves the static problem under the load ρh: a(L, v) = ∫ ρh v. So its Rayleigh quotient needs no stiffness.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.sparse import csr_array

from landscape.errors import InputError
from landscape.topography.basins import Indices

Floats = NDArray[np.float64]

PEAK_CONSTANT = 16 / np.pi**2
"""c of the peak rule ω² ≈ c / max L: within 0.6% in frequency for compact rooms, +11.5% for a strip."""

# λ₁ max L of clamped plates against r = κ_long / κ_short, the ratio of curvatures of L at its peak. Ritz
# method with polynomials, (1−x²)²(1−y²)² Pᵢ(x)Pⱼ(y) and (1−x²/a²−y²/b²)² Pᵢ(x)Pⱼ(y), converged to the digits
# given; ellipses have L = L₀ (1−x²/a²−y²/b²)², hence r = (b/a)². Rows: aspect ratio, r, c. The last: the
# infinite strip (c = 500.563901740 / 384); there the ratio of a rectangle has vanished long before its
# constant gets there, so the row of 4:1, where r crosses 0, stands for all that are longer.
_RECTANGLES = np.array(
    [
        (1.00, 1.00000, 1.63850),
        (1.10, 0.76690, 1.63655),
        (1.20, 0.59902, 1.63131),
        (1.35, 0.42208, 1.61872),
        (1.50, 0.30095, 1.60185),
        (1.75, 0.17136, 1.56762),
        (2.00, 0.09506, 1.53007),
        (2.50, 0.02429, 1.45998),
        (3.00, 0.00321, 1.40825),
        (4.00, 0.00000, 1.35485),
    ]
)
_ELLIPSES = np.array(
    [
        (1.00, 1 / 1.00**2, 1.63067),
        (1.20, 1 / 1.20**2, 1.62793),
        (1.50, 1 / 1.50**2, 1.61664),
        (2.00, 1 / 2.00**2, 1.58797),
        (2.50, 1 / 2.50**2, 1.55639),
        (3.00, 1 / 3.00**2, 1.52760),
        (4.00, 1 / 4.00**2, 1.48281),
        (5.00, 1 / 5.00**2, 1.45171),
        (7.00, 1 / 7.00**2, 1.41288),
        (10.0, 1 / 10.0**2, 1.38176),
        (np.inf, 0.0, 1.30355),
    ]
)


@dataclass(frozen=True)
class Samples:
    """A landscape at quadrature points.

    ``weights`` (q,) in m², ``density`` (q,) ρh or its ratio to any constant, ``labels`` (q,) of the regions,
    ``values`` (q,) of L in s². ``second`` (q,) in s⁴: K⁻¹ M L, one more back-substitution; None where there
    is no operator (a measurement).
    """

    weights: Floats
    density: Floats
    labels: Indices
    values: Floats
    second: Floats | None = None


@dataclass(frozen=True)
class Estimates:
    """Per region 1..k: its ``area``, and estimates of ω² of its fundamental.

    NaN where there is nothing to estimate from. ``peak`` = c / max L. ``rayleigh`` = ∫ρh L / ∫ρh L², an upper
    bound on a whole plate. ``schwarz`` = ∫ρh L u₂ / ∫ρh u₂². ``below`` = L/u₂ at the peak, mostly too low:
    with ``rayleigh`` it brackets the frequency.
    """

    area: Floats
    peak: Floats
    rayleigh: Floats
    schwarz: Floats
    below: Floats


def estimate_regions(
    samples: Samples,
    peak_values: ArrayLike,
    *,
    peak_second: ArrayLike | None = None,
    constant: ArrayLike = PEAK_CONSTANT,
    sigma: ArrayLike = 0.0,
) -> Estimates:
    """Return the estimates of all regions from quadrature and from their peaks.

    ``peak_values`` (k,) L at the peaks in s², ``peak_second`` (k,) u₂ there in s⁴; ``constant`` c, one for
    all or (k,) from ``peak_constant``. ``sigma`` (q,) in s², the standard deviation of a measured L: the noise n adds
    ⟨n²⟩ = σ² to L², so ∫ρh σ² is taken from ∫ρh L². Raises ``InputError`` when a peak is not positive. (Filoche &
    Mayboroda, PNAS 109, 14761, 2012, doi:10.1073/pnas.1120432109; Lefebvre et al., PRL 117, 074301, 2016,
    doi:10.1103/PhysRevLett.117.074301.)
    """
    peaks = np.asarray(peak_values, dtype=float)
    if not (peaks > 0).all():
        raise InputError(f"Estimates: needed a positive landscape at every peak, got {peaks.min()!r}.")
    mass, values, second = samples.weights * samples.density, samples.values, samples.second

    def integral(integrand: Floats) -> Floats:
        return _sums(integrand, samples.labels, len(peaks))

    missing = np.full(len(peaks), np.nan)
    return Estimates(
        area=integral(samples.weights),
        peak=np.asarray(constant, dtype=float) / peaks,
        rayleigh=_ratio(
            integral(mass * values), integral(mass * (values**2 - np.asarray(sigma, dtype=float) ** 2))
        ),
        schwarz=missing
        if second is None
        else _ratio(integral(mass * values * second), integral(mass * second**2)),
        below=missing if peak_second is None else _ratio(peaks, np.asarray(peak_second, dtype=float)),
    )


def estimate_sigma(
    samples: Samples, sigma: ArrayLike, estimates: Estimates, *, peak_sigma: ArrayLike, shared: float = 1.0
) -> tuple[Floats, Floats]:
    """Return the standard deviations (k,) of ``peak`` and ``rayleigh`` ω² that the noise of a measured L causes.

    To first order: σ(c/L) = (c/L) (σ_L/L); and with R = ∫ρh L / ∫ρh L², δR = ∫ρh (1 − 2 R L) δL / ∫ρh L².
    ``sigma`` (q,) of L at the samples in s² and ``peak_sigma`` (k,) = σ_L/L at the peaks, relative;
    ``shared`` is the number of samples that share one value of the noise, 4πσ² for white noise after a
    Gaussian filter of σ pixels. Raises ``InputError`` when ``shared`` < 1.
    """
    if not shared >= 1:
        raise InputError(f"Sigma of estimates: needed 1 or more samples that share noise, got {shared!r}.")
    mass, labels = samples.weights * samples.density, samples.labels
    count = len(estimates.peak)
    rayleigh = np.append(np.nan, estimates.rayleigh)[labels]
    influence = mass * (1 - 2 * rayleigh * samples.values) * np.asarray(sigma, dtype=float)
    square = _sums(np.nan_to_num(influence) ** 2, labels, count)
    norm = _sums(mass * samples.values**2, labels, count)
    return estimates.peak * np.asarray(peak_sigma, dtype=float), _ratio(np.sqrt(shared * square), norm)


def peak_constant(hessians: ArrayLike) -> Floats:
    """Return c of ω² ≈ c / max L from the shape of L at its peak; hessians (..., 2, 2) -> (...).

    With κ₁ ≥ κ₂ the eigenvalues of −H, c is a function of r = κ₂/κ₁ alone: the mean of those of clamped
    ellipses and clamped rectangles, interpolated monotonically in √r (the aspect ratio b/a of an ellipse).
    Both families lie within 0.5% of it for r ≥ 0.1, 1.5% for r ≥ 0.02 and 2.2% below, where the peak hardly
    feels the length of its room: half of that in frequency. Rooms with supported edges have
    other constants (a supported square 1.583). κ₂ < 0 (a long room's peak, about to split)
    counts as 0. Raises ``InputError`` when no eigenvalue is negative or one is not finite: that is no peak.
    """
    hessians = np.asarray(hessians, dtype=float)
    if hessians.shape[-2:] != (2, 2) or not np.isfinite(hessians).all():
        raise InputError(
            f"Peak constant: needed finite Hessians (..., 2, 2), got shape {hessians.shape} or NaN."
        )
    curvature = -np.linalg.eigvalsh((hessians + hessians.swapaxes(-1, -2)) / 2)  # falling: κ₁, κ₂
    if not (curvature[..., 0] > 0).all():
        raise InputError("Peak constant: the landscape does not bend down there, so it is no peak.")
    root = np.sqrt(np.clip(curvature[..., 1] / curvature[..., 0], 0, 1))
    families = [PchipInterpolator(np.sqrt(rows[::-1, 1]), rows[::-1, 2]) for rows in (_RECTANGLES, _ELLIPSES)]
    return np.asarray(sum(family(root) for family in families) / 2)


def confinement(
    modes: ArrayLike, mass: ArrayLike, labels: ArrayLike, *, regions: int
) -> tuple[Indices, Floats]:
    """Return the region (m,) that holds most of each mode's kinetic energy and its share (m,) of the whole.

    Arguments and errors are those of ``energy_shares``. Region 0 is never the answer unless there is no region.
    """
    return largest_share(energy_shares(modes, mass, labels, regions=regions))


def energy_shares(modes: ArrayLike, mass: ArrayLike, labels: ArrayLike, *, regions: int) -> Floats:
    """Return the share of each mode's kinetic energy in each region, (regions, m).

    share = ∫_Ω ρh ψ² / ∫ ρh ψ². ``modes`` (q, m) at quadrature points, ``mass`` (q,) weights times ρh,
    ``labels`` (q,) from 0 = none to ``regions``. Raises ``InputError`` when a mode is zero or not finite.
    """
    modes, mass, labels = np.asarray(modes, dtype=float), np.asarray(mass, dtype=float), np.asarray(labels)
    if labels.size and not (labels.min() >= 0 and labels.max() <= regions):
        raise InputError(
            f"Confinement: needed labels from 0 to {regions}, got {labels.min()} to {labels.max()}."
        )
    points = np.arange(len(labels))
    inside = csr_array((mass, (labels, points)), shape=(regions + 1, len(labels)))
    energy = inside @ modes**2
    total = energy.sum(axis=0)
    if not (np.isfinite(total) & (total > 0)).all():
        raise InputError("Confinement: needed modes with a finite, positive kinetic energy.")
    return np.asarray(energy[1:] / total, dtype=float)


def largest_share(shares: Floats) -> tuple[Indices, Floats]:
    """Return the region (m,) from 1 on with the largest of the ``shares`` (regions, m), and that share (m,)."""
    if len(shares) == 0:
        return np.zeros(shares.shape[1], dtype=np.intp), np.zeros(shares.shape[1])
    region = np.argmax(shares, axis=0)
    return region + 1, shares[region, np.arange(shares.shape[1])]


def _sums(integrand: Floats, labels: Indices, count: int) -> Floats:
    """Add up (q,) by region 1..count."""
    return np.asarray(np.bincount(labels, weights=integrand, minlength=count + 1)[1 : count + 1], dtype=float)


def _ratio(upper: Floats, lower: Floats) -> Floats:
    """Divide, NaN where the denominator is not positive."""
    positive = lower > 0
    return np.where(positive, upper / np.where(positive, lower, 1), np.nan)
