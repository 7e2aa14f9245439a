"""The keys of capture.toml, section by section, with their units, defaults and rules.

Lengths, frequencies and pressures are SI floats once read; every section is frozen and refuses unknown keys.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from holography.tomlvalues import (
    Direction,
    Files,
    Length,
    Pixel,
    Positive,
    angles,
    corners,
    pixel_or,
    point_in_metres,
    quantity,
    zero_rule,
)

Kind = Literal[
    "wrapped-phase", "phase-shift", "carrier", "off-axis", "time-average", "sideband", "displacement"
]
WAVELENGTHS = (1e-7, 2e-5)
"""Shortest and longest wavelength believed (m): a bare ``532`` would mean 532 metres."""

LARGEST_PIXEL = 0.1
"""Pixels on the plate, sensor pixels and plates are smaller (m): a bare ``0.25`` would mean 0.25 metres."""

PHASE_UNITS = ("rad", "cycles", "deg")
"""Units of a float image of wrapped phase."""


class Section(BaseModel):
    """A table of capture.toml: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Optics(Section):
    """Wavelength (m), unit vectors plate -> source and plate -> camera, and the sign of the phase."""

    wavelength: Length | None = None
    illumination: Direction = (0.0, 0.0, 1.0)
    observation: Direction = (0.0, 0.0, 1.0)
    phase_sign: Literal[1, -1] = 1

    @model_validator(mode="after")
    def _check(self) -> "Optics":
        low, high = WAVELENGTHS
        if self.wavelength is not None and not low <= self.wavelength <= high:
            raise PydanticCustomError(
                "wavelength",
                'a wavelength between 100 nm and 20 um, with its unit: wavelength = "532 nm"',
            )
        if self.illumination[2] * self.observation[2] <= 0:
            raise PydanticCustomError(
                "sides",
                "source and camera on the same side of the plate (z of both vectors of one sign)",
            )
        return self


class Frames(Section):
    """Image files: globs or lists, relative to capture.toml."""

    deformed: Files | None = None
    reference: Files | None = None
    wrapped: Files | None = None
    values: Files | None = None
    dark: Files | None = None
    dataset: str | None = None
    unit: str | None = None
    levels: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None
    invalid: float | None = None


class PhaseSteps(Section):
    """Phase steps delta of I = A + B cos(phi + delta): degrees, a scheme's name, or "estimate"."""

    steps: Annotated[str | tuple[float, ...], BeforeValidator(angles)]


class Carrier(Section):
    """Carrier frequency, "auto" or (fx, fy) in cycles per pixel (column, row)."""

    frequency: Annotated[str | Pixel, pixel_or("auto")] = "auto"


class OffAxis(Section):
    """Sensor pitch and distance of the plate (m), sideband in cycles per sensor pixel, propagation."""

    pixel_pitch: Annotated[Length, Field(gt=0)] | None = None
    distance: Length = 0.0
    sideband: Annotated[str | Pixel, pixel_or("auto")] = "auto"
    method: Literal["auto", "fresnel", "angular-spectrum"] = "auto"

    @model_validator(mode="after")
    def _check(self) -> "OffAxis":
        if self.pixel_pitch is not None and self.pixel_pitch >= LARGEST_PIXEL:
            raise PydanticCustomError("pitch", 'a sensor pixel with its unit: pixel_pitch = "6.8 um"')
        return self


class Vibration(Section):
    """Frequency (Hz) that makes the field a mode shape, and the order of the sideband."""

    frequency: Annotated[float, quantity("Hz"), Field(gt=0)] | None = None
    order: Annotated[int, Field(ge=1, le=50)] = 1


class ControlPoint(Section):
    """A point known both in the picture ([column, row]) and on the plate (m)."""

    pixel: Pixel
    plate: Annotated[tuple[float, float], BeforeValidator(point_in_metres)]


class Camera(Section):
    """Pixels to plate axes: a pixel size with an origin, or control points."""

    pixel_size: Annotated[Length, Field(gt=0)] | None = None
    origin: Pixel | None = None
    control_points: tuple[ControlPoint, ...] | None = None
    distortion: bool = False

    @model_validator(mode="after")
    def _check(self) -> "Camera":
        if (self.pixel_size is None) == (self.control_points is None):
            raise PydanticCustomError("camera", "either pixel_size or control_points, and not both")
        if self.pixel_size is not None and self.pixel_size >= LARGEST_PIXEL:
            raise PydanticCustomError("camera", 'a pixel size with its unit: pixel_size = "0.25 mm"')
        if self.control_points is not None and self.origin is not None:
            raise PydanticCustomError("camera", "no origin beside control_points, which carry their own")
        return self


class Mask(Section):
    """Valid pixels: an image (white = valid) or a polygon of [column, row]."""

    file: str | None = None
    polygon: Annotated[tuple[Pixel, ...], BeforeValidator(corners)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "Mask":
        if (self.file is None) == (self.polygon is None):
            raise PydanticCustomError("mask", "either file or polygon")
        return self


class Load(Section):
    """Pressure (Pa); the deflection counts positive along it. ``away``: it pushes away from the camera."""

    pressure: Annotated[float, quantity("Pa"), Field(gt=0)] | None = None
    away: bool = False


class PlateMass(Section):
    """Areal density rho h (kg/m^2), given or from thickness and density."""

    areal_density: Annotated[float, quantity("kg/m^2"), Field(gt=0)] | None = None
    thickness: Annotated[Length, Field(gt=0)] | None = None
    density: Annotated[float, quantity("kg/m^3"), Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "PlateMass":
        if self.areal_density is not None and (self.thickness is not None or self.density is not None):
            raise PydanticCustomError("plate", "areal_density, or thickness and density, not both")
        if (self.thickness is None) != (self.density is None):
            raise PydanticCustomError("plate", "thickness together with density")
        if self.thickness is not None and self.thickness >= LARGEST_PIXEL:
            raise PydanticCustomError("plate", 'a thickness with its unit: thickness = "0.5 mm"')
        return self

    @property
    def mass_per_area(self) -> float | None:
        """Areal density in kg/m^2, None when nothing was given."""
        if self.thickness is not None and self.density is not None:
            return self.thickness * self.density
        return self.areal_density


class Processing(Section):
    """Every value of the processing chain; sigma in pixels of the complex field, ``grid`` (m) on the plate."""

    filter: Literal["gaussian", "windowed-fourier", "none"] = "gaussian"
    sigma: Positive = 1.5
    passes: Annotated[int, Field(ge=1, le=100)] = 3
    coherence: Annotated[float, Field(ge=0, lt=1)] = 0.6
    unwrap: Literal["auto", "quality", "ilp"] = "auto"
    zero: Annotated[str | tuple[Pixel, ...], BeforeValidator(zero_rule)] = "rim"
    remove: Literal["none", "piston", "tilt"] = "none"
    grid: Annotated[Length, Field(gt=0)] | None = None


class Capture(Section):
    """One measurement, frozen: the content of a capture.toml in SI units, and where it lies."""

    kind: Kind
    title: str = ""
    optics: Optics = Optics()
    frames: Frames
    phase_steps: PhaseSteps | None = None
    carrier: Carrier = Carrier()
    off_axis: OffAxis | None = None
    vibration: Vibration = Vibration()
    camera: Camera | None = None
    mask: Mask | None = None
    load: Load = Load()
    plate: PlateMass = PlateMass()
    processing: Processing = Processing()
    path: Path = Field(default=Path("capture.toml"), exclude=True)

    @property
    def folder(self) -> Path:
        """Folder that relative paths start from."""
        return self.path.parent
