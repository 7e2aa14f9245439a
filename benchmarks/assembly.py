"""Time and memory of the assembly, from 10⁴ to 5·10⁵ unknowns.

    python benchmarks/assembly.py

plate.msh made ever finer. Every size runs in a process of its own on one thread; memory is what the peak resident size
grows by while the system is assembled, matrices included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import machine, markdown
from plates import Grading, make
from scaling import peak, timed

FINER = (1.0, 4.5, 8.0, 12.2)


def work(mesh: str) -> dict[str, float]:
    """Assemble in this process."""
    from landscape.case import read_case
    from landscape.system import assemble

    case = read_case(mesh)
    before = peak()
    system, seconds = timed(lambda: assemble(case.mesh, case.plate))
    kept = sum(a.nbytes for m in (system.K, system.M) for a in (m.data, m.indices, m.indptr))
    return {"unknowns": system.unknowns, "seconds": seconds, "memory": peak() - before, "kept": kept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(work(options.one)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for finer in FINER:
            mesh = make(Path(place) / "plate.msh", Grading(0.2e-3 / finer, 12e-3 / finer, 0.45))
            command = [sys.executable, __file__, "--one", str(mesh)]
            rows.append(
                json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            )
    lines = [
        [
            f"{r['unknowns']:.0f}",
            f"{r['seconds']:.2f}",
            f"{r['memory'] / 2**20:.0f}",
            f"{r['kept'] / 2**20:.0f}",
        ]
        for r in rows
    ]
    print(machine(), "\n")
    print(markdown(["unknowns", "CPU s", "peak MiB", "of which K and M"], lines))


if __name__ == "__main__":
    main()
