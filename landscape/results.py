"""One HDF5 file per result: enough to evaluate, draw and compare again without solving.

Layout: ``mesh/`` points, triangles, bulge and the groups; attributes ``schema``, ``summary`` and ``plate``
(JSON), ``element``; ``fields/`` (full degrees of freedom) landscape, the one the summary names, and deflection; beside
the static landscape its next iterate ``second``, beside another one ``static``; ``modes/`` eigenvalues, residuals,
vectors; ``topography/`` labels, peaks, passes, valleys. Every dataset has ``units``.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray
from skfem import MeshTri

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import PlateElement
from landscape.elements.morley import MORLEY
from landscape.elements.reference import Array
from landscape.elements.space import Space, make_space
from landscape.errors import InputError
from landscape.field import Field
from landscape.files import atomic, result_file
from landscape.mesh import PlateMesh
from landscape.plate import Plate, Section, Support
from landscape.sampling import Lattice, lattice_of
from landscape.solution import Solution
from landscape.summary import check_schema, landscape_kind, plain, summarize
from landscape.topography.regions import Critical, Regions
from landscape.topography.valleys import Valley

ELEMENTS: dict[str, PlateElement] = {"argyris": ARGYRIS, "morley": MORLEY}


@dataclass(frozen=True)
class Result:
    """A solved plate as it is stored.

    ``fields``: full degrees of freedom (full,) of landscape and static (s²), second (s⁴), deflection (m), those there
    are; ``modes`` (full, k), M-orthonormal; ``regions`` and ``valleys`` are None and empty without a landscape. The regions' labels belong
    to the points of ``lattice``.
    """

    mesh: PlateMesh
    plate: Plate
    element: PlateElement
    summary: dict[str, Any]
    fields: dict[str, Array] = field(default_factory=dict)
    modes: Array = field(default_factory=lambda: np.empty((0, 0)))
    regions: Regions | None = None
    valleys: tuple[Valley, ...] = ()

    def space(self) -> Space:
        """Return the finite element space of the result."""
        return make_space(self.mesh, self.plate, self.element)

    def lattice(self) -> Lattice:
        """Return the sample points the regions' labels belong to."""
        return lattice_of(self.mesh)

    def landscape(self) -> Field:
        """Return the chosen landscape L (s²) as a field. Raises ``InputError`` when the result has none."""
        if "landscape" not in self.fields:
            raise InputError("This result has no landscape: nothing holds the plate.")
        return Field.of_full(self.space(), self.fields["landscape"][:, None])

    def mode_field(self) -> Field:
        """Return all modes as one field of k functions."""
        return Field.of_full(self.space(), self.modes)

    @property
    def kind(self) -> str:
        """What the landscape is: ``static``, ``absolute`` or ``l2``."""
        return landscape_kind(self.summary)

    @property
    def name(self) -> str:
        """The name of the case."""
        return str(self.summary["input"]["name"])

    @property
    def extent(self) -> float:
        """The longer side of the plate's bounding box, in m or the unit of the mesh."""
        return float(np.ptp(self.mesh.mesh.p, axis=1).max())

    @property
    def units(self) -> str:
        """``SI`` or ``nondimensional``."""
        return str(self.summary["units"])


def result_of(solution: Solution) -> Result:
    """Return a solution as it is stored."""
    Z = solution.system.space.expansion()
    topography = solution.topography
    return Result(
        solution.case.mesh,
        solution.case.plate,
        solution.system.space.element,
        plain(summarize(solution)),
        {name: Z @ unknowns for name, unknowns in _fields(solution).items()},
        Z @ solution.modes.vectors if solution.modes is not None else np.empty((Z.shape[0], 0)),
        None if topography is None else topography.regions,
        () if topography is None else tuple(topography.valleys),
    )


def _fields(solution: Solution) -> dict[str, Array]:
    """Return the unknowns of the fields that are stored."""
    static, landscape = solution.static, solution.landscape
    if static is None or landscape is None:
        return {}
    beside = {"second": static.second} if solution.node is None else {"static": static.landscape}
    return {"landscape": landscape, "deflection": static.deflection, **beside}


def write_result(result: Result, path: str | Path) -> None:
    """Write a result atomically. Raises ``InputError`` when the place cannot be written to."""
    with atomic(Path(path)) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["schema"] = result.summary["schema"]
        file.attrs["summary"] = json.dumps(result.summary)
        file.attrs["plate"] = json.dumps(asdict(result.plate))
        file.attrs["element"] = result.element.name
        _write_mesh(file.create_group("mesh"), result.mesh)
        units = {"landscape": "s^2", "static": "s^2", "second": "s^4", "deflection": "m"}
        for name, values in result.fields.items():
            _put(file, f"fields/{name}", values, units[name])
        _put(file, "modes/vectors", result.modes, "kg^-1/2")
        if result.regions is not None:
            _write_topography(file.create_group("topography"), result.regions, result.valleys)


def _put(place: Any, name: str, values: Any, units: str) -> None:
    dataset = place.create_dataset(name, data=values, compression="gzip" if np.size(values) > 1000 else None)
    dataset.attrs["units"] = units


def _write_mesh(group: Any, mesh: PlateMesh) -> None:
    _put(group, "points", mesh.mesh.p.T, "m")
    _put(group, "triangles", mesh.mesh.t.T, "")
    _put(group, "bulge", mesh.bulge, "m")
    for kind in ("edge", "point", "surface"):
        for name, members in getattr(mesh, f"{kind}_groups").items():
            members = mesh.mesh.facets.T[members] if kind == "edge" else members
            _put(group.require_group(f"{kind}_groups"), name.replace("/", "\u2215"), members, "")


def _write_topography(group: Any, regions: Regions, valleys: tuple[Valley, ...]) -> None:
    _put(group, "labels", regions.labels, "")
    _put(group, "between", regions.between, "")
    for name in ("peaks", "passes"):
        critical = getattr(regions, name)
        _put(group, f"{name}/vertices", critical.vertices, "")
        _put(group, f"{name}/points", critical.points, "m")
        _put(group, f"{name}/values", critical.values, "s^2")
    for valley in valleys:
        place = group.create_group(f"valleys/{valley.number}")
        place.attrs["summit"] = valley.summit
        _put(place, "points", valley.points, "m")
        _put(place, "values", valley.values, "s^2")


def read_result(path: str | Path) -> Result:
    """Read a result file, or the one in a result folder. Raises ``InputError`` naming the file."""
    path = result_file(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such result file.", "Make one with: landscape solve MESH")
    summary = _guarded(path, _read_summary)
    check_schema(summary, str(path))
    return _guarded(path, lambda file: _read(file, summary))


Read = TypeVar("Read")


def _guarded(path: Path, read: Callable[[Any], Read]) -> Read:
    """Return what ``read`` finds in an HDF5 file; whatever a damaged file makes it raise is one ``InputError``."""
    try:
        with h5py.File(path, "r") as file:
            return read(file)
    except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError, InputError) as error:
        raise InputError(
            f"{path}: not a complete result file ({error}).",
            "Solve again, or name a result.h5 or its folder.",
        ) from None


def _read_summary(file: Any) -> dict[str, Any]:
    return dict(json.loads(file.attrs["summary"])) if "summary" in file.attrs else {}


def _read(file: Any, summary: dict[str, Any]) -> Result:
    mesh, element = _read_mesh(file["mesh"]), ELEMENTS[file.attrs["element"]]
    fields = {key: values[()] for key, values in file.get("fields", {}).items()}
    modes = file["modes/vectors"][()]
    size = element.jet * mesh.mesh.p.shape[1] + mesh.mesh.facets.shape[1]
    if any(len(values) != size for values in (*fields.values(), modes)):
        raise ValueError(f"its fields do not have the {size} degrees of freedom of its mesh")
    plate = _plate(json.loads(file.attrs["plate"]))
    regions, valleys = _read_topography(file["topography"]) if "topography" in file else (None, ())
    return Result(mesh, plate, element, summary, fields, modes, regions, valleys)


def _read_mesh(group: Any) -> PlateMesh:
    mesh = MeshTri(
        np.ascontiguousarray(group["points"][()].T), np.ascontiguousarray(group["triangles"][()].T)
    )
    number = {tuple(facet): k for k, facet in enumerate(mesh.facets.T.tolist())}
    groups: dict[str, dict[str, NDArray[np.intp]]] = {"edge": {}, "point": {}, "surface": {}}
    for kind, found in groups.items():
        for name, members in group.get(f"{kind}_groups", {}).items():
            values = members[()]
            if kind == "edge":
                values = np.array([number[tuple(sorted(pair))] for pair in values.tolist()], dtype=np.intp)
            found[name.replace("\u2215", "/")] = values
    return PlateMesh(mesh, groups["edge"], groups["point"], groups["surface"], group["bulge"][()])


def _plate(data: dict[str, Any]) -> Plate:
    return Plate(
        Section(**data["section"]),
        {name: Section(**section) for name, section in data["sections"].items()},
        {name: Support(word) for name, word in data["supports"].items()},
        Support(data["rest"]),
        data["pressure"],
        data["pressures"],
        data["units"],
    )


def _read_topography(group: Any) -> tuple[Regions, tuple[Valley, ...]]:
    peaks, passes = (
        Critical(*(group[f"{name}/{part}"][()] for part in ("vertices", "points", "values")))
        for name in ("peaks", "passes")
    )
    valleys = [
        Valley(int(number), place["points"][()], place["values"][()], int(place.attrs["summit"]))
        for number, place in group.get("valleys", {}).items()
    ]
    regions = Regions(peaks, group["labels"][()], passes, group["between"][()])
    return regions, tuple(sorted(valleys, key=lambda valley: valley.number))
