"""Mode shapes, each with the effective network at its frequency."""

import math
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.figures.picture import Picture, picture_of
from landscape.figures.style import HEIGHT, SMALL, WIDTH, Look, add_axes, new_figure, styled, title_of
from landscape.results import Result
from landscape.summary import landscape_name
from landscape.topography.valleys import effective_network

PER_PAGE, MOST = 20, 60
TITLE, GAP, FOOT, HEAD = 8.5, 2.5, 13.0, 6.0  # mm
NARROWEST, WIDEST = 26.0, 85.0  # mm of a cell, which its title needs; of a panel
COLUMNS = 6
COLOURS = "RdBu_r"
NETWORK: Look = {"color": "black", "lw": 1.5}
OPEN: Look = {"color": "0.25", "lw": 0.8, "ls": (0, (0.8, 1.2))}
OUTLINE = "0.5"
NO_LANDSCAPE = "Without a landscape: nothing holds the plate against a static load."


@dataclass(frozen=True)
class _Layout:
    """Cells of a page, ``cell`` mm wide, each with a panel of ``width`` × ``height`` mm in its middle."""

    columns: int
    cell: float
    width: float
    height: float

    def place(self, k: int) -> tuple[float, float, float, float]:
        """Return the place of panel ``k`` on the page: left, top, width and height in mm."""
        row, column = divmod(k, self.columns)
        left = (WIDTH - self.columns * self.cell - (self.columns - 1) * GAP) / 2
        left += column * (self.cell + GAP) + (self.cell - self.width) / 2
        return left, HEAD + row * (TITLE + self.height + GAP) + TITLE, self.width, self.height

    def page(self, panels: int) -> float:
        """Return the height (mm) of a page of so many panels."""
        _, top, _, height = self.place(panels - 1)
        return top + height + FOOT


@styled
def modes_figure(result: Result, *, first: int = 1, count: int = PER_PAGE) -> Figure:
    """Draw up to ``count`` modes from number ``first`` on, with the effective network {L < 1/ω²} of each.

    Each mode is scaled to max |ψ| = 1, positive where it is largest. Raises ``InputError`` when there is no
    such mode, or when they are too many for a page.
    """
    total = result.modes.shape[1]
    if not (1 <= first <= total and 1 <= count <= MOST):
        raise InputError(
            f"Modes to draw: needed a first number from 1 to {total} and at most {MOST} of them, "
            f"got {first} and {count}."
        )
    picture = picture_of(result, 300)
    last = min(first + count - 1, total)
    layout = _layout(picture.size, min(count, total))
    figure = new_figure(WIDTH, layout.page(last - first + 1))
    for k, shape in enumerate(picture.values(result.modes[:, first - 1 : last])):
        _panel(add_axes(figure, *layout.place(k)), picture, result.summary["modes"][first - 1 + k], shape)
    _foot(figure, result)
    what = f"modes {first} to {last}" if last > first else f"mode {first}"
    if result.kind != "static" and result.fields:
        what += f" and the network of the {landscape_name(result.summary)}"
    if picture.scale.note:
        what += f", $\\omega/2\\pi$ in {picture.scale.frequency_unit}{picture.scale.note}"
    height = figure.get_size_inches()[1] * 25.4
    figure.text(4 / WIDTH, 1 - 2 / height, title_of(result.name, what), va="top", size=8.5)
    return figure


def _layout(size: Array, count: int) -> _Layout:
    """Return the layout that shows ``count`` panels of the aspect of ``size`` largest."""
    best: tuple[float, int] = (0.0, 1)
    for columns in range(1, min(COLUMNS, count) + 1):
        rows = math.ceil(count / columns)
        width = min(WIDEST, (WIDTH - 4 - (columns - 1) * GAP) / columns)
        height = (HEIGHT - HEAD - FOOT - rows * TITLE - (rows - 1) * GAP) / rows
        best = max(best, (min(width / size[0], height / size[1]), columns))
    width, height = best[0] * size
    return _Layout(best[1], max(width, NARROWEST), width, height)


def _panel(axes: Axes, picture: Picture, mode: dict[str, Any], shape: Array) -> None:
    peak = shape.flat[np.argmax(np.abs(shape))]
    picture.paint(axes, shape / peak, cmap=COLOURS, vmin=-1, vmax=1)
    valleys = list(picture.result.valleys)
    whole = [picture.scale.length * valley.points for valley in valleys]
    parts = [
        picture.scale.length * part for part in effective_network(valleys, math.sqrt(mode["eigenvalue"]))
    ]
    axes.add_collection(LineCollection(whole, **OPEN, zorder=4.5, gid="valley"), autolim=False)
    axes.add_collection(LineCollection(parts, **NETWORK, zorder=4.6, gid="network"), autolim=False)
    picture.outline.draw(axes, weight=0.5, color=OUTLINE)
    axes.set_axis_off()
    title = f"{mode['number']} · {picture.scale.hertz(mode['frequency'])}"
    if mode["region"] is not None and len(picture.result.summary["regions"]) > 1:
        title += f"\n{_share(mode['confinement'])} in region {mode['region']}"
    axes.set_title(title, size=SMALL, pad=1.5, linespacing=1.25)


def _share(confinement: float) -> str:
    """Return a share in per cent that never rounds up to all."""
    return ">99.9%" if confinement > 0.9995 else f"{100 * confinement:.1f}%"


def _foot(figure: Figure, result: Result) -> None:
    height = figure.get_size_inches()[1] * 25.4
    bar = figure.add_axes((0.19, 5.5 / height, 0.2, 2.4 / height))
    mappable = ScalarMappable(Normalize(-1, 1), matplotlib.colormaps[COLOURS])
    figure.colorbar(mappable, cax=bar, orientation="horizontal", ticks=[-1, 0, 1])
    figure.text(0.17, 6.7 / height, "mode $\\psi$ / max |$\\psi$|", ha="right", va="center", size=SMALL)
    if not result.fields:
        figure.text(0.98, 6.7 / height, NO_LANDSCAPE, ha="right", va="center", size=SMALL)
    elif result.valleys:
        handles = [
            Line2D([], [], **NETWORK, label="effective network: valley with $L$ < 1/$\\omega^2$"),
            Line2D([], [], **OPEN, label="valley that no longer confines"),
        ]
        figure.legend(
            handles=handles, loc="center right", bbox_to_anchor=(0.99, 6.7 / height), handlelength=2.6
        )
