"""Maps of a comparison's figures: fields and landscapes on the plate, networks, and how a page of them begins."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import TriMesh
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from holography.comparison import ComparedField, Comparison, PlateMap
from landscape.figures.scale import Drawn, Scale, scale_of
from landscape.figures.style import INK, PASS, SMALL, VALLEY, VERMILION
from landscape.topography.valleys import Valley, effective_network

Real = NDArray[np.float64]

NETWORK: dict[str, Any] = {"color": "black", "lw": 1.5, "solid_capstyle": "round"}
MEASURED_VALLEY: dict[str, Any] = {"color": VERMILION, "lw": 1.3}
UNMEASURED: dict[str, Any] = {"fc": "0.78", "ec": "none", "lw": 0}
MARGIN = 0.02


def compared_scale(comparison: Comparison) -> Scale:
    """Return the units of a comparison's figures."""
    landscape = comparison.summary["input"]["result"]["landscape"]
    extent = float(np.ptp(np.concatenate(comparison.plate.outline), axis=0).max())
    return scale_of(Drawn({**comparison.summary, "landscape": landscape}, extent))


def plate_axes(axes: Axes, plate: PlateMap, scale: Scale, *, color: str = INK, weight: float = 1.2) -> None:
    """Draw the outline and frame it, with equal steps along both axes."""
    for loop in plate.outline:
        closed = scale.length * np.vstack([loop, loop[:1]])
        axes.plot(*closed.T, color=color, lw=weight, zorder=4, gid="outline")
    edge = scale.length * np.concatenate(plate.outline)
    margin = MARGIN * np.ptp(edge, axis=0).max()
    (left, low), (right, high) = edge.min(axis=0) - margin, edge.max(axis=0) + margin
    axes.set(xlim=(left, right), ylim=(low, high), aspect="equal")


def unmeasured(axes: Axes, plate: PlateMap, scale: Scale) -> None:
    """Lay grey under the plate, which shows where a field has no values."""
    loops = sorted(plate.outline, key=lambda loop: -abs(_signed_area(loop)))
    turned = [loop if (_signed_area(loop) > 0) == (k == 0) else loop[::-1] for k, loop in enumerate(loops)]
    closed = [Path(scale.length * np.vstack([loop, loop[:1]]), closed=True) for loop in turned]
    axes.add_patch(PathPatch(Path.make_compound_path(*closed), zorder=-1, gid="unmeasured", **UNMEASURED))


def _signed_area(loop: Real) -> float:
    x, y = loop.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def field_map(
    axes: Axes, field: ComparedField, values: Real, scale: Scale, norm: Normalize, colours: str
) -> TriMesh | None:
    """Paint values (n,) at the field's points; nothing where they are not finite."""
    good = np.isfinite(values)
    triangles = field.triangles[good[field.triangles].all(axis=1)]
    if not len(triangles):
        return None
    points = scale.length * field.points
    mesh = Triangulation(points[:, 0], points[:, 1], triangles)
    image = axes.tripcolor(
        mesh, np.where(good, values, 0.0), shading="gouraud", cmap=colours, norm=norm, rasterized=True
    )
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def landscape_norm(comparison: Comparison, scale: Scale) -> PowerNorm:
    """Return the scale of colours of a landscape: proportional to √L."""
    return PowerNorm(0.5, 0, float(np.nanmax(comparison.plate.landscape)) * scale.landscape)


def computed_landscape(axes: Axes, comparison: Comparison, scale: Scale) -> Any:
    """Paint the landscape of the result with its valleys, passes and numbered regions."""
    plate = comparison.plate
    half = (plate.x[1] - plate.x[0]) / 2
    x, y = scale.length * plate.x, scale.length * plate.y
    extent = (
        x[0] - scale.length * half,
        x[-1] + scale.length * half,
        y[0] - scale.length * half,
        y[-1] + scale.length * half,
    )
    values = np.maximum(plate.landscape, 0) * scale.landscape
    norm = landscape_norm(comparison, scale)
    image = axes.imshow(
        values, extent=extent, origin="lower", cmap="viridis", norm=norm, interpolation="nearest"
    )
    for valley in plate.valleys:
        axes.plot(*(scale.length * valley[:, :2].T), **VALLEY, zorder=3, gid="valley")
    if len(plate.passes):
        axes.plot(*(scale.length * plate.passes.T), **PASS, zorder=5, gid="pass")
    number_regions(axes, plate, scale)
    plate_axes(axes, plate, scale)
    return image


def number_regions(axes: Axes, plate: PlateMap, scale: Scale) -> None:
    """Write the numbers of the regions at their peaks."""
    badge = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": INK, "lw": 0.6}
    for number, (x, y) in enumerate(scale.length * plate.peaks, 1):
        axes.text(
            x, y, str(number), ha="center", va="center_baseline", size=SMALL, color=INK, bbox=badge, zorder=7
        )


def network(axes: Axes, plate: PlateMap, scale: Scale, frequency: float | None) -> None:
    """Draw the effective network at a frequency (Hz): the valleys with L < 1/ω²."""
    if not frequency:
        return
    valleys = [Valley(k, v[:, :2], v[:, 2], 0) for k, v in enumerate(plate.valleys)]
    for part in effective_network(valleys, 2 * np.pi * frequency):
        axes.plot(*(scale.length * part.T), **NETWORK, zorder=4.6, gid="network")


def aspect(comparison: Comparison) -> float:
    """Height over width of the plate with its margin."""
    width, height = np.ptp(np.concatenate(comparison.plate.outline), axis=0)
    margin = 2 * MARGIN * max(width, height)
    return float((height + margin) / (width + margin))


def title(figure: Figure, text: str, comparison: Comparison) -> None:
    """Write a title that says so when anything in it is synthetic."""
    titles = [one["field"] for one in comparison.summary["input"]["measurements"]]
    synthetic = any("synthetic" in title.lower() for title in titles) and "synthetic" not in text.lower()
    note = " (synthetic)" if synthetic else ""
    figure.text(0.02, 1 - 2.5 / (figure.get_size_inches()[1] * 25.4), text + note, va="top", size=8.5)


def refuse(axes: Axes, text: str) -> None:
    """Say in a panel that there is nothing to be drawn."""
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, size=8, color=VERMILION, wrap=True
    )


def landscape_factor(comparison: Comparison, field: ComparedField) -> float:
    """Return ρh/p, which turns a deflection into a landscape; where it is unknown, the ratio that fits the result's."""
    entry = next(one for one in comparison.summary["statics"] if one["field"] == field.name)
    pressure, density = entry["pressure"]["measured"], entry["areal_density"]
    if pressure and density and comparison.summary["units"] == "SI":
        return float(density / pressure)
    good = np.isfinite(field.landscape) & np.isfinite(field.measured)
    w, landscape = field.measured[good], field.landscape[good]
    return float((w @ landscape) / (w @ w))
