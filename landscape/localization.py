"""What a landscape says of its plate: regions, passes, valley lines, frequencies, and where each mode lives."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.morley import MORLEY
from landscape.elements.reference import Array
from landscape.field import Field
from landscape.modes import Modes
from landscape.sampling import Lattice, disagreement, lattice_of, smooth_field, surface_of
from landscape.static import StaticSolution
from landscape.system import PlateSystem
from landscape.topography.critical import refine_critical
from landscape.topography.estimates import (
    PEAK_CONSTANT,
    Estimates,
    Samples,
    energy_shares,
    estimate_regions,
    largest_share,
    peak_constant,
)
from landscape.topography.local_fit import sampled_field
from landscape.topography.regions import Regions, find_regions, refine_regions
from landscape.topography.surface import Surface, vertex_spacing
from landscape.topography.valleys import Valley, valley_lines


@dataclass(frozen=True)
class Topography:
    """What the landscape says: its surface, regions, passes, valley lines and the frequencies of the regions."""

    surface: Surface
    lattice: Lattice
    regions: Regions
    estimates: Estimates
    valleys: list[Valley]


@dataclass(frozen=True)
class Localization:
    """The region that holds most of each mode, (k,), 0 for none, and the share of its kinetic energy there.

    ``shares`` (regions, k): of every mode in every region.
    """

    region: NDArray[np.intp]
    share: Array
    shares: Array


def read_topography(system: PlateSystem, static: StaticSolution, *, persistence: float = 0.05) -> Topography:
    """Return regions, passes, valley lines and frequency estimates of a static landscape."""
    return topography_of(system, static.landscape, static.second, persistence=persistence)


def topography_of(
    system: PlateSystem,
    landscape: Array,
    second: Array | None = None,
    *,
    persistence: float = 0.05,
    predicting: bool = True,
) -> Topography:
    """Return regions, passes, valley lines and frequency estimates of a landscape (unknowns,).

    ``second``: its next iterate; without one there is no Schwarz and no max-point estimate (NaN). ``predicting``:
    whether the landscape is of the size of a deflection; where it is not there is no estimate at all. Morley's
    landscape jumps between triangles: its ripples below the size of the jumps are no regions, and a smooth fit to
    its samples stands for it where slopes are needed.
    """
    both = Field.of(system.space, landscape if second is None else np.stack([landscape, second], axis=1))
    lattice = lattice_of(system.mesh)
    surface = surface_of(both, lattice)
    continuous = system.space.element is not MORLEY
    smooth = smooth_field(both) if continuous else sampled_field(surface)
    regions = find_regions(surface, persistence=persistence, noise=disagreement(both, lattice))
    spacing = vertex_spacing(surface)
    peaks = refine_critical(regions.peaks, smooth, kind="peak", spacing=spacing[regions.peaks.vertices])
    passes = refine_critical(regions.passes, smooth, kind="pass", spacing=spacing[regions.passes.vertices])
    regions = refine_regions(regions, peaks, passes)
    estimates = estimate_regions(
        sample(system, lattice, regions, both),
        regions.peaks.values,
        peak_second=None if second is None else both.values(regions.peaks.points)[:, 1],
        constant=shape_constants(smooth(regions.peaks.points)[2]),
    )
    if not predicting:
        none = np.full(regions.count, np.nan)
        estimates = Estimates(estimates.area, none, none, none, none)
    return Topography(surface, lattice, regions, estimates, valley_lines(regions.passes, smooth, surface))


def shape_constants(hessians: Array) -> Array:
    """Return c of the peak rule from the Hessians (k, 2, 2) at the peaks; 16/π² where a peak lies on an edge."""
    constants = np.full(len(hessians), PEAK_CONSTANT)
    finite = np.isfinite(hessians).all(axis=(1, 2))
    proper = np.flatnonzero(finite)[np.linalg.eigvalsh(hessians[finite])[:, -1] < 0]
    constants[proper] = peak_constant(hessians[proper])
    return constants


def sample(system: PlateSystem, lattice: Lattice, regions: Regions, both: Field) -> Samples:
    """Return L, and its next iterate if ``both`` holds it, at three points of every small triangle.

    With weights and regions.
    """
    values = both.at_chart(lattice.quadrature())
    points = values.shape[1]
    weights = np.repeat(system.areas() / points, points)
    density = np.repeat(system.sections.areal_mass, points)
    labels = lattice.labels(regions.labels).ravel()
    second = values[:, :, 1].ravel() if values.shape[2] > 1 else None
    return Samples(weights, density, labels, values[:, :, 0].ravel(), second)


def localize(system: PlateSystem, topography: Topography, modes: Modes, *, block: int = 10) -> Localization:
    """Return where every mode lives: its region, its confinement, its shares in all regions."""
    lattice = topography.lattice
    points = lattice.quadrature()
    labels = lattice.labels(topography.regions.labels).ravel()
    mass = np.repeat(system.areas() * system.sections.areal_mass / len(points), len(points))
    shares = []
    for start in range(0, modes.vectors.shape[1], block):
        coefficients = system.space.coefficients(modes.vectors[:, start : start + block])
        values = system.space.element.monomials.evaluate(points) @ coefficients
        flat = values.reshape(len(labels), -1)
        shares.append(energy_shares(flat, mass, labels, regions=topography.regions.count))
    joined = np.concatenate(shares, axis=1)
    return Localization(*largest_share(joined), joined)
