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

_MAPS = {
    "raw": "gray",
    "wrapped": "twilight",
    "coherence": "cividis",
    "mask": "gray",
    "residues": "coolwarm",
    "displacement": "RdBu_r",
    "quality": "cividis",
    "sigma": "magma",
}
_PREFIXES = ((1e-9, "n"), (1e-6, "µ"), (1e-3, "m"), (1.0, ""))


def draw_sheet(path: str | os.PathLike[str], stages: Stages) -> Path:
    """Draw all stages on one PNG, warnings below; written whole or not at all. Returns the path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(stages.pictures)
    columns = min(4, count)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(4.2 * columns, 3.3 * rows + 1.0), layout="constrained")
    FigureCanvasAgg(figure)
    for k, (name, (image, unit)) in enumerate(stages.pictures.items()):
        _draw(figure, figure.add_subplot(rows, columns, k + 1), name, np.asarray(image), unit)
    figure.suptitle(stages.title, fontsize=13)
    notes = "\n".join("\n".join(textwrap.wrap(f"• {note}", 45 * columns)) for note in stages.warnings)
    figure.supxlabel(notes or "no warnings", fontsize=9, ha="left", x=0.01)
    target = Path(path)
    with atomic(target) as temporary:
        figure.savefig(temporary, dpi=90)
    return target


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
    title = f"{name}: {np.count_nonzero(image)}" if name == "residues" else name
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=7)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.046)
    bar.set_label(unit, fontsize=8)
    bar.ax.tick_params(labelsize=7)


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
    if name == "displacement":
        high = max(abs(low), abs(high))
        low = -high
    return (low, high) if high > low else (low - 0.5, low + 0.5)
