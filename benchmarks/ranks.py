"""Landscape and modes of one refined plate over the ranks of MPI: times and memory of every rank.

    mpirun -n 2 python benchmarks/ranks.py [--level 2] [--modes 50]

plate.msh is refined ``level`` times. CPU time holds what a rank spins while it waits for the others.
"""

import argparse
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from measure import markdown

from landscape.case import Case, read_case
from landscape.distributed import compute, on_ranks
from landscape.mesh import refined
from landscape.options import SolveOptions
from landscape.ranks import world

PLATE = Path(__file__).parents[1] / "meshes" / "plate.msh"


def plate(level: int) -> Case:
    case = read_case(PLATE)
    mesh = case.mesh
    for _ in range(level):
        mesh = refined(mesh)
    return replace(case, mesh=mesh)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--level", type=int, default=2)
    parser.add_argument("--modes", type=int, default=50)
    asked = parser.parse_args()
    comm, case, options = world(), plate(asked.level), SolveOptions(modes=asked.modes, engine="petsc")
    stages: dict[str, float] = {}

    @contextmanager
    def clock(name: str, _: str):
        start = time.perf_counter()
        yield
        stages[name] = time.perf_counter() - start

    start, processor = time.perf_counter(), time.process_time()
    done = on_ranks(lambda: compute(case, options, clock, lambda *_: None), case, options)
    own = comm.gather((time.process_time() - processor, getrusage(RUSAGE_SELF).ru_maxrss / 1024))
    if done is None:
        return
    print(", ".join(f"{name} {seconds:.1f} s" for name, seconds in stages.items()), file=sys.stderr)
    cpu, memory = (", ".join(f"{value:.0f}" for value in values) for values in zip(*own, strict=True))
    row = [str(done.system.unknowns), str(comm.size), f"{time.perf_counter() - start:.0f}", cpu, memory]
    header = ["unknowns", "ranks", "wall s", "CPU s of each", "peak MiB of each"]
    print(markdown(header, [row]))


if __name__ == "__main__":
    main()
