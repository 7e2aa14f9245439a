"""The study of random rooms in ``docs/validation.md``: python benchmarks/validation_study.py [FOLDER] [PLATES].

Solves what ``landscape study examples/rooms_study.toml -o FOLDER`` has not yet solved, and writes the section and its figures.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from validation_tables import Table, put_sections

from landscape.figures.study import estimates_figure, localization_figure
from landscape.figures.style import save
from landscape.study import read_study
from landscape.study_run import run_study
from landscape.study_statistics import (
    NAMES,
    StudyStatistics,
    estimate_rows,
    opening_rows,
    quantiles,
    statistics,
)
from landscape.study_table import Row

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
HEADING = "Random rooms"


def estimates_table(found: StudyStatistics, whole: int) -> Table:
    """Return what the estimates are worth, with the definition of the truth; ``whole``: plates of the whole study."""
    share = f"{100 * found.threshold:g} %"
    part = f" {found.plates}" if found.plates < whole else ""
    of = f", the first of the {whole} of the study" if part else ""
    return Table(
        HEADING,
        f"{found.plates} plates of `landscape mesh --family rooms`, seeds 0 to {found.plates - 1}, {found.failed} failed{of}. Made by\n\n"
        "```console\nlandscape study examples/rooms_study.toml -o rooms_study.results\n"
        f"python benchmarks/validation_study.py rooms_study.results{part}\n```\n\n"
        f"The first frequency of a region is that of the lowest mode with at least {share} of its kinetic energy in it. Of\n"
        f"{found.regions} regions {len(found.openness)} are compared; in {found.spread} the modes below leave more than half a mode's\n"
        "energy there, so the fundamental is spread over several rooms and that mode is a higher one; in\n"
        f"{found.missing} no computed mode is that confined. The modes are computed (conforming elements; a mesh of\n"
        "four times the triangles moved the frequencies of three plates by 1e-4 at most), the openings read off\n"
        "the landscape. The peak rule, Schwarz's quotient and the max-point ratio of a region are heuristics; so is\n"
        "Rayleigh's, a bound only on a whole plate. Max-point ratio ≤ first frequency ≤ Rayleigh holds in\n"
        f"{100 * found.bracket:.1f} % of the regions. Errors in frequency:\n\n"
        "![errors of the estimates](pictures/study_estimates.png)",
        ("estimate", "regions", "median", "90 % within", "worst"),
        estimate_rows(found),
    )


def openings_table(found: StudyStatistics) -> Table:
    """Return how confined modes are, and how good the estimates, against frequency over opening."""
    share = f"{100 * found.threshold:g} %"
    never = int((found.ratio == 0).sum())
    return Table(
        f"{HEADING}: localization",
        "Modes by their frequency over the opening of the region that holds most of them, and the share of them with at\n"
        f"least {share} of their energy in that region: {100 * found.confined():.1f} % of those below the opening"
        + (f", {never} in regions that never open included" if never else "")
        + ".\nThe opening is a heuristic mark, not a cliff. Then the first modes of regions, and within what 90 % of the errors\n"
        "of three estimates lie (the peak rule with c of the shape): the wider a region is open, the less it is a plate of its\n"
        "own. Schwarz's iterate then takes in the lower modes of larger neighbours, and becomes the worst of the three.\n\n"
        "![localization against frequency, and gaps to the opening](pictures/study_localization.png)",
        ("frequency / opening", "modes", "confined", "first modes", "peak", "Rayleigh", "Schwarz"),
        opening_rows(found),
    )


def definitions_table(outcomes: tuple[Row, ...], shares: tuple[float, ...] = (0.5, 0.8, 0.9, 0.99)) -> Table:
    """Return how much depends on the share of energy that makes a mode confined."""
    rows = []
    for share in shares:
        found = statistics(outcomes, confinement=share)
        medians = [f"{100 * quantiles(found.errors[name])[0]:+.2f}%" for name in NAMES]
        counts = (len(found.openness), found.spread, found.missing)
        rows.append((f"{100 * share:g} %", *counts, *medians, f"{100 * found.confined():.1f}%"))
    return Table(
        f"{HEADING}: what counts as confined",
        "The same study with another share of energy asked of the first mode of a region: regions compared, with a spread\n"
        "fundamental, without a confined mode; median errors; modes below their opening that are confined.",
        ("share", "compared", "spread", "without", *NAMES.values(), "confined"),
        rows,
    )


def main(folder: Path = Path("rooms_study.results"), plates: int | None = None) -> StudyStatistics:
    """Write the section and its figures from the first ``plates`` of the study, or all."""
    study = read_study(ROOT / "examples" / "rooms_study.toml")
    whole = len(study.tasks)
    study = replace(study, tasks=study.tasks[:plates])
    outcome = run_study(study, folder, progress=lambda text: print(text, file=sys.stderr))
    found = statistics(outcome.outcomes, confinement=study.confinement)
    save(estimates_figure(found, study.title), DOCS / "pictures" / "study_estimates.png")
    save(localization_figure(found, study.title), DOCS / "pictures" / "study_localization.png")
    put_sections(
        DOCS / "validation.md",
        (estimates_table(found, whole), openings_table(found), definitions_table(outcome.outcomes)),
    )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("rooms_study.results"))
    parser.add_argument("plates", type=int, nargs="?", help="the first ones only")
    main(**vars(parser.parse_args()))
