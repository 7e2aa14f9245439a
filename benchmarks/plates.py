"""The plate of ``meshes/plate.geo`` meshed as a benchmark needs it: uniform, or graded ever closer to the corners."""

import json
import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import gmsh
import numpy as np

MESHES = Path(__file__).resolve().parent.parent / "meshes"
PLATE, CASE = MESHES / "plate.msh", MESHES / "plate.toml"


@dataclass(frozen=True)
class Grading:
    """Element size h = smallest + growth · distance to the nearest wall end, at most ``largest``; lengths in m."""

    smallest: float
    largest: float
    growth: float = 0.45


def uniform(size: float) -> Grading:
    """Return the grading of one size everywhere."""
    return Grading(size, size)


def make(path: Path, grading: Grading) -> Path:
    """Mesh the plate as told and write gmsh 2.2, which every peer reads."""
    text = (MESHES / "plate.geo").read_text()
    text = re.sub(r"(?m)^h_min = .*$", f"h_min = {grading.smallest!r};", text)
    text = re.sub(r"(?m)^h_max = .*$", f"h_max = {grading.largest!r};", text)
    text = text.replace("%g + 0.45*F1", f"%.12g + {grading.growth}*F1").replace("%g)", "%.12g)")
    geometry = path.with_suffix(".geo")
    geometry.write_text(text)
    gmsh.initialize()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.open(str(geometry))
        gmsh.option.setNumber("Mesh.MeshSizeMin", grading.smallest / 2)
        gmsh.model.mesh.generate(2)
        gmsh.option.setNumber("Mesh.MshFileVersion", 2.2)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    path.with_suffix(".toml").write_text(CASE.read_text().replace('"plate.msh"', f'"{path.name}"'))
    return path


def meshed(path: Path, grading: Grading) -> Path:
    """Mesh the plate in a process of its own: the memory of this one would count as the peers'."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(make, path, grading).result()


def material() -> dict[str, float]:
    """Return D, ν and ρh of the plate, SI."""
    from landscape.case import read_case

    section = read_case(CASE).plate.section
    return {"D": section.stiffness, "nu": section.poisson, "rho_h": section.areal_mass}


def eigenvalues_of(folder: Path) -> np.ndarray:
    """Return ω² (k,) of a result folder of ``landscape solve`` or of a peer's ``eigenvalues.json``."""
    if (folder / "summary.json").exists():
        return np.array([m["eigenvalue"] for m in json.loads((folder / "summary.json").read_text())["modes"]])
    return np.array(json.loads((folder / "eigenvalues.json").read_text()))


def worst_error(values: np.ndarray, reference: np.ndarray) -> float:
    """Return the largest relative error of the frequencies √ω²."""
    k = min(len(values), len(reference))
    return float(np.max(np.abs(np.sqrt(values[:k] / reference[:k]) - 1)))
