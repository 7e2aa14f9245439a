"""Pictures of a mesh with its named supports."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib.pyplot as plt

from landscape.mesh import PlateMesh
from landscape.plate import Support

COLOURS = {Support.CLAMPED: "#b2182b", Support.SUPPORTED: "#2166ac", Support.FREE: "#4d9221"}


def mesh_figure(
    mesh: PlateMesh, path: str | Path, *, supports: Mapping[str, Support] | None = None, width: float = 6.3
) -> None:
    """Draw."""
    figure, axes = plt.subplots(figsize=(width, width * 0.8), layout="constrained")
    axes.triplot(*mesh.mesh.p, mesh.mesh.t.T, lw=0.25, color="0.6")
    for name, ids in mesh.edge_groups.items():
        colour = next((COLOURS[s] for s in Support if name.startswith(s.value[:4])), "#b2182b")
        axes.plot(*mesh.mesh.p[:, mesh.mesh.facets[:, ids]], color=colour, lw=1)
    for ids in mesh.point_groups.values():
        axes.plot(*mesh.mesh.p[:, ids], "o", ms=3, color=COLOURS[Support.SUPPORTED])
    axes.set_aspect("equal")
    axes.set_axis_off()
    figure.savefig(path, dpi=100)
    plt.close(figure)
