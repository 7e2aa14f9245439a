"""Refine a mesh until the estimated errors of all wanted eigenvalues and of every region's maximum are small.

Solve, estimate, mark, refine. With c_T η_T² of ``accuracy`` an eigenvalue is off by about Σ c_T η_T², and the landscape
at a peak x by Σ c_T η_T(L) η_T(G_x), G_x the deflection under a unit force there (Becker & Rannacher, Acta Numerica 10,
1 (2001), doi:10.1017/S0962492901000010).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from landscape.accuracy import Errors, mode_errors, peak_errors
from landscape.case import Case
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError, InputError, LandscapeError
from landscape.field import Field
from landscape.linalg import (
    Eigenpairs,
    Pencil,
    available_memory,
    count_modes,
    estimate,
    lowest_modes,
    ritz_errors,
    two_grid,
)
from landscape.modes import pencil_of
from landscape.options import SolveOptions
from landscape.polygons import Descendant
from landscape.prolongation import prolong
from landscape.rigid import rigid_motions
from landscape.system import PlateSystem, assemble

STUCK = 6  # so many steps without progress: rounding, or a point that no refinement helps
ALGEBRAIC = 0.01  # share of the tolerance that an eigenvalue of a warm start may be off
ROUNDING = 1e-9  # of eigenvalues, which no iteration improves

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One mesh of the loop: ``unknowns``, ``eigenvalues`` (k,), estimated relative errors of them and of the maxima."""

    unknowns: int
    eigenvalues: Array
    errors: Array
    region_errors: Array

    @property
    def worst(self) -> float:
        """The largest estimated relative error."""
        return float(np.concatenate([self.errors, self.region_errors]).max(initial=0.0))


@dataclass(frozen=True)
class Adapted:
    """``case`` with the refined mesh; its estimated errors are those of the last of ``steps``.

    ``reached``: all are below the wanted ``rtol``; otherwise ``reason`` tells in a sentence why refinement ended.
    """

    case: Case
    rtol: float
    steps: tuple[Step, ...]
    reached: bool
    reason: str = ""

    @property
    def worst(self) -> float:
        """The largest estimated relative error."""
        return self.steps[-1].worst

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
    task = _Task(case, options, rtol, memory or 2 / 3 * available_memory())
    tell = progress or (lambda _: None)
    state = _solve(task, Descendant.of(case.mesh), None)
    steps = [_step(state, options.modes)]
    while not (reason := _why_stop(rtol, steps)):
        tell(f"{steps[-1].unknowns} unknowns: estimated relative error {steps[-1].worst:.1e}")
        try:
            state = _solve(task, Descendant.of(state.system.mesh).refined(state.goals.marked(rtol)), state)
        except (LandscapeError, MemoryError) as error:
            reason = f"The next mesh could not be solved: {error or 'out of memory'}"
            break
        steps.append(_step(state, options.modes))
    tell(f"{steps[-1].unknowns} unknowns: estimated relative error {steps[-1].worst:.1e}")
    reached = steps[-1].worst <= rtol
    return Adapted(
        replace(case, mesh=state.system.mesh), rtol, tuple(steps), reached, "" if reached else reason
    )


@dataclass(frozen=True)
class _Task:
    """What is asked for, and the bytes of ``memory`` that may be used for it."""

    case: Case
    options: SolveOptions
    rtol: float
    memory: float


@dataclass(frozen=True)
class _State:
    """A solved mesh: ``pairs``, the wanted modes and a few to spare, and the errors of all ``goals``."""

    system: PlateSystem
    pairs: Eigenpairs
    goals: Errors


def _step(state: _State, modes: int) -> Step:
    errors = state.goals.errors
    return Step(state.system.unknowns, state.pairs.values[:modes], errors[:modes], errors[modes:])


def _why_stop(rtol: float, steps: list[Step]) -> str:
    """Return why refinement ends with this mesh, nothing if it goes on."""
    worst = steps[-1].worst
    if worst <= rtol:
        return "The tolerance is reached."
    if worst <= ROUNDING:
        return f"Rounding moves eigenvalues by some {ROUNDING:.0e}: no finer mesh helps."
    if len(steps) > STUCK and worst > 0.9 * max(step.worst for step in steps[-1 - STUCK : -1]):
        return f"The last {STUCK} refinements did not lower the error."
    return ""


def _solve(task: _Task, mesh: Descendant, before: _State | None) -> _State:
    """Solve on a mesh, the modes from those of the mesh ``before`` if there was one.

    Where the tolerance is reached by a warm start the modes are counted: one that all meshes before have missed must
    have its say. Raises ``ConvergenceError`` for a finer mesh that does not fit into memory.
    """
    system = assemble(mesh.mesh, task.case.plate)
    if before is not None:
        _check_memory(task, system.unknowns)
    pencil = pencil_of(system, rigid_motions(system), None, task.options.engine)
    pairs = _warm_modes(system, pencil, task, mesh, before) or _all_modes(pencil, task.options.modes)
    goals = _goals(system, pencil, pairs, task.options)
    if (goals.errors <= task.rtol).all() and _missing(pencil, pairs, task.options.modes):
        pairs = _all_modes(pencil, task.options.modes)
        goals = _goals(system, pencil, pairs, task.options)
    return _State(system, pairs, goals)


def _check_memory(task: _Task, unknowns: int) -> None:
    """Raise ``ConvergenceError`` where a finer mesh would take more than may be used."""
    needed = estimate(unknowns, task.options.modes, engine=task.options.engine)
    if needed.bytes > task.memory:
        raise ConvergenceError(
            f"{unknowns} unknowns need {needed}, {task.memory / 2**30:.2g} GiB of memory may be used."
        )


def _warm_modes(
    system: PlateSystem, pencil: Pencil, task: _Task, mesh: Descendant, before: _State | None
) -> Eigenpairs | None:
    """Return the modes by two-grid from those of the mesh before; None without one, or where they are too far off."""
    if before is None or not before.pairs.values.size:
        return None
    coarse = Field.of(before.system.space, before.pairs.vectors)
    pairs = two_grid(pencil, prolong(coarse, system.space, mesh), before.pairs.vectors.shape[1])
    close = ritz_errors(pairs)[: task.options.modes] <= max(ALGEBRAIC * task.rtol, ROUNDING)
    return pairs if close.all() else None


def _all_modes(pencil: Pencil, count: int) -> Eigenpairs:
    """Return the wanted modes and, as far as there are, a few to spare."""
    if not count:
        return Eigenpairs(np.empty(0), np.empty((pencil.M.shape[0], 0)), np.empty(0))
    return lowest_modes(pencil, max(count, min(count + max(2, count // 10), pencil.size)))


def _missing(pencil: Pencil, pairs: Eigenpairs, count: int) -> bool:
    """Tell whether a mode may be missing from ``pairs`` whose inertia is not counted yet."""
    if not count or pairs.counted is not None:
        return False
    counted = count_modes(pencil, pairs.values, count)
    return counted is None or counted.missing != 0


def _goals(system: PlateSystem, pencil: Pencil, pairs: Eigenpairs, options: SolveOptions) -> Errors:
    """Return the errors of the wanted eigenvalues and, of a plate that is held, of the landscape's maxima."""
    count = options.modes
    modes = mode_errors(system, pairs.values[:count], pairs.vectors[:, :count])
    if pencil.shift:
        return modes
    peaks = peak_errors(system, pencil.factorization, options.persistence)
    return Errors(np.concatenate([modes.errors, peaks.errors]), np.hstack([modes.shares, peaks.shares]))
