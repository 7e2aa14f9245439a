"""Compute every number this project can be checked against and write ``docs/validation.md``.

python benchmarks/validate.py            # some minutes; also draws docs/pictures/counting.png
"""

import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from validation_plates import KNOWN, MESHES, Known
from validation_rules import counting_table, landscapes_table, regions_table, rooms_table
from validation_tables import Row, Table, put_sections

from landscape.accuracy import accurate_modes
from landscape.adapt import solve_adaptively
from landscape.bounds import certify
from landscape.case import Case, read_case
from landscape.figures.counting import counting_figure
from landscape.figures.style import save
from landscape.localization import read_topography
from landscape.mesh import refined
from landscape.modes import eigenmodes
from landscape.options import SolveOptions
from landscape.static import static_landscape
from landscape.system import assemble

DOCS = Path(__file__).resolve().parent.parent / "docs"
PLATES = (
    "square",
    "disc",
    "two_rooms",
    "free_corners",
    "half_clamped",
    "pinned_disc",
    "lshape",
    "rhombus45",
    "plate",
)


def compared(known: Known) -> tuple[Row, float]:
    """Return the row of a plate with known numbers, and the largest relative difference in the numbers as printed."""
    start = time.perf_counter()
    count = len(known.values)
    adapted = solve_adaptively(known.make(), SolveOptions(modes=count), known.rtol)
    system = assemble(adapted.case.mesh, adapted.case.plate)
    values = eigenmodes(system, count).eigenvalues
    found = values if known.squared else np.sqrt(values)
    worst = float(np.abs(found / np.array(known.values) - 1).max())
    peak: object = "—"
    if known.peak is not None:
        highest = read_topography(system, static_landscape(system)).regions.peaks.values[0]
        peak = float(abs(highest / known.peak - 1))
    took = time.perf_counter() - start
    first = f"{known.values[0]:.12g}"
    estimate = float(adapted.errors.max())
    return (
        known.name,
        first,
        f"{found[0]:.12g}",
        count,
        worst,
        estimate,
        peak,
        system.unknowns,
        f"{took:.1f} s",
        known.source,
    ), worst


def reference_table(plates: Iterable[Known] = KNOWN) -> Table:
    return Table(
        "Plates with known eigenvalues",
        "Non-dimensional (D = ρh = 1). λ where the number is large, else √λ; *worst* is the largest relative difference of\n"
        "all modes listed by the source, *estimated* the error the program tells (of λ), *max L* the difference of the\n"
        "landscape's maximum. Each mesh was refined by `--rtol`; printed digits end some of the differences.",
        (
            "plate",
            "first, known",
            "computed",
            "modes",
            "worst",
            "estimated",
            "max L",
            "unknowns",
            "time",
            "source",
        ),
        [compared(known)[0] for known in plates],
    )


def certified(name: str, *, count: int = 20, width: float = 0.01) -> Row:
    plate = read_case(MESHES / f"{name}.msh")
    start = time.perf_counter()
    system = assemble(plate.mesh, plate.plate)
    bounds = certify(system, eigenmodes(system, count), width=width)
    took = time.perf_counter() - start
    finer = _finer(plate, count, width / 100)
    inside = int(((bounds.lower <= finer) & (finer <= bounds.upper * (1 + 1e-9))).sum())
    low, high = np.sqrt(bounds.lower[0]), np.sqrt(bounds.upper[0])
    kind = "guaranteed" if bounds.guaranteed else "estimated"
    return (
        f"`{name}.msh`",
        f"[{low:.5g}, {high:.5g}]",
        float(bounds.widths.max()),
        f"{inside} of {count}",
        kind,
        bounds.unknowns,
        f"{took:.0f} s",
    )


def _finer(plate: Case, count: int, tolerance: float) -> np.ndarray:
    """Return eigenvalues more accurate than any that bound them."""
    system = assemble(refined(plate.mesh), plate.plate)
    return accurate_modes(system, eigenmodes(system, count), tolerance, unknowns=300_000)[1].eigenvalues


def bounds_table(names: Iterable[str] = PLATES, *, count: int = 20, width: float = 0.01) -> Table:
    rows = [certified(name, count=count, width=width) for name in names]
    return Table(
        "Certified intervals",
        f"`--certify {width:g}` for {count} modes: √λ₁, the greatest relative width (upper − lower)/upper of λ, how many modes\n"
        "of a more accurate solution lie inside, and the unknowns of Morley's mesh. Guaranteed means proved in\n"
        "exact arithmetic of the assembly: discs lie between an inner and an outer polygon.\n\n"
        "The mesh `two_rooms.msh` has rooms 1.0 × 1 and 0.9 × 1, a wall of 0.2 and a centred door of 0.5. The numbers\n"
        "√λ₁ = 33.432 and √λ₂ = 36.642 have been given for it; both lie below the guaranteed lower bounds (√λ₂ ≥ 37.0). They\n"
        "fit a door of 0.53, to half a per cent.",
        ("plate", "√λ₁", "width", "inside", "kind", "unknowns", "time"),
        rows,
    )


def effectivity(name: str, rtol: float, count: int) -> Row:
    plate = read_case(MESHES / f"{name}.msh")
    start = time.perf_counter()
    adapted = solve_adaptively(plate, SolveOptions(modes=count), rtol)
    took = time.perf_counter() - start
    exact = solve_adaptively(adapted.case, SolveOptions(modes=count), rtol / 30).case
    values = eigenmodes(assemble(exact.mesh, exact.plate), count).eigenvalues
    true = adapted.steps[-1].eigenvalues / values - 1
    ratio = adapted.errors / true
    return (
        f"`{name}.msh`",
        rtol,
        count,
        adapted.steps[-1].unknowns,
        float(true.max()),
        float(adapted.errors.max()),
        f"{ratio.min():.2f} to {ratio.max():.2f}",
        f"{took:.1f} s",
    )


def effectivity_table(
    wanted: Iterable[tuple[str, float, int]] = (
        ("lshape", 1e-5, 5),
        ("rhombus45", 1e-6, 5),
        ("two_rooms", 1e-5, 6),
        ("half_clamped", 1e-4, 6),
        ("plate", 1e-4, 20),
    ),
) -> Table:
    return Table(
        "Estimated errors",
        "`--rtol`: the true relative error of λ against a mesh refined to a thirtieth of the tolerance, and the estimate over\n"
        "the true error of each mode (its effectivity).",
        (
            "plate",
            "rtol",
            "modes",
            "unknowns",
            "largest true error",
            "largest estimate",
            "effectivity",
            "time",
        ),
        [effectivity(*item) for item in wanted],
    )


HEADER = """# Validation

Written by `python benchmarks/validate.py`, the study of random rooms by a command of its own; a part of it runs with the
tests. Times are those of one core.

"""


def main() -> None:
    """Write the page, but for the sections of ``validation_study.py``, and the figure of the counts."""
    counting, counts = counting_table()
    tables = [
        reference_table(),
        bounds_table(),
        effectivity_table(),
        landscapes_table(),
        rooms_table(),
        regions_table(),
        counting,
    ]
    save(counting_figure(counts), DOCS / "pictures" / "counting.png")
    put_sections(DOCS / "validation.md", tables, HEADER)


if __name__ == "__main__":
    main()
