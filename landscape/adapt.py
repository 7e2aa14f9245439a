"""Refine a mesh until the estimated errors of all wanted eigenvalues and of every region's maximum are small.

Solve, estimate, mark, refine. With η_T of ``estimator`` an eigenvalue is off by about c Σ η_T², and the landscape at a
peak x by c Σ η_T(L) η_T(G_x), G_x the deflection under a unit force there (Becker & Rannacher, Acta Numerica 10, 1
(2001), doi:10.1017/S0962492901000010). The constant c is calibrated by what the last refinement changed: λ falls and
the work ∫ρh L rises exactly by what the squared energy error falls. Marking: Dörfler, SIAM J. Numer. Anal. 33, 1106
(1996), doi:10.1137/0733054.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landscape.case import Case
from landscape.elements.reference import Array
from landscape.errors import InputError
from landscape.estimator import Source, curve_defect, residuals
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

CONSTANT = 0.3  # c before it is calibrated: that of singular modes; smooth ones have 1/20 to 1/50
BULK = 0.8  # share of the error in the triangles that are refined
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

    ``reached``: all are below the wanted ``rtol``; otherwise the next mesh would not have fitted into memory.
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
        goals = _goals(state)
        worst = float(goals.errors.max(initial=0.0))
        errors, region_errors = np.split(goals.errors, [options.modes])
        steps.append(Step(state.system.unknowns, state.eigenvalues, errors, region_errors))
        if progress is not None:
            progress(f"{state.system.unknowns} unknowns: estimated relative error {worst:.1e}")
        marked = goals.marked(rtol)
        growth = 1 + 3.5 * len(marked) / mesh.triangles
        if worst <= rtol or state.system.unknowns * growth > limit:
            return Adapted(replace(case, mesh=mesh.mesh), rtol, tuple(steps), worst <= rtol)
        mesh = Descendant.of(mesh.mesh).refined(marked)


@dataclass(frozen=True)
class _Task:
    """What is asked for."""

    case: Case
    options: SolveOptions
    rtol: float


@dataclass(frozen=True)
class _Response:
    """The landscape L and Green's functions of its peaks: ``squares`` η_T² (triangles, 1 + peaks), first those of L.

    ``heights`` (peaks,) of L; ``work`` ∫ρh L; ``constant`` c.
    """

    squares: Array
    heights: Array
    work: float
    constant: float


@dataclass(frozen=True)
class _State:
    """A solved mesh: ``pairs`` (wanted modes and a few to spare) with η_T² ``squares`` and curve ``defects``.

    (triangles, modes); ``constants`` (modes,) c; ``response`` None where nothing holds the plate.
    """

    system: PlateSystem
    pairs: Eigenpairs
    squares: Array
    defects: Array
    constants: Array
    response: _Response | None

    @property
    def eigenvalues(self) -> Array:
        """The wanted eigenvalues."""
        return self.pairs.values[: self.squares.shape[1]]


@dataclass(frozen=True)
class _Goals:
    """Estimated relative ``errors`` (goals,) of all eigenvalues, then maxima, and their ``shares`` (triangles, goals)."""

    errors: Array
    shares: Array

    def marked(self, rtol: float) -> NDArray[np.intp]:
        """Return the fewest triangles that hold ``BULK`` of the errors, each weighed by how far it is too large."""
        excess = np.maximum(self.errors / rtol - 1, 0)
        if not excess.any():
            return np.empty(0, dtype=np.intp)
        share = self.shares @ (excess / (excess.sum() * np.maximum(self.errors, np.finfo(float).tiny)))
        order = np.argsort(-share, kind="stable")
        return order[: 1 + int(np.searchsorted(np.cumsum(share[order]), BULK * share.sum()))]


def _goals(state: _State) -> _Goals:
    signed = state.constants * state.squares.sum(axis=0) + np.abs(state.defects.sum(axis=0))
    shares = [(state.constants * state.squares + np.abs(state.defects)) / state.eigenvalues]
    errors = [signed / state.eigenvalues]
    if (response := state.response) is not None:
        root = np.sqrt(response.squares)
        products = response.constant * root[:, :1] * root[:, 1:] / response.heights
        shares.append(products)
        errors.append(products.sum(axis=0))
    return _Goals(np.concatenate(errors), np.hstack(shares))


def _solve(task: _Task, mesh: Descendant, before: _State | None) -> _State:
    """Solve on a mesh, the modes from those of the mesh ``before`` if there was one."""
    count = task.options.modes
    system = assemble(mesh.mesh, task.case.plate)
    motions = rigid_motions(system)
    shift = shift_of(system) if motions.names else 0.0
    matrix = (system.K + shift * system.M).tocsr() if shift else system.K
    pencil = Pencil(system.M, factorize(matrix), shift, motions.vectors if shift else None)
    pairs = _modes(system, pencil, task, mesh, before)
    values, vectors = pairs.values[:count], pairs.vectors[:, :count]
    field = Field.of(system.space, vectors)
    squares = residuals(system, field, Source(values, np.zeros_like(values)))
    defects = curve_defect(system, field)
    response = None if shift else _respond(system, pencil.factorization, task, before)
    constants = np.full(len(values), CONSTANT)
    if before is not None:
        fallen = before.eigenvalues - values - (before.defects.sum(axis=0) - defects.sum(axis=0))
        constants = _calibrated(before.constants, fallen, before.squares.sum(axis=0), squares.sum(axis=0))
    return _State(system, pairs, squares, defects, constants, response)


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
        found = warm_modes(pencil, WarmStart(vectors, 0.03 * task.rtol**0.5))
        if found is not None:
            return found
    available = pencil.M.shape[0] - (0 if pencil.excluded is None else pencil.excluded.shape[1])
    return lowest_modes(pencil, min(spare, max(available, task.options.modes)))


def _respond(
    system: PlateSystem, factorization: Factorization, task: _Task, before: _State | None
) -> _Response:
    """Solve for the landscape, find its peaks, solve for their Green's functions."""
    landscape = factorization.solve(system.load)
    field = Field.of(system.space, landscape)
    surface, smooth = surface_of(field, lattice_of(system.mesh)), smooth_field(field)
    found = find_regions(surface, persistence=task.options.persistence).peaks
    peaks = refine_critical(found, smooth, kind="peak", spacing=vertex_spacing(surface)[found.vertices])
    at = field.places(peaks.points)
    green = factorization.solve(point_loads(system.space, at))
    both = Field.of(system.space, np.column_stack([landscape, green]))
    functions = 1 + len(peaks.values)
    squares = residuals(system, both, Source(np.zeros(functions), np.eye(functions)[0]))
    area, D = system.space.affine.area[at.triangle], system.sections.stiffness[at.triangle]
    squares[at.triangle, np.arange(1, functions)] += area / (system.space.element.monomials.degree**2 * D)
    work, constant = float(system.load @ landscape), CONSTANT
    if before is not None and (last := before.response) is not None:
        risen = np.array([work - last.work])
        sums = last.squares[:, :1].sum(axis=0), squares[:, :1].sum(axis=0)
        constant = float(_calibrated(np.array([last.constant]), risen, *sums)[0])
    return _Response(squares, peaks.values, work, constant)


def _calibrated(constants: Array, change: Array, before: Array, after: Array) -> Array:
    """Return c = change / (Σ η² before − Σ η² after) where the sum fell by a tenth or more, else c as it was."""
    fallen = before - after
    clear = (fallen > 0.1 * before) & (change > 0)
    ratio = change / np.where(clear, fallen, 1.0)
    return np.where(clear, np.clip(ratio, CONSTANT / 20, 4 * CONSTANT), constants)
