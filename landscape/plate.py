"""The problem, which knows no mesh: material, sections, supports, load."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from landscape.errors import InputError


class Support(StrEnum):
    """How an edge or a point is held.

    Edges: clamped ``w = ∂n w = 0``; supported ``w = 0``; free is natural. Points: clamped ``w = 0, ∇w = 0``;
    supported (also called pinned) ``w = 0``, a real constraint because w ∈ H² is continuous in the plane.
    """

    CLAMPED = "clamped"
    SUPPORTED = "supported"
    FREE = "free"

    @classmethod
    def parse(cls, word: str, name: str = "support") -> "Support":
        """Read a support, accepting the usual synonyms (pinned, simply supported)."""
        synonyms = {"pinned": cls.SUPPORTED, "simply supported": cls.SUPPORTED, "fixed": cls.CLAMPED}
        key = str(word).strip().lower()
        if key in synonyms:
            return synonyms[key]
        try:
            return cls(key)
        except ValueError:
            raise InputError(f"{name}: needed clamped, supported, pinned or free, got {word!r}.") from None


@dataclass(frozen=True)
class Material:
    """Isotropic elastic material: Young's modulus (Pa), Poisson's ratio, density (kg/m³)."""

    young: float
    poisson: float
    density: float

    def __post_init__(self) -> None:
        for name in ("young", "density"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"Material {name}: needed a positive number, got {value!r}.")
        check_poisson(self.poisson)


def check_poisson(poisson: float) -> None:
    """Raise unless −1 < ν ≤ 1/2, the range in which an isotropic solid is stable."""
    if not (-1 < poisson <= 0.5):
        raise InputError(f"Poisson's ratio: needed a number above -1 and at most 0.5, got {poisson!r}.")


@dataclass(frozen=True)
class Section:
    """A homogeneous piece of plate: bending stiffness D (N·m), Poisson's ratio, areal mass ρh (kg/m²)."""

    stiffness: float = 1.0
    poisson: float = 0.3
    areal_mass: float = 1.0

    def __post_init__(self) -> None:
        for name in ("stiffness", "areal_mass"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"Section {name}: needed a positive number, got {value!r}.")
        check_poisson(self.poisson)

    @classmethod
    def of(cls, material: Material, thickness: float) -> "Section":
        """Return the section of a plate: D = E h³ / (12 (1 − ν²)), areal mass ρh; thickness h in m."""
        if not (math.isfinite(thickness) and thickness > 0):
            raise InputError(f"Plate thickness: needed a positive length, got {thickness!r} m.")
        stiffness = material.young * thickness**3 / (12 * (1 - material.poisson**2))
        return cls(stiffness, material.poisson, material.density * thickness)


@dataclass(frozen=True)
class Plate:
    """A plate problem without its mesh.

    ``section`` holds everywhere but in the surface groups named in ``sections``. ``supports`` maps a group of
    edges or points to its support; ``rest`` is the support of the boundary that no group names. ``pressure``
    (Pa) is the load of the static deflection, ``pressures`` its value in named surface groups. In
    ``nondimensional`` units D = ρh = 1 and lengths are those of the mesh.
    """

    section: Section = field(default_factory=Section)
    sections: Mapping[str, Section] = field(default_factory=dict)
    supports: Mapping[str, Support] = field(default_factory=dict)
    rest: Support = Support.CLAMPED
    pressure: float = 1.0
    pressures: Mapping[str, float] = field(default_factory=dict)
    units: Literal["SI", "nondimensional"] = "nondimensional"
