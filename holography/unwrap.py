"""Phase unwrapping inside a mask: quality-guided where the phase is consistent, optimal flow where it is
not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array, csgraph

from holography.corridors import MARGIN, corridor
from holography.phase import check_same_shape, residues, wrap
from landscape.errors import ConvergenceError, InputError

Method = Literal["auto", "quality", "ilp"]

SEALED = 1_000_000
"""Weight of an edge on the side of a corridor, above that of any way inside."""
Real = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Unwrapped:
    """An unwrapped phase and what is known of its fringe orders.

    ``phase`` (r, c) in rad, NaN outside the mask; ``components`` (r, c) labels 1..n of the parts of the mask,
    0 outside: the fringe order between two parts is unknown, and each part is put within half a cycle of zero
    at its median. ``suspicious`` (r, c) marks pixels beside a residue or a jump that stayed, and patches that
    such jumps enclose. ``residues`` counts the inconsistent 2×2 loops inside the mask.
    """

    phase: Real
    components: NDArray[np.int32]
    suspicious: Mask
    method: Literal["quality", "ilp"]
    residues: int

    @property
    def count(self) -> int:
        """Number of parts of the mask."""
        return int(self.components.max(initial=0))


def unwrap(phase: Real, mask: Mask, *, method: Method = "auto", quality: Real | None = None) -> Unwrapped:
    """Unwrap a phase (rad, (r, c)) inside ``mask``; every value changes by whole cycles only.

    "quality" sorts pixels by the reliability of their second differences; "ilp" finds the integer cycles that
    minimise the weighted number of jumps above π (cheap where the wrapped difference is near π, or
    ``quality`` low), over pixels of the mask only and around its holes too; "auto" takes the first, and the
    second when there are residues in the mask or a jump remains around a hole. ``quality`` (r, c) in [0, 1]
    weighs the second only. Raises `InputError` on an empty mask, NaN inside it or unequal sizes.

    Sources: Herráez et al., Appl. Opt. 41, 7437 (2002), doi:10.1364/AO.41.007437; Costantini, IEEE TGRS 36,
    813 (1998), doi:10.1109/36.673674.
    """
    _check(phase, mask, quality)
    phase = np.where(mask, phase, 0.0)
    charges = residues(phase, mask)
    components = ndimage.label(mask)[0].astype(np.int32)
    flow_first = method == "ilp" or (method == "auto" and bool(charges.any()))
    used: Literal["quality", "ilp"] = "ilp" if flow_first else "quality"
    result = _by_flow(phase, mask, quality) if flow_first else _by_quality(phase, mask)
    if method == "auto" and not flow_first and any(jump.any() for jump in _jumps(result, mask)):
        used, result = "ilp", _by_flow(phase, mask, quality)
    result = _centre_components(np.where(mask, result, np.nan), components)
    suspicious = _suspicious(result, mask, charges)
    return Unwrapped(result, components, suspicious, used, int(np.count_nonzero(charges)))


def _check(phase: Real, mask: Mask, quality: Real | None) -> None:
    check_same_shape("mask", phase, mask)
    if quality is not None:
        check_same_shape("quality", phase, quality)
    if not mask.any():
        raise InputError("unwrap: the mask is empty.", "Lower `coherence` or give a mask of the plate.")
    bad = np.count_nonzero(~np.isfinite(phase[mask]))
    if bad:
        raise InputError(
            f"unwrap: {bad} pixels inside the mask are not finite.", "Leave them out of the mask."
        )


def _by_quality(phase: Real, mask: Mask) -> Real:
    from skimage.restoration import unwrap_phase

    rows, cols = _window(mask)
    part = np.ma.masked_array(phase[rows, cols], ~mask[rows, cols])
    result = np.full(phase.shape, np.nan)
    if min(part.shape) < 2:  # a line of pixels
        result[rows, cols] = np.unwrap(part.filled(0.0).ravel()).reshape(part.shape)
        return result
    result[rows, cols] = np.ma.filled(unwrap_phase(part, rng=0), np.nan)
    return result


def _by_flow(phase: Real, mask: Mask, quality: Real | None) -> Real:
    """Integer cycles k of the edges with Σ w |k| minimal and Σ (wrapped difference + k) = 0 around every
    loop.

    Holes of the mask take part with weightless edges, so that loops around them close too. Cycles change only in
    the strips of ``corridors``, which grow until none changes on their sides.
    """
    filled = ndimage.binary_fill_holes(mask)
    result = np.full(phase.shape, np.nan)
    pairs = _pairs(filled)
    number = np.cumsum(filled.ravel()).reshape(mask.shape) - 1
    edges = np.concatenate([np.stack([number[a][both], number[b][both]], axis=1) for a, b, both in pairs])
    if not len(edges):
        return np.where(mask, phase, np.nan)
    values = phase[filled]
    steps = wrap(values[edges[:, 1]] - values[edges[:, 0]])
    steps = steps + 2 * np.pi * _cycles(phase, mask, filled, quality)
    result[filled] = _integrate(edges, steps, values, ndimage.label(filled)[0][filled])
    return result


def _cycles(phase: Real, mask: Mask, filled: Mask, quality: Real | None) -> NDArray[np.int64]:
    """Cycles k of all edges of ``filled``, horizontal ones first."""
    charges = residues(phase, filled)
    for margin in (MARGIN, 5 * MARGIN):
        region = corridor(charges, filled, margin=margin)
        if 2 * np.count_nonzero(region) > np.count_nonzero(filled):
            break
        inner, sealed = _cycles_within(phase, mask, filled, quality, region)
        if not inner[sealed].any():
            everywhere = np.concatenate([(region[a] & region[b])[both] for a, b, both in _pairs(filled)])
            cycles = np.zeros(everywhere.size, dtype=np.int64)
            cycles[everywhere] = inner
            return cycles
    return _cycles_within(phase, mask, filled, quality, filled)[0]


def _cycles_within(
    phase: Real, mask: Mask, filled: Mask, quality: Real | None, region: Mask
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Cycles of the edges inside ``region``, and which of them border a loop outside it, where none may change."""
    import kamui

    pairs = _pairs(region)
    number = np.cumsum(region.ravel()).reshape(region.shape) - 1
    edges = np.concatenate([np.stack([number[a][both], number[b][both]], axis=1) for a, b, both in pairs])
    sealed = _beside(_loops(filled) & ~_loops(region), pairs)
    if not len(edges):
        return np.zeros(0, dtype=np.int64), sealed
    values = phase[region]
    steps = wrap(values[edges[:, 1]] - values[edges[:, 0]])
    corners = [number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]]
    loops = np.stack([corner[_loops(region)] for corner in corners], axis=1)
    weights = np.where(sealed, SEALED, _edge_weights(phase, mask, region, quality))
    cycles = kamui.calculate_k(edges, loops, steps / (2 * np.pi), weights)
    if cycles is None:
        raise ConvergenceError("unwrap: the integer program found no optimum.", 'Set `unwrap = "quality"`.')
    return np.asarray(cycles, dtype=np.int64), sealed


def _beside(
    loops: Mask, pairs: list[tuple[tuple[slice, slice], tuple[slice, slice], Mask]]
) -> NDArray[np.bool_]:
    """Edges (horizontal, then vertical) that belong to one of ``loops``."""
    wide = np.pad(loops, 1)
    along = wide[:-1, 1:-1] | wide[1:, 1:-1], wide[1:-1, :-1] | wide[1:-1, 1:]
    return np.concatenate([edge[both] for edge, (_, _, both) in zip(along, pairs, strict=True)])


def _edge_weights(phase: Real, mask: Mask, filled: Mask, quality: Real | None) -> NDArray[np.int64]:
    """Whole costs of a cycle on every edge: (1 + consistent loops beside it) (1 − 0.95 |Δφ|/π) × the lower
    quality.

    A wrapped difference near π is as likely off by a cycle as not, so cutting there is cheap; outside the
    mask it is free.
    """
    calm = np.pad((residues(phase, mask) == 0) & _loops(mask), 1)
    beside = [calm[:-1, 1:-1].astype(int) + calm[1:, 1:-1], calm[1:-1, :-1].astype(int) + calm[1:-1, 1:]]
    good = np.ones(phase.shape) if quality is None else np.clip(np.nan_to_num(quality), 0, 1)
    weights = []
    for (a, b, both), loops in zip(_pairs(filled), beside, strict=True):
        certain = 1 - 0.95 / np.pi * np.abs(wrap(phase[b] - phase[a]))
        weight = 1 + np.rint(100 * (1 + loops) * certain * np.minimum(good[a], good[b]))
        weights.append(np.where(mask[a] & mask[b], weight, 0)[both])
    return np.concatenate(weights).astype(np.int64)


def _integrate(edges: NDArray[np.int64], steps: Real, start: Real, component: NDArray[np.int32]) -> Real:
    """Potential whose differences along ``edges`` are ``steps``; each component keeps its first pixel's
    value."""
    import kamui

    _, first = np.unique(component, return_index=True)
    root = len(component)
    links = np.stack([np.full_like(first, root), first], axis=1)
    directed = np.concatenate([edges, edges[:, ::-1], links])
    return kamui.integrate(directed, np.concatenate([steps, -steps, start[first]]), start_i=root)[:root]


def _loops(mask: Mask) -> Mask:
    """2×2 loops whose four pixels are all in the mask, (r−1, c−1)."""
    return mask[:-1, :-1] & mask[:-1, 1:] & mask[1:, :-1] & mask[1:, 1:]


def _pairs(mask: Mask) -> list[tuple[tuple[slice, slice], tuple[slice, slice], Mask]]:
    """Slices of the first and the second pixel of all horizontal and vertical pairs, and which are both
    valid."""
    here, there, full = slice(None, -1), slice(1, None), slice(None)
    slices = [((full, here), (full, there)), ((here, full), (there, full))]
    return [(a, b, mask[a] & mask[b]) for a, b in slices]


def _jumps(phase: Real, mask: Mask) -> list[Mask]:
    """Pairs (horizontal, vertical) of valid neighbours that differ by more than half a cycle."""
    with np.errstate(invalid="ignore"):
        return [both & (np.abs(phase[b] - phase[a]) > np.pi + 1e-9) for a, b, both in _pairs(mask)]


def _centre_components(phase: Real, components: NDArray[np.int32]) -> Real:
    """Shift every component by whole cycles so that its median lies within half a cycle of zero."""
    count = int(components.max(initial=0))
    medians = ndimage.median(phase, components, range(1, count + 1))
    shift = np.concatenate([[0.0], 2 * np.pi * np.rint(np.asarray(medians) / (2 * np.pi))])
    return phase - shift[components]


def _suspicious(phase: Real, mask: Mask, charges: NDArray[np.int8]) -> Mask:
    """Pixels within 3 pixels of a residue or a remaining jump, and patches enclosed by such jumps."""
    seeds = np.zeros(mask.shape, dtype=bool)
    rows, cols = np.nonzero(charges)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        seeds[rows + down, cols + right] = True
    jumps = _jumps(phase, mask)
    for (first, second, _), jump in zip(_pairs(mask), jumps, strict=True):
        seeds[first] |= jump
        seeds[second] |= jump
    if not seeds.any():
        return seeds
    near = ndimage.binary_dilation(seeds, iterations=3)
    return (near | _patches(mask, jumps)) & mask


def _patches(mask: Mask, jumps: list[Mask]) -> Mask:
    """Pixels that remaining jumps cut off from the largest part of their component."""
    number = np.cumsum(mask.ravel()).reshape(mask.shape) - 1
    joined = [
        (number[a][both & ~jump], number[b][both & ~jump])
        for (a, b, both), jump in zip(_pairs(mask), jumps, strict=True)
    ]
    i, j = (np.concatenate(ends) for ends in zip(*joined, strict=True))
    size = int(mask.sum())
    graph = coo_array((np.ones(len(i), dtype=np.int8), (i, j)), shape=(size, size)).tocsr()
    _, patch = csgraph.connected_components(graph, directed=False)
    component = ndimage.label(mask)[0][mask]
    area = np.bincount(patch)
    largest = ndimage.maximum(area[patch], component, range(component.max() + 1))
    result = np.zeros(mask.shape, dtype=bool)
    result[mask] = area[patch] < np.asarray(largest)[component]
    return result


def _window(mask: Mask) -> tuple[slice, slice]:
    """Smallest rectangle that holds the mask."""
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
