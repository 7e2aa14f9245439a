"""A study on one local process and on two, in one run: python benchmarks/study_speed.py [PLATES] [--family rooms].

Wanted: 200 plates at least 1.7 times faster on two processes, on an idle machine. Both include the start of the processes.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from landscape.study import read_study
from landscape.study_run import run_study

WANTED = 1.7


def seconds(study: Path, workers: int) -> tuple[float, int]:
    """Return how long a study takes on so many processes, nothing of it done before, and how many plates failed."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        outcome = run_study(read_study(study), Path(folder), workers=workers)
        return time.perf_counter() - start, len(outcome.failed)


def main(plates: int = 200, family: str = "polygon", modes: int = 20) -> float:
    """Return how many times faster two processes are; prints a line for each run."""
    load = os.getloadavg()[0]
    took = []
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study.toml"
        study.write_text(f'modes = {modes}\n[family]\nkind = "{family}"\ncount = {plates}\n')
        for workers in (1, 2):
            wall, failed = seconds(study, workers)
            print(f"{workers} process(es): {wall:7.1f} s, {plates} plates, {failed} failed", flush=True)
            took.append(wall)
    ratio = took[0] / took[1]
    print(f"ratio {ratio:.2f}, wanted {WANTED}; {os.cpu_count()} cores, load {load:.1f} before")
    return ratio


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("plates", type=int, nargs="?", default=200)
    parser.add_argument("--family", default="polygon")
    parser.add_argument("--modes", type=int, default=20)
    main(**vars(parser.parse_args()))
