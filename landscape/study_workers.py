"""Who solves the plates of a study: local processes, or the workers of a dask cluster."""

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from landscape.errors import InputError, MissingDependencyError
from landscape.study import Task
from landscape.study_plate import failed_outcome, run_task
from landscape.study_table import Row

SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def local_outcomes(tasks: list[Task], workers: int | None = None) -> Iterator[Row]:
    """Yield the outcome of every task, as it comes, from ``workers`` local processes (one per core).

    A process that dies (memory, a crash of a library) takes the plates in flight with it: each of them is tried
    again alone, and fails if it kills its process again.
    """
    left = deque(tasks)
    workers = workers or os.cpu_count() or 1
    while left:
        lost = yield from _one_pool(left, min(workers, len(left)))
        if workers == 1:
            yield from (
                failed_outcome(task, "Its process died: not enough memory, perhaps.") for task in lost
            )
        else:
            for task in lost:
                yield from local_outcomes([task], 1)


def _one_pool(left: deque[Task], workers: int) -> Generator[Row, None, list[Task]]:
    """Solve what is ``left`` in one pool; return the tasks in flight when a process of it died, if one did."""
    flying: dict[Future[Row], Task] = {}
    with _pool(workers) as pool:
        while left or flying:
            try:
                while left and len(flying) < workers:
                    future = pool.submit(run_task, left[0])
                    flying[future] = left.popleft()
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    del flying[future]
                    yield outcome
            except BrokenProcessPool:
                return list(flying.values())
    return []


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes with one BLAS thread each: many plates at once beat many threads on one.

    They hold one end of a pipe, and end when the other is closed: by this process, or because it is no more.
    """
    before = {name: os.environ.get(name) for name in SINGLE}
    os.environ.update(dict.fromkeys(SINGLE, "1"))
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(theirs,))
    try:
        yield pool
        pool.shutdown()
    finally:
        ours.close()
        pool.shutdown(wait=False, cancel_futures=True)
        theirs.close()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _begin_worker(parent: Connection) -> None:
    """End with the parent, and at once and silently on Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Connection) -> None:
    with suppress(EOFError, OSError):
        parent.recv()  # nothing is ever sent
    os._exit(1)


def dask_outcomes(tasks: list[Task], address: str) -> Iterator[Row]:
    """Yield the outcome of every task, as it comes, from the workers of a dask scheduler.

    Raises ``MissingDependencyError`` without dask, ``InputError`` for a scheduler that does not answer, that is lost,
    or that has workers of several threads, which gmsh does not stand.
    """
    try:
        from distributed import Client
        from distributed import as_completed as arrived
    except ImportError:
        raise MissingDependencyError(
            "--scheduler needs the package distributed.", "Run: pip install 'plate-landscape[dask]'"
        ) from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"--scheduler {address}: no dask scheduler answers there ({error}).",
            "Start one with: dask scheduler, and workers with: dask worker ADDRESS --nthreads 1",
        ) from None
    with client:
        _check_workers(client, address)
        future_of = {client.submit(run_task, task, pure=False): task for task in tasks}
        for future in arrived(list(future_of)):
            yield _arrived(client, future, future_of.pop(future), address)


def _check_workers(client: Any, address: str) -> None:
    threads = client.nthreads()
    if any(count > 1 for count in threads.values()):
        raise InputError(
            f"--scheduler {address}: it has workers of several threads, and gmsh stands only one.",
            "Start them with: dask worker ADDRESS --nthreads 1 --nworkers N",
        )


def _arrived(client: Any, future: Any, task: Task, address: str) -> Row:
    """Return the outcome of a future; a worker that died is one too, a scheduler that died is not."""
    try:
        outcome: Row = future.result()
    except Exception as error:
        if client.status != "running":
            raise InputError(
                f"--scheduler {address}: the connection was lost.", "Run the same command again to go on."
            ) from None
        return failed_outcome(task, f"Its worker died ({type(error).__name__}: {error}).")
    return outcome
