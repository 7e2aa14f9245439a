"""Kinds that carry an amplitude and no unwrapped phase: time-averaged fringes, a sideband, a given deflection."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage, special

from holography import vibration
from holography.images import invalid_pixels, require_real
from holography.masking import given_mask, lit
from holography.phase import gaussian_complex
from holography.reconstruction import reconstruct_all
from holography.signals import Field, Mask, Real, Recorded, Signal, single
from holography.smoothing import gaussian_width
from landscape.units import to_si


def time_average(recorded: Recorded) -> Signal:
    """Amplitude from time-averaged fringes |J0|, its sign restored across nodal lines."""
    frame = single(recorded.deformed).astype(float)
    rest = None if recorded.reference is None else single(recorded.reference).astype(float)
    mask = _plate(recorded, frame if rest is None else rest, 1)
    sigma = recorded.capture.processing.sigma
    found = vibration.time_average_amplitude(
        frame, radians_per_metre(recorded), rest=rest, mask=mask, sigma=sigma
    )
    used: dict[str, Any] = {
        "antinodes": len(found.signs),
        "dark fringes": int(found.order.max()),
        "signs of antinodes": [int(s) for s in found.signs],
        "signs assumed": [list(pair) for pair in found.assumed],
        "signs in conflict": [list(pair) for pair in found.conflicts],
    }
    notes = ["the common sign of a time-averaged amplitude is free; its largest antinode is taken positive"]
    notes += _unlit(recorded, mask)
    if found.assumed or found.conflicts:
        notes.append(
            "the relative sign of some antinodes is a guess or contradicted: see signs assumed, in conflict"
        )
    if found.turned.any():
        notes.append(
            f"an antinode peaks near a crest of |J0|: up to {1e9 * found.turned.max():.0f} nm more there (quality 0)"
        )
    largest = int(found.antinodes.flat[np.argmax(np.abs(np.nan_to_num(found.argument)))])
    guessed = {n for pair in (*found.assumed, *found.conflicts) for n in pair} - {largest}
    guess = np.isin(found.antinodes, sorted(guessed))
    doubtful = (guess | recorded.saturated | (found.turned > 0)) & mask
    return Signal(
        frame,
        mask & np.isfinite(found.amplitude),
        metres=found.amplitude,
        sigma=found.sigma,
        doubtful=doubtful,
        pictures={"argument of J0": (found.argument, "rad"), "dark fringes": (found.order, "")},
        used=used,
        warnings=tuple(notes),
    )


def sideband(recorded: Recorded) -> Signal:
    """Amplitude from the fields of one sideband and of the carrier, given as such or as off-axis holograms."""
    assert recorded.reference is not None
    pair = [single(recorded.deformed), single(recorded.reference)]
    grain, pixel = 1, None
    used: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    if pair[0].dtype.kind != "c":
        plate = reconstruct_all(recorded, pair)
        pair, grain, pixel, used, notes = plate.fields, plate.grain, plate.pixel, plate.used, plate.warnings
    mask = _plate(recorded, np.hypot(np.abs(pair[0]), np.abs(pair[1])), grain)
    order = recorded.capture.vibration.order
    width = gaussian_width(recorded.capture.processing, grain)
    found = vibration.sideband_amplitude(
        pair[0], pair[1], order, radians_per_metre(recorded), mask=mask, sigma=width
    )
    used |= {"order": order, "filter width (pixels)": width, "out of phase": round(found.quadrature, 5)}
    noise = _ratio_sigma(pair, found.amplitude * radians_per_metre(recorded), found.mask, width)
    uneven = _filter_error(np.where(found.mask, found.amplitude, 0.0), width, grain)
    notes = (*notes, *_unlit(recorded, mask))
    if order % 2 == 0:
        notes = (*notes, "an even sideband leaves the sign of the amplitude open")
    return Signal(
        np.abs(pair[0]),
        found.mask,
        metres=found.amplitude,
        sigma=np.hypot(noise / radians_per_metre(recorded), uneven) if order == 1 else None,
        modulation=np.abs(pair[1]),
        grain=grain,
        pixel=pixel,
        used=used,
        warnings=notes,
    )


def _ratio_sigma(pair: Sequence[Field], x: Real, mask: Mask, width: float) -> Real:
    """Standard deviation of the argument x (rad) of the first sideband, from the noise out of phase with it.

    theta = atan2(J_1, J_0) is off by sigma_theta = rms Im<E_1 E_0*> / <|E_1|^2 + |E_0|^2>, and
    d theta / d x = (J_0^2 - J_0 J_1 / x + J_1^2) / (J_0^2 + J_1^2).
    """
    product, power = pair[0] * np.conj(pair[1]), np.abs(pair[0]) ** 2 + np.abs(pair[1]) ** 2
    mean, power = gaussian_complex(np.where(mask, product, 0), width), ndimage.gaussian_filter(power, width)
    turn = np.exp(-0.5j * np.angle(np.sum(mean[mask] ** 2)))
    noise = np.where(mask, (mean * turn).imag / np.maximum(power, 1e-300), 0.0)
    share = ndimage.gaussian_filter(mask.astype(float), 3 * width)
    theta = np.sqrt(ndimage.gaussian_filter(noise**2, 3 * width) / np.maximum(share, 1e-6))
    argument = np.where(mask, np.maximum(np.abs(np.nan_to_num(x)), 1e-3), 1.0)
    j0, j1 = special.j0(argument), special.j1(argument)
    return np.where(mask, theta * (j0**2 + j1**2) / (j0**2 - j0 * j1 / argument + j1**2), np.nan)


def _filter_error(amplitude: Real, width: float, grain: int) -> Real:
    """What a Gaussian mean over speckle does to an amplitude a, in its unit: sqrt(bias² + shift²).

    It bends a by width²/2 of its Laplacian, and as bright speckles count more, it reads a beside the pixel: by
    grain/sqrt(8 pi) pixels rms in each direction, since the integral of G² x² is 1/8 pi and a speckle fills grain² pixels.
    """
    bias = width**2 / 2 * ndimage.gaussian_laplace(amplitude, width)
    rows, cols = np.gradient(amplitude)
    return np.sqrt(bias**2 + grain**2 / (8 * np.pi) * (rows**2 + cols**2))


def displacement(recorded: Recorded) -> Signal:
    """A field that is a deflection already, counted positive towards the camera."""
    frames, wanted = recorded.deformed, recorded.capture.frames
    require_real(frames, "a displacement")
    missing = invalid_pixels(frames.values, wanted.invalid)
    scale = to_si(f"1 {wanted.unit or 'm'}", "m", "frames.unit")
    total = np.where(missing, 0.0, frames.values.astype(float) * scale).sum(axis=0)
    bad: Mask = np.all(missing, axis=0)
    metres = np.where(bad, np.nan, total / np.maximum((~missing).sum(axis=0), 1))
    used = {"unit": wanted.unit or "m", "invalid pixels": int(bad.sum())}
    pixel, origin = _stored_scale(frames.metadata, metres.shape[0])
    return Signal(metres, ~bad, metres=metres, pixel=pixel, origin=origin, used=used)


def _stored_scale(
    metadata: Mapping[str, float], rows: int
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Pixel (dx, dy) in m, and [col, row] of plate (0, 0), as far as the file tells them."""
    dx = metadata.get("pixel size")
    if dx is None:
        return None, None
    dy = metadata.get("pixel size y", dx)
    if "left" not in metadata:
        return (dx, dy), None
    return (dx, dy), (-metadata["left"] / dx, rows - 1 + metadata["bottom"] / dy)


def radians_per_metre(recorded: Recorded) -> float:
    """Sensitivity 2 pi / wavelength |(k_obs + k_ill).n|, 4 pi / wavelength for normal light and view."""
    optics = recorded.capture.optics
    return float(2 * np.pi / recorded.wavelength * abs(optics.illumination[2] + optics.observation[2]))


def _plate(recorded: Recorded, light: Real, grain: int) -> Mask:
    """The given mask, or where the picture is lit, dark fringes filled in; all of it when light does not tell."""
    given, _ = given_mask(recorded.capture, light.shape)
    if given is not None:
        return given
    bright = lit(light, max(grain, 2))
    return np.ones(light.shape, bool) if bright is None else ndimage.binary_fill_holes(bright)


def _unlit(recorded: Recorded, mask: Mask) -> tuple[str, ...]:
    """A warning where no mask was given and the light did not find the plate."""
    if recorded.capture.mask is not None or not mask.all():
        return ()
    return (
        "the light does not tell the plate from its surroundings: the whole picture is taken; give a [mask]",
    )
