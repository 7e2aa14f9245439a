"""The slider of a report: the effective network of the landscape, growing open with frequency, as inline SVG and JSON."""

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.comparison import Comparison

Real = NDArray[np.float64]
WIDTH = 720.0
PAD = 6.0


def section(comparison: Comparison) -> str:
    """Return the section with slider and picture; empty when the landscape has no passes."""
    passes = comparison.summary["passes"]
    if not passes:
        return ""
    place = _Place(comparison)
    low, high = _range(comparison)
    unit = "Hz" if comparison.summary["units"] == "SI" else "ω/2π"
    slider = (
        f'<input type="range" id="network-frequency" min="{np.log(low):.6f}" max="{np.log(high):.6f}" step="0.002" '
        f'value="{np.log(low):.6f}" aria-describedby="network-text">'
    )
    return f"""<h2>Where it confines, frequency by frequency</h2>
<div class="network" id="network">
{_svg(comparison, place)}
<label for="network-frequency">Frequency: <output id="network-value">{low:.4g} {unit}</output></label>
{slider}
<p id="network-text">{len(passes)} passes, all closed below {min(p["frequency"] for p in passes):.4g} {unit}.</p>
</div>
<p class="lead">Black: the effective network, valleys with L &lt; 1/ω². Diamonds: passes, filled once open.
Above its opening confinement is no longer guaranteed; leakage starts there, full extension comes later.</p>"""


def data(comparison: Comparison) -> str:
    """Return what the script needs, as JSON that cannot end its own script element."""
    place = _Place(comparison)
    summary = comparison.summary
    measured = [
        {"frequency": pair["frequency"]["measured"], "text": f"{pair['field']}, region {pair['region']}"}
        for pair in summary["pairs"]
        if pair["fits"] and pair["frequency"]["measured"]
    ]
    content = {
        "unit": "Hz" if summary["units"] == "SI" else "ω/2π",
        "regions": [region["id"] for region in summary["regions"]],
        "passes": [{"between": one["between"], "frequency": one["frequency"]} for one in summary["passes"]],
        "valleys": [
            np.column_stack([place(valley[:, :2]).round(2), np.sqrt(np.maximum(valley[:, 2], 0))]).tolist()
            for valley in comparison.plate.valleys
        ],
        "measured": measured if summary["units"] == "SI" else [],
    }
    return json.dumps(content, allow_nan=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _range(comparison: Comparison) -> tuple[float, float]:
    """Frequencies from below the first region's to above the last opening, or the last mode where that is lower."""
    summary = comparison.summary
    known = [f for region in summary["regions"] for f in region["frequency"].values() if f]
    passes = [one["frequency"] for one in summary["passes"]]
    return 0.8 * min([*known, *passes]), 1.15 * max(passes)


class _Place:
    """Plate coordinates (k, 2) -> those of the picture, y down."""

    def __init__(self, comparison: Comparison):
        edge = np.concatenate(comparison.plate.outline)
        self._low, high = edge.min(axis=0), edge.max(axis=0)
        self.scale = (WIDTH - 2 * PAD) / (high[0] - self._low[0])
        self.height = float((high[1] - self._low[1]) * self.scale + 2 * PAD)

    def __call__(self, points: Real) -> Real:
        moved = (np.asarray(points, dtype=float).reshape(-1, 2) - self._low) * self.scale + PAD
        return np.column_stack([moved[:, 0], self.height - moved[:, 1]])


def _svg(comparison: Comparison, place: _Place) -> str:
    plate = comparison.plate
    half = (plate.x[1] - plate.x[0]) / 2
    corner = place(np.array([[plate.x[0] - half, plate.y[-1] + half]]))[0]
    size = place.scale * np.array([np.ptp(plate.x) + 2 * half, np.ptp(plate.y) + 2 * half])
    picture = (
        f'<image href="data:image/png;base64,{_landscape_png(plate.landscape)}" x="{corner[0]:.1f}" y="{corner[1]:.1f}" '
        f'width="{size[0]:.1f}" height="{size[1]:.1f}" preserveAspectRatio="none"/>'
    )
    outline = "".join(f'<polygon points="{_points(place(loop))}"/>' for loop in plate.outline)
    faint = "".join(f'<polyline points="{_points(place(valley[:, :2]))}"/>' for valley in plate.valleys)
    names = "".join(
        f'<text x="{x:.1f}" y="{y + 5:.1f}">{number}</text>'
        for number, (x, y) in enumerate(place(plate.peaks), 1)
    )
    diamonds = "".join(_diamond(k, at) for k, at in enumerate(place(plate.passes)))
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {place.height:.1f}" role="img" aria-label="Plate with its effective network">'
        f'{picture}<g fill="none" stroke="#222" stroke-width="1.6">{outline}</g>'
        f'<g fill="none" stroke="#fff" stroke-width="1.2" stroke-dasharray="2 4">{faint}</g>'
        f'<g id="network-lines" fill="none" stroke="#000" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"></g>'
        f'{diamonds}<g fill="#fff" stroke="#000" stroke-width="3" paint-order="stroke" font-weight="700" '
        f'text-anchor="middle">{names}</g></svg>'
    )


def _points(points: Real) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _diamond(number: int, at: Real) -> str:
    x, y = at
    corners = f"{x:.1f},{y - 7:.1f} {x + 7:.1f},{y:.1f} {x:.1f},{y + 7:.1f} {x - 7:.1f},{y:.1f}"
    return f'<polygon id="pass-{number}" points="{corners}" fill="#fff" stroke="#000" stroke-width="1.2"/>'


def _landscape_png(landscape: Real) -> str:
    """Return the landscape as a PNG, transparent off the plate, y up turned to rows down."""
    import imagecodecs
    import matplotlib

    top = float(np.nanmax(landscape)) if np.isfinite(landscape).any() else 1.0
    colours: Any = matplotlib.colormaps["viridis"](
        np.sqrt(np.clip(np.nan_to_num(landscape) / top, 0, 1)), bytes=True
    )
    colours[~np.isfinite(landscape), 3] = 0
    return base64.b64encode(imagecodecs.png_encode(np.ascontiguousarray(colours[::-1]))).decode("ascii")
