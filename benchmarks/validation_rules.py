"""Tables of the rules that follow from the landscape: frequencies of regions, counting, the inequality."""

import time
from collections.abc import Iterable

import numpy as np
from validation_plates import MESHES, ROOMS, case
from validation_tables import Row, Table

from landscape.absolute import absolute_landscape, vertex_values
from landscape.adapt import solve_adaptively
from landscape.case import read_case
from landscape.field import Field
from landscape.figures.counting import Counts
from landscape.localization import localize, read_topography
from landscape.mesh import refined
from landscape.modes import eigenmodes
from landscape.options import SolveOptions
from landscape.static import static_landscape
from landscape.system import assemble
from landscape.topography import (
    BETA_CLAMPED,
    PEAK_CONSTANT,
    count_modes,
    fit_weyl,
    landscape_count,
    weyl_count,
)


def room(name: str) -> tuple[Row, bool]:
    """Return the row of a room: errors in frequency of each rule, and whether the bracket holds."""
    adapted = solve_adaptively(case(name, ROOMS[name]()), SolveOptions(modes=1), 1e-5)
    system = assemble(adapted.case.mesh, adapted.case.plate)
    topography = read_topography(system, static_landscape(system), persistence=0.05)
    value = eigenmodes(system, 1).eigenvalues[0]
    estimates, peak = topography.estimates, topography.regions.peaks.values[0]

    def off(estimate: float) -> str:
        return f"{100 * (np.sqrt(estimate / value) - 1):+.2f} %"

    bracket = bool(estimates.below[0] <= value <= estimates.rayleigh[0])
    return (
        name,
        topography.regions.count,
        f"{value * peak:.4f}",
        off(PEAK_CONSTANT / peak),
        off(estimates.peak[0]),
        off(estimates.below[0]),
        off(estimates.rayleigh[0]),
        off(estimates.schwarz[0]),
        "yes" if bracket else "no",
    ), bracket


def rooms_table(names: Iterable[str] = tuple(ROOMS)) -> Table:
    rows, brackets = zip(*(room(name) for name in names), strict=True)
    return Table(
        "Local rules on single rooms",
        f"Clamped rooms; c = λ₁ max L, then errors in frequency: the peak rule with c = 16/π² and with c from the shape of the\n"
        "peak, the max-point ratio L/u₂, Rayleigh's and Schwarz's quotient (of the first region, where a long room has several).\n"
        f"The bracket from max-point ratio to Rayleigh's quotient holds in {sum(brackets)} of {len(brackets)}.",
        ("room", "regions", "c", "c = 16/π²", "c of the peak", "max-point", "Rayleigh", "Schwarz", "bracket"),
        rows,
    )


def regions_rows(name: str, count: int = 20) -> list[Row]:
    """Return a row for each region of a plate that holds a computed mode: its rules against its first mode."""
    plate = read_case(MESHES / f"{name}.msh")
    system = assemble(plate.mesh, plate.plate)
    topography = read_topography(system, static_landscape(system))
    modes = eigenmodes(system, count)
    home = localize(system, topography, modes)
    rows: list[Row] = []
    for k in range(topography.regions.count):
        mine = np.flatnonzero(home.region == k + 1)
        if not len(mine):
            continue
        value, e = modes.eigenvalues[mine[0]], topography.estimates
        off = [
            f"{100 * (np.sqrt(x / value) - 1):+.2f} %"
            for x in (
                PEAK_CONSTANT / topography.regions.peaks.values[k],
                e.peak[k],
                e.below[k],
                e.rayleigh[k],
                e.schwarz[k],
            )
        ]
        rows.append(
            (
                f"`{name}.msh` {k + 1}",
                f"{home.share[mine[0]]:.3f}",
                *off,
                "yes" if e.below[k] <= value <= e.rayleigh[k] else "no",
            )
        )
    return rows


def regions_table(names: Iterable[str] = ("plate", "two_rooms")) -> Table:
    rows = [row for name in names for row in regions_rows(name)]
    held = sum(row[-1] == "yes" for row in rows)
    return Table(
        "Local rules on plates of several rooms",
        "Errors in frequency against the first mode whose kinetic energy is mostly in the region (its share is the\n"
        f"confinement). The bracket holds in {held} of {len(rows)}.",
        (
            "region",
            "confinement",
            "c = 16/π²",
            "c of the peak",
            "max-point",
            "Rayleigh",
            "Schwarz",
            "bracket",
        ),
        rows,
    )


def counts_of(name: str, count: int) -> Counts:
    """Return the counting functions of a clamped plate of one thickness, up to its mode number ``count``."""
    plate = read_case(MESHES / f"{name}.msh")
    system = assemble(plate.mesh, plate.plate)
    modes = eigenmodes(system, count)
    surface = read_topography(system, static_landscape(system)).surface
    omegas = np.linspace(0.3, 1, 141) * np.sqrt(modes.eigenvalues[-1])
    section = plate.plate.section
    k = (section.areal_mass * omegas**2 / section.stiffness) ** 0.25
    area = float(system.areas().sum())
    rim = plate.mesh.mesh.boundary_facets()
    length = float(system.space.affine.length[rim].sum())
    frequencies = omegas / (2 * np.pi)
    counted = np.asarray(count_modes(modes.frequencies, frequencies), dtype=float)
    unit = "Hz" if plate.plate.units == "SI" else ""
    return Counts(
        name,
        frequencies,
        counted,
        weyl_count(k, area=area, edges=[]),
        weyl_count(k, area=area, edges=[(length, BETA_CLAMPED)]),
        landscape_count(surface, omegas, k),
        unit,
    )


def counting_table(name: str = "plate", count: int = 60) -> tuple[Table, Counts]:
    counts = counts_of(name, count)
    disc = eigenmodes(
        assemble(refined(read_case(MESHES / "disc.msh").mesh), read_case(MESHES / "disc.msh").plate), 80
    )
    fit = fit_weyl(disc.eigenvalues**0.25, area=np.pi, perimeter=2 * np.pi)
    some = np.linspace(0, len(counts.frequencies) - 1, 8).astype(int)
    rows = [
        (
            f"{counts.frequencies[i]:.5g}",
            int(counts.modes[i]),
            f"{counts.weyl[i]:.1f}",
            f"{counts.two_terms[i]:.1f}",
            f"{counts.boxes[i]:.1f}",
        )
        for i in some
    ]
    text = (
        f"`{name}.msh`: modes below a frequency, Weyl's law, and the boxes of the landscape, which are a heuristic for plates.\n"
        f"β fitted to 80 computed modes of the clamped disc: {fit.beta:.4f} (theory {BETA_CLAMPED:.7f}).\n\n"
        f"![modes below a frequency](pictures/counting.png)"
    )
    return Table(
        "Counting", text, ("frequency", "modes", "Weyl, area", "Weyl, two terms", "landscape boxes"), rows
    ), counts


def inequality(name: str, count: int = 20) -> Row:
    """Return the row of a plate: the largest |ψ| / (ω² L max|ψ|) over vertices and modes for two landscapes."""
    plate = read_case(MESHES / f"{name}.msh")
    system = assemble(plate.mesh, plate.plate)
    start = time.perf_counter()
    landscape = absolute_landscape(system)
    took = time.perf_counter() - start
    modes = eigenmodes(system, count)
    chart = np.array([[i, j] for i in np.linspace(0, 1, 9) for j in np.linspace(0, 1, 9) if i + j <= 1])
    peaks = np.abs(Field.of(system.space, modes.vectors).at_chart(chart)).max(axis=(0, 1))
    psi = np.abs(vertex_values(system) @ modes.vectors) / (modes.eigenvalues * peaks)
    some = landscape.values > 1e-3 * landscape.values.max()
    theorem = float((psi[some] / landscape.values[some, None]).max())
    positive = some & (landscape.static > 0)
    rule = float((psi[positive] / landscape.static[positive, None]).max())
    ratio, where = landscape.exceeded(floor=1e-3)
    return (
        f"`{name}.msh`",
        theorem,
        rule,
        f"{ratio:.3f} at ({where[0]:.3g}, {where[1]:.3g})",
        landscape.summed,
        f"{took:.1f} s",
    )


def landscapes_table(names: Iterable[str] = ("square", "disc", "two_rooms", "lshape", "plate")) -> Table:
    return Table(
        "The inequality |ψ| ≤ ω² L max|ψ|",
        "The largest left side over right side at vertices (where L > max L / 1000), 20 modes: at most 1 with the absolute\n"
        "landscape, a theorem; above 1 is a violation of the rule for the static one. Then the largest ratio of both\n"
        "landscapes, and the largest share of a value that was summed at points where G changes sign.",
        ("plate", "absolute", "static", "absolute / static", "summed", "time"),
        [inequality(name) for name in names],
    )
