"""Run whole processes in turn and weigh them: wall time, CPU time, peak memory."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What one process took: ``wall`` and ``cpu`` in s, ``memory`` its peak resident size in bytes."""

    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Summary:
    """Medians of several runs, and the spread of the CPU time, (max − min) / median."""

    wall: float
    cpu: float
    memory: int
    spread: float

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Summary":
        cpu = statistics.median(r.cpu for r in runs)
        spread = (max(r.cpu for r in runs) - min(r.cpu for r in runs)) / cpu
        return cls(statistics.median(r.wall for r in runs), cpu, max(r.memory for r in runs), spread)


def run(command: Sequence[str | Path], *, threads: int = 1, log: Path | None = None) -> Run:
    """Run ``command`` to its end with ``threads`` for every BLAS and OpenMP; raise if it fails.

    The peak of a child counts from the size of this process, so keep this process small.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NGS_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    with open(log or os.devnull, "w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(c) for c in command], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        told = log.read_text()[-2000:] if log else ""
        raise RuntimeError(f"{command[0]} ended with exit code {process.returncode}\n{told}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def in_turn(commands: dict[str, Callable[[], Run]], repeats: int) -> dict[str, Summary]:
    """Run every command once per round, so that a busy minute of the machine strikes all of them."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            runs[name].append(command())
    return {name: Summary.of(r) for name, r in runs.items()}


def machine() -> str:
    """Return processor, cores, memory, load and the versions that matter, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{n} {metadata.version(n)}" for n in ("numpy", "scipy", "scikit-fem"))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
        flags = next(line for line in lines if line.startswith("flags"))
        return model + (", AVX-512" if "avx512f" in flags else "")
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def script(name: str) -> Path:
    """Return the path of a console script of this environment."""
    return Path(sys.executable).parent / name
