"""The picture of a mesh: its triangles, its supports by name, the shapes of its elements."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from landscape.figures.style import EDGES, POINTS, SMALL, WIDTH, new_figure, styled
from landscape.mesh import PlateMesh, boundary_edges, report, shape
from landscape.mesh.arcs import arc_points
from landscape.plate import Support

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""One for each named group (Okabe & Ito), again from the first when there are more."""
MARGIN = 0.03


@styled
def mesh_figure(mesh: PlateMesh, supports: Mapping[str, Support], *, width: float = WIDTH) -> Figure:
    """Return the mesh with its named groups, beside the histogram of its element shapes; ``width`` in mm."""
    aspect = np.ptp(mesh.mesh.p[1]) / np.ptp(mesh.mesh.p[0])
    figure = new_figure(width, float(np.clip(0.72 * width * aspect, 0.3 * width, 1.2 * width)))
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, width_ratios=(4, 1))
    draw_mesh(left, mesh, supports)
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3, handlelength=2.5)
    right.hist(shape(mesh), bins=np.linspace(0, 1, 26), color="0.6")
    right.set_xlabel("shape (1: equilateral)")
    right.set_ylabel("triangles")
    right.spines[["top", "right"]].set_visible(False)
    facts = report(mesh)
    right.set_title(
        f"{facts.triangles} triangles\n{facts.vertices} vertices\n{facts.curved_edges} curved edges\n"
        f"edges {facts.shortest:.3g} to {facts.longest:.3g}\nworst shape {facts.worst_shape:.2f}",
        fontsize=SMALL,
        loc="left",
    )
    return figure


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
        look = EDGES[support] | ({"color": colours[name]} if coloured else {})
        a, b = m.p[:, m.facets[:, facets]].transpose(1, 2, 0)
        curves = arc_points(a, b, mesh.bulge[facets])
        axes.add_collection(LineCollection(list(curves), **look, label=f"{name}: {support}"))
    for name, vertices in mesh.point_groups.items():
        support = supports.get(name, Support.FREE)
        look = POINTS.get(support, {"marker": ".", "ls": ""}) | ({"mfc": colours[name]} if coloured else {})
        axes.plot(*m.p[:, vertices], **look, label=f"{name}: {support}")
    pad = MARGIN * np.ptp(m.p, axis=1).max()
    axes.set_xlim(m.p[0].min() - pad, m.p[0].max() + pad)
    axes.set_ylim(m.p[1].min() - pad, m.p[1].max() + pad)
    axes.set_aspect("equal")
    axes.set_axis_off()
