"""A prediction on disk: result.h5 (schema landscape/1, kind predict) and its summary.json."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from holography.deformation import Deformation
from holography.peaks import Peaks
from holography.prediction import Prediction, RegionFrequencies
from holography.prediction_landscape import MeasuredLandscape
from landscape.errors import InputError
from landscape.files import atomic, result_file
from landscape.summary import SCHEMA, check_schema, opening_frequency
from landscape.summary import frequency as hertz
from landscape.topography.openings import openings
from landscape.topography.regions import Critical, Regions
from landscape.topography.valleys import Valley

_PIXELS = {"values": "s^2", "sigma": "s^2", "mask": "", "x": "m", "y": "m", "area": "m^2"}


def summarize_prediction(
    prediction: Prediction, deformation: Deformation, *, name: str, files: list[str]
) -> dict[str, Any]:
    """Return summary.json of ``predict``: as that of ``solve``, without modes, with ``frequency_sigma``.

    When the landscape is relative, frequencies are ratios to the first region's peak frequency.
    """
    unit = (
        float(np.sqrt(prediction.frequencies.peak[0])) / (2 * np.pi) if prediction.landscape.relative else 1.0
    )
    return {
        "schema": SCHEMA,
        "kind": "predict",
        "units": "nondimensional" if prediction.landscape.relative else "SI",
        "input": {
            "name": name,
            "files": files,
            "settings": prediction.settings,
            "provenance": deformation.provenance or {},
        },
        "warnings": list(prediction.warnings),
        "landscape": {
            "maximum": float(prediction.regions.peaks.values[0]),
            "element": None,
            "unknowns": None,
            "pixels": int(np.count_nonzero(prediction.landscape.mask)),
            "sigma": prediction.landscape.noise,
            "correlation_area": prediction.landscape.correlated,
        },
        "regions": _regions(prediction, unit),
        "passes": _passes(prediction, unit),
    }


def _regions(prediction: Prediction, unit: float) -> list[dict[str, Any]]:
    regions, found = prediction.regions, prediction.frequencies
    levels, neighbours = openings(regions)
    out = []
    for k in range(regions.count):
        peak, rayleigh = hertz(float(found.peak[k])), hertz(float(found.rayleigh[k]))
        sigmas = (float(found.peak_sigma[k]) / 2, float(found.rayleigh_sigma[k]) / 2)
        level = levels[k]
        out.append(
            {
                "id": k + 1,
                "peak": regions.peaks.points[k].tolist(),
                "landscape": float(regions.peaks.values[k]),
                "area": float(found.area[k]),
                "frequency": {
                    "peak": _times(peak, 1 / unit),
                    "rayleigh": _times(rayleigh, 1 / unit),
                    "schwarz": None,
                },
                "frequency_sigma": {
                    "peak": _times(peak, sigmas[0] / unit),
                    "rayleigh": _times(rayleigh, sigmas[1] / unit),
                },
                "opens_at": None if level is None else opening_frequency(level) / unit,
                "opens_into": neighbours[k],
            }
        )
    return out


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None or not np.isfinite(factor) else value * factor


def _passes(prediction: Prediction, unit: float) -> list[dict[str, Any]]:
    regions = prediction.regions
    return [
        {
            "between": regions.between[k].tolist(),
            "at": regions.passes.points[k].tolist(),
            "landscape": float(regions.passes.values[k]),
            "frequency": opening_frequency(float(regions.passes.values[k])) / unit,
        }
        for k in range(len(regions.between))
    ]


def write_prediction(path: str | Path, prediction: Prediction, summary: dict[str, Any]) -> None:
    """Write a prediction with its summary into one HDF5 file, atomically."""
    with atomic(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["schema"], file.attrs["kind"] = SCHEMA, "predict"
        file.attrs["summary"] = json.dumps(summary)
        landscape = prediction.landscape
        group = file.create_group("landscape")
        for name, units in _PIXELS.items():
            _put(group, name, getattr(landscape, name), units)
        group.attrs["correlated"], group.attrs["relative"] = landscape.correlated, landscape.relative
        group.attrs["missing"] = json.dumps(landscape.missing)
        _put(group, "labels", prediction.labels, "")
        for name in ("points", "values", "sigma", "constants"):
            _put(file, f"peaks/{name}", getattr(prediction.peaks, name), "")
        for name in ("peak", "rayleigh", "peak_sigma", "rayleigh_sigma", "area"):
            _put(file, f"frequencies/{name}", getattr(prediction.frequencies, name), "")
        for name in ("peaks", "passes"):
            critical = getattr(prediction.regions, name)
            for part in ("vertices", "points", "values"):
                _put(file, f"regions/{name}/{part}", getattr(critical, part), "")
        _put(file, "regions/between", prediction.regions.between, "")
        for valley in prediction.valleys:
            place = file.create_group(f"valleys/{valley.number}")
            place.attrs["summit"] = valley.summit
            _put(place, "points", valley.points, "m")
            _put(place, "values", valley.values, "s^2")


def _put(place: Any, name: str, values: Any, units: str) -> None:
    large = np.size(values) > 1000
    dataset = place.create_dataset(
        name, data=values, compression="gzip" if large else None, shuffle=large or None
    )
    dataset.attrs["units"] = units


def read_prediction(path: str | Path) -> tuple[Prediction, dict[str, Any]]:
    """Read a prediction and its summary. Raises ``InputError`` naming the file when it is none."""
    path = result_file(path)
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such result file.", "Make one with: landscape predict DEFORMATION.h5"
        )
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("kind") != "predict":
                raise InputError(
                    f"{path}: not a prediction.", "Make one with: landscape predict DEFORMATION.h5"
                )
            summary = json.loads(file.attrs["summary"])
            check_schema(summary, str(path))
            return _read(file, summary), summary
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a complete result file ({error}).", "Predict again.") from None


def _read(file: Any, summary: dict[str, Any]) -> Prediction:
    group = file["landscape"]
    landscape = MeasuredLandscape(
        **{name: group[name][()] for name in _PIXELS},
        correlated=float(group.attrs["correlated"]),
        relative=bool(group.attrs["relative"]),
        missing=tuple(json.loads(group.attrs["missing"])),
    )
    labels = group["labels"][()]
    peaks, passes = (
        Critical(*(file[f"regions/{name}/{part}"][()] for part in ("vertices", "points", "values")))
        for name in ("peaks", "passes")
    )
    regions = Regions(peaks, labels[landscape.mask], passes, file["regions/between"][()])
    valleys = [
        Valley(int(number), place["points"][()], place["values"][()], int(place.attrs["summit"]))
        for number, place in file.get("valleys", {}).items()
    ]
    return Prediction(
        landscape,
        regions,
        labels,
        Peaks(*(file[f"peaks/{name}"][()] for name in ("points", "values", "sigma", "constants"))),
        tuple(sorted(valleys, key=lambda valley: valley.number)),
        RegionFrequencies(
            *(
                file[f"frequencies/{n}"][()]
                for n in ("peak", "rayleigh", "peak_sigma", "rayleigh_sigma", "area")
            )
        ),
        tuple(summary["warnings"]),
        summary["input"].get("settings", {}),
    )
