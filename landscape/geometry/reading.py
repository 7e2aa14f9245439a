"""Drawing files -> ``Outline``."""

from dataclasses import dataclass
from pathlib import Path

from landscape.errors import InputError
from landscape.geometry.checks import check_outline
from landscape.geometry.dxf import read_dxf
from landscape.geometry.outline import Outline
from landscape.geometry.picture import read_picture
from landscape.geometry.svg import read_svg

PICTURES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg")
STEP = (".step", ".stp")
DRAWINGS = (".dxf", ".svg", *PICTURES)
"""Files that ``read_drawing`` reads; STEP goes to ``mesh_step``, TOML to ``landscape.case``."""


@dataclass(frozen=True)
class ReadOptions:
    """``unit``: a drawing unit in m, where the file does not say; ``pixel_size`` and ``tolerance`` of a mask, in m."""

    unit: float | None = None
    pixel_size: float | None = None
    tolerance: float | None = None


def read_drawing(path: str | Path, options: ReadOptions | None = None) -> Outline:
    """Return the checked outline in a DXF, SVG or picture file, in m.

    Raises ``InputError`` naming the file for one that is missing, unreadable, or draws no plate.
    """
    path, options = Path(path), options or ReadOptions()
    suffix = path.suffix.lower()
    if suffix not in DRAWINGS:
        raise InputError(
            f"{path}: {suffix or 'a file without an ending'} is no drawing that can be read.",
            f"Needed TOML, STEP or one of {', '.join(DRAWINGS)}.",
        )
    if not path.is_file():
        raise InputError(f"{path}: no such file.", "Check the name and the folder.")
    try:
        return check_outline(_read(path, suffix, options))
    except InputError as error:
        if str(path) in error.message:
            raise
        raise InputError(f"{path}: {error.message}", error.advice) from None


def _read(path: Path, suffix: str, options: ReadOptions) -> Outline:
    if suffix == ".dxf":
        return read_dxf(path, unit=options.unit)
    if suffix == ".svg":
        return read_svg(path, unit=options.unit)
    if options.pixel_size is None:
        raise InputError(
            f"{path}: a mask needs the size of a pixel on the plate.", 'Give pixel_size = "0.25 mm".'
        )
    return read_picture(path, pixel_size=options.pixel_size, tolerance=options.tolerance)
