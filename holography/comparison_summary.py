"""summary.json of a comparison: pairs, static fits, regions, one factor on the stiffness, and the warnings first."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from holography.comparison_fields import Thresholds
from holography.comparison_plate import ComparedPlate
from holography.comparison_pose import COVERED, Placed
from holography.stiffness import factor_of_frequencies, left_out
from landscape.summary import SCHEMA


@dataclass
class Findings:
    """What was found, in the order of the measurements: entries of static fields and modes, and how each was placed."""

    statics: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[dict[str, Any]] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)


def summarize(plate: ComparedPlate, findings: Findings, limits: Thresholds) -> dict[str, Any]:
    """Return the summary of a comparison, as ``summary.json`` stores it."""
    found = [*findings.statics, *findings.pairs]
    fits = sum(entry["fits"] for entry in found)
    return {
        "schema": SCHEMA,
        "kind": "compare",
        "units": plate.summary["units"],
        "agreement": "all" if fits == len(found) else "none" if fits == 0 else "some",
        "input": {
            "name": plate.summary["input"]["name"],
            "result": {k: plate.summary[k] for k in ("kind", "input", "landscape", "schema")},
            "measurements": [
                {"field": p.samples.name, "points": len(p.samples.points), "provenance": p.samples.provenance}
                for p in findings.placed
            ],
            "options": vars(limits),
        },
        "warnings": _warnings(findings, limits),
        "notes": _notes(plate, findings),
        "pairs": findings.pairs,
        "statics": findings.statics,
        "regions": [_region(region, plate, findings) for region in plate.summary["regions"]],
        "passes": plate.summary["passes"],
        "modes": plate.summary.get("modes", []),
        "stiffness": stiffness(plate, findings),
    }


def _region(region: dict[str, Any], plate: ComparedPlate, findings: Findings) -> dict[str, Any]:
    """Return a region with its first computed and first measured mode and what static measurements predict for it."""
    own = [m for m in plate.summary.get("modes", []) if m["region"] == region["id"]]
    seen = [p for p in findings.pairs if p["region"] == region["id"] and p["frequency"]["measured"]]
    first = min(seen, key=lambda p: p["frequency"]["measured"], default=None)
    if own and first is not None and first["mode"] != own[0]["number"]:
        first = None  # the lowest one measured is not the fundamental
    hologram = [
        {"field": static["field"], **row}
        for static in findings.statics
        if static["topography"]
        for row in static["topography"]["regions"]
        if row["region"] == region["id"]
    ]
    return {
        **region,
        "mode": own[0]["frequency"] if own else None,
        "measured": None if first is None else first["frequency"]["measured"],
        "from_measurement": hologram,
    }


def stiffness(plate: ComparedPlate, findings: Findings) -> dict[str, Any]:
    """Return the factors on D from static fields and from all frequencies, and every frequency before and after.

    ``left_out``: the deviation when the factor is fitted to the other pairs only. On a non-dimensional plate the factor is D/ρh itself
    (over the fourth power of the mesh's unit), and there is no before.
    """
    pairs = [
        p for p in findings.pairs if p["fits"] and p["frequency"]["measured"] and p["frequency"]["predicted"]
    ]
    statics = [
        {"field": s["field"], **s["stiffness_factor"]}
        for s in findings.statics
        if s["stiffness_factor"] is not None
    ]
    if not pairs:
        return {"static": statics, "frequencies": None, "predictions": [], "rms": None}
    measured = np.array([p["frequency"]["measured"] for p in pairs])
    computed = np.array([p["frequency"]["predicted"] for p in pairs])
    factor = factor_of_frequencies(measured, computed)
    root, others = np.sqrt(factor.value), left_out(measured, computed)
    static = float(np.sqrt(np.mean([s["value"] for s in statics]))) if statics else np.nan
    before = measured / computed - 1 if plate.si else np.full(len(pairs), np.nan)
    after = measured / (root * computed) - 1
    by_static = measured / (static * computed) - 1
    rows = [
        {
            "field": pair["field"],
            "mode": pair["mode"],
            "region": pair["region"],
            "measured": float(measured[k]),
            "predicted": float(computed[k]),
            "fitted": float(root * computed[k]),
            "before": before[k],
            "after": after[k],
            "left_out": others[k],
            "by_static": by_static[k],
        }
        for k, pair in enumerate(pairs)
    ]
    size = {
        name: float(np.sqrt(np.mean(v**2)))
        for name, v in (("before", before), ("after", after), ("left_out", others), ("by_static", by_static))
    }
    thickness = dict(zip(("value", "low", "high"), factor.thickness, strict=True))
    return {
        "static": statics,
        "frequencies": {**factor.entry(), "thickness": thickness},
        "predictions": rows,
        "rms": size,
    }


def _warnings(findings: Findings, limits: Thresholds) -> list[str]:
    """Return what a reader must know first: what does not fit, then what is missing or doubtful."""
    out = [_misfit(entry, limits) for entry in (*findings.statics, *findings.pairs) if not entry["fits"]]
    for placed in findings.placed:
        out += _about_placing(placed)
    for pair in findings.pairs:
        out += _about_mode(pair)
    for entry in findings.statics:
        out += _about_static(entry)
    return list(dict.fromkeys(out))


def _notes(plate: ComparedPlate, findings: Findings) -> list[str]:
    """Return what the result and the imports had to say of themselves."""
    out = [f"{plate.summary['input']['name']}: {text}" for text in plate.summary["warnings"]]
    for placed in findings.placed:
        out += [f"{placed.samples.name}: {text}" for text in placed.samples.provenance.get("warnings", [])]
    return list(dict.fromkeys(out))


CAUSE = "Another plate, or a wrong pose?"


def _misfit(entry: dict[str, Any], limits: Thresholds) -> str:
    name, registration = entry["field"], entry["registration"]
    if not registration["good"]:
        outside = 100 * (1 - registration["inside"])
        return f"{name}: does not lie on this plate: {outside:.0f}% of its motion is outside. {CAUSE}"
    if entry["kind"] == "static":
        if entry["mac"] >= limits.static_mac:
            return f"{name}: bends against its load, by the shape of this plate. Check [load] away and phase_sign."
        found = f"MAC {entry['mac']:.2f}, needed {limits.static_mac}"
        return f"{name}: is not the deflection of this plate: {found}. {CAUSE}"
    if entry["nearest"] is None:
        return f"{name}: is confined to no region of this prediction."
    near = entry["nearest"]
    hint = (
        " Its antinodes may have wrong signs: their amplitudes agree."
        if (entry["mac_modulus"] or 0) > 0.9
        else ""
    )
    return f"{name}: is no mode of this result: the nearest, mode {near['mode']}, has MAC {near['mac']:.2f}, needed {limits.mac}.{hint}"


def _about_placing(placed: Placed) -> list[str]:
    name, registration = placed.samples.name, placed.registration
    out = []
    if registration.good and registration.covered < COVERED:
        out.append(f"{name}: covers {100 * registration.covered:.0f}% of the plate only.")
    if registration.equivalent:
        out.append(
            f"{name}: {registration.equivalent} other poses fit as well: the plate's symmetry leaves the pose open."
        )
    if placed.samples.free_offset:
        out.append(f"{name}: its zero is unknown; a constant was fitted.")
    return out


def _about_mode(pair: dict[str, Any]) -> list[str]:
    name, out = pair["field"], list[str]()
    if pair["frequency"]["measured"] is None:
        out.append(f"{name}: its frequency is unknown: matched by shape alone, no deviation, no bounds.")
    if pair["inside_bounds"] is False:
        low, high = pair["bounds"]
        out.append(
            f"{name}: measured outside the guaranteed bounds {low:.5g} … {high:.5g} Hz: the model's data differ from the plate's."
        )
    if pair["inequality"] and pair["inequality"]["broken"] > 0.01:
        out.append(
            f"{name}: exceeds the landscape's bound on {100 * pair['inequality']['broken']:.1f}% of the area."
        )
    if pair["complexity"] > 0.1:
        out.append(f"{name}: is a complex mode ({100 * pair['complexity']:.0f}% of it travels).")
    return out


def _about_static(entry: dict[str, Any]) -> list[str]:
    name, out = entry["field"], list[str]()
    if not entry["fits"]:
        return out
    if entry["stiffness_unknown"]:
        out.append(f"{name}: gives no stiffness: {entry['stiffness_unknown']}.")
    shape = entry["topography"]
    if shape and shape["missing"]:
        out.append(f"{name}: does not show region {', '.join(map(str, shape['missing']))}.")
    if shape and shape["extra"]:
        out.append(f"{name}: shows {shape['extra']} regions the result has not.")
    return out
