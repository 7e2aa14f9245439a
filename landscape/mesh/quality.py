"""How good a mesh is, in numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.mesh.core import PlateMesh


@dataclass(frozen=True)
class MeshReport:
    """Counts; shortest and longest edge (in the mesh's unit); worst and median shape, 1 being equilateral."""

    triangles: int
    vertices: int
    curved_edges: int
    shortest: float
    longest: float
    worst_shape: float
    median_shape: float


def shape(mesh: PlateMesh) -> NDArray[np.float64]:
    """Return 4√3 A / (a² + b² + c²) of every triangle with sides a, b, c and area A: 1 equilateral, 0 flat."""
    p = mesh.mesh.p[:, mesh.mesh.t].transpose(1, 0, 2)
    sides = np.roll(p, -1, axis=0) - p
    double_area = np.abs(sides[0, 0] * sides[1, 1] - sides[0, 1] * sides[1, 0])
    return 2 * np.sqrt(3) * double_area / (sides**2).sum(axis=(0, 1))


def report(mesh: PlateMesh) -> MeshReport:
    """Return the counts, sizes and shapes of a mesh."""
    length = np.linalg.norm(np.diff(mesh.mesh.p[:, mesh.mesh.facets], axis=1)[:, 0], axis=0)
    quality = shape(mesh)
    return MeshReport(
        triangles=mesh.mesh.t.shape[1],
        vertices=mesh.mesh.p.shape[1],
        curved_edges=int(mesh.bulge.any(axis=1).sum()),
        shortest=float(length.min()),
        longest=float(length.max()),
        worst_shape=float(quality.min()),
        median_shape=float(np.median(quality)),
    )
