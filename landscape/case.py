"""A case: the mesh of a plate with its material, supports and load, from ``plate.toml`` or from a bare mesh."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.curves import smooth_boundary
from landscape.errors import InputError
from landscape.mesh import PlateMesh, boundary_edges, read_mesh, scaled
from landscape.plate import Material, Plate, Section, Support
from landscape.tables import Table, read_table
from landscape.units import to_si

Value = float | str
REST = "rest"
"""The region, or the boundary, that no other key names."""
SUPPORT_WORDS = {
    "clamped": Support.CLAMPED,
    "supported": Support.SUPPORTED,
    "pinned": Support.SUPPORTED,
    "free": Support.FREE,
}


@dataclass(frozen=True)
class Case:
    """Everything a solver needs: ``mesh`` in m (or its own unit), ``plate``; and for the user: ``name``, ``notes``.

    ``sources`` are the files it came from, the one the user named first.
    """

    name: str
    mesh: PlateMesh
    plate: Plate
    notes: tuple[str, ...]
    sources: tuple[Path, ...]


class MaterialTable(Table):
    """[material]: each one value, or one per named surface region."""

    young: Value | dict[str, Value] | None = None
    poisson: float | dict[str, float] | None = None
    density: Value | dict[str, Value] | None = None


class PlateTable(Table):
    """[plate]."""

    thickness: Value | dict[str, Value] | None = None


class LoadTable(Table):
    """[load]."""

    pressure: Value | dict[str, Value] | None = None


class GeometryTable(Table):
    """[geometry]: how the mesh's outline is read."""

    smooth_boundary: bool = True


class CaseTable(Table):
    """plate.toml."""

    mesh: str | None = None
    length_unit: str = "m"
    material: MaterialTable = MaterialTable()
    plate: PlateTable = PlateTable()
    supports: dict[str, str] | None = None
    load: LoadTable = LoadTable()
    geometry: GeometryTable = GeometryTable()


def read_case(path: str | Path) -> Case:
    """Return the case in a ``.toml`` file, or of a mesh with the ``.toml`` of the same name beside it, if any.

    A mesh alone is non-dimensional (D = ρh = 1, ν = 0.3) and takes its supports from group names that start with
    clamped, supported, pinned or free; the rest of its boundary is clamped, and ``notes`` says so.
    Raises ``InputError`` naming the file and the key.
    """
    path = Path(path)
    beside = path.with_suffix(".toml")
    if path.suffix == ".toml":
        return _case(path, read_table(path, CaseTable))
    if path.is_file() and beside.is_file():
        table = read_table(beside, CaseTable)
        if table.mesh is not None and (beside.parent / table.mesh).resolve() != path.resolve():
            raise InputError(
                f"{beside}: stands beside {path.name} but names the mesh {table.mesh!r}.",
                f"Solve {beside.name} itself, or give one of the two files another name.",
            )
        case = _case(beside, table.model_copy(update={"mesh": path.name}))
        return replace(case, sources=(path, beside), notes=(*case.notes, f"Material and supports: {beside.name}."))
    return _case(path, CaseTable(mesh=path.name))


def _case(path: Path, table: CaseTable) -> Case:
    """Return the case of a table that stands in ``path``."""
    if table.mesh is None:
        raise InputError(f"{path}: names no mesh.", 'Add a line like mesh = "plate.msh".')
    source = path.parent / table.mesh
    mesh = scaled(read_mesh(source), _length_unit(table.length_unit, path))
    if table.geometry.smooth_boundary:
        mesh = smooth_boundary(mesh)
    supports, rest, said = _supports(mesh, table.supports, path)
    plate, units = _plate(mesh, table, path)
    plate = replace(plate, supports=supports, rest=rest)
    sources = (path,) if path == source else (path, source)
    return Case(path.stem, mesh, plate, (*mesh.notes, *units, *said), sources)


def _length_unit(unit: str, path: Path) -> float:
    """Return the length unit in m."""
    return to_si(f"1 {unit}", "m", f"{path}: length_unit")


def _supports(
    mesh: PlateMesh, given: Mapping[str, str] | None, path: Path
) -> tuple[dict[str, Support], Support, list[str]]:
    """Return the support of each group, that of the boundary no group names, and notes."""
    known = {**mesh.edge_groups, **mesh.point_groups}
    rest, notes = Support.CLAMPED, []
    supports = {name: support for name in known if (support := _meant(name)) is not None}
    for name, word in (given or {}).items():
        support = Support.parse(word, f"{path}: [supports] {name}")
        if name == REST and name not in known:
            rest = support
        elif name not in known:
            raise InputError(
                f"{path}: [supports] names the group {name!r}, which the mesh does not have.",
                f"Its boundary and point groups are: {', '.join(sorted(known)) or 'none'}.",
            )
        else:
            supports[name] = support
    implied = sorted(set(supports) - set(given or {}))
    if implied:
        notes.append("Supports from the names of the groups: " + ", ".join(implied) + ".")
    _refuse_contradictions(mesh, supports, path)
    return supports, rest, notes + _left(mesh, supports, rest, said=given is not None and REST in given)


def _meant(name: str) -> Support | None:
    """Return the support a group's name implies."""
    return next((s for word, s in SUPPORT_WORDS.items() if name.lower().startswith(word)), None)


def _refuse_contradictions(mesh: PlateMesh, supports: Mapping[str, Support], path: Path) -> None:
    """Refuse an edge or a point in two groups with different supports."""
    for groups in (mesh.edge_groups, mesh.point_groups):
        names = [name for name in supports if name in groups]
        for i, a in enumerate(names):
            for b in names[:i]:
                if supports[a] != supports[b] and len(np.intersect1d(groups[a], groups[b])):
                    raise InputError(
                        f"{path}: groups {b!r} ({supports[b]}) and {a!r} ({supports[a]}) share edges or points.",
                        "Give both the same support, or make the groups disjoint in the mesher.",
                    )


def _left(mesh: PlateMesh, supports: Mapping[str, Support], rest: Support, *, said: bool) -> list[str]:
    """Return notes on the boundary and the points that no support was given for."""
    held = [ids for name, ids in mesh.edge_groups.items() if name in supports]
    rim = boundary_edges(mesh)
    left = np.setdiff1d(rim, np.concatenate(held)) if held else rim
    notes = []
    if len(left) and not said:
        share = "The boundary" if len(left) == len(rim) else f"{len(left)} of {len(rim)} boundary edges"
        notes.append(f"{share} has no support given: {rest}." if len(left) == len(rim) else f"{share} have no support given: {rest}.")
    idle = sorted(name for name in mesh.point_groups if name not in supports)
    if idle:
        notes.append(f"Point groups without a support, taken as free: {', '.join(idle)}.")
    return notes


class Region(NamedTuple):
    """The material values of one surface region, as written; None is not given."""

    young: Value | None
    poisson: float | None
    density: Value | None
    thickness: Value | None


def _plate(mesh: PlateMesh, table: CaseTable, path: Path) -> tuple[Plate, list[str]]:
    """Return sections and loads of a case, and a note when it is non-dimensional."""
    quantities = Region(table.material.young, table.material.poisson, table.material.density, table.plate.thickness)
    written = {*_region_names(*quantities, table.load.pressure)}
    names = sorted(written - {REST})
    _check_regions(mesh, names, path)
    si = any(quantities[i] is not None for i in (0, 2, 3))
    unit = "Pa" if si else "dimensionless"
    sections = {name: _section(Region(*(_of(q, name) for q in quantities)), name, path) for name in names}
    pressures = {name: to_si(p, unit, f"{path}: [load] pressure") for name in names if (p := _of(table.load.pressure, name)) is not None}
    covered = bool(names) and len(np.unique(np.concatenate([mesh.surface_groups[n] for n in names]))) == mesh.mesh.t.shape[1]
    default = sections[names[0]] if covered else _section(Region(*(_of(q, REST) for q in quantities)), REST, path)
    pressure = _of(table.load.pressure, REST)
    plate = Plate(
        section=default,
        sections=sections,
        pressure=1.0 if pressure is None else to_si(pressure, unit, f"{path}: [load] pressure"),
        pressures=pressures,
        units="SI" if si else "nondimensional",
    )
    note = f"No material given: non-dimensional, D = ρh = 1, ν = {default.poisson:g}, lengths as in the mesh."
    return plate, [] if si else [note]
