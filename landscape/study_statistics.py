"""What a study says: how well the estimates predict, and how confined modes are below their opening."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from landscape.study_table import ESTIMATES, SHARED, Row, mode_rows, region_rows

Array = NDArray[np.float64]
CLASSED = ("peak", "rayleigh", "schwarz")
EDGES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, np.inf)
"""Of frequency over opening, the classes of the tables."""
NAMES = {
    "peak_compact": "peak, c = 16/π²",
    "peak": "peak, c of its shape",
    "rayleigh": "Rayleigh",
    "schwarz": "Schwarz",
    "below": "max-point ratio",
}


@dataclass(frozen=True)
class StudyStatistics:
    """Estimates against first modes, (n,) regions that have one, and all modes, (m,).

    ``errors``: per estimate f / f₁ − 1, with f₁ the lowest mode that has ``threshold`` of its kinetic energy in the
    region; ``openness`` f₁ / opening, 0 where the region never opens; ``bracket``: share of these regions with
    max-point ratio ≤ f₁ ≤ Rayleigh. Of all ``regions``, ``spread`` have a fundamental shared with other rooms, and
    ``missing`` no confined mode among those computed: they are not compared. Modes: ``ratio`` f / opening of the
    region that holds most of them, 0 where it never opens, and ``confinement``, their share there.
    """

    plates: int
    failed: int
    regions: int
    spread: int
    missing: int
    threshold: float
    errors: dict[str, Array]
    openness: Array
    bracket: float
    ratio: Array
    confinement: Array

    def confined(self, low: float = 0.0, high: float = 1.0) -> float:
        """Share of the modes with low ≤ f / opening < high that keep ``threshold`` of their energy in one region."""
        chosen = (self.ratio >= low) & (self.ratio < high)
        return float(np.mean(self.confinement[chosen] >= self.threshold)) if chosen.any() else float("nan")


def statistics(outcomes: Iterable[Row], *, confinement: float = 0.9) -> StudyStatistics:
    """Compare the estimates of all regions with the first mode confined there (see ``region_rows``)."""
    outcomes = list(outcomes)
    regions = [row for outcome in outcomes for row in region_rows(outcome, confinement)]
    found = [row for row in regions if row["mode"] is not None]
    true = [row for row in found if row["before"] <= SHARED]
    modes = [row for o in outcomes for row in mode_rows(o) if row["region"] is not None]
    held = [
        row["below"] <= row["frequency"] <= row["rayleigh"]
        for row in true
        if row["below"] and row["rayleigh"]
    ]
    return StudyStatistics(
        plates=len(outcomes),
        failed=sum(outcome["state"] == "failed" for outcome in outcomes),
        regions=len(regions),
        spread=len(found) - len(true),
        missing=len(regions) - len(found),
        threshold=confinement,
        errors={name: _errors(true, name) for name in ESTIMATES},
        openness=_over_opening(true),
        bracket=float(np.mean(held)) if held else float("nan"),
        ratio=_over_opening(modes),
        confinement=np.array([row["confinement"] for row in modes], dtype=float),
    )


def quantiles(errors: Array) -> tuple[float, float, float]:
    """Return the median error and the bounds of 90% and of all absolute errors; NaN without any."""
    known = errors[np.isfinite(errors)]
    if not len(known):
        return (float("nan"),) * 3
    size = np.abs(known)
    return float(np.median(known)), float(np.quantile(size, 0.9)), float(size.max())


def estimate_rows(found: StudyStatistics) -> list[tuple[str, str, str, str, str]]:
    """Return, per estimate: its name, the number of regions, the median error, 90% of the errors, the worst."""
    return [
        (NAMES[name], str(int(np.isfinite(errors).sum())), f"{100 * median:+.2f}%", f"{100 * most:.2f}%", f"{100 * worst:.2f}%")
        for name, errors in ((name, found.errors[name]) for name in NAMES)
        for median, most, worst in [quantiles(errors)]
        if np.isfinite(errors).any()
    ]  # fmt: skip


def opening_rows(found: StudyStatistics, edges: Sequence[float] = EDGES) -> list[tuple[str, ...]]:
    """Return, per class of frequency over opening: modes, share confined, first modes, 90% of the errors of ``CLASSED``."""
    rows = []
    for low, high in pairwise(edges):
        modes = int(((found.ratio >= low) & (found.ratio < high)).sum())
        chosen = (found.openness >= low) & (found.openness < high)
        errors = [quantiles(found.errors[name][chosen])[1] for name in CLASSED]
        rows.append(
            (
                f"{low:g} to {high:g}" if np.isfinite(high) else f"above {low:g}",
                str(modes),
                _percent(found.confined(low, high), 1),
                str(int(chosen.sum())),
                *(_percent(error, 2) for error in errors),
            )
        )
    return rows


def _errors(rows: list[Row], name: str) -> Array:
    """Return f / f₁ − 1, NaN where there is no estimate."""
    return np.array([np.nan if row[name] is None else row[name] / row["frequency"] - 1 for row in rows])


def _over_opening(rows: list[Row]) -> Array:
    return np.array([row["frequency"] / row["opens_at"] if row["opens_at"] else 0.0 for row in rows])


def _percent(share: float, digits: int) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f}%"
