"""Phase of fringes: phase-shifting schemes as data, steps estimated from the frames, carrier demodulation.

Every frame obeys I_k = A + B cos(φ + δ_k). Frames are (n, r, c), images (r, c) with row 0 at the top; angles
in rad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.carrier import CarrierPhase, carrier_demodulate, find_carrier
from holography.steps import checked_frames, design, estimate_steps
from landscape.errors import InputError

__all__ = [
    "SCHEMES",
    "CarrierPhase",
    "PhaseShifted",
    "Scheme",
    "carrier_demodulate",
    "demodulate",
    "estimate_steps",
    "find_carrier",
    "n_step",
]

Real = NDArray[np.float64]


@dataclass(frozen=True)
class Scheme:
    """A phase-shifting scheme: its steps δ_k, and weights if it is not the least-squares one.

    sin φ ∝ Σ sine_k I_k and cos φ ∝ Σ cosine_k I_k, both with the same factor ``gain`` · B.
    """

    steps: tuple[float, ...]
    sine: tuple[float, ...] = ()
    cosine: tuple[float, ...] = ()
    gain: float = 1.0


def n_step(count: int) -> Scheme:
    """Least-squares scheme of ``count`` ≥ 3 equal steps over one period, δ_k = 2πk/n."""
    return Scheme(tuple(2 * np.pi * k / count for k in range(count)))


CARRE = Scheme(tuple(np.pi / 4 * k for k in (-3, -1, 1, 3)))

SCHEMES: dict[str, Scheme] = {
    "3-step": n_step(3),
    "4-step": n_step(4),
    "hariharan": Scheme(
        tuple(np.pi / 2 * k for k in (-2, -1, 0, 1, 2)), (0, 2, 0, -2, 0), (-1, 0, 2, 0, -1), 4
    ),
    "carre": CARRE,
    **{f"{count}-step": n_step(count) for count in range(5, 17)},
}
"""Schemes by name. Hariharan, Oreb & Eiju, Appl. Opt. 26, 2504 (1987), doi:10.1364/AO.26.002504, forgives a
wrong step to second order; Carré, Metrologia 2, 13 (1966), doi:10.1088/0026-1394/2/1/005, needs only that the
steps be equal."""


LARGEST_GAIN = 20.0
"""Noise of the phase, against that of even steps, above which steps are refused."""


@dataclass(frozen=True)
class PhaseShifted:
    """What phase-shifted frames say of every pixel.

    ``phase`` φ (r, c) in (−π, π]; ``modulation`` B and ``background`` A (r, c) in the unit of the frames;
    ``noise`` σ_I of one frame, pooled over pixels from the misfit (NaN with three frames, which leave no
    misfit); ``steps`` δ (n,) in rad.
    """

    phase: Real
    modulation: Real
    background: Real
    noise: float
    steps: Real

    def field(self) -> NDArray[np.complexfloating[Any, Any]]:
        """Complex fringe amplitude B e^{iφ}."""
        return self.modulation * np.exp(1j * self.phase)


def demodulate(frames: NDArray, steps: Sequence[float] | NDArray | str, *, state: str = "") -> PhaseShifted:
    """Phase, modulation and background of frames whose steps are a scheme's name or given in rad.

    Given steps: least squares per pixel on 1, cos δ, −sin δ. Raises `InputError` for fewer than three frames,
    steps that do not match the frames, an unknown scheme, or steps of which fewer than three differ modulo
    2π, or so little that the phase is lost in noise. ``state`` names the frames in these messages.
    """
    frames = checked_frames(frames)
    scheme = _scheme(steps, len(frames), state)
    delta = np.asarray(scheme.steps)
    if scheme is CARRE:
        delta, cosine, sine = _carre(frames)
    elif scheme.sine:
        sine, cosine = (
            np.tensordot(np.asarray(w) / scheme.gain, frames, 1) for w in (scheme.sine, scheme.cosine)
        )
    else:
        sine = cosine = np.empty(0)
    background, fitted_cosine, fitted_sine = np.tensordot(np.linalg.pinv(design(delta)), frames, 1)
    noise = _noise(frames, delta, (background, fitted_cosine, fitted_sine))
    if not sine.size:
        sine, cosine = fitted_sine, fitted_cosine
    return PhaseShifted(np.arctan2(sine, cosine), np.hypot(sine, cosine), background, noise, delta)


def _scheme(steps: Sequence[float] | NDArray | str, count: int, state: str) -> Scheme:
    if isinstance(steps, str):
        if steps not in SCHEMES:
            raise InputError(
                f"phase steps: unknown scheme {steps!r}.", f"Known: {', '.join(SCHEMES)}; or give the steps."
            )
        scheme = SCHEMES[steps]
    else:
        scheme = Scheme(tuple(float(step) for step in steps))
    if len(scheme.steps) != count:
        raise InputError(
            f"phase steps: {steps if isinstance(steps, str) else 'the list'} has {len(scheme.steps)} steps, "
            f"but there are {count} {state} frames.".replace("  ", " "),
            "Give one step per frame, in the order of the frames.",
        )
    if not np.all(np.isfinite(scheme.steps)) or np.linalg.cond(design(np.asarray(scheme.steps))) > 1e6:
        raise InputError(
            "phase steps: at least three steps must differ modulo 360 degrees, got "
            f"{np.round(np.degrees(scheme.steps), 3).tolist()} degrees.",
            "With such frames the phase is undefined.",
        )
    amplified = _noise_gain(np.asarray(scheme.steps)) / np.sqrt(2 / count)
    if amplified > LARGEST_GAIN:
        raise InputError(
            f"phase steps: {np.round(np.degrees(scheme.steps), 3).tolist()} degrees lie so close together that noise "
            f"counts {amplified:.0f} times as much as with even steps.",
            "Steps are given in degrees, not in radians.",
        )
    return scheme


def _noise_gain(delta: Real) -> float:
    """Largest σφ B / σ_I over all phases: σφ² = (sin², cos²) quadratic form of the inverse normal matrix."""
    basis = design(delta)
    return float(np.sqrt(np.linalg.eigvalsh(np.linalg.inv(basis.T @ basis)[1:, 1:])[-1]))


def _noise(frames: NDArray, delta: Real, fit: tuple[Real, Real, Real]) -> float:
    """Pooled standard deviation of the misfit, with n − 3 degrees of freedom per pixel."""
    freedom = len(frames) - 3
    if freedom == 0:
        return float("nan")
    total = 0.0
    for frame, row in zip(frames, design(delta), strict=True):
        misfit = frame - (row[0] * fit[0] + row[1] * fit[1] + row[2] * fit[2])
        total += float(np.vdot(misfit, misfit))
    return float(np.sqrt(total / (freedom * frames[0].size)))


def _carre(frames: NDArray) -> tuple[Real, Real, Real]:
    """Steps (from the common step 2α, pooled over pixels), cosine and sine of Carré's four frames."""
    first, second, third, fourth = (np.asarray(frame, dtype=float) for frame in frames)
    inner, outer = second - third, first - fourth  # 2B sin φ sin α, 2B sin φ sin 3α
    square = np.maximum((3 * inner - outer) * (outer + inner), 0)
    sine = np.sign(inner) * np.sqrt(square)
    cosine = second + third - first - fourth
    ratio = np.vdot(inner, outer) / max(
        np.vdot(inner, inner), np.finfo(float).tiny
    )  # sin 3α / sin α = 3 − 4 sin² α
    alpha = np.arcsin(np.sqrt(np.clip((3 - ratio) / 4, 0, 1)))
    if not 0.1 < alpha < np.pi / 2 - 0.1:
        raise InputError(
            f"Carré: the frames fit a step of {np.degrees(2 * alpha):.0f} degrees; it must be well inside 0 to 180."
        )
    gain = 8 * np.sin(alpha) ** 2 * np.cos(alpha)
    return 2 * alpha * np.array([-1.5, -0.5, 0.5, 1.5]), cosine / gain, sine / gain
