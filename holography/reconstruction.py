"""Holograms of a capture -> fields on the plate: sideband, method and focus chosen as capture.toml says."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from holography import hologram, lobes
from holography.schema import OffAxis
from holography.signals import Field, Mask, Real, Recorded
from landscape.errors import InputError


@dataclass(frozen=True)
class Reconstructed:
    """Fields on the plate of several holograms of one set-up; ``valid``, ``grain`` and ``pixel`` as in ``Signal``."""

    fields: list[Field]
    valid: Mask
    grain: int
    pixel: tuple[float, float] | None
    used: dict[str, Any]
    warnings: tuple[str, ...] = ()


def reconstruct_all(recorded: Recorded, sensors: list[Real]) -> Reconstructed:
    """Isolate one lobe in all holograms and carry it to the plate; the last hologram decides about lobe and focus."""
    setting = recorded.capture.off_axis
    if setting is None:
        raise InputError(f"{recorded.capture.path}: holograms need the section [off_axis].", "Add it.")
    optical = hologram.Optical(recorded.wavelength, _pitch(recorded, setting), setting.distance)
    method = hologram.choose_method(sensors[0].shape, optical)
    if method != "image-plane" and setting.method != "auto":
        method = setting.method
    if setting.sideband != "auto":
        band = _given(setting.sideband, whole_side=method == "fresnel")
    else:
        band = (lobes.find_direction if method == "fresnel" else lobes.find_sideband)(sensors[-1])
    fields = [lobes.isolate(s, band, keep_carrier=method == "fresnel") for s in sensors]
    used: dict[str, Any] = {
        "sideband (cycles per pixel)": [round(v, 6) for v in band.frequency],
        "method": method,
    }
    notes: tuple[str, ...] = ()
    if method == "image-plane" and setting.method != "auto":
        notes = (
            f'method = "{setting.method}" is not used: at distance 0 the hologram lies in the image plane',
        )
    if method != "image-plane":
        focus = hologram.check_focus(fields[-1], optical, method)
        optical = dataclasses.replace(optical, lobe=focus.lobe)
        used |= {"lobe": "O R*" if focus.lobe > 0 else "conjugate", "sharpest distance (m)": focus.best}
        if abs(focus.best / optical.distance - 1) > 0.1:
            notes = (
                f"the picture is sharper at {focus.best:.4g} m than at the given {optical.distance:.4g} m",
            )
    done = [hologram.reconstruct(lobe, optical, method) for lobe in fields]
    if done[0][1] is not None:
        used["pixel (m)"] = list(done[0][1])
    grain = 1 if band.radius is None else max(1, round(1 / (np.sqrt(np.pi) * band.radius)))
    valid = (
        _lit_side(sensors[0].shape, band, optical.lobe)
        if method == "fresnel"
        else np.ones(sensors[0].shape, bool)
    )
    return Reconstructed([d[0] for d in done], valid, grain, done[0][1], used, notes)


def _pitch(recorded: Recorded, setting: OffAxis) -> float:
    """Sensor pixel in m, given or stored in the image file; 1 at distance 0, where it is of no account."""
    given, stored = setting.pixel_pitch, recorded.deformed.metadata.get("pixel pitch")
    if given is not None and stored is not None and abs(given - stored) > 0.01 * given:
        raise InputError(
            f"{recorded.capture.path}: off_axis.pixel_pitch is {given:g} m, the image file says {stored:g} m.",
            "Remove the wrong one.",
        )
    if given is None and stored is None and setting.distance != 0:
        raise InputError(
            f"{recorded.capture.path}: a distance needs the sensor pixel too, and off_axis.pixel_pitch is missing.",
            'For example pixel_pitch = "6.8 um".',
        )
    return given or stored or 1.0


def _lit_side(shape: tuple[int, ...], band: lobes.Sideband, lobe: int) -> Mask:
    """The half of a Fresnel picture that the kept half of the spectrum lights: xi = -lobe lambda d f."""
    cols = (np.arange(shape[1]) - shape[1] // 2) / shape[1]
    rows = (np.arange(shape[0]) - shape[0] // 2) / shape[0]
    fx, fy = band.frequency
    return -lobe * (cols[None, :] * fx + rows[:, None] * fy) > lobes.NOTCH * np.hypot(fx, fy)


def _given(frequency: Any, *, whole_side: bool) -> lobes.Sideband:
    radius = None if whole_side else float(np.hypot(*frequency)) / 3
    return lobes.Sideband((frequency[0], frequency[1]), radius)
