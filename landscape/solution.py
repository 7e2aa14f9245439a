"""The whole chain on one plate: assemble, landscape, topography, modes; everything a result file holds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.bounds import Bounds, certify
from landscape.case import Case, read_case
from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import PlateElement
from landscape.elements.morley import MORLEY
from landscape.elements.reference import Array
from landscape.errors import InputError, NotHeldError
from landscape.field import Field
from landscape.linalg import Factorization, factorize
from landscape.modes import Modes, eigenmodes
from landscape.rigid import rigid_motions
from landscape.sampling import Lattice, disagreement, lattice_of, smooth_field, surface_of
from landscape.static import StaticSolution, static_landscape
from landscape.system import PlateSystem, assemble
from landscape.topography.critical import refine_critical
from landscape.topography.estimates import (
    PEAK_CONSTANT,
    Estimates,
    Samples,
    confinement,
    estimate_regions,
    peak_constant,
)
from landscape.topography.local_fit import sampled_field
from landscape.topography.regions import Regions, find_regions, refine_regions
from landscape.topography.surface import Surface, vertex_spacing
from landscape.topography.valleys import Valley, valley_lines

Progress = Callable[[str], None]


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
    """The region that holds most of each mode, (k,), 0 for none, and the share of its kinetic energy there."""

    region: NDArray[np.intp]
    share: Array


@dataclass(frozen=True)
class Solution:
    """A solved plate. ``static``, ``topography`` are None when nothing holds the plate against a load."""

    case: Case
    system: PlateSystem
    static: StaticSolution | None
    topography: Topography | None
    modes: Modes | None
    localization: Localization | None
    warnings: tuple[str, ...]
    bounds: Bounds | None = None
    adapted: Any = None  # landscape.adapt.Adapted, where the mesh was refined to a tolerance
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SolveOptions:
    """``modes``: how many; ``element``; ``persistence``: the smallest dip, relative, that separates two regions.

    ``certify``: bound every eigenvalue from both sides, to the relative ``width`` if one is given.
    """

    modes: int = 20
    element: PlateElement = ARGYRIS
    persistence: float = 0.05
    certify: bool = False
    width: float | None = None

    def __post_init__(self) -> None:
        if self.modes < 0:
            raise InputError(f"Number of modes: needed 0 or more, got {self.modes}.")
        if not 0 <= self.persistence < 1:
            raise InputError(f"Persistence: needed a share from 0 to below 1, got {self.persistence}.")


class _Clock:
    """Times the stages and tells which one begins."""

    def __init__(self, progress: Progress | None):
        self.timings: dict[str, float] = {}
        self._progress = progress

    def __call__(self, name: str, text: str) -> "_Clock":
        if self._progress is not None:
            self._progress(text)
        self._name, self._start = name, time.perf_counter()
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.timings[self._name] = time.perf_counter() - self._start


def solve(
    case: Case | str | Path, options: SolveOptions | None = None, *, progress: Progress | None = None
) -> Solution:
    """Solve a plate: its landscape, regions, passes, valleys, predicted frequencies, and its modes.

    ``case``: a case, or the path of a mesh or a case file. ``progress`` is told each stage as it begins. A plate
    that is not held has modes only. Raises ``InputError`` for a plate that cannot be solved,
    ``ConvergenceError`` when an accuracy is not reached.
    """
    options = options or SolveOptions()
    clock = _Clock(progress)
    begin = time.perf_counter()
    with clock("read", "Reading"):
        case = case if isinstance(case, Case) else read_case(case)
    with clock("assemble", "Assembling"):
        system = assemble(case.mesh, case.plate, element=options.element)
    warnings = list(case.notes)
    held = not rigid_motions(system).names
    factorization = None
    if held:
        with clock("factorize", f"Factoring {system.unknowns} unknowns"):
            factorization = factorize(system.K)
    static, topography = _landscape(system, factorization, options, clock, warnings)
    modes, localization = None, None
    if options.modes:
        with clock("modes", f"Computing {options.modes} modes"):
            modes = eigenmodes(system, options.modes, factorization=factorization)
    if modes is not None and topography is not None:
        with clock("confinement", "Placing the modes"):
            localization = localize(system, topography, modes)
    bounds = None
    if options.certify and modes is not None:
        with clock("bounds", "Bounding the eigenvalues"):
            bounds = certify(system, modes, width=options.width, progress=progress)
        warnings.append(bounds.note)
    if modes is not None and modes.rigid:
        warnings.append(f"Rigid modes, not numbered: {', '.join(modes.rigid)}.")
    clock.timings["total"] = time.perf_counter() - begin
    return Solution(
        case, system, static, topography, modes, localization, tuple(warnings), bounds, timings=clock.timings
    )


def _landscape(
    system: PlateSystem,
    factorization: Factorization | None,
    options: SolveOptions,
    clock: _Clock,
    warnings: list[str],
) -> tuple[StaticSolution | None, Topography | None]:
    try:
        with clock("landscape", "Solving the landscape"):
            static = static_landscape(system, factorization=factorization)
    except NotHeldError as error:
        warnings.append(f"No static landscape. {error}")
        return None, None
    with clock("topography", "Reading regions, passes and valleys"):
        return static, read_topography(system, static, persistence=options.persistence)


def read_topography(system: PlateSystem, static: StaticSolution, *, persistence: float = 0.05) -> Topography:
    """Return regions, passes, valley lines and frequency estimates of a solved landscape.

    Morley's landscape jumps between triangles: its ripples below the size of the jumps are no regions, and a
    smooth fit to its samples stands for it where slopes are needed.
    """
    both = Field.of(system.space, np.stack([static.landscape, static.second], axis=1))
    lattice = lattice_of(system.mesh)
    surface = surface_of(both, lattice)
    continuous = system.space.element is not MORLEY
    smooth = smooth_field(both) if continuous else sampled_field(surface)
    regions = find_regions(surface, persistence=persistence, noise=disagreement(both, lattice))
    spacing = vertex_spacing(surface)
    peaks = refine_critical(regions.peaks, smooth, kind="peak", spacing=spacing[regions.peaks.vertices])
    passes = refine_critical(regions.passes, smooth, kind="pass", spacing=spacing[regions.passes.vertices])
    regions = refine_regions(regions, peaks, passes)
    samples = sample(system, lattice, regions, both)
    second = both.values(regions.peaks.points)[:, 1]
    constant = shape_constants(smooth(regions.peaks.points)[2])
    estimates = estimate_regions(samples, regions.peaks.values, peak_second=second, constant=constant)
    return Topography(surface, lattice, regions, estimates, valley_lines(regions.passes, smooth, surface))


def shape_constants(hessians: Array) -> Array:
    """Return c of the peak rule from the Hessians (k, 2, 2) at the peaks; 16/π² where a peak lies on an edge."""
    constants = np.full(len(hessians), PEAK_CONSTANT)
    finite = np.isfinite(hessians).all(axis=(1, 2))
    proper = np.flatnonzero(finite)[np.linalg.eigvalsh(hessians[finite])[:, -1] < 0]
    constants[proper] = peak_constant(hessians[proper])
    return constants


def sample(system: PlateSystem, lattice: Lattice, regions: Regions, both: Field) -> Samples:
    """Return L and its next iterate at three points of every small triangle, with weights and regions."""
    values = both.at_chart(lattice.quadrature())
    points = values.shape[1]
    weights = np.repeat(system.areas() / points, points)
    density = np.repeat(system.sections.areal_mass, points)
    labels = lattice.labels(regions.labels).ravel()
    return Samples(weights, density, labels, values[:, :, 0].ravel(), values[:, :, 1].ravel())


def localize(system: PlateSystem, topography: Topography, modes: Modes, *, block: int = 10) -> Localization:
    """Return the region and the confinement of every mode."""
    lattice = topography.lattice
    points = lattice.quadrature()
    labels = lattice.labels(topography.regions.labels).ravel()
    mass = np.repeat(system.areas() * system.sections.areal_mass / len(points), len(points))
    region, share = [], []
    for start in range(0, modes.vectors.shape[1], block):
        coefficients = system.space.coefficients(modes.vectors[:, start : start + block])
        values = system.space.element.monomials.evaluate(points) @ coefficients
        flat = values.reshape(len(labels), -1)
        home, part = confinement(flat, mass, labels, regions=topography.regions.count)
        region.append(home)
        share.append(part)
    return Localization(np.concatenate(region), np.concatenate(share))
