"""Measurements made directly from a result, without a camera: exact fields, noise of known size, any pose."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holography.comparison_plate import ComparedPlate, plate_of_result
from holography.deformation import Deformation
from landscape.case import read_case
from landscape.results import Result, result_of
from landscape.solution import SolveOptions, solve

MESHES = Path(__file__).parents[2] / "meshes"


@cache
def solved(name: str, modes: int = 12) -> Result:
    """A plate that comes with the project, solved once."""
    path = MESHES / f"{name}.toml"
    return result_of(
        solve(read_case(path if path.is_file() else MESHES / f"{name}.msh"), SolveOptions(modes=modes))
    )


@cache
def plate(name: str = "plate", modes: int = 12) -> ComparedPlate:
    return plate_of_result(solved(name, modes))


@cache
def _grid(name: str, modes: int, size: int, angle: float, mirrored: bool) -> tuple:
    """Pixels, their places on the plate, and what the plate is there, for a camera turned by ``angle`` (rad)."""
    one = plate(name, modes)
    edge = np.concatenate(one.outline)
    middle = (edge.min(axis=0) + edge.max(axis=0)) / 2
    pixel = 1.15 * float(np.hypot(*np.ptp(edge, axis=0)) if angle else np.ptp(edge, axis=0).max()) / size
    cols, rows = np.meshgrid(np.arange(size) - size / 2 + 0.5, size / 2 - 0.5 - np.arange(size))
    c, s = np.cos(angle), np.sin(angle)
    u, v = pixel * (c * cols + s * rows), pixel * (-s * cols + c * rows)
    x, y = (-u if mirrored else u) + middle[0], v + middle[1]
    return x, y, pixel, one.at(np.column_stack([x.ravel(), y.ravel()]))


def measure(
    name: str = "plate",
    *,
    mode: int | None = None,
    scale: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
    size: int = 160,
    angle: float = 0.0,
    mirrored: bool = False,
    placed: bool = True,
    modes: int = 12,
) -> Deformation:
    """The deflection (times ``scale``) or a mode of max |ψ| = ``scale``, with white ``noise`` as a share of its maximum."""
    x, y, _, values = _grid(name, modes, size, angle, mirrored)
    field = values.deflection if mode is None else values.modes[:, mode - 1]
    field = np.nan_to_num(field).reshape(x.shape)
    field = scale * (field if mode is None else field / np.abs(field).max())
    sigma = max(noise, 1e-9) * np.abs(field).max()
    field = field + noise * np.abs(field).max() * np.random.default_rng(seed).standard_normal(field.shape)
    mask = values.inside.reshape(x.shape)
    cols, rows = np.meshgrid(np.arange(size, dtype=float), np.arange(size, dtype=float))
    result = solved(name, modes)
    summary = result.summary
    return Deformation(
        np.where(mask, field, np.nan),
        np.full(x.shape, sigma),
        mask,
        mask.astype(float),
        np.zeros_like(x),
        x if placed else cols,
        y if placed else size - 1 - rows,
        kind="static" if mode is None else "mode",
        length_unit="m" if placed else "pixel",
        pressure=result.plate.pressure if mode is None else None,
        frequency=None if mode is None else summary["modes"][mode - 1]["frequency"],
        areal_density=result.plate.section.areal_mass,
        provenance={
            "capture": {
                "title": f"{name} {'static' if mode is None else mode}",
                "camera": {} if placed else None,
            }
        },
    )


def combined(name: str, numbers: tuple[int, ...], weights: NDArray, **how: object) -> Deformation:
    """A combination of modes as one measured mode."""
    parts = [measure(name, mode=k, **how) for k in numbers]  # type: ignore[arg-type]
    total = sum(w * p.displacement for w, p in zip(weights, parts, strict=True))
    return replace(parts[0], displacement=total)
