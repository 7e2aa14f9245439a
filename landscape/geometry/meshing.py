"""Outline -> gmsh -> ``PlateMesh``: fine where the deflection is singular, second order where the rim is curved."""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landscape.errors import InputError
from landscape.geometry import model
from landscape.geometry.checks import check_outline
from landscape.geometry.corners import corner_size
from landscape.geometry.outline import Outline
from landscape.geometry.session import session
from landscape.geometry.stepfile import read_step
from landscape.mesh import PlateMesh, noted, read_mesh
from landscape.plate import Section, Support

PER_WAVELENGTH = 4.0
"""Quintic elements in a bending wavelength 2π/k; an eigenvalue is then right to better than 1e-3."""
PER_CIRCLE = 12
"""Elements around a full circle of the outline."""
MOST = 1_000_000
"""A mesh of more triangles is refused before gmsh is asked for it."""


@dataclass(frozen=True)
class MeshSpec:
    """How to mesh an outline.

    ``size``: of elements away from corners, in m; by default a fifteenth of √area, or what ``fmax`` asks for.
    ``grade``: elements grow as h = h_min + ``slope``·r from corners where the deflection is singular, with h_min
    for a relative error of ``accuracy`` in the eigenvalues. ``order`` 2 keeps the true curve of the boundary.
    ``supports``: group -> support, clamped where it is silent; it decides how singular a corner is.
    """

    size: float | None = None
    grade: bool = True
    order: int = 2
    accuracy: float = 1e-3
    slope: float = 0.5
    supports: Mapping[str, Support] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("size", "accuracy", "slope"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise InputError(f"Mesh {name}: needed a positive number, got {value!r}.")
        if self.order not in (1, 2):
            raise InputError(f"Mesh order: needed 1 or 2, got {self.order!r}.")


def size_for(frequency: float, section: Section) -> float:
    """Return the element size (m) that resolves bending waves up to ``frequency`` (Hz).

    A quarter of the wavelength 2π (D / (ρh ω²))^{1/4}.
    """
    if not (math.isfinite(frequency) and frequency > 0):
        raise InputError(f"Highest frequency: needed a positive number of Hz, got {frequency!r}.")
    omega = 2 * math.pi * frequency
    return 2 * math.pi * (section.stiffness / (section.areal_mass * omega**2)) ** 0.25 / PER_WAVELENGTH


def mesh_outline(outline: Outline, spec: MeshSpec | None = None) -> PlateMesh:
    """Return the mesh of an outline, its groups named, its curved edges true with ``order`` 2.

    Raises ``InputError`` for an outline that is no plate (see ``check_outline``) or that gmsh cannot mesh, and
    ``MissingDependencyError`` without gmsh.
    """
    check_outline(outline)
    with session() as gmsh:
        plate = model.build(gmsh, outline)
        return noted(_meshed(gmsh, plate, spec or MeshSpec()), *outline.notes)


def mesh_step(path: str | Path, spec: MeshSpec | None = None) -> PlateMesh:
    """Return the mesh of the flat face in a STEP file, in m; its edges are named as in the file, else ``edge``.

    Raises ``InputError`` naming the file (see ``read_step``), ``MissingDependencyError`` without gmsh.
    """
    with session() as gmsh:
        plate, notes = read_step(gmsh, Path(path))
        return noted(_meshed(gmsh, plate, spec or MeshSpec()), *notes)


def _meshed(gmsh: Any, plate: model.Model, spec: MeshSpec) -> PlateMesh:
    """Mesh the current gmsh model and return it checked."""
    area = sum(gmsh.model.occ.getMass(2, tag) for tag in plate.surfaces)
    size = spec.size or math.sqrt(area) / 15
    _check_size(gmsh, size, area)
    _set_sizes(gmsh, size, _fine_points(plate, size, spec) if spec.grade else {}, spec.slope)
    gmsh.option.setNumber("Mesh.ElementOrder", spec.order)
    gmsh.option.setNumber("Mesh.MshFileVersion", 2.2)
    gmsh.model.mesh.generate(2)
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/outline.msh"
        gmsh.write(file)
        try:
            return read_mesh(file)
        except InputError as error:
            raise InputError(error.message.removeprefix(f"{file}: "), error.advice) from None


def _check_size(gmsh: Any, size: float, area: float) -> None:
    """Refuse elements larger than the plate, and more of them than anybody can solve for."""
    box = gmsh.model.getBoundingBox(-1, -1)
    across = max(high - low for low, high in zip(box[:3], box[3:], strict=True))
    if size > 1.01 * across:
        raise InputError(
            f"An element size of {size:g} m is larger than the plate, which is {across:.4g} m across.",
            'Write the size with its unit, such as "5mm".',
        )
    if (count := 2.5 * area / size**2) > MOST:
        raise InputError(
            f"An element size of {size:g} m on a plate of {area:.4g} m² makes about {count:.1g} triangles; "
            f"at most {MOST:,} are made.",
            "Ask for larger elements or a lower highest frequency.",
        )


def _fine_points(plate: model.Model, size: float, spec: MeshSpec) -> dict[float, list[int]]:
    """Return element size -> gmsh points that need it, sizes rounded to a few classes."""
    fine: dict[float, list[int]] = {}
    for corner in plate.corners:
        held = [spec.supports.get(group, Support.CLAMPED) for group in corner.groups]
        wanted = corner_size(size, corner.angle, held, accuracy=spec.accuracy)
        if wanted < size:
            fine.setdefault(_class(wanted), []).append(corner.point)
    return fine


def _class(size: float) -> float:
    """Return the size rounded down to a power of √2."""
    return float(2 ** (math.floor(2 * math.log2(size)) / 2))


def _set_sizes(gmsh: Any, size: float, fine: Mapping[float, list[int]], slope: float) -> None:
    """Set h = min over points of (h_min + slope·r), at most ``size``, and less where the rim bends."""
    fields = gmsh.model.mesh.field
    parts = []
    for smallest, points in fine.items():
        distance = fields.add("Distance")
        fields.setNumbers(distance, "PointsList", points)
        grown = fields.add("MathEval")
        fields.setString(grown, "F", f"Min({smallest:.17g} + {slope:.17g}*F{distance}, {size:.17g})")
        parts.append(grown)
    if parts:
        least = fields.add("Min")
        fields.setNumbers(least, "FieldsList", parts)
        fields.setAsBackgroundMesh(least)
    gmsh.option.setNumber("Mesh.MeshSizeMax", size)
    gmsh.option.setNumber("Mesh.MeshSizeFromPoints", 0)
    gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
    gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", PER_CIRCLE)
