"""Figures of a study: errors of the estimates, and localization and gaps against frequency over opening."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from landscape.figures.style import (
    BLUE,
    GREEN,
    INK,
    VERMILION,
    WIDTH,
    Look,
    add_axes,
    new_figure,
    save,
    styled,
    title_of,
)
from landscape.files import staged
from landscape.study_statistics import NAMES, StudyStatistics

Array = NDArray[np.float64]
COLOURS = {"peak_compact": "#E69F00", "peak": VERMILION, "rayleigh": GREEN, "schwarz": BLUE, "below": "0.45"}
FLOOR = 1e-5  # of energy outside a region; what is less is drawn there
PLAIN = FuncFormatter(lambda value, _: f"{value:g}")


def draw_study(found: StudyStatistics, title: str, folder: Path) -> list[Path]:
    """Write ``folder``/figures, whole: estimates and localization, PNG and PDF, where there is something to draw."""
    figures = {}
    if len(found.openness):
        figures["estimates"] = estimates_figure(found, title)
    if (found.ratio > 0).any():
        figures["localization"] = localization_figure(found, title)
    names = [f"{name}.{kind}" for name in figures for kind in ("png", "pdf")]
    with staged(folder) as place:
        (place / "figures").mkdir()
        for name in names:
            save(figures[name.partition(".")[0]], place / "figures" / name)
    return [folder / "figures" / name for name in names]


@styled
def estimates_figure(found: StudyStatistics, title: str) -> Figure:
    """Draw the error of each estimate of a region's first frequency: its distribution, and how often it is exceeded."""
    figure = new_figure(WIDTH, 84)
    left, right = add_axes(figure, 32, 9, 76, 62), add_axes(figure, 122, 9, WIDTH - 126, 62)
    known = {name: 100 * errors[np.isfinite(errors)] for name, errors in found.errors.items()}
    present = {name: known[name] for name in NAMES if len(known[name])}
    _distributions(left, present)
    _exceedance(right, present)
    count = max((len(errors) for errors in present.values()), default=0)
    text = f"first frequencies of {count} regions of {found.plates - found.failed} plates"
    left.set_title(title_of(title, text), loc="left", pad=5, x=-32 / 76 + 0.05)
    return figure


def _distributions(axes: Axes, present: dict[str, Array]) -> None:
    """Draw a histogram per estimate, one above the other, with its median and the span of 90%."""
    together = np.concatenate(list(present.values())) if present else np.zeros(1)
    low, high = np.quantile(together, [0.005, 0.99])
    low, high = np.floor(min(low, -1.0)), np.ceil(max(high, 1.0))
    bins = np.linspace(low, high, 61)
    axes.axvline(0, color=INK, lw=0.6)
    for row, (name, errors) in enumerate(present.items()):
        base = len(present) - 1 - row
        counts, _ = np.histogram(errors, bins)
        height = base + 0.82 * counts / max(counts.max(), 1)
        look: Look = {"baseline": base, "color": COLOURS[name]}
        axes.stairs(height, bins, fill=True, alpha=0.35, **look)
        axes.stairs(height, bins, lw=0.8, **look)
        span = np.quantile(errors, [0.05, 0.95])
        axes.plot(span, [base - 0.08] * 2, color=COLOURS[name], lw=1.2, solid_capstyle="butt")
        axes.plot(np.median(errors), base - 0.08, marker="o", ms=3, color=COLOURS[name])
    axes.set_yticks(
        [len(present) - 0.7 - row for row in range(len(present))],
        [NAMES[name].replace(", ", ",\n") for name in present],
    )
    for label, name in zip(axes.get_yticklabels(), present, strict=True):
        label.set_color(COLOURS[name])  # the legend of both panels
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], min_n_ticks=3))
    axes.set_xlim(low, high)
    axes.set_ylim(-0.2, max(len(present), 1))
    axes.set_xlabel("Error of the predicted frequency (%)", labelpad=1.5)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _exceedance(axes: Axes, present: dict[str, Array]) -> None:
    """Draw the share of regions whose error is greater, against the error."""
    for name, errors in present.items():
        size = np.sort(np.abs(errors))
        share = 100 * (1 - np.arange(len(size)) / len(size))
        axes.step(np.maximum(size, 1e-3), share, where="post", color=COLOURS[name], lw=1.2)
    axes.axhline(10, color="0.6", lw=0.6, ls=(0, (2, 2)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    least = min((100 / len(errors) for errors in present.values()), default=1.0)
    axes.set_ylim(0.8 * min(least, 10), 100)
    smallest = min((float(np.quantile(np.abs(errors), 0.02)) for errors in present.values()), default=0.01)
    axes.set_xlim(max(smallest, 0.01), None)
    axes.xaxis.set_major_formatter(PLAIN)
    axes.yaxis.set_major_formatter(PLAIN)
    axes.set_xlabel("Size of the error (%)", labelpad=1.5)
    axes.set_ylabel("Regions with a greater error (%)", labelpad=2)


@styled
def localization_figure(found: StudyStatistics, title: str) -> Figure:
    """Draw, against frequency over opening, how many modes there are and how much of each leaves its region."""
    figure = new_figure(WIDTH, 112)
    upper, lower = add_axes(figure, 16, 9, WIDTH - 20, 27), add_axes(figure, 16, 38, WIDTH - 20, 62)
    opens, gaps = found.ratio > 0, found.openness[found.openness > 0]
    ratio, outside = found.ratio[opens], np.maximum(1 - found.confinement[opens], FLOOR)
    everything = np.concatenate([ratio, gaps, [0.5, 2.0]])
    limits = (0.9 * everything.min(), 1.1 * everything.max())
    bins = np.geomspace(*limits, 49)
    upper.hist(ratio, bins.tolist(), histtype="step", color=INK, lw=0.9, label=f"all modes, {len(ratio)}")
    upper.hist(
        gaps, bins.tolist(), color=GREEN, alpha=0.7, lw=0, label=f"first modes of regions, {len(gaps)}"
    )
    upper.set_ylabel("Modes", labelpad=2)
    upper.legend(loc="upper left", handlelength=1.2, borderaxespad=0.4)
    upper.set_title(title_of(title, "localization, and gaps to the opening"), loc="left", pad=5)
    upper.tick_params(axis="x", which="both", labelbottom=False)
    lower.scatter(ratio, 100 * outside, s=5, c=BLUE, lw=0, alpha=0.25, rasterized=True, label="one mode")
    _bands(lower, ratio, 100 * outside)
    limit = f"{100 * found.threshold:g}% inside"
    lower.axhline(100 * (1 - found.threshold), color="0.35", lw=0.7, ls=(0, (4, 2)), label=limit)
    lower.set_yscale("log")
    lower.set_ylim(70 * FLOOR, 130)
    lower.yaxis.set_major_formatter(PLAIN)
    lower.set_xlabel("Frequency / opening frequency of the region that holds most of the mode", labelpad=1.5)
    lower.set_ylabel("Kinetic energy outside that region (%)", labelpad=2)
    lower.legend(loc="lower right", handlelength=1.2, borderaxespad=0.4)
    for axes in (upper, lower):
        axes.set_xscale("log")
        axes.set_xlim(*limits)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(PLAIN)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.axvline(1, color=INK, lw=0.8)
    return figure


def _bands(axes: Axes, ratio: Array, outside: Array, *, classes: int = 16, least: int = 10) -> None:
    """Draw the median and the span of 80% of ``outside`` in classes of as many modes each."""
    if len(ratio) < classes * least:
        return
    order = np.argsort(ratio)
    parts = np.array_split(order, classes)
    middle = [np.exp(np.log(ratio[part]).mean()) for part in parts]
    low, median, high = np.transpose([np.quantile(outside[part], [0.1, 0.5, 0.9]) for part in parts])
    axes.fill_between(middle, low, high, color=VERMILION, alpha=0.18, lw=0, label="80% of modes")
    axes.plot(middle, median, color=VERMILION, lw=1.4, label="median")
