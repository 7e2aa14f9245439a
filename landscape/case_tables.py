"""The schema of ``plate.toml``."""

from landscape.case_sections import Value
from landscape.geometry.tomlfile import OutlineTable
from landscape.tables import Table


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
    """plate.toml: a mesh file, or an outline to be meshed; its lengths count in ``length_unit``."""

    mesh: str | None = None
    outline: OutlineTable | None = None
    length_unit: str = "m"
    material: MaterialTable = MaterialTable()
    plate: PlateTable = PlateTable()
    supports: dict[str, str] | None = None
    load: LoadTable = LoadTable()
    geometry: GeometryTable = GeometryTable()
