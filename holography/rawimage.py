"""What an image file holds, before anything is made of it, and the checks that every reader shares."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from landscape.errors import InputError, MissingDependencyError

MAX_PIXELS = 2**29
"""Largest number of samples one file may announce (frames x rows x columns x channels)."""

Pixels = npt.NDArray[Any]


@dataclass(frozen=True)
class RawImage:
    """What a file holds: ``pixels`` (n, rows, cols) or (n, rows, cols, channels), ``bits`` per sample.

    ``bits`` is None for floats and complex numbers. ``metadata`` may carry ``wavelength`` and ``pixel size``
    in metres, ``warnings`` what the user should know.
    """

    pixels: Pixels
    bits: int | None
    metadata: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def damaged(path: Path, why: str) -> InputError:
    """The error for a file that is truncated or not what its name says."""
    return InputError(f"{path}: damaged or truncated file ({why}).", "Copy or export it again.")


def check_size(path: Path, shape: tuple[int, ...]) -> None:
    """Raise ``InputError`` when the size that a header announces is empty or above ``MAX_PIXELS``."""
    total = 1
    for n in shape:
        total *= int(n)
    size = " x ".join(str(int(n)) for n in shape)
    if total <= 0:
        raise InputError(f"{path}: its header announces an empty image ({size}).", "Export it again.")
    if total > MAX_PIXELS:
        raise InputError(
            f"{path}: its header announces {size} samples, more than the {MAX_PIXELS} that are accepted.",
            "Check the file; crop or bin a real image of that size.",
        )


def choose(path: Path, sizes: Mapping[str, tuple[int, ...]], dataset: str | None) -> str:
    """Name of the array to read: ``dataset``, or the only one with two or three dimensions."""
    if dataset is not None:
        if dataset not in sizes:
            raise InputError(
                f"{path}: holds no array {dataset!r}.", f"It holds: {', '.join(sizes) or 'none'}."
            )
        return dataset
    images = [name for name, shape in sizes.items() if len(shape) in (2, 3) and min(shape[-2:]) > 1]
    if len(images) != 1:
        raise InputError(
            f"{path}: needed one array that is an image, found {len(images)} ({', '.join(images) or 'none'}).",
            'Name it in capture.toml: dataset = "..." in [frames].'
            if images
            else "Save numbers as (rows, columns) or (frames, rows, columns), not inside a structure.",
        )
    return images[0]


def array_image(path: Path, values: Pixels, metadata: Mapping[str, float] | None = None) -> RawImage:
    """A bare array (rows, cols) or (n, rows, cols) as ``RawImage``; anything else is refused."""
    if values.dtype.kind not in "uifcb" or values.ndim not in (2, 3):
        raise InputError(
            f"{path}: needed numbers (rows, columns) or (frames, rows, columns), got {values.dtype} {values.shape}.",
            "Save one image or one stack.",
        )
    check_size(path, values.shape)
    bits = 8 * values.dtype.itemsize if values.dtype.kind == "u" else None
    stack = values if values.ndim == 3 else values[None]
    return RawImage(stack.astype(np.uint8) if values.dtype.kind == "b" else stack, bits, metadata or {})


def need(module: str, extra: str) -> Any:
    """Import an optional package or raise ``MissingDependencyError`` naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingDependencyError(
            f"needed the package {module}, which is not installed.", f'pip install "plate-landscape[{extra}]"'
        ) from None
