"""Mode shapes, each with the effective network at its frequency."""

import math
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.figures.picture import Picture, picture_of
from landscape.figures.style import HEIGHT, INK, SMALL, WIDTH, add_axes, new_figure, styled
from landscape.results import Result
from landscape.topography.valleys import effective_network

PER_PAGE = 20
TITLE, GAP, FOOT, HEAD = 9.0, 3.0, 15.0, 6.0  # mm
WIDEST = 85.0  # mm of a panel
COLUMNS = 5
COLOURS = "RdBu_r"
NO_LANDSCAPE = "Without a landscape: nothing holds the plate against a static load."


@styled
def modes_figure(result: Result, *, first: int = 1, count: int = PER_PAGE) -> Figure:
    """Draw up to ``count`` modes from number ``first`` on, with the effective network {L < 1/ω²} of each.

    Each mode is scaled to max |ψ| = 1, positive where it is largest. Raises ``InputError`` when there is no
    such mode.
    """
    total = result.modes.shape[1]
    if not (1 <= first <= total and count >= 1):
        raise InputError(
            f"Modes to draw: needed a first number from 1 to {total}, got {first} and {count} modes."
        )
    picture = picture_of(result, 300)
    last = min(first + count - 1, total)
    columns, width, height = _layout(picture.size, min(count, total))
    rows = math.ceil((last - first + 1) / columns)
    figure = new_figure(WIDTH, HEAD + rows * (TITLE + height) + (rows - 1) * GAP + FOOT)
    shapes = picture.values(result.modes[:, first - 1 : last])
    left = (WIDTH - columns * width - (columns - 1) * GAP) / 2
    for k, shape in enumerate(shapes):
        row, column = divmod(k, columns)
        top = HEAD + row * (TITLE + height + GAP) + TITLE
        axes = add_axes(figure, left + column * (width + GAP), top, width, height)
        _panel(axes, picture, result.summary["modes"][first - 1 + k], shape)
    _foot(figure, result)
    figure.text(left / WIDTH, 1 - 2 / figure.get_size_inches()[1] / 25.4, f"{result.name}: modes {first} to {last}",
                va="top", size=8.5)  # fmt: skip
    return figure


def _layout(size: Array, count: int) -> tuple[int, float, float]:
    """Return columns and panel size (mm) that show ``count`` panels of the aspect of ``size`` largest."""
    best: tuple[float, int] = (0.0, 1)
    for columns in range(1, min(COLUMNS, count) + 1):
        rows = math.ceil(count / columns)
        width = min(WIDEST, (WIDTH - 4 - (columns - 1) * GAP) / columns)
        height = (HEIGHT - HEAD - FOOT - rows * TITLE - (rows - 1) * GAP) / rows
        best = max(best, (min(width / size[0], height / size[1]), columns))
    scale, columns = best
    return columns, scale * size[0], scale * size[1]


def _panel(axes: Axes, picture: Picture, mode: dict[str, Any], shape: Array) -> None:
    peak = shape.flat[np.argmax(np.abs(shape))]
    picture.paint(axes, shape / peak, cmap=COLOURS, vmin=-1, vmax=1)
    valleys = picture.result.valleys
    for valley in valleys:
        axes.plot(
            *(picture.scale.length * valley.points.T),
            color="0.45",
            lw=0.7,
            ls=(0, (1, 1.5)),
            zorder=3,
            gid="valley",
        )
    for part in effective_network(list(valleys), math.sqrt(mode["eigenvalue"])):
        axes.plot(*(picture.scale.length * part.T), color=INK, lw=1.2, zorder=3.5, gid="network")
    picture.outline.draw(axes, weight=0.6)
    axes.set_axis_off()
    title = f"{mode['number']} · {picture.scale.hertz(mode['frequency'])}"
    if mode["region"] is not None and mode["confinement"] is not None:
        title += f"\nregion {mode['region']}, {100 * mode['confinement']:.1f}%"
    axes.set_title(title, size=SMALL, pad=1.5, linespacing=1.25)


def _foot(figure: Figure, result: Result) -> None:
    width, height = figure.get_size_inches() * 25.4
    bar = figure.add_axes((0.06, 8 / height, 0.26, 2.4 / height))
    mappable = ScalarMappable(Normalize(-1, 1), matplotlib.colormaps[COLOURS])
    figure.colorbar(mappable, cax=bar, orientation="horizontal", label="mode ψ / max |ψ|", ticks=[-1, 0, 1])
    if not result.fields:
        figure.text(0.98, 9 / height, NO_LANDSCAPE, ha="right", va="center", size=SMALL)
    elif result.valleys:
        handles = [
            Line2D([], [], color=INK, lw=1.2, label="effective network: valley with L < 1/ω²"),
            Line2D([], [], color="0.45", lw=0.7, ls=(0, (1, 1.5)), label="valley that no longer confines"),
        ]
        figure.legend(handles=handles, loc="lower right", bbox_to_anchor=(0.99, 3 / height), handlelength=2.6)
