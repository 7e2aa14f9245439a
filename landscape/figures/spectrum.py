"""The spectrum, region by region: predicted against computed frequencies, and where confinement ends."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from landscape.errors import InputError
from landscape.figures.scale import Drawable, Scale, frequencies, frequency_axis, scale_of
from landscape.figures.style import (
    BLUE,
    GREEN,
    INK,
    SMALL,
    VERMILION,
    WIDTH,
    Look,
    add_axes,
    new_figure,
    styled,
    title_of,
)
from landscape.summary import landscape_kind, landscape_name

LEFT, RIGHT, TOP, BOTTOM = 12.0, 38.0, 8.0, 19.0  # mm around the rows
MOST = 100  # regions drawn
ROOM = 2.8  # mm that a number needs
PREDICTIONS = {
    "peak": (0.33, "v", VERMILION, "peak rule"),
    "rayleigh": (0.14, "s", GREEN, "Rayleigh quotient"),
    "schwarz": (-0.05, "d", BLUE, "Schwarz quotient"),
}
COMPUTED = -0.27  # height of the computed modes in their row
SHARES = [0, 50, 80, 95, 99, 100]  # per cent, steps of the fill of computed modes
COLOURS = ListedColormap(["1.0", "0.8", "0.6", "0.35", "0.0"])
FILL = BoundaryNorm(SHARES, COLOURS.N)
OPEN: Look = {"fc": "0.9", "ec": "none"}


@dataclass(frozen=True)
class _Rows:
    """The axes, the units, the size of markers (pt), which rows are numbered, and the right end (Hz) of all rows."""

    axes: Axes
    scale: Scale
    size: float
    every: int
    high: float


@styled
def spectrum_figure(result: Drawable) -> Figure:
    """Draw a row per region: predicted fundamentals, computed modes filled by confinement, and the opening.

    Shaded: above the frequency 1/(2π√L) of the region's highest pass, where confinement is no longer guaranteed.
    Modes with guaranteed bounds carry them as error bars. Raises ``InputError`` without regions.
    """
    regions = result.summary["regions"][:MOST]
    if not regions or not frequencies(result):
        raise InputError(
            "This result has no regions, so its spectrum has no rows.", "Draw its modes instead."
        )
    pitch = min(11.0, max(2.1, 200 / len(regions)))
    height = max(pitch * len(regions), 28)
    figure = new_figure(WIDTH, TOP + height + BOTTOM)
    axes = add_axes(figure, LEFT, TOP, WIDTH - LEFT - RIGHT, height)
    low, high = _limits(result)
    scale = scale_of(result)
    frequency_axis(axes, "x", scale.frequency * low, scale.frequency * high)
    rows = _Rows(axes, scale, min(5.0, 0.55 * pitch), math.ceil(ROOM / pitch), high)
    for row, region in enumerate(regions, 1):
        _region(rows, row, region)
    for mode in result.summary["modes"]:
        if mode["region"] is not None and mode["region"] <= len(regions):
            _mode(rows, mode)
    _dress(rows, result, len(regions))
    if result.summary["modes"]:
        bar = add_axes(figure, WIDTH - 17, TOP, 2.5, min(height, 60))
        shares = ScalarMappable(FILL, COLOURS)
        figure.colorbar(shares, cax=bar, ticks=SHARES, drawedges=True)
        bar.set_ylabel("Confinement (%)", size=SMALL)
    _key(figure, result)
    return figure


def _dress(rows: _Rows, result: Drawable, count: int) -> None:
    """Label the axes of ``count`` rows, separate the rows, and write the title."""
    axes = rows.axes
    axes.set_xlabel(f"Frequency $\\omega/2\\pi$ ({rows.scale.frequency_unit})", labelpad=1.5)
    axes.set_ylim(count + 0.5, 0.5)
    axes.set_yticks(range(1, count + 1, rows.every))
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("Region", labelpad=2)
    axes.hlines(np.arange(1.5, count), *axes.get_xlim(), color="0.75", lw=0.4, zorder=0.5)
    more = len(result.summary["regions"]) - count
    kind = "" if landscape_kind(result.summary) == "static" else f", {landscape_name(result.summary)}"
    what = f"spectrum by region{kind}{f', {more} more not drawn' if more else ''}{rows.scale.note}"
    axes.set_title(title_of(result.name, what), loc="left", pad=4)
    if any(region["opens_at"] for region in result.summary["regions"]):
        unit = "" if rows.scale.note else f" ({rows.scale.frequency_unit})"
        axes.text(1.015, 1.01, f"opens at{unit}", transform=axes.transAxes, va="bottom", size=SMALL)


def _limits(result: Drawable) -> tuple[float, float]:
    """Return the ends of the axis: all frequencies, and the first opening if it is not far above them."""
    found = frequencies(result)
    openings = [region["opens_at"] for region in result.summary["regions"] if region["opens_at"]]
    high = max(found)
    if openings and high < min(openings) < 2 * high:
        high = 1.1 * min(openings)
    return min(found) / 1.07, high * 1.07


def _region(rows: _Rows, row: int, region: dict[str, Any]) -> None:
    axes, scale, opens = rows.axes, rows.scale, region["opens_at"]
    if opens is not None and (row - 1) % rows.every == 0:
        axes.text(
            1.015, row, scale.number(opens), transform=axes.get_yaxis_transform(), va="center", size=SMALL
        )
    if opens is not None and opens < rows.high:
        ends = scale.frequency * opens, scale.frequency * rows.high
        axes.fill_betweenx([row - 0.5, row + 0.5], *ends, zorder=0.2, **OPEN)
        axes.vlines(ends[0], row - 0.5, row + 0.5, color=INK, lw=1, zorder=2, gid="opening")
    for name, (height, marker, colour, _) in PREDICTIONS.items():
        if region["frequency"].get(name):
            look: Look = {"marker": marker, "ms": rows.size, "mfc": "white", "mec": colour, "mew": 1.1}
            axes.plot(scale.frequency * region["frequency"][name], row - height, **look, zorder=4, gid=name)


def _mode(rows: _Rows, mode: dict[str, Any]) -> None:
    axes, row, at = rows.axes, mode["region"], rows.scale.frequency * mode["frequency"]
    axes.vlines(at, row - 0.45, row + 0.45, color="0.6", lw=0.5, zorder=1)
    lower, upper = mode.get("lower"), mode.get("upper")
    if lower is not None and upper is not None:
        ends = rows.scale.frequency * np.sqrt([lower, upper]) / (2 * math.pi)
        axes.hlines(row - COMPUTED, *ends, color=INK, lw=1.4, zorder=4.5, gid="bounds")
    fill = COLOURS(FILL(min(100 * mode["confinement"], 99.999)))
    axes.plot(at, row - COMPUTED, "o", ms=rows.size, mfc=fill, mec=INK, mew=0.8, zorder=5, gid="mode")


def _key(figure: Figure, result: Drawable) -> None:
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
