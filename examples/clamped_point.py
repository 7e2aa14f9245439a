"""One clamped point splits a plate.

A long clamped plate vibrates as a whole. Hold a single point of it (w = 0 and ∇w = 0) and its low modes stay on one side of that point:
the landscape, solved once, has two regions then, with a valley through the point. A point has no size; that it
matters at all is a property of plates, whose deflections lie in H². (Filoche & Mayboroda, PRL 103, 254301, 2009,
doi:10.1103/PhysRevLett.103.254301.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape.case import Case
from landscape.field import Field
from landscape.mesh import plate_mesh
from landscape.plate import Plate, Section, Support
from landscape.results import Result, result_of
from landscape.solution import SolveOptions, solve

LENGTH, POINT = 3.0, 1.25  # of a plate of width 1; the point stands at half its width


@dataclass(frozen=True)
class Split:
    """Of the plate without and with the clamped point: regions of the landscape, and of the first modes the share of energy
    on the side that has more of it; how far the valley between the regions passes from the point."""

    regions: tuple[int, int]
    without: NDArray[np.float64]
    with_point: NDArray[np.float64]
    valley: float


def solved(*, point: bool, cells: int = 24, modes: int = 4) -> Result:
    """Solve the plate on a regular mesh of ``cells`` across its width."""
    x, y = np.meshgrid(np.linspace(0, LENGTH, 3 * cells + 1), np.linspace(0, 1, cells + 1))
    corner = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (
        part.ravel() for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1])
    )
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    points = np.column_stack([x.ravel(), y.ravel()])
    nearest = int(np.argmin(np.hypot(points[:, 0] - POINT, points[:, 1] - 0.5)))
    named: dict[str, Any] = {"point": [nearest]} if point else {}
    supports = {"point": Support.CLAMPED} if point else {}
    mesh = plate_mesh(points, triangles, points_named=named)
    plate = Plate(Section(poisson=0.3), supports=supports, rest=Support.CLAMPED)
    name = "with the point" if point else "without the point"
    return result_of(solve(Case(name, mesh, plate, (), ()), SolveOptions(modes=modes)))


def shares(result: Result) -> NDArray[np.float64]:
    """Return, per mode, the share of ∫ψ² on that side of the point where it is greater."""
    x, y = np.linspace(0, LENGTH, 301), np.linspace(0, 1, 101)
    modes = Field.of_full(result.space(), result.modes).on_grid(x, y)
    energy = (np.nan_to_num(modes) ** 2).sum(axis=0)
    left = energy[x < POINT].sum(axis=0) / energy.sum(axis=0)
    return np.maximum(left, 1 - left)


def main() -> Split:
    """Solve both plates and return what the point does."""
    without, with_point = solved(point=False), solved(point=True)
    valley = min(
        (float(np.hypot(*(v.points - [POINT, 0.5]).T).min()) for v in with_point.valleys),
        default=float("inf"),
    )
    regions = (len(without.summary["regions"]), len(with_point.summary["regions"]))
    return Split(regions, shares(without), shares(with_point), valley)


if __name__ == "__main__":
    found = main()
    print(f"regions without and with the point: {found.regions}")
    print("energy on one side, without:", np.round(found.without, 3))
    print("energy on one side, with:   ", np.round(found.with_point, 3))
    print(f"the valley passes the point at {found.valley:.3f} of the width")
