"""landscape import, predict: from the lab's images to regions and frequencies."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output


def predict(
    deformation: Path,
    *,
    persistence: float = 0.05,
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Predict regions and frequencies from one measured static deflection: no mesh, no stiffness, no mode.

    Writes result.h5, summary.json and figures into the output folder.

    Parameters
    ----------
    deformation:
        A deformation .h5 that landscape import made of a loaded and an unloaded state.
    persistence:
        Smallest relative dip of the landscape between two maxima that makes them two regions; noise asks for more.
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
        prediction = predict_regions(measured, persistence=persistence, progress=progress)
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
    from landscape.printing import region_table

    notes = [f"[yellow]{text}[/yellow]" for text in summary["warnings"]]
    return [*notes, region_table(summary), f"Written to {folder}/"]


