"""Unwrapping of speckle phase: wrong cycles and time of scikit-image, kamui, SNAPHU (where installed) and ours.

python benchmarks/unwrapping.py [--side 1024] [--repeats 3]
"""

import argparse
import os
import statistics
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from measure import machine, markdown
from numpy.typing import NDArray
from scipy import ndimage

from holography.phase import unit, wrap
from holography.unwrap import unwrap

Field = NDArray[np.complexfloating]
Unwrapper = Callable[[Field], NDArray]
CONDITIONS = ((0.95, 1), (0.8, 1), (0.6, 5))
"""Coherence of the speckle, and side in pixels of the box the complex field is averaged over before."""


def cpu_seconds() -> float:
    """Return the processor time of this process and of those it ran: SNAPHU is a program of its own."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def surface(side: int) -> NDArray:
    """A smooth hill of 60 rad, about ten fringes."""
    v, u = np.mgrid[:side, :side] / side - 0.5
    return 60 * np.exp(-(u**2 + v**2) / 0.08)


def recorded(phase: NDArray, gamma: float, box: int, rng: np.random.Generator) -> Field:
    """Product of two speckle fields of coherence ``gamma`` that differ by ``phase``, averaged over a box."""
    first, other = (
        rng.standard_normal(phase.shape) + 1j * rng.standard_normal(phase.shape) for _ in range(2)
    )
    field = (gamma * first + np.sqrt(1 - gamma**2) * other) * np.conj(first) * np.exp(1j * phase)
    if box == 1:
        return field
    field = unit(field)
    return ndimage.uniform_filter(field.real, box) + 1j * ndimage.uniform_filter(field.imag, box)


def wrong_cycles(unwrapped: NDArray, phase: NDArray, true: NDArray) -> float:
    """Share of pixels whose fringe order differs from that of the same noise without jumps."""
    cycles = np.rint((unwrapped - (true + wrap(phase - true))) / (2 * np.pi))
    return float(np.mean(cycles != np.median(cycles)))


def by_scikit_image(field: Field) -> NDArray:
    from skimage.restoration import unwrap_phase

    return unwrap_phase(np.angle(field), rng=0)


def by_kamui(field: Field) -> NDArray:
    import kamui

    return kamui.unwrap_dimensional(np.angle(field))


def by_snaphu(field: Field) -> NDArray:
    import snaphu

    coherence = np.full(field.shape, 0.9, dtype=np.float32)
    return snaphu.unwrap(field.astype(np.complex64), coherence, nlooks=1.0, cost="smooth")[0]


def by_us(field: Field) -> NDArray:
    return unwrap(np.angle(field), np.ones(field.shape, dtype=bool)).phase


UNWRAPPERS: dict[str, Unwrapper] = {
    "scikit-image": by_scikit_image,
    "kamui ILP": by_kamui,
    "ours (auto)": by_us,
}
if find_spec("snaphu"):
    UNWRAPPERS["SNAPHU"] = by_snaphu


def compare(side: int, repeats: int) -> list[list[str]]:
    """Rows of the table: condition, unwrapper, wrong cycles in percent, median CPU time in s."""
    true, rows = surface(side), []
    for gamma, box in CONDITIONS:
        # our weights were chosen with seed 0
        fields = [recorded(true, gamma, box, np.random.default_rng(seed)) for seed in range(1, 1 + repeats)]
        name = f"γ = {gamma}, " + ("raw" if box == 1 else f"after a {box}×{box} complex mean")
        for label, method in UNWRAPPERS.items():
            wrong, seconds = [], []
            for field in fields:
                start = cpu_seconds()
                result = method(field)
                seconds.append(cpu_seconds() - start)
                wrong.append(wrong_cycles(result, np.angle(field), true))
            rows.append([name, label, f"{100 * np.mean(wrong):.4f}%", f"{statistics.median(seconds):.2f}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    header = [f"{options.side}² pixels", "unwrapper", "wrong cycles", "CPU s"]
    print(machine(), "", markdown(header, compare(options.side, options.repeats)), sep="\n")


if __name__ == "__main__":
    main()
