"""Ranks of MPI that end together: an error on one becomes the error of all, and none waits for ever."""

import atexit
import math
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from landscape.errors import LandscapeError, MissingDependencyError

Result = TypeVar("Result")

PATIENCE = 20.0  # seconds that a failed rank waits for the others before it ends them
PAUSE = 0.005  # seconds between two looks; a rank that waits leaves its core to others
DEFECT = 70
RECIPE = (
    "On Debian: apt install python3-petsc4py-real python3-slepc4py-real python3-mpi4py openmpi-bin, and follow docs/mpi.md. "
    "Without MPI take --engine scipy or pardiso."
)


def world() -> Any:
    """Return the communicator of all ranks; of one, where nothing was started by mpirun.

    Raises ``MissingDependencyError`` without mpi4py.
    """
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise MissingDependencyError(
            f"The engine 'petsc' needs mpi4py, petsc4py and slepc4py ({error}).", RECIPE
        ) from None
    return MPI.COMM_WORLD


def neighbours(comm: Any) -> int:
    """Return the number of ranks on this machine, this one included."""
    from mpi4py import MPI

    here = comm.Split_type(MPI.COMM_TYPE_SHARED)
    count = int(here.size)
    here.Free()
    return count


def agreed(comm: Any, work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns on this rank, once all ranks have done theirs.

    Every rank calls this in the same order. When ``work`` raises on one, this raises the error of the first that failed
    on all. A failed rank whose fellows do not come, since they wait for it inside a computation, raises alone; they are
    ended, with its exit code, when it exits.
    """
    failure: Exception | None = None
    try:
        result = work()
    except Exception as error:
        if getattr(error, "agreed", False):
            raise
        failure = error
    failed = np.zeros(comm.size, dtype=np.int32)
    mine = np.array([failure is not None], dtype=np.int32)
    if not _waited(comm.Iallgather(mine, failed), math.inf if failure is None else PATIENCE):
        assert failure is not None
        atexit.register(comm.Abort, exit_code(failure))
        raise failure
    if failed.any():
        raise _first(comm, failure)
    return result


def exit_code(error: Exception) -> int:
    """Return the exit code of the process that an error ends."""
    return error.exit_code if isinstance(error, LandscapeError) else DEFECT


def _waited(request: Any, patience: float) -> bool:
    end = time.monotonic() + patience
    while not request.Test():
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)
    return True


def _first(comm: Any, failure: Exception | None) -> Exception:
    """Return the error of the first rank that failed, the same on all."""
    plain = failure
    if failure is not None and not isinstance(failure, LandscapeError):
        plain = RuntimeError(f"{type(failure).__name__}: {failure}")
    errors = comm.allgather(plain)
    rank = next(k for k, error in enumerate(errors) if error is not None)
    error: Exception = failure if failure is not None and rank == comm.rank else errors[rank]
    error.agreed = True  # type: ignore[attr-defined]
    error.quiet = comm.rank > 0  # type: ignore[attr-defined]
    return error


def is_quiet(error: Exception) -> bool:
    """Tell whether the first rank raises the same error, and this one need not speak of it."""
    return getattr(error, "quiet", False)
