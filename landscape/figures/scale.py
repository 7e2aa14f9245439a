"""Units of the axes, and ticks of frequency axes."""

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from landscape.topography.regions import Regions

WIDE = 5.0  # ratio of the ends of a frequency axis above which its ticks are 1, 1.5, 2, 3, 5, 7, 10
VERY_WIDE = 30.0  # and then 1, 2, 5, 10
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NONDIMENSIONAL = " (ℓ: length unit of the mesh)"


class Drawable(Protocol):
    """What figures without a mesh need of a result, computed or measured."""

    @property
    def summary(self) -> dict[str, Any]:
        """The contents of summary.json."""
        ...

    @property
    def regions(self) -> Regions | None:
        """Regions and passes, None without a landscape."""
        ...

    @property
    def name(self) -> str:
        """The name of the case."""
        ...

    @property
    def units(self) -> str:
        """``SI`` or ``nondimensional``."""
        ...

    @property
    def extent(self) -> float:
        """The longer side of the plate."""
        ...


@dataclass(frozen=True)
class Drawn:
    """A summary that is no solve result, a prediction or a comparison, as the figures of results take it."""

    summary: dict[str, Any]
    extent: float
    regions: Regions | None = None

    @property
    def name(self) -> str:
        """The name of the input."""
        return str(self.summary["input"]["name"])

    @property
    def units(self) -> str:
        """``SI`` or ``nondimensional``."""
        return str(self.summary["units"])


@dataclass(frozen=True)
class Scale:
    """What axes show: value × factor, with the unit in words, of lengths, frequencies and the landscape.

    ``note``: what the units stand for, when that needs saying.
    """

    length: float
    length_unit: str
    frequency: float
    frequency_unit: str
    landscape: float
    landscape_unit: str
    note: str = ""

    def number(self, frequency: float) -> str:
        """Return a frequency with four significant digits, without its unit."""
        value = frequency * self.frequency
        digits = 3 - math.floor(math.log10(value)) if value > 0 else 0
        return f"{round(value, digits):.{max(0, digits)}f}"

    def hertz(self, frequency: float) -> str:
        """Return a frequency with four significant digits and its unit, if that is a short one."""
        return (
            f"{self.number(frequency)} {self.frequency_unit}" if self.note == "" else self.number(frequency)
        )


def scale_of(result: Drawable) -> Scale:
    """Choose units for a result.

    A non-dimensional plate has lengths in units ℓ of its mesh, frequencies ω/2π in √(D/ρh)/ℓ² and a landscape
    in ρh ℓ⁴/D.
    """
    maximum = float(result.summary["landscape"]["maximum"]) if result.summary["landscape"] else 0.0
    power = 3 * math.floor(math.log10(maximum) / 3) if maximum > 0 else 0
    tens = f"10{str(power).translate(SUPERSCRIPT)} " if power else ""
    if result.units != "SI":
        return Scale(1.0, "ℓ", 1.0, "√(D/ρh) / ℓ²", 10.0**-power, f"{tens}ρhℓ⁴/D", NONDIMENSIONAL)
    length, length_unit = _unit(result.extent, ((5, 1.0, "m"), (2e-3, 1e3, "mm"), (0, 1e6, "µm")))
    middle = float(np.median(found)) if (found := frequencies(result)) else 1.0
    frequency, frequency_unit = _unit(middle, ((3e6, 1e-6, "MHz"), (3e3, 1e-3, "kHz"), (0, 1.0, "Hz")))
    return Scale(length, length_unit, frequency, frequency_unit, 10.0**-power, f"{tens}s²")


def frequencies(result: Drawable) -> list[float]:
    """Return every frequency (Hz) that is predicted or computed."""
    found = [f for region in result.summary["regions"] for f in region["frequency"].values()]
    return [f for f in (*found, *(mode["frequency"] for mode in result.summary["modes"])) if f]


def _unit(value: float, units: tuple[tuple[float, float, str], ...]) -> tuple[float, str]:
    return next((factor, word) for least, factor, word in units if value >= least)


def frequency_axis(axes: Axes, which: Literal["x", "y"], low: float, high: float) -> None:
    """Make an axis logarithmic from ``low`` to ``high`` with ticks in plain numbers."""
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    axis = axes.xaxis if which == "x" else axes.yaxis
    wide = high / low
    steps = (1, 2, 5) if wide > VERY_WIDE else (1, 1.5, 2, 3, 5, 7)
    axis.set_major_locator(LogLocator(subs=steps) if wide > WIDE else MaxNLocator(7, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(LogLocator(subs=range(1, 10)) if wide > WIDE else NullLocator())
    axis.set_minor_formatter(NullFormatter())
