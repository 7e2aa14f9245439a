"""The whole experiment on a numerical twin, from a mesh to the report; every measurement in it is synthetic.

plate.msh -> landscape and modes; twin of hidden stiffness -> speckle holograms of the loaded plate -> import -> predict;
holograms of its modes -> import -> compare -> report.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

import landscape
from holography.batch import DEFORMATION, import_many
from holography.comparison import Comparison, compare
from holography.comparisonfile import read_measurements
from holography.deformationfile import read_deformation
from holography.prediction import predict
from holography.predictionfile import summarize_prediction, write_prediction
from holography.report import write_report_folder
from holography.report_numbers import closed_pairs
from holography.twin import Twin, make_twin, record_mode, record_static
from landscape.errors import InputError
from landscape.files import atomic, write_json
from landscape.results import Result, result_of, write_result
from landscape.solution import SolveOptions, solve

Progress = Callable[[str], None]
MODES = 20
HIGHER = 3  # modes measured besides the first of every region


@dataclass(frozen=True)
class DemoOutcome:
    """What the experiment ended with: where its ``report`` is, and the five numbers that matter.

    ``found`` of ``rooms`` seen from one static hologram, ``extra`` beyond them; ``peak_error`` the greatest relative error of a
    first mode predicted from it by the peak rule, ``rayleigh_error`` by Rayleigh's quotient; ``mac`` the least of measured and computed
    modes; ``energy`` the least share of a mode inside its predicted region, below its opening; ``kappa`` the hidden factor on the
    stiffness, ``recovered`` from the static field.
    """

    folder: Path
    report: Path
    comparison: Comparison
    rooms: int
    found: int
    extra: int
    peak_error: float
    rayleigh_error: float
    mac: float
    energy: float
    kappa: float
    recovered: float
    seconds: float

    def lines(self) -> list[str]:
        """Return the five numbers in words."""
        return [
            f"{self.found} of {self.rooms} rooms seen in one static hologram, {self.extra} extra",
            f"{100 * self.peak_error:.1f} % greatest error of a first mode predicted from that hologram alone (Rayleigh: "
            f"{100 * self.rayleigh_error:.1f} %)",
            f"{self.mac:.3f} least MAC of measured and computed modes",
            f"{100 * self.energy:.1f} % least share of a mode's energy inside its predicted region",
            f"{self.recovered:.4f} times the modelled stiffness recovered; hidden in the twin: {self.kappa:.4f}",
        ]


def example_plate() -> Path:
    """Return the case file of the plate of seven rooms that comes with the program.

    Raises ``InputError`` when the installation lacks it.
    """
    packaged = Path(str(resources.files("landscape"))) / "data" / "plate.toml"
    for path in (packaged, Path(landscape.__file__).parents[1] / "meshes" / "plate.toml"):
        if path.is_file():
            return path
    raise InputError(
        "The example plate (plate.toml, plate.msh) is not installed.", "Install plate-landscape again."
    )


def run_demo(
    folder: str | Path, seed: int = 1, *, figures: bool = True, progress: Progress | None = None
) -> DemoOutcome:
    """Run the whole experiment into ``folder`` and return what it found. The same seed gives the same numbers.

    Writes plate.results, captures, measurements, prediction and comparison with report.html. Raises ``InputError`` when
    the folder cannot be written to or a capture fails.
    """
    begin = time.perf_counter()
    say = progress or (lambda _: None)
    folder = Path(folder)
    rng = np.random.default_rng(seed)
    result = _solved(folder, say)
    twin = make_twin(result, rng)
    say("Recording speckle holograms of the loaded plate")
    record_static(twin, folder / "captures" / "static", rng)
    static = _imported(folder, ["static"], say, figures=figures)[0]
    _predicted(static, folder / "prediction", say)
    names = record_modes(twin, folder / "captures", rng, mask=_mask(static, folder), progress=say)
    _imported(folder, names, say, figures=figures)
    say("Comparing")
    comparison = compare(result, read_measurements([folder / "measurements"]), progress=say)
    report = write_report_folder(comparison, folder / "comparison", figures=figures, progress=say)
    return outcome(comparison, twin, report, time.perf_counter() - begin)


def _solved(folder: Path, say: Progress) -> Result:
    say("Solving the plate: landscape and modes")
    result = result_of(solve(example_plate(), SolveOptions(modes=MODES), progress=say))
    place = folder / "plate.results"
    place.mkdir(parents=True, exist_ok=True)
    write_result(result, place / "result.h5")
    write_json(place / "summary.json", result.summary)
    return result


def _imported(folder: Path, names: list[str], say: Progress, *, figures: bool) -> list[Path]:
    """Import captures by name into measurements/NAME; return their deformation files."""
    out = []
    for name in names:
        say(f"Importing {name}")
        place = folder / "measurements" / name
        status = import_many([folder / "captures" / name], place, figures=figures)[0]
        if status.state == "failed":
            raise InputError(status.message)
        out.append(place / DEFORMATION)
    return out


def _predicted(deformation: Path, folder: Path, say: Progress) -> None:
    """Predict regions and frequencies from the static hologram alone and store them."""
    measured = read_deformation(deformation)
    prediction = predict(measured, progress=say)
    summary = summarize_prediction(prediction, measured, name="synthetic hologram", files=[deformation.name])
    folder.mkdir(parents=True, exist_ok=True)
    write_prediction(folder / "result.h5", prediction, summary)
    write_json(folder / "summary.json", summary)


def _mask(deformation: Path, folder: Path) -> Path:
    """Write the plate's pixels, found in the static hologram, as the mask of all later ones."""
    import imagecodecs

    path = folder / "captures" / "mask.png"
    image = np.where(read_deformation(deformation).mask, 255, 0).astype(np.uint8)
    with atomic(path) as temporary:
        temporary.write_bytes(imagecodecs.png_encode(image))
    return path


def measured_modes(summary: dict[str, Any], *, higher: int = HIGHER) -> list[int]:
    """Return the numbers of the first mode of every region and of the next ``higher`` lowest ones."""
    first: dict[int, int] = {}
    for mode in summary["modes"]:
        if mode["region"] is not None:
            first.setdefault(mode["region"], mode["number"])
    rest = [mode["number"] for mode in summary["modes"] if mode["number"] not in first.values()]
    return sorted([*first.values(), *rest[:higher]])


def record_modes(
    twin: Twin, folder: Path, rng: np.random.Generator, *, mask: Path, progress: Progress | None = None
) -> list[str]:
    """Record holograms of the measured modes, in turn time-averaged and off-axis; return the names of their folders."""
    names = []
    for k, mode in enumerate(measured_modes(twin.result.summary)):
        name = f"mode-{mode:02d}"
        if progress is not None:
            progress(f"Recording holograms of mode {mode}")
        record_mode(twin, mode, folder / name, rng, averaged=k % 2 == 0, mask=mask)
        names.append(name)
    return names


def outcome(comparison: Comparison, twin: Twin, report: Path, seconds: float) -> DemoOutcome:
    """Return the five numbers of a comparison with a twin, whose true frequencies are known."""
    summary = comparison.summary
    static = summary["statics"][0]
    shown = static["topography"] or {
        "missing": [r["id"] for r in summary["regions"]],
        "extra": 0,
        "regions": [],
    }
    first: dict[int, float] = {}
    for mode in twin.result.summary["modes"]:
        first.setdefault(mode["region"], float(twin.frequencies[mode["number"] - 1]))

    def worst(rule: str) -> float:
        errors = [
            abs(row["frequency"][rule] / first[row["region"]] - 1)
            for row in shown["regions"]
            if row["region"]
        ]
        return max(errors, default=float("nan"))

    pairs = [pair for pair in summary["pairs"] if pair["fits"]]
    factor = static["stiffness_factor"]
    return DemoOutcome(
        report.parent.parent,
        report,
        comparison,
        len(summary["regions"]),
        len(summary["regions"]) - len(shown["missing"]),
        int(shown["extra"]),
        worst("peak"),
        worst("rayleigh"),
        min((pair["mac"] for pair in pairs), default=float("nan")),
        min((pair["energy_share"] for pair in closed_pairs(summary)), default=float("nan")),
        twin.kappa,
        float("nan") if factor is None else float(factor["value"]),
        seconds,
    )
