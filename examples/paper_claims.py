"""The paper's claims, one by one, on a numerical twin (Lefebvre et al., PRL 117, 074301, 2016, doi:10.1103/PhysRevLett.117.074301).

1. One static deflection, seen in one hologram, shows every room where the plate will trap its vibrations.
2. From the same picture follow the frequencies, without mesh, stiffness or any mode.
3. Modes stay inside the regions as long as no pass of the landscape has opened.
4. ω² L bounds every mode, point by point.
5. What confines is the effective network, the valleys with L < 1/ω²: it grows open as the frequency rises.

All measurements are synthetic: speckle holograms of a plate whose stiffness the prediction does not know.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from holography.experiment import run_demo
from landscape.topography.valleys import Valley, effective_network


@dataclass(frozen=True)
class Claims:
    """The numbers behind each claim.

    ``rooms`` seen of ``of``, ``extra`` beyond them, ``apart`` (m) at most between a measured peak and its
    place; ``peak_error``, ``rayleigh_error``: of the first modes; ``confined``: least share of a measured mode below the first pass
    inside its region; ``broken``: greatest share of the area where a measured mode exceeds the bound by more than its
    noise; ``mac``: the least with a computed mode; ``network``: length (m) of the effective network at rising frequencies.
    """

    rooms: int
    of: int
    extra: int
    apart: float
    peak_error: float
    rayleigh_error: float
    confined: float
    mac: float
    broken: float
    network: tuple[float, ...]


def main(folder: Path | None = None, seed: int = 1) -> Claims:
    """Run the experiment and return the numbers. Files go to ``folder``, or nowhere."""
    if folder is None:
        with tempfile.TemporaryDirectory() as place:
            return main(Path(place), seed)
    done = run_demo(folder, seed, figures=False)
    summary = done.comparison.summary
    first_pass = min(one["frequency"] for one in summary["passes"])
    low = [pair for pair in summary["pairs"] if pair["fits"] and pair["frequency"]["measured"] < first_pass]
    seen = summary["statics"][0]["topography"]["regions"]
    valleys = [Valley(k, line[:, :2], line[:, 2], 0) for k, line in enumerate(done.comparison.plate.valleys)]
    frequencies = np.geomspace(0.5, 4, 8) * first_pass
    return Claims(
        done.found,
        done.rooms,
        done.extra,
        max(row["distance"] for row in seen if row["distance"] is not None),
        done.peak_error,
        done.rayleigh_error,
        min(pair["energy_share"] for pair in low),
        min(pair["mac"] for pair in low),
        max(pair["inequality"]["broken"] for pair in low),
        tuple(length(valleys, 2 * np.pi * frequency) for frequency in frequencies),
    )


def length(valleys: list[Valley], omega: float) -> float:
    """Return the length of the effective network at ω."""
    parts = effective_network(valleys, omega)
    return float(sum(np.linalg.norm(np.diff(part, axis=0), axis=1).sum() for part in parts))


if __name__ == "__main__":
    claims = main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(
        f"1. {claims.rooms} of {claims.of} rooms seen, {claims.extra} extra; peaks within {1e3 * claims.apart:.2f} mm"
    )
    print(
        f"2. first modes predicted within {100 * claims.peak_error:.1f} % (peak), {100 * claims.rayleigh_error:.1f} % (Rayleigh)"
    )
    print(
        f"3. at least {100 * claims.confined:.1f} % of every mode below the first pass inside its region; MAC {claims.mac:.3f}"
    )
    print(f"4. the bound is broken on {100 * claims.broken:.2f} % of the area at most")
    print("5. effective network, mm:", *(f"{1e3 * part:.0f}" for part in claims.network))
