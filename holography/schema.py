"""The keys of capture.toml, section by section, with their units, defaults and rules.

Lengths, frequencies and pressures are SI floats once read; every section is frozen and refuses unknown keys.
"""

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from landscape.errors import InputError
from landscape.units import to_si

Kind = Literal[
    "wrapped-phase", "phase-shift", "carrier", "off-axis", "time-average", "sideband", "displacement"
]
WAVELENGTHS = (1e-7, 2e-5)
"""Shortest and longest wavelength believed (m): a bare ``532`` would mean 532 metres."""

_PHASE_UNITS = ("rad", "cycles", "deg")
_NEEDS: dict[str, tuple[str, ...]] = {
    "wrapped-phase": ("frames.wrapped",),
    "phase-shift": ("frames.deformed", "phase_steps"),
    "carrier": ("frames.deformed",),
    "off-axis": ("frames.deformed", "off_axis"),
    "time-average": ("frames.deformed",),
    "sideband": ("frames.deformed", "frames.reference"),
    "displacement": ("frames.values",),
}


def _quantity(unit: str) -> BeforeValidator:
    def convert(value: Any) -> float:
        try:
            return to_si(value, unit, "value")
        except InputError as error:
            text = error.message.removeprefix("value: ")
            raise PydanticCustomError(
                "quantity", "{text} {advice}", {"text": text, "advice": error.advice}
            ) from None

    return BeforeValidator(convert)


def _direction(value: Any) -> tuple[float, float, float]:
    try:
        x, y, z = (float(v) for v in value)
    except (TypeError, ValueError):
        raise PydanticCustomError("direction", "needed three numbers [x, y, z]") from None
    length = (x * x + y * y + z * z) ** 0.5
    if not 0.0 < length < float("inf"):
        raise PydanticCustomError("direction", "needed a direction that is finite and not zero")
    return (x / length, y / length, z / length)


def _paths(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(v, str) and v for v in items):
        raise PydanticCustomError("files", "needed a file name, a glob or a list of them")
    return tuple(items)


def _point_in_metres(value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise PydanticCustomError("point", "needed two lengths [x, y]")
    try:
        return (to_si(value[0], "m", "x"), to_si(value[1], "m", "y"))
    except InputError as error:
        raise PydanticCustomError("point", "{text}", {"text": str(error)}) from None


def _steps(value: Any) -> str | tuple[float, ...]:
    if isinstance(value, str):
        return value
    try:
        steps = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        steps = ()
    if len(steps) < 3 or not all(abs(v) < 1e6 for v in steps):
        raise PydanticCustomError(
            "steps", 'needed three or more angles in degrees, a scheme\'s name, or "estimate"'
        )
    return steps


def _pixel_or(word: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        try:
            return word if value == word else _pixel(value)
        except (TypeError, ValueError):
            text = "needed {word} or two numbers [column, row]"
            raise PydanticCustomError("pair", text, {"word": f'"{word}"'}) from None

    return BeforeValidator(check)


def _pixel(value: Any) -> tuple[float, float]:
    col, row = (float(v) for v in value)
    if not (math.isfinite(col) and math.isfinite(row)):
        raise ValueError("not finite")
    return (col, row)


def _zero(value: Any) -> Any:
    if value in ("rim", "none"):
        return value
    try:
        pixels = tuple(_pixel(p) for p in value)
    except (TypeError, ValueError):
        pixels = ()
    if not pixels:
        raise PydanticCustomError("zero", 'needed "rim", "none" or a list of pixels [[column, row], ...]')
    return pixels


Length = Annotated[float, _quantity("m")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Direction = Annotated[tuple[float, float, float], BeforeValidator(_direction)]
Files = Annotated[tuple[str, ...], BeforeValidator(_paths)]
Pixel = tuple[
    Annotated[float, Field(allow_inf_nan=False)],
    Annotated[float, Field(allow_inf_nan=False)],
]


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
                'wavelength {w} m is not light a camera sees (100 nm to 20 um). Write its unit: "532 nm"',
                {"w": f"{self.wavelength:g}"},
            )
        if self.illumination[2] * self.observation[2] <= 0:
            raise PydanticCustomError(
                "sides",
                "source and camera must stand on the same side of the plate (z of both vectors of one sign)",
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

    steps: Annotated[str | tuple[float, ...], BeforeValidator(_steps)]


class Carrier(Section):
    """Carrier frequency, "auto" or (fx, fy) in cycles per pixel (column, row)."""

    frequency: Annotated[str | Pixel, _pixel_or("auto")] = "auto"


class OffAxis(Section):
    """Sensor pitch and distance of the plate (m), sideband in cycles per sensor pixel, propagation."""

    pixel_pitch: Annotated[Length, Field(gt=0)] | None = None
    distance: Length = 0.0
    sideband: Annotated[str | Pixel, _pixel_or("auto")] = "auto"
    method: Literal["auto", "fresnel", "angular-spectrum"] = "auto"

    @model_validator(mode="after")
    def _check(self) -> "OffAxis":
        if self.distance != 0 and self.pixel_pitch is None:
            raise PydanticCustomError(
                "pitch", 'a distance needs pixel_pitch, the sensor pixel: pixel_pitch = "6.8 um"'
            )
        return self


class Vibration(Section):
    """Frequency (Hz) that makes the field a mode shape, and the order of the sideband."""

    frequency: Annotated[float, _quantity("Hz"), Field(gt=0)] | None = None
    order: Annotated[int, Field(ge=1, le=50)] = 1


class ControlPoint(Section):
    """A point known both in the picture ([column, row]) and on the plate (m)."""

    pixel: Pixel
    plate: Annotated[tuple[float, float], BeforeValidator(_point_in_metres)]


class Camera(Section):
    """Pixels to plate axes: a pixel size with an origin, or control points."""

    pixel_size: Annotated[Length, Field(gt=0)] | None = None
    origin: Pixel | None = None
    control_points: tuple[ControlPoint, ...] | None = None
    distortion: bool = False

    @model_validator(mode="after")
    def _check(self) -> "Camera":
        if (self.pixel_size is None) == (self.control_points is None):
            raise PydanticCustomError("camera", "needed either pixel_size or control_points, and not both")
        if self.control_points is not None and self.origin is not None:
            raise PydanticCustomError(
                "camera", "origin belongs to pixel_size; control points carry their own"
            )
        return self


class Mask(Section):
    """Valid pixels: an image (white = valid) or a polygon of [column, row]."""

    file: str | None = None
    polygon: Annotated[tuple[Pixel, ...], Field(min_length=3)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "Mask":
        if (self.file is None) == (self.polygon is None):
            raise PydanticCustomError("mask", "needed either file or polygon")
        return self


class Load(Section):
    """Pressure (Pa); the deflection counts positive along it. ``away``: it pushes away from the camera."""

    pressure: Annotated[float, _quantity("Pa"), Field(gt=0)] | None = None
    away: bool = False


class PlateMass(Section):
    """Areal density rho h (kg/m^2), given or from thickness and density."""

    areal_density: Annotated[float, _quantity("kg/m^2"), Field(gt=0)] | None = None
    thickness: Annotated[Length, Field(gt=0)] | None = None
    density: Annotated[float, _quantity("kg/m^3"), Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> "PlateMass":
        if self.areal_density is not None and (self.thickness is not None or self.density is not None):
            raise PydanticCustomError("plate", "needed areal_density, or thickness and density, not both")
        if (self.thickness is None) != (self.density is None):
            raise PydanticCustomError("plate", "thickness and density belong together")
        return self

    @property
    def mass_per_area(self) -> float | None:
        """Areal density in kg/m^2, None when nothing was given."""
        if self.thickness is not None and self.density is not None:
            return self.thickness * self.density
        return self.areal_density


class Processing(Section):
    """Every value of the processing chain; sigma in pixels of the complex field."""

    filter: Literal["gaussian", "windowed-fourier", "none"] = "gaussian"
    sigma: Positive = 1.5
    passes: Annotated[int, Field(ge=1, le=100)] = 3
    coherence: Annotated[float, Field(ge=0, lt=1)] = 0.6
    unwrap: Literal["auto", "quality", "ilp"] = "auto"
    zero: Annotated[str | tuple[Pixel, ...], BeforeValidator(_zero)] = "rim"
    remove: Literal["none", "piston", "tilt"] = "none"


class Capture(Section):
    """One measurement, frozen: the content of a capture.toml in SI units, and where it lies."""

    path: Path
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

    @property
    def folder(self) -> Path:
        """Folder that relative paths start from."""
        return self.path.parent

    @model_validator(mode="after")
    def _check(self) -> "Capture":
        _require_keys(self)
        if (
            self.kind != "displacement"
            and self.optics.wavelength is None
            and not _may_carry_wavelength(self.frames)
        ):
            raise PydanticCustomError(
                "missing_key",
                'needed optics.wavelength, which is missing. It is never assumed: wavelength = "532 nm" in [optics]',
            )
        unit = self.frames.unit
        if self.kind == "wrapped-phase" and unit is not None and unit not in _PHASE_UNITS:
            raise PydanticCustomError(
                "unit", "frames.unit: needed rad, cycles or deg, got {unit}", {"unit": unit}
            )
        if self.kind == "displacement" and unit is not None:
            try:
                to_si(f"1 {unit}", "m", "frames.unit")
            except InputError as error:
                raise PydanticCustomError("unit", "{text}", {"text": str(error)}) from None
        return self


def _may_carry_wavelength(frames: Frames) -> bool:
    files = (frames.deformed or ()) + (frames.wrapped or ())
    return any(name.lower().endswith((".h5", ".hdf5", ".hdf")) for name in files)


def _require_keys(capture: Capture) -> None:
    for key in _NEEDS[capture.kind]:
        section, _, name = key.partition(".")
        value = getattr(capture, section)
        if value is None or (name and getattr(value, name) is None):
            raise PydanticCustomError(
                "missing_key",
                "kind = {kind} needs {key}",
                {"kind": repr(capture.kind), "key": _spell(section, name)},
            )


def _spell(section: str, name: str) -> str:
    return f"the key {name} in [{section}]" if name else f"the section [{section}]"
