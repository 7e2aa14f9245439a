"""What stands between images and processing: the frames of a capture, read and checked, and the signal they carry."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from holography.capture import FRAMES, FRAMES_OF, find_files
from holography.images import Frames, InputFile, read_frames, require_intensity, subtract_dark
from holography.schema import WAVELENGTHS, Capture
from landscape.errors import InputError

Real = npt.NDArray[Any]
Field = npt.NDArray[np.complexfloating[Any, Any]]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Signal:
    """What the frames carry, on their own pixels (rows, cols).

    Either ``field``, whose phase is the wrapped phase and whose modulus is its weight, or ``metres``, a deflection
    with its ``sigma``. ``raw`` is a frame to look at; ``valid`` False where there is no data; ``doubtful`` True where
    the values are there but poor; ``spoilt``: the phase is beyond repair. ``grain`` is the width in pixels over which
    speckle is correlated, ``radius`` (cycles per pixel) the disc of the spectrum that its noise fills, where the kind sets one,
    ``systematic`` the error in rad that the kind leaves without noise, ``camera_sigma`` the standard deviation in rad
    that the noise of the camera alone makes. ``pixel`` (dx, dy) in
    m and ``origin`` [col, row] of plate (0, 0) where reconstruction or file set them; ``used`` every value that the
    step took or found.
    """

    raw: Real
    valid: Mask
    field: Field | None = None
    metres: Real | None = None
    sigma: Real | None = None
    modulation: Real | None = None
    camera_sigma: Real | None = None
    doubtful: Mask | None = None
    grain: int = 1
    radius: float | None = None
    systematic: Real | float = 0.0
    spoilt: bool = False
    pixel: tuple[float, float] | None = None
    origin: tuple[float, float] | None = None
    pictures: dict[str, tuple[npt.NDArray[Any], str]] = dataclasses.field(default_factory=dict)
    used: dict[str, Any] = dataclasses.field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    files: tuple[InputFile, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """Frames of a capture, read and checked, and the wavelength in m (0 where none is needed)."""

    capture: Capture
    deformed: Frames
    reference: Frames | None
    wavelength: float

    @property
    def files(self) -> tuple[InputFile, ...]:
        """All files, each once."""
        both = self.deformed.files + (self.reference.files if self.reference else ())
        return tuple({f.path: f for f in both}.values())

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the frames."""
        rows, cols = self.deformed.values.shape[1:]
        return rows, cols

    @property
    def pixel(self) -> tuple[float, float] | None:
        """Pixel (dx, dy) in m on the plate, as far as an image file tells it."""
        size = self.deformed.metadata.get("pixel size")
        return None if size is None else (size, size)

    @property
    def saturated(self) -> Mask:
        """Pixels clipped in any frame of either state."""
        clipped = self.deformed.saturated
        return clipped | self.reference.saturated if self.reference is not None else clipped


def read_recorded(capture: Capture) -> Recorded:
    """Read all frames that the kind needs; intensities are checked, darks subtracted.

    Raises ``InputError`` for a missing wavelength, unequal sizes of the two states, and whatever the files do.
    """
    key = FRAMES_OF.get(capture.kind, FRAMES)[0]
    files = find_files(capture, key)
    deformed = read_frames(files, dataset=capture.frames.dataset)
    reference = None
    if key == "deformed" and capture.frames.reference:
        rest = find_files(capture, "reference")
        _require_two_states(capture, files, rest)
        reference = read_frames(rest, dataset=capture.frames.dataset)
        if reference.values.shape[1:] != deformed.values.shape[1:]:
            sizes = [f"{f.values.shape[2]} x {f.values.shape[1]}" for f in (deformed, reference)]
            raise InputError(
                f"{capture.path}: deformed frames have {sizes[0]} pixels, reference frames {sizes[1]}.",
                "Both states must be recorded with one camera window.",
            )
    if key == "deformed":
        deformed, reference = _intensities(capture, deformed, reference)
    return Recorded(capture, deformed, reference, _wavelength(capture, deformed))


def _require_two_states(capture: Capture, deformed: list[Path], reference: list[Path]) -> None:
    both = {p.resolve() for p in deformed} & {p.resolve() for p in reference}
    if both:
        raise InputError(
            f"{capture.path}: {min(both).name} is among the deformed and among the reference frames.",
            "Each state needs its own recording; make the two globs different.",
        )


def _intensities(
    capture: Capture, deformed: Frames, reference: Frames | None
) -> tuple[Frames, Frames | None]:
    states = [deformed] + ([reference] if reference is not None else [])
    complex_fields = capture.kind == "sideband" and all(s.values.dtype.kind == "c" for s in states)
    for state in states:
        if not complex_fields:
            require_intensity(state)
    dark = read_frames(find_files(capture, "dark")) if capture.frames.dark else None
    return subtract_dark(deformed, dark), None if reference is None else subtract_dark(reference, dark)


def _wavelength(capture: Capture, frames: Frames) -> float:
    given, stored = capture.optics.wavelength, frames.metadata.get("wavelength")
    if capture.kind == "displacement":
        return given or 0.0
    if given is not None and stored is not None and abs(given - stored) > 1e-3 * given:
        raise InputError(
            f"{capture.path}: optics.wavelength is {given:g} m, {frames.files[0].path.name} says {stored:g} m.",
            "Remove the wrong one.",
        )
    wavelength = given if given is not None else stored
    if wavelength is None:
        raise InputError(
            f"{capture.path}: needed optics.wavelength, which is missing and not in the image file either.",
            'It is never assumed: wavelength = "532 nm" in [optics].',
        )
    if not WAVELENGTHS[0] <= wavelength <= WAVELENGTHS[1]:
        raise InputError(
            f"{frames.files[0].path}: its wavelength is {wavelength:g} m, not between 100 nm and 20 um.",
            "The attribute must be in metres; correct it there.",
        )
    return float(wavelength)


def single(frames: Frames) -> Real:
    """The one intensity of a state; several exposures of the same state are averaged."""
    return frames.values[0] if len(frames.values) == 1 else frames.values.mean(axis=0, dtype=float)
