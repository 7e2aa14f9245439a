"""Phase -> metres along the plate's normal, its zero on held pixels, and the ``Deformation`` that all of it ends in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from landscape.errors import InputError

Real = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
RIM = 3
"""Width in pixels of the strip along the outline that ``zero = "rim"`` takes as held."""


@dataclass(frozen=True)
class Deformation:
    """A measured deflection on the camera's pixels, with its uncertainty and where every pixel lies on the plate.

    Arrays (rows, cols), row 0 at the top: ``displacement`` and ``sigma`` in m (NaN where ``mask`` is False),
    ``mask`` True = valid, ``quality`` 0..1, ``phase`` unwrapped in rad, ``x``, ``y`` plate axes (y up) in
    ``length_unit`` ("m", or "pixel" without a camera scale). ``kind`` is "static" (``pressure`` in Pa where known)
    or "mode" (peak amplitude at ``frequency`` in Hz). ``areal_density`` in kg/m^2. ``provenance`` holds every
    parameter, the version and the sha256 of each input.
    """

    displacement: Real
    sigma: Real
    mask: Mask
    quality: Real
    phase: Real
    x: Real
    y: Real
    kind: Literal["static", "mode"] = "static"
    length_unit: Literal["m", "pixel"] = "m"
    pressure: float | None = None
    frequency: float | None = None
    areal_density: float | None = None
    provenance: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        arrays = {n: getattr(self, n) for n in ("sigma", "mask", "quality", "phase", "x", "y")}
        for name, array in arrays.items():
            if array.shape != self.displacement.shape:
                raise InputError(
                    f"deformation: {name} has shape {array.shape}, displacement {self.displacement.shape}.",
                    "All fields must lie on the same pixels.",
                )
        if not np.isfinite(self.displacement[self.mask]).all():
            raise InputError(
                "deformation: the displacement is not finite inside its mask.", "Mask those pixels."
            )

    def summary(self) -> dict[str, Any]:
        """Largest and smallest deflection and median sigma in m, share of valid pixels, kind, warnings."""
        inside, sigma = self.displacement[self.mask], self.sigma[self.mask]
        known = sigma[np.isfinite(sigma)]
        return {
            "kind": self.kind,
            "pixels": list(self.mask.shape),
            "valid": float(self.mask.mean()),
            "largest": float(inside.max()) if inside.size else None,
            "smallest": float(inside.min()) if inside.size else None,
            "sigma": float(np.median(known)) if known.size else None,
            "warnings": list((self.provenance or {}).get("warnings", [])),
        }


@dataclass(frozen=True)
class Sensitivity:
    """phase = 2 pi / wavelength (k_obs + k_ill).n w phase_sign; ``along`` +1 or -1 turns w (along the normal,
    towards z > 0) into the deflection that counts positive along the load."""

    wavelength: float
    illumination: tuple[float, float, float] = (0.0, 0.0, 1.0)
    observation: tuple[float, float, float] = (0.0, 0.0, 1.0)
    phase_sign: int = 1
    along: int = 1

    @property
    def factor(self) -> float:
        """Normal component of the sensitivity vector, (k_obs + k_ill).n, 2 for normal incidence and view."""
        return self.illumination[2] + self.observation[2]

    @property
    def metres_per_radian(self) -> float:
        """Deflection per radian of phase, sign included (m/rad)."""
        return self.along * self.phase_sign * self.wavelength / (2 * np.pi * self.factor)


def to_metres(phase: Real, sigma_phase: Real, sensitivity: Sensitivity) -> tuple[Real, Real]:
    """Deflection and its standard deviation in m from a phase and its standard deviation in rad.

    w = phase wavelength / (2 pi (k_obs + k_ill).n). In-plane motion is taken to be zero. Source: Kreis, Handbook
    of Holographic Interferometry, doi:10.1002/3527604154, section 4.1.
    """
    scale = sensitivity.metres_per_radian
    return phase * scale, sigma_phase * abs(scale)


def held_pixels(
    mask: Mask, zero: str | Sequence[tuple[float, float]], *, source: str = "processing.zero"
) -> Mask:
    """Pixels where the plate is held: the rim of the mask's outline, or the 3x3 pixels around given [col, row].

    The rim leaves out the edge of the picture, where the plate may go on, and the holes inside the mask. Raises
    ``InputError`` when a given pixel lies outside the picture or no valid pixel is held.
    """
    if zero == "none":
        return np.zeros_like(mask)
    if zero == "rim":
        solid = np.pad(ndimage.binary_fill_holes(mask), RIM, mode="edge")
        inner = ndimage.binary_erosion(solid, iterations=RIM, border_value=1)
        return mask & (solid & ~inner)[RIM:-RIM, RIM:-RIM]
    pixels: Any = zero
    held = np.zeros_like(mask)
    for col, row in pixels:
        i, j = round(float(row)), round(float(col))
        if not (0 <= i < mask.shape[0] and 0 <= j < mask.shape[1]):
            size = f"{mask.shape[1]} x {mask.shape[0]}"
            raise InputError(
                f"{source}: pixel [{col:g}, {row:g}] is outside the picture ({size}).", "Give [col, row]."
            )
        held[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2] = True
    if not (held & mask).any():
        raise InputError(
            f"{source}: none of the given pixels lies in the mask.", "Give pixels on the held edge."
        )
    return held & mask


@dataclass(frozen=True)
class Zeroed:
    """Values whose zero is fixed: whole fringes ``orders`` and rigid motion ``removed`` per component (label -> what).

    ``undefined`` lists the components without held pixels, whose zero is not known.
    """

    values: Real
    undefined: tuple[int, ...]
    orders: dict[int, int]
    removed: dict[int, list[float]]


def fix_zero(
    values: Real,
    components: npt.NDArray[Any],
    held: Mask,
    *,
    period: float | None = 2 * np.pi,
    remove: str = "none",
) -> Zeroed:
    """Subtract whole fringes so that each component's held pixels lie nearest to zero; fit a rigid motion if asked.

    ``components`` labels connected parts of the mask 1, 2, ...; each is shifted by the period times the order that
    most of its held pixels share, by nothing when ``period`` is None (a field in metres). ``remove`` "piston" or
    "tilt" subtracts a constant, or a plane, fitted by least squares to the held pixels of the component. A component
    without held pixels stays as it is and is listed as undefined. Raises ``InputError`` when a motion shall be removed
    and nothing, or only pixels on one line, are held.
    """
    out = values.copy()
    undefined, orders, removed = [], {}, {}
    for label in range(1, int(components.max(initial=0)) + 1):
        part = components == label
        support = part & held
        if not support.any():
            undefined.append(label)
            continue
        orders[label] = 0 if period is None else _common_order(out[support], period)
        out[part] -= orders[label] * (period or 0.0)
        if remove != "none":
            removed[label] = _remove_rigid(out, part, support, remove)
    if remove != "none" and not removed:
        raise InputError(
            f'processing.remove = "{remove}" needs held pixels, and processing.zero names none.',
            'Set zero = "rim" or a list of pixels, or remove = "none".',
        )
    return Zeroed(out, tuple(undefined), orders, removed)


def _common_order(values: Real, period: float) -> int:
    """The whole number of periods that most of the values share, counted from their circular mean."""
    middle = np.angle(np.exp(2j * np.pi * values / period).mean()) / (2 * np.pi)
    orders, counts = np.unique(np.round(values / period - middle), return_counts=True)
    return int(orders[np.argmax(counts)])


def _remove_rigid(phase: Real, part: Mask, support: Mask, remove: str) -> list[float]:
    """Fit c0 (+ c1 col + c2 row) to the held pixels, subtract it from the whole part, return [c0, c1, c2]."""
    rows, cols = np.nonzero(support)
    columns = [np.ones(rows.size)] + ([cols.astype(float), rows.astype(float)] if remove == "tilt" else [])
    design = np.stack(columns, axis=1)
    design[:, 1:] -= design[:, 1:].mean(axis=0)
    if remove == "tilt" and (rows.size < 3 or np.linalg.cond(design) > 1e6):
        raise InputError(
            "processing.zero: the held pixels lie on one line, so a tilt cannot be fitted.",
            'Name held pixels on different sides of the plate, or set remove = "piston".',
        )
    coefficients = np.linalg.lstsq(design, phase[support], rcond=None)[0]
    i, j = np.nonzero(part)
    phase[part] -= coefficients[0]
    if remove == "tilt":
        phase[part] -= coefficients[1] * (j - cols.mean()) + coefficients[2] * (i - rows.mean())
    return [float(c) for c in coefficients]
