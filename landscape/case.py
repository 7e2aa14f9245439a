"""A case: the mesh of a plate with material, supports and load, from ``plate.toml`` or from a bare mesh."""

from dataclasses import dataclass, replace
from pathlib import Path

from landscape.case_sections import Quantities, Value, plate_of
from landscape.case_supports import supports_of
from landscape.curves import smooth_boundary
from landscape.errors import InputError
from landscape.mesh import PlateMesh, read_mesh, scaled
from landscape.plate import Plate
from landscape.tables import Table, read_table
from landscape.units import to_si


@dataclass(frozen=True)
class Case:
    """What a solver needs: ``mesh`` in m (or its own unit) and ``plate``; for the user ``name`` and ``notes``.

    ``sources`` are the files it came from, the one the user named first.
    """

    name: str
    mesh: PlateMesh
    plate: Plate
    notes: tuple[str, ...]
    sources: tuple[Path, ...]


class MaterialTable(Table):
    """[material]: each one value, or one per named surface region."""

    young: Value | None = None
    poisson: Value | None = None
    density: Value | None = None


class PlateTable(Table):
    """[plate]."""

    thickness: Value | None = None


class LoadTable(Table):
    """[load]."""

    pressure: Value | None = None


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
    """Return the case in a ``.toml`` file, or of a mesh with the ``.toml`` of its name beside it, if any.

    A mesh alone is non-dimensional (D = ρh = 1, ν = 0.3) and takes its supports from group names that start
    with clamped, supported, pinned or free; the rest of its boundary is clamped, and ``notes`` says so.
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
        return replace(
            case, sources=(path, beside), notes=(*case.notes, f"Material and supports: {beside.name}.")
        )
    return _case(path, CaseTable(mesh=path.name))


def _case(path: Path, table: CaseTable) -> Case:
    """Return the case of a table that stands in ``path``."""
    if table.mesh is None:
        raise InputError(f"{path}: names no mesh.", 'Add a line like mesh = "plate.msh".')
    source = path.parent / table.mesh
    mesh = scaled(read_mesh(source), _length_unit(table.length_unit, path))
    if table.geometry.smooth_boundary:
        mesh = smooth_boundary(mesh)
    supports, rest, said = supports_of(mesh, table.supports, path)
    quantities = Quantities(
        table.material.young,
        table.material.poisson,
        table.material.density,
        table.plate.thickness,
        table.load.pressure,
    )
    plate, units = plate_of(mesh, quantities, path)
    plate = replace(plate, supports=supports, rest=rest)
    sources = (path,) if path == source else (path, source)
    return Case(path.stem, mesh, plate, (*mesh.notes, *units, *said), sources)


def _length_unit(unit: str, path: Path) -> float:
    """Return the length unit in m."""
    return to_si(f"1 {unit}", "m", f"{path}: length_unit")
