"""A numerical laboratory: plates with a known deflection, recorded in every way, and the error of what comes back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from holography.capturefolder import control_points, write_capture
from holography.deformation import Deformation, Sensitivity
from holography.pipeline import import_capture
from holography.recording import (
    record_carrier,
    record_fresnel,
    record_off_axis,
    record_phase_shift,
    record_time_average,
    record_wrapped,
)
from holography.synthetic import Light, Recording, Scene, View

WAVELENGTH = 532e-9
FRINGE = WAVELENGTH / 2
FULL = (720, 900)
SMALL = (240, 300)
WIDTH, HEIGHT = 0.225, 0.18
"""Size in m of the field that the straight view shows; the plate fills 0.88 of it."""


def outline(x: NDArray, y: NDArray) -> NDArray:
    u, v = (x - WIDTH / 2) / (0.44 * WIDTH), (y - HEIGHT / 2) / (0.44 * HEIGHT)
    return np.maximum(abs(u), abs(v)) < 1


def round_outline(x: NDArray, y: NDArray) -> NDArray:
    u, v = (x - WIDTH / 2) / (0.44 * WIDTH), (y - HEIGHT / 2) / (0.44 * HEIGHT)
    return u**2 + v**2 < 1


def clamped(fringes: float, lean: tuple[float, float] = (0.3, -0.2), *, rounded: bool = False) -> Any:
    """A clamped deflection of so many fringes, its peak off the middle by ``lean``; of an ellipse if ``rounded``."""

    def shape(x: NDArray, y: NDArray) -> NDArray:
        u, v = (x - WIDTH / 2) / (0.44 * WIDTH), (y - HEIGHT / 2) / (0.44 * HEIGHT)
        hill = np.clip(1 - u**2, 0, None) * np.clip(1 - v**2, 0, None)
        if rounded:
            hill = np.clip(1 - u**2 - v**2, 0, None)
        return hill**2 * (1 + lean[0] * u + lean[1] * v)

    side = np.linspace(0, 1, 200)
    top = shape(*np.meshgrid(side * WIDTH, side * HEIGHT)).max()
    return lambda x, y: fringes * FRINGE / top * shape(x, y)


def straight(size: tuple[int, int] = FULL) -> View:
    return View.straight(size, WIDTH / size[1])


def plate(
    fringes: float = 6,
    *,
    view: View | None = None,
    lean: tuple[float, float] = (0.3, -0.2),
    rounded: bool = False,
    **optics: Any,
) -> Scene:
    deflection = clamped(fringes, lean, rounded=rounded)
    edge = round_outline if rounded else outline
    return Scene(deflection, edge, Sensitivity(WAVELENGTH, **optics), view or straight())


@dataclass(frozen=True)
class Outcome:
    """What an import made of a scene: error and reported sigma in nm over the common mask."""

    deformation: Deformation
    error: NDArray
    sigma: NDArray
    coverage: float

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean(self.error**2)))

    @property
    def ratio(self) -> float:
        """Reported sigma over true error, both rms."""
        return float(np.sqrt(np.mean(self.sigma**2)) / self.rms)


def bring_back(folder: Path, recording: Recording, scene: Scene, **sections: Any) -> Outcome:
    """Write the capture, import it, compare with the truth."""
    deformation, _ = import_capture(write_capture(folder, recording, scene, sections=sections))
    truth, mask, _ = scene.truth()
    both = deformation.mask & mask
    error = (deformation.displacement - truth)[both]
    if recording.kind == "time-average":  # the common sign is free
        error = min(error, (-deformation.displacement - truth)[both], key=lambda e: float(np.mean(e**2)))
    return Outcome(deformation, 1e9 * error, 1e9 * deformation.sigma[both], both.sum() / mask.sum())


class Taken(NamedTuple):
    """A recording, its scene, and further sections of its capture.toml."""

    recording: Recording
    scene: Scene
    sections: dict[str, Any]


def varied(rng: np.random.Generator) -> dict[str, Any]:
    """Plate of one seed: rectangle or ellipse, 4 to 15 fringes, the peak somewhere in the middle half."""
    return {
        "fringes": rng.uniform(4, 15),
        "lean": tuple(rng.uniform(-0.3, 0.3, 2)),
        "rounded": bool(rng.integers(2)),
    }


def phase_shift(rng: np.random.Generator) -> Taken:
    scene = plate(**varied(rng))
    return Taken(record_phase_shift(scene, Light(coherence=0.9), rng), scene, {})


def unknown_steps(rng: np.random.Generator) -> Taken:
    scene = plate(**varied(rng))
    steps = np.cumsum(np.r_[0, rng.uniform(60, 110, 4)])
    return Taken(
        record_phase_shift(scene, Light(coherence=0.9), rng, steps=steps.tolist(), declared="estimate"),
        scene,
        {},
    )


def carrier(rng: np.random.Generator) -> Taken:
    scene = plate(**varied(rng))
    period = rng.uniform(6, 8)
    angle = rng.uniform(-0.5, 0.5)
    frequency = (float(np.cos(angle) / period), float(np.sin(angle) / period))
    return Taken(record_carrier(scene, Light(coherence=None), rng, frequency=frequency), scene, {})


def image_plane(rng: np.random.Generator) -> Taken:
    """Holograms through a pupil that is wider where the fringes are dense, with a carrier that keeps the lobes apart.

    A slope of f cycles per pixel shifts the speckle's spectrum by f, and what leaves the pupil decorrelates: at
    15 fringes f is 0.075, at 10 half the radius of the narrow pupil.
    """
    plate_of_seed = varied(rng)
    scene = plate(**plate_of_seed)
    narrow = plate_of_seed["fringes"] < 10
    frequency, aperture = ((0.25, 0.2), 0.1) if narrow else ((0.33, 0.33), 0.155)
    recording = record_off_axis(scene, Light(coherence=0.9), rng, frequency=frequency, aperture=aperture)
    return Taken(recording, scene, {})


def lensless(rng: np.random.Generator) -> Taken:
    """The reconstruction shows the plate left of its centre, 340 x 560 pixels of 900 x 720."""
    stretch = np.array([[340 / WIDTH, 0, 50.0], [0, -560 / HEIGHT, 640.0], [0, 0, 1.0]])
    scene = plate(**varied(rng), view=View(FULL, stretch))
    return Taken(record_fresnel(scene, Light(coherence=0.9, exposure=0.4), rng), scene, {})


def wrapped_oblique(rng: np.random.Generator) -> Taken:
    """8-bit wrapped phase, seen under a perspective, lit 10 degrees off the normal, placed by five control points."""
    view = straight().turned(angle=rng.uniform(-0.1, 0.1), perspective=tuple(rng.uniform(-1e-4, 1e-4, 2)))
    tilt = np.deg2rad(10)
    scene = plate(**varied(rng), view=view, illumination=(float(np.sin(tilt)), 0.0, float(np.cos(tilt))))
    corners = [(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT), (0.4 * WIDTH, 0.6 * HEIGHT)]
    return Taken(
        record_wrapped(scene, Light(coherence=0.9), rng),
        scene,
        {"camera": {"control_points": control_points(scene, corners)}},
    )


def dipole(amplitude: float) -> Any:
    """A mode of a clamped plate with two antinodes of opposite sign, of this peak amplitude (m)."""

    def shape(x: NDArray, y: NDArray) -> NDArray:
        u, v = (x - WIDTH / 2) / (0.44 * WIDTH), (y - HEIGHT / 2) / (0.44 * HEIGHT)
        return u * (np.clip(1 - u**2, 0, None) * np.clip(1 - v**2, 0, None)) ** 2

    top = np.sqrt(1 / 5) * (4 / 5) ** 2  # of u (1 - u^2)^2
    return lambda x, y: amplitude / top * shape(x, y)


def time_average(rng: np.random.Generator) -> Taken:
    """Two antinodes of 200 to 450 nm: two to four dark rings each."""
    scene = Scene(dipole(rng.uniform(200e-9, 450e-9)), outline, Sensitivity(WAVELENGTH), straight())
    return Taken(record_time_average(scene, Light(exposure=0.5), rng, frequency=1085.0), scene, {})


BUDGETS = {
    "4-step speckle": (phase_shift, 10.0),
    "unknown steps": (unknown_steps, 4.0),
    "carrier": (carrier, 5.0),
    "off-axis image plane": (image_plane, 10.0),
    "off-axis fresnel": (lensless, 8.0),
    "wrapped, oblique": (wrapped_oblique, 12.0),
    "time average": (time_average, 15.0),
}
"""Kind of recording -> (maker, allowed rms error in nm)."""
