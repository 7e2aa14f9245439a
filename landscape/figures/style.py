"""How every figure looks: type, sizes, colours, and files on disk."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patheffects import Normal, Stroke

from landscape.files import atomic
from landscape.plate import Support

Look = dict[str, Any]
"""Keywords of one of matplotlib's artists."""

WIDTH = 180.0  # mm, two columns of a journal
HEIGHT = 235.0  # mm, what a page leaves
DPI = 300
SMALL = 7.0  # pt, the smallest type

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"  # Okabe & Ito, distinct to colour-blind eyes
INK = "0.1"

STYLE: Look = {
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "pdf.fonttype": 42,  # TrueType, embedded
    "pdf.compression": 3,
}

EDGES: dict[Support, Look] = {
    Support.CLAMPED: {"lw": 1.8, "ls": "-", "color": INK},
    Support.SUPPORTED: {"lw": 1.4, "ls": (0, (3, 1.4)), "color": INK},
    Support.FREE: {"lw": 0.6, "ls": "-", "color": "0.35"},
}
VALLEY: Look = {
    "color": "white",
    "lw": 1.1,
    "path_effects": [Stroke(linewidth=2.0, foreground="0.15"), Normal()],
}
PASS: Look = {"marker": "D", "ms": 3.6, "mfc": "white", "mec": INK, "mew": 0.7, "ls": ""}
POINTS: dict[Support, Look] = {
    Support.CLAMPED: {"marker": "s", "ms": 4.5, "mfc": INK, "mec": "white", "mew": 0.7, "ls": ""},
    Support.SUPPORTED: {"marker": "^", "ms": 5.5, "mfc": INK, "mec": "white", "mew": 0.7, "ls": ""},
}

LONGEST = 24  # letters of the name of a case in a title

P = ParamSpec("P")
T = TypeVar("T")


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Run a function under this project's style, whatever the user's matplotlibrc says."""

    @functools.wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        with matplotlib.style.context(["default", STYLE]):
            return function(*args, **kwargs)

    return inner


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of ``width`` × ``height`` mm with an Agg canvas."""
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes at a place given in mm from the upper left corner of the figure."""
    page_width, page_height = figure.get_size_inches() * 25.4
    rectangle = (
        left / page_width,
        1 - (top + height) / page_height,
        width / page_width,
        height / page_height,
    )
    return figure.add_axes(rectangle)


def title_of(name: str, text: str) -> str:
    """Return a title: the case, shortened, without letters the font lacks, and what is drawn."""
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    font = get_font(findfont("DejaVu Sans"))
    known = "".join(letter if font.get_char_index(ord(letter)) else "□" for letter in short)
    return f"{known.replace('$', chr(92) + '$')}: {text}"


@styled
def save(figure: Figure, path: Path) -> Path:
    """Write a figure atomically, in the format of the suffix; the same figure makes the same bytes."""
    pdf = path.suffix == ".pdf"
    options: dict[str, Any] = (
        {"metadata": {"CreationDate": None}} if pdf else {"pil_kwargs": {"compress_level": 3}}
    )
    with atomic(path) as temporary:
        figure.savefig(temporary, dpi=DPI, **options)
    return path
