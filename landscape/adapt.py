"""Refine a mesh until the estimated errors of all wanted eigenvalues and of every region's maximum are small.

Solve, estimate, mark, refine. With c_T η_T² of ``accuracy`` an eigenvalue is off by about Σ c_T η_T², and the landscape
at a peak x by Σ c_T η_T(L) η_T(G_x), G_x the deflection under a unit force there (Becker & Rannacher, Acta Numerica 10,
1 (2001), doi:10.1017/S0962492901000010).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from landscape.accuracy import Errors, constants, mode_errors
from landscape.case import Case
from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.estimator import Source, residuals
from landscape.field import Field
from landscape.linalg import Eigenpairs, Factorization, Pencil, factorize, lowest_modes
from landscape.modes import shift_of
from landscape.morley_mesh import free_memory
from landscape.polygons import Descendant
from landscape.prolongation import WarmStart, point_loads, prolong, warm_modes
from landscape.rigid import rigid_motions
from landscape.sampling import lattice_of, smooth_field, surface_of
from landscape.solution import SolveOptions
from landscape.system import PlateSystem, assemble
from landscape.topography.critical import refine_critical
from landscape.topography.regions import find_regions
from landscape.topography.surface import vertex_spacing

STUCK = 6  # so many steps without progress: rounding, or a point that no refinement helps
BYTES = 8000  # of memory per unknown: the factor of K, and vectors

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One mesh of the loop: ``unknowns``, ``eigenvalues`` (k,), estimated relative errors of them and of the maxima."""

    unknowns: int
    eigenvalues: Array
    errors: Array
    region_errors: Array


@dataclass(frozen=True)
class Adapted:
    """``case`` with the refined mesh; its estimated errors are those of the last of ``steps``.

    ``reached``: all are below the wanted ``rtol``; otherwise the next mesh would not have fitted into memory, or refinement no longer
    helped.
    """

    case: Case
    rtol: float
    steps: tuple[Step, ...]
    reached: bool

    @property
    def errors(self) -> Array:
        """Estimated relative error of each eigenvalue, (k,)."""
        return self.steps[-1].errors

    @property
    def region_errors(self) -> Array:
        """Estimated relative error of the landscape's maximum in each region, by falling maximum."""
        return self.steps[-1].region_errors


def solve_adaptively(
    case: Case,
    options: SolveOptions,
    rtol: float,
    *,
    memory: float | None = None,
    progress: Progress | None = None,
) -> Adapted:
    """Return the case with a mesh on which the estimated relative errors are below ``rtol``.

    ``options``: how many modes are wanted, and what separates two regions. ``memory``: bytes that may be used, by
    default two thirds of what is free. Raises ``InputError`` unless 0 < rtol < 1.
    """
    if not 0 < rtol < 1:
        raise InputError(f"Relative tolerance: needed a number between 0 and 1, got {rtol!r}.")
    limit = (memory or 2 / 3 * free_memory()) / BYTES
    task = _Task(case, options, rtol)
    mesh, state, steps = Descendant.of(case.mesh), None, []
    while True:
        state = _solve(task, mesh, state)
        goals = state.goals
        steps.append(
            Step(state.system.unknowns, state.pairs.values[: options.modes], *_split(goals, options.modes))
        )
        worst = float(goals.errors.max(initial=0.0))
        if progress is not None:
            progress(f"{state.system.unknowns} unknowns: estimated relative error {worst:.1e}")
        marked = goals.marked(rtol)
        growth = 1 + 3.5 * len(marked) / mesh.triangles
        stuck = len(steps) > STUCK and worst > 0.9 * max(_worst(step) for step in steps[-1 - STUCK : -1])
        if worst <= rtol or stuck or state.system.unknowns * growth > limit:
            return Adapted(replace(case, mesh=mesh.mesh), rtol, tuple(steps), worst <= rtol)
        mesh = Descendant.of(mesh.mesh).refined(marked)


def _split(goals: Errors, modes: int) -> tuple[Array, Array]:
    """Return the errors of the eigenvalues and of the maxima."""
    return goals.errors[:modes], goals.errors[modes:]


def _worst(step: Step) -> float:
    return float(np.concatenate([step.errors, step.region_errors]).max())


@dataclass(frozen=True)
class _Task:
    """What is asked for."""

    case: Case
    options: SolveOptions
    rtol: float


@dataclass(frozen=True)
class _State:
    """A solved mesh: ``pairs``, the wanted modes and a few to spare, and the errors of all ``goals``."""

    system: PlateSystem
    pairs: Eigenpairs
    goals: Errors


def _solve(task: _Task, mesh: Descendant, before: _State | None) -> _State:
    """Solve on a mesh, the modes from those of the mesh ``before`` if there was one."""
    count = task.options.modes
    system = assemble(mesh.mesh, task.case.plate)
    motions = rigid_motions(system)
    shift = shift_of(system) if motions.names else 0.0
    matrix = (system.K + shift * system.M).tocsr() if shift else system.K
    pencil = Pencil(system.M, factorize(matrix), shift, motions.vectors if shift else None)
    pairs = _modes(system, pencil, task, mesh, before)
    goals = mode_errors(system, pairs.values[:count], pairs.vectors[:, :count])
    if not shift:
        peaks = _peak_errors(system, pencil.factorization, task.options.persistence)
        errors = np.concatenate([goals.errors, peaks.errors])
        goals = Errors(errors, np.hstack([goals.shares, peaks.shares]))
    return _State(system, pairs, goals)


def _modes(
    system: PlateSystem, pencil: Pencil, task: _Task, mesh: Descendant, before: _State | None
) -> Eigenpairs:
    """Return the wanted modes and a few to spare: from those of the mesh before, or by ARPACK."""
    if not task.options.modes:
        return Eigenpairs(np.empty(0), np.empty((system.unknowns, 0)), np.empty(0))
    spare = task.options.modes + max(2, task.options.modes // 10)
    if before is not None and before.pairs.vectors.shape[1] == spare:
        coarse = Field.of(before.system.space, before.pairs.vectors)
        vectors = prolong(coarse, system.space, mesh)
        found = warm_modes(pencil, WarmStart(vectors, task.options.modes, max(0.01 * task.rtol, 1e-9)))
        if found is not None:
            return found
    available = pencil.M.shape[0] - (0 if pencil.excluded is None else pencil.excluded.shape[1])
    return lowest_modes(pencil, min(spare, max(available, task.options.modes)))


def _peak_errors(system: PlateSystem, factorization: Factorization, persistence: float) -> Errors:
    """Return the estimated relative errors of the landscape's maxima, by falling maximum."""
    landscape = factorization.solve(system.load)
    field = Field.of(system.space, landscape)
    surface, smooth = surface_of(field, lattice_of(system.mesh)), smooth_field(field)
    found = find_regions(surface, persistence=persistence).peaks
    peaks = refine_critical(found, smooth, kind="peak", spacing=vertex_spacing(surface)[found.vertices])
    at = field.places(peaks.points)
    green = factorization.solve(point_loads(system.space, at))
    both = Field.of(system.space, np.column_stack([landscape, green]))
    functions = 1 + len(peaks.values)
    squares = residuals(system, both, Source(np.zeros(functions), np.eye(functions)[0]))
    area, D = system.space.affine.area[at.triangle], system.sections.stiffness[at.triangle]
    squares[at.triangle, np.arange(1, functions)] += area / (system.space.element.monomials.degree**2 * D)
    root = np.sqrt(squares)
    shares = constants(system)[:, None] * root[:, :1] * root[:, 1:] / peaks.values
    order = np.argsort(-peaks.values, kind="stable")
    return Errors(shares.sum(axis=0)[order], shares[:, order])
