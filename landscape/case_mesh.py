"""The mesh of a case: read from a file, or made from an outline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from landscape.case_sections import Quantities, section_of
from landscape.case_supports import meant_by
from landscape.case_tables import CaseTable
from landscape.errors import InputError
from landscape.geometry import MeshSpec, Outline, mesh_outline, mesh_step, size_for
from landscape.geometry.families import random_outline
from landscape.geometry.outline import groups_in
from landscape.geometry.reading import (
    DRAWINGS,
    STEP,
    TAKEN_BY,
    ReadOptions,
    naming,
    read_drawing,
    refuse_idle,
)
from landscape.geometry.stepfile import step_groups
from landscape.geometry.tomlfile import OutlineTable, outline_of
from landscape.mesh import PlateMesh, noted, read_mesh, scaled
from landscape.tables import read_table
from landscape.units import to_si


@dataclass(frozen=True)
class MeshRequest:
    """What the user asks of a mesh, as written; None leaves it to the file or the default.

    ``size``: of elements, a length; ``fmax``: the highest wanted frequency; ``unit``, ``pixel_size``,
    ``tolerance``: how a drawing is read.
    """

    size: str | float | None = None
    fmax: str | float | None = None
    grade: bool | None = None
    order: int | None = None
    unit: str | None = None
    pixel_size: str | float | None = None
    tolerance: str | float | None = None


def mesh_of(path: Path, table: CaseTable) -> tuple[PlateMesh, Path | None]:
    """Return the mesh of a case at ``path`` in m, and the file it was read from, if any."""
    unit = 1.0 if table.length_unit == "m" else to_si(f"1 {table.length_unit}", "m", f"{path}: length_unit")
    if (table.mesh is None) == (table.outline is None):
        raise InputError(
            f"{path}: names {'no mesh' if table.mesh is None else 'both a mesh and an outline'}.",
            'Give either a line like mesh = "plate.msh" or a table [outline].',
        )
    if table.outline is not None:
        return _from_outline(path, table, table.outline, unit), None
    source = path.parent / str(table.mesh)
    if source.suffix.lower() in (*DRAWINGS, *STEP):
        return mesh_drawing(source, MeshRequest(), supports=table.supports), source
    return scaled(read_mesh(source), unit), source


def make_mesh(source: Path | tuple[str, int], request: MeshRequest) -> PlateMesh:
    """Return the mesh of a drawing, or of the random plate of a (family, seed); see ``mesh_drawing``."""
    if isinstance(source, Path):
        return mesh_drawing(source, request)
    family, seed = source
    if seed < 0:
        raise InputError(f"Seed of a family: needed 0 or more, got {seed}.")
    outline = random_outline(family, np.random.default_rng(seed))
    spec = replace(_spec(request, CaseTable(), Path(family)), supports=meant_by(groups_in(outline)))
    return noted(mesh_outline(outline, spec), f"Family {family}, seed {seed}.")


def mesh_drawing(
    path: str | Path, request: MeshRequest, *, supports: Mapping[str, str] | None = None
) -> PlateMesh:
    """Return the mesh of a drawing, or of the outline in a case, in m.

    ``path``: TOML with ``[outline]``, DXF, SVG, STEP, a picture or a deformation (HDF5). What ``request`` says wins over the file.
    ``supports``: how groups are held, where their names do not say it; it decides how singular a corner is.
    Raises ``InputError`` naming the file, ``MissingDependencyError`` without gmsh.
    """
    path = Path(path)
    if path.suffix.lower() == ".toml":
        table = read_table(path, CaseTable)
        if table.outline is None:
            raise InputError(f"{path}: has no table [outline].", "Add one, or name a drawing.")
        asked = {key: value for key, value in vars(request).items() if value is not None}
        outline = table.outline.model_copy(update=asked)
        return mesh_of(path, table.model_copy(update={"outline": outline, "mesh": None}))[0]
    spec = _spec(request, CaseTable(), path)
    if path.suffix.lower() in STEP:
        refuse_idle(path, {name: getattr(request, name) is not None for name in TAKEN_BY})
        with naming(path):
            return mesh_step(path, replace(spec, supports=meant_by(step_groups(path), supports)))
    lengths = (request.pixel_size, request.tolerance)
    pixel, tolerance = (
        None if length is None else to_si(length, "m", f"{path}: option") for length in lengths
    )
    unit = None if request.unit is None else to_si(f"1 {request.unit}", "m", f"{path}: unit")
    drawn = read_drawing(path, ReadOptions(unit, pixel, tolerance))
    return _meshed(path, drawn, replace(spec, supports=meant_by(groups_in(drawn), supports)))


def quantities_of(table: CaseTable) -> Quantities:
    """Return the material, thickness and load of a case as written."""
    material = table.material
    return Quantities(
        material.young, material.poisson, material.density, table.plate.thickness, table.load.pressure
    )


def _from_outline(path: Path, table: CaseTable, outline: OutlineTable, unit: float) -> PlateMesh:
    """Return the mesh of the outline of a case."""
    request = MeshRequest(outline.size, outline.fmax, outline.grade, outline.order)
    drawn = outline_of(outline, unit=unit, path=path)
    supports = meant_by(groups_in(drawn), table.supports)
    with naming(path):
        spec = replace(_spec(request, table, path), accuracy=outline.accuracy, supports=supports)
    return _meshed(path, drawn, spec)


def _meshed(path: Path, outline: Outline, spec: MeshSpec) -> PlateMesh:
    """Return the mesh of an outline from a file, which errors name."""
    with naming(path):
        return mesh_outline(outline, spec)


def _spec(request: MeshRequest, table: CaseTable, path: Path) -> MeshSpec:
    """Return the mesh spec of a request; ``fmax`` needs the material of ``table``."""
    sizes = [] if request.size is None else [_length(request.size, table.length_unit, path)]
    with naming(path):
        if request.fmax is not None:
            fmax = to_si(request.fmax, "Hz", f"{path}: fmax")
            if table.material.young is None:
                raise InputError(
                    "fmax needs the plate's material and thickness.",
                    "Give --size instead, or a TOML with [outline], [material] and [plate].",
                )
            sizes.append(size_for(fmax, section_of(quantities_of(table), path)))
        return MeshSpec(
            size=min(sizes, default=None), grade=request.grade is not False, order=request.order or 2
        )


def _length(value: str | float, unit: str, path: Path) -> float:
    """Return an element size in m; a bare number counts in the length unit of the case."""
    text = f"{value} {unit}" if isinstance(value, int | float) else value
    return to_si(text, "m", f"{path}: size")
