"""What a study says: how well the estimates predict, and how confined modes are below their opening."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ESTIMATES = ("peak", "rayleigh", "schwarz", "below")


@dataclass(frozen=True)
class StudyStatistics:
    """``errors``: per estimate the relative error of every region's first frequency, (regions,); a bracket holds
    where below ≤ true ≤ rayleigh. Modes: ``ratio`` f / opening of their region and ``confinement``, (modes,)."""

    errors: dict[str, Array]
    bracket: float
    ratio: Array
    confinement: Array
    plates: int
    failed: int

    @property
    def confined_below(self) -> float:
        """Share of the modes below the opening of their region that keep 95% of their energy in it."""
        below = self.ratio < 1
        return float(np.mean(self.confinement[below] >= 0.95)) if below.any() else float("nan")


def statistics(outcomes: Iterable[dict[str, Any]], *, least: float = 0.9) -> StudyStatistics:
    """Compare the estimates of all regions with the first mode that lives there.

    Only regions count whose first mode has a confinement of ``least``: where no mode lives in a region, there is no
    truth to compare with.
    """
    outcomes = list(outcomes)
    regions = [row for outcome in outcomes for row in outcome.get("regions", [])]
    true = [row for row in regions if row["first_mode"] and row["confinement"] >= least]
    errors = {
        name: np.array([row[name] / row["first_mode"] - 1 for row in true if row[name]]) for name in ESTIMATES
    }
    bracket = [row["below"] <= row["first_mode"] <= row["rayleigh"] for row in true if row["below"]]
    modes = [
        row
        for o in outcomes
        for row in o.get("modes", [])
        if row["opens_at"] and row["confinement"] is not None
    ]
    return StudyStatistics(
        errors,
        float(np.mean(bracket)) if bracket else float("nan"),
        np.array([row["frequency"] / row["opens_at"] for row in modes]),
        np.array([row["confinement"] for row in modes]),
        len(outcomes),
        sum(outcome["state"] == "failed" for outcome in outcomes),
    )


def markdown(found: StudyStatistics) -> str:
    """Return the statistics as a table for the validation page."""
    lines = [
        "| estimate | regions | median error | 90% of errors within | worst |",
        "|---|---|---|---|---|",
    ]
    for name, errors in found.errors.items():
        size = np.abs(errors)
        if len(size):
            lines.append(
                f"| {name} | {len(size)} | {100 * np.median(errors):+.2f}% | "
                f"{100 * np.quantile(size, 0.9):.2f}% | {100 * size.max():.2f}% |"
            )
    lines.append("")
    lines.append(
        f"{found.plates} plates, {found.failed} failed. The bracket below ≤ first mode ≤ Rayleigh holds in "
        f"{100 * found.bracket:.1f}% of the regions. Of the modes below the opening of their region "
        f"{100 * found.confined_below:.1f}% keep 95% of their energy in it."
    )
    return "\n".join(lines) + "\n"
