"""landscape solve."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output


def solve(
    case: Path,
    *,
    modes: int = 20,
    element: Literal["argyris", "morley"] = "argyris",
    persistence: float = 0.05,
    no_figures: bool = False,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Compute where a plate traps its vibrations, and at which frequencies.

    Writes result.h5, summary.json and figures into the output folder.

    Parameters
    ----------
    case:
        A mesh (gmsh, VTK, Abaqus, Nastran; the .toml of the same name beside it is used) or a case .toml.
    modes:
        Number of eigenmodes; 0 for the landscape alone.
    element:
        argyris: quintic and accurate. morley: quadratic, for huge meshes at low accuracy.
    persistence:
        Smallest relative dip of the landscape between two maxima that makes them two regions.
    no_figures:
        Draw no figures.
    folder:
        Output folder; default CASE.results in the current folder.
    """
    from landscape.results import ELEMENTS
    from landscape.solution import SolveOptions
    from landscape.solution import solve as solve_case

    folder = folder or Path(f"{case.stem}.results")
    options = SolveOptions(modes=modes, element=ELEMENTS[element], persistence=persistence)
    with output.progress() as progress:
        solution = solve_case(case, options, progress=progress)
        summary, figures = _store(solution, folder, no_figures, progress)
    output.answer({**summary, "folder": str(folder)}, lambda: _tables(summary, folder, figures))


def _store(solution: Any, folder: Path, no_figures: bool, progress: Any) -> tuple[dict[str, Any], int]:
    """Write the result and its figures into the folder, all or nothing; return the summary and their number."""
    from landscape.files import staged, write_json
    from landscape.results import result_of, write_result

    result = result_of(solution)
    figures = 0
    with staged(folder) as place:
        write_result(result, place / "result.h5")
        write_json(place / "summary.json", result.summary)
        if not no_figures:
            from landscape.figures import draw_all

            progress("Drawing")
            figures = len(draw_all(result, place / "figures"))
    return result.summary, figures


def _tables(summary: dict[str, Any], folder: Path, figures: int) -> list[Any]:
    from landscape.printing import mode_table, region_table

    out: list[Any] = [f"[dim]{text}[/dim]" for text in summary["warnings"]]
    if summary["regions"]:
        out.append(region_table(summary))
    if summary["modes"]:
        out.append(mode_table(summary))
    drawn = f", {figures} figures" if figures else ""
    return [*out, f"Written to {folder}/: result.h5, summary.json{drawn}"]


def with_default_width(argv: list[str]) -> list[str]:
    """Let ``--certify`` stand alone: put its default relative width behind it."""
    out = []
    for k, word in enumerate(argv):
        out.append(word)
        if word == "--certify" and not _is_number(argv[k + 1] if k + 1 < len(argv) else ""):
            out.append("1e-2")
    return out


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
