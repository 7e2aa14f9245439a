"""From a drawing to a mesh: file -> ``Outline`` of exact curves -> gmsh -> ``PlateMesh`` graded for this solver."""

from landscape.geometry.meshing import MeshSpec, mesh_outline, mesh_step, size_for
from landscape.geometry.outline import (
    Contour,
    Mark,
    Outline,
    Piece,
    Wall,
    arc,
    circle,
    elliptic_arc,
    polygon,
    spline,
)

__all__ = [
    "Contour",
    "Mark",
    "MeshSpec",
    "Outline",
    "Piece",
    "Wall",
    "arc",
    "circle",
    "elliptic_arc",
    "mesh_outline",
    "mesh_step",
    "polygon",
    "size_for",
    "spline",
]
