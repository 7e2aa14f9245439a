"""One plate over the ranks of MPI: each assembles the rows of its own nodes; the first gathers what was computed.

mesh → ``partition`` → rows of each rank → ``SpreadPencil`` (MUMPS, SLEPc) → landscape and modes, gathered. Mesh and numbering
are small and known to all. METIS parts the vertices (Karypis & Kumar, SIAM J. Sci. Comput. 20, 359 (1998),
doi:10.1137/S1064827595287997); an edge goes with its lower vertex.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skfem import MeshTri

from landscape.case import Case, read_case
from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.errors import InputError
from landscape.linalg import available_memory
from landscape.linalg.ordering import available
from landscape.linalg.petsc import SpreadPencil, load
from landscape.linalg.petsc_modes import spread_modes
from landscape.modes import Modes, oriented, shift_of
from landscape.options import SolveOptions
from landscape.ranks import agreed, neighbours, world
from landscape.rigid import RigidMotions, rigid_motions
from landscape.static import StaticSolution, not_held
from landscape.system import PlateSystem, assemble

Clock = Callable[[str, str], AbstractContextManager[None]]
Check = Callable[[PlateSystem, bool, float], None]
"""Told the system, whether it is held, and the bytes that are free for it; raises if they cannot do."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Share:
    """The rows of this rank: ``own`` (k,), unknowns; ``order`` (unknowns,): all of them, rank after rank."""

    own: NDArray[np.intp]
    order: NDArray[np.intp]

    @classmethod
    def of(cls, space: Space, part: NDArray[np.intp], rank: int) -> "Share":
        """Take the unknowns of the nodes of ``rank``; ``part`` (nodes,) names the rank of each node."""
        owner = np.repeat(part, space.free)
        return cls(np.flatnonzero(owner == rank), np.argsort(owner, kind="stable"))

    def rows(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Return the own rows, their columns in the order of the ranks."""
        place = np.empty(len(self.order), dtype=matrix.indices.dtype)
        place[self.order] = np.arange(len(self.order))
        some = matrix[self.own]
        rows = sparse.csr_array((some.data, place[some.indices], some.indptr), shape=some.shape)
        rows.sort_indices()
        return rows


def partition(mesh: MeshTri, parts: int) -> NDArray[np.intp]:
    """Return the part, 0 to ``parts`` − 1, of every node: vertices, then edges. By METIS where it is installed."""
    count = mesh.p.shape[1]
    vertices = np.arange(count) * parts // count
    if parts > 1 and available():
        import pymetis

        ones = np.ones(2 * mesh.facets.shape[1], dtype=np.int8)
        ends = np.hstack((mesh.facets, mesh.facets[::-1]))
        graph = sparse.coo_array((ones, tuple(ends)), shape=(count, count)).tocsr()
        _, found = pymetis.part_graph(parts, pymetis.CSRAdjacency(graph.indptr, graph.indices))
        vertices = np.asarray(found, dtype=np.intp)
    return np.concatenate([vertices, vertices[mesh.facets[0]]])


@dataclass(frozen=True)
class Computed:
    """What the ranks have computed. The matrices of ``system`` are empty: they stay with the engine."""

    system: PlateSystem
    static: StaticSolution | None
    modes: Modes | None
    missing: str


def compute(case: Case, options: SolveOptions, clock: Clock, check: Check) -> Computed:
    """Assemble, factor and solve on all ranks, as the first of them; ``on_ranks`` brings the others.

    Raises ``InputError`` when the plate cannot be solved or does not fit, ``ConvergenceError`` when an accuracy is not
    reached, ``MissingDependencyError`` without PETSc; the same on all ranks.
    """
    done = _together(case, options, clock, check)
    if done is None:
        raise InputError(
            "The engine 'petsc' gathers its results on the first rank.",
            "Under mpirun call landscape.distributed.on_ranks, which lets the others help.",
        )
    return done


def on_ranks(first: Callable[[], Result], case: Case | str | Path, options: SolveOptions) -> Result | None:
    """Run ``first``, which solves ``case`` with ``options``, on the first rank, with the help of the others.

    Returns what it returns, None on the other ranks. An error on one rank is raised on all.
    """
    comm = world()
    if comm.rank == 0:
        return agreed(comm, first)
    agreed(comm, lambda: _assist(case, options))
    return None


def _assist(case: Case | str | Path, options: SolveOptions) -> None:
    _together(
        case if isinstance(case, Case) else read_case(case),
        options,
        lambda *_: nullcontext(),
        lambda *_: None,
    )


def _together(case: Case, options: SolveOptions, clock: Clock, check: Check) -> Computed | None:
    """Compute on all ranks; return the whole on the first, None on the others."""
    comm = world()
    with clock("assemble", "Assembling"):
        part = comm.bcast(agreed(comm, lambda: partition(case.mesh.mesh, comm.size)))
        system, share = agreed(comm, lambda: _assembled(comm, case, options, part))
    motions = agreed(comm, lambda: rigid_motions(system, total=comm.allreduce))
    available = available_memory() * comm.size / neighbours(comm)
    agreed(comm, lambda: check(system, not motions.names, available))
    return agreed(comm, lambda: _solved(comm, system, share, motions, options, clock))


def _assembled(
    comm: Any, case: Case, options: SolveOptions, part: NDArray[np.intp]
) -> tuple[PlateSystem, Share]:
    load()
    system = assemble(case.mesh, case.plate, element=options.element, nodes=part == comm.rank)
    return system, Share.of(system.space, part, comm.rank)


def _solved(
    comm: Any, system: PlateSystem, share: Share, motions: RigidMotions, options: SolveOptions, clock: Clock
) -> Computed | None:
    shift = shift_of(system) if motions.names else 0.0
    loads = np.stack([system.load, system.pressure], axis=1)[share.own]
    matrices = [share.rows(A) for A in (system.K, system.M)]
    empty = sparse.csr_array((system.unknowns, system.unknowns))
    system = replace(system, K=empty, M=empty)
    with clock("factorize", f"Factoring {system.unknowns} unknowns on {comm.size} ranks"):
        pencil = SpreadPencil(comm, *matrices, shift=shift, excluded=motions.vectors[share.own])
    del matrices
    fields, pairs, missing = np.zeros((len(share.own), 0)), None, ""
    with clock("landscape", "Solving the static landscape"):
        if motions.names:
            missing = str(not_held(motions))
        else:
            fields = pencil.solve(loads)
            fields = np.column_stack((fields, pencil.solve(pencil.mass(fields[:, :1]))))
    if options.modes:
        with clock("modes", f"Computing {options.modes} modes"):
            pairs = spread_modes(pencil, options.modes)
    blocks = [loads, fields] + ([pairs.vectors] if pairs is not None else [])
    whole = [_gathered(comm, block, share) for block in blocks]
    if comm.rank:
        return None
    load_, pressure = whole[0].T
    system = replace(system, load=load_, pressure=pressure)
    static = None if missing else StaticSolution(whole[1][:, 0], whole[1][:, 2], whole[1][:, 1])
    modes = None
    if pairs is not None:
        modes = Modes(pairs.values, oriented(load_, whole[2]), pairs.residuals, motions.names)
    return Computed(system, static, modes, missing)


def _gathered(comm: Any, block: Array, share: Share) -> Array:
    """Return the block of all unknowns (n, k) on the first rank, column by column; an empty one on the others."""
    whole = np.empty((len(share.order) if comm.rank == 0 else 0, block.shape[1]), order="F")
    counts = comm.gather(len(block))
    buffer = np.empty(len(whole))
    for k in range(block.shape[1]):
        comm.Gatherv(np.ascontiguousarray(block[:, k]), (buffer, counts) if comm.rank == 0 else None)
        if comm.rank == 0:
            whole[share.order, k] = buffer
    return whole
