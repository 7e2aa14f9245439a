"""The whole chain on one plate: assemble, landscape, topography, modes; everything a result file holds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from landscape.absolute import NodeLandscape, moving_vertices, told
from landscape.adapt import Adapted, solve_adaptively
from landscape.bounds import Bounds, certify
from landscape.case import Case, read_case
from landscape.distributed import compute
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError, NotHeldError
from landscape.linalg import Factorization, demand, factorize
from landscape.localization import Localization, Topography, localize, topography_of
from landscape.modes import Modes, eigenmodes
from landscape.node_topography import solve_node_landscape
from landscape.options import Landscape, SolveOptions
from landscape.rigid import rigid_motions
from landscape.static import StaticSolution, static_landscape
from landscape.system import PlateSystem, assemble

__all__ = ["Solution", "SolveOptions", "solve"]

LONG, LARGE = 10.0, 2.0**30  # seconds and bytes from which a computation is announced

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Solution:
    """A solved plate. ``static``, ``landscape``, ``topography`` are None when nothing holds it against a load.

    ``landscape`` (unknowns,): the chosen one, whose topography is read; ``node``: its values at the vertices where
    it is not the static one. ``adapted``: how the mesh was refined to a tolerance, if one was asked for.
    ``unbounded``: why there are no bounds although they were asked for.
    """

    case: Case
    system: PlateSystem
    static: StaticSolution | None
    topography: Topography | None
    modes: Modes | None
    localization: Localization | None
    warnings: tuple[str, ...]
    bounds: Bounds | None = None
    adapted: Adapted | None = None
    landscape: Array | None = None
    node: NodeLandscape | None = None
    unbounded: str = ""
    timings: dict[str, float] = field(default_factory=dict)


class _Clock:
    """Times the stages and tells which one begins."""

    def __init__(self, progress: Progress | None):
        self.timings: dict[str, float] = {}
        self.tell: Progress = progress or (lambda _: None)

    def __call__(self, name: str, text: str) -> "_Clock":
        self.tell(text)
        self._name, self._start = name, time.perf_counter()
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        took = time.perf_counter() - self._start
        self.timings[self._name] = self.timings.get(self._name, 0.0) + took


def solve(
    case: Case | str | Path,
    options: SolveOptions | None = None,
    *,
    progress: Progress | None = None,
    announce: Progress | None = None,
) -> Solution:
    """Solve a plate: its landscape, regions, passes, valleys, predicted frequencies, and its modes.

    ``case``: a case, or the path of a mesh or a case file. ``progress`` is told each stage as it begins, ``announce``
    beforehand what memory and time a long computation will take. A plate that is not held has modes only. Raises
    ``InputError`` for a plate that cannot be solved, ``ConvergenceError`` when modes are not accurate.
    """
    options = options or SolveOptions()
    clock = _Clock(progress)
    begin = time.perf_counter()
    with clock("read", "Reading"):
        case = case if isinstance(case, Case) else read_case(case)
    warnings = list(case.notes)
    adapted = None
    if options.rtol is not None:
        with clock("adapt", "Refining the mesh"):
            adapted = solve_adaptively(case, options, options.rtol, progress=progress)
        case = adapted.case
    done = _compute(case, options, clock, announce)
    landscape, node = _landscape(done, options.landscape, clock, warnings)
    topography = localization = None
    if landscape is not None:
        second = done.static.second if done.static is not None and node is None else None
        with clock("topography", "Reading regions, passes and valleys"):
            topography = topography_of(
                done.system,
                landscape,
                second,
                persistence=options.persistence,
                predicting=options.landscape != "l2",
            )
    if done.modes is not None and topography is not None:
        with clock("confinement", "Placing the modes"):
            localization = localize(done.system, topography, done.modes)
    bounds, unbounded = _bounds(done, options, clock, warnings)
    if adapted is not None:
        warnings.append(_estimated(adapted, options.landscape))
    clock.timings["total"] = time.perf_counter() - begin
    return Solution(
        case,
        done.system,
        done.static,
        topography,
        done.modes,
        localization,
        tuple(warnings),
        bounds,
        adapted,
        landscape,
        node,
        unbounded,
        clock.timings,
    )


@dataclass(frozen=True)
class _Computed:
    """What the engine has computed; ``missing`` tells why there is no static landscape."""

    system: PlateSystem
    factorization: Factorization | None
    static: StaticSolution | None
    modes: Modes | None
    missing: str


def _compute(case: Case, options: SolveOptions, clock: _Clock, announce: Progress | None) -> _Computed:
    """Assemble, factor, and solve for landscape and modes: here, and only here, the chain branches by its engine."""
    if options.engine == "petsc":

        def check(system: PlateSystem, held: bool, available: float) -> None:
            _tell_demand(_demand(system, options, held, available), clock, announce)

        done = compute(case, options, clock, check)
        return _Computed(done.system, None, done.static, done.modes, done.missing)
    with clock("assemble", "Assembling"):
        system = assemble(case.mesh, case.plate, element=options.element)
    held = not rigid_motions(system).names
    _tell_demand(_demand(system, options, held), clock, announce)
    factorization, static, modes, missing = None, None, None, ""
    if held:
        with clock("factorize", f"Factoring {system.unknowns} unknowns"):
            factorization = factorize(system.K, engine=options.engine)
    try:
        with clock("landscape", "Solving the static landscape"):
            static = static_landscape(system, factorization=factorization)
    except NotHeldError as error:
        missing = str(error)
    if options.modes:
        with clock("modes", f"Computing {options.modes} modes"):
            modes = eigenmodes(system, options.modes, factorization=factorization, engine=options.engine)
    return _Computed(system, factorization, static, modes, missing)


def _tell_demand(needed: str, clock: _Clock, announce: Progress | None) -> None:
    if needed:
        clock.tell(needed)
    if needed and announce is not None:
        announce(needed)


def _demand(system: PlateSystem, options: SolveOptions, held: bool, available: float | None = None) -> str:
    """Return what a long computation will take, nothing for a short one. Raises ``InputError`` when it cannot fit."""
    modes = min(options.modes, system.unknowns)
    solves = len(moving_vertices(system)) if held and options.landscape != "static" else 0
    needed = demand(system.unknowns, modes, solves=solves, engine=options.engine, available=available)
    if needed.seconds <= LONG and needed.bytes <= LARGE:
        return ""
    more = f", {solves} Green's functions" if solves else ""
    return f"{system.unknowns} unknowns, {modes} modes{more}: {needed}"


def _landscape(
    done: _Computed, kind: Landscape, clock: _Clock, warnings: list[str]
) -> tuple[Array | None, NodeLandscape | None]:
    """Return the chosen landscape, and its values at the vertices where it is not the static one."""
    if done.static is None:
        warnings.append(f"No static landscape. {done.missing}")
        return None, None
    if kind == "static":
        return done.static.landscape, None
    with clock("landscape", "Solving for Green's functions"):
        node, landscape = solve_node_landscape(
            done.system, kind, factorization=done.factorization, progress=clock.tell
        )
    warnings.append(told(node))
    return landscape, node


def _bounds(
    done: _Computed, options: SolveOptions, clock: _Clock, warnings: list[str]
) -> tuple[Bounds | None, str]:
    """Return bounds of the eigenvalues if they are wanted, and why there are none; say what they are."""
    bounds, unbounded = None, ""
    if options.certify and done.modes is not None:
        try:
            with clock("bounds", "Bounding the eigenvalues"):
                bounds = certify(
                    done.system, done.modes, width=options.width, engine=options.engine, progress=clock.tell
                )
        except (ConvergenceError, MemoryError) as error:
            unbounded = str(error) or "out of memory"
        warnings.append(f"No bounds: {unbounded}" if bounds is None else bounds.note)
    if done.modes is not None and done.modes.rigid:
        warnings.append(f"Rigid modes, not numbered: {', '.join(done.modes.rigid)}.")
    return bounds, unbounded


def _estimated(adapted: Adapted, kind: Landscape) -> str:
    """Return in words how accurate the adapted mesh is."""
    what = "" if kind == "static" else " of eigenvalues and of the static landscape"
    return (
        f"Mesh refined to {adapted.steps[-1].unknowns} unknowns: "
        f"estimated relative errors{what} below {adapted.worst:.1e}."
    )
