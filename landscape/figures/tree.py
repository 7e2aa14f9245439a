"""The merge tree as a dendrogram over frequency: which rooms open into each other, and when."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.figures.placing import Placer
from landscape.figures.scale import Drawable, Scale, frequency_axis, scale_of
from landscape.figures.style import (
    BLUE,
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
from landscape.summary import landscape_name, opening_frequency
from landscape.topography.openings import Dendrogram, dendrogram

LEFT, RIGHT, TOP, BOTTOM = 16.0, 4.0, 8.0, 16.0  # mm around the tree
HEIGHT, PITCH = 75.0, 18.0  # mm: of the tree; between leaves at most
ROOM = 1.6, 1.2  # mm that a digit of the number of a leaf needs, and the gap after it
SPARSE = 4.0  # mm between leaves below which markers shrink
MANY = 15  # leaves; with more only those joins are labelled that have room
LEAF: Look = {"ls": "", "marker": "o", "ms": 3.6, "mfc": "white", "mec": INK, "mew": 0.9}
PREDICTED: Look = {"ls": "", "marker": "o", "ms": 4.5, "mfc": BLUE, "mec": BLUE, "mew": 0.5}
JOIN: Look = {"ls": "", "marker": "D", "ms": 3.8, "mfc": "white", "mec": VERMILION, "mew": 1.1}


@styled
def tree_figure(result: Drawable) -> Figure:
    """Draw the merge tree: leaves at 1/(2π√L) of the peaks, joins at 1/(2π√L) of the passes.

    Discs mark the predicted fundamental of each region by the peak rule, √c times the frequency of its leaf.
    Raises ``InputError`` without regions.
    """
    if result.regions is None:
        raise InputError("This result has no regions, so there is no merge tree.", "Draw its modes instead.")
    tree, scale = dendrogram(result.regions), scale_of(result)
    count = len(tree.leaves)
    width = min(WIDTH - LEFT - RIGHT, max(PITCH * count, 110))
    figure = new_figure(LEFT + width + RIGHT, TOP + HEIGHT + BOTTOM)
    axes = add_axes(figure, LEFT, TOP, width, HEIGHT)
    nodes = _nodes(result, tree, scale)
    peaks = [region["frequency"]["peak"] for region in result.summary["regions"]]
    predicted = scale.frequency * np.array([np.nan if peak is None else peak for peak in peaks])
    top = 1.25 * float(np.fmax.reduce([*nodes[1], *predicted]))
    frequency_axis(axes, "y", nodes[1].min() / 1.15, top)
    axes.set_xlim(-0.6, count - 0.4)
    _draw(axes, tree, nodes, top)
    _mark(axes, nodes, predicted, min(1.0, width / count / SPARSE))
    _label_joins(axes, tree, nodes, scale)
    every = math.ceil((ROOM[0] * len(str(count)) + ROOM[1]) * count / width)
    axes.set_xticks(range(0, count, every), [str(leaf) for leaf in tree.leaves[::every]])
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("Region", labelpad=1.5)
    axes.set_ylabel(f"1 / (2π√$L$) ({scale.frequency_unit})", labelpad=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(
        title_of(result.name, f"merge tree of the {landscape_name(result.summary)}{scale.note}"),
        loc="left",
        pad=4,
    )
    _key(figure, joined=bool(len(tree.joins)), predicted=bool(np.isfinite(predicted).any()))
    return figure


def _nodes(result: Drawable, tree: Dendrogram, scale: Scale) -> tuple[Array, Array]:
    """Return place and height of all nodes: the regions, then the joins."""
    assert result.regions is not None
    values = np.concatenate([result.regions.peaks.values, tree.values])
    x = np.empty(len(values))
    x[np.array(tree.leaves) - 1] = np.arange(len(tree.leaves))
    for m, pair in enumerate(tree.joins):
        x[len(tree.leaves) + m] = x[pair].mean()
    return x, np.array([scale.frequency * opening_frequency(v) for v in values])


def _draw(axes: Axes, tree: Dendrogram, nodes: tuple[Array, Array], top: float) -> None:
    """Draw stems up to their join and the bars of the joins; what never joins goes on to the top."""
    x, y = nodes
    count = len(tree.leaves)
    roots = np.setdiff1d(np.arange(len(x)), tree.joins)
    for m, pair in enumerate(tree.joins):
        axes.vlines(x[pair], y[pair], y[count + m], color=INK, lw=1, gid="stem")
        axes.hlines(y[count + m], *sorted(x[pair]), color=INK, lw=1, gid="join")
    axes.vlines(x[roots], y[roots], top, color=INK, lw=1, gid="stem")


def _mark(axes: Axes, nodes: tuple[Array, Array], predicted: Array, size: float) -> None:
    """Mark leaves, joins and predicted fundamentals, ``size`` times as large as usual."""
    (x, y), count = nodes, len(predicted)
    for look, place, height, name in (
        (LEAF, x[:count], y[:count], "leaf"),
        (JOIN, x[count:], y[count:], "pass"),
        (PREDICTED, x[:count], predicted, "predicted"),
    ):
        sized = look | {"ms": size * look["ms"], "mew": size * look["mew"]}
        axes.plot(place, height, **sized, zorder=3, gid=name)


def _label_joins(axes: Axes, tree: Dendrogram, nodes: tuple[Array, Array], scale: Scale) -> None:
    """Write the frequency of every join where there is room."""
    x, y = nodes
    placer = Placer(axes, around=((0, -1), (0.9, 0.9), (-0.9, 0.9), (0.9, -0.9), (-0.9, -0.9)))
    roots = np.setdiff1d(np.arange(len(x)), tree.joins)
    for root in roots:
        placer.avoid(np.array([(x[root], y[root]), (x[root], axes.get_ylim()[1])]))
    for m, pair in enumerate(tree.joins):
        here = len(tree.leaves) + m
        for child in pair:
            placer.avoid(np.array([(x[child], y[child]), (x[child], y[here]), (x[here], y[here])]))
        placer.block(x[here], y[here], 2)
    crowded = len(tree.leaves) > MANY
    look: Look = {"size": SMALL, "color": VERMILION, "gid": "join-label"}
    for place, value in zip(range(len(tree.leaves), len(x)), tree.values, strict=True):
        text = scale.hertz(opening_frequency(value))
        placer.put(text, x[place], y[place], distance=3.5, strict=crowded, **look)


def _key(figure: Figure, *, joined: bool, predicted: bool) -> None:
    handles = [
        Line2D([], [], **LEAF, label="peak of a region"),
        *([Line2D([], [], **PREDICTED, label="predicted fundamental (peak rule)")] if predicted else []),
        *([Line2D([], [], **JOIN, label="pass: regions open into each other")] if joined else []),
    ]
    figure.legend(
        handles=handles, loc="lower center", ncol=3, columnspacing=1.4, handletextpad=0.4, borderaxespad=0.3
    )
