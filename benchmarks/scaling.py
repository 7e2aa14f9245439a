"""Our cost against unknowns: assembly, factorization, one solve, modes, memory, with fitted exponents.

    python benchmarks/scaling.py [--levels 4] [--modes 50] [--engine scipy]

plate.msh is refined again and again, four times the triangles each. Every size runs in a process of its own, on one
thread, and is timed by CPU time, which other users of the machine disturb little.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

from measure import machine, markdown
from plates import PLATE

STEPS = ("assemble", "factorize", "solve", "modes")


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    out = call()
    return out, time.process_time() - start


def peak() -> int:
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024


def work(level: int, modes: int, engine: str) -> dict[str, float]:
    """Do one size in this process; return seconds, bytes and the largest residual."""
    from landscape.case import read_case
    from landscape.linalg import Pencil, factorize, lowest_modes
    from landscape.mesh import refined
    from landscape.system import assemble

    case = read_case(PLATE)
    mesh = case.mesh
    for _ in range(level):
        mesh = refined(mesh)
    out: dict[str, float] = {}
    before = peak()
    system, out["assemble"] = timed(lambda: assemble(mesh, case.plate))
    out["unknowns"], out["assembly memory"] = system.unknowns, peak() - before
    factors, out["factorize"] = timed(lambda: factorize(system.K, engine=engine))
    _, out["solve"] = timed(lambda: factors.apply(system.load))
    pairs, out["modes"] = timed(lambda: lowest_modes(Pencil(system.M, factors), modes))
    return {**out, "memory": peak(), "residual": float(pairs.residuals.max())}


def measure(levels: int, modes: int, engine: str) -> list[dict[str, float]]:
    """Return one row per level."""
    rows = []
    for level in range(levels):
        command = [
            sys.executable,
            str(Path(__file__)),
            "--one",
            str(level),
            "--modes",
            str(modes),
            "--engine",
            engine,
        ]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"level {level}: {done.stderr[-500:]}", file=sys.stderr)
            break
        rows.append(json.loads(done.stdout))
    return rows


def exponent(rows: list[dict[str, float]], name: str) -> float:
    """Return p of cost ~ unknownsᵖ between the last two sizes."""
    first, last = rows[-2:]
    return math.log(last[name] / first[name]) / math.log(last["unknowns"] / first["unknowns"])


def table(rows: list[dict[str, float]], modes: int) -> str:
    """Return the rows and their exponents as Markdown."""
    columns = (*STEPS, "assembly memory", "memory")
    header = [
        "unknowns",
        "assembly s",
        "factorization s",
        "solve s",
        f"{modes} modes s",
        "assembly MiB",
        "peak MiB",
    ]
    lines = [
        [
            f"{r['unknowns']:.0f}",
            *(f"{r[c]:.3g}" for c in STEPS),
            *(f"{r[c] / 2**20:.0f}" for c in columns[4:]),
        ]
        for r in rows
    ]
    if len(rows) > 1:
        lines.append(["exponent", *(f"{exponent(rows, c):.2f}" for c in columns)])
    return markdown(header, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", type=int, default=4)
    parser.add_argument("--modes", type=int, default=50)
    parser.add_argument("--engine", default="scipy")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(work(options.one, options.modes, options.engine)))
        return
    print(f"{machine()}; engine {options.engine}\n")
    print(table(measure(options.levels, options.modes, options.engine), options.modes))


if __name__ == "__main__":
    main()
