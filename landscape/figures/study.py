"""Figures of a study: errors of the estimates, localization against frequency, gaps to the opening."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from landscape.figures.style import (
    BLUE,
    GREEN,
    INK,
    SMALL,
    VERMILION,
    WIDTH,
    add_axes,
    new_figure,
    save,
    styled,
)
from landscape.study_table import StudyStatistics

COLOURS = {"peak": VERMILION, "rayleigh": GREEN, "schwarz": BLUE, "below": "0.45"}
NAMES = {"peak": "peak rule", "rayleigh": "Rayleigh", "schwarz": "Schwarz", "below": "max-point ratio"}


def draw_study(found: StudyStatistics, title: str, folder: Path) -> list[Path]:
    """Write estimates and localization as PNG and PDF."""
    figures = {"estimates": estimates_figure(found, title), "localization": localization_figure(found, title)}
    return [
        save(figure, folder / f"{name}.{kind}") for name, figure in figures.items() for kind in ("png", "pdf")
    ]


@styled
def estimates_figure(found: StudyStatistics, title: str) -> Figure:
    """Draw the distribution of the relative error of each estimate of a region's first frequency."""
    figure = new_figure(WIDTH, 82)
    axes = add_axes(figure, 16, 8, WIDTH - 24, 56)
    present = {name: 100 * errors for name, errors in found.errors.items() if len(errors)}
    everything = np.concatenate(list(present.values())) if present else np.zeros(1)
    low, high = np.quantile(everything, [0.005, 0.995])
    bins = np.linspace(min(low, -1), max(high, 1), 80)
    for name, errors in present.items():
        label = f"{NAMES[name]}, median {np.median(errors):+.2f}%"
        axes.hist(errors, bins.tolist(), histtype="step", lw=1.4, color=COLOURS[name], label=label)
    axes.axvline(0, color=INK, lw=0.6)
    axes.set_xlabel("Error of the predicted first frequency of a region (%)", labelpad=1.5)
    axes.set_ylabel("Regions", labelpad=2)
    count = max((len(errors) for errors in present.values()), default=0)
    axes.set_title(f"{title}: {found.plates} plates, {count} regions", loc="left", pad=4)
    if present:
        figure.legend(loc="lower center", ncol=4, columnspacing=1.4, borderaxespad=0.3)
    return figure


@styled
def localization_figure(found: StudyStatistics, title: str) -> Figure:
    """Draw the confinement of every mode against its frequency over the opening of its region, and the gaps."""
    figure = new_figure(WIDTH, 88)
    axes = add_axes(figure, 16, 8, 98, 66)
    outside = np.maximum(1 - found.confinement, 1e-6)
    axes.scatter(found.ratio, 100 * outside, s=4, c=BLUE, lw=0, alpha=0.35, rasterized=True)
    axes.axvline(1, color=INK, lw=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("Frequency / opening frequency of the mode's region", labelpad=1.5)
    axes.set_ylabel("Kinetic energy outside the region (%)", labelpad=2)
    axes.set_title(f"{title}: localization of {len(found.ratio)} modes", loc="left", pad=4)
    right = add_axes(figure, 132, 8, WIDTH - 136, 66)
    gaps = np.log10(found.ratio) if len(found.ratio) else np.zeros(0)
    right.hist(gaps, 40, color=BLUE)
    right.axvline(0, color=INK, lw=0.8)
    right.set_xlabel("log₁₀(frequency / opening)", labelpad=1.5)
    right.set_ylabel("Modes", labelpad=2)
    right.set_title("Gap to the opening", loc="left", pad=4, size=SMALL + 1)
    return figure
