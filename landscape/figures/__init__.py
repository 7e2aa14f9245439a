"""Figures of a result: the landscape, its modes, its spectrum and its merge tree, drawn from what is stored.

``draw_all`` writes every figure that a result has, as PNG and PDF; each ``…_figure`` returns one as a matplotlib
``Figure``, to be changed or saved as the user likes. Nothing here touches pyplot or its state.
"""

from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from landscape.figures.gallery import PER_PAGE, modes_figure
from landscape.figures.landscape_map import landscape_figure
from landscape.figures.scale import frequencies
from landscape.figures.spectrum import spectrum_figure
from landscape.figures.style import save
from landscape.figures.tree import tree_figure
from landscape.results import Result

__all__ = ["draw_all", "landscape_figure", "modes_figure", "spectrum_figure", "tree_figure"]

FORMATS = ("png", "pdf")


def draw_all(result: Result, folder: str | Path, *, formats: tuple[str, ...] = FORMATS) -> list[Path]:
    """Write all figures of a result into a folder and return their paths.

    landscape, spectrum (if there are frequencies) and merge_tree when the plate is held; modes, modes_2, … twenty to a page. Each file is
    written whole or not at all. Raises ``InputError`` when the folder cannot be written to.
    """
    folder = Path(folder)
    paths = []
    for name, figure in _figures(result):
        paths += [save(figure, folder / f"{name}.{suffix}") for suffix in formats]
    return paths


def _figures(result: Result) -> Iterator[tuple[str, Figure]]:
    if result.regions is not None:
        yield "landscape", landscape_figure(result)
    for first in range(1, result.modes.shape[1] + 1, PER_PAGE):
        page = first // PER_PAGE + 1
        yield "modes" if page == 1 else f"modes_{page}", modes_figure(result, first=first)
    if result.regions is not None:
        if frequencies(result):
            yield "spectrum", spectrum_figure(result)
        yield "merge_tree", tree_figure(result)
