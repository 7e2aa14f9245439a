"""STEP files (ISO 10303-21): the plate's flat face, and the names and layers of its edges.

gmsh reads a colour of every edge, but neither its name nor its layer. So each name becomes a colour in a copy of the
file, gmsh reads the copy, and the colours of its curves are names again, whatever the curve and its placement.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from landscape.errors import InputError
from landscape.geometry.model import Model, finished, rim_of
from landscape.geometry.outline import EDGE, Array
from landscape.geometry.session import quiet

STRING = r"'(?:[^']|'')*'"
COMMENT = re.compile(rf"({STRING})|/\*.*?\*/", re.DOTALL)
CURVE = re.compile(rf"#(\d+)\s*=\s*EDGE_CURVE\s*\(\s*({STRING}|\$)")
STYLED = re.compile(rf"#(\d+)\s*=\s*(?:\w+_)?STYLED_ITEM\s*\(\s*(?:{STRING}|\$)\s*,\s*\([^)]*\)\s*,\s*#(\d+)")
LAYER = re.compile(
    rf"=\s*PRESENTATION_LAYER_ASSIGNMENT\s*\(\s*({STRING})\s*,\s*(?:{STRING}|\$)\s*,\s*\(([^)]*)\)"
)
ESCAPE = re.compile(r"\\X2\\((?:[0-9A-F]{4})*)\\X0\\|\\X\\([0-9A-F]{2})|''|[\r\n]")
NAMELESS = ("", "NONE", "0")
"""What programs write on an edge without a name, and the layer of what lies on none."""


def edge_names(text: str) -> dict[int, str]:
    """Return the group of every EDGE_CURVE in the text of a STEP file, by its number.

    It is the curve's own name, else its layer's (PRESENTATION_LAYER_ASSIGNMENT, to the curve or to its style), else
    ``edge``.
    """
    text = COMMENT.sub(r"\1", text)
    names = {int(number): _plain(name) for number, name in CURVE.findall(text)}
    styled = dict(STYLED.findall(text))
    layers = {
        int(styled.get(number, number)): _plain(name)
        for name, members in LAYER.findall(text)
        for number in re.findall(r"#(\d+)", members)
    }
    return {
        number: next((n for n in (name, layers.get(number, "")) if n not in NAMELESS), EDGE)
        for number, name in names.items()
    }


def step_groups(path: Path) -> set[str]:
    """Return the groups that the edges in a STEP file name."""
    return set(edge_names(_text(path)).values())


def read_step(gmsh: Any, path: Path) -> tuple[Model, list[str]]:
    """Load the faces of a STEP file into the current gmsh model, in m, as one plate with its rim named; and notes.

    Raises ``InputError`` for a file that is no STEP, holds solid bodies or no face, or a face that is not parallel to the xy plane.
    """
    text = _text(path)
    names = edge_names(text)
    groups = sorted(set(names.values()))
    gmsh.option.setString("Geometry.OCCTargetUnit", "M")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "coloured.step")
        copy.write_text(_coloured(text, names, groups), encoding="latin-1")
        try:
            with quiet():
                gmsh.model.occ.importShapes(str(copy))
        except Exception:
            raise InputError(
                f"{path}: could not be read as STEP.", "Export the plate's face again, as AP203 or AP214."
            ) from None
    gmsh.model.occ.synchronize()
    surfaces = _flat_faces(gmsh, path)
    named = {tag: _named(gmsh.model.getColor(1, tag), groups) for _, tag in gmsh.model.getEntities(1)}
    lost = set(groups) - {EDGE} and not any(named.values())
    notes = ["This gmsh (without OpenCASCADE-CAF) cannot tell the names of edges: all are `edge`."] * bool(
        lost
    )
    if len(surfaces) > 1:
        surfaces, named = _joined(gmsh, surfaces, named)
    gmsh.model.addPhysicalGroup(2, surfaces, name="plate")
    rim = rim_of(gmsh, surfaces)
    return finished(gmsh, surfaces, {tag: named.get(tag) or EDGE for tag in rim}), notes


def _text(path: Path) -> str:
    """Return the characters of a file, one for each byte."""
    if not path.is_file():
        raise InputError(f"{path}: no such file.", "Check the name and the folder.")
    text = path.read_text(encoding="latin-1")
    if not (text.lstrip().startswith("ISO-10303-21;") and "END-ISO-10303-21;" in text):
        what = (
            "ends before its END-ISO-10303-21"
            if "ISO-10303-21;" in text
            else "does not start with ISO-10303-21"
        )
        raise InputError(f"{path}: no whole STEP file: it {what}.", "Export the plate's face again.")
    return text


def _plain(quoted: str) -> str:
    """Return a string of a STEP file as text: its escapes resolved, bytes taken as UTF-8 where they are."""

    def character(found: re.Match[str]) -> str:
        if found[1] is not None:
            return bytes.fromhex(found[1]).decode("utf-16-be", "replace")
        return chr(int(found[2], 16)) if found[2] else found[0][:1].strip()

    raw = quoted.strip("$")[1:-1]
    with suppress(UnicodeDecodeError):
        raw = raw.encode("latin-1").decode("utf-8")
    return ESCAPE.sub(character, raw).replace('"', "'").strip()


def _coloured(text: str, names: Mapping[int, str], groups: Sequence[str]) -> str:
    """Return the text with every EDGE_CURVE in the colour k + 1 (as 24 bits) of its group k.

    The styles come last, where they win over those of the file.
    """
    last = max(map(int, re.findall(r"#(\d+)\s*=", text)), default=0)
    lines, style = [], {}
    for k, name in enumerate(groups):
        a = last + 1 + 3 * k
        red, green, blue = (part / 255 for part in (k + 1).to_bytes(3, "big"))
        lines += [
            f"#{a}=COLOUR_RGB('',{red:.9f},{green:.9f},{blue:.9f});",
            f"#{a + 1}=CURVE_STYLE('',$,$,#{a});",
            f"#{a + 2}=PRESENTATION_STYLE_ASSIGNMENT((#{a + 1}));",
        ]
        style[name] = a + 2
    first = last + 1 + 3 * len(groups)
    lines += [
        f"#{first + i}=STYLED_ITEM('',(#{style[name]}),#{number});"
        for i, (number, name) in enumerate(names.items())
    ]
    head, end, tail = text.rpartition("ENDSEC")
    return head + "\n".join(lines) + "\n" + end + tail


def _named(colour: Sequence[int], groups: Sequence[str]) -> str | None:
    """Return the group that a colour (red, green, blue, …) stands for, None for any other colour."""
    number = int.from_bytes(bytes(colour[:3]), "big")
    return groups[number - 1] if 1 <= number <= len(groups) else None


def _flat_faces(gmsh: Any, path: Path) -> list[int]:
    """Return the surfaces of the current gmsh model, which must be faces parallel to the xy plane."""
    surfaces = [int(tag) for _, tag in gmsh.model.getEntities(2)]
    if not surfaces or gmsh.model.getEntities(3):
        what = "solid bodies" if surfaces else "no face"
        raise InputError(
            f"{path}: holds {what}; needed the plate's flat middle face.", "Export that face alone."
        )
    points = np.concatenate([_points_on(gmsh, tag) for tag in surfaces])
    if np.ptp(points[:, 2]) > 1e-6 * np.ptp(points, axis=0).max():
        raise InputError(f"{path}: the face is not flat in the xy plane.", "Rotate it into that plane.")
    return surfaces


def _points_on(gmsh: Any, surface: int) -> Array:
    """Return points (n, 3) of a surface, beyond its edges too, on a grid of its parameters."""
    low, high = gmsh.model.getParametrizationBounds(2, surface)
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 5).T), axis=-1)
    return np.array(gmsh.model.getValue(2, surface, grid.ravel())).reshape(-1, 3)


def _joined(
    gmsh: Any, surfaces: Sequence[int], named: Mapping[int, str | None]
) -> tuple[list[int], dict[int, str | None]]:
    """Join faces that touch or overlap along common curves; return the faces and the names of curves anew."""
    faces, curves = [(2, tag) for tag in surfaces], [(1, tag) for tag in named]
    _, parts = gmsh.model.occ.fragment(faces, curves)
    gmsh.model.occ.synchronize()
    after = {
        tag: name
        for name, part in zip(named.values(), parts[len(faces) :], strict=True)
        for dimension, tag in part
        if dimension == 1
    }
    return sorted({tag for part in parts[: len(faces)] for dimension, tag in part if dimension == 2}), after
