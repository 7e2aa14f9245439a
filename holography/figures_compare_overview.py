"""The one page that shows a whole comparison: landscapes predicted and measured, frequencies, localization."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from holography import figures_compare_charts as charts
from holography import figures_compare_maps as maps
from holography.comparison import Comparison
from landscape.figures.scale import Scale
from landscape.figures.style import WIDTH, add_axes, new_figure, styled

TOP = 10.0  # mm


@styled
def overview_figure(comparison: Comparison) -> Figure:
    """Draw the one page: computed and measured landscape, MAC, frequencies and localization, as far as there is something."""
    scale = maps.compared_scale(comparison)
    height = min(86 * maps.aspect(comparison), 100)
    width = height / maps.aspect(comparison)
    figure = new_figure(WIDTH, TOP + 6 + height + 82)
    maps.title(figure, f"{comparison.summary['input']['name']}: prediction against measurement", comparison)
    computed = add_axes(figure, 2, TOP + 6, width, height)
    maps.computed_landscape(computed, comparison, scale)
    computed.set_title("predicted landscape", size=8, pad=2)
    computed.set_axis_off()
    beside = add_axes(figure, WIDTH - width - 2, TOP + 6, width, height)
    _overview_field(beside, comparison, scale)
    top = TOP + 6 + height + 8
    if comparison.summary["stiffness"]["predictions"]:
        charts.deviations(left := add_axes(figure, 15, top, 68, 40), comparison)
        left.legend(handles=charts.deviation_handles(), loc="upper center", bbox_to_anchor=(0.5, -0.42))
    if any(pair["fits"] for pair in comparison.summary["pairs"]) and comparison.summary["regions"]:
        charts.localization(right := add_axes(figure, 104, top, 70, 40), comparison)
        right.legend(handles=charts.localization_handles(), loc="upper center", bbox_to_anchor=(0.5, -0.24))
    return figure


def _overview_field(axes: Axes, comparison: Comparison, scale: Scale) -> None:
    """Paint the first static field that fits as a landscape, or say that none does."""
    fitting = [f for f in comparison.fields if f.kind == "static" and f.matched]
    if not fitting:
        kinds = {f.kind for f in comparison.fields}
        maps.refuse(
            axes, "No static field fits this plate." if "static" in kinds else "No static field was measured."
        )
        return
    field = fitting[0]
    norm = maps.landscape_norm(comparison, scale)
    values = np.maximum(field.measured * maps.landscape_factor(comparison, field), 0) * scale.landscape
    maps.unmeasured(axes, comparison.plate, scale)
    maps.field_map(axes, field, values, scale, norm, "viridis")
    for line in field.valleys:
        axes.plot(*(scale.length * line[:, :2].T), **maps.MEASURED_VALLEY, zorder=3.5)
    maps.plate_axes(axes, comparison.plate, scale)
    axes.set_title("measured landscape", size=8, pad=2)
    axes.set_axis_off()
