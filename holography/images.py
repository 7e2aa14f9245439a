"""Image files -> a stack of frames: one grey channel, one size, natural order, dark subtracted, flaws counted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from holography.formats import read_raw
from holography.rawimage import Pixels, RawImage
from landscape.errors import InputError

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class InputFile:
    """A file that went into a result: its name and the sha256 of its bytes."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class Frames:
    """Frames of one state.

    ``values`` (n, rows, cols), float32 for integers of up to 16 bits (exact) and as stored otherwise; ``bits`` per
    sample (None for floats); ``saturated`` (rows, cols) True where any frame is clipped; ``names`` (n,)
    the file of every frame, and its number where a file holds several; ``metadata`` in SI units.
    """

    values: FloatArray
    bits: int | None
    saturated: npt.NDArray[np.bool_]
    files: tuple[InputFile, ...]
    names: tuple[str, ...]
    metadata: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def hash_file(path: Path) -> str:
    """sha256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_frames(paths: Sequence[Path], *, dataset: str | None = None) -> Frames:
    """Read files in the given order as one stack; several frames in a file follow one another.

    Raises ``InputError`` for unreadable files, for frames of unequal size (both sizes named) and when nothing is
    given. NaN is left in: see ``require_intensity`` and ``invalid_pixels``.
    """
    if not paths:
        raise InputError("needed at least one image file, got none.")
    raws = [read_raw(path, dataset=dataset) for path in paths]
    greys, notes = [], []
    for path, raw in zip(paths, raws, strict=True):
        grey, note = _grey(raw)
        greys.append(_as_float(grey))
        notes += [(path.name, text) for text in (*raw.warnings, note) if text]
    _require_equal_size(paths, greys)
    values = np.concatenate(greys) if len(greys) > 1 else greys[0]
    bits = raws[0].bits if len({raw.bits for raw in raws}) == 1 else _common_bits(paths, raws)
    metadata = {key: value for raw in raws for key, value in raw.metadata.items()}
    files = tuple(InputFile(path, hash_file(path)) for path in paths)
    names = tuple(name for path, grey in zip(paths, greys, strict=True) for name in _names(path, len(grey)))
    return Frames(values, bits, _saturated(values, bits), files, names, metadata, _grouped(notes))


def _names(path: Path, count: int) -> list[str]:
    return [str(path)] if count == 1 else [f"{path} (frame {k + 1} of {count})" for k in range(count)]


def _grouped(notes: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """One warning per text, naming the first file and how many more it holds for."""
    names: dict[str, list[str]] = {}
    for name, text in notes:
        names.setdefault(text, []).append(name)
    more = {text: f" and {len(files) - 1} more" if len(files) > 1 else "" for text, files in names.items()}
    return tuple(f"{files[0]}{more[text]}: {text}" for text, files in names.items())


def _common_bits(paths: Sequence[Path], raws: Sequence[RawImage]) -> int | None:
    kinds = ", ".join(f"{p.name}: {raw.bits or 'float'}" for p, raw in zip(paths[:4], raws, strict=False))
    raise InputError(
        f"{paths[0].parent}: frames of different bit depth ({kinds}).", "Export all frames alike."
    )


def _as_float(pixels: Pixels) -> FloatArray:
    if pixels.dtype.kind == "c":
        return pixels
    if pixels.dtype.kind in "uib":
        return pixels.astype(np.float32 if pixels.dtype.itemsize <= 2 else np.float64)
    return pixels.astype(np.float32) if pixels.dtype == np.float16 else pixels


def _grey(raw: RawImage) -> tuple[Pixels, str]:
    """One channel: the common one of grey colour images, the brightest of truly coloured ones."""
    pixels = raw.pixels
    if pixels.ndim == 3:
        return pixels, ""
    colours = pixels[..., :1] if pixels.shape[-1] <= 2 else pixels[..., :3]
    note = ""
    if pixels.shape[-1] in (2, 4) and pixels[..., -1].min() != pixels[..., -1].max():
        note = "its transparency is ignored"
    if all(np.array_equal(colours[..., 0], colours[..., i]) for i in range(1, colours.shape[-1])):
        return colours[..., 0], note
    brightest = int(np.argmax(colours.reshape(-1, colours.shape[-1]).mean(axis=0, dtype=float)))
    which = ("red", "green", "blue")[brightest]
    return colours[..., brightest], "; ".join(
        filter(None, [f"a colour image; used its {which} channel, the brightest", note])
    )


def _require_equal_size(paths: Sequence[Path], greys: Sequence[Pixels]) -> None:
    first = greys[0].shape[1:]
    for path, grey in zip(paths, greys, strict=True):
        if grey.shape[1:] != first:
            raise InputError(
                f"{path}: {grey.shape[2]} x {grey.shape[1]} pixels, but {paths[0].name} has {first[1]} x {first[0]}.",
                "All frames of a capture must have one size.",
            )


def _saturated(values: FloatArray, bits: int | None) -> npt.NDArray[np.bool_]:
    """Clipped pixels: at the end of the scale, or of 10, 12 or 14 bits at either end of a 16-bit container."""
    if bits is None or values.dtype.kind == "c":
        return np.zeros(values.shape[1:], bool)
    top = float(values.max())
    inner = (10, 12, 14) if bits == 16 else ()
    full = {2.0**b - 1 for b in (bits, *inner)} | {2.0**16 - 2.0 ** (16 - b) for b in inner}
    return (values == top).any(axis=0) if top in full else np.zeros(values.shape[1:], bool)


def subtract_dark(frames: Frames, dark: Frames | None) -> Frames:
    """Frames minus the mean dark frame; the difference may fall below zero by noise, and stays so.

    Raises ``InputError`` when size or bit depth differ, for NaN, and for a dark frame that is brighter than the frames.
    """
    if dark is None:
        return frames
    _require_equal_size(
        [f.path for f in (frames.files[0], dark.files[0])], [frames.values[:1], dark.values[:1]]
    )
    if dark.bits is not None and dark.bits != frames.bits:
        raise InputError(
            f"{dark.names[0]}: a dark frame of {dark.bits} bits, but the frames have {frames.bits or 'floats'}.",
            "Export the dark frame as the frames were.",
        )
    for name, frame in zip(dark.names, dark.values, strict=True):
        _require_finite(name, frame)
    mean, dark_mean = float(frames.values.mean(dtype=float)), float(dark.values.mean(dtype=float))
    if dark_mean >= mean:
        raise InputError(
            f"{dark.names[0]}: the dark frames (mean {dark_mean:.4g}) are not darker than the frames ({mean:.4g}).",
            "A dark frame is recorded with the light shut off; check the file.",
        )
    level = dark.values.mean(axis=0, dtype=float).astype(frames.values.dtype)
    return replace(frames, values=frames.values - level, files=frames.files + dark.files)


def require_intensity(frames: Frames) -> None:
    """Refuse what no camera records: complex numbers, NaN or infinity, frames that are constant.

    Raises ``InputError`` naming the file and the number of bad pixels.
    """
    if frames.values.dtype.kind == "c":
        raise InputError(
            f"{frames.names[0]}: needed intensities, got complex numbers.",
            'Use kind = "sideband" for fields.',
        )
    for name, frame in zip(frames.names, frames.values, strict=True):
        _require_finite(name, frame)
        if frame.max() == frame.min():
            raise InputError(
                f"{name}: every pixel has the value {frame.max():g}.", "Check shutter, laser and export."
            )


def _require_finite(name: str, frame: npt.NDArray[Any]) -> None:
    bad = int(frame.size - np.isfinite(frame).sum())
    if bad:
        raise InputError(
            f"{name}: {bad} pixels of the intensity are NaN or infinite.", "Export the raw frames."
        )


def require_real(frames: Frames, what: str) -> None:
    """Refuse complex numbers where ``what``, a real field, is needed. Raises ``InputError`` naming the file."""
    if frames.values.dtype.kind == "c":
        raise InputError(
            f"{frames.names[0]}: needed {what}, got complex numbers.", "Save the real numbers alone."
        )


def invalid_pixels(values: npt.NDArray[Any], invalid: float | None) -> npt.NDArray[np.bool_]:
    """True where a field (rows, cols) holds no data: NaN, infinity, or the grey value ``invalid``."""
    bad = ~np.isfinite(values)
    return bad if invalid is None else bad | (values == invalid)
