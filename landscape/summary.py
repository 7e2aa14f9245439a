"""summary.json: what a program that calls this one reads. Schema ``landscape/1``; extending it keeps its keys."""

import math
from typing import Any

import numpy as np

from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.localization import Topography
from landscape.solution import Solution
from landscape.topography.openings import openings

SCHEMA = "landscape/1"
LANDSCAPES = {"static": "landscape", "absolute": "absolute landscape", "l2": "L² landscape"}
TIMINGS = ("read", "assemble", "factorize", "landscape", "modes", "total")


def frequency(eigenvalue: float) -> float | None:
    """Return √ω² / 2π; None where there is nothing to take a root of."""
    return math.sqrt(eigenvalue) / (2 * math.pi) if math.isfinite(eigenvalue) and eigenvalue >= 0 else None


def opening_frequency(landscape: float) -> float:
    """Return 1 / (2π √L): from here on a pass of height L (s²) no longer guarantees confinement."""
    return 1 / (2 * math.pi * math.sqrt(landscape))


def summarize(solution: Solution) -> dict[str, Any]:
    """Return the summary of a solved plate, as ``summary.json`` stores it."""
    case = solution.case
    topography = solution.topography
    return {
        "schema": SCHEMA,
        "kind": "solve",
        "units": case.plate.units,
        "input": {"name": case.name, "files": [path.name for path in case.sources]},
        "warnings": list(solution.warnings),
        "landscape": None
        if topography is None
        else {
            "kind": "static" if solution.node is None else solution.node.kind,
            "maximum": float(topography.regions.peaks.values[0]),
            "element": solution.system.space.element.name,
            "unknowns": solution.system.unknowns,
        },
        "regions": [] if topography is None else regions_of(topography),
        "passes": [] if topography is None else passes_of(topography),
        "modes": _modes(solution),
        "eigenvalues": what_eigenvalues_are(solution),
        "bounds": None
        if solution.bounds is None
        else {
            "guaranteed": solution.bounds.guaranteed,
            "width": float(solution.bounds.widths.max()),
            "reached": solution.bounds.reached,
            "triangles": solution.bounds.triangles,
            "unknowns": solution.bounds.unknowns,
        },
        "adaptivity": None
        if solution.adapted is None
        else {
            "rtol": solution.adapted.rtol,
            "reached": solution.adapted.reached,
            "unknowns": [step.unknowns for step in solution.adapted.steps],
            "estimated_errors": solution.adapted.errors.tolist(),
            "estimated_region_errors": solution.adapted.region_errors.tolist(),
        },
        "timings": {name: float(solution.timings.get(name, 0.0)) for name in TIMINGS},
    }


def regions_of(topography: Topography) -> list[dict[str, Any]]:
    """Return the entries of ``regions``, by falling maximum."""
    regions, estimates = topography.regions, topography.estimates
    levels, neighbours = openings(regions)
    return [
        {
            "id": k + 1,
            "peak": regions.peaks.points[k].tolist(),
            "landscape": float(regions.peaks.values[k]),
            "area": float(estimates.area[k]),
            "frequency": {
                "peak": frequency(float(estimates.peak[k])),
                "rayleigh": frequency(float(estimates.rayleigh[k])),
                "schwarz": frequency(float(estimates.schwarz[k])),
            },
            "opens_at": None if levels[k] is None else opening_frequency(float(levels[k] or 0)),
            "opens_into": neighbours[k],
        }
        for k in range(regions.count)
    ]


def passes_of(topography: Topography) -> list[dict[str, Any]]:
    """Return the entries of ``passes``, by rising frequency."""
    regions = topography.regions
    return [
        {
            "between": regions.between[k].tolist(),
            "at": regions.passes.points[k].tolist(),
            "landscape": float(regions.passes.values[k]),
            "frequency": opening_frequency(float(regions.passes.values[k])),
        }
        for k in range(len(regions.between))
    ]


def _modes(solution: Solution) -> list[dict[str, Any]]:
    modes, home, bounds = solution.modes, solution.localization, solution.bounds
    if modes is None:
        return []
    return [
        {
            "number": k + 1,
            "frequency": float(modes.frequencies[k]),
            "eigenvalue": float(modes.eigenvalues[k]),
            "residual": float(modes.residuals[k]),
            "lower": None if bounds is None else float(bounds.lower[k]),
            "upper": None if bounds is None else float(bounds.upper[k]),
            "region": None if home is None or not home.region[k] else int(home.region[k]),
            "confinement": None if home is None else float(home.share[k]),
        }
        for k in range(len(modes.eigenvalues))
    ]


def what_eigenvalues_are(solution: Solution) -> str | None:
    """Return in words what the computed eigenvalues are worth, None without modes."""
    if solution.modes is None:
        return None
    if solution.bounds is not None:
        return solution.bounds.note
    if solution.system.space.element is MORLEY:
        return "Not certified; no bounds, as Morley's element does not conform."
    space = solution.system.space
    if not space.lines.straight(space.affine.tangent[space.lines.facets]):
        return "Not certified: along curved edges the element does not quite conform, so these are no bounds."
    return "Not certified; upper bounds in exact arithmetic: the element conforms, the edges are straight."


def landscape_name(summary: dict[str, Any]) -> str:
    """Return the name of the landscape in words."""
    return LANDSCAPES[landscape_kind(summary)]


def landscape_kind(summary: dict[str, Any]) -> str:
    """Return which landscape a summary describes; measured ones are static."""
    return str((summary["landscape"] or {}).get("kind", "static"))


def check_schema(summary: dict[str, Any], name: str) -> None:
    """Raise unless a summary is of the schema this version reads."""
    schema = str(summary.get("schema", "none"))
    family, _, number = schema.partition("/")
    if family != "landscape" or not number.isdigit():
        raise InputError(f"{name}: not a result of this program (schema {schema!r}).")
    if int(number) > int(SCHEMA.partition("/")[2]):
        raise InputError(
            f"{name}: written by a newer version (schema {schema}, this one reads {SCHEMA}).",
            "Update plate-landscape.",
        )


def plain(value: Any) -> Any:
    """Return numpy scalars and arrays as what JSON knows; NaN and infinity become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
