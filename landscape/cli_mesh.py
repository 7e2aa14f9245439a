"""landscape mesh."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from landscape.cli_output import DEFAULT, Output
from landscape.errors import InputError


def mesh(
    outline: Path | None = None,
    *,
    file: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("plate.msh"),
    size: str | None = None,
    fmax: str | None = None,
    grade: Annotated[bool | None, Parameter(negative="--no-grade")] = None,
    order: Literal[1, 2] | None = None,
    unit: str | None = None,
    pixel_size: str | None = None,
    tolerance: str | None = None,
    family: Literal["rooms", "rough", "points", "polygon", "sinai", "stadium"] | None = None,
    seed: int = 0,
    figure: bool = False,
    output: Output = DEFAULT,
) -> None:
    """Mesh an outline: fine at corners where the deflection is singular, curved edges true.

    Parameters
    ----------
    outline:
        TOML with a table [outline], DXF, SVG, STEP, a picture whose white part is the plate, or a deformation.h5.
    file:
        The mesh to write, in gmsh's format: a name that ends in .msh.
    size:
        Size of elements away from corners, such as 5mm; default from the plate's area.
    fmax:
        Highest wanted frequency, such as 3kHz; the size follows from the material in the TOML.
    grade:
        Make elements small at re-entrant corners and wherever else the deflection is singular; the default.
    order:
        2, the default, keeps the true curve of the boundary; 1 its chords.
    unit:
        Length of a drawing unit, such as mm, where the drawing does not say.
    pixel_size:
        Size of a picture's pixel on the plate, such as 0.25mm.
    tolerance:
        How far the outline of a picture may move when it is simplified; default a fifth of a pixel, one pixel
        where it is black and white.
    family:
        Instead of an outline: a random plate of this kind.
    seed:
        Which one.
    figure:
        Draw the mesh with its named supports beside it, into plate-mesh.png for plate.msh.
    """
    from landscape.case_mesh import MeshRequest, make_mesh
    from landscape.mesh import report, write_mesh

    if (outline is None) == (family is None):
        raise InputError(
            "landscape mesh: needed either an outline or --family.", "See landscape mesh --help."
        )
    if file.suffix.lower() != ".msh":
        raise InputError(
            f"{file}: needed a file that ends in .msh, gmsh's format.", "For example -o plate.msh."
        )
    request = MeshRequest(size, fmax, grade, order, unit, pixel_size, tolerance)
    with output.progress() as progress:
        progress("Meshing")
        made = make_mesh(outline or (str(family), seed), request)
        write_mesh(made, file)
        picture = _draw(made, file) if figure else None
    facts = asdict(report(made))
    groups = {name: len(ids) for name, ids in {**made.edge_groups, **made.point_groups}.items()}
    payload = {"mesh": str(file), "figure": picture, **facts, "groups": groups, "notes": list(made.notes)}
    output.answer(payload, lambda: _tables(payload))


def _draw(made: Any, file: Path) -> str:
    from landscape.case_supports import meant_by
    from landscape.figures.mesh_picture import mesh_figure
    from landscape.figures.style import save

    supports = meant_by([*made.edge_groups, *made.point_groups])
    return str(save(mesh_figure(made, supports), file.with_name(f"{file.stem}-mesh.png")))


def _tables(payload: dict[str, Any]) -> list[Any]:
    from landscape.printing import facts_table

    rows = [
        (name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value))
        for name, value in payload.items()
        if name not in ("groups", "notes") and value is not None
    ]
    rows += [("group", f"{name}: {count}") for name, count in payload["groups"].items()]
    rows += [("note", note) for note in payload["notes"]]
    return [facts_table(rows)]
