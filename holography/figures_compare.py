"""Figures of a comparison: landscapes side by side, modes with their network, frequencies, MAC, localization, overview.

A measurement that does not fit is not drawn as if it did: its panel says so instead.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from holography import figures_compare_charts as charts
from holography import figures_compare_maps as maps
from holography.comparison import ComparedField, Comparison
from holography.figures_compare_overview import overview_figure
from landscape.figures.scale import Scale
from landscape.figures.style import (
    HEIGHT,
    PASS,
    SMALL,
    VALLEY,
    WIDTH,
    add_axes,
    new_figure,
    save,
    styled,
)

LEFT, GAP, TOP, FOOT = 5.0, 5.0, 10.0, 10.0  # mm
COLUMNS = 4
PER_PAGE = 12  # measured modes, each with its computed one below
COLOURS = "RdBu_r"


def draw_comparison(
    comparison: Comparison, folder: str | Path, *, formats: tuple[str, ...] = ("png", "pdf")
) -> list[Path]:
    """Write all figures of a comparison into a folder and return their paths, from what is stored alone."""
    folder = Path(folder)
    return [
        save(figure, folder / f"{name}.{kind}") for name, figure in figures_of(comparison) for kind in formats
    ]


def figures_of(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Give the name and the figure of everything a comparison has to show."""
    yield "overview", overview_figure(comparison)
    for number, field in enumerate((f for f in comparison.fields if f.kind == "static"), 1):
        yield f"static_{number}", static_figure(comparison, field)
    modes = [field for field in comparison.fields if field.kind == "mode"]
    for page in range(math.ceil(len(modes) / PER_PAGE)):
        part = modes[page * PER_PAGE : (page + 1) * PER_PAGE]
        yield "modes" if page == 0 else f"modes_{page + 1}", modes_figure(comparison, part)
    if comparison.summary["stiffness"]["predictions"]:
        yield "frequencies", frequencies_figure(comparison)
    if comparison.mac.size:
        yield "mac", mac_figure(comparison)
    if modes and comparison.summary["regions"]:
        yield "localization", localization_figure(comparison)


@styled
def static_figure(comparison: Comparison, field: ComparedField) -> Figure:
    """Draw L measured beside L computed, both valley networks, and what the fit leaves over."""
    scale = maps.compared_scale(comparison)
    width = (WIDTH - 2 * LEFT - 2 * GAP) / 3
    height = width * maps.aspect(comparison)
    figure = new_figure(WIDTH, TOP + 2 + height + 20)
    measured, computed, rest = (
        add_axes(figure, LEFT + k * (width + GAP), TOP + 2, width, height) for k in range(3)
    )
    maps.title(figure, f"{comparison.summary['input']['name']}: {field.name}", comparison)
    if not field.matched:
        maps.refuse(measured, "This field does not fit\nthe plate; it is not drawn.")
        rest.set_axis_off()
        computed.set_xticks([])
        computed.set_yticks([])
        maps.computed_landscape(computed, comparison, scale)
        return figure
    image = _static_panels(comparison, field, scale, (measured, computed, rest))
    _bars(figure, image, (LEFT, TOP + 2 + height, width), scale)
    handles = [
        Line2D([], [], **VALLEY, label="valley, computed"),
        Line2D([], [], **maps.MEASURED_VALLEY, label="valley, measured"),
        Line2D([], [], **PASS, label="pass"),
        Patch(**maps.UNMEASURED, label="not measured"),
    ]
    figure.legend(handles=handles, loc="lower center", ncol=4, borderaxespad=0.3)
    return figure


def _static_panels(
    comparison: Comparison, field: ComparedField, scale: Scale, axes: tuple[Axes, Axes, Axes]
) -> list[Any]:
    """Paint measured L, computed L and the residual; return what needs a colour bar."""
    measured, computed, rest = axes
    factor = maps.landscape_factor(comparison, field)
    norm = maps.landscape_norm(comparison, scale)
    first = maps.field_map(
        measured, field, np.maximum(field.measured * factor, 0) * scale.landscape, scale, norm, "viridis"
    )
    second = maps.computed_landscape(computed, comparison, scale)
    for valley in comparison.plate.valleys:
        measured.plot(*(scale.length * valley[:, :2].T), **VALLEY, zorder=3, gid="valley")
    for line in field.valleys:
        for where in (measured, computed):
            where.plot(
                *(scale.length * line[:, :2].T), **maps.MEASURED_VALLEY, zorder=3.5, gid="measured valley"
            )
    residual = 100 * (field.measured - field.model) / np.nanmax(np.abs(field.model))
    top = float(np.nanquantile(np.abs(residual), 0.995)) or 1.0
    third = maps.field_map(rest, field, residual, scale, Normalize(-top, top), COLOURS)
    for where, text in (
        (measured, "measured $L$"),
        (computed, "computed $L$"),
        (rest, "measured − fit, % of max"),
    ):
        maps.unmeasured(where, comparison.plate, scale)
        maps.plate_axes(where, comparison.plate, scale)
        where.set_xticks([])
        where.set_yticks([])
        where.set_title(text, size=8, pad=2)
    return [first, second, third]


def _bars(figure: Figure, images: list[Any], place: tuple[float, float, float], scale: Scale) -> None:
    left, bottom, width = place
    for k, image in enumerate(images):
        if image is not None:
            bar = add_axes(figure, left + k * (width + GAP) + 0.15 * width, bottom + 2, 0.7 * width, 2.2)
            figure.colorbar(image, cax=bar, orientation="horizontal")
            bar.tick_params(labelsize=6.5)
            bar.set_xlabel(
                f"$L$ ({scale.landscape_unit})" if k < 2 else "% of the greatest deflection",
                size=SMALL,
                labelpad=1,
            )


@styled
def modes_figure(comparison: Comparison, fields: list[ComparedField]) -> Figure:
    """Draw measured modes with the effective network at their frequency, each above the computed mode it was matched with."""
    columns = min(COLUMNS, len(fields))
    rows = math.ceil(len(fields) / columns)
    aspect = maps.aspect(comparison)
    width = min(
        (WIDTH - 2 * 4 - (COLUMNS - 1) * 3) / COLUMNS, (HEIGHT - TOP - FOOT - rows * 17) / (2 * rows * aspect)
    )
    height = width * aspect
    figure = new_figure(WIDTH, TOP + rows * (2 * height + 17) + FOOT)
    margin = (WIDTH - columns * width - (columns - 1) * 3) / 2
    pairs = {pair["field"]: pair for pair in comparison.summary["pairs"]}
    for k, field in enumerate(fields):
        row, column = divmod(k, columns)
        top, left = TOP + row * (2 * height + 17) + 10, margin + column * (width + 3)
        above = add_axes(figure, left, top, width, height)
        below = add_axes(figure, left, top + height + 1.5, width, height)
        _mode_panels(comparison, field, pairs[field.name], (above, below))
    maps.title(
        figure,
        f"{comparison.summary['input']['name']}: measured modes (above) and the computed ones they match (below)",
        comparison,
    )
    handles = [Line2D([], [], **maps.NETWORK, label="effective network: valley with $L$ < 1/$\\omega^2$")]
    figure.legend(handles=handles, loc="lower center", borderaxespad=0.5)
    return figure


def _mode_panels(
    comparison: Comparison, field: ComparedField, pair: dict[str, Any], axes: tuple[Axes, Axes]
) -> None:
    scale = maps.compared_scale(comparison)
    above, below = axes
    norm = Normalize(-1, 1)
    frequency = pair["frequency"]["measured"]
    si = comparison.summary["units"] == "SI"
    at = frequency if si and frequency else pair["frequency"]["predicted"]
    head = f"{frequency:.5g} Hz" if frequency else field.name[:28]
    if not field.matched:
        near = pair["nearest"]
        maps.refuse(above, "matches no mode" + (f"\n(best MAC {near['mac']:.2f})" if near else ""))
        below.set_axis_off()
        above.set_title(head, size=SMALL, pad=2)
        return
    for where, values in ((above, field.measured), (below, field.model)):
        if maps.field_map(where, field, values, scale, norm, COLOURS) is not None:
            maps.network(where, comparison.plate, scale, at)
            maps.plate_axes(where, comparison.plate, scale, color="0.5", weight=0.7)
        where.set_axis_off()
    region = f"\n{_share(pair['energy_share'])} in region {pair['region']}" if pair["region"] else ""
    match = f"mode {pair['mode']}, MAC {pair['mac']:.3f}" if pair["mode"] else "no computed modes"
    above.set_title(f"{head}\n{match}{region}", size=SMALL, pad=2, linespacing=1.2)


def _share(share: float) -> str:
    """Return a share in per cent that never rounds up to all."""
    return ">99.9%" if share > 0.9995 else f"{100 * share:.1f}%"


@styled
def frequencies_figure(comparison: Comparison) -> Figure:
    """Draw measured against predicted frequencies, with bounds, and the landscape's rules with their σ."""
    figure = new_figure(WIDTH, TOP + 54 + 33)
    charts.deviations(left := add_axes(figure, 16, TOP, 68, 54), comparison)
    charts.region_predictions(right := add_axes(figure, 104, TOP, 70, 54), comparison)
    left.legend(handles=charts.deviation_handles(), loc="upper center", bbox_to_anchor=(0.5, -0.3))
    right.legend(handles=charts.rule_handles(), loc="upper center", bbox_to_anchor=(0.5, -0.16))
    maps.title(
        figure, f"{comparison.summary['input']['name']}: frequencies, measured against predicted", comparison
    )
    return figure


@styled
def mac_figure(comparison: Comparison) -> Figure:
    """Draw the MAC matrix, matched pairs framed."""
    rows, columns = comparison.mac.shape
    height = min(max(6.0 * rows, 25), 200)
    figure = new_figure(WIDTH, TOP + height + 14)
    axes = add_axes(figure, 30, TOP, WIDTH - 52, height)
    image = charts.mac_matrix(axes, comparison)
    bar = add_axes(figure, WIDTH - 18, TOP, 3, height)
    figure.colorbar(image, cax=bar, label="MAC")
    maps.title(
        figure,
        f"{comparison.summary['input']['name']}: MAC of {rows} measured and {columns} computed modes",
        comparison,
    )
    return figure


@styled
def localization_figure(comparison: Comparison) -> Figure:
    """Draw the share of energy in the predicted region against frequency, with the frequencies of the passes."""
    figure = new_figure(WIDTH * 0.7, 75)
    charts.localization(add_axes(figure, 16, TOP, WIDTH * 0.7 - 22, 46), comparison)
    figure.legend(handles=charts.localization_handles(), loc="lower center", ncol=3, borderaxespad=0.3)
    maps.title(figure, f"{comparison.summary['input']['name']}: localization against frequency", comparison)
    return figure
