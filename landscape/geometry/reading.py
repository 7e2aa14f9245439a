"""Drawing files -> ``Outline``."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from landscape.errors import InputError, MissingDependencyError
from landscape.geometry.checks import check_outline
from landscape.geometry.dxf import read_dxf
from landscape.geometry.measured import read_mask
from landscape.geometry.outline import Outline
from landscape.geometry.picture import read_picture
from landscape.geometry.svg import read_svg

PICTURES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg")
STEP = (".step", ".stp")
MEASURED = (".h5", ".hdf5")
DRAWINGS = (".dxf", ".svg", *PICTURES, *MEASURED)
"""Files that ``read_drawing`` reads; STEP goes to ``mesh_step``, TOML to ``landscape.case``."""


TAKEN_BY = {
    "unit": (".dxf", ".svg"),
    "pixel_size": (*PICTURES, *MEASURED),
    "tolerance": (*PICTURES, *MEASURED),
}
OTHERS = {
    **dict.fromkeys(STEP, 'A case takes it as its mesh: mesh = "plate.step" instead of [outline].'),
    ".msh": "It is a mesh already: landscape solve takes it as it is.",
    ".geo": "Mesh it with gmsh: gmsh -2 plate.geo.",
    ".toml": "Needed a drawing; a case stands by itself.",
}


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
    if not path.is_file():
        what = "is a folder, needed the drawing itself" if path.is_dir() else "no such file"
        raise InputError(f"{path}: {what}.", "Check the name and the folder.")
    if suffix not in DRAWINGS:
        advice = OTHERS.get(suffix, f"Needed TOML, STEP or one of {', '.join(DRAWINGS)}.")
        raise InputError(
            f"{path}: {suffix or 'a file without an ending'} is no drawing to be read here.", advice
        )
    refuse_idle(path, {name: value is not None for name, value in vars(options).items()})
    with naming(path):
        return check_outline(_read(path, suffix, options))


def refuse_idle(path: Path, given: Mapping[str, bool]) -> None:
    """Refuse an option that is ``given`` and says nothing about a file of this kind."""
    suffix = path.suffix.lower()
    for name in [name for name in given if given[name] and suffix not in TAKEN_BY[name]]:
        raise InputError(
            f"{path}: {name.replace('_', ' ')} says nothing about a {suffix} file.",
            f"It belongs to {', '.join(TAKEN_BY[name])}; leave it out.",
        )


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the name of a file before an ``InputError`` that does not hold it."""
    try:
        yield
    except MissingDependencyError:
        raise
    except InputError as error:
        if str(path) in error.message:
            raise
        raise InputError(f"{path}: {error.message}", error.advice) from None


def _read(path: Path, suffix: str, options: ReadOptions) -> Outline:
    if suffix == ".dxf":
        return read_dxf(path, unit=options.unit)
    if suffix == ".svg":
        return read_svg(path, unit=options.unit)
    if suffix in MEASURED:
        return read_mask(path, pixel_size=options.pixel_size, tolerance=options.tolerance)
    if options.pixel_size is None:
        raise InputError(
            f"{path}: a mask needs the size of a pixel on the plate.",
            'Give --pixel-size 0.25mm, or pixel_size = "0.25 mm" in [outline].',
        )
    return read_picture(path, pixel_size=options.pixel_size, tolerance=options.tolerance)
