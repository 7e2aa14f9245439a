"""Quantities with units at the edge of the program; inside, plain SI floats."""

import functools
import math
from typing import Any

from landscape.errors import InputError


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def to_si(value: str | float, unit: str, name: str = "value") -> float:
    """Return a quantity in the SI unit ``unit``; a bare number is taken to be in it already.

    ``to_si("0.5 mm", "m") == 5e-4``. Raises ``InputError`` naming ``name`` when the text is not a number
    with a unit, when the dimension is wrong, or when the value is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(
            f"{name}: needed a quantity in {unit}, got {value!r}.", f'Write it like "1.5 {unit}".'
        )
    number = float(value) if not isinstance(value, str) else _parse(value, unit, name)
    if not math.isfinite(number):
        raise InputError(f"{name}: needed a finite number, got {value!r}.")
    return number


def _parse(text: str, unit: str, name: str) -> float:
    import pint

    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(_registry().Quantity(text.replace("µ", "u").replace("μ", "u")).to(unit).magnitude)
    except pint.DimensionalityError as error:
        raise InputError(
            f"{name}: {text!r} is not a quantity in {unit} (its dimension is {error.dim1 or 'none'}).",
            f'Write it like "1.5 {unit}".',
        ) from None
    except Exception:
        raise InputError(
            f"{name}: could not read {text!r} as a quantity in {unit}.", f'Write it like "1.5 {unit}".'
        ) from None
