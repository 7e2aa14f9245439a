"""Two-sided bounds of eigenvalues: Argyris from above, Morley from below.

A conforming element gives λ_j ≤ λ_j^conf (min–max); ``morley_bounds`` gives the other side. Both eigenvalues are widened
by the algebraic error of their computation. The mesh of Morley's problem is refined until the two are close enough.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from landscape.accuracy import accurate_modes
from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError, InputError
from landscape.field import Field
from landscape.linalg import Engine
from landscape.modes import Modes, eigenmodes
from landscape.morley_bounds import (
    algebraic_error,
    interpolation_constant,
    interpolation_constants,
    lower_bounds,
    without_poisson,
)
from landscape.morley_mesh import Wanted, affordable, free_memory, graded_mesh
from landscape.plate import Plate
from landscape.polygons import (
    Descendant,
    corner_excess,
    curves_clamped,
    polygon,
    polygon_shift,
    refine_corners,
    refine_curves,
)
from landscape.system import PlateSystem, assemble

DEFAULT_WIDTH = 0.01
DEFAULT_TRIANGLES = 60_000  # without a wanted width: some five seconds for twenty modes

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Bounds:
    """``lower`` ≤ ω² ≤ ``upper`` (k,) of the elastic modes, by index.

    ``guaranteed``: proved in exact arithmetic of the assembly; otherwise both are estimates. ``triangles`` and
    ``unknowns`` of Morley's mesh, ``constant`` C² (s²) of the lower bound; ``wanted``: the width asked for, None if
    none was; ``note``: for the user.
    """

    lower: Array
    upper: Array
    guaranteed: bool
    triangles: int
    unknowns: int
    constant: float
    wanted: float | None
    note: str

    @property
    def widths(self) -> Array:
        """(upper − lower) / upper of each mode, (k,)."""
        return (self.upper - self.lower) / self.upper

    @property
    def reached(self) -> bool:
        """Whether every interval is as narrow as wanted."""
        return self.wanted is None or bool((self.widths <= self.wanted).all())


def certify(
    system: PlateSystem,
    modes: Modes,
    *,
    width: float | None = None,
    memory: float | None = None,
    engine: Engine = "scipy",
    progress: Progress | None = None,
) -> Bounds:
    """Return bounds of all ``modes`` of ``system``.

    ``width``: the relative width (upper − lower)/upper to refine for; without it 0.01 is tried with a mesh of
    moderate size. ``memory``: bytes that may be used, by default two thirds of what is free. A width that does not
    fit is told to ``progress`` beforehand, and what was reached is returned: see ``Bounds.reached``. Raises
    ``InputError`` unless 0 < width < 1.
    """
    if width is not None and not 0 < width < 1:
        raise InputError(f"Width of the bounds: needed a number between 0 and 1, got {width!r}.")
    tell = progress or (lambda _: None)
    count = len(modes.eigenvalues)
    if system.space.element is not ARGYRIS:
        tell("Computing upper bounds with Argyris' element")
        system = assemble(system.mesh, system.plate)
        modes = eigenmodes(system, count, engine=engine)
    triangles = affordable(count, memory or 2 / 3 * free_memory())
    if width is None:
        triangles = min(triangles, max(DEFAULT_TRIANGLES, 4 * system.mesh.mesh.t.shape[1]))
    goal = target = width or DEFAULT_WIDTH
    if width is not None:
        tell("Checking the accuracy of the upper bounds")
        system, modes = accurate_modes(system, modes, width / 8, unknowns=2 * triangles, engine=engine)
    frame = _frame(system, modes, target, engine, tell)
    bounds, triangles = _first(frame, target, triangles, tell)
    bounds = replace(bounds, wanted=width)
    while bounds.widths.max() > goal and bounds.triangles <= 0.8 * triangles and target >= goal / 8:
        target *= 0.8 * goal / float(bounds.widths.max())
        try:
            bounds = replace(_bounds(frame, target, triangles, tell), wanted=width)
        except (ConvergenceError, MemoryError) as error:
            return replace(bounds, note=f"{bounds.note} {_too_fine(error)}")
    return bounds


def _first(frame: "_Frame", target: float, triangles: int, tell: Progress) -> tuple[Bounds, int]:
    """Return bounds from a mesh within ``triangles``, from fewer where those cannot be solved, and how many may be used."""
    while True:
        try:
            return _bounds(frame, target, triangles, tell), triangles
        except (ConvergenceError, MemoryError) as error:
            if triangles <= 4 * frame.below.triangles:
                raise
            triangles //= 4
            frame = replace(frame, note=f"{frame.note} {_too_fine(error)}")


def _too_fine(error: Exception) -> str:
    return f"A finer mesh could not be solved: {error or 'out of memory'}"


@dataclass(frozen=True)
class _Frame:
    """What Morley's problem starts from: upper bounds ``modes``, the mesh and plate below, what to refine for."""

    modes: Modes
    upper: Array
    below: Descendant
    plate: Plate
    wanted: Wanted
    guaranteed: bool
    note: str
    engine: Engine


def _frame(system: PlateSystem, modes: Modes, target: float, engine: Engine, tell: Progress) -> _Frame:
    mesh, plate = system.mesh, system.plate
    field = Field.of(system.space, modes.vectors)
    below, guaranteed, note = Descendant.of(mesh), True, "Guaranteed, in exact arithmetic of the assembly."
    if mesh.bulge.any() and curves_clamped(mesh, plate):
        shift = polygon_shift(mesh, field, system.sections.stiffness).sum(axis=0) / modes.eigenvalues
        fine = refine_curves(below, float(shift.max()), target / 6)
        below = polygon(fine, "around")
        tell("Computing upper bounds on the polygon inside the curved edges")
        inside = refine_corners(polygon(fine, "inside"), corner_excess(fine.mesh))
        system = assemble(inside.mesh, plate)
        modes = eigenmodes(system, len(modes.eigenvalues), engine=engine)
        note += " Curved edges are enclosed between two polygons."
    elif mesh.bulge.any():
        guaranteed, note = False, "Estimated: a curved edge is not clamped, so no polygon gives a bound."
    upper = modes.eigenvalues * (1 + algebraic_error(system, modes))
    morley_plate = without_poisson(below.mesh, plate)
    wanted = Wanted(field, modes.eigenvalues, morley_plate)
    return _Frame(modes, upper, below, morley_plate, wanted, guaranteed, note, engine)


def _bounds(frame: _Frame, target: float, triangles: int, tell: Progress) -> Bounds:
    """Solve Morley's problem on a mesh graded for ``target`` and turn its eigenvalues into lower bounds."""
    highest = float(frame.modes.eigenvalues[-1])
    mesh = _small(frame.below, frame.plate, 0.1 * target / highest, triangles)
    mesh, expected = graded_mesh(mesh, frame.wanted, gap=0.7 * target, triangles=triangles)
    if expected > 0.7 * target:
        tell(
            f"{triangles} triangles are what memory or time allow: expecting a width of {expected / 0.7:.1e}"
        )
    tell(f"Computing lower bounds on {mesh.triangles} triangles")
    system = assemble(mesh.mesh, frame.plate, element=MORLEY)
    lower = lower_bounds(
        system, len(frame.modes.eigenvalues), rigid=len(frame.modes.rigid), engine=frame.engine
    )
    constant = interpolation_constant(system)
    return Bounds(
        lower, frame.upper, frame.guaranteed, mesh.triangles, system.unknowns, constant, None, frame.note
    )


def _small(mesh: Descendant, plate: Plate, constant: float, triangles: int) -> Descendant:
    """Refine where a triangle's part of C² exceeds ``constant``, within ``triangles``."""
    while True:
        parts = interpolation_constants(mesh.mesh, plate)
        marked = np.flatnonzero(parts > constant)
        if not len(marked) or mesh.triangles + 3.5 * len(marked) > triangles:
            return mesh
        mesh = mesh.refined(marked)
