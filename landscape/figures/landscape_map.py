"""The landscape with its valleys, passes and numbered regions."""

from typing import Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke

from landscape.elements.reference import Array
from landscape.figures.picture import Picture, picture_of
from landscape.figures.placing import Placer
from landscape.figures.style import (
    EDGES,
    INK,
    PASS,
    POINTS,
    SMALL,
    VALLEY,
    WIDTH,
    Look,
    add_axes,
    new_figure,
    styled,
    title_of,
)
from landscape.plate import Support
from landscape.results import Result
from landscape.summary import landscape_name

LEFT, RIGHT, TOP, BOTTOM = 14.0, 26.0, 8.0, 16.0  # mm around the map
WIDEST, TALLEST = 140.0, 170.0  # mm of the map
LOW, BAR = 42.0, 14.5  # mm: below a map less high stands the colour bar, with so much room
NARROWEST, EDGE = 112.0, 8.0  # mm: of the figure; beside a low map
RIPPLE = 1e-3  # negative values down to this share of the maximum are ripples of clamped corners
NEGATIVE = "0.8"
MANY, CROWD = 30, 60  # regions; more have no badges, and still more no frequencies at their passes


@styled
def landscape_figure(result: Result) -> Figure:
    """Draw L with valley lines, passes with their frequencies, and regions numbered at their peaks.

    Colour is proportional to √L, so that small rooms show beside large ones: equal steps of colour are equal
    steps of the period 2π√L. Frequencies are written where they fit. Raises ``InputError`` when the result has
    no landscape.
    """
    result.landscape()
    name = landscape_name(result.summary)
    picture = picture_of(result, 600)
    figure, axes, bar = _page(picture)
    values = _values(picture)
    image = _surface(axes, picture, values)
    along: Literal["horizontal", "vertical"] = (
        "horizontal" if bar.bbox.width > bar.bbox.height else "vertical"
    )
    figure.colorbar(
        image, cax=bar, orientation=along, label=f"{_capital(name)} $L$ ({picture.scale.landscape_unit})"
    )
    valleys = [picture.scale.length * valley.points for valley in result.valleys]
    axes.add_collection(LineCollection(valleys, **VALLEY, zorder=3, gid="valley"), autolim=False)
    picture.outline.draw(axes)
    _labels(axes, picture)
    axes.set_xlabel(f"$x$ ({picture.scale.length_unit})", labelpad=1.5)
    axes.set_ylabel(f"$y$ ({picture.scale.length_unit})", labelpad=1.5)
    what = "localization landscape" if result.kind == "static" else name
    axes.set_title(title_of(result.name, f"{what}{picture.scale.note}"), loc="left", pad=4)
    _key(figure, picture, negative=bool((values < 0).any()))
    return figure


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _page(picture: Picture) -> tuple[Figure, Axes, Axes]:
    """Return a figure with axes for the map and for the colour bar: to its right, or below a low map."""
    width, height = picture.size * min(WIDEST / picture.size[0], TALLEST / picture.size[1])
    if height >= LOW:
        figure = new_figure(max(LEFT + width + RIGHT, NARROWEST), TOP + height + BOTTOM)
        bar = (LEFT + width + 4, TOP, 3.5, height)
    else:
        width, height = picture.size * (WIDTH - LEFT - EDGE) / picture.size[0]
        figure = new_figure(WIDTH, TOP + height + BOTTOM + BAR)
        bar = (LEFT + 0.2 * width, TOP + height + 12, 0.6 * width, 3)
    return figure, add_axes(figure, LEFT, TOP, width, height), add_axes(figure, *bar)


def _values(picture: Picture) -> Array:
    """Return L at the pixels in the unit of the figure, ripples below zero smoothed away."""
    values = picture.values(picture.result.fields["landscape"][:, None])[0]
    ripple = RIPPLE * float(picture.result.summary["landscape"]["maximum"])
    return np.where((values < 0) & (values > -ripple), 0, values) * picture.scale.landscape


def _surface(axes: Axes, picture: Picture, values: Array) -> AxesImage:
    colours = matplotlib.colormaps["viridis"].with_extremes(under=NEGATIVE)
    maximum = float(picture.result.summary["landscape"]["maximum"]) * picture.scale.landscape
    return picture.paint(axes, values, cmap=colours, norm=PowerNorm(0.5, vmin=0, vmax=maximum))


def _labels(axes: Axes, picture: Picture) -> None:
    """Number the regions, mark the passes, and write their frequencies where there is room."""
    result, scale = picture.result, picture.scale
    assert result.regions is not None
    placer = Placer(axes)
    for curve in (
        *(curve for _, curve in picture.outline.runs),
        *(scale.length * v.points for v in result.valleys),
    ):
        placer.avoid(curve)
    peaks = scale.length * result.regions.peaks.points
    many = len(peaks) > MANY
    badge: Look | None = (
        None if many else {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": INK, "lw": 0.6}
    )
    glow = [Stroke(linewidth=1.6, foreground="white"), Normal()] if many else None
    for number, (x, y) in enumerate(peaks, 1):
        where: Look = {"ha": "center", "va": "center_baseline", "zorder": 7, "gid": "region"}
        axes.text(x, y, str(number), **where, size=SMALL, color=INK, bbox=badge, path_effects=glow)
        placer.block(x, y, 3 + 2.3 * len(str(number)) if many else 7)
    passes = scale.length * result.regions.passes.points
    for x, y in passes:
        placer.block(x, y, 2.5)
    axes.plot(*passes.T, **PASS, zorder=6, gid="pass")
    if len(peaks) > CROWD:
        return
    shadow = [Stroke(linewidth=1.6, foreground="0.1"), Normal()]
    look: Look = {"size": SMALL, "color": "white", "path_effects": shadow, "zorder": 8, "gid": "pass-label"}
    for (x, y), entry in zip(passes, result.summary["passes"], strict=True):
        placer.put(scale.hertz(entry["frequency"]), x, y, distance=4, strict=many, **look)


def _key(figure: Figure, picture: Picture, *, negative: bool) -> None:
    edges, points = picture.outline.supports
    handles: list[Line2D | Patch] = [Line2D([], [], **EDGES[s], label=f"{s.value} edge") for s in edges]
    words = {Support.CLAMPED: "clamped point", Support.SUPPORTED: "pinned point"}
    handles += [Line2D([], [], **POINTS[s], label=words[s]) for s in points]
    if picture.result.valleys:
        handles.append(Line2D([], [], **VALLEY, label="valley"))
        crowd = len(picture.result.summary["regions"]) > CROWD
        handles.append(Line2D([], [], **PASS, label="pass" if crowd else "pass and its frequency"))
    if negative:
        handles.append(Patch(fc=NEGATIVE, label="$L < 0$"))
    figure.legend(
        handles=handles, loc="lower center", ncol=5, handlelength=2.2, columnspacing=1.6, borderaxespad=0.2
    )
