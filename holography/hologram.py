"""The lobe of an off-axis hologram -> the complex field of the plate: reconstruction and numerical focus.

Waves run as exp(+ikr): in the lobe O R* a point ξ of the plate at distance d appears as exp(+iπ (x − ξ)²/λd), in the
other lobe as its conjugate.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy import ndimage

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Method = Literal["image-plane", "fresnel", "angular-spectrum"]


@dataclass(frozen=True)
class Optical:
    """Wavelength, sensor pitch and distance of the plate (all m); ``lobe`` +1 for O R*, -1 for its conjugate."""

    wavelength: float
    pitch: float
    distance: float
    lobe: int = 1


@dataclass(frozen=True)
class Focus:
    """Sharpness along the axis: ``best`` distance of the search (m), the lobe (+1 O R*, -1 conjugate), the curve."""

    best: float
    lobe: int
    distances: Real
    sharpness: Real


def fresnel(field: Field, optical: Optical) -> tuple[Field, tuple[float, float]]:
    """Carry a sensor field back to the plate with a single FFT; returns the picture and its pixel (dx, dy) in m.

    o(ξ) = F⁻¹[O(x) exp(−iπ x²/λd)], for the conjugate lobe F[O* exp(+iπ x²/λd)]; x and ξ from the centre of the
    arrays, pixel λd/(N pitch). The axes of picture and sensor are parallel: the picture lies as the plate does. The
    quadratic phase in front, equal in both states, is left out.
    Source: Schnars & Jueptner, Meas. Sci. Technol. 13, R85 (2002), doi:10.1088/0957-0233/13/9/201.
    """
    rows, cols = field.shape
    reach = optical.wavelength * optical.distance
    x = (np.arange(cols) - cols // 2) * optical.pitch
    y = (np.arange(rows) - rows // 2) * optical.pitch
    chirp = [np.exp(-1j * optical.lobe * np.pi / reach * v**2) for v in (y, x)]
    sensor = scipy.fft.ifftshift(field * chirp[0][:, None] * chirp[1][None, :])
    picture = (
        scipy.fft.ifft2(sensor, norm="ortho") if optical.lobe > 0 else scipy.fft.fft2(sensor, norm="ortho")
    )
    pixel = (abs(reach) / (cols * optical.pitch), abs(reach) / (rows * optical.pitch))
    return scipy.fft.fftshift(picture), pixel


def angular_spectrum(field: Field, optical: Optical) -> Field:
    """Carry a sensor field back to the plate plane by plane waves; the pixel stays the sensor's pitch.

    o = F^-1[ F[O] exp(-i k d sqrt(1 - lambda^2 f^2)) ], evanescent waves dropped; the opposite sign for the conjugate
    lobe. Source: Goodman, Introduction to Fourier Optics, section 3.10.
    """
    rows, cols = field.shape
    fx, fy = scipy.fft.fftfreq(cols, optical.pitch)[None, :], scipy.fft.fftfreq(rows, optical.pitch)[:, None]
    cosine2 = 1 - (optical.wavelength * fx) ** 2 - (optical.wavelength * fy) ** 2
    turn = -optical.lobe * 2 * np.pi / optical.wavelength * optical.distance
    transfer = np.where(cosine2 > 0, np.exp(1j * turn * np.sqrt(np.maximum(cosine2, 0))), 0)
    return scipy.fft.ifft2(scipy.fft.fft2(field) * transfer)


def choose_method(shape: tuple[int, int], optical: Optical) -> Method:
    """Image plane at distance 0; Fresnel from N pitch² / λ on, where its chirp is sampled; plane waves nearer."""
    if optical.distance == 0:
        return "image-plane"
    limit = max(shape) * optical.pitch**2 / optical.wavelength
    return "fresnel" if abs(optical.distance) >= limit else "angular-spectrum"


def reconstruct(field: Field, optical: Optical, method: Method) -> tuple[Field, tuple[float, float] | None]:
    """Field on the plate and its pixel (dx, dy) in m, None for an image plane, whose scale is the camera's."""
    if method == "image-plane":
        return field, None
    if method == "fresnel":
        return fresnel(field, optical)
    return angular_spectrum(field, optical), (optical.pitch, optical.pitch)


def sharpness(field: Field, *, grain: float = 4.0) -> float:
    """Edge energy of the smoothed intensity, |grad I|^2 over I^2; speckle is averaged over ``grain`` pixels."""
    intensity = ndimage.gaussian_filter(np.abs(field) ** 2, grain)
    dy, dx = np.gradient(intensity)
    return float((dx**2 + dy**2).sum() / (intensity**2).sum())


def check_focus(
    field: Field, optical: Optical, method: Method, *, span: float = 0.2, steps: int = 9
) -> Focus:
    """Search the sharpest picture of both lobes within +-``span`` of the given distance.

    The lobe that holds the conjugate wave focuses with the opposite chirp; which one was cut out is seen here and
    not assumed. ``field`` is the isolated lobe on the sensor.
    """
    distances = optical.distance * np.linspace(1 - span, 1 + span, steps)
    curve = np.empty((2, steps))
    for k, lobe in enumerate((1, -1)):
        for j, distance in enumerate(distances):
            there = Optical(optical.wavelength, optical.pitch, float(distance), lobe)
            curve[k, j] = sharpness(reconstruct(field, there, method)[0])
    side, best = np.unravel_index(np.argmax(curve), curve.shape)
    return Focus(float(distances[best]), (1, -1)[int(side)], distances, curve)
