"""What the values of capture.toml may be: quantities in SI units, directions, pixels, file names, phase steps."""

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from landscape.errors import InputError
from landscape.units import to_si


def quantity(unit: str) -> BeforeValidator:
    """Validator of a quantity: text with a unit, or a number in SI, to a float in ``unit``."""

    def convert(value: Any) -> float:
        try:
            return to_si(value, unit, "value")
        except InputError:
            raise PydanticCustomError("quantity", f'a quantity like "1.5 {unit}"') from None

    return BeforeValidator(convert)


def direction(value: Any) -> tuple[float, float, float]:
    """Three numbers as a unit vector."""
    try:
        x, y, z = (float(v) for v in value)
    except (TypeError, ValueError):
        raise PydanticCustomError("direction", "three numbers [x, y, z]") from None
    length = (x * x + y * y + z * z) ** 0.5
    if not 0.0 < length < float("inf"):
        raise PydanticCustomError("direction", "a direction that is finite and not zero")
    return (x / length, y / length, z / length)


def paths(value: Any) -> tuple[str, ...]:
    """One file name or glob, or a list of them, as a tuple."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(v, str) and v for v in items):
        raise PydanticCustomError("files", "a file name, a glob or a list of them")
    return tuple(items)


def point_in_metres(value: Any) -> tuple[float, float]:
    """Two lengths [x, y] in m."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise PydanticCustomError("point", "two lengths [x, y]")
    try:
        return (to_si(value[0], "m", "x"), to_si(value[1], "m", "y"))
    except InputError:
        raise PydanticCustomError("point", 'two lengths like ["10 mm", "25 mm"]') from None


def angles(value: Any) -> str | tuple[float, ...]:
    """A scheme's name, "estimate", or three or more angles in degrees."""
    if isinstance(value, str):
        return value
    try:
        steps = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        steps = ()
    if len(steps) < 3 or not all(abs(v) < 1e6 for v in steps):
        raise PydanticCustomError("steps", 'three or more angles in degrees, a scheme\'s name, or "estimate"')
    return steps


def pixel_or(word: str) -> BeforeValidator:
    """Validator of the word itself, or two numbers [column, row]."""

    def check(value: Any) -> Any:
        try:
            return word if value == word else pair(value)
        except (TypeError, ValueError):
            text = "{word} or two numbers [column, row]"
            raise PydanticCustomError("pair", text, {"word": f'"{word}"'}) from None

    return BeforeValidator(check)


def pair(value: Any) -> tuple[float, float]:
    """Two finite numbers; raises ``ValueError`` otherwise."""
    col, row = (float(v) for v in value)
    if not (math.isfinite(col) and math.isfinite(row)):
        raise ValueError("not finite")
    return (col, row)


def corners(value: Any) -> tuple[tuple[float, float], ...]:
    """Three or more pixels [column, row]."""
    try:
        pixels = tuple(pair(p) for p in value)
    except (TypeError, ValueError):
        pixels = ()
    if len(pixels) < 3:
        raise PydanticCustomError("corners", "three or more corners [[column, row], ...]")
    return pixels


def zero_rule(value: Any) -> Any:
    """ "rim", "none" or a list of pixels [column, row]."""
    if value in ("rim", "none"):
        return value
    try:
        pixels = tuple(pair(p) for p in value)
    except (TypeError, ValueError):
        pixels = ()
    if not pixels:
        raise PydanticCustomError("zero", '"rim", "none" or a list of pixels [[column, row], ...]')
    return pixels


Length = Annotated[float, quantity("m")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Direction = Annotated[tuple[float, float, float], BeforeValidator(direction)]
Files = Annotated[tuple[str, ...], BeforeValidator(paths)]
Pixel = tuple[
    Annotated[float, Field(allow_inf_nan=False)],
    Annotated[float, Field(allow_inf_nan=False)],
]
