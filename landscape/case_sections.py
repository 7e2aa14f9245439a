"""Material, thickness and pressure of a case, one value or one per surface region, as sections."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from landscape.errors import InputError
from landscape.mesh import PlateMesh
from landscape.plate import Material, Plate, Section
from landscape.units import to_si

Scalar = float | str
Value = Scalar | dict[str, Scalar]
REST = "rest"
"""The key of the region that no other key names."""
UNITS = {"young": "Pa", "poisson": "", "density": "kg/m^3", "thickness": "m"}
KEYS = {name: f"[material] {name}" for name in UNITS} | {"thickness": "[plate] thickness"}


@dataclass(frozen=True)
class Quantities:
    """What a case gives, as written: a value, or a table with one per surface region; None if silent."""

    young: Value | None
    poisson: Value | None
    density: Value | None
    thickness: Value | None
    pressure: Value | None


def plate_of(mesh: PlateMesh, given: Quantities, path: Path) -> tuple[Plate, list[str]]:
    """Return a plate (without supports) of the given values, and notes.

    Without Young's modulus, density and thickness it is non-dimensional; with some of them and not all, or
    with regions that overlap, do not exist or leave a part of the plate without a value, ``InputError``
    names the key.
    """
    si = _is_si(given)
    material = [given.young, given.poisson, given.density, given.thickness]
    names = _regions(mesh, material, path)
    default = _section(given, REST if REST in names or not names else names[0], si, path)
    loaded = [name for name in _regions(mesh, [given.pressure], path) if name != REST]
    plate = Plate(
        section=default,
        sections={name: _section(given, name, si, path) for name in names if name != REST},
        pressure=_pressure(given.pressure, REST, si, path),
        pressures={name: _pressure(given.pressure, name, si, path) for name in loaded},
        units="SI" if si else "nondimensional",
    )
    note = f"No material given: non-dimensional, D = ρh = 1, ν = {default.poisson:g}, lengths as in the mesh."
    return plate, [] if si else [note]


def section_of(given: Quantities, path: Path) -> Section:
    """Return the section of a plate that is the same everywhere, or of its region ``rest``."""
    return _section(given, REST, _is_si(given), path)


def _is_si(given: Quantities) -> bool:
    return any(value is not None for value in (given.young, given.density, given.thickness))


def _regions(mesh: PlateMesh, values: list[Value | None], path: Path) -> list[str]:
    """Return the regions that ``values`` name; ``REST`` is among them if they leave some triangles out."""
    tables = [value for value in values if isinstance(value, dict)]
    names = sorted({name for table in tables for name in table} - {REST})
    for name in names:
        if name not in mesh.surface_groups:
            raise InputError(
                f"{path}: names the surface region {name!r}, which the mesh does not have.",
                f"Its surface regions are: {', '.join(sorted(mesh.surface_groups)) or 'none'}.",
            )
    cover = np.zeros(mesh.mesh.t.shape[1], dtype=int)
    for name in names:
        cover[mesh.surface_groups[name]] += 1
    if cover.max() > 1:
        raise InputError(
            f"{path}: surface regions overlap: {', '.join(names)}.", "Give values for disjoint regions only."
        )
    return names if cover.all() else [*names, REST]


def _of(value: Value | None, region: str) -> Scalar | None:
    """Return the value in a region."""
    return value.get(region, value.get(REST)) if isinstance(value, dict) else value


def _section(given: Quantities, region: str, si: bool, path: Path) -> Section:
    """Return the section of a region."""
    written = {field.name: _of(getattr(given, field.name), region) for field in fields(given)}
    where = "" if region == REST else f" in region {region!r}"
    missing = [KEYS[name] for name in UNITS if written[name] is None]
    if si and missing:
        raise InputError(
            f"{path}: needed {' and '.join(missing)}{where}, got only the other material data.",
            "Give all of young, poisson, density and thickness, or none for a non-dimensional plate.",
        )
    numbers = {
        name: to_si(value, unit or "dimensionless", f"{path}: {KEYS[name]}{where}")
        for name, unit in UNITS.items()
        if (value := written[name]) is not None
    }
    try:
        if not si:
            return Section(poisson=numbers.get("poisson", 0.3))
        thickness = numbers.pop("thickness")
        return Section.of(Material(**numbers), thickness)
    except InputError as error:
        raise InputError(f"{path}{where}: {error.message}", error.advice) from None


def _pressure(value: Value | None, region: str, si: bool, path: Path) -> float:
    """Return the pressure in a region: 1 if the case is silent, 0 outside the regions that a table names."""
    written = _of(value, region)
    if written is None:
        return 0.0 if isinstance(value, dict) else 1.0
    if not si and isinstance(written, str):
        raise InputError(
            f"{path}: [load] pressure: needed a plain number, got {written!r}: "
            "without a material the plate is non-dimensional.",
            "Give young, poisson, density and thickness, or drop the unit.",
        )
    return to_si(written, "Pa", f"{path}: [load] pressure")
