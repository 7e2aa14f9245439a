"""Which measured shape is which mode: modal assurance criterion, groups of equal frequencies, one-to-one pairing.

MAC(ψ, φ) = |⟨ψ, φ⟩|² / (⟨ψ, ψ⟩⟨φ, φ⟩) with ⟨a, b⟩ = Σ A conj(a) b over points of area A: free of sign, scale and
phase. R. J. Allemang & D. L. Brown, A correlation coefficient for modal vector analysis, IMAC (1982).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Real = NDArray[np.float64]
Numbers = NDArray[Any]

FAR = 1.3
"""Ratio of frequencies from which on the penalty of a pair grows no more."""
PENALTY = 0.2
"""Cost, in units of MAC, of a pair whose frequencies differ by that ratio."""
SAME = 2e-3
"""Relative difference under which two measured frequencies are taken for one resonance."""


def mac(shape: Numbers, modes: Numbers, weights: Real, *, free_offset: bool = False) -> Real:
    """Return the MAC (k,) of a measured ``shape`` (n,), real or complex, with ``modes`` (n, k).

    ``weights`` (n,): areas. With ``free_offset`` the constant part of all fields is left out, as for a
    measurement whose zero is unknown. A field that vanishes has MAC 0.
    """
    shape, modes = _without_offset(shape, modes, weights, free_offset)
    overlap = np.abs((weights * shape.conj()) @ modes) ** 2
    norms = _square(shape, weights) * (weights @ np.abs(modes) ** 2)
    return np.divide(overlap, norms, out=np.zeros(modes.shape[1]), where=norms > 0)


def span_mac(shape: Numbers, modes: Numbers, weights: Real, *, free_offset: bool = False) -> float:
    """Return the MAC of ``shape`` (n,) with the best combination of ``modes`` (n, m).

    Modes of equal frequency are defined up to a rotation among themselves only; their span is what can be
    compared: ‖Pψ‖²/‖ψ‖², P the projector onto it. Equals ``mac`` for one mode.
    """
    shape, modes = _without_offset(shape, modes, weights, free_offset)
    root = np.sqrt(weights)
    basis, values, _ = np.linalg.svd(root[:, None] * modes, full_matrices=False)
    basis = basis[:, values > 1e-10 * max(values.max(initial=0.0), 1e-300)]
    norm = _square(shape, weights)
    return float((np.abs(basis.conj().T @ (root * shape)) ** 2).sum() / norm) if norm > 0 else 0.0


def complexity(shape: Numbers) -> float:
    """Return 1 − |Σψ²| / Σ|ψ|²: 0 for a real mode times any phase (a standing wave), 1 for a travelling wave."""
    norm = float((np.abs(shape) ** 2).sum())
    return 1 - abs(complex((shape**2).sum())) / norm if norm > 0 else 0.0


def unrotated(shape: Numbers) -> Real:
    """Return the real shape that is nearest to a complex one up to a phase."""
    phase = np.angle((shape**2).sum()) / 2 if np.iscomplexobj(shape) else 0.0
    return np.asarray((shape * np.exp(-1j * phase)).real if phase else shape.real, dtype=float)


def groups_of(frequencies: Real, *, spread: float = 1e-3) -> list[NDArray[np.intp]]:
    """Return runs of modes whose neighbouring frequencies (k,), rising, differ by less than ``spread``, relative."""
    if not len(frequencies):
        return []
    gaps = np.flatnonzero(np.diff(frequencies) > spread * frequencies[1:])
    return np.split(np.arange(len(frequencies)), gaps + 1)


def grouped_mac(
    shape: Numbers, modes: Numbers, weights: Real, groups: list[NDArray[np.intp]], *, free_offset: bool
) -> Real:
    """Return (k,): for a mode of its own its MAC, for members of a group the MAC of the whole group."""
    out = mac(shape, modes, weights, free_offset=free_offset)
    for group in groups:
        if len(group) > 1:
            out[group] = span_mac(shape, modes[:, group], weights, free_offset=free_offset)
    return out


def match(macs: Real, measured: Real, computed: Real, *, least: float) -> list[int | None]:
    """Return the mode of every measured field, None where no MAC reaches ``least``.

    Minimises Σ (1 − MAC) + 0.2 min(1, |ln f/f'| / ln 1.3) over one-to-one assignments (Hungarian method). ``macs``
    (f, k); ``measured`` (f,) in Hz, NaN where unknown; ``computed`` (k,). Fields of one frequency (0.2%) that
    look most like the same mode are repeated measurements of it and share it.
    """
    if not macs.size:
        return [None] * len(macs)
    families = _families(macs, measured)
    rows = np.array([macs[family].mean(axis=0) for family in families])
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.log(np.array([measured[f[0]] for f in families])[:, None] / computed[None, :]))
    cost = 1 - rows + PENALTY * np.nan_to_num(np.minimum(apart / np.log(FAR), 1))
    cost[rows < least] += 10
    found: list[int | None] = [None] * len(macs)
    for row, mode in zip(*linear_sum_assignment(cost), strict=True):
        if rows[row, mode] >= least:
            for member in families[row]:
                found[member] = int(mode)
    return found


def _families(macs: Real, measured: Real) -> list[list[int]]:
    """Gather repeated measurements of one resonance."""
    families: list[list[int]] = []
    for k, best in enumerate(np.argmax(macs, axis=1)):
        for family in families:
            first = family[0]
            alike = abs(measured[k] - measured[first]) <= SAME * measured[first]
            if alike and best == np.argmax(macs[first]):
                family.append(k)
                break
        else:
            families.append([k])
    return families


def _square(shape: Numbers, weights: Real) -> float:
    return float(weights @ np.abs(shape) ** 2)


def _without_offset(shape: Numbers, modes: Numbers, weights: Real, free: bool) -> tuple[Numbers, Numbers]:
    if not free:
        return shape, modes
    total = weights.sum()
    return shape - weights @ shape / total, modes - weights @ modes / total
