"""One plate in every format, and what its meshes are asked."""

import math

import numpy as np
import pytest

from landscape.mesh import PlateMesh, boundary_edges
from landscape.modes import eigenmodes
from landscape.plate import Plate
from landscape.system import assemble

# 200 × 100 mm under an arc of radius 125 mm, with a hole of radius 20 mm.
RADIUS, HALF = 0.125, math.asin(100 / 125)
EXACT = 0.2 * 0.1 + RADIUS**2 * (HALF - math.sin(HALF) * math.cos(HALF)) - math.pi * 0.02**2
GROUPS = {"clamped_bottom", "free_rim", "supported_hole"}


def eigenvalues(mesh: PlateMesh, count: int, supports: dict | None = None) -> tuple[int, np.ndarray]:
    system = assemble(mesh, Plate(supports=supports or {}))
    return system.unknowns, eigenmodes(system, count).eigenvalues


def area_of(mesh: PlateMesh) -> float:
    return float(assemble(mesh, Plate()).areas().sum())


def check_plate(mesh: PlateMesh, tolerance: float = 1e-6) -> None:
    assert area_of(mesh) == pytest.approx(EXACT, rel=tolerance)
    assert mesh.edge_groups.keys() == GROUPS
    assert sorted(np.concatenate([*mesh.edge_groups.values()])) == boundary_edges(mesh).tolist()
