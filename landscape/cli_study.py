"""landscape study."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError


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

    Writes plates.csv, regions.csv, modes.csv and figures. Run it again to go on where it was stopped.

    Parameters
    ----------
    description:
        A study.toml with [family], files, or case and [grid].
    workers:
        Local processes; default one per core.
    scheduler:
        Address of a dask scheduler to use instead, such as tcp://host:8786.
    no_figures:
        Draw no figures.
    folder:
        Output folder; default STUDY.results in the current folder.
    """
    from landscape.printing import facts_table
    from landscape.study import read_study
    from landscape.study_run import run_study
    from landscape.study_table import statistics

    if workers is not None and workers < 1:
        raise InputError(f"--workers: needed 1 or more, got {workers}.")
    folder = folder or Path(f"{description.stem}.results")
    plan = read_study(description)
    with output.progress() as progress:
        outcome = run_study(plan, folder, workers=workers, scheduler=scheduler, progress=progress)
        found = statistics(outcome.outcomes)
        if not no_figures:
            from landscape.figures.study import draw_study

            progress("Drawing")
            draw_study(found, plan.title, folder / "figures")
    facts = [("plates", f"{found.plates}, {found.failed} failed, {outcome.resumed} done before")]
    facts += [("failed", f"{bad['name']}: {bad['message']}") for bad in outcome.failed[:10]]
    facts += [
        (name, f"median error {100 * float(_median(errors)):+.2f}% over {len(errors)} regions")
        for name, errors in found.errors.items()
    ]
    payload = {
        "plates": found.plates,
        "failed": [{"name": bad["name"], "message": bad["message"]} for bad in outcome.failed],
        "resumed": outcome.resumed,
        "median_error": {name: _median(errors) for name, errors in found.errors.items()},
        "tables": [str(path) for path in outcome.tables],
    }
    output.answer(payload, lambda: [facts_table(facts), f"Written to {folder}/"])


def _median(errors: object) -> float:
    import numpy as np

    values = np.asarray(errors, dtype=float)
    return float(np.median(values)) if len(values) else 0.0
