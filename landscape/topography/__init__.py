"""Topography of a landscape: maxima, passes, regions, valleys, and the frequencies that follow from them.

``Surface`` (or ``grid_surface`` of an image) -> ``find_regions`` (merge tree, persistence) ->
``refine_critical``, ``refine_regions`` (the smooth field behind the samples) -> ``openings``, ``dendrogram``,
``valley_lines``, ``effective_network`` -> ``estimate_regions``, ``confinement`` -> counting. Arrays and
callables only: a finite element landscape and a measured one go the same way.
"""

from landscape.topography.basins import MergeTree, merge_tree
from landscape.topography.counting import (
    BETA_CLAMPED,
    BETA_SUPPORTED,
    WeylFit,
    beta_free,
    count_modes,
    fit_weyl,
    landscape_count,
    weyl_count,
)
from landscape.topography.critical import Field, refine_critical
from landscape.topography.estimates import (
    PEAK_CONSTANT,
    Estimates,
    Samples,
    confinement,
    estimate_regions,
    estimate_sigma,
    peak_constant,
)
from landscape.topography.local_fit import sampled_field
from landscape.topography.openings import Dendrogram, dendrogram, openings
from landscape.topography.regions import Critical, Regions, find_regions, refine_regions, spread_labels
from landscape.topography.surface import Surface, grid_surface, surface_edges, vertex_spacing
from landscape.topography.valleys import Valley, effective_network, valley_lines

__all__ = [
    "BETA_CLAMPED",
    "BETA_SUPPORTED",
    "PEAK_CONSTANT",
    "Critical",
    "Dendrogram",
    "Estimates",
    "Field",
    "MergeTree",
    "Regions",
    "Samples",
    "Surface",
    "Valley",
    "WeylFit",
    "beta_free",
    "confinement",
    "count_modes",
    "dendrogram",
    "effective_network",
    "estimate_regions",
    "estimate_sigma",
    "find_regions",
    "fit_weyl",
    "grid_surface",
    "landscape_count",
    "merge_tree",
    "openings",
    "peak_constant",
    "refine_critical",
    "refine_regions",
    "sampled_field",
    "spread_labels",
    "surface_edges",
    "valley_lines",
    "vertex_spacing",
    "weyl_count",
]
