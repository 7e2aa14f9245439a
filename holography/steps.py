"""Phase steps: what frames of known steps look like, and steps found from the frames alone."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from landscape.errors import InputError

Real = NDArray[np.float64]

ANISOTROPY = 0.05
"""How unequal the changes of the fringes in cosine and sine may be: the weight of that condition in
`estimate_steps`."""


def design(delta: Real) -> Real:
    """Columns 1, cos δ, −sin δ (n, 3): frames are this times (A, B cos φ, B sin φ)."""
    return np.stack([np.ones_like(delta), np.cos(delta), -np.sin(delta)], axis=1)


def checked_frames(frames: NDArray) -> NDArray:
    """Frames as (n, r, c) with n ≥ 3, or an `InputError`."""
    frames = np.asarray(frames)
    if frames.ndim != 3 or len(frames) < 3:
        raise InputError(
            f"phase steps: needed at least three frames of one size (n, rows, columns), got shape {frames.shape}.",
            "Record three or more frames per state, or use a carrier.",
        )
    return frames


def estimate_steps(
    frames: NDArray,
    initial: Sequence[float] | NDArray | None = None,
    *,
    mask: NDArray[np.bool_] | None = None,
    method: Literal["projection", "aia"] = "projection",
) -> Real:
    """Unknown phase steps δ (n,) in rad from the frames alone, with δ₀ = 0.

    "projection" eliminates A, B cos φ and B sin φ of every pixel: δ minimises tr(P⊥(δ) M), with M (n, n) the
    mean of I Iᵀ over pixels and P⊥ the projector off 1, cos δ, sin δ. Dim pixels weigh little by themselves,
    and uneven light does no harm. What M leaves open (one direction for four frames, more for three) is fixed
    by asking that from pixel to pixel the fringes change equally in cosine and sine and independently of the
    background. "aia" is the advanced iterative algorithm, which takes A and B to be constant: with Gaussian
    light it can be wrong by 10 degrees.

    φ and δ are known up to a common sign: ``initial`` (rad) decides it, else the mean step is taken positive
    and below π. ``mask`` (r, c) restricts the pixels. Raises `InputError` when there are no fringes to fit.

    Sources: Wang & Han, Opt. Lett. 29, 1671 (2004), doi:10.1364/OL.29.001671; Golub & Pereyra, Inverse
    Problems 19, R1 (2003), doi:10.1088/0266-5611/19/2/201.
    """
    frames = checked_frames(frames)
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
        basis = design(np.concatenate([[0.0], free]))
        inverse = np.linalg.pinv(basis)
        (_, ac, as_), (_, cc, cs), (_, _, ss) = inverse @ differences @ inverse.T
        anisotropy = np.array([cc - ss, 2 * cs, 2 * ac, 2 * as_]) / (abs(cc + ss) + np.finfo(float).tiny)
        return np.concatenate([(root - root @ inverse.T @ basis.T).ravel(), anisotropy / ANISOTROPY])

    even = 2 * np.pi / count * np.arange(count)
    guesses = [start - start[0], even, np.pi / 2 * np.arange(count)]
    fits = [optimize.least_squares(misfit, guess[1:]) for guess in guesses]
    best = min(fits, key=lambda fit: float(fit.cost))
    return np.concatenate([[0.0], best.x])


def _iterate(values: Real, steps: Real, tolerance: float = 1e-7) -> Real:
    """Advanced iterative algorithm: phases from steps, steps from phases, until neither moves."""
    strong = np.std(values, axis=0)
    values = values[:, strong > 0.3 * np.median(strong)]
    for _ in range(200):
        _, cosine, sine = np.linalg.pinv(design(steps)) @ values
        phase = np.arctan2(sine, cosine)
        basis = np.stack([np.ones_like(phase), np.cos(phase), np.sin(phase)], axis=1)
        _, c, s = np.linalg.lstsq(basis, values.T, rcond=None)[0]
        new = np.arctan2(-s, c)
        new = new - new[0]
        if np.max(np.abs(np.exp(1j * new) - np.exp(1j * steps))) < tolerance:
            break
        steps = new
    return steps
