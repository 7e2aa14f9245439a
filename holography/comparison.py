"""Prediction against measurement: every measured field on the plate, matched, and what one factor on D would change.

``ComparedPlate`` (a result) x deformations or mode shapes -> placed -> matched with modes and regions -> ``Comparison``,
which holds all that its figures and its report need.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.comparison_fields import Thresholds, describe_static, displayed, fit_static
from holography.comparison_modes import describe_modes
from holography.comparison_plate import ComparedPlate, plate_of_result
from holography.comparison_pose import Placed, PoseChoice, place
from holography.comparison_regions import measured_regions
from holography.comparison_samples import samples_of
from holography.comparison_summary import Findings, summarize
from holography.deformation import Deformation
from landscape.errors import InputError
from landscape.results import Result
from landscape.summary import plain
from landscape.uff import Shape

Real = NDArray[np.float64]
MAP = 260  # points along the longer side of the plate's map
Measured = Deformation | Shape


@dataclass(frozen=True)
class CompareOptions:
    """``pose``: how a measurement is laid onto the plate; ``limits``: when something counts as a match.

    ``names`` of the measurements, in their order; without them their titles.
    """

    pose: PoseChoice = "auto"
    limits: Thresholds = field(default_factory=Thresholds)
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlateMap:
    """The plate on a grid, for pictures: ``x`` (nx,), ``y`` (ny,), ``landscape`` (ny, nx) NaN outside, ``labels``.

    ``outline``: closed polygons (k, 2); ``peaks`` (r, 2); ``passes`` (p, 2); ``valleys``: polylines (k, 3) of x, y, L.
    """

    x: Real
    y: Real
    landscape: Real
    labels: NDArray[np.intp]
    outline: tuple[Real, ...]
    peaks: Real
    passes: Real
    valleys: tuple[Real, ...]


@dataclass(frozen=True)
class ComparedField:
    """One measurement as it was compared: ``points`` (n, 2) on the plate, ``triangles`` (t, 3) between them.

    ``measured`` (n,): m for static fields, max |ψ| = 1 for modes; ``sigma`` alike; ``model`` (n,) what it was
    matched with, NaN without a match; ``landscape`` (n,) s²; ``valleys`` (k, 3) read from a static field itself.
    """

    name: str
    kind: str
    matched: bool
    points: Real
    triangles: NDArray[np.intp]
    measured: Real
    sigma: Real
    model: Real
    landscape: Real
    frequency: float | None = None
    valleys: tuple[Real, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A result against its measurements: ``summary`` (as summary.json), ``plate``, ``fields``, and ``mac`` (modes measured, computed)."""

    summary: dict[str, Any]
    plate: PlateMap
    fields: tuple[ComparedField, ...]
    mac: Real


def compare(
    result: Result | ComparedPlate,
    measured: Sequence[Measured],
    options: CompareOptions | None = None,
    *,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Hold measured static fields and modes against a solved or a predicted plate.

    Static fields give the scale of the deflection and so the bending stiffness; modes are matched by MAC, with their
    frequencies, and checked against bounds, regions and the landscape's inequality. A measurement that does not fit
    is reported as such and gets no model. Raises ``InputError`` for an unusable measurement, naming it.
    """
    options = options or CompareOptions()
    say = progress or (lambda _: None)
    plate = result if isinstance(result, ComparedPlate) else plate_of_result(result)
    if not measured:
        raise InputError("Nothing to compare with: needed at least one deformation or mode shape.")
    placed = []
    for name, one in zip(_names(measured, options), measured, strict=True):
        say(f"Placing {name}")
        mask = one.mask if isinstance(one, Deformation) else None
        placed.append(place(samples_of(one, name=name), plate, options.pose, mask=mask))
    statics = [k for k, p in enumerate(placed) if p.samples.kind == "static"]
    modal = [k for k, p in enumerate(placed) if p.samples.kind == "mode"]
    findings, fields = Findings(), {}
    for k in statics:
        say(f"Fitting {placed[k].samples.name}")
        fields[k], entry = _static(placed[k], measured[k], plate, options.limits)
        findings.statics.append(entry)
    say("Matching modes")
    described = describe_modes([placed[k] for k in modal], plate, options.limits)
    for k, pair, model in zip(modal, described.pairs, described.models, strict=True):
        fields[k] = _field(placed[k], pair["mode"] is not None or pair["fits"], model)
    findings.pairs.extend(described.pairs)
    findings.placed.extend(placed)
    summary = plain(summarize(plate, findings, options.limits))
    return Comparison(summary, plate_map(plate), tuple(fields[k] for k in range(len(placed))), described.mac)


def _names(measured: Sequence[Measured], options: CompareOptions) -> list[str]:
    if options.names and len(options.names) != len(measured):
        raise InputError(f"Names of the measurements: needed {len(measured)}, got {len(options.names)}.")
    names = list(options.names) or [_title(one, k) for k, one in enumerate(measured, 1)]
    return [name if names.count(name) == 1 else f"{name} ({k})" for k, name in enumerate(names, 1)]


def _title(one: Measured, number: int) -> str:
    if isinstance(one, Shape):
        return one.name
    title = ((one.provenance or {}).get("capture") or {}).get("title")
    if title:
        return str(title)
    return f"field {number}" if one.frequency is None else f"field {number}, {one.frequency:.5g} Hz"


def _static(
    placed: Placed, measured: Measured, plate: ComparedPlate, limits: Thresholds
) -> tuple[ComparedField, dict[str, Any]]:
    fit = fit_static(placed, plate)
    entry = describe_static(fit, placed, plate, least=limits.static_mac)
    own = None
    if entry["fits"] and isinstance(measured, Deformation) and plate.summary["regions"]:
        own = measured_regions(measured, placed.samples, plate)
    entry["topography"] = None if own is None else own.entry
    lines = () if own is None else tuple(np.column_stack([v.points, v.values]) for v in own.valleys)
    model = fit.model if entry["fits"] else np.full(len(fit.model), np.nan)
    return replace(_field(placed, entry["fits"], model), valleys=lines), entry


def _field(placed: Placed, matched: bool, model: Real) -> ComparedField:
    samples = placed.samples
    values, sigma = np.asarray(samples.values.real, dtype=float), samples.sigma
    if samples.kind == "mode":
        values = displayed(placed)[0]
        sigma = sigma / np.abs(samples.values).max()
    landscape = placed.values.landscape
    return ComparedField(
        samples.name,
        samples.kind,
        bool(matched),
        samples.points,
        samples.triangles,
        values,
        sigma,
        model,
        np.full(len(values), np.nan) if landscape is None else landscape,
        samples.frequency,
    )


def plate_map(plate: ComparedPlate, *, points: int = MAP) -> PlateMap:
    """Return the plate's landscape and regions on a grid of ``points`` along its longer side."""
    edge = np.concatenate(plate.outline)
    low, high = edge.min(axis=0), edge.max(axis=0)
    step = float((high - low).max()) / points
    x, y = (np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True))
    X, Y = np.meshgrid(x, y)
    values = plate.at(np.column_stack([X.ravel(), Y.ravel()]))
    landscape = np.full(X.size, np.nan) if values.landscape is None else values.landscape
    summary = plate.summary
    return PlateMap(
        x,
        y,
        landscape.reshape(X.shape),
        values.labels.reshape(X.shape),
        plate.outline,
        np.array([region["peak"] for region in summary["regions"]], dtype=float).reshape(-1, 2),
        np.array([one["at"] for one in summary["passes"]], dtype=float).reshape(-1, 2),
        tuple(np.column_stack([valley.points, valley.values]) for valley in plate.valleys),
    )
