"""A triangle mesh of the plate: read, checked, with its named groups and its true boundary curve.

``read_mesh`` (any file meshio knows) or ``plate_mesh`` (arrays) make a ``PlateMesh``; ``refined`` and
``scaled`` make new ones that keep the groups and the curve; ``write_mesh`` stores it for gmsh.
"""

from landscape.mesh.core import PlateMesh, boundary_edges, noted, plate_mesh, scaled
from landscape.mesh.quality import MeshReport, report, shape
from landscape.mesh.reading import read_mesh
from landscape.mesh.refinement import refined, refined_with_parents
from landscape.mesh.writing import write_mesh

__all__ = [
    "MeshReport",
    "PlateMesh",
    "boundary_edges",
    "noted",
    "plate_mesh",
    "read_mesh",
    "refined",
    "refined_with_parents",
    "report",
    "scaled",
    "shape",
    "write_mesh",
]
