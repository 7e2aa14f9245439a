"""Regions, passes and frequencies of a landscape known at the vertices of a mesh: the absolute one and the L² one."""

import numpy as np
from numpy.typing import NDArray

from landscape.absolute import NodeLandscape, Progress, absolute_landscape
from landscape.elements.reference import Array
from landscape.l2 import l2_landscape
from landscape.linalg import Factorization
from landscape.sampling import Lattice, lattice_of
from landscape.solution import Topography, shape_constants
from landscape.system import PlateSystem
from landscape.topography.critical import refine_critical
from landscape.topography.estimates import Samples, estimate_regions
from landscape.topography.local_fit import sampled_field
from landscape.topography.regions import find_regions, refine_regions
from landscape.topography.surface import Surface, vertex_spacing
from landscape.topography.valleys import valley_lines

LANDSCAPES = {"absolute": absolute_landscape, "l2": l2_landscape}


def solve_node_landscape(
    system: PlateSystem,
    kind: str,
    *,
    factorization: Factorization | None = None,
    persistence: float = 0.05,
    progress: Progress | None = None,
) -> tuple[NodeLandscape, Topography]:
    """Return the ``absolute`` or ``l2`` landscape of a plate and its topography.

    Raises ``NotHeldError`` when the supports leave a rigid motion.
    """
    landscape = LANDSCAPES[kind](system, factorization=factorization, progress=progress)
    return landscape, read_node_topography(system, landscape, persistence=persistence)


def read_node_topography(
    system: PlateSystem, landscape: NodeLandscape, *, persistence: float = 0.05
) -> Topography:
    """Return regions, passes, valley lines and frequency estimates of a landscape at vertices.

    Linear in every triangle for regions and integrals, a smooth fit where slopes are needed. There is no next iterate,
    so the Schwarz and max-point estimates are NaN.
    """
    lattice = lattice_of(system.mesh)
    surface = Surface(lattice.points, lattice.triangles, _interpolated(system, landscape.values, lattice))
    smooth = sampled_field(landscape.surface)
    regions = find_regions(surface, persistence=persistence)
    spacing = lattice.n * vertex_spacing(surface)  # of the vertices, where the samples are
    peaks = refine_critical(regions.peaks, smooth, kind="peak", spacing=spacing[regions.peaks.vertices])
    passes = refine_critical(regions.passes, smooth, kind="pass", spacing=spacing[regions.passes.vertices])
    regions = refine_regions(regions, peaks, passes)
    constant = shape_constants(smooth(regions.peaks.points)[2])
    samples = _samples(system, landscape.values, lattice, lattice.labels(regions.labels).ravel())
    estimates = estimate_regions(samples, regions.peaks.values, constant=constant)
    return Topography(surface, lattice, regions, estimates, valley_lines(regions.passes, smooth, surface))


def _barycentric(chart: Array) -> Array:
    """Return the barycentric coordinates (q, 3) of reference points (q, 2)."""
    return np.column_stack([1 - chart.sum(axis=1), chart])


def _interpolated(system: PlateSystem, values: Array, lattice: Lattice) -> Array:
    """Return vertex values interpolated linearly to the points of a lattice."""
    out = np.empty(len(lattice.points))
    out[lattice.vertex] = values[system.space.skfem.t.T] @ _barycentric(lattice.corners).T
    return out


def _samples(system: PlateSystem, values: Array, lattice: Lattice, labels: NDArray[np.intp]) -> Samples:
    """Return vertex values interpolated linearly to the quadrature points of a lattice, with weights and regions."""
    weights = _barycentric(lattice.quadrature())
    inside = values[system.space.skfem.t.T] @ weights.T
    points = len(weights)
    areas = np.repeat(system.areas() / points, points)
    return Samples(areas, np.repeat(system.sections.areal_mass, points), labels, inside.ravel())
