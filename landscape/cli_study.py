"""landscape study."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from landscape.study_run import StudyOutcome
    from landscape.study_statistics import StudyStatistics


def study(
    description: Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Solve many plates: a random family, a list of files, or one case over a grid of its parameters.

    Writes study.csv (a row for every region: its estimates and its first mode), modes.csv and figures; Parquet too
    where pyarrow is installed. Run it again to go on where it was stopped: what is solved is kept.

    A study.toml holds one of three:

        [family]                                    # seeded random plates
        kind = "rooms"
        count = 500

        files = ["a.msh", "b.toml", "more/*.msh"]   # files

        case = "plate.toml"                         # a case, its keys varied
        [grid]
        "plate.thickness" = ["0.4 mm", "0.5 mm"]
        "outline.walls.0.points.1" = [[100, 60], [100, 70]]

    and, before any table, title, modes (20), persistence (0.05) and confinement (0.9), the share of its energy in a
    region that makes a mode confined there.

    Parameters
    ----------
    description:
        A study.toml as above.
    workers:
        Local processes; default one per core.
    scheduler:
        Address of a dask scheduler to use instead, such as tcp://host:8786; its workers need the package, one thread
        each and, for files and cases, the same folders.
    no_figures:
        Draw no figures.
    folder:
        Output folder; default STUDY.results in the current folder.
    """
    from landscape.study import read_study
    from landscape.study_run import run_study
    from landscape.study_statistics import statistics

    if workers is not None and workers < 1:
        raise InputError(f"--workers: needed 1 or more, got {workers}.")
    if workers is not None and scheduler is not None:
        raise InputError("--workers are local processes, which --scheduler replaces.", "Give one of the two.")
    plan = read_study(description)
    folder = folder or Path(f"{description.stem}.results")
    with output.progress() as progress:
        outcome = run_study(plan, folder, workers=workers, scheduler=scheduler, progress=progress)
        if len(outcome.failed) == len(outcome.outcomes):
            first = outcome.failed[0]
            raise InputError(
                f"None of the {len(outcome.failed)} plates could be solved; {first['name']}: {first['message']}"
            )
        found = statistics(outcome.outcomes, confinement=plan.confinement)
        if not no_figures:
            from landscape.figures.study import draw_study

            progress("Drawing")
            draw_study(found, plan.title, folder)
    output.answer(_payload(outcome, found), lambda: [*_tables(outcome, found), f"Written to {folder}/"])


def _payload(outcome: "StudyOutcome", found: "StudyStatistics") -> dict[str, Any]:
    from landscape.study_statistics import quantiles
    from landscape.summary import plain

    names = ("median", "within_90", "worst")
    payload: dict[str, Any] = plain(
        {
            "plates": found.plates,
            "failed": [{"name": bad["name"], "message": bad["message"]} for bad in outcome.failed],
            "resumed": outcome.resumed,
            "regions": {
                "all": found.regions,
                "compared": len(found.openness),
                "spread": found.spread,
                "without_mode": found.missing,
            },
            "errors": {
                name: dict(zip(names, quantiles(errors), strict=True))
                for name, errors in found.errors.items()
            },
            "bracket": found.bracket,
            "confined_below_opening": found.confined(),
            "tables": [str(path) for path in outcome.tables],
        }
    )
    return payload


def _tables(outcome: "StudyOutcome", found: "StudyStatistics") -> "list[Table]":
    from rich.table import Table

    from landscape.printing import facts_table
    from landscape.study_statistics import estimate_rows

    compared = f"{len(found.openness)} of {found.regions} have a first mode to compare with"
    facts = [
        ("plates", f"{found.plates}, {len(outcome.failed)} failed, {outcome.resumed} done before"),
        ("regions", f"{compared}; {found.spread} spread over rooms, {found.missing} without a confined mode"),
    ]
    facts += [("failed", f"{bad['name']}: {bad['message']}") for bad in outcome.failed[:10]]
    if len(outcome.failed) > 10:
        facts.append(("", f"{len(outcome.failed) - 10} more in study.csv"))
    errors = Table(title="Estimates against first modes, errors in frequency", title_justify="left")
    for heading in ("estimate", "regions", "median", "90% within", "worst"):
        errors.add_column(heading, justify="left" if heading == "estimate" else "right")
    rows = estimate_rows(found)
    for row in rows:
        errors.add_row(*row)
    below = found.confined()
    if below == below:  # not NaN: there is such a mode
        text = f"{100 * below:.1f}% of modes keep {100 * found.threshold:g}% of their energy in one region"
        facts.append(("below opening", text))
    return [facts_table(facts), *([errors] if rows else [])]
