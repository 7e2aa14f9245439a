"""An outline as a model in gmsh's OpenCASCADE kernel, with named groups and the angles of its corners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from landscape.errors import InputError
from landscape.geometry.outline import Array, Contour, Outline, Wall, loop, polygon, sampled
from landscape.geometry.planar import distance, extent

Tags = list[tuple[int, int]]


@dataclass(frozen=True)
class Corner:
    """A gmsh point where the deflection may be singular: interior ``angle`` (rad), groups of its two edges.

    A point held by itself has no angle and no edges.
    """

    point: int
    angle: float = 0.0
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """The plate's ``surfaces`` in the current gmsh model, and its corners."""

    surfaces: list[int]
    corners: list[Corner]


def build(gmsh: Any, outline: Outline) -> Model:
    """Build the outline in the current gmsh model and name its groups."""
    occ = gmsh.model.occ
    plate: Tags = [(2, _face(occ, [outline.outer, *outline.holes]))]
    if outline.walls:
        strips = [(2, _face(occ, [wall_contour(wall)])) for wall in outline.walls]
        plate, _ = occ.cut(plate, strips)
    if not plate:
        raise InputError("The walls cover the whole plate.", "Make them thinner.")
    names = list(outline.regions)
    tools: Tags = [(2, _face(occ, [outline.regions[name]])) for name in names]
    tools += [(0, _point(occ, p)) for mark in outline.marks if len(mark.points) == 1 for p in mark.points]
    tools += [line for mark in outline.marks if len(mark.points) > 1 for line in _polyline(occ, mark.points)]
    parts = [plate]
    if tools:
        _, parts = occ.fragment(plate, tools)
    count = len(plate)
    surfaces = sorted({tag for part in parts[:count] for dim, tag in part if dim == 2}) or [
        tag for _, tag in plate
    ]
    outside = [(2, tag) for part in parts[count:] for dim, tag in part if dim == 2 and tag not in surfaces]
    if outside:
        occ.remove(outside, recursive=True)
    occ.synchronize()
    _name_inside(gmsh, outline, parts[count:], surfaces)
    return finished(gmsh, surfaces, _rim_groups(gmsh, outline, rim_of(gmsh, surfaces)))


def wall_contour(wall: Wall) -> Contour:
    """Return a wall's strip: both sides offset by half the thickness, mitred at its bends, square at its ends."""
    step = np.diff(wall.points, axis=0)
    along = step / np.linalg.norm(step, axis=1, keepdims=True)
    normal = np.column_stack((-along[:, 1], along[:, 0]))
    first, second = normal[[0, *range(len(normal))]], normal[[*range(len(normal)), -1]]
    mitre = first + second
    square = (mitre**2).sum(axis=1, keepdims=True)
    if square.min() < 0.3:
        x, y = wall.points[int(np.argmin(square))]
        raise InputError(f"The wall turns too sharply at ({x:g}, {y:g}) m.", "Draw it as two walls.")
    offset = wall.thickness * mitre / square
    return polygon(np.vstack((wall.points + offset, (wall.points - offset)[::-1])), wall.group)


def _point(occ: Any, p: Array) -> int:
    return occ.addPoint(float(p[0]), float(p[1]), 0.0)


def _polyline(occ: Any, points: Array) -> Tags:
    tags = [_point(occ, p) for p in points]
    return [(1, occ.addLine(a, b)) for a, b in pairwise(tags)]


def _face(occ: Any, contours: Sequence[Contour]) -> int:
    """Add the face inside the first contour and outside the others."""
    return occ.addPlaneSurface([_wire(occ, contour) for contour in contours])


def _wire(occ: Any, contour: Contour) -> int:
    """Add a closed contour, its pieces sharing their end points."""
    ends = [_point(occ, piece.start) for piece in contour.pieces]
    curves = []
    for piece, a, b in zip(contour.pieces, ends, [*ends[1:], ends[0]], strict=True):
        inner = [_point(occ, p) for p in piece.points[1:-1]]
        if piece.kind == "line":
            curves.append(occ.addLine(a, b))
        elif piece.kind == "arc":
            curves.append(occ.addCircleArc(a, inner[0], b, center=False))
        else:
            curves.append(occ.addBezier([a, *inner, b]))
        occ.remove([(0, tag) for tag in inner])
    return occ.addCurveLoop(curves)


def _name_inside(gmsh: Any, outline: Outline, parts: Sequence[Tags], surfaces: list[int]) -> None:
    """Name regions and marks; ``parts`` are what each of them, in the order of ``build``, became."""
    rest = iter(parts)
    named: dict[tuple[int, str], list[int]] = {}
    for name in outline.regions:
        named[2, name] = [tag for dim, tag in next(rest) if dim == 2 and tag in surfaces]
    for mark in [mark for mark in outline.marks if len(mark.points) == 1]:
        named.setdefault((0, mark.group), []).extend(tag for _, tag in next(rest))
    for mark in [mark for mark in outline.marks if len(mark.points) > 1]:
        for _ in range(len(mark.points) - 1):
            named.setdefault((1, mark.group), []).extend(tag for _, tag in next(rest))
    for (dimension, name), tags in named.items():
        if not tags:
            raise InputError(f"The region or line {name!r} lies outside the plate.", "Move or remove it.")
        gmsh.model.addPhysicalGroup(dimension, sorted(set(tags)), name=name)
    loose = set(surfaces) - {tag for (dimension, _), tags in named.items() if dimension == 2 for tag in tags}
    if loose:
        gmsh.model.addPhysicalGroup(2, sorted(loose), name="plate")


def rim_of(gmsh: Any, surfaces: Sequence[int]) -> list[int]:
    """Return the curves around the surfaces taken together."""
    around = gmsh.model.getBoundary([(2, tag) for tag in surfaces], combined=True, oriented=False)
    return [int(tag) for _, tag in around]


def finished(gmsh: Any, surfaces: list[int], group: Mapping[int, str]) -> Model:
    """Name the boundary, ``group`` of each of its curves, and measure its corners."""
    for name in sorted(set(group.values())):
        gmsh.model.addPhysicalGroup(1, [tag for tag in group if group[tag] == name], name=name)
    return Model(surfaces, _corners(gmsh, surfaces, group) + _marks(gmsh, group))


def _rim_groups(gmsh: Any, outline: Outline, rim: Sequence[int]) -> dict[int, str]:
    """Return the group of every boundary curve: that of the piece nearest to its middle."""
    pieces = [piece for contour in (outline.outer, *outline.holes) for piece in contour.pieces]
    pieces += [piece for wall in outline.walls for piece in wall_contour(wall).pieces]
    tracks = [sampled(piece, 64) for piece in pieces]
    middle = np.array([_value(gmsh, tag, 0.5) for tag in rim])
    away = np.array([distance(middle, track, open_=True) for track in tracks])
    if len(away) and away.min(axis=0).max() > 1e-3 * extent(loop(outline.outer)):
        raise InputError(
            "The outline's pieces could not be found again in its mesh.", "Simplify the outline."
        )
    return {tag: pieces[nearest].group for tag, nearest in zip(rim, np.argmin(away, axis=0), strict=True)}


def _value(gmsh: Any, curve: int, share: float) -> Array:
    """Return the point (2,) at a share of a curve's parameter range."""
    (low,), (high,) = gmsh.model.getParametrizationBounds(1, curve)
    return np.array(gmsh.model.getValue(1, curve, [low + share * (high - low)]))[:2]


def _corners(gmsh: Any, surfaces: Sequence[int], group: Mapping[int, str]) -> list[Corner]:
    """Return the points of the boundary where two curves meet, with the angle inside the plate."""
    leaving: dict[int, list[tuple[int, Array, float]]] = {}
    for curve in group:
        (low,), (high,) = gmsh.model.getParametrizationBounds(1, curve)
        length = gmsh.model.occ.getMass(1, curve)
        ends = gmsh.model.getAdjacencies(1, curve)[1]
        for point, parameter, sign in zip(ends, (low, high), (1, -1), strict=False):
            tangent = sign * np.array(gmsh.model.getDerivative(1, curve, [parameter]))[:2]
            leaving.setdefault(int(point), []).append((curve, tangent / np.linalg.norm(tangent), length))
    corners = []
    for point, curves in leaving.items():
        if len(curves) == 2:
            (one, t, a), (other, u, b) = curves
            angle = _angle_inside(gmsh, surfaces, point, (t, u), 1e-3 * min(a, b))
            corners.append(Corner(point, angle, (group[one], group[other])))
    return corners


def _angle_inside(
    gmsh: Any, surfaces: Sequence[int], point: int, tangents: tuple[Array, Array], step: float
) -> float:
    """Return the angle (rad) between two tangents that leave a point, on the side of the plate."""
    t, u = tangents
    turn = np.arctan2(t[0] * u[1] - t[1] * u[0], t @ u)
    bisector = np.arctan2(t[1], t[0]) + turn / 2
    x, y, z = gmsh.model.getValue(0, point, [])
    probe = [x + step * np.cos(bisector), y + step * np.sin(bisector), z]
    between = any(gmsh.model.isInside(2, surface, probe) for surface in surfaces)
    return float(abs(turn) if between else 2 * np.pi - abs(turn))


def _marks(gmsh: Any, group: Mapping[int, str]) -> list[Corner]:
    """Return named points, and the ends and bends of named lines inside the plate as tips of slits."""
    points: dict[int, Corner] = {}
    for dimension, physical in gmsh.model.getPhysicalGroups():
        tags = gmsh.model.getEntitiesForPhysicalGroup(dimension, physical)
        name = gmsh.model.getPhysicalName(dimension, physical)
        if dimension == 0:
            points.update((int(tag), Corner(int(tag))) for tag in tags)
        elif dimension == 1 and name not in group.values():
            for tag in tags:
                ends = map(int, gmsh.model.getAdjacencies(1, tag)[1])
                points.update((end, Corner(end, 2 * np.pi, (name, name))) for end in ends)
    return list(points.values())
