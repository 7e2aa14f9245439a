"""The public forward model: a known deformation -> what a camera records of it.

    w(x, y) --sensitivity--> phase --speckle--> complex fields of both states --kind--> intensities --camera--> frames

Made for tests, demonstrations and the planning of experiments. All randomness comes from the generator passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft

from holography.deformation import Sensitivity

Real = npt.NDArray[np.float64]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]
Shape = Callable[[Real, Real], npt.NDArray[Any]]


@dataclass(frozen=True)
class View:
    """How the camera sees the plate: ``shape`` (rows, cols), and ``matrix`` 3x3 that takes homogeneous plate
    coordinates (x, y, 1) in m, y up, to pixels (col, row, 1). A perspective is a matrix with a third row."""

    shape: tuple[int, int]
    matrix: npt.NDArray[np.float64]

    @classmethod
    def straight(cls, shape: tuple[int, int], pixel: float) -> "View":
        """A camera on the normal, ``pixel`` m on the plate; plate (0, 0) at the bottom left pixel's corner."""
        return cls(shape, np.array([[1 / pixel, 0, -0.5], [0, -1 / pixel, shape[0] - 0.5], [0, 0, 1.0]]))

    def turned(self, *, angle: float = 0.0, perspective: tuple[float, float] = (0.0, 0.0)) -> "View":
        """The same view turned by ``angle`` (rad) about the picture's centre and seen under a perspective.

        ``perspective`` are the two entries of the third row of the homography per pixel from the centre.
        """
        middle = np.array([[1, 0, (self.shape[1] - 1) / 2], [0, 1, (self.shape[0] - 1) / 2], [0, 0, 1.0]])
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0], [s, c, 0], [*perspective, 1.0]])
        return View(self.shape, middle @ turn @ np.linalg.inv(middle) @ self.matrix)

    def plate(self) -> tuple[Real, Real]:
        """Plate coordinates x, y (m) of every pixel centre, each (rows, cols)."""
        cols, rows = np.meshgrid(np.arange(self.shape[1], dtype=float), np.arange(self.shape[0], dtype=float))
        x, y, scale = np.einsum(
            "ij,jrc->irc", np.linalg.inv(self.matrix), np.stack([cols, rows, np.ones_like(cols)])
        )
        return x / scale, y / scale

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Pixel [col, row] that shows the plate point (x, y) in m."""
        col, row, scale = self.matrix @ np.array([x, y, 1.0])
        return float(col / scale), float(row / scale)


@dataclass(frozen=True)
class Light:
    """Speckle and detection. ``coherence`` gamma between the states (None: a mirror-like plate, no speckle),
    ``grain`` speckle size in pixels, ``exposure`` mean grey as a share of full scale, ``noise`` rms in grey levels,
    ``bits`` of the camera (None: floats), ``background`` coherence-free light outside the plate as a share."""

    coherence: float | None = 0.9
    grain: float = 1.0
    exposure: float = 0.3
    noise: float = 1.0
    bits: int | None = 8


@dataclass(frozen=True)
class Recording:
    """Frames per name, and the truth behind them: ``deflection`` (m, along z), ``mask``, ``phase`` (rad)."""

    kind: str
    frames: dict[str, npt.NDArray[Any]]
    deflection: Real
    mask: Mask
    phase: Real
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """What stands before the camera: ``deflection(x, y)`` in m along the normal, the plate's ``outline(x, y)`` (True
    inside), the optics and the view."""

    deflection: Shape
    outline: Shape
    sensitivity: Sensitivity
    view: View

    def truth(self) -> tuple[Real, Mask, Real]:
        """Deflection (m), mask and phase (rad) at every pixel."""
        x, y = self.view.plate()
        mask = np.asarray(self.outline(x, y), dtype=bool)
        deflection = np.where(mask, np.asarray(self.deflection(x, y), dtype=float), 0.0)
        return deflection, mask, deflection / self.sensitivity.metres_per_radian


def speckle(shape: tuple[int, int], grain: float, rng: np.random.Generator) -> Field:
    """Circular Gaussian field of unit mean intensity, white for ``grain`` 1, else smoothed to that many pixels."""
    field_ = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) / np.sqrt(2)
    if grain <= 1:
        return field_
    fx, fy = scipy.fft.fftfreq(shape[1])[None, :], scipy.fft.fftfreq(shape[0])[:, None]
    soft = scipy.fft.ifft2(scipy.fft.fft2(field_) * (np.hypot(fx, fy) < 0.5 / grain))
    return soft / np.sqrt((np.abs(soft) ** 2).mean())


def states(scene: Scene, light: Light, rng: np.random.Generator) -> tuple[Field, Field]:
    """Object waves of the loaded and the unloaded plate, of unit mean intensity on it and dark around it.

    The loaded one is (gamma s + sqrt(1 - gamma^2) s') e^{i phi} with independent speckle s': coherence gamma.
    """
    _, mask, phase = scene.truth()
    if light.coherence is None:
        return mask * np.exp(1j * phase), mask.astype(complex)
    gamma = light.coherence
    first, second = (speckle(mask.shape, light.grain, rng) for _ in range(2))
    return mask * (gamma * first + np.sqrt(1 - gamma**2) * second) * np.exp(1j * phase), mask * first


def detect(intensity: Real, light: Light, rng: np.random.Generator) -> npt.NDArray[Any]:
    """Camera frames of an intensity whose mean on the plate is about 1: exposure, noise, clipping, rounding."""
    scale = light.exposure * (2**light.bits - 1) if light.bits else 1.0
    grey = intensity * scale + rng.normal(0.0, light.noise, intensity.shape) * (1 if light.bits else 1 / 255)
    if light.bits is None:
        return grey
    return np.clip(np.rint(grey), 0, 2**light.bits - 1).astype(np.uint8 if light.bits <= 8 else np.uint16)
