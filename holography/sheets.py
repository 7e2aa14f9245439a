"""One sheet per capture: a picture of every stage with its colour bar, so that a bad measurement is seen."""

import math
import os
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from holography.pipeline import Stages
from landscape.files import atomic

LARGEST = 500
"""Pixels a side of a drawn picture; larger ones are thinned."""

DPI = 110

_MAPS = {
    "raw": "gray",
    "wrapped": "twilight",
    "coherence": "cividis",
    "mask": "gray",
    "residues": "coolwarm",
    "argument of J0": "RdBu_r",
    "displacement": "RdBu_r",
    "quality": "cividis",
    "sigma": "magma",
}
_TITLES = {"residues": "residues before the filter: {}", "sigma": "σ of the displacement"}
_BALANCED = ("displacement", "argument of J0")
"""Stages whose colours are centred on zero."""
_PREFIXES = ((1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""))


def draw_sheet(path: str | os.PathLike[str], stages: Stages) -> Path:
    """Draw all stages on one PNG, warnings below; written whole or not at all. Returns the path."""
    import matplotlib.style

    from landscape.figures.style import STYLE

    target = Path(path)
    with matplotlib.style.context(["default", STYLE, {"font.size": 9}]), atomic(target) as temporary:
        _sheet(stages).savefig(temporary, dpi=DPI)
    return target


def _sheet(stages: Stages) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(stages.pictures)
    columns = min(4, count)
    rows = math.ceil(count / columns)
    shape = next(iter(stages.pictures.values()))[0].shape
    tall = float(np.clip(3.3 * shape[0] / shape[1], 1.4, 4.5)) + 0.7
    lines = [line for note in stages.warnings for line in textwrap.wrap(f"• {note}", 38 * columns)]
    figure = Figure(figsize=(4.2 * columns, tall * rows + 0.5 + 0.17 * len(lines)), layout="constrained")
    FigureCanvasAgg(figure)
    for k, (name, (image, unit)) in enumerate(stages.pictures.items()):
        axes = figure.add_subplot(rows, columns, k + 1)
        _draw(figure, axes, name, np.asarray(image), unit)
        if k + columns >= count:
            axes.set_xlabel("column (pixel)")
        if k % columns == 0:
            axes.set_ylabel("row (pixel)")
    figure.suptitle(stages.title, fontsize=13)
    figure.supxlabel("\n".join(lines) or "no warnings", fontsize=9, ha="left", x=0.01)
    return figure


def _draw(figure: Any, axes: Any, name: str, image: npt.NDArray[Any], unit: str) -> None:
    step = max(1, math.ceil(max(image.shape) / LARGEST))
    extent = (-0.5, image.shape[1] - 0.5, image.shape[0] - 0.5, -0.5)
    shown = _spread(image) if name == "residues" else image
    shown = shown[::step, ::step].astype(float)
    factor, unit = _scaled(shown, unit)
    low, high = _limits(name, shown / factor)
    drawn = axes.imshow(
        shown / factor,
        cmap=_MAPS.get(name, "viridis"),
        vmin=low,
        vmax=high,
        extent=extent,
        interpolation="nearest",
    )
    axes.set_title(_TITLES.get(name, name).format(np.count_nonzero(image)))
    if name == "mask":
        axes.set_title(f"mask (white = valid): {100 * np.mean(image):.1f}% of the picture")
        return
    bar = figure.colorbar(drawn, ax=axes, fraction=0.046)
    bar.ax.set_title(unit, fontsize=8)
    if name == "wrapped":
        bar.set_ticks([-np.pi, 0, np.pi], labels=["−π", "0", "π"])
    elif name == "residues":
        bar.set_ticks([-1, 0, 1])
    elif name == "dark fringes":
        bar.set_ticks(range(int(high) + 1))


def _spread(residues: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Residues made three pixels wide, to be seen."""
    from scipy import ndimage

    return ndimage.maximum_filter(residues, 5) + ndimage.minimum_filter(residues, 5)


def _scaled(image: npt.NDArray[Any], unit: str) -> tuple[float, str]:
    if unit != "m" or not np.isfinite(image).any():
        return 1.0, unit
    size = float(np.nanpercentile(np.abs(image), 99))
    factor, prefix = next((p for p in reversed(_PREFIXES) if size >= p[0]), _PREFIXES[0])
    return factor, f"{prefix}m"


def _limits(name: str, image: npt.NDArray[Any]) -> tuple[float, float]:
    if name == "wrapped":
        return -np.pi, np.pi
    if name in ("coherence", "quality", "mask"):
        return 0.0, 1.0
    if name == "residues":
        return -1.0, 1.0
    finite = image[np.isfinite(image)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(finite, [0.5, 99.5]))
    if name == "sigma":
        low = 0.0
    if name in _BALANCED:
        high = max(abs(low), abs(high))
        low = -high
    return (low, high) if high > low else (low - 0.5, low + 0.5)
