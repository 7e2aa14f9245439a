"""The few numbers of a comparison that a reader looks for."""

from html import escape
from typing import Any

from holography.report_format import percent


def numbers(summary: dict[str, Any]) -> str:
    """Return the few numbers that a reader looks for, as tiles."""
    tiles = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>"
        for value, label in key_numbers(summary)
    )
    return f'<div class="numbers">{tiles}</div>' if tiles else ""


def key_numbers(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return pairs (value, what it is): regions found, frequency error, MAC, energy, stiffness."""
    out = []
    shown = next((s["topography"] for s in summary["statics"] if s["topography"]), None)
    if shown is not None:
        found = len(summary["regions"]) - len(shown["missing"])
        out.append(
            (
                f"{found} of {len(summary['regions'])}",
                f"regions seen in the static measurement, {shown['extra']} extra",
            )
        )
        errors = [abs(e) for e in hologram_errors(summary, "peak")]
        if errors:
            out.append(
                (
                    f"{100 * max(errors):.1f} %",
                    "greatest error of a first mode predicted from the static measurement alone",
                )
            )
    pairs = [p for p in summary["pairs"] if p["fits"]]
    if summary["pairs"]:
        out.append((f"{len(pairs)} of {len(summary['pairs'])}", "measured modes matched"))
    macs = [p["mac"] for p in pairs if p["mac"] is not None]
    if macs:
        out.append((f"{min(macs):.3f}", "least MAC of measured and computed modes"))
    shares = [p["energy_share"] for p in closed_pairs(summary)]
    if shares:
        out.append(
            (percent(min(shares), 1), "least share of a mode's energy inside its region, below its opening")
        )
    stiff = next((s["stiffness"] for s in summary["statics"] if s["stiffness"]), None)
    if stiff is not None:
        out.append(
            (
                f"{stiff['implied']:.4g} N·m",
                f"bending stiffness from the static field (modelled {stiff['predicted']:.4g})",
            )
        )
    return out


def hologram_errors(summary: dict[str, Any], rule: str) -> list[float]:
    """Return, per region and static field, how far ``rule`` on the measured landscape is off the first measured mode."""
    return [
        row["frequency"][rule] / region["measured"] - 1
        for region in summary["regions"]
        for row in region["from_measurement"]
        if region["measured"] and row["frequency"][rule]
    ]


def closed_pairs(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the matched modes below the opening of their region."""
    return [
        p
        for p in summary["pairs"]
        if p["energy_share"] is not None
        and p["frequency"]["measured"]
        and (p["opens_at"] is None or p["frequency"]["measured"] < p["opens_at"])
    ]
