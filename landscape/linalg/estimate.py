"""What a computation will take before it is begun, and the refusal of what cannot fit.

Nested dissection of a plane mesh of n unknowns fills n log n entries; n log² n fits the measured memory better. The
constants are those of Argyris elements, measured on plate.msh and its refinements from 15,000 to a million unknowns,
and generous for Morley, whose rows are shorter.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from landscape.errors import InputError
from landscape.linalg.engines import Engine

INTERPRETER = 150e6
MATRICES = 1_500  # bytes per unknown: K, M, their pattern while it is made, the mesh
BASIS = 8 * 4.5  # bytes per unknown and mode: Lanczos vectors and the modes themselves
FILL = {
    "scipy": 26.0,
    "pardiso": 10.0,
    "petsc": 16.0,
}  # bytes of the factors of K, of K − σM and of reading their signs, per n log₂²n
ASSEMBLY = 1e-5  # seconds per unknown
FACTOR = {"scipy": 8e-8, "pardiso": 8e-8, "petsc": 8e-8}  # seconds of one factorization per n log₂²n
MODE = {
    "scipy": 1.1e-7,
    "pardiso": 0.8e-7,
    "petsc": 2e-7,
}  # seconds per mode and n log₂n: solves and orthogonalization
# seconds per Green's function and n log₂n, its integral included; bytes per unknown of a block of 64 of them
SOLVE = {"scipy": 3e-8, "pardiso": 3e-8, "petsc": 3e-8}
BLOCK = 7_000


@dataclass(frozen=True)
class Estimate:
    """Peak memory in ``bytes`` and processor time in ``seconds``, both within a factor of two or so."""

    bytes: float
    seconds: float

    def __str__(self) -> str:
        size = f"{self.bytes / 2**30:.1f} GiB" if self.bytes >= 2**29 else f"{self.bytes / 2**20:.0f} MiB"
        minutes = f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{self.seconds:.0f} s"
        return f"about {size} and {minutes}"


def estimate(unknowns: int, modes: int, *, solves: int = 0, engine: Engine = "scipy") -> Estimate:
    """Estimate memory and time of a landscape and ``modes`` modes with ``unknowns`` unknowns.

    ``solves``: further right-hand sides, one per vertex for the absolute and the L² landscape.
    """
    depth = math.log2(max(unknowns, 2))
    memory = INTERPRETER + unknowns * (
        MATRICES + BASIS * modes + FILL[engine] * depth**2 + BLOCK * (solves > 0)
    )
    seconds = (
        ASSEMBLY + 2 * FACTOR[engine] * depth**2 + (MODE[engine] * modes + SOLVE[engine] * solves) * depth
    )
    return Estimate(memory, 1 + unknowns * seconds)


def demand(
    unknowns: int,
    modes: int,
    *,
    solves: int = 0,
    engine: Engine = "scipy",
    available: float | None = None,
) -> Estimate:
    """Return the estimate; raise ``InputError`` if it exceeds the ``available`` bytes (default: of this machine).

    The advice names what would fit.
    """
    needed = estimate(unknowns, modes, solves=solves, engine=engine)
    limit = available_memory() if available is None else available
    if needed.bytes <= limit:
        return needed
    if solves and estimate(unknowns, modes, engine=engine).bytes <= limit:
        advice = "The static landscape fits: leave out --landscape."
    else:
        advice = _advice(unknowns, modes, engine, limit)
    raise InputError(
        f"{unknowns} unknowns and {modes} modes need {needed}, {limit / 2**30:.1f} GiB are free.",
        advice,
    )


def _advice(unknowns: int, modes: int, engine: Engine, limit: float) -> str:
    if engine == "scipy" and estimate(unknowns, modes, engine="pardiso").bytes <= limit:
        return "The engine 'pardiso' needs less than half: pip install 'plate-landscape[pardiso]'."
    if modes > 1 and estimate(unknowns, 1, engine=engine).bytes <= limit:
        return "Ask for fewer modes."
    fits = unknowns
    while fits > 1 and estimate(fits, modes, engine=engine).bytes > limit:
        fits = int(0.9 * fits)
    return f"Use a coarser mesh: some {fits:.2g} unknowns fit; a mesh graded at the corners needs few."


def available_memory() -> float:
    """Return the bytes this process may still take: what is free, or what its control group leaves."""
    return min(_free(), _control_group())


def _free() -> float:
    table = Path("/proc/meminfo")
    if table.is_file():
        for line in table.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2
    except (AttributeError, ValueError, OSError):
        return math.inf


def _control_group(root: Path = Path("/sys/fs/cgroup")) -> float:
    """Return limit − use of the control group, version 2 or 1; infinity where there is none."""
    for limit, use in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            return max(float((root / limit).read_text()) - float((root / use).read_text()), 0.0)
        except (OSError, ValueError):  # not there, or "max"
            continue
    return math.inf
