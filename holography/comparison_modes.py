"""All measured modes against the plate at once: MAC matrix, one-to-one matching, regions, bounds, the inequality."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.comparison_fields import Thresholds, check_inequality, displayed, locate
from holography.comparison_plate import ComparedPlate
from holography.comparison_pose import Placed
from holography.matching import grouped_mac, groups_of, mac, match

Real = NDArray[np.float64]


@dataclass(frozen=True)
class DescribedModes:
    """``pairs``: entries of summary.json; ``models``: the matched mode at the points of each field, NaN without one.

    ``mac`` (fields, modes): the MAC of every measured field with every single computed mode.
    """

    pairs: list[dict[str, Any]]
    models: list[Real]
    mac: Real


def describe_modes(placed: Sequence[Placed], plate: ComparedPlate, limits: Thresholds) -> DescribedModes:
    """Match measured modes with computed ones, or with regions where the plate has no modes, and describe each."""
    frequencies = plate.frequencies
    measured = np.array([p.samples.frequency or np.nan for p in placed], dtype=float)
    groups = groups_of(frequencies)
    single, joint = np.zeros((len(placed), len(frequencies))), np.zeros((len(placed), len(frequencies)))
    for k, p in enumerate(placed):
        modes = np.nan_to_num(p.values.modes)
        single[k] = mac(p.samples.values, modes, p.samples.weights, free_offset=p.samples.free_offset)
        joint[k] = grouped_mac(
            p.samples.values, modes, p.samples.weights, groups, free_offset=p.samples.free_offset
        )
    numbers = match(joint, measured, frequencies, least=limits.mac)
    numbers = [n if p.registration.good else None for n, p in zip(numbers, placed, strict=True)]
    pairs, models = [], []
    for k, (p, number) in enumerate(zip(placed, numbers, strict=True)):
        pairs.append(_pair(p, plate, number, joint[k], limits))
        models.append(_model(p, number, groups))
    if not plate.solved:
        _match_regions(pairs, plate)
    return DescribedModes(pairs, models, single)


def _pair(
    placed: Placed, plate: ComparedPlate, number: int | None, macs: Real, limits: Thresholds
) -> dict[str, Any]:
    samples = placed.samples
    mode = None if number is None else plate.summary["modes"][number]
    best = None if number is None else float(macs[number])
    nearest = int(np.argmax(macs)) if len(macs) else None
    home = locate(placed, limits, regions=len(plate.summary["regions"]), region=mode and mode["region"])
    region = plate.region(home.region)
    predicted = None if mode is None else float(mode["frequency"])
    omega2 = _omega2(placed, plate, mode)
    check = None if omega2 is None else check_inequality(placed, omega2, limits)
    fits = mode is not None if plate.solved else placed.registration.good and home.energy >= limits.mac
    return {
        "field": samples.name,
        "kind": "mode",
        "fits": bool(fits),
        "mode": None if mode is None else mode["number"],
        "mac": best,
        "nearest": None if nearest is None else {"mode": nearest + 1, "mac": float(macs[nearest])},
        "mac_modulus": None
        if nearest is None
        else _modulus_mac(placed, nearest if number is None else number),
        "frequency": {
            "measured": samples.frequency,
            "predicted": predicted,
            "deviation": _deviation(samples.frequency, predicted),
        },
        "bounds": _bounds(mode),
        "inside_bounds": _inside(samples.frequency, mode),
        "region": home.region if fits else None,
        "energy_share": home.energy if fits else None,
        "energy": home.spread if fits else None,
        "confinement": None if mode is None else mode["confinement"],
        "region_overlap": home.overlap if fits else None,
        "opens_at": None if region is None else region["opens_at"],
        "open_passes": _open_passes(plate, omega2) if fits else None,
        "inequality": None if check is None or not fits else vars(check),
        "complexity": displayed(placed)[1],
        "registration": placed.registration.entry(),
    }


def _deviation(measured: float | None, predicted: float | None) -> float | None:
    return None if measured is None or not predicted else measured / predicted - 1


def _omega2(placed: Placed, plate: ComparedPlate, mode: dict[str, Any] | None) -> float | None:
    """ω² of the measurement where the plate is in SI units too, else that of the matched mode."""
    if plate.si and placed.samples.frequency is not None:
        return (2 * np.pi * placed.samples.frequency) ** 2
    return None if mode is None else float(mode["eigenvalue"])


def _bounds(mode: dict[str, Any] | None) -> list[float] | None:
    """Return the guaranteed interval of a mode in Hz."""
    if mode is None or mode["lower"] is None or mode["upper"] is None:
        return None
    return [float(np.sqrt(max(mode[side], 0.0)) / (2 * np.pi)) for side in ("lower", "upper")]


def _inside(measured: float | None, mode: dict[str, Any] | None) -> bool | None:
    bounds = _bounds(mode)
    return None if bounds is None or measured is None else bool(bounds[0] <= measured <= bounds[1])


def _open_passes(plate: ComparedPlate, omega2: float | None) -> list[list[int]] | None:
    """Return the pairs of regions whose pass has opened at ω: L_s ≥ 1/ω²."""
    if omega2 is None:
        return None
    return [one["between"] for one in plate.summary["passes"] if one["landscape"] * omega2 >= 1]


def _modulus_mac(placed: Placed, number: int) -> float:
    """MAC of |ψ|: high beside a low MAC when a measurement has mistaken the signs of its antinodes."""
    modes = np.abs(np.nan_to_num(placed.values.modes[:, number : number + 1]))
    return float(mac(np.abs(placed.samples.values), modes, placed.samples.weights)[0])


def _model(placed: Placed, number: int | None, groups: list[NDArray[np.intp]]) -> Real:
    """Return the matched mode (the best of its group), scaled to the measured shape of max |ψ| = 1."""
    measured = displayed(placed)[0]
    if number is None:
        return np.full(len(measured), np.nan)
    group = next(group for group in groups if number in group)
    inside = placed.values.inside
    root = np.sqrt(placed.samples.weights)
    columns = np.nan_to_num(placed.values.modes[:, group])
    if placed.samples.free_offset:
        columns = np.column_stack([columns, np.ones(len(columns))])
    found = np.linalg.lstsq(root[:, None] * columns, root * measured, rcond=None)[0]
    return np.where(inside, columns @ found, np.nan)


def _match_regions(pairs: list[dict[str, Any]], plate: ComparedPlate) -> None:
    """Without modes: the lowest measured mode of every region is its fundamental, which the landscape predicts."""
    for region in plate.summary["regions"]:
        own = [
            pair
            for pair in pairs
            if pair["fits"] and pair["region"] == region["id"] and pair["frequency"]["measured"]
        ]
        if not own or not plate.si:
            continue
        first = min(own, key=lambda pair: pair["frequency"]["measured"])
        predicted = region["frequency"]["peak"]
        first["frequency"]["predicted"] = predicted
        first["frequency"]["deviation"] = _deviation(first["frequency"]["measured"], predicted)
