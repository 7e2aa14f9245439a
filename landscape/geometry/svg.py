"""SVG drawings: paths and shapes, in the units of the page, named by id or layer."""

import math
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from landscape.errors import InputError
from landscape.geometry.joining import join, nested
from landscape.geometry.outline import EDGE, Array, Outline, Piece, elliptic_arc
from landscape.geometry.svgpath import path_pieces

LARGEST = 20_000_000
"""Bytes of SVG that are read; more is a picture, not an outline."""
UNITS = {"": 0.0254 / 96, "px": 0.0254 / 96, "pt": 0.0254 / 72, "pc": 0.0254 / 6}
UNITS |= {"mm": 1e-3, "cm": 1e-2, "in": 0.0254}
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
SKIPPED = {"defs", "clipPath", "mask", "marker", "pattern", "symbol", "metadata", "style", "title", "desc"}


class Place(NamedTuple):
    """What an element inherits: user units -> drawing (2, 3), and the name of its layer."""

    matrix: Array
    layer: str


def read_svg(path: Path, *, unit: float | None = None) -> Outline:
    """Return the outline in an SVG file, in m, y up.

    ``unit``: length of a user unit in m, by default from the page's width and viewBox, else 1/96 inch with a note.
    An element's group is its id, or, where a program numbered it (path12), its layer's label or id, else ``edge``.
    Raises ``InputError`` naming the file for a file that is too large, is no SVG, or draws no closed contours.
    """
    if path.stat().st_size > LARGEST:
        raise InputError(
            f"{path}: {path.stat().st_size / 1e6:.0f} MB of SVG; needed an outline, at most {LARGEST / 1e6:.0f} MB.",
            "Keep the outline's paths only, and simplify them.",
        )
    text = path.read_bytes()
    if b"<!ENTITY" in text:
        raise InputError(f"{path}: defines XML entities, which are not read.", "Save it as plain SVG.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: not valid XML ({error}).", "Save it again as plain SVG.") from None
    if _tag(root) != "svg":
        raise InputError(f"{path}: its root is <{_tag(root)}>; needed <svg>.")
    matrix, notes = _page(root, unit, path)
    passed: Counter[str] = Counter()
    pieces = _walk(root, Place(matrix, EDGE), passed)
    notes += [
        f"Passed over: {', '.join(f'{count} <{what}>' for what, count in sorted(passed.items()))}."
    ] * bool(passed)
    if not pieces:
        raise InputError(f"{path}: draws no path or shape.", "Convert text and images to paths.")
    outer, holes = nested(join(pieces))
    return Outline(outer, holes, notes=tuple(notes))


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _page(root: ElementTree.Element, unit: float | None, path: Path) -> tuple[Array, list[str]]:
    """Return the map from user units to m with y up, and notes."""
    box = [float(number) for number in re.findall(NUMBER, root.get("viewBox", ""))]
    sizes = [
        re.fullmatch(rf"\s*({NUMBER})\s*([a-z]*)\s*", root.get(side, "")) for side in ("width", "height")
    ]
    notes: list[str] = []
    scale = unit
    if scale is None and sizes[0] and sizes[0][2] in UNITS:
        page = float(sizes[0][1]) * UNITS[sizes[0][2]]
        scale = page / box[2] if len(box) == 4 and box[2] > 0 else UNITS[sizes[0][2]]
        if sizes[0][2] in ("", "px"):
            notes.append("The SVG is in px: taken as 1/96 inch.")
    elif scale is None:
        scale = UNITS["px"]
        notes.append("The SVG page has no size: its unit is taken as 1/96 inch.")
    if not (math.isfinite(scale) and scale > 0):
        raise InputError(f"{path}: the page's width {root.get('width')!r} is no size.", "Set it in mm.")
    low = box[1] + box[3] if len(box) == 4 else float(sizes[1][1]) if sizes[1] else 0.0
    left = box[0] if len(box) == 4 else 0.0
    return np.array([[scale, 0, -scale * left], [0, -scale, scale * low]]), notes


def _walk(element: ElementTree.Element, place: Place, passed: Counter[str]) -> list[Piece]:
    """Return the pieces of an element and all below it."""
    tag = _tag(element)
    if (
        tag in SKIPPED
        or "display:none" in element.get("style", "").replace(" ", "")
        or element.get("display") == "none"
    ):
        return []
    matrix = _compose(place.matrix, _transform(element.get("transform", "")))
    if tag in ("svg", "g", "a"):
        own = element.get(LABEL) or _own_name(element)
        inner = Place(matrix, own if own and tag == "g" else place.layer)
        return [piece for child in element for piece in _walk(child, inner, passed)]
    pieces = _shape(tag, element)
    if pieces is None:
        passed[tag] += 1
        return []
    group = _own_name(element) or place.layer
    if not all(np.isfinite(piece.points).all() for piece in pieces):
        raise InputError(f"An SVG <{tag}> has a coordinate that is not finite.", "Correct the drawing.")
    return [Piece(piece.kind, piece.points @ matrix[:, :2].T + matrix[:, 2], group) for piece in pieces]


def _own_name(element: ElementTree.Element) -> str:
    """Return an element's id unless a program numbered it."""
    name = element.get("id", "")
    return (
        ""
        if re.fullmatch(r"(svg|g|path|rect|circle|ellipse|line|polyline|polygon|layer)[-_]?\d+.*", name)
        else name
    )


def _shape(tag: str, element: ElementTree.Element) -> list[Piece] | None:
    """Return an element's pieces in its own units, or None for what is no shape."""
    if tag == "path":
        return path_pieces(element.get("d", ""))
    if tag in ("polygon", "polyline"):
        numbers = re.findall(NUMBER, element.get("points", ""))
        return path_pieces("M" + " ".join(numbers) + ("Z" if tag == "polygon" else "")) if numbers else []
    if tag not in ("rect", "circle", "ellipse", "line"):
        return None
    value = {
        key: _number(element.get(key, "0")) for key in ("x", "y", "width", "height", "cx", "cy", "x1", "y1")
    }
    value |= {key: _number(element.get(key, "0")) for key in ("x2", "y2", "r", "rx", "ry")}
    if tag == "line":
        return [Piece("line", np.array([[value["x1"], value["y1"]], [value["x2"], value["y2"]]]))]
    if tag == "rect":
        return path_pieces(_rounded(element, value))
    rx, ry = (value["r"],) * 2 if tag == "circle" else (value["rx"], value["ry"])
    return (
        elliptic_arc((value["cx"], value["cy"]), ((rx, 0), (0, ry)), (0, 2 * math.pi)) if rx > 0 < ry else []
    )


def _number(text: str) -> float:
    """Return a length in user units; absolute units are those of CSS."""
    match = re.fullmatch(rf"\s*({NUMBER})\s*([a-z]*)\s*", text)
    if not match or match[2] not in UNITS:
        raise InputError(f"An SVG shape has the length {text!r}.", "Convert it to a path in user units.")
    return float(match[1]) * UNITS[match[2]] / UNITS["px"]


def _rounded(element: ElementTree.Element, value: dict[str, float]) -> str:
    """Return a rectangle, perhaps with rounded corners, as path text."""
    x, y, width, height = (value[key] for key in ("x", "y", "width", "height"))
    rx = value["rx"] if element.get("rx") else value["ry"]
    ry = value["ry"] if element.get("ry") else value["rx"]
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    if rx <= 0 or ry <= 0:
        return f"M{x},{y}h{width}v{height}h{-width}z"
    bend = f"a{rx},{ry} 0 0 1 "
    return (
        f"M{x + rx},{y}h{width - 2 * rx}{bend}{rx},{ry}v{height - 2 * ry}{bend}{-rx},{ry}"
        f"h{2 * rx - width}{bend}{-rx},{-ry}v{2 * ry - height}{bend}{rx},{-ry}z"
    )


def _compose(outer: Array, inner: Array) -> Array:
    """Return the map ``outer`` after ``inner``, both (2, 3)."""
    return np.column_stack((outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]))


def _transform(text: str) -> Array:
    """Return a transform attribute as one map (2, 3)."""
    total = np.eye(2, 3)
    for name, inside in re.findall(r"(\w+)\s*\(([^)]*)\)", text):
        total = _compose(total, _single(name, [float(number) for number in re.findall(NUMBER, inside)]))
    return total


def _single(name: str, v: list[float]) -> Array:
    """Return one transform function as a map (2, 3)."""
    if name == "matrix" and len(v) == 6:
        return np.array([[v[0], v[2], v[4]], [v[1], v[3], v[5]]])
    if name == "translate" and v:
        return np.array([[1, 0, v[0]], [0, 1, v[1] if len(v) > 1 else 0]])
    if name == "scale" and v:
        return np.array([[v[0], 0, 0], [0, v[-1], 0]])
    if name == "rotate" and v:
        c, s = math.cos(math.radians(v[0])), math.sin(math.radians(v[0]))
        centre = np.array(v[1:3] if len(v) == 3 else [0, 0])
        turn = np.array([[c, -s], [s, c]])
        return np.column_stack((turn, centre - turn @ centre))
    if name in ("skewX", "skewY") and v:
        t = math.tan(math.radians(v[0]))
        return np.array([[1, t if name == "skewX" else 0, 0], [t if name == "skewY" else 0, 1, 0]])
    raise InputError(
        f"An SVG transform {name}({v}) is not known.", "Apply the transforms in the drawing program."
    )
