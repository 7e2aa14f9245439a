"""Recordings of each kind of a synthetic scene, as a camera would take them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.special import jv

from holography.synthetic import Field, Light, Recording, Scene, detect, states

REFERENCE = 3.0
"""Amplitude of the reference wave against the mean object wave on the plate in off-axis holograms."""


def record_phase_shift(
    scene: Scene,
    light: Light,
    rng: np.random.Generator,
    *,
    steps: Sequence[float] = (0, 90, 180, 270),
    declared: str | Sequence[float] | None = None,
) -> Recording:
    """Frames I = |r|^2 + |o|^2 + 2 r |o| cos(arg o + delta) of both states; ``steps`` in degrees are the true ones.

    ``declared`` is what capture.toml says of them: a scheme, "estimate", or nominal angles.
    """
    frames: dict[str, npt.NDArray[Any]] = {}
    for name, wave in zip(("def", "ref"), states(scene, light, rng), strict=True):
        for k, step in enumerate(steps):
            interference = np.abs(1 + wave * np.exp(1j * np.deg2rad(step))) ** 2 / 2
            frames[f"{name}_{k + 1}"] = detect(interference, light, rng)
    told = list(steps) if declared is None else declared
    keys = {"deformed": "def_*", "reference": "ref_*"}
    return _recording("phase-shift", scene, frames, {"frames": keys, "phase_steps": {"steps": told}})


def record_wrapped(scene: Scene, light: Light, rng: np.random.Generator, *, levels: int = 256) -> Recording:
    """A wrapped phase map as an interferometer's software stores it: grey = levels phi / 2 pi, rounded down."""
    loaded, rest = states(scene, light, rng)
    _, mask, _ = scene.truth()
    noise = np.exp(2j * np.pi * rng.random(mask.shape))
    turns = np.angle(np.where(mask, loaded * np.conj(rest), noise)) / (2 * np.pi) % 1.0
    grey = np.minimum(np.floor(turns * levels), levels - 1).astype(np.uint8 if levels <= 256 else np.uint16)
    return _recording(
        "wrapped-phase", scene, {"phase": grey}, {"frames": {"wrapped": "phase", "levels": levels}}
    )


def record_carrier(
    scene: Scene, light: Light, rng: np.random.Generator, *, frequency: tuple[float, float] = (0.1, 0.02)
) -> Recording:
    """One fringe pattern per state with a carrier of ``frequency`` (fx, fy) cycles per pixel."""
    ramp = _carrier(scene.view.shape, frequency)
    waves = states(scene, light, rng)
    frames = {
        n: detect(np.abs(1 + w * ramp) ** 2 / 2, light, rng)
        for n, w in zip(("def", "ref"), waves, strict=True)
    }
    return _recording(
        "carrier", scene, frames, {"frames": {"deformed": "def", "reference": "ref"}, "carrier": {}}
    )


def record_off_axis(
    scene: Scene,
    light: Light,
    rng: np.random.Generator,
    *,
    frequency: tuple[float, float] = (0.25, 0.2),
    aperture: float = 0.1,
) -> Recording:
    """Image-plane holograms |R + o|^2 of both states; the lobe O R* lies at ``frequency``.

    ``aperture`` is the radius of the lens's pupil in the spectrum, cycles per pixel.
    """
    waves = [band_limited(wave, aperture) for wave in states(scene, light, rng)]
    frames = {n: _hologram(w, frequency, light, rng) for n, w in zip(("def", "ref"), waves, strict=True)}
    keys = {"deformed": "def", "reference": "ref"}
    return _recording("off-axis", scene, frames, {"frames": keys, "off_axis": {"distance": 0}})


def record_fresnel(
    scene: Scene, light: Light, rng: np.random.Generator, *, distance: float = 1.0, pitch: float = 6.8e-6
) -> Recording:
    """Lensless holograms of a plate at ``distance`` (m) from a sensor of ``pitch`` (m) and an axial plane reference.

    The scene's view is the reconstruction, of pixel lambda d / (N pitch), so the plate must stand beside its centre.
    The object wave runs as exp(+ikr): O(x) = e^{i pi x^2 / lambda d} F[o(xi) e^{i pi xi^2 / lambda d}].
    """
    reach = scene.sensitivity.wavelength * distance
    frames = {}
    for name, wave in zip(("def", "ref"), states(scene, light, rng), strict=True):
        frames[name] = _hologram(_to_sensor(wave, reach, pitch), (0.0, 0.0), light, rng)
    keys = {"deformed": "def", "reference": "ref"}
    setting = {"pixel_pitch": pitch, "distance": distance}
    return _recording("off-axis", scene, frames, {"frames": keys, "off_axis": setting})


def _to_sensor(wave: Field, reach: float, pitch: float) -> Field:
    rows, cols = wave.shape
    x = [(np.arange(n) - n // 2) for n in (rows, cols)]
    pixel = [reach / (n * pitch) for n in (rows, cols)]
    sensor = [np.exp(1j * np.pi / reach * (v * pitch) ** 2) for v in x]
    plate = [np.exp(1j * np.pi / reach * (v * p) ** 2) for v, p in zip(x, pixel, strict=True)]
    spread = scipy.fft.fftshift(
        scipy.fft.fft2(scipy.fft.ifftshift(wave * plate[0][:, None] * plate[1]), norm="ortho")
    )
    there = spread * sensor[0][:, None] * sensor[1]
    return there / np.sqrt((np.abs(there) ** 2).mean())


def record_time_average(
    scene: Scene, light: Light, rng: np.random.Generator, *, frequency: float, looks: float = 200.0
) -> Recording:
    """Time-averaged intensity J0^2(phase amplitude) of a vibrating plate and its intensity at rest.

    The scene's deflection is the peak amplitude, ``frequency`` in Hz; speckle leaves a relative noise 1/sqrt(looks).
    """
    _, mask, amplitude = scene.truth()
    grain = [1 + rng.standard_normal(mask.shape) / np.sqrt(looks) for _ in range(2)]
    frames = {
        "def": detect(mask * jv(0, amplitude) ** 2 * grain[0], light, rng),
        "ref": detect(mask * grain[1], light, rng),
    }
    keys = {"deformed": "def", "reference": "ref"}
    return _recording("time-average", scene, frames, {"frames": keys, "vibration": {"frequency": frequency}})


def record_sideband(
    scene: Scene, light: Light, rng: np.random.Generator, *, frequency: float, order: int = 1
) -> Recording:
    """Off-axis holograms of sideband ``order`` (amplitude J_n) and of the carrier (J_0) of one vibrating plate."""
    _, mask, amplitude = scene.truth()
    _, rest = states(scene, light, rng)
    plate = band_limited(rest, 0.1)
    frames = {}
    for name, n in (("def", order), ("ref", 0)):
        wave = band_limited(np.where(mask, rest * jv(n, amplitude), 0), 0.1)
        frames[name] = _hologram(wave, (0.25, 0.2), light, rng, strongest=plate)
    sections: dict[str, dict[str, Any]] = {
        "frames": {"deformed": "def", "reference": "ref"},
        "off_axis": {"distance": 0},
        "vibration": {"frequency": frequency, "order": order},
    }
    return _recording("sideband", scene, frames, sections)


def record_displacement(scene: Scene, rng: np.random.Generator, *, noise: float = 0.0) -> Recording:
    """The deflection itself in nanometres, NaN off the plate, with ``noise`` (m rms)."""
    deflection, mask, _ = scene.truth()
    noisy = deflection + rng.normal(0.0, noise, mask.shape)
    values = np.where(mask, noisy * 1e9, np.nan)
    return _recording("displacement", scene, {"w": values}, {"frames": {"values": "w", "unit": "nm"}})


def band_limited(wave: Field, radius: float) -> Field:
    """The wave behind a round pupil of ``radius`` cycles per pixel."""
    fy, fx = scipy.fft.fftfreq(wave.shape[0])[:, None], scipy.fft.fftfreq(wave.shape[1])[None, :]
    return scipy.fft.ifft2(scipy.fft.fft2(wave) * (np.hypot(fx, fy) <= radius))


def _carrier(shape: tuple[int, int], frequency: tuple[float, float]) -> Field:
    rows, cols = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    return np.exp(2j * np.pi * (frequency[0] * cols + frequency[1] * rows))


def _hologram(
    wave: Field,
    frequency: tuple[float, float],
    light: Light,
    rng: np.random.Generator,
    *,
    strongest: Field | None = None,
) -> npt.NDArray[Any]:
    """|R + o|² with R tilted so that O R* lies at ``frequency``, of unit mean.

    R is ``REFERENCE`` times the ``strongest`` wave that is recorded with it, by default this one.
    """
    level = REFERENCE * np.sqrt((np.abs(wave if strongest is None else strongest) ** 2).mean())
    reference = level * _carrier((wave.shape[0], wave.shape[1]), (-frequency[0], -frequency[1]))
    return detect(np.abs(reference + wave) ** 2 / level**2, light, rng)


def _recording(
    kind: str, scene: Scene, frames: dict[str, npt.NDArray[Any]], sections: dict[str, dict[str, Any]]
) -> Recording:
    deflection, mask, phase = scene.truth()
    return Recording(kind, frames, deflection, mask, phase, sections)
