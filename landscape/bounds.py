"""Two-sided bounds of eigenvalues: Argyris from above, Morley from below.

A conforming element gives λ_j ≤ λ_j^conf (min–max). Morley's interpolation I keeps the mean Hessian of every
triangle, so a(v − Iv, v_M) = 0 for all v_M of Morley's space, and ‖v − Iv‖_m ≤ C ‖v − Iv‖_a gives

    λ_j ≥ λ_j^M / (1 + C² λ_j^M),    C = κ max_T h_T² √(ρh_T / ((1 − |ν|) D_T)),   κ = 0.2575,

h_T the longest edge, for any mix of supports. Carstensen & Gallistl, Numer. Math. 126, 33 (2014),
doi:10.1007/s00211-013-0559-z (κ); Liu, Appl. Math. Comput. 267, 341 (2015), doi:10.1016/j.amc.2015.03.048
(no separation condition). Both eigenvalues are widened by the algebraic error of their computation.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from landscape.accuracy import accurate_modes
from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import Affine
from landscape.elements.morley import MORLEY
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError, InputError
from landscape.field import Field
from landscape.linalg import modes_below
from landscape.mesh import PlateMesh
from landscape.modes import Modes, eigenmodes, shift_of
from landscape.morley_mesh import Wanted, affordable, free_memory, graded_mesh
from landscape.plate import Plate, Section
from landscape.polygons import (
    Descendant,
    corner_excess,
    curves_clamped,
    held_everywhere,
    polygon,
    polygon_shift,
    refine_corners,
    refine_curves,
)
from landscape.rigid import rigid_motions
from landscape.system import PlateSystem, assemble, sections_of

KAPPA = 0.2575
COUNTED = 1e-6  # the modes are counted so far, relatively, below the last
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
        modes = eigenmodes(system, count)
    triangles = affordable(count, memory or 2 / 3 * free_memory())
    if width is None:
        triangles = min(triangles, max(DEFAULT_TRIANGLES, 4 * system.mesh.mesh.t.shape[1]))
    goal = target = width or DEFAULT_WIDTH
    if width is not None:
        tell("Checking the accuracy of the upper bounds")
        system, modes = accurate_modes(system, modes, width / 8, unknowns=2 * triangles)
    frame = _frame(system, modes, target, tell)
    while True:
        bounds = replace(_bounds(frame, target, triangles, tell), wanted=width)
        worst = float(bounds.widths.max())
        if worst <= goal or bounds.triangles > 0.8 * triangles or target < goal / 8:
            return bounds
        target *= 0.8 * goal / worst


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


def _frame(system: PlateSystem, modes: Modes, target: float, tell: Progress) -> _Frame:
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
        modes = eigenmodes(system, len(modes.eigenvalues))
        note += " Curved edges are enclosed between two polygons."
    elif mesh.bulge.any():
        guaranteed, note = False, "Estimated: a curved edge is not clamped, so no polygon gives a bound."
    upper = modes.eigenvalues * (1 + algebraic_error(system, modes))
    morley_plate = _without_poisson(below.mesh, plate)
    wanted = Wanted(field, modes.eigenvalues, morley_plate)
    return _Frame(modes, upper, below, morley_plate, wanted, guaranteed, note)


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
    lower = lower_bounds(system, len(frame.modes.eigenvalues), rigid=len(frame.modes.rigid))
    constant = interpolation_constant(system)
    return Bounds(
        lower, frame.upper, frame.guaranteed, mesh.triangles, system.unknowns, constant, None, frame.note
    )


def _small(mesh: Descendant, plate: Plate, constant: float, triangles: int) -> Descendant:
    """Refine where a triangle's part of C² exceeds ``constant``, within ``triangles``."""
    while True:
        parts = _interpolation_constants(mesh.mesh, plate)
        marked = np.flatnonzero(parts > constant)
        if not len(marked) or mesh.triangles + 3.5 * len(marked) > triangles:
            return mesh
        mesh = mesh.refined(marked)


def lower_bounds(system: PlateSystem, count: int, *, rigid: int = 0, constant: float | None = None) -> Array:
    """Return lower bounds (count,) of the elastic eigenvalues from a plate assembled with Morley's element.

    ``rigid``: how many rigid motions precede the elastic modes in the numbering; Morley's problem may have more,
    as it leaves the slope at a clamped point free. ``constant``: C² in s², by default the proved one.
    """
    extra = len(rigid_motions(system).names) - rigid
    lower = np.zeros(count)
    if count > extra:
        modes = eigenmodes(system, count - extra, verify=False)
        shift = _shift(system, modes)
        smallest = 1 / (1 / (modes.eigenvalues + shift) + _spread(modes, shift)) - shift
        last = modes.eigenvalues[-1] * (1 - COUNTED)
        _count(system, modes, last)
        smallest = np.minimum(smallest, last)
        C2 = interpolation_constant(system) if constant is None else constant
        lower[extra:] = smallest / (1 + C2 * smallest)
    return np.maximum(lower, 0.0)


def _count(system: PlateSystem, modes: Modes, value: float) -> None:
    """Raise unless exactly the computed modes lie below ``value`` (Sylvester's law of inertia)."""
    computed = int(np.count_nonzero(modes.eigenvalues < value)) + len(modes.rigid)
    counted = modes_below(system.K, system.M, value)
    if counted != computed:
        raise ConvergenceError(
            f"{counted} modes lie below {value:.6g}, {computed} were computed: no lower bound can be given.",
            "Ask for a few more modes.",
        )


def algebraic_error(system: PlateSystem, modes: Modes) -> Array:
    """Return relative bounds (k,) of the distance of the computed to the exact discrete eigenvalues.

    The k computed pairs are matched one to one with eigenvalues of A = (K + σM)⁻¹M within ‖AX − XΘ‖ ≤ (Σ rᵢ²)^½
    (Kahan; Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, §11.5, doi:10.1137/1.9781611971163).
    """
    shift = _shift(system, modes)
    shifted = modes.eigenvalues + shift
    return shifted**2 * _spread(modes, shift) / modes.eigenvalues


def _shift(system: PlateSystem, modes: Modes) -> float:
    """Return the shift σ that ``eigenmodes`` works with."""
    return shift_of(system) if modes.rigid else 0.0


def _spread(modes: Modes, shift: float) -> float:
    """Return (Σ rᵢ²)^½ of the residual norms of A; the residuals are relative to the eigenvalues."""
    return float(np.linalg.norm(modes.residuals * modes.eigenvalues / (modes.eigenvalues + shift) ** 2))


def interpolation_constant(system: PlateSystem) -> float:
    """Return C² (s²) of the lower bound for a plate assembled with Morley's element."""
    return float(_interpolation_constants(system.mesh, system.plate).max())


def _interpolation_constants(mesh: PlateMesh, plate: Plate) -> Array:
    """Return κ² h⁴ ρh / ((1 − |ν|) D) of every triangle: (Δw)² ≥ 0, and for ν < 0 (Δw)² ≤ 2 |D²w|²."""
    sections = sections_of(mesh, plate)
    longest = Affine.of(mesh.mesh).length[mesh.mesh.t2f].max(axis=0)
    return KAPPA**2 * longest**4 * sections.areal_mass / ((1 - np.abs(sections.poisson)) * sections.stiffness)


def _without_poisson(mesh: PlateMesh, plate: Plate) -> Plate:
    """Return the plate with ν = 0 where that changes no eigenvalue: D and ν constant, straight edges, w = 0 on all.

    There ∫ det D²w = 0 (Grisvard, Elliptic Problems in Nonsmooth Domains, SIAM 2011, thm 4.3.1.4,
    doi:10.1137/1.9781611972030), so ∫ |D²w|² = ∫ (Δw)².
    """
    all_ = [plate.section, *plate.sections.values()]
    uniform = len({(s.stiffness, s.poisson) for s in all_}) == 1
    if mesh.bulge.any() or not uniform or not held_everywhere(mesh, plate):
        return plate

    def flat(section: Section) -> Section:
        return replace(section, poisson=0.0)

    sections = {name: flat(section) for name, section in plate.sections.items()}
    return replace(plate, section=flat(plate.section), sections=sections)
