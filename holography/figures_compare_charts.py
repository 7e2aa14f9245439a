"""Charts of a comparison's figures: frequencies, MAC matrix, localization, and their keys."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from holography.comparison import Comparison
from landscape.figures.style import BLUE, GREEN, INK, VERMILION

RULES = {
    "schwarz": ("d", BLUE, "Schwarz quotient"),
    "peak": ("v", VERMILION, "peak rule"),
    "rayleigh": ("s", GREEN, "Rayleigh quotient"),
}
LABELLED = 24  # rows of a MAC matrix up to which every MAC of 0.1 or more is written


def deviations(axes: Axes, comparison: Comparison) -> None:
    """Plot how far every measured frequency is from what was predicted, before and after one factor on D, with bounds."""
    stiffness = comparison.summary["stiffness"]
    rows = stiffness["predictions"]
    pairs = {pair["field"]: pair for pair in comparison.summary["pairs"]}
    at = np.arange(len(rows))
    for k, row in enumerate(rows):
        bounds = pairs[row["field"]]["bounds"]
        if bounds and row["before"] is not None:
            low, high = (100 * (row["measured"] / bound - 1) for bound in bounds)
            axes.vlines(k, high, low, color=INK, lw=1.2, zorder=2, gid="bounds")
    looks = {
        "before": ("o", INK, "white", "as modelled"),
        "by_static": ("D", BLUE, BLUE, "stiffness from the static field"),
        "left_out": ("s", VERMILION, VERMILION, "stiffness from the other modes"),
    }
    for name, (marker, edge, fill, label) in looks.items():
        values = np.array([np.nan if row[name] is None else 100 * row[name] for row in rows])
        if np.isfinite(values).any():
            axes.plot(
                at, values, marker, ms=4.5, mec=edge, mfc=fill, mew=0.9, label=label, gid=name, zorder=3
            )
    axes.axhline(0, color="0.6", lw=0.6, zorder=1)
    axes.set_xticks(at, [f"{row['measured']:.4g}" for row in rows], rotation=60 if len(rows) > 6 else 0)
    axes.set_xlabel("Measured frequency (Hz)", labelpad=1.5)
    axes.set_ylabel("Measured above predicted (%)", labelpad=1.5)
    axes.margins(0.08, 0.15)


def region_predictions(axes: Axes, comparison: Comparison) -> None:
    """Plot what the landscape predicts for every region against its first mode: computed L, and L of each hologram with σ."""
    regions = [r for r in comparison.summary["regions"] if r["measured"] or r["mode"]]
    for k, region in enumerate(regions):
        truth = region["measured"] or region["mode"]
        for name, (marker, colour, _) in RULES.items():
            if region["frequency"].get(name):
                axes.plot(
                    k - 0.15,
                    100 * (region["frequency"][name] / truth - 1),
                    marker,
                    ms=4,
                    mfc="white",
                    mec=colour,
                    mew=1,
                )
        for row in region["from_measurement"]:
            for name in ("peak", "rayleigh"):
                value, sigma = row["frequency"][name], row["frequency"][f"{name}_sigma"]
                if value is not None:
                    marker, colour, _ = RULES[name]
                    centre = 100 * (value / truth - 1)
                    axes.errorbar(
                        k + 0.15,
                        centre,
                        100 * (sigma or 0) / truth,
                        fmt=marker,
                        ms=4,
                        color=colour,
                        elinewidth=1,
                    )
    axes.axhline(0, color="0.6", lw=0.6, zorder=1)
    axes.set_xticks(range(len(regions)), [str(r["id"]) for r in regions])
    axes.set_xlabel("Region", labelpad=1.5)
    axes.set_ylabel("Landscape above first mode (%)", labelpad=1.5)
    axes.margins(0.08, 0.15)


def mac_matrix(axes: Axes, comparison: Comparison) -> Any:
    """Paint the MAC of every measured mode (rows) with every computed one (columns); matched pairs are framed."""
    macs = comparison.mac
    image = axes.imshow(macs, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    pairs = comparison.summary["pairs"]
    for row, pair in enumerate(pairs):
        if pair["mode"]:
            axes.add_patch(_frame(pair["mode"] - 1, row))
    if len(pairs) <= LABELLED:
        for row, column in np.argwhere(macs >= 0.1):
            value = macs[row, column]
            text = "1" if value > 0.995 else f"{value:.2f}".removeprefix("0")
            axes.text(
                column, row, text, ha="center", va="center", size=5.5, color="white" if value > 0.55 else INK
            )
    axes.set_yticks(range(len(pairs)), [_label(pair) for pair in pairs])
    step = max(1, macs.shape[1] // 20)
    axes.set_xticks(range(0, macs.shape[1], step), [str(k + 1) for k in range(0, macs.shape[1], step)])
    axes.set_xlabel("Computed mode", labelpad=1.5)
    axes.set_ylabel("Measured", labelpad=4)
    return image


def _frame(column: int, row: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, ec=VERMILION, lw=1)


def _label(pair: dict[str, Any]) -> str:
    measured = pair["frequency"]["measured"]
    return f"{measured:.4g} Hz" if measured else str(pair["field"])[:18]


def localization(axes: Axes, comparison: Comparison) -> None:
    """Plot the share of energy inside the predicted region against frequency, computed and measured, with the passes."""
    summary = comparison.summary
    modes = [m for m in summary["modes"] if m["confinement"] is not None]
    pairs = [p for p in summary["pairs"] if p["energy_share"] is not None and p["frequency"]["measured"]]
    axes.plot(
        [m["frequency"] for m in modes],
        [100 * m["confinement"] for m in modes],
        "o",
        ms=4,
        mfc="white",
        mec=INK,
        mew=0.8,
    )
    shares = [100 * p["energy_share"] for p in pairs]
    axes.plot(
        [p["frequency"]["measured"] for p in pairs],
        shares,
        "D",
        ms=4,
        color=VERMILION,
        zorder=4,
        gid="measured",
    )
    low, high = axes.get_xlim()
    for one in summary["passes"]:
        if low < one["frequency"] < high:
            axes.axvline(one["frequency"], color="0.5", lw=0.8, ls=(0, (3, 2)), zorder=1, gid="pass")
    axes.set_ylim(min(50, axes.get_ylim()[0]), 103)
    unit = "Hz" if summary["units"] == "SI" else "ω/2π"
    axes.set_xlabel(f"Frequency ({unit})", labelpad=1.5)
    axes.set_ylabel("Energy inside its region (%)", labelpad=1.5)


def rule_handles() -> list[Line2D]:
    """Return the key of the predictions of regions."""
    handles = [
        Line2D([], [], ls="", marker=marker, ms=4, mfc="white", mec=colour, label=f"computed $L$: {label}")
        for marker, colour, label in RULES.values()
    ]
    for name, colour in (("peak", VERMILION), ("rayleigh", GREEN)):
        marker, _, label = RULES[name]
        handles.append(
            Line2D([], [], ls="", marker=marker, ms=4, color=colour, label=f"measured $L$: {label}, ±1σ")
        )
    return handles


def localization_handles() -> list[Line2D]:
    """Return the key of the localization panel."""
    return [
        Line2D([], [], ls="", marker="o", ms=4, mfc="white", mec=INK, label="computed"),
        Line2D([], [], ls="", marker="D", ms=4, color=VERMILION, label="measured"),
        Line2D([], [], color="0.5", lw=0.8, ls=(0, (3, 2)), label="a pass opens"),
    ]


def deviation_handles() -> list[Line2D]:
    """Return the key of the deviations of frequencies."""
    looks = (
        ("o", INK, "white", "as modelled"),
        ("D", BLUE, BLUE, "D from the static field"),
        ("s", VERMILION, VERMILION, "D from the other modes"),
    )
    return [
        Line2D([], [], ls="", marker=m, ms=4.5, mec=edge, mfc=fill, label=text)
        for m, edge, fill, text in looks
    ]
