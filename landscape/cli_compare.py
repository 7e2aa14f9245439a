"""landscape compare, demo: prediction against measurement, and the whole experiment on a numerical twin."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output


def compare(
    result: Path,
    measurements: list[Path],
    *,
    pose: Literal["auto", "given", "fit"] = "auto",
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Hold a prediction against measured static fields and modes: figures and report.html.

    Parameters
    ----------
    result:
        What landscape solve or landscape predict wrote: a folder or result.h5.
    measurements:
        Deformations .h5 of landscape import, mode shapes .uff, or folders of them.
    pose:
        auto: as the measurement says, else from the outline. given: only as it says. fit: refine it.
    no_figures:
        Write the report alone.
    folder:
        Output folder; default comparison.results in the current folder.
    """
    from holography.comparison import CompareOptions
    from holography.comparison import compare as compare_fields
    from holography.comparison_plate import read_compared
    from holography.comparisonfile import read_measurements
    from holography.report import write_report_folder

    folder = folder or Path("comparison.results")
    with output.progress() as progress:
        progress("Reading")
        found = compare_fields(
            read_compared(result),
            read_measurements(measurements),
            CompareOptions(pose=pose),
            progress=progress,
        )
        report = write_report_folder(found, folder, figures=not no_figures, progress=progress)
    payload = {**found.summary, "folder": str(folder)}
    output.answer(payload, lambda: _tables(found.summary, report))


def _tables(summary: dict[str, Any], report: Path) -> list[Any]:
    from landscape.printing import note, pair_table

    return [*map(note, summary["warnings"]), pair_table(summary), f"Report: {report}"]


def demo(
    *,
    seed: int = 1,
    folder: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("demo.results"),
    output: Output = DEFAULT,
) -> None:
    """Run the whole experiment on a numerical twin of the example plate; every measurement in it is synthetic.

    Parameters
    ----------
    seed:
        Which twin: speckle, hidden stiffness, modes measured.
    folder:
        Output folder.
    """
    from holography.experiment import run_demo

    with output.progress() as progress:
        outcome = run_demo(folder, seed, progress=progress)
    payload = {"report": str(outcome.report), "seed": seed, "synthetic": True, "numbers": outcome.lines()}
    lines = [f"Report: {outcome.report} (all measurements in it are synthetic)", *outcome.lines()]
    output.answer(payload, lambda: lines)
