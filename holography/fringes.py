"""Phase of fringes: phase-shifting schemes as data, steps estimated from the frames, carrier demodulation.

Every frame obeys I_k = A + B cos(φ + δ_k). Frames are (n, r, c), images (r, c) with row 0 at the top; angles in rad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage, optimize

from landscape.errors import InputError

Real = NDArray[np.floating]


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
"""Schemes by name. Hariharan, Oreb & Eiju, Appl. Opt. 26, 2504 (1987), doi:10.1364/AO.26.002504, forgives a wrong step to
second order; Carré, Metrologia 2, 13 (1966), doi:10.1088/0026-1394/2/1/005, needs only that the steps be equal."""


@dataclass(frozen=True)
class PhaseShifted:
    """What phase-shifted frames say of every pixel.

    ``phase`` φ (r, c) in (−π, π]; ``modulation`` B and ``background`` A (r, c) in the unit of the frames; ``noise``
    σ_I of one frame, pooled over pixels from the misfit (NaN with three frames, which leave no misfit); ``steps`` δ (n,) in rad.
    """

    phase: Real
    modulation: Real
    background: Real
    noise: float
    steps: Real

    def field(self) -> NDArray[np.complexfloating]:
        """Complex fringe amplitude B e^{iφ}."""
        return self.modulation * np.exp(1j * self.phase)


def demodulate(frames: NDArray, steps: Sequence[float] | NDArray | str) -> PhaseShifted:
    """Phase, modulation and background of frames whose steps are a scheme's name or given in rad.

    Given steps: least squares per pixel on 1, cos δ, −sin δ. Raises `InputError` for fewer than three frames, steps that do not
    match the frames, an unknown scheme, or steps of which fewer than three differ modulo 2π.
    """
    frames = _checked(frames)
    scheme = _scheme(steps, len(frames))
    delta = np.asarray(scheme.steps)
    if scheme is CARRE:
        delta, cosine, sine = _carre(frames)
    elif scheme.sine:
        sine, cosine = (
            np.tensordot(np.asarray(w) / scheme.gain, frames, 1) for w in (scheme.sine, scheme.cosine)
        )
    else:
        sine = cosine = np.empty(0)
    background, fitted_cosine, fitted_sine = np.tensordot(np.linalg.pinv(_design(delta)), frames, 1)
    noise = _noise(frames, delta, (background, fitted_cosine, fitted_sine))
    if not sine.size:
        sine, cosine = fitted_sine, fitted_cosine
    return PhaseShifted(np.arctan2(sine, cosine), np.hypot(sine, cosine), background, noise, delta)


def _checked(frames: NDArray) -> NDArray:
    frames = np.asarray(frames)
    if frames.ndim != 3 or len(frames) < 3:
        raise InputError(
            f"phase steps: needed at least three frames of one size (n, rows, columns), got shape {frames.shape}.",
            "Record three or more frames per state, or use a carrier.",
        )
    return frames


def _scheme(steps: Sequence[float] | NDArray | str, count: int) -> Scheme:
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
            f"phase steps: {steps if isinstance(steps, str) else 'the list'} has {len(scheme.steps)} steps, but there are {count} frames.",
            "Give one step per frame, in the order of the frames.",
        )
    if not np.all(np.isfinite(scheme.steps)) or np.linalg.cond(_design(np.asarray(scheme.steps))) > 1e6:
        raise InputError(
            "phase steps: at least three steps must differ modulo 360 degrees, got "
            f"{np.round(np.degrees(scheme.steps), 3).tolist()} degrees.",
            "With such frames the phase is undefined.",
        )
    return scheme


def _design(delta: Real) -> Real:
    return np.stack([np.ones_like(delta), np.cos(delta), -np.sin(delta)], axis=1)


def _noise(frames: NDArray, delta: Real, fit: tuple[Real, Real, Real]) -> float:
    """Pooled standard deviation of the misfit, with n − 3 degrees of freedom per pixel."""
    freedom = len(frames) - 3
    if freedom == 0:
        return float("nan")
    total = 0.0
    for frame, row in zip(frames, _design(delta), strict=True):
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


def estimate_steps(
    frames: NDArray,
    initial: Sequence[float] | NDArray | None = None,
    *,
    mask: NDArray[np.bool_] | None = None,
    method: Literal["projection", "aia"] = "projection",
) -> Real:
    """Unknown phase steps δ (n,) in rad from the frames alone, with δ₀ = 0.

    "projection" eliminates A, B cos φ and B sin φ of every pixel: δ minimises tr(P⊥(δ) M), with M (n, n) the mean of
    I Iᵀ over pixels and P⊥ the projector off 1, cos δ, sin δ. Dim pixels weigh little by themselves, and uneven light does no harm.
    What M leaves open (one direction for four frames, more for three) is fixed by asking that from pixel to pixel the
    fringes change equally in cosine and sine and independently of the background. "aia" is the advanced iterative algorithm, which takes A and B to be constant: with
    Gaussian light it can be wrong by 10 degrees.

    φ and δ are known up to a common sign: ``initial`` (rad) decides it, else the mean step is taken positive and below π.
    ``mask`` (r, c) restricts the pixels. Raises `InputError` when there are no fringes to fit.

    Sources: Wang & Han, Opt. Lett. 29, 1671 (2004), doi:10.1364/OL.29.001671; Golub & Pereyra, Inverse Problems 19,
    R1 (2003), doi:10.1088/0266-5611/19/2/201.
    """
    frames = _checked(frames)
    pixels = np.ones(frames.shape[1:], dtype=bool) if mask is None else mask
    values = frames[:, pixels].astype(float)
    spread = values - values.mean(axis=0) if values.size else values
    if not values.size or not np.any(spread):
        raise InputError(
            "phase steps: the frames do not differ, so their steps cannot be estimated.", "Give the steps."
        )
    start = _principal_steps(spread) if initial is None else np.asarray(initial, dtype=float)
    if start.shape != (len(frames),):
        raise InputError(f"phase steps: needed one initial step per frame ({len(frames)}), got {start.size}.")
    steps = (
        _iterate(values, start) if method == "aia" else _project(values, _differences(frames, pixels), start)
    )
    return _canonical(steps, None if initial is None else start)


def _principal_steps(spread: Real) -> Real:
    """First guess: angle in the plane of the two principal components of the frames."""
    vectors = np.linalg.eigh(spread @ spread.T)[1]
    return np.arctan2(vectors[:, -2], vectors[:, -1])


def _canonical(steps: Real, like: Real | None) -> Real:
    """Steps from δ₀ = 0 with increments in [−π, π), of the sign of ``like`` or of a positive mean."""
    change = (np.diff(steps) + np.pi) % (2 * np.pi) - np.pi
    if like is None:
        sign = -1 if change.sum() < 0 else 1
    else:
        wanted = np.exp(1j * np.diff(like))
        sign = (
            1
            if np.sum(np.exp(1j * change) / wanted).real >= np.sum(np.exp(-1j * change) / wanted).real
            else -1
        )
    return np.concatenate([[0.0], np.cumsum(sign * change)])


def _differences(frames: NDArray, pixels: NDArray[np.bool_]) -> Real:
    """Mean of ΔI ΔIᵀ over neighbouring pixels, (n, n)."""
    across = np.diff(frames.astype(float), axis=2)[:, pixels[:, 1:] & pixels[:, :-1]]
    along = np.diff(frames.astype(float), axis=1)[:, pixels[1:] & pixels[:-1]]
    return (across @ across.T + along @ along.T) / max(across.shape[1] + along.shape[1], 1)


def _project(values: Real, differences: Real, start: Real) -> Real:
    """Steps that minimise the projected misfit and the anisotropy of the differences."""
    count, pixels = values.shape
    moment = values @ values.T / pixels
    eigenvalues, vectors = np.linalg.eigh(moment)
    variance = max(eigenvalues[: count - 3].mean() if count > 3 else 0.0, 1e-9 * eigenvalues[-1])
    if count > 3:
        differences = differences - 2 * variance * np.eye(count)  # what camera noise adds
    root = np.sqrt(np.maximum(eigenvalues, 0) * pixels / variance)[:, None] * vectors.T

    def misfit(free: Real) -> Real:
        design = _design(np.concatenate([[0.0], free]))
        inverse = np.linalg.pinv(design)
        (_, ac, as_), (_, cc, cs), (_, _, ss) = inverse @ differences @ inverse.T
        anisotropy = np.array([cc - ss, 2 * cs, 2 * ac, 2 * as_]) / (abs(cc + ss) + np.finfo(float).tiny)
        return np.concatenate([(root - root @ inverse.T @ design.T).ravel(), anisotropy / ANISOTROPY])

    even = 2 * np.pi / count * np.arange(count)
    guesses = [start - start[0], even, np.pi / 2 * np.arange(count)]
    fits = [optimize.least_squares(misfit, guess[1:]) for guess in guesses]
    best = min(fits, key=lambda fit: float(fit.cost))
    return np.concatenate([[0.0], best.x])


ANISOTROPY = 0.05
"""How unequal the changes of the fringes in cosine and sine may be: the weight of that condition in `estimate_steps`."""


def _iterate(values: Real, steps: Real, tolerance: float = 1e-7) -> Real:
    """Advanced iterative algorithm: phases from steps, steps from phases, until neither moves."""
    strong = np.std(values, axis=0)
    values = values[:, strong > 0.3 * np.median(strong)]
    for _ in range(200):
        _, cosine, sine = np.linalg.pinv(_design(steps)) @ values
        phase = np.arctan2(sine, cosine)
        basis = np.stack([np.ones_like(phase), np.cos(phase), np.sin(phase)], axis=1)
        _, c, s = np.linalg.lstsq(basis, values.T, rcond=None)[0]
        new = np.arctan2(-s, c)
        new = new - new[0]
        if np.max(np.abs(np.exp(1j * new) - np.exp(1j * steps))) < tolerance:
            break
        steps = new
    return steps


@dataclass(frozen=True)
class CarrierPhase:
    """Phase of a frame with carrier fringes.

    ``field`` (r, c) complex, (B/2) e^{iφ}, or the product with the conjugate reference; ``frequency`` (fx, fy) of the carrier
    in cycles per pixel (column, row); ``mask`` (r, c) is False on the border of `BORDER` pixels, where the window of the
    Fourier transform spoils the phase.
    """

    field: NDArray[np.complexfloating]
    frequency: tuple[float, float]
    mask: NDArray[np.bool_]


BORDER = 20


def carrier_demodulate(
    frame: Real, frequency: Literal["auto"] | tuple[float, float] = "auto", *, reference: Real | None = None
) -> CarrierPhase:
    """Fourier-transform method: I = A + B cos(2π f·x + φ) → (B/2) e^{iφ}, from the sideband around f.

    ``frame`` and ``reference`` (r, c); f = (fx, fy) in cycles per pixel (column, row). "auto" takes the strongest lobe with
    fx > 0 (fx = 0: fy > 0), to a fraction of a frequency sample; the other lobe gives the opposite phase. Without a reference
    the carrier 2π f·x is subtracted, and an error of f stays as a tilt; with one, its phase is, and f cancels. Raises `InputError`
    when no lobe stands out, or f is so low that it overlaps the background.

    Source: Takeda, Ina & Kobayashi, J. Opt. Soc. Am. 72, 156 (1982), doi:10.1364/JOSA.72.000156.
    """
    if frame.ndim != 2 or min(frame.shape) <= 2 * BORDER + 8:
        raise InputError(
            f"carrier: needed one image of at least {2 * BORDER + 9} pixels a side, got {frame.shape}."
        )
    if reference is not None and reference.shape != frame.shape:
        raise InputError(f"carrier: frame {frame.shape} and reference {reference.shape} differ in size.")
    peak = find_carrier(frame if reference is None else reference) if frequency == "auto" else frequency
    fx, fy = (float(f) for f in peak)
    if not (3 / min(frame.shape) < np.hypot(fx, fy) and max(abs(fx), abs(fy)) < 0.5):
        raise InputError(
            f"carrier: a frequency of ({fx:g}, {fy:g}) cycles per pixel cannot be separated from the background.",
            "It must lie between a few fringes per image and half a cycle per pixel.",
        )
    field = _sideband(frame, (fx, fy))
    if reference is not None:
        field = field * np.conj(_sideband(reference, (fx, fy)))
    mask = np.zeros(frame.shape, dtype=bool)
    mask[BORDER:-BORDER, BORDER:-BORDER] = True
    return CarrierPhase(field, (fx, fy), mask)


def find_carrier(frame: Real) -> tuple[float, float]:
    """Frequency (fx, fy) of the carrier in cycles per pixel: the strongest lobe with fx > 0 (fx = 0: fy > 0), refined.

    The refinement sets the mean slope of the demodulated phase to zero, which holds for a plate at rest along its rim. Raises
    `InputError` when no lobe rises five times above the rest of the spectrum.
    """
    frame = np.asarray(frame, dtype=float)
    window = np.outer(*(np.hanning(n) for n in frame.shape))
    power = np.abs(np.fft.rfft2((frame - frame.mean()) * window)) ** 2
    power = ndimage.gaussian_filter(power, 1.5, mode=("wrap", "nearest"))
    fy, fx = np.fft.fftfreq(frame.shape[0])[:, None], np.fft.rfftfreq(frame.shape[1])[None, :]
    lowest = 6 / min(frame.shape)
    power[(np.hypot(fx, fy) < lowest) | ((fx == 0) & (fy <= 0))] = 0
    row, col = np.unravel_index(np.argmax(power), power.shape)
    rough = np.array([fx[0, col], fy[row, 0]])
    if power[row, col] < 5 * np.median(power) or np.hypot(*rough) < lowest + 2 / min(frame.shape):
        raise InputError(
            "carrier: no lobe stands out of the spectrum, so its frequency cannot be found.",
            "Give the frequency in cycles per pixel, or record with more carrier fringes.",
        )
    for _ in range(3):
        rough = rough + _mean_slope(_sideband(frame, (rough[0], rough[1]))) / (2 * np.pi)
    return float(rough[0]), float(rough[1])


def _mean_slope(field: NDArray[np.complexfloating]) -> Real:
    """Mean phase slope (x, y) in rad per pixel over the bright part inside the border."""
    inner = field[BORDER:-BORDER, BORDER:-BORDER]
    bright = np.abs(inner) > 0.3 * np.median(np.abs(inner))
    across = np.angle(inner[:, 1:] * np.conj(inner[:, :-1]))[bright[:, 1:] & bright[:, :-1]]
    along = np.angle(inner[1:] * np.conj(inner[:-1]))[bright[1:] & bright[:-1]]
    return np.array([across.mean(), along.mean()])


def _sideband(frame: Real, frequency: tuple[float, float]) -> NDArray[np.complexfloating]:
    """Sideband at ``frequency`` moved to zero and cut out by a disc, flat to 0.5 |f| and fading out at 0.95 |f|."""
    frame = np.asarray(frame, dtype=float)
    radius = float(np.hypot(*frequency))
    frame = frame - ndimage.gaussian_filter(frame, 0.5 / radius, mode="nearest")
    ramp = [np.minimum(1, (np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5) / BORDER) for n in frame.shape]
    taper_y, taper_x = (np.sin(np.pi / 2 * edge) ** 2 for edge in ramp)
    rows, cols = (np.arange(n) for n in frame.shape)
    down = np.exp(-2j * np.pi * frequency[1] * rows) * taper_y
    across = np.exp(-2j * np.pi * frequency[0] * cols) * taper_x
    shape = [fft.next_fast_len(n) for n in frame.shape]
    spectrum = fft.fft2(frame * down[:, None] * across[None, :], shape, overwrite_x=True)
    distance = np.hypot(fft.fftfreq(shape[0])[:, None], fft.fftfreq(shape[1])[None, :]) / radius
    spectrum *= np.cos(np.pi / 2 * np.clip((distance - 0.5) / 0.45, 0, 1)) ** 2
    return fft.ifft2(spectrum, overwrite_x=True)[: frame.shape[0], : frame.shape[1]]
