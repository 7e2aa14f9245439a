"""A study on one local process and on two, in one run: python benchmarks/study_speed.py [PLATES]."""

import os
import sys
import tempfile
import time
from pathlib import Path

from landscape.study import read_study
from landscape.study_run import run_study


def main(plates: int = 200) -> float:
    """Return how many times faster two processes are; prints a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.toml"
        path.write_text(f'modes = 20\n[family]\nkind = "polygon"\ncount = {plates}\n')
        seconds = {}
        for workers in (1, 2):
            start = time.perf_counter()
            outcome = run_study(read_study(path), Path(folder) / str(workers), workers=workers)
            seconds[workers] = time.perf_counter() - start
            print(
                f"{workers} process(es): {seconds[workers]:7.1f} s, {len(outcome.failed)} of {plates} failed"
            )
    ratio = seconds[1] / seconds[2]
    print(f"ratio {ratio:.2f} on {os.cpu_count()} cores, load before {os.getloadavg()[2]:.1f}")
    return ratio


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
