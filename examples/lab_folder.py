"""A lab folder, start to finish: captures -> deformations -> prediction -> comparison -> report.

    lab/static/capture.toml, def_*.png, ref_*.png     phase-shifted speckle holograms, loaded and unloaded
    lab/mode-01/capture.toml, def.png, ref.png        holograms of a vibrating plate

With a folder of your own, leave out ``record``: the rest stays as it is. The one recorded here is synthetic.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from holography.batch import import_many
from holography.comparison import compare
from holography.comparisonfile import read_measurements
from holography.deformationfile import read_deformation
from holography.experiment import example_plate
from holography.prediction import predict
from holography.report import write_report_folder
from holography.twin import Camera, make_twin, record_mode, record_static
from landscape.results import Result, result_of
from landscape.solution import SolveOptions, solve


@dataclass(frozen=True)
class Found:
    """``predicted`` (k,) first frequencies by the peak rule with their ``sigma`` (k,), from the hologram alone; ``matched`` modes and
    their ``macs``; ``stiffness``: implied by the static field over modelled; ``hidden``: what the twin had; ``report``: its place."""

    predicted: tuple[float, ...]
    sigma: tuple[float, ...]
    matched: tuple[int, ...]
    macs: tuple[float, ...]
    stiffness: float
    hidden: float
    report: Path


def record(result: Result, folder: Path) -> float:
    """Fill a lab folder with synthetic recordings; return the stiffness of the twin over that of the model."""
    rng = np.random.default_rng(3)
    twin = make_twin(result, rng, camera=Camera(pixel=0.7e-3))
    record_static(twin, folder / "static", rng)
    for mode in (1, 3):
        record_mode(twin, mode, folder / f"mode-{mode:02d}", rng)
    return twin.kappa


def main(folder: Path | None = None) -> Found:
    """Do the whole chain in ``folder``, or nowhere, and return its numbers."""
    if folder is None:
        with tempfile.TemporaryDirectory() as place:
            return main(Path(place))
    result = result_of(solve(example_plate(), SolveOptions(modes=8)))
    hidden = record(result, folder / "lab")

    statuses = import_many([folder / "lab"], folder / "measurements", figures=False)
    failed = [status.message for status in statuses if status.state == "failed"]
    assert not failed, failed
    prediction = predict(read_deformation(folder / "measurements" / "static" / "deformation.h5"))
    frequencies = np.sqrt(prediction.frequencies.peak) / (2 * np.pi)
    sigma = frequencies * prediction.frequencies.peak_sigma / 2

    comparison = compare(result, read_measurements([folder / "measurements"]))
    report = write_report_folder(comparison, folder / "comparison", figures=False)
    pairs = comparison.summary["pairs"]
    static = comparison.summary["statics"][0]
    return Found(
        tuple(frequencies.tolist()),
        tuple(sigma.tolist()),
        tuple(pair["mode"] for pair in pairs),
        tuple(pair["mac"] for pair in pairs),
        static["stiffness"]["implied"] / static["stiffness"]["predicted"],
        hidden,
        report,
    )


if __name__ == "__main__":
    found = main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    for number, (f, s) in enumerate(zip(found.predicted, found.sigma, strict=True), 1):
        print(f"region {number}: first mode predicted at {f:.1f} ± {s:.1f} Hz")
    print("modes matched:", found.matched, "with MAC", np.round(found.macs, 4))
    print(f"stiffness over modelled: {found.stiffness:.4f}, hidden in the twin: {found.hidden:.4f}")
