"""One factor on the bending stiffness from measured data: from a static field, or from all frequencies.

w = p K⁻¹1 ∝ 1/D and ω² ∝ D, so one number scales all deflections and all frequencies. As a factor on the
thickness h at constant density it acts as w ∝ h⁻³ and ω ∝ h.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Real = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True)
class Scale:
    """``value`` s of w ≈ s v + ``offset`` with its standard deviation ``sigma``.

    ``residuals`` (n,) w − s v − offset; ``rms`` of them over the rms of w; ``chi2`` the mean of (residual/σ)²,
    NaN where the measurement states no σ.
    """

    value: float
    sigma: float
    offset: float
    residuals: Real
    rms: float
    chi2: float


@dataclass(frozen=True)
class Factor:
    """A factor κ on D from ``count`` numbers; ``low``, ``high`` bound it at 95% (NaN with one frequency)."""

    value: float
    low: float
    high: float
    count: int

    @property
    def thickness(self) -> tuple[float, float, float]:
        """The factor on h with ω ∝ h, that is √κ, and its interval."""
        return tuple(float(np.sqrt(v)) for v in (self.value, self.low, self.high))  # type: ignore[return-value]

    def entry(self) -> dict[str, Any]:
        """Return it as summary.json writes it."""
        return {"value": self.value, "interval": [self.low, self.high], "level": LEVEL, "numbers": self.count}


def fit_scale(
    measured: Real,
    model: Real,
    sigma: Real,
    weights: Real,
    *,
    correlated: float = 1.0,
    free_offset: bool = False,
) -> Scale:
    """Fit w = s v (+ offset) by least squares weighted with 1/σ², or with areas where σ is unknown.

    ``measured`` w (n,), ``model`` v (n,), ``sigma`` (n,) NaN or 0 where unknown, ``weights`` (n,) areas;
    ``correlated``: number of points over which the noise is one. σ_s² = correlated · Σ g² σ² for s = Σ g w, and
    times χ² where the residuals exceed the stated noise.
    """
    known = bool(np.isfinite(sigma).all() and (sigma > 0).all())
    weight = 1 / sigma**2 if known else weights
    design = np.column_stack([model, np.ones(len(model))]) if free_offset else model[:, None]
    gain = np.linalg.solve((weight[:, None] * design).T @ design, (weight[:, None] * design).T)
    found = gain @ measured
    residuals = measured - design @ found
    chi2 = float(np.mean((residuals / sigma) ** 2)) if known else np.nan
    noise = sigma if known else np.full(len(measured), np.sqrt(np.mean(residuals**2)))
    spread = np.sqrt(correlated * np.sum(gain[0] ** 2 * noise**2)) * (
        np.sqrt(max(chi2, 1.0)) if known else 1.0
    )
    size = np.sqrt(np.average(measured**2, weights=weights))
    rms = float(np.sqrt(np.average(residuals**2, weights=weights)) / size) if size > 0 else np.nan
    return Scale(
        float(found[0]), float(spread), float(found[1]) if free_offset else 0.0, residuals, rms, chi2
    )


def factor_of_scale(scale: Scale) -> Factor:
    """Return κ = 1/s with its 95% interval from σ_s: a plate that bends s times as far is 1/s times as stiff."""
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * scale.sigma
    high = 1 / (scale.value - reach) if scale.value > reach else np.inf
    return Factor(1 / scale.value, 1 / (scale.value + reach), high, 1)


def factor_of_frequencies(measured: Real, computed: Real) -> Factor:
    """Return κ of f ≈ √κ f' over all pairs: ln κ = 2 mean ln(f/f'), its interval from their scatter (Student's t).

    The scatter holds what one factor cannot explain: errors of outline, supports and thickness variation.
    """
    logs = 2 * np.log(measured / computed)
    middle, count = float(logs.mean()), len(logs)
    if count < 2:
        return Factor(float(np.exp(middle)), np.nan, np.nan, count)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, count - 1) * logs.std(ddof=1) / np.sqrt(count))
    return Factor(float(np.exp(middle)), float(np.exp(middle - reach)), float(np.exp(middle + reach)), count)


def left_out(measured: Real, computed: Real) -> Real:
    """Return f/f'√κ − 1 (n,) with κ fitted to all pairs but the one in question: predictions, not fits.

    NaN with a single pair.
    """
    logs = np.log(measured / computed)
    count = len(logs)
    if count < 2:
        return np.full(count, np.nan)
    others = (logs.sum() - logs) / (count - 1)
    return np.expm1(logs - others)
