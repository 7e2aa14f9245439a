"""A numerical twin: a solved plate that is then measured with synthetic holograms. Everything it makes is synthetic.

The twin's stiffness differs from that of the model by a hidden factor κ, as that of a real plate does: its deflections are
those of the model over κ, its frequencies times √κ, its mode shapes the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holography.capturefolder import control_points, write_capture
from holography.deformation import Sensitivity
from holography.recording import record_phase_shift, record_sideband, record_time_average
from holography.synthetic import Light, Recording, Scene, View
from landscape.errors import InputError
from landscape.field import Field, Places
from landscape.locate import Locator
from landscape.results import Result

Real = NDArray[np.float64]

WAVELENGTH = 532e-9
LABEL = "synthetic"
FRINGES = 4e-6  # m, the greatest static deflection: fifteen fringes
RINGS = 330e-9  # m, the amplitude of time-averaged holograms: two dark rings
SMALL = 45e-9  # m, the amplitude of off-axis vibration holograms: below the maximum of J1
READING = 1e-3  # relative standard deviation of a resonance read from a generator


@dataclass(frozen=True)
class Camera:
    """How the plate is seen: ``pixel`` (m) on it, ``margin`` (pixels) around it, turned by ``angle`` (rad), ``perspective``
    per pixel."""

    pixel: float = 0.5e-3
    margin: int = 14
    angle: float = 0.01
    perspective: tuple[float, float] = (8e-6, -5e-6)


@dataclass(frozen=True)
class Twin:
    """A plate in front of a camera: its ``result``, the hidden factor ``kappa`` on its stiffness, the ``view``.

    ``places``: where the pixels lie on the plate; ``corners``: its four known points (m), for the registration.
    """

    result: Result
    kappa: float
    view: View
    places: Places
    field: Field
    deflections: Field
    light: Light = field_(default_factory=Light)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True at the pixels that show the plate."""
        return self.places.inside.reshape(self.view.shape)

    @property
    def frequencies(self) -> Real:
        """The true frequencies (Hz) of the twin's modes."""
        return np.sqrt(self.kappa) * np.array([mode["frequency"] for mode in self.result.summary["modes"]])

    @property
    def pressure(self) -> float:
        """The pressure (Pa) that bends the plate by ``FRINGES``."""
        deepest = float(np.nanmax(self.deflections.values(self.places)))
        return self.result.plate.pressure * self.kappa * FRINGES / deepest

    def deflection(self) -> Real:
        """The static deflection (m) at the pixels, 0 beside the plate."""
        shape = self._picture(self.deflections)
        return shape * FRINGES / shape.max()

    def shape(self, mode: int, amplitude: float) -> Real:
        """Mode number ``mode`` at the pixels, of that peak amplitude (m)."""
        one = Field(self.field.space, self.field.coefficients[:, :, mode - 1 : mode], self.field.locator)
        shape = self._picture(one)
        return shape * amplitude / np.abs(shape).max()

    def _picture(self, field: Field) -> Real:
        return np.nan_to_num(field.values(self.places)[:, 0]).reshape(self.view.shape)

    def scene(self, picture: Real) -> Scene:
        """The plate deflected as ``picture`` (rows, columns) says, as the forward model takes it."""
        mask = self.mask
        return Scene(lambda x, y: picture, lambda x, y: mask, Sensitivity(WAVELENGTH), self.view)

    def sections(self) -> dict[str, dict[str, Any]]:
        """What capture.toml says of every recording: the camera by control points, and the plate's areal density."""
        p = self.result.mesh.mesh.p
        low, high = p.min(axis=1), p.max(axis=1)
        known = [(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])]
        return {
            "camera": {"control_points": control_points(self.scene(self.deflection()), known)},
            "plate": {"areal_density": self.result.plate.section.areal_mass},
        }


def make_twin(
    result: Result, rng: np.random.Generator, *, camera: Camera | None = None, spread: float = 0.06
) -> Twin:
    """Return a twin of a solved plate whose ln κ is drawn from a normal distribution of width ``spread``.

    Raises ``InputError`` unless the result is in SI units and has a deflection and modes.
    """
    camera = camera or Camera()
    if result.units != "SI" or "deflection" not in result.fields or not result.modes.shape[1]:
        raise InputError(
            "A numerical twin needs a held plate with material, landscape and modes.",
            "Solve one with a case file: landscape solve plate.toml",
        )
    low, high = result.mesh.mesh.p.min(axis=1), result.mesh.mesh.p.max(axis=1)
    cols, rows = (
        int(np.ceil((b - a) / camera.pixel)) + 2 * camera.margin for a, b in zip(low, high, strict=True)
    )
    matrix = np.array(
        [
            [1 / camera.pixel, 0, camera.margin - low[0] / camera.pixel],
            [0, -1 / camera.pixel, rows - camera.margin + low[1] / camera.pixel],
            [0, 0, 1.0],
        ]
    )
    view = View((rows, cols), matrix).turned(angle=camera.angle, perspective=camera.perspective)
    space = result.space()
    locator = Locator(space)
    field = Field(space, space.coefficients_of_full(result.modes), locator)
    deflections = Field(space, space.coefficients_of_full(result.fields["deflection"][:, None]), locator)
    x, y = view.plate()
    places = field.places(np.column_stack([x.ravel(), y.ravel()]))
    return Twin(result, float(np.exp(rng.normal(0.0, spread))), view, places, field, deflections)


def record_static(twin: Twin, folder: Path, rng: np.random.Generator) -> Path:
    """Write phase-shifted speckle holograms of the loaded and the unloaded plate; return the capture.toml."""
    scene = twin.scene(twin.deflection())
    recording = record_phase_shift(scene, twin.light, rng)
    sections = {**twin.sections(), "load": {"pressure": twin.pressure}}
    return _write(folder, recording, scene, sections, f"static deflection under {twin.pressure:.4g} Pa")


def record_mode(
    twin: Twin,
    mode: int,
    folder: Path,
    rng: np.random.Generator,
    *,
    averaged: bool = False,
    mask: Path | None = None,
) -> Path:
    """Write holograms of one mode, time-averaged or as off-axis sideband and carrier, at its frequency as read.

    ``mask``: a picture of the plate's pixels, copied beside them; return the capture.toml.
    """
    frequency = float(twin.frequencies[mode - 1]) * (1 + READING * float(rng.standard_normal()))
    scene = twin.scene(twin.shape(mode, RINGS if averaged else SMALL))
    if averaged:
        recording = record_time_average(scene, twin.light, rng, frequency=frequency)
    else:
        recording = record_sideband(scene, twin.light, rng, frequency=frequency)
    sections: dict[str, dict[str, Any]] = dict(twin.sections())
    if mask is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mask.png").write_bytes(mask.read_bytes())
        sections["mask"] = {"file": "mask.png"}
    how = "time-averaged" if averaged else "off-axis sideband"
    return _write(folder, recording, scene, sections, f"mode at {frequency:.5g} Hz, {how}")


def _write(
    folder: Path, recording: Recording, scene: Scene, sections: Mapping[str, Mapping[str, Any]], title: str
) -> Path:
    path = write_capture(folder, recording, scene, sections=sections)
    text = path.read_text(encoding="utf-8")
    path.write_text(f'title = "{LABEL}: {title}"\n{text}', encoding="utf-8")
    return path
