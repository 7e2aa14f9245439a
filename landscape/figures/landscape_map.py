"""The landscape with its valleys, passes and numbered regions."""

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from landscape.figures.picture import Picture, picture_of
from landscape.figures.placing import Placer
from landscape.figures.scale import Scale
from landscape.figures.style import EDGES, INK, POINTS, SMALL, add_axes, new_figure, styled
from landscape.plate import Support
from landscape.results import Result
from landscape.topography.valleys import Valley

LEFT, RIGHT, TOP, BOTTOM = 14.0, 27.0, 8.0, 19.0  # mm around the map
WIDEST, TALLEST = 139.0, 165.0  # mm of the map
RIPPLE = 1e-3  # negative values down to this share of the maximum are ripples of clamped corners
MANY = 30  # regions; with more the numbers are small and without a badge


@styled
def landscape_figure(result: Result) -> Figure:
    """Draw L with valley lines, passes with their frequencies, and regions numbered at their peaks.

    The colour is proportional to √L, a time: the same step of colour is the same step of 2π√L, the period above
    which nothing lives there. Raises ``InputError`` when the result has no landscape.
    """
    result.landscape()
    picture = picture_of(result, 800)
    width, height = picture.size * min(WIDEST / picture.size[0], TALLEST / picture.size[1])
    figure = new_figure(max(LEFT + width + RIGHT, 100), TOP + height + BOTTOM)
    axes = add_axes(figure, LEFT, TOP, width, height)
    image = _surface(axes, picture)
    _colour_bar(figure, axes, image, picture.scale)
    valley_lines(axes, result.valleys, picture.scale)
    picture.outline.draw(axes)
    _labels(axes, picture)
    axes.set_xlabel(f"x ({picture.scale.length_unit})", labelpad=1.5)
    axes.set_ylabel(f"y ({picture.scale.length_unit})", labelpad=1.5)
    axes.set_title(f"{result.name}: localization landscape", loc="left", pad=4)
    _key(figure, picture)
    return figure


def valley_lines(axes: Axes, valleys: tuple[Valley, ...], scale: Scale) -> None:
    """Draw valleys white with a dark rim."""
    rim = [Stroke(linewidth=2.0, foreground="0.15"), Normal()]
    for valley in valleys:
        axes.plot(
            *(scale.length * valley.points.T), color="white", lw=1.1, zorder=3, path_effects=rim, gid="valley"
        )


def _surface(axes: Axes, picture: Picture) -> AxesImage:
    values = picture.values(picture.result.fields["landscape"][:, None])[0]
    maximum = float(picture.result.summary["landscape"]["maximum"])
    values = np.where((values < 0) & (values > -RIPPLE * maximum), 0, values) * picture.scale.landscape
    colours = matplotlib.colormaps["viridis"].with_extremes(under="0.8")
    norm = PowerNorm(0.5, vmin=0, vmax=maximum * picture.scale.landscape)
    return picture.paint(axes, values, cmap=colours, norm=norm)


def _colour_bar(figure: Figure, axes: Axes, image: AxesImage, scale: Scale) -> None:
    bar = axes.inset_axes((1.025, 0, 0.03, 1))
    figure.colorbar(image, cax=bar, label=f"Landscape L ({scale.landscape_unit})")


def _labels(axes: Axes, picture: Picture) -> None:
    """Number the regions, mark the passes, and write their frequencies where there is room."""
    result, scale = picture.result, picture.scale
    assert result.regions is not None
    placer = Placer(axes)
    peaks = scale.length * result.regions.peaks.points
    many = len(peaks) > MANY
    badge = None if many else {"boxstyle": "circle,pad=0.22", "fc": "white", "ec": INK, "lw": 0.6}
    glow = [Stroke(linewidth=1.6, foreground="white"), Normal()]
    for number, (x, y) in enumerate(peaks, 1):
        axes.text(
            x, y, str(number), ha="center", va="center", size=SMALL if many else 8, weight="bold", color=INK,
            bbox=badge, path_effects=glow if many else None, zorder=7, gid="region",
        )  # fmt: skip
        placer.block(x, y, 5 if many else 8)
    passes = scale.length * result.regions.passes.points
    for x, y in passes:
        placer.block(x, y, 2.5)
    axes.plot(*passes.T, "D", ms=3.6, mfc="white", mec=INK, mew=0.7, zorder=6, gid="pass")
    shadow = [Stroke(linewidth=1.8, foreground="0.1"), Normal()]
    for (x, y), entry in zip(passes, result.summary["passes"], strict=True):
        text = scale.hertz(entry["frequency"], 3)
        placer.put(
            text, x, y, distance=4, size=SMALL, color="white", path_effects=shadow, zorder=7, gid="pass-label"
        )


def _key(figure: Figure, picture: Picture) -> None:
    edges, points = picture.outline.supports
    handles = [Line2D([], [], **EDGES[s], label=f"{s.value} edge") for s in edges]
    words = {Support.CLAMPED: "clamped point", Support.SUPPORTED: "pinned point"}
    handles += [Line2D([], [], **POINTS[s], label=words[s]) for s in points]
    if picture.result.valleys:
        rim = [Stroke(linewidth=2.0, foreground="0.15"), Normal()]
        handles.append(Line2D([], [], color="white", lw=1.1, path_effects=rim, label="valley"))
        handles.append(
            Line2D(
                [],
                [],
                marker="D",
                ms=3.6,
                mfc="white",
                mec=INK,
                mew=0.7,
                ls="",
                label="pass, with its frequency",
            )
        )
    figure.legend(
        handles=handles, loc="lower center", ncol=5, handlelength=2.2, columnspacing=1.6, borderaxespad=0.2
    )
