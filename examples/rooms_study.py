"""500 plates of random rooms: what one static deflection predicts, and what the modes do.

Every plate is a clamped rectangle cut by clamped walls with doors. Its landscape tells regions, their first frequencies by
four rules, and where each opens to its neighbours; the computed modes tell what is true of that. Run it again to go on
where it was stopped; ``landscape study examples/rooms_study.toml`` does the same.

    python examples/rooms_study.py [FOLDER] [PLATES]
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from landscape.study import read_study
from landscape.study_run import run_study
from landscape.study_statistics import StudyStatistics, estimate_rows, opening_rows, statistics

STUDY = Path(__file__).with_suffix(".toml")


def main(
    folder: Path | None = None, plates: int | None = None, workers: int | None = None
) -> StudyStatistics:
    """Solve the first ``plates`` of the study, or all, and compare. Outcomes stay in ``folder``, or nowhere."""
    if folder is None:
        with tempfile.TemporaryDirectory() as place:
            return main(Path(place), plates, workers)
    study = read_study(STUDY)
    study = replace(study, tasks=study.tasks[:plates])
    outcome = run_study(study, folder, workers=workers, progress=lambda text: print(text, file=sys.stderr))
    return statistics(outcome.outcomes, confinement=study.confinement)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", help="where the outcomes stay")
    parser.add_argument("plates", type=int, nargs="?", help="the first ones only")
    found = main(**vars(parser.parse_args()))
    print(
        f"{found.plates} plates, {found.failed} failed; {len(found.openness)} of {found.regions} regions compared"
    )
    print(f"{100 * found.confined():.1f}% of the modes below the opening of their region stay in it")
    print("estimate, regions, median error, 90% within, worst", *estimate_rows(found), sep="\n")
    print(
        "frequency / opening, modes, confined, first modes, 90% within: peak, Rayleigh, Schwarz",
        *opening_rows(found),
        sep="\n",
    )
