"""One measured field against the plate: a static deflection against the computed one, a mode against its region."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.comparison_plate import ComparedPlate
from holography.comparison_pose import Placed, static_field
from holography.matching import complexity, mac, unrotated
from holography.stiffness import Factor, Scale, factor_of_scale, fit_scale

Real = NDArray[np.float64]


@dataclass(frozen=True)
class Thresholds:
    """``support``: share of max |ψ| from which on a point belongs to a mode's support; ``sigmas``: standard deviations
    by which the inequality must be broken to count; ``mac``: least MAC of a match, and of a static field that fits."""

    support: float = 0.5
    sigmas: float = 3.0
    mac: float = 0.8
    static_mac: float = 0.9


@dataclass(frozen=True)
class StaticFit:
    """A static field w ≈ s v: ``scale``, ``mac`` with the computed field v (n,), and the implied ``factor`` on D.

    ``model`` (n,) s v + offset at the points; ``factor`` None where load or units do not tell it.
    """

    scale: Scale
    mac: float
    model: Real
    factor: Factor | None
    stiffness: tuple[float, float] | None
    why: str = ""


def fit_static(placed: Placed, plate: ComparedPlate) -> StaticFit:
    """Fit the computed deflection, under the measured pressure, to a measured one: w ≈ s v, D = D' / s.

    Pressure and D enter as one quotient: an error of the pressure is an error of D.
    """
    samples, values = placed.samples, placed.values
    field = np.nan_to_num(static_field(values))
    load, why = _load(placed, plate)
    inside = values.inside
    measured = np.asarray(samples.values.real, dtype=float)
    scale = fit_scale(
        measured[inside],
        load * field[inside],
        samples.sigma[inside],
        samples.area[inside],
        correlated=samples.correlated,
        free_offset=samples.free_offset,
    )
    correlation = mac(measured, field[:, None], samples.weights, free_offset=samples.free_offset)[0]
    model = np.where(inside, scale.value * load * field + scale.offset, np.nan)
    factor = None if why or scale.value <= 0 else factor_of_scale(scale)
    stiffness = None
    if factor is not None and plate.stiffness is not None:
        stiffness = (
            plate.stiffness * factor.value,
            plate.stiffness * factor.value * scale.sigma / scale.value,
        )
    return StaticFit(scale, float(correlation), model, factor, stiffness, why)


def _load(placed: Placed, plate: ComparedPlate) -> tuple[float, str]:
    """Return what the computed field is to be multiplied with for the measured pressure, and why D stays unknown."""
    samples, values = placed.samples, placed.values
    if values.deflection is None:
        known = samples.pressure is not None and samples.areal_density is not None and plate.si
        if known:
            return float(samples.pressure or 1) / float(
                samples.areal_density or 1
            ), "the result holds no stiffness"
        return 1.0, "pressure or areal density of the measurement is unknown"
    if samples.pressure is None:
        return 1.0, "the pressure of the measurement is unknown ([load] pressure in its capture.toml)"
    if plate.pressure is None:
        return 1.0, "the computed pressure is not the same everywhere"
    if not plate.si and not placed.registration.method.startswith("given"):
        return (
            samples.pressure / plate.pressure,
            "the plate is non-dimensional, its lengths are not known in m",
        )
    return samples.pressure / plate.pressure, ""


def describe_static(fit: StaticFit, placed: Placed, plate: ComparedPlate, *, least: float) -> dict[str, Any]:
    """Return the entry of a static field in summary.json."""
    fits = fit.mac >= least and placed.registration.good and fit.scale.value > 0
    return {
        "field": placed.samples.name,
        "kind": "static",
        "fits": bool(fits),
        "mac": fit.mac,
        "scale": {"value": fit.scale.value, "sigma": fit.scale.sigma, "offset": fit.scale.offset},
        "residual": {"rms": fit.scale.rms, "chi2": fit.scale.chi2},
        "pressure": {"measured": placed.samples.pressure, "predicted": plate.pressure},
        "areal_density": placed.samples.areal_density,
        "stiffness_factor": None if fit.factor is None or not fits else fit.factor.entry(),
        "stiffness": None
        if fit.stiffness is None or not fits
        else {"predicted": plate.stiffness, "implied": fit.stiffness[0], "sigma": fit.stiffness[1]},
        "stiffness_unknown": fit.why or None,
        "registration": placed.registration.entry(),
    }


@dataclass(frozen=True)
class Locality:
    """Where a measured mode lives.

    ``region`` that holds most of its energy, ``energy`` its share there, ``overlap`` the share of the
    support {|ψ| ≥ ½ max |ψ|} that lies in it, ``spread`` the energy of every region by number; noise is subtracted.
    """

    region: int | None
    energy: float
    overlap: float
    spread: dict[int, float]


def locate(placed: Placed, limits: Thresholds, *, regions: int, region: int | None = None) -> Locality:
    """Return how a measured mode is spread over the regions; for ``region`` instead of its own if one is given."""
    samples, labels = placed.samples, placed.values.labels
    energy = samples.energy
    total = float(energy.sum())
    parts = np.bincount(labels, energy, minlength=regions + 1) / total if total > 0 else np.zeros(regions + 1)
    if not regions:
        return Locality(None, np.nan, np.nan, {})
    home = int(np.argmax(parts[1:])) + 1 if region is None else region
    high = np.abs(samples.values) >= limits.support * np.abs(samples.values).max()
    overlap = float(samples.weights[high & (labels == home)].sum() / samples.weights[high].sum())
    spread = {k: float(parts[k]) for k in range(1, regions + 1)}
    return Locality(home, float(np.clip(parts[home], 0, 1)), overlap, spread)


@dataclass(frozen=True)
class Inequality:
    """|ψ| / max |ψ| ≤ ω² L: ``broken``, the share of the area where it fails by more than the noise; ``worst`` excess in shares of
    max |ψ| after the noise; ``checked``: the share of the area it says something about (ω² L < 1)."""

    broken: float
    worst: float
    checked: float


def check_inequality(placed: Placed, omega2: float, limits: Thresholds) -> Inequality | None:
    """Check the landscape's bound on a measured mode, point by point, ``omega2`` = ω² in 1/s².

    (Filoche & Mayboroda, PNAS 109, 14761, 2012, doi:10.1073/pnas.1120432109.) None without a landscape.
    """
    samples, landscape = placed.samples, placed.values.landscape
    if landscape is None:
        return None
    inside = placed.values.inside
    size = np.abs(samples.values)
    noise = limits.sigmas * np.nan_to_num(samples.sigma)
    excess = (size - noise) / size.max() - omega2 * np.maximum(np.nan_to_num(landscape), 0)
    weights = samples.weights * inside
    total = float(weights.sum())
    bound = omega2 * np.nan_to_num(landscape) < 1
    broken = excess > 0
    return Inequality(
        float(weights[broken].sum() / total),
        float(np.max(excess[inside], initial=0.0)),
        float(weights[bound].sum() / total),
    )


def displayed(placed: Placed) -> tuple[Real, float]:
    """Return a measured shape as a real one scaled to max |ψ| = 1, and how far from real it was (0..1)."""
    values = placed.samples.values
    real = unrotated(values)
    top = real.flat[int(np.argmax(np.abs(real)))]
    return np.asarray(real / top, dtype=float), complexity(values)
