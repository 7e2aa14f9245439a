"""DXF drawings: every layer is a group of edges, points on a layer are held points."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from landscape.errors import InputError
from landscape.geometry.joining import join, nested
from landscape.geometry.outline import EDGE, Mark, Outline, Piece, arc, circle, elliptic_arc

UNITLESS = {0: 1e-3}
"""A drawing without a unit is taken to be in mm."""


def read_dxf(path: Path, *, unit: float | None = None) -> Outline:
    """Return the outline in the model space of a DXF file, in m.

    ``unit``: length of a drawing unit in m, by default what the file says ($INSUNITS), else 1 mm, with a note.
    Layer names become group names, layer 0 ``edge``; POINTs become marks; text, dimensions and hatches are passed
    over. Raises ``InputError`` naming the file for contours that are open or branch, or when nothing is drawn.
    """
    import ezdxf
    from ezdxf import disassemble

    try:
        document = ezdxf.readfile(path)
    except (ezdxf.DXFError, OSError, UnicodeError, ValueError) as error:
        raise InputError(
            f"{path}: could not be read as DXF ({error}).", "Save it again as ASCII DXF."
        ) from None
    factor, notes = _unit(document, unit)
    pieces: list[Piece] = []
    marks: list[Mark] = []
    ignored: Counter[str] = Counter()
    hidden = {layer.dxf.name for layer in document.layers if layer.is_off() or layer.is_frozen()}
    for entity in disassemble.recursive_decompose(document.modelspace()):
        group = EDGE if entity.dxf.layer == "0" else str(entity.dxf.layer)
        if entity.dxf.layer in hidden:
            ignored[f"entities on the hidden layer {group!r}"] += 1
        elif entity.dxftype() == "POINT":
            marks.append(Mark(factor * np.array([[entity.dxf.location.x, entity.dxf.location.y]]), group))
        elif found := list(_pieces(entity, group)):
            pieces += [Piece(piece.kind, factor * piece.points, group) for piece in found]
        else:
            ignored[entity.dxftype()] += 1
    notes += [
        f"Passed over: {', '.join(f'{count} {what}' for what, count in sorted(ignored.items()))}."
    ] * bool(ignored)
    if not pieces:
        layers = ", ".join(sorted(layer.dxf.name for layer in document.layers))
        raise InputError(
            f"{path}: no line, arc or curve in the model space (layers: {layers}).",
            "Draw the outline in the model space, on a layer that is switched on.",
        )
    outer, holes = nested(join(pieces))
    return Outline(outer, holes, marks=tuple(marks), notes=tuple(notes))


def _unit(document: Any, unit: float | None) -> tuple[float, list[str]]:
    """Return the drawing unit in m, and a note on it unless it was given."""
    from ezdxf import units

    code = int(document.header.get("$INSUNITS", 0))
    if unit is not None:
        return unit, []
    if code in UNITLESS:
        return UNITLESS[code], ["The DXF names no unit: taken as mm."]
    factor = float(units.conversion_factor(units.InsertUnits(code), units.InsertUnits.Meters))
    return factor, [f"The DXF is in {units.InsertUnits(code).name.lower()}: converted to m."]


def _pieces(entity: Any, group: str) -> Iterator[Piece]:
    """Return the curves of one entity in drawing units; none for text and the like."""
    kind = entity.dxftype()
    mirrored = entity.dxf.hasattr("extrusion") and entity.dxf.extrusion.z < 0
    if kind == "LINE":
        ends = np.array([[p.x, p.y] for p in (entity.dxf.start, entity.dxf.end)])
        yield Piece("line", ends, group)
    elif kind in ("LWPOLYLINE", "POLYLINE") and not mirrored:
        for part in entity.virtual_entities():
            yield from _pieces(part, group)
    elif kind == "CIRCLE":
        centre = entity.ocs().to_wcs(entity.dxf.center)
        yield from circle((centre.x, centre.y), float(entity.dxf.radius), group).pieces
    elif kind == "ARC" and not mirrored:
        first, last = np.deg2rad([entity.dxf.start_angle, entity.dxf.end_angle])
        sweep = (last - first) % (2 * math.pi) or 2 * math.pi
        centre = np.array([entity.dxf.center.x, entity.dxf.center.y])
        cuts = first + sweep * np.linspace(0, 1, 1 + math.ceil(sweep / math.pi))
        rim = centre + entity.dxf.radius * np.column_stack((np.cos(cuts), np.sin(cuts)))
        yield from (arc(a, b, sweep / (len(cuts) - 1), group) for a, b in pairwise(rim))
    elif kind == "ELLIPSE":
        yield from _ellipse(entity, group)
    elif kind in ("SPLINE", "ARC", "LWPOLYLINE", "POLYLINE"):
        yield from _as_path(entity, group)


def _ellipse(entity: Any, group: str) -> list[Piece]:
    """Return an ELLIPSE as Béziers."""
    u = np.array([entity.dxf.major_axis.x, entity.dxf.major_axis.y])
    v = np.array([entity.minor_axis.x, entity.minor_axis.y])
    first, last = float(entity.dxf.start_param), float(entity.dxf.end_param)
    last += 2 * math.pi * (last <= first)
    centre = (entity.dxf.center.x, entity.dxf.center.y)
    return elliptic_arc(centre, (u, v), (first, last), group)


def _as_path(entity: Any, group: str) -> Iterator[Piece]:
    """Return any other curve as ezdxf's lines and cubic Béziers."""
    from ezdxf.path import Command, make_path

    path = make_path(entity)
    here = path.start
    command: Any
    for command in path.commands():
        points = [here, command.end]
        if command.type == Command.CURVE4_TO:
            points = [here, command.ctrl1, command.ctrl2, command.end]
        elif command.type == Command.CURVE3_TO:
            third = [
                here + (command.ctrl - here) * (2 / 3),
                command.end + (command.ctrl - command.end) * (2 / 3),
            ]
            points = [here, *third, command.end]
        kind = "line" if len(points) == 2 else "bezier"
        if command.type != Command.MOVE_TO:
            yield Piece(kind, np.array([[p.x, p.y] for p in points]), group)  # type: ignore[arg-type]
        here = command.end
