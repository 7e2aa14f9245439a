"""What a result says at any point of the plate, be it solved on a mesh or predicted from a measurement."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from holography.prediction import Prediction
from holography.predictionfile import read_prediction
from landscape.errors import InputError
from landscape.field import Field, Places
from landscape.files import result_file
from landscape.locate import Locator
from landscape.results import Result, read_result
from landscape.topography.valleys import Valley

Real = NDArray[np.float64]
BLOCK = 4000  # points evaluated at once


@dataclass(frozen=True)
class Values:
    """A result at n points: ``inside`` (n,), ``landscape`` (n,) s², ``deflection`` (n,) m or None, ``labels`` (n,), ``modes`` (n, k).

    NaN (and label 0) outside the plate.
    """

    inside: NDArray[np.bool_]
    landscape: Real | None
    deflection: Real | None
    labels: NDArray[np.intp]
    modes: Real

    def kept(self, chosen: NDArray[np.bool_]) -> "Values":
        """Return the values at the chosen points."""
        landscape, deflection = (
            None if field is None else field[chosen] for field in (self.landscape, self.deflection)
        )
        return Values(self.inside[chosen], landscape, deflection, self.labels[chosen], self.modes[chosen])


@dataclass(frozen=True)
class ComparedPlate:
    """A result as a comparison uses it.

    ``at`` gives its values at points (n, 2); ``outline``: closed polygons (k, 2) of the plate, empty for a
    prediction; ``area`` of the plate; ``stiffness`` D (N·m) and ``areal_mass`` where they are constant;
    ``pressure`` (Pa) that made the deflection, None where it is not constant.
    """

    summary: dict[str, Any]
    at: Callable[[Real], Values]
    outline: tuple[Real, ...]
    area: float
    valleys: tuple[Valley, ...]
    stiffness: float | None = None
    areal_mass: float | None = None
    pressure: float | None = None

    @property
    def solved(self) -> bool:
        """True for a result of ``solve``: it has a mesh and modes; False for one of ``predict``."""
        return self.summary["kind"] == "solve"

    @property
    def si(self) -> bool:
        """True when its numbers are in SI units."""
        return self.summary["units"] == "SI"

    @property
    def frequencies(self) -> Real:
        """Frequencies (k,) of the computed modes."""
        return np.array([mode["frequency"] for mode in self.summary.get("modes", [])], dtype=float)

    def region(self, number: int | None) -> dict[str, Any] | None:
        """Return the entry of a region of the summary."""
        return next((r for r in self.summary["regions"] if r["id"] == number), None)


def read_compared(path: str | Path) -> ComparedPlate:
    """Read what ``solve`` or ``predict`` wrote. Raises ``InputError`` naming the file when it is neither."""
    import h5py

    path = result_file(path)
    kind = ""
    if path.is_file():
        try:
            with h5py.File(path, "r") as file:
                kind = str(file.attrs.get("kind", ""))
        except OSError:
            raise InputError(
                f"{path}: damaged or not HDF5.",
                "Name the result.h5, or the folder, of landscape solve or predict.",
            ) from None
    if kind in ("static", "mode"):
        raise InputError(
            f"{path}: a deformation, where the result to compare with was needed.",
            "Name the result first: landscape compare RESULT DEFORMATION...",
        )
    if kind == "predict":
        return plate_of_prediction(*read_prediction(path))
    return plate_of_result(read_result(path))


def plate_of_result(result: Result) -> ComparedPlate:
    """Return a solved plate, to be compared. Raises ``InputError`` when it has neither landscape nor modes."""
    if not result.fields and not result.modes.shape[1]:
        raise InputError("The result has neither a landscape nor modes.", "Solve it again with --modes 20.")
    space = result.space()
    locator = Locator(space)
    lattice = result.lattice()
    names = [name for name in ("landscape", "deflection") if name in result.fields]
    full = np.column_stack([*(result.fields[name] for name in names), result.modes])
    field = Field(space, space.coefficients_of_full(full), locator)

    def labels(at: Places) -> NDArray[np.intp]:
        out = np.zeros(len(at.points), dtype=np.intp)
        if result.regions is None:
            return out
        inside = np.flatnonzero(at.inside)
        apart = ((at.chart[inside, None, :] - lattice.corners[None]) ** 2).sum(axis=2)
        out[inside] = result.regions.labels[lattice.vertex[at.triangle[inside], np.argmin(apart, axis=1)]]
        return out

    def evaluate(points: Real) -> Values:
        parts = []
        for start in range(0, max(len(points), 1), BLOCK):
            at = field.places(points[start : start + BLOCK])
            parts.append((at.inside, labels(at), field.values(at)))
        inside, label, values = (np.concatenate(part) for part in zip(*parts, strict=True))
        static = dict(zip(names, values.T, strict=False))
        return Values(
            inside, static.get("landscape"), static.get("deflection"), label, values[:, len(names) :]
        )

    section = result.plate.section
    one = not result.plate.sections
    return ComparedPlate(
        result.summary,
        evaluate,
        outline_loops(result),
        _area(result),
        result.valleys,
        section.stiffness if one else None,
        section.areal_mass if one else None,
        result.plate.pressure if not result.plate.pressures else None,
    )


def _area(result: Result) -> float:
    p, t = result.mesh.mesh.p, result.mesh.mesh.t
    first, second = p[:, t[1]] - p[:, t[0]], p[:, t[2]] - p[:, t[0]]
    return float(np.abs(first[0] * second[1] - first[1] * second[0]).sum() / 2)


def outline_loops(result: Result) -> tuple[Real, ...]:
    """Return the boundary of a solved plate as closed polygons (k, 2), arcs sampled, holes included."""
    from landscape.figures.outline import outline_of

    path = outline_of(result.space(), result.plate, 1.0).path
    starts = np.flatnonzero(path.codes == path.MOVETO)
    return tuple(loop[:-1] for loop in np.split(np.asarray(path.vertices, dtype=float), starts[1:]))


def plate_of_prediction(prediction: Prediction, summary: dict[str, Any]) -> ComparedPlate:
    """Return a prediction, to be compared: every point takes the values of the nearest measured pixel."""
    landscape = prediction.landscape
    mask = landscape.mask
    pixels = np.column_stack([landscape.x[mask], landscape.y[mask]])
    tree = cKDTree(pixels)
    reach = 1.5 * float(np.sqrt(np.median(landscape.area[mask])))
    values, labels = landscape.values[mask], prediction.labels[mask]

    def evaluate(points: Real) -> Values:
        away, nearest = tree.query(points)
        inside = away <= reach
        nearest = np.where(inside, nearest, 0)
        return Values(
            inside,
            np.where(inside, values[nearest], np.nan),
            None,
            np.where(inside, labels[nearest], 0),
            np.empty((len(points), 0)),
        )

    hull = pixels[ConvexHull(pixels).vertices]
    return ComparedPlate(summary, evaluate, (hull,), float(landscape.area[mask].sum()), prediction.valleys)
