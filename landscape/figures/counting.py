"""How many modes lie below a frequency: counted, by Weyl's law, and by the landscape's boxes."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from landscape.figures.style import BLUE, GREEN, INK, VERMILION, WIDTH, add_axes, new_figure, styled, title_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """The counts at ``frequencies`` (m,) ω/2π: ``modes``, ``weyl`` with one and ``two_terms``, ``boxes`` (a heuristic)."""

    name: str
    frequencies: Array
    modes: Array
    weyl: Array
    two_terms: Array
    boxes: Array
    unit: str = "Hz"


@styled
def counting_figure(counts: Counts) -> Figure:
    """Draw N(ω): the staircase of computed modes, Weyl's law with one and two terms, and the landscape's boxes."""
    figure = new_figure(WIDTH, 82)
    axes = add_axes(figure, 14, 8, WIDTH - 20, 62)
    axes.step(counts.frequencies, counts.modes, where="post", color=INK, lw=1.2, label="computed modes")
    axes.plot(counts.frequencies, counts.weyl, color=GREEN, lw=0.9, ls="--", label="Weyl, area alone")
    axes.plot(counts.frequencies, counts.two_terms, color=BLUE, lw=1.1, label="Weyl, area and edges")
    axes.plot(
        counts.frequencies, counts.boxes, color=VERMILION, lw=1.1, ls=":", label="landscape boxes (heuristic)"
    )
    axes.set_xlim(counts.frequencies[0], counts.frequencies[-1])
    axes.set_ylim(0, 1.3 * max(float(counts.modes.max()), 1.0))
    axes.set_xlabel(
        f"Frequency $\\omega/2\\pi$ ({counts.unit})" if counts.unit else "Frequency $\\omega/2\\pi$"
    )
    axes.set_ylabel("Modes below")
    axes.legend(loc="lower right")
    axes.set_title(title_of(counts.name, "modes below a frequency"), loc="left", pad=4)
    return figure
