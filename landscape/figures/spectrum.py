"""The spectrum, region by region: predicted against computed frequencies, and where confinement ends."""

import math
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from landscape.errors import InputError
from landscape.figures.scale import Scale, frequencies, frequency_axis, scale_of
from landscape.figures.style import BLUE, GREEN, INK, SMALL, VERMILION, WIDTH, add_axes, new_figure, styled
from landscape.results import Result

LEFT, RIGHT, TOP, BOTTOM = 14.0, 22.0, 8.0, 24.0  # mm around the rows
MOST = 100  # regions drawn
FULL = 30  # rows that are all numbered
PREDICTIONS = {
    "peak": (0.33, "v", VERMILION, "peak rule"),
    "rayleigh": (0.14, "s", GREEN, "Rayleigh quotient"),
    "schwarz": (-0.05, "d", BLUE, "Schwarz quotient"),
}
COMPUTED = -0.27  # height of the computed modes in their row
COLOURS = matplotlib.colormaps["Greys"]
OPEN = {"fc": "0.9", "ec": "none"}


@dataclass(frozen=True)
class _Rows:
    """The axes, the units, the largest marker (pt) and the right end (Hz) of all rows."""

    axes: Axes
    scale: Scale
    size: float
    high: float


@styled
def spectrum_figure(result: Result) -> Figure:
    """Draw a row per region: predicted fundamentals, computed modes filled by confinement, and the opening.

    Shaded: above the frequency 1/(2π√L) of the region's highest pass, where confinement is no longer guaranteed.
    Modes with guaranteed bounds carry them as error bars. Raises ``InputError`` without regions.
    """
    regions = result.summary["regions"][:MOST]
    if not regions:
        raise InputError(
            "This result has no regions, so its spectrum has no rows.", "Draw its modes instead."
        )
    pitch = min(11.0, max(3.2, 200 / len(regions)))
    figure = new_figure(WIDTH, TOP + max(pitch * len(regions), 18) + BOTTOM)
    axes = add_axes(figure, LEFT, TOP, WIDTH - LEFT - RIGHT, max(pitch * len(regions), 18))
    low, high = _limits(result)
    scale = scale_of(result)
    rows = _Rows(axes, scale, min(5.0, 0.55 * pitch), high)
    for row, region in enumerate(regions, 1):
        _region(rows, row, region)
    for mode in result.summary["modes"]:
        if mode["region"] is not None and mode["region"] <= len(regions):
            _mode(rows, mode)
    frequency_axis(axes.xaxis, scale.frequency * low, scale.frequency * high)
    axes.set_xlabel(scale.frequency_label("Frequency $\\omega/2\\pi$"), labelpad=1.5)
    axes.set_ylim(len(regions) + 0.5, 0.5)
    axes.set_yticks(range(1, len(regions) + 1, math.ceil(len(regions) / FULL)))
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("Region")
    axes.hlines(np.arange(1.5, len(regions)), *axes.get_xlim(), color="0.75", lw=0.4, zorder=0.5)
    left_out = len(result.summary["regions"]) - len(regions)
    axes.set_title(
        f"{result.name}: spectrum by region" + (f" ({left_out} more)" if left_out else ""), loc="left", pad=4
    )
    _confinement_bar(figure, axes, result)
    _key(figure, result)
    return figure


def _limits(result: Result) -> tuple[float, float]:
    """Return the ends of the axis: all frequencies, and the first opening if it is not far above them."""
    found = frequencies(result)
    openings = [region["opens_at"] for region in result.summary["regions"] if region["opens_at"]]
    high = max(found)
    if openings and high < min(openings) < 2 * high:
        high = 1.1 * min(openings)
    return min(found) / 1.07, high * 1.07


def _region(rows: _Rows, row: int, region: dict[str, Any]) -> None:
    axes, scale = rows.axes, rows.scale
    opens = region["opens_at"]
    if opens is not None and opens < rows.high:
        axes.fill_betweenx(
            [row - 0.5, row + 0.5], scale.frequency * opens, scale.frequency * rows.high, zorder=0.2, **OPEN
        )
        axes.vlines(scale.frequency * opens, row - 0.5, row + 0.5, color=INK, lw=1, zorder=2, gid="opening")
    elif opens is not None and rows.size > 3:
        axes.text(0.995, row, f"opens at {scale.hertz(opens, 3)} ▸", transform=axes.get_yaxis_transform(), ha="right",
                  va="center", size=SMALL, color="0.35", gid="beyond")  # fmt: skip
    for name, (height, marker, colour, _) in PREDICTIONS.items():
        frequency = region["frequency"].get(name)
        if frequency:
            axes.plot(
                scale.frequency * frequency, row - height, marker, ms=rows.size, mfc="white", mec=colour, mew=1.1,
                zorder=4, gid=name,
            )  # fmt: skip


def _mode(rows: _Rows, mode: dict[str, Any]) -> None:
    axes, at = rows.axes, rows.scale.frequency * mode["frequency"]
    row = mode["region"]
    axes.vlines(at, row - 0.45, row + 0.45, color="0.6", lw=0.5, zorder=1)
    lower, upper = mode.get("lower"), mode.get("upper")
    if lower is not None and upper is not None:
        ends = rows.scale.frequency * np.sqrt([lower, upper]) / (2 * math.pi)
        axes.hlines(row - COMPUTED, *ends, color=INK, lw=1.4, zorder=4.5, gid="bounds")
    axes.plot(at, row - COMPUTED, "o", ms=rows.size, mfc=COLOURS(mode["confinement"] or 0.0), mec=INK, mew=0.8, zorder=5,
              gid="mode")  # fmt: skip


def _confinement_bar(figure: Figure, axes: Axes, result: Result) -> None:
    if result.summary["modes"]:
        bar = axes.inset_axes((1.02, 0, 0.016, 1))
        mappable = ScalarMappable(Normalize(0, 100), COLOURS)
        figure.colorbar(mappable, cax=bar, label="Confinement (% of energy)", ticks=[0, 25, 50, 75, 100])


def _key(figure: Figure, result: Result) -> None:
    handles: list[Any] = [
        Line2D(
            [], [], ls="", marker=marker, ms=5, mfc="white", mec=colour, mew=1.1, label=f"predicted: {word}"
        )
        for name, (_, marker, colour, word) in PREDICTIONS.items()
        if any(region["frequency"].get(name) for region in result.summary["regions"])
    ]
    if result.summary["modes"]:
        handles.append(
            Line2D([], [], ls="", marker="o", ms=5, mfc="0.3", mec=INK, mew=0.8, label="computed mode")
        )
    if any(mode.get("lower") is not None for mode in result.summary["modes"]):
        handles.append(Line2D([], [], color=INK, lw=1.4, label="bounds"))
    if any(region["opens_at"] for region in result.summary["regions"]):
        handles.append(Patch(**OPEN, label="region open: confinement no longer guaranteed"))
    figure.legend(
        handles=handles, loc="lower center", ncol=3, columnspacing=1.6, handletextpad=0.5, borderaxespad=0.3
    )
