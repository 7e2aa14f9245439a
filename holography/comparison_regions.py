"""Regions read from a measured static field, held against the regions of the result: found, missing, extra, how far apart."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.comparison_plate import ComparedPlate
from holography.comparison_samples import Samples
from holography.deformation import Deformation
from holography.prediction import Prediction, predict
from landscape.errors import InputError
from landscape.summary import frequency as hertz
from landscape.topography.valleys import Valley

Real = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredRegions:
    """What one static measurement alone says: its ``valleys``, and an ``entry`` for summary.json, region by region."""

    valleys: tuple[Valley, ...]
    entry: dict[str, Any]


def measured_regions(
    deformation: Deformation, samples: Samples, plate: ComparedPlate
) -> MeasuredRegions | None:
    """Predict from the placed deformation and pair its regions with those of the result, by where its peaks lie.

    None when the deformation shows no region.
    """
    try:
        prediction = predict(on_plate(deformation, samples))
    except InputError:
        return None
    rows = _paired(prediction, plate)
    found = {row["region"] for row in rows if row["region"]}
    expected = {region["id"] for region in plate.summary["regions"]}
    entry = {
        "regions": rows,
        "missing": sorted(expected - found),
        "extra": sum(row["region"] is None for row in rows),
        "relative": prediction.landscape.relative,
    }
    return MeasuredRegions(prediction.valleys, entry)


def on_plate(deformation: Deformation, samples: Samples) -> Deformation:
    """Return the deformation with the plate axes that the registration gave its samples."""
    assert samples.pixels is not None
    if samples.placed and np.allclose(samples.points, _mean_axes(deformation, samples)):
        return deformation
    design = np.column_stack([samples.pixels, np.ones(len(samples.pixels))])
    to_plate = np.linalg.lstsq(design, samples.points, rcond=None)[0]
    rows, cols = np.indices(deformation.mask.shape, dtype=float)
    x, y = (to_plate[0, k] * cols + to_plate[1, k] * rows + to_plate[2, k] for k in range(2))
    return replace(deformation, x=x, y=y, length_unit="m")


def _mean_axes(deformation: Deformation, samples: Samples) -> Real:
    assert samples.pixels is not None
    cols, rows = np.round(samples.pixels).astype(int).T
    return np.column_stack([deformation.x[rows, cols], deformation.y[rows, cols]])


def _paired(prediction: Prediction, plate: ComparedPlate) -> list[dict[str, Any]]:
    peaks = prediction.regions.peaks
    labels = plate.at(peaks.points).labels
    taken: set[int] = set()
    rows = []
    for k in range(prediction.regions.count):
        label = int(labels[k])
        region = None if label == 0 or label in taken else plate.region(label)
        taken.add(label)
        rows.append(
            {
                "measured": k + 1,
                "region": None if region is None else label,
                "peak": peaks.points[k].tolist(),
                "distance": None if region is None else float(np.hypot(*(peaks.points[k] - region["peak"]))),
                "frequency": _frequencies(prediction, k),
            }
        )
    return rows


def _frequencies(prediction: Prediction, k: int) -> dict[str, Any]:
    """Frequencies of one region from the measurement alone, with standard deviations; None while they are relative."""
    found = prediction.frequencies
    if prediction.landscape.relative:
        return {"peak": None, "peak_sigma": None, "rayleigh": None, "rayleigh_sigma": None}
    peak, rayleigh = hertz(float(found.peak[k])), hertz(float(found.rayleigh[k]))
    return {
        "peak": peak,
        "peak_sigma": None if peak is None else peak * float(found.peak_sigma[k]) / 2,
        "rayleigh": rayleigh,
        "rayleigh_sigma": None if rayleigh is None else rayleigh * float(found.rayleigh_sigma[k]) / 2,
    }
