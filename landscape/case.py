"""A case: the mesh of a plate with material, supports and load, from ``plate.toml`` or from a bare mesh."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from landscape.case_mesh import mesh_of, quantities_of
from landscape.case_sections import plate_of
from landscape.case_supports import supports_of
from landscape.case_tables import CaseTable
from landscape.curves import smooth_boundary
from landscape.errors import InputError
from landscape.mesh import PlateMesh
from landscape.plate import Plate
from landscape.tables import checked, read_table


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


def read_case(path: str | Path) -> Case:
    """Return the case in a ``.toml`` file, or of a mesh with the ``.toml`` of its name beside it, if any.

    A drawing (DXF, SVG, STEP) is meshed first, as is the ``[outline]`` of a case. A mesh alone is
    non-dimensional (D = ρh = 1, ν = 0.3) and takes its supports from group names that start with clamped,
    supported, pinned or free; the rest of its boundary is clamped, and ``notes`` says so.
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
        unit = table.length_unit if table.outline is None else "m"  # a mesh made from the outline is in m
        own = {"mesh": path.name, "outline": None, "length_unit": unit}
        case = _case(beside, table.model_copy(update=own))
        return replace(
            case, sources=(path, beside), notes=(*case.notes, f"Material and supports: {beside.name}.")
        )
    return _case(path, CaseTable(mesh=path.name))


def case_from(path: str | Path, content: dict[str, Any]) -> Case:
    """Return the case with the contents of a case file that stands, or could stand, at ``path``.

    For variations of a case. Raises ``InputError`` naming ``path`` and the key.
    """
    return _case(Path(path), checked(Path(path), content, CaseTable))


def _case(path: Path, table: CaseTable) -> Case:
    """Return the case of a table that stands in ``path``."""
    mesh, source = mesh_of(path, table)
    if table.geometry.smooth_boundary:
        mesh = smooth_boundary(mesh)
    supports, rest, said = supports_of(mesh, table.supports, path)
    plate, units = plate_of(mesh, quantities_of(table), path)
    plate = replace(plate, supports=supports, rest=rest)
    sources = (path,) if source in (path, None) else (path, source)
    return Case(path.stem, mesh, plate, (*mesh.notes, *units, *said), sources)
