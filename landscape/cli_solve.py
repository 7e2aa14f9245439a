"""landscape solve."""

from collections.abc import Callable
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
    landscape: Literal["static", "absolute", "l2"] = "static",
    engine: Literal["scipy", "pardiso", "petsc"] = "scipy",
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
    landscape:
        static: one deflection, which bounds modes as a rule. absolute, l2: bound them by a theorem, one solve per vertex.
    engine:
        What factors the matrices: scipy is there always, pardiso is an extra, faster and leaner on large meshes, petsc
        spreads one plate over the ranks of mpirun.
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
        landscape=landscape,
        engine=engine,
        rtol=rtol,
        certify=certify is not None,
        width=_width(certify),
    )

    def work() -> None:
        with output.progress() as progress:
            solution = solve_case(case, options, progress=progress, announce=output.announce)
            summary, figures = _store(solution, folder, no_figures, progress)
        output.answer({**summary, "folder": str(folder)}, lambda: _tables(summary, folder, figures))
        _check_reached(solution, folder)

    _on_ranks(work, case, options) if engine == "petsc" else work()


def _on_ranks(work: Callable[[], None], case: Path, options: Any) -> None:
    """Do the work on the first rank, with the help of the others; these end quietly, with the same exit code."""
    from landscape.distributed import on_ranks
    from landscape.ranks import exit_code, is_quiet

    try:
        on_ranks(work, case, options)
    except Exception as error:
        if is_quiet(error):
            raise SystemExit(exit_code(error)) from None
        raise


def _check_reached(solution: Any, folder: Path) -> None:
    """Raise ``ConvergenceError`` when a wanted accuracy was not reached."""
    adapted, bounds = solution.adapted, solution.bounds
    if adapted is not None and not adapted.reached:
        raise ConvergenceError(
            f"The estimated relative error reached {adapted.worst:.1e}, asked was {adapted.rtol:g}.",
            f"The results are kept in {folder}/. {adapted.reason}",
        )
    if solution.unbounded:
        raise ConvergenceError(
            f"No bounds: {solution.unbounded}", f"The results are kept in {folder}/, without bounds."
        )
    if bounds is not None and not bounds.reached:
        raise ConvergenceError(
            f"The bounds reached a relative width of {bounds.widths.max():.2g}, asked was {bounds.wanted:g}.",
            f"The results are kept in {folder}/. Ask for a wider interval, for fewer modes, or give it more memory.",
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
