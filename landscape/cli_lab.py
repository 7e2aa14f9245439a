"""landscape import, predict: from the lab's images to regions and frequencies."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError


def import_(
    captures: list[Path],
    *,
    resume: bool = False,
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> int:
    """Turn the lab's images into the deflection of the plate, with a mask and an uncertainty at every pixel.

    Writes deformation.h5 and stages.png, a picture of every step, for each capture.

    Parameters
    ----------
    captures:
        capture.toml files, or folders with captures anywhere below.
    resume:
        Skip captures whose result was made by this version from the same files.
    no_figures:
        Draw no pictures of the steps.
    folder:
        Output folder; default CAPTURE.results in the current folder.
    """
    from holography.batch import import_many

    folder = folder or Path(f"{_name(captures[0])}.results")
    with output.progress() as progress:
        progress("Importing")
        statuses = import_many(
            captures,
            folder,
            resume=resume,
            figures=not no_figures,
            progress=lambda done, total, status: progress(f"{done} of {total}: {status.capture.parent.name}"),
        )
    failed = [status for status in statuses if status.state == "failed"]
    if len(statuses) == len(failed) == 1:
        raise failed[0].error or InputError(failed[0].message)
    payload = [_plain(status) for status in statuses]
    output.answer({"captures": payload, "folder": str(folder)}, lambda: _import_tables(payload, folder))
    if output.quiet and not output.json:
        for status in failed:
            print(f"landscape: {status.message}", file=sys.stderr)
    return 1 if failed else 0


def _name(path: Path) -> str:
    path = path.resolve()
    return path.parent.name if path.name == "capture.toml" else path.stem


def _plain(status: Any) -> dict[str, Any]:
    return {
        "capture": str(status.capture),
        "state": status.state,
        "output": None if status.output is None else str(status.output),
        "message": status.message,
        "warnings": list(status.warnings),
        "seconds": status.seconds,
        **(status.summary or {}),
    }


def _import_tables(payload: list[dict[str, Any]], folder: Path) -> list[Any]:
    from landscape.printing import import_table, note

    notes = [note(f"{entry['capture']}: {text}") for entry in payload for text in entry["warnings"]]
    return [import_table(payload), *notes, f"Written to {folder}/"]


def predict(
    deformation: Path,
    *,
    persistence: float = 0.05,
    smallest: float = 10.0,
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Predict regions and frequencies from one measured static deflection: no mesh, no stiffness, no mode.

    Writes result.h5, summary.json and figures into the output folder.

    Parameters
    ----------
    deformation:
        The deformation.h5 that landscape import made of a loaded and an unloaded state, or its folder.
    persistence:
        Smallest relative dip of the landscape between two maxima that makes them two regions; noise asks for more.
    smallest:
        Least area of a region, in correlation areas of the noise.
    no_figures:
        Draw no figures.
    folder:
        Output folder; default DEFORMATION.results in the current folder.
    """
    from holography.deformationfile import read_deformation
    from holography.prediction import predict as predict_regions
    from holography.predictionfile import summarize_prediction, write_prediction
    from landscape.files import staged, write_json

    folder = folder or Path(f"{deformation.stem}.results")
    with output.progress() as progress:
        measured = read_deformation(deformation)
        prediction = predict_regions(measured, persistence=persistence, smallest=smallest, progress=progress)
        summary = summarize_prediction(prediction, measured, name=deformation.stem, files=[deformation.name])
        with staged(folder) as place:
            write_prediction(place / "result.h5", prediction, summary)
            write_json(place / "summary.json", summary)
            if not no_figures:
                from holography.figures_predict import draw_prediction

                progress("Drawing")
                draw_prediction(prediction, summary, place / "figures")
    output.answer({**summary, "folder": str(folder)}, lambda: _tables(summary, folder))


def _tables(summary: dict[str, Any], folder: Path) -> list[Any]:
    from landscape.printing import note, region_table

    return [*map(note, summary["warnings"]), region_table(summary), f"Written to {folder}/"]
