import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.errors import InputError
from landscape.units import to_si


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.5 mm", "m", 5e-4),
        ("70 GPa", "Pa", 70e9),
        ("2700 kg/m^3", "kg/m^3", 2700.0),
        ("2.7 g/cm^3", "kg/m^3", 2700.0),
        ("1 kPa", "Pa", 1000.0),
        ("3 µm", "m", 3e-6),
        ("3 μm", "m", 3e-6),
        ("1085 Hz", "Hz", 1085.0),
        ("0.3", "dimensionless", 0.3),
        (2, "m", 2.0),
        ("1e-3", "m", 1e-3),
    ],
)
def test_quantities_become_si(text, unit, value):
    assert to_si(text, unit) == pytest.approx(value, rel=1e-15)


@given(st.floats(1e-12, 1e12))
def test_a_bare_number_is_in_the_unit_already(number):
    assert to_si(number, "m") == to_si(repr(number), "m") == number
    assert to_si(f"{number!r} mm", "m") == pytest.approx(number * 1e-3, rel=1e-15)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("3 s", "m", "not a quantity in m"),
        ("3 parsnips", "m", "could not read"),
        ("", "m", "could not read"),
        ("mm", "m", None),
        ("nan", "m", "finite"),
        ("inf m", "m", "finite"),
        (math.nan, "m", "finite"),
        (True, "m", "needed a quantity"),
        (None, "m", "needed a quantity"),
        ([1.0], "m", "needed a quantity"),
    ],
)
def test_what_is_no_quantity_is_one_error_that_names_the_value(value, unit, words):
    if value == "mm":  # a unit alone is one of it
        assert to_si(value, unit) == 1e-3
        return
    with pytest.raises(InputError, match=words) as caught:
        to_si(value, unit, "thickness")
    assert caught.value.message.startswith("thickness: ")
