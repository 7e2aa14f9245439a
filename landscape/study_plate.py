"""One plate of a study: solve it and tell what it predicts and what its modes do, as plain numbers."""

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
from landscape.summary import frequency, plain, summarize
from landscape.topography.estimates import PEAK_CONSTANT


def run_task(task: Task) -> dict[str, Any]:
    """Return the outcome of a task: ``state`` done or failed, its ``message``, ``regions`` and ``modes``.

    An error the user can understand is an outcome; a defect is one too, named as such.
    """
    start = time.perf_counter()
    try:
        solution = solve(case_of(task), SolveOptions(modes=task.modes, persistence=task.persistence))
        outcome = {**_head(task), "state": "done", "message": "", **rows(solution)}
    except LandscapeError as error:
        outcome = failed_outcome(task, str(error))
    except Exception as error:  # one bad plate must not stop the rest
        outcome = failed_outcome(task, f"internal error, {type(error).__name__}: {error}")
    return {**outcome, "seconds": time.perf_counter() - start}


def failed_outcome(task: Task, message: str) -> dict[str, Any]:
    """Return the outcome of a plate that could not be solved, and why."""
    return {**_head(task), "state": "failed", "message": message}


def _head(task: Task) -> dict[str, Any]:
    return {"name": task.name, "key": task.key, "parameters": plain(task.parameters)}


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
    """Return ``unknowns``, ``warnings``, ``regions`` with their estimates and ``modes`` with their shares.

    A region: ``id``, ``x`` and ``y`` of its peak, ``area``, ``landscape`` max L, the frequencies ``peak`` (c from
    the shape of the peak), ``peak_compact`` (c = 16/π²), ``rayleigh``, ``schwarz``, ``below`` (max-point ratio) and
    ``opens_at``. A mode: ``number``, ``frequency`` and ``shares``, of its kinetic energy in each region.
    """
    summary = summarize(solution)
    home, topography = solution.localization, solution.topography
    below = np.zeros(0) if topography is None else topography.estimates.below
    found = {
        "units": summary["units"],
        "unknowns": solution.system.unknowns,
        "warnings": solution.warnings,
        "regions": [_region(region, float(b)) for region, b in zip(summary["regions"], below, strict=True)],
        "modes": [
            {
                "number": mode["number"],
                "frequency": mode["frequency"],
                "shares": [] if home is None else home.shares[:, k],
            }
            for k, mode in enumerate(summary["modes"])
        ],
    }
    return dict(plain(found))


def _region(region: dict[str, Any], below: float) -> dict[str, Any]:
    """Return the row of a region as the summary tells it, with ω² of its max-point ratio."""
    x, y = region["peak"]
    return {
        "id": region["id"],
        "x": x,
        "y": y,
        "area": region["area"],
        "landscape": region["landscape"],
        **{name: region["frequency"][name] for name in ("peak", "rayleigh", "schwarz")},
        "peak_compact": frequency(PEAK_CONSTANT / region["landscape"]),
        "below": frequency(below),
        "opens_at": region["opens_at"],
    }
