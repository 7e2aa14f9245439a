import dataclasses
import math

import pytest

from landscape.errors import InputError
from landscape.plate import Material, Plate, Section, Support

ALUMINIUM = Material(70e9, 0.33, 2700)


def test_stiffness_and_mass_of_a_section():
    """D = E h³ / (12 (1 − ν²)): half a millimetre of aluminium has 0.81828 N·m and 1.35 kg/m²."""
    section = Section.of(ALUMINIUM, 5e-4)
    assert section.stiffness == pytest.approx(70e9 * 1.25e-10 / (12 * (1 - 0.1089)), rel=1e-14)
    assert section.areal_mass == pytest.approx(1.35, rel=1e-14)
    assert section.poisson == 0.33
    double = Section.of(ALUMINIUM, 1e-3)
    assert double.stiffness / section.stiffness == pytest.approx(8, rel=1e-14)


@pytest.mark.parametrize(
    ("word", "support"),
    [
        ("clamped", Support.CLAMPED),
        (" Clamped ", Support.CLAMPED),
        ("fixed", Support.CLAMPED),
        ("supported", Support.SUPPORTED),
        ("simply supported", Support.SUPPORTED),
        ("pinned", Support.SUPPORTED),
        ("free", Support.FREE),
    ],
)
def test_words_for_supports(word, support):
    assert Support.parse(word) is support


def test_an_unknown_support_is_named():
    with pytest.raises(InputError, match=r"edge: needed clamped, supported, pinned or free, got 'glued'"):
        Support.parse("glued", "edge")


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_must_be_positive(value):
    with pytest.raises(InputError, match="young"):
        Material(value, 0.3, 1.0)
    with pytest.raises(InputError, match="density"):
        Material(1.0, 0.3, value)
    with pytest.raises(InputError, match="thickness"):
        Section.of(ALUMINIUM, value)
    with pytest.raises(InputError, match="stiffness"):
        Section(stiffness=value)
    with pytest.raises(InputError, match="areal_mass"):
        Section(areal_mass=value)


@pytest.mark.parametrize("poisson", [-1.0, 0.51, math.nan])
def test_poissons_ratio_out_of_range(poisson):
    with pytest.raises(InputError, match="Poisson"):
        Material(1.0, poisson, 1.0)
    with pytest.raises(InputError, match="Poisson"):
        Section(poisson=poisson)


def test_a_plate_is_non_dimensional_and_clamped_unless_told_and_does_not_change():
    plate = Plate()
    assert (plate.section.stiffness, plate.section.areal_mass, plate.units) == (1, 1, "nondimensional")
    assert plate.rest is Support.CLAMPED
    with pytest.raises(dataclasses.FrozenInstanceError):
        plate.rest = Support.FREE
