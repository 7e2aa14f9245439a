"""landscape info, landscape export."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError


def info(file: Path, *, output: Output = DEFAULT) -> None:
    """Tell what a file holds: a result, a mesh, a case.

    Parameters
    ----------
    file:
        A result folder, result.h5, summary.json, a mesh or a case .toml.
    """
    from landscape.printing import facts_table

    facts = _facts(file)
    payload: dict[str, Any] = {}
    for name, text in facts:
        payload.setdefault(name, []).append(text)
    output.answer({k: v[0] if len(v) == 1 else v for k, v in payload.items()}, lambda: [facts_table(facts)])


def _facts(file: Path) -> list[tuple[str, str]]:
    from landscape.printing import case_facts, result_facts

    if not file.exists():
        raise InputError(f"{file}: there is no such file.")
    if file.is_dir() or file.suffix in (".h5", ".hdf5"):
        from landscape.results import read_result

        return result_facts(read_result(file))
    if file.suffix == ".json":
        return _summary_facts(file)
    from landscape.case import read_case

    return case_facts(read_case(file))


def _summary_facts(file: Path) -> list[tuple[str, str]]:
    from landscape.summary import check_schema

    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"{file}: not a summary.json ({error}).") from None
    if not isinstance(summary, dict):
        raise InputError(f"{file}: not a summary.json of this program.")
    check_schema(summary, str(file))
    counts = [(key, str(len(summary[key]))) for key in ("regions", "passes", "modes") if key in summary]
    return [("what", f"summary of landscape {summary.get('kind')} ({summary['schema']})"), *counts]


def export(
    result: Path,
    *,
    to: Literal["vtu", "csv"],
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Write a result for other programs.

    Parameters
    ----------
    result:
        A result folder or result.h5.
    to:
        vtu: mesh, landscape, regions and modes for ParaView. csv: tables of regions, passes and modes.
    folder:
        Where to write; default beside the result.
    """
    from landscape.export import export as write
    from landscape.results import read_result

    place = folder or (result if result.is_dir() else result.parent)
    paths = write(read_result(result), to, place)
    output.answer({"written": [str(p) for p in paths]}, lambda: [f"Written: {', '.join(map(str, paths))}"])
