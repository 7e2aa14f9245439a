"""landscape solve."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import ConvergenceError, InputError

AUTOMATIC = "automatic"


def solve(
    case: Path,
    *,
    modes: int = 20,
    element: Literal["argyris", "morley"] = "argyris",
    persistence: float = 0.05,
    rtol: float | None = None,
    certify: Annotated[str | None, Parameter(name="--certify")] = None,
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
    rtol:
        Refine the mesh until the estimated relative error of every eigenvalue and region is below this.
    certify:
        Bound every eigenvalue from both sides; with a number, refine until the relative width is that.
    no_figures:
        Draw no figures.
    folder:
        Output folder; default CASE.results in the current folder.
    """
    from landscape.results import ELEMENTS
    from landscape.solution import SolveOptions
    from landscape.solution import solve as solve_case

    folder = folder or Path(f"{case.stem}.results")
    options = SolveOptions(
        modes=modes,
        element=ELEMENTS[element],
        persistence=persistence,
        certify=certify is not None,
        width=_width(certify),
    )
    with output.progress() as progress:
        adapted = None if rtol is None else _adapted(case, options, rtol, progress)
        solution = solve_case(case if adapted is None else adapted.case, options, progress=progress)
        if adapted is not None:
            solution = replace(solution, adapted=adapted, warnings=(*solution.warnings, _estimated(adapted)))
        summary, figures = _store(solution, folder, no_figures, progress)
    output.answer({**summary, "folder": str(folder)}, lambda: _tables(summary, folder, figures))
    if adapted is not None and not adapted.reached:
        raise ConvergenceError(
            f"The estimated relative error reached {float(adapted.errors.max(initial=0.0)):.1e}, asked was {rtol:g}.",
            f"The results are kept in {folder}/. The next mesh would not fit into memory.",
        )
    bounds = solution.bounds
    if bounds is not None and not bounds.reached:
        raise ConvergenceError(
            f"The bounds reached a relative width of {bounds.widths.max():.2g}, asked was {bounds.wanted:g}.",
            f"The results are kept in {folder}/. Ask for a wider interval, for fewer modes, or give it more memory.",
        )


def _adapted(case: Path, options: Any, rtol: float, progress: Any) -> Any:
    from landscape.adapt import solve_adaptively
    from landscape.case import read_case

    if options.modes == 0:
        raise InputError("--rtol needs at least one mode.", "Ask for some with --modes.")
    return solve_adaptively(read_case(case), options, rtol, progress=progress)


def _estimated(adapted: Any) -> str:
    """Return in words how accurate the adapted mesh is."""
    worst = float(max(adapted.errors.max(initial=0.0), adapted.region_errors.max(initial=0.0)))
    return (
        f"Mesh refined to {adapted.steps[-1].unknowns} unknowns: estimated relative errors below {worst:.1e}."
    )


def _width(word: str | None) -> float | None:
    """Return the width that ``--certify`` names, None where it names none."""
    if word is None or word == AUTOMATIC:
        return None
    if not _is_number(word):
        raise InputError(f"--certify: needed a relative width such as 1e-3, got {word!r}.")
    return float(word)


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
    """Let ``--certify`` stand alone: put a word for its default width behind it."""
    out = []
    for k, word in enumerate(argv):
        out.append(word)
        following = argv[k + 1] if k + 1 < len(argv) else "--"
        if word == "--certify" and (
            (following[:1] == "-" and not _is_number(following)) or Path(following).exists()
        ):
            out.append(AUTOMATIC)
    return out


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
