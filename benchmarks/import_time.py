"""Where the time of `landscape import` goes: a synthetic 4-step speckle pair, stage by stage, with the peak memory.

python benchmarks/import_time.py [pixels a side, default 2048]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from holography.capturefolder import write_capture
from holography.deformation import Sensitivity
from holography.deformationfile import write_deformation
from holography.pipeline import import_capture
from holography.recording import record_phase_shift
from holography.sheets import draw_sheet
from holography.synthetic import Light, Scene, View

FRINGES = 8
WAVELENGTH = 532e-9


def make_capture(folder: Path, side: int) -> Path:
    size = 0.2

    def deflection(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = 2 * x / size - 1, 2 * y / size - 1
        return FRINGES * WAVELENGTH / 2 * np.clip(1 - (u**2 + v**2) / 0.81, 0, None) ** 2

    def outline(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (2 * x / size - 1) ** 2 + (2 * y / size - 1) ** 2 < 0.81

    scene = Scene(deflection, outline, Sensitivity(WAVELENGTH), View.straight((side, side), size / side))
    recording = record_phase_shift(scene, Light(exposure=0.2), np.random.default_rng(0))
    return write_capture(folder, recording, scene, sections={"camera": {"pixel_size": size / side}})


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(side: int = 2048) -> dict[str, float]:
    """Import one pair of ``side`` x ``side`` frames; returns seconds per stage, their total, the peak in GiB."""
    with tempfile.TemporaryDirectory() as name:
        path = make_capture(Path(name), side)
        start, busy = time.perf_counter(), time.process_time()
        deformation, stages = import_capture(path)
        imported = time.perf_counter()
        draw_sheet(Path(name) / "stages.png", stages)
        drawn = time.perf_counter()
        write_deformation(Path(name) / "deformation.h5", deformation)
        written, busy = time.perf_counter(), time.process_time() - busy
    rows = {**stages.seconds, "place and hash": imported - start - sum(stages.seconds.values())}
    rows |= {
        "sheet": drawn - imported,
        "write": written - drawn,
        "total": written - start,
        "of it processor time": busy,
        "peak (GiB)": peak_gib(),
    }
    print(f"4-step pair, 8 frames of {side} x {side} pixels, 8 bits\n")
    print("| stage | seconds |\n|---|---|")
    for stage, value in rows.items():
        print(f"| {stage} | {value:.2f} |")
    return rows


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2048)
