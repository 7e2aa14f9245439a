"""One plate of a study: solve it and tell how its predictions compare with its modes, as plain numbers."""

import math
import time
from pathlib import Path
from typing import Any

import numpy as np

from landscape.case import Case, case_from, read_case
from landscape.case_mesh import MeshRequest, make_mesh
from landscape.case_supports import supports_of
from landscape.errors import LandscapeError
from landscape.plate import Plate
from landscape.solution import Solution, SolveOptions, solve
from landscape.study import Task
from landscape.summary import summarize


def run_task(task: Task) -> dict[str, Any]:
    """Return the outcome of a task: ``state`` done or failed, its ``message``, and rows of regions and modes.

    An error the user can understand is an outcome; a defect is one too, named as such.
    """
    start = time.perf_counter()
    outcome: dict[str, Any] = {"name": task.name, "key": task.key, "parameters": task.parameters}
    try:
        solution = solve(case_of(task), SolveOptions(modes=task.modes, persistence=task.persistence))
        outcome |= {"state": "done", "message": "", **rows(solution)}
    except LandscapeError as error:
        outcome |= {"state": "failed", "message": str(error)}
    except Exception as error:  # one bad plate must not stop the rest
        outcome |= {"state": "failed", "message": f"internal error, {type(error).__name__}: {error}"}
    return {**outcome, "seconds": time.perf_counter() - start}


def case_of(task: Task) -> Case:
    """Return the case of a task: read, varied, or made at random."""
    if task.content is not None:
        return case_from(task.source, task.content)
    if task.source:
        return read_case(task.source)
    mesh = make_mesh((task.family, task.seed), MeshRequest(size=task.size))
    supports, rest, said = supports_of(mesh, None, Path(task.family))
    return Case(task.name, mesh, Plate(supports=supports, rest=rest), tuple(said), ())


def rows(solution: Solution) -> dict[str, Any]:
    """Return ``unknowns``, ``regions`` (estimates and first mode) and ``modes`` (frequency, opening, confinement)."""
    summary = summarize(solution)
    modes, regions = summary["modes"], summary["regions"]
    first: dict[int, dict[str, Any]] = {}
    for mode in modes:
        if mode["region"] is not None:
            first.setdefault(mode["region"], mode)
    opens = {region["id"]: region["opens_at"] for region in regions}
    return {
        "unknowns": solution.system.unknowns,
        "regions": [
            _region(region, first.get(region["id"]), solution, k) for k, region in enumerate(regions)
        ],
        "modes": [
            {
                "number": mode["number"],
                "frequency": mode["frequency"],
                "region": mode["region"],
                "confinement": mode["confinement"],
                "opens_at": opens.get(mode["region"]),
            }
            for mode in modes
        ],
    }


def _region(
    region: dict[str, Any], first: dict[str, Any] | None, solution: Solution, place: int
) -> dict[str, Any]:
    """Return one row: what was predicted and the first mode that lives there, if one was computed."""
    topography = solution.topography
    below = (
        math.nan if topography is None else float(np.sqrt(topography.estimates.below[place]) / (2 * np.pi))
    )
    return {
        "id": region["id"],
        "area": region["area"],
        **{name: region["frequency"][name] for name in ("peak", "rayleigh", "schwarz")},
        "below": below if math.isfinite(below) else None,
        "opens_at": region["opens_at"],
        "first_mode": None if first is None else first["frequency"],
        "confinement": None if first is None else first["confinement"],
    }
