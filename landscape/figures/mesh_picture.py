"""The picture of a mesh: its triangles, its supports by name, the shapes of its elements."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, MaxNLocator
from numpy.typing import NDArray

from landscape.figures.outline import chains, joined
from landscape.figures.style import EDGES, INK, POINTS, SMALL, WIDTH, Look, add_axes, new_figure, styled
from landscape.mesh import PlateMesh, boundary_edges, report, shape
from landscape.mesh.arcs import arc_points
from landscape.plate import Support

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""One for each named group (Okabe & Ito), again from the first when there are more."""
MARGIN = 0.03
LISTED = 12
"""Groups in the legend; more are counted."""
SIDE, GAP, LINE = 34.0, 14.0, 4.0
"""Width of the column of facts, space left of it, height of a line of text (mm)."""


@styled
def mesh_figure(mesh: PlateMesh, supports: Mapping[str, Support], *, width: float = WIDTH) -> Figure:
    """Return the mesh (m) with its named groups, beside the histogram of its element shapes; ``width`` in mm."""
    names = [*mesh.edge_groups, *mesh.point_groups, ""][:LISTED]
    columns = int(np.clip(100 // (15 + max(map(len, names))), 1, 3))
    room = width - SIDE - GAP - 6
    aspect = float(np.ptp(mesh.mesh.p[1]) / np.ptp(mesh.mesh.p[0]))
    tall = float(np.clip(room * aspect, 46, 150))
    height = tall + 10 + LINE * math.ceil(len(names) / columns)
    figure = new_figure(width, height)
    left = add_axes(figure, 1, 1, room, tall)
    draw_mesh(left, mesh, supports)
    _scale_bar(figure, left, mesh, tall + 4)
    handles, labels = left.get_legend_handles_labels()
    if len(handles) > LISTED:
        labels = [*labels[: LISTED - 1], f"and {len(handles) - LISTED + 1} more groups"]
        handles = [*handles[: LISTED - 1], Line2D([], [], ls="")]
    place = (3 / width, 1 - (tall + 6) / height)
    figure.legend(handles, labels, loc="upper left", bbox_to_anchor=place, ncols=columns, handlelength=2.5)
    _facts(figure, mesh, width - SIDE - 4, tall)
    return figure


def _facts(figure: Figure, mesh: PlateMesh, left: float, tall: float) -> None:
    """Write the counts of the mesh, and draw the histogram of its element shapes below them."""
    facts, length = report(mesh), EngFormatter("m", places=1)
    lines = [
        f"{facts.triangles:,} triangles",
        f"{facts.vertices:,} vertices",
        f"{facts.curved_edges:,} curved edges",
        f"edges {length(facts.shortest)}",
        f"    to {length(facts.longest)}",
        f"worst shape {facts.worst_shape:.2f}",
    ]
    axes = add_axes(figure, left, 25, SIDE, min(45.0, tall - 25))
    axes.hist(shape(mesh), bins=25, range=(0, 1), color="0.6")
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_locator(MaxNLocator(2))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_xlabel("shape (1: equilateral)", fontsize=SMALL)
    axes.set_ylabel("triangles", fontsize=SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("\n".join(lines), fontsize=SMALL, loc="left")


def _scale_bar(figure: Figure, axes: Axes, mesh: PlateMesh, top: float) -> None:
    """Draw a round length, a sixth to a third of the plate, below the mesh."""
    low, high = axes.get_xlim()
    third = float(np.ptp(mesh.mesh.p[0])) / 3
    decade = 10.0 ** np.floor(np.log10(third))
    length = decade * max(step for step in (1, 2, 5) if step * decade <= third)
    width, height = figure.get_size_inches() * 25.4
    box = axes.get_position()
    left = box.x0 + box.width * (mesh.mesh.p[0].min() - low) / (high - low)
    right, y = left + box.width * length / (high - low), 1 - top / height
    figure.add_artist(Line2D([left, right], [y, y], color=INK, lw=1.2, solid_capstyle="butt"))
    figure.text(right + 1.5 / width, y, EngFormatter("m")(length), fontsize=SMALL, va="center")


@styled
def mesh_thumbnail(mesh: PlateMesh, supports: Mapping[str, Support], *, width: float = 60.0) -> Figure:
    """Return the mesh with its supports and nothing else; ``width`` in mm."""
    aspect = np.ptp(mesh.mesh.p[1]) / np.ptp(mesh.mesh.p[0])
    figure = new_figure(width, float(width * aspect))
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    draw_mesh(axes, mesh, supports, coloured=False)
    return figure


def draw_mesh(axes: Axes, mesh: PlateMesh, supports: Mapping[str, Support], *, coloured: bool = True) -> None:
    """Draw triangles thin and groups by their support: thick clamped, dashed supported, thin free.

    A boundary no group names is drawn as clamped, labelled so; ``coloured`` gives each group its own colour.
    """
    m = mesh.mesh
    inner = np.setdiff1d(np.arange(m.facets.shape[1]), boundary_edges(mesh))
    axes.add_collection(LineCollection(m.p[:, m.facets[:, inner]].transpose(2, 1, 0), lw=0.2, color="0.55"))
    named = np.concatenate([np.zeros(0, dtype=np.intp), *mesh.edge_groups.values()])
    groups = dict(mesh.edge_groups)
    if len(rest := np.setdiff1d(boundary_edges(mesh), named)):
        groups["unnamed"] = rest
    colours = dict(zip([*groups, *mesh.point_groups], COLOURS * 99, strict=False))
    for name, facets in groups.items():
        support = supports.get(name, Support.CLAMPED)
        look: Look = EDGES[support] | ({"color": colours[name]} if coloured else {})
        look |= {"capstyle": "butt" if support is Support.SUPPORTED else "round", "joinstyle": "round"}
        axes.add_collection(LineCollection(_curves(mesh, facets), **look, label=f"{name}: {support}"))
    for name, vertices in mesh.point_groups.items():
        support = supports.get(name, Support.FREE)
        look = POINTS.get(support, {"marker": ".", "ls": ""}) | ({"mfc": colours[name]} if coloured else {})
        axes.plot(*m.p[:, vertices], **look, label=f"{name}: {support}")
    pad = MARGIN * np.ptp(m.p, axis=1).max()
    axes.set_xlim(m.p[0].min() - pad, m.p[0].max() + pad)
    axes.set_ylim(m.p[1].min() - pad, m.p[1].max() + pad)
    axes.set_aspect("equal")
    axes.set_axis_off()


def _curves(mesh: PlateMesh, facets: NDArray[np.intp]) -> list[NDArray[np.float64]]:
    """Return edges as curves (k, 2) that run on from edge to edge, a triangle of theirs to the left."""
    m = mesh.mesh
    low, high = m.facets[:, facets]
    third = m.t[:, m.f2t[0, facets]].sum(axis=0) - low - high
    along, across = m.p[:, high] - m.p[:, low], m.p[:, third] - m.p[:, low]
    forward = along[0] * across[1] - along[1] * across[0] > 0
    arcs = arc_points(m.p[:, low].T, m.p[:, high].T, mesh.bulge[facets])
    curves = [arc if ahead else arc[::-1] for arc, ahead in zip(arcs, forward, strict=True)]
    starts, ends = np.where(forward, low, high), np.where(forward, high, low)
    return [joined(curves, chain) for chain in chains(starts, ends, np.arange(len(facets)))]
