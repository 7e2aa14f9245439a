"""Figures of a prediction: the measured landscape with regions, valleys and passes, its σ, spectrum, merge tree."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import NDArray

from holography.prediction import Prediction
from landscape.figures.placing import Placer
from landscape.figures.scale import Drawn, Scale, scale_of
from landscape.figures.spectrum import spectrum_figure
from landscape.figures.style import INK, PASS, SMALL, VALLEY, add_axes, new_figure, save, styled
from landscape.figures.tree import tree_figure

Real = NDArray[np.float64]
LEFT, GAP, BAR, TOP, BOTTOM = 14.0, 5.0, 3.5, 8.0, 16.0  # mm
WIDEST, TALLEST = 130.0, 170.0
PIXELS = 700  # along the longer side of what is drawn
RIM: dict[str, Any] = {"colors": INK, "linewidths": 1.2}


def predicted(prediction: Prediction, summary: dict[str, Any]) -> Drawn:
    """Return a prediction as something that can be drawn."""
    landscape = prediction.landscape
    extent = max(np.ptp(landscape.x[landscape.mask]), np.ptp(landscape.y[landscape.mask]))
    return Drawn({"modes": [], **summary}, float(extent), prediction.regions)


def draw_prediction(prediction: Prediction, summary: dict[str, Any], folder: Path) -> list[Path]:
    """Write landscape, uncertainty, spectrum and merge_tree as PNG and PDF into a folder."""
    result = predicted(prediction, summary)
    figures = {
        "landscape": measured_figure(prediction, result),
        "uncertainty": uncertainty_figure(prediction, result),
        "spectrum": spectrum_figure(result),
        "merge_tree": tree_figure(result),
    }
    return [
        save(figure, folder / f"{name}.{kind}") for name, figure in figures.items() for kind in ("png", "pdf")
    ]


@styled
def measured_figure(prediction: Prediction, result: Drawn) -> Figure:
    """Draw the measured L with valley lines, passes and numbered regions; colour is proportional to √L."""
    scale = scale_of(result)
    label = "Landscape $L$" if not prediction.landscape.relative else "Deflection, relative"
    unit = f" ({scale.landscape_unit})" if not prediction.landscape.relative else ""
    values = np.maximum(prediction.landscape.values, 0) * scale.landscape
    norm = PowerNorm(0.5, 0, float(prediction.regions.peaks.values[0]) * scale.landscape)
    figure, axes = _map(prediction, result, (values, norm, "viridis", label + unit))
    for valley in prediction.valleys:
        axes.plot(*(scale.length * valley.points.T), **VALLEY, zorder=3, gid="valley")
    _mark(axes, prediction, result, scale)
    axes.set_title(f"{result.name}: measured localization landscape", loc="left", pad=4)
    handles = [Line2D([], [], color=INK, lw=1.2, label="edge of the mask")]
    if prediction.valleys:
        handles.append(Line2D([], [], **VALLEY, label="valley"))
        handles.append(Line2D([], [], **PASS, label="pass and its frequency"))
    figure.legend(handles=handles, loc="lower center", ncol=3, handlelength=2.2, borderaxespad=0.2)
    return figure


@styled
def uncertainty_figure(prediction: Prediction, result: Drawn) -> Figure:
    """Draw the standard deviation of L, pixel by pixel, relative to the maximum of L."""
    ratio = 100 * prediction.landscape.sigma / float(prediction.regions.peaks.values[0])
    top = float(np.nanquantile(ratio, 0.99)) or 1.0
    label = r"$\sigma_L$ / max $L$ (%)"
    figure, axes = _map(prediction, result, (ratio, Normalize(0, top), "cividis", label))
    axes.set_title(
        f"{result.name}: uncertainty of the measured landscape (one σ per pixel)", loc="left", pad=4
    )
    return figure


def _map(
    prediction: Prediction, result: Drawn, shown: tuple[Real, Normalize, str, str]
) -> tuple[Figure, Axes]:
    values, norm, colours, label = shown
    scale, landscape = scale_of(result), prediction.landscape
    step = max(1, round(max(landscape.mask.shape) / PIXELS))
    thin = (slice(None, None, step), slice(None, None, step))
    x, y = scale.length * landscape.x[thin], scale.length * landscape.y[thin]
    size = np.array([np.ptp(x[landscape.mask[thin]]), np.ptp(y[landscape.mask[thin]])]) * 1.04
    width, height = size * min(WIDEST / size[0], TALLEST / size[1])
    figure = new_figure(LEFT + width + GAP + BAR + 20, TOP + max(height, 30) + BOTTOM)
    axes = add_axes(figure, LEFT, TOP, width, height)
    picture: QuadMesh = axes.pcolormesh(
        x,
        y,
        np.ma.masked_invalid(values[thin]),
        cmap=matplotlib.colormaps[colours],
        norm=norm,
        rasterized=True,
    )
    axes.contour(x, y, landscape.mask[thin].astype(float), [0.5], **RIM)
    _frame(axes, x[landscape.mask[thin]], y[landscape.mask[thin]], scale)
    bar = add_axes(figure, LEFT + width + GAP, TOP, BAR, max(height, 30))
    figure.colorbar(picture, cax=bar, label=label)
    return figure, axes


def _frame(axes: Axes, x: Real, y: Real, scale: Scale) -> None:
    margin = 0.02 * max(np.ptp(x), np.ptp(y))
    axes.set_xlim(x.min() - margin, x.max() + margin)
    axes.set_ylim(y.min() - margin, y.max() + margin)
    axes.set_aspect("equal")
    axes.set_xlabel(f"$x$ ({scale.length_unit})", labelpad=1.5)
    axes.set_ylabel(f"$y$ ({scale.length_unit})", labelpad=1.5)


def _mark(axes: Axes, prediction: Prediction, result: Drawn, scale: Scale) -> None:
    placer = Placer(axes)
    badge: dict[str, Any] = {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": INK, "lw": 0.6}
    for number, (x, y) in enumerate(scale.length * prediction.regions.peaks.points, 1):
        place: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 7, "gid": "region"}
        axes.text(x, y, str(number), **place, size=SMALL, color=INK, bbox=badge)
        placer.block(x, y, 7)
    for valley in prediction.valleys:
        placer.avoid(scale.length * valley.points)
    passes = scale.length * prediction.regions.passes.points
    for x, y in passes:
        placer.block(x, y, 2.5)
    axes.plot(*passes.T, **PASS, zorder=6, gid="pass")
    glow = [Stroke(linewidth=1.6, foreground="0.1"), Normal()]
    for (x, y), entry in zip(passes, result.summary["passes"], strict=True):
        look: dict[str, Any] = {"size": SMALL, "color": "white", "path_effects": glow, "zorder": 8}
        placer.put(scale.hertz(entry["frequency"]), x, y, distance=4, **look)
