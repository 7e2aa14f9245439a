"""The outline of a plate as curves: true arcs, sorted by how they are held."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.path import Path
from numpy.typing import NDArray

from landscape.elements.boundary import FLAT, arc_height
from landscape.elements.reference import Array
from landscape.elements.space import Space, resolve_supports
from landscape.figures.style import EDGES, POINTS
from landscape.plate import Plate, Support

ARC = np.linspace(0, 1, 9)  # where an arc is sampled


@dataclass(frozen=True)
class Outline:
    """Boundary and supports in the length unit of the figure.

    ``path`` encloses the plate, holes left out (the plate lies to the left of every loop). ``runs``: curves
    (k, 2) of one kind of support each, edges inside the plate included if they are held; ``points``: held
    points (k, 2) by kind.
    """

    path: Path
    runs: tuple[tuple[Support, Array], ...]
    points: dict[Support, Array]

    def draw(self, axes: Axes, *, weight: float = 1.0, color: str | None = None) -> None:
        """Draw edges and points by their support, lines ``weight`` times as thick, edges in one ``color`` if given."""
        for support in self.supports[0]:
            curves = [curve for kind, curve in self.runs if kind is support]
            look = (
                EDGES[support] | {"lw": weight * EDGES[support]["lw"]} | ({"color": color} if color else {})
            )
            if (
                support is not Support.FREE and color is None
            ):  # a rim keeps dark lines apart from dark colours
                rim = LineCollection(curves, color="white", lw=look["lw"] + 0.7, capstyle="round", zorder=3.9)
                axes.add_collection(rim, autolim=False)
            cap: Literal["butt", "round"] = "butt" if support is Support.SUPPORTED else "round"
            lines = LineCollection(curves, **look, capstyle=cap, zorder=4, gid="outline")
            axes.add_collection(lines, autolim=False)
        for support, points in self.points.items():
            axes.plot(*points.T, **POINTS[support], zorder=5, gid="support")

    @property
    def supports(self) -> tuple[list[Support], list[Support]]:
        """The kinds of support that occur, of edges and of points."""
        edges = {support for support, _ in self.runs}
        return [s for s in Support if s in edges], [s for s in Support if s in self.points]


def outline_of(space: Space, plate: Plate, factor: float) -> Outline:
    """Return the outline of a plate with lengths times ``factor``."""
    by_edge, by_point = resolve_supports(space.mesh, plate)
    lines = space.lines
    support = [by_edge.get(int(facet), plate.rest) for facet in lines.facets]
    starts, ends, curves = _directed(space)
    curves = [curve * factor for curve in curves]
    rim = np.flatnonzero(lines.boundary)
    loops = chains(starts, ends, rim)
    vertices = [joined(curves, loop) for loop in loops]
    codes = [[Path.MOVETO, *[Path.LINETO] * (len(v) - 2), Path.CLOSEPOLY] for v in vertices]
    runs = []
    for kind in Support:
        chosen = np.array([k for k, s in enumerate(support) if s is kind], dtype=np.intp)
        runs += [(kind, joined(curves, chain)) for chain in chains(starts, ends, chosen)]
    held: dict[Support, list[int]] = defaultdict(list)
    for vertex, kind in by_point.items():
        if kind is not Support.FREE:
            held[kind].append(vertex)
    points = {kind: factor * space.skfem.p.T[which] for kind, which in held.items()}
    return Outline(Path(np.concatenate(vertices), np.concatenate(codes)), tuple(runs), points)


def _directed(space: Space) -> tuple[NDArray[np.intp], NDArray[np.intp], list[Array]]:
    """Return first and last vertex and the curve (k, 2) of every line, with the plate to its left."""
    lines, affine = space.lines, space.affine
    t = affine.tangent[lines.facets]
    n = lines.outward[:, None] * affine.normal[lines.facets]
    length = affine.length[lines.facets]
    forward = t[:, 0] * n[:, 1] - t[:, 1] * n[:, 0] < 0  # outward to the right
    start = space.skfem.p.T[space.skfem.facets[0, lines.facets]]
    curves = []
    for k in range(len(lines.facets)):
        bent = abs(lines.curvature[k]) * length[k] / 8 > FLAT
        position = ARC if bent else ARC[[0, -1]]
        height = arc_height(lines.curvature[k], length[k], position)
        curve = start[k] + np.outer(position * length[k], t[k]) + np.outer(height, n[k])
        curves.append(curve if forward[k] else curve[::-1])
    low, high = space.skfem.facets[:, lines.facets].astype(np.intp)
    return np.where(forward, low, high), np.where(forward, high, low), curves


def chains(starts: NDArray[np.intp], ends: NDArray[np.intp], chosen: NDArray[np.intp]) -> list[list[int]]:
    """Sort directed edges into chains, open ones from their beginning, then closed ones."""
    leaving: dict[int, list[int]] = defaultdict(list)
    for edge in chosen.tolist():
        leaving[int(starts[edge])].append(edge)
    surplus = {v: len(out) - int(np.count_nonzero(ends[chosen] == v)) for v, out in leaving.items()}
    first = [v for v, more in surplus.items() for _ in range(more)]
    found = []
    for vertex in [*first, *leaving]:
        while leaving[vertex]:
            chain, here = [], vertex
            while leaving.get(here):
                chain.append(leaving[here].pop())
                here = int(ends[chain[-1]])
            found.append(chain)
            if vertex in first:
                break
    return found


def joined(curves: list[Array], chain: list[int]) -> Array:
    """Return one curve (k, 2) along the edges of a chain."""
    return np.concatenate([*[curves[edge][:-1] for edge in chain], curves[chain[-1]][-1:]])
