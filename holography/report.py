"""A comparison as one self-contained page: warnings first, tables, figures, every parameter, no network.

The page is plain HTML with inline style and script; its Content-Security-Policy forbids everything else. All text
is escaped.
"""

import base64
import io
from collections.abc import Callable
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import landscape
from holography import report_network, report_numbers, report_tables
from holography.comparison import Comparison
from holography.comparisonfile import write_comparison
from holography.figures_compare import draw_comparison, figures_of
from landscape.figures.style import styled
from landscape.files import atomic, staged, write_json

DPI = 160
PIXELS_PER_INCH = 125  # of the page: letters of all figures are of one size
CAPTIONS = {
    "overview": "Predicted and measured landscape; measured above predicted frequencies; share of energy in the predicted region.",
    "static": "Landscape measured and computed with the valley networks of both, and what the fit of one scale leaves over.",
    "modes": "Measured modes with the effective network at their frequency, above the computed modes they match.",
    "frequencies": "Left: measured against computed frequencies. Right: what the landscape alone predicts for each region's first mode.",
    "mac": "Modal assurance criterion of measured and computed modes; matched pairs are framed.",
    "localization": "Share of the energy inside the predicted region; dashed: frequencies at which a pass opens.",
}


def write_report_folder(
    comparison: Comparison,
    folder: str | Path,
    *,
    figures: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Write result.h5, summary.json, figures and report.html into a folder, all or nothing; return the report's path.

    Raises ``InputError`` when the folder cannot be written to.
    """
    say = progress or (lambda _: None)
    folder = Path(folder)
    with staged(folder) as place:
        say("Writing the comparison")
        write_comparison(place / "result.h5", comparison)
        write_json(place / "summary.json", comparison.summary)
        if figures:
            say("Drawing")
            draw_comparison(comparison, place / "figures")
        say("Writing the report")
        write_report(comparison, place / "report.html")
    return folder / "report.html"


def write_report(comparison: Comparison, path: str | Path) -> Path:
    """Write the page of a comparison, atomically."""
    path = Path(path)
    with atomic(path) as temporary:
        temporary.write_text(report_html(comparison), encoding="utf-8")
    return path


def report_html(comparison: Comparison) -> str:
    """Return the page of a comparison."""
    summary = comparison.summary
    template = resources.files("holography").joinpath("report_template.html").read_text(encoding="utf-8")
    title = f"{summary['input']['name']}: prediction against measurement"
    parts = [
        _head(summary, title),
        _warnings(summary),
        report_numbers.numbers(summary),
        report_network.section(comparison),
        report_tables.tables(summary),
        _figures(comparison),
        report_tables.parameters(summary),
        f'<p class="lead">Written by plate-landscape {escape(landscape.__version__)}.</p>',
    ]
    return Template(template).substitute(
        title=escape(title),
        body="\n".join(part for part in parts if part),
        data=report_network.data(comparison),
    )


def is_synthetic(summary: dict[str, Any]) -> bool:
    """Tell whether any measurement calls itself synthetic."""
    return any("synthetic" in str(one["field"]).lower() for one in summary["input"]["measurements"])


def _head(summary: dict[str, Any], title: str) -> str:
    said = {
        "all": "Every measured field fits the prediction.",
        "some": "Some measured fields do not fit the prediction.",
        "none": "No measured field fits the prediction: is this another plate?",
    }[summary["agreement"]]
    badge = '<p><span class="badge">synthetic measurements</span></p>' if is_synthetic(summary) else ""
    units = "" if summary["units"] == "SI" else " Frequencies and lengths are non-dimensional."
    count = len(summary["input"]["measurements"])
    fields = f"{count} measured field{'s' if count != 1 else ''}"
    return f'<h1>{escape(title)}</h1>{badge}<p class="lead">{fields}. {said}{units}</p>'


def _warnings(summary: dict[str, Any]) -> str:
    """Return what is wrong or doubtful, and folded away what the imports and the result noted of themselves."""
    parts = []
    if summary["warnings"]:
        parts.append(f'<div class="warnings" role="note"><b>Read first</b>{_list(summary["warnings"])}</div>')
    if summary["notes"]:
        parts.append(
            f"<details><summary>Notes of the inputs ({len(summary['notes'])})</summary>{_list(summary['notes'])}</details>"
        )
    return "".join(parts)


def _list(texts: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


@styled
def _figures(comparison: Comparison) -> str:
    """Return all figures as inline PNG."""
    parts = ["<h2>Figures</h2>"]
    for name, figure in figures_of(comparison):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        caption = escape(CAPTIONS[name.rstrip("0123456789").rstrip("_")])
        picture = base64.b64encode(buffer.getvalue()).decode("ascii")
        width = round(PIXELS_PER_INCH * figure.get_size_inches()[0])
        parts.append(
            f'<figure><img alt="{caption}" style="max-width:{width}px" src="data:image/png;base64,{picture}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )
    return "\n".join(parts)
