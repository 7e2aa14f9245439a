"""landscape info, landscape export."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError
from landscape.files import result_file

Facts = list[tuple[str, str]]
IMAGES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".npy", ".npz", ".mat", ".holo", ".dat")


def info(file: Path, *, output: Output = DEFAULT) -> None:
    """Tell what a file holds: a result, a deformation, a mesh, a case, a capture, an image.

    Parameters
    ----------
    file:
        A result folder, a result or deformation .h5, summary.json, a mesh, a case or capture .toml, a camera image.
    """
    from landscape.printing import facts_table

    facts = _facts(file)
    payload: dict[str, Any] = {}
    for name, text in facts:
        payload.setdefault(name, []).append(text)
    output.answer({k: v[0] if len(v) == 1 else v for k, v in payload.items()}, lambda: [facts_table(facts)])


def _facts(file: Path) -> Facts:
    from landscape.printing import case_facts

    if not file.exists():
        raise InputError(f"{file}: there is no such file.")
    suffix = file.suffix.lower()
    if (file / "deformation.h5").is_file():
        return _hdf5_facts(file / "deformation.h5")
    if (file / "capture.toml").is_file():
        return _capture_facts(file)
    if file.is_dir() or suffix in (".h5", ".hdf5"):
        return _hdf5_facts(result_file(file))
    if suffix == ".json":
        return _summary_facts(file)
    if suffix in IMAGES:
        return _image_facts(file)
    if suffix == ".toml" and _is_capture(file):
        return _capture_facts(file)
    from landscape.case import read_case

    return case_facts(read_case(file))


def _hdf5_facts(file: Path) -> Facts:
    """Tell apart the HDF5 files of this program by their attributes."""
    import h5py

    from landscape.printing import result_facts, summary_facts
    from landscape.results import read_result

    if not file.is_file():
        raise InputError(
            f"{file}: there is no such result file.", "Name a result folder, or the file itself."
        )
    try:
        with h5py.File(file, "r") as opened:
            kind = str(opened.attrs.get("kind", ""))
            schema = str(opened.attrs.get("schema", ""))
            measured = "displacement" in opened
            mine = measured or bool(schema)
    except OSError as error:
        raise InputError(f"{file}: damaged or not HDF5 ({error}).") from None
    if not mine:
        return _image_facts(file)
    if measured:
        from landscape.cli_facts import deformation_facts

        return deformation_facts(file)
    if kind == "compare":
        from holography.comparisonfile import read_comparison

        return summary_facts(read_comparison(file).summary)
    if kind == "predict":
        from holography.predictionfile import read_prediction

        return summary_facts(read_prediction(file)[1])
    return result_facts(read_result(file))


def _image_facts(file: Path) -> Facts:
    from holography.images import read_frames

    read = read_frames([file])
    count, rows, columns = read.values.shape
    depth = "floating point" if read.bits is None else f"{read.bits} bit"
    return [
        ("what", f"{count} camera frame(s) of {columns} × {rows} pixels, {depth}"),
        *((name, _text(value)) for name, value in read.metadata.items()),
        *(("note", text) for text in read.warnings),
    ]


def _is_capture(file: Path) -> bool:
    try:
        return "kind" in tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError):
        return False


def _capture_facts(file: Path) -> Facts:
    from landscape.cli_facts import capture_facts

    return capture_facts(file)


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _summary_facts(file: Path) -> Facts:
    from landscape.printing import summary_facts
    from landscape.summary import check_schema

    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"{file}: not a summary.json ({error}).") from None
    if not isinstance(summary, dict):
        raise InputError(f"{file}: not a summary.json of this program.")
    check_schema(summary, str(file))
    return summary_facts(summary)


def figures(
    result: Path,
    *,
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Draw the figures of a result again, from its HDF5 file alone.

    Parameters
    ----------
    result:
        A result folder or result.h5, of solve or predict.
    folder:
        Where to draw; default figures/ beside the result.
    """
    file = result_file(result)
    place = folder or file.parent / "figures"
    with output.progress() as progress:
        progress("Drawing")
        paths = _draw(file, place)
    output.answer({"written": [str(p) for p in paths]}, lambda: [f"Written: {', '.join(map(str, paths))}"])


def _draw(file: Path, place: Path) -> list[Path]:
    from holography.comparisonfile import is_comparison

    if file.is_file() and is_comparison(file):
        from holography.comparisonfile import read_comparison
        from holography.figures_compare import draw_comparison

        return draw_comparison(read_comparison(file), place)
    if any(name == "what" and "predict" in text for name, text in _hdf5_facts(file)):
        from holography.figures_predict import draw_prediction
        from holography.predictionfile import read_prediction

        return draw_prediction(*read_prediction(file), place)
    from landscape.figures import draw_all
    from landscape.results import read_result

    return draw_all(read_result(file), place)


def export(
    result: Path,
    *,
    to: Literal["vtu", "csv", "uff"],
    folder: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    output: Output = DEFAULT,
) -> None:
    """Write a result for other programs.

    Parameters
    ----------
    result:
        A result folder or result.h5; for uff also the deformation.h5 of a measured mode.
    to:
        vtu: mesh, landscape, regions and modes for ParaView. csv: tables of regions, passes and modes.
        uff: mode shapes (UFF 55) for modal-analysis tools.
    folder:
        Where to write; default beside the result.
    """
    from landscape.export import export as write
    from landscape.results import read_result

    place = folder or (result if result.is_dir() else result.parent)
    measured = result.is_file() and _is_deformation(result)
    paths = [_export_measured(result, to, place)] if measured else write(read_result(result), to, place)
    output.answer({"written": [str(p) for p in paths]}, lambda: [f"Written: {', '.join(map(str, paths))}"])


def _is_deformation(file: Path) -> bool:
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            return "displacement" in opened
    except OSError:
        return False


def _export_measured(file: Path, to: str, place: Path) -> Path:
    from holography.comparison_export import export_measured
    from holography.deformationfile import read_deformation

    if to != "uff":
        raise InputError(f"{file}: a measured deformation exports to uff, not to {to}.")
    return export_measured(read_deformation(file), place / f"{file.stem}.uff", name=file.stem)
