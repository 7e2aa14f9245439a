"""Containers of the laboratory: HDF5, MATLAB, Holovibes .holo, Zygo MetroPro .dat, universal files (UFF).

Each reader takes (path, dataset) and returns a ``RawImage``; ``formats.read_raw`` chooses it by the extension and
turns whatever goes wrong into an ``InputError``.
"""

import contextlib
import io
import json
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from holography.rawimage import RawImage, array_image, check_size, choose, damaged, need
from landscape.errors import InputError
from landscape.units import to_si

_HOLO = struct.Struct("<4sHHIIIQB")
HOLO_HEADER = 64
"""Bytes before the first frame of a .holo file."""
LONGEST = 0.1
"""Wavelengths and pixels are shorter (m); a larger number was meant in another unit."""


def read_hdf5(path: Path, dataset: str | None) -> RawImage:
    """An HDF5 image, with ``wavelength`` and ``pixel size`` (m) from the attributes of dataset or file."""
    import h5py

    with h5py.File(path, "r") as file:
        found: dict[str, Any] = {}
        file.visititems(
            lambda name, node: found.update({name: node}) if isinstance(node, h5py.Dataset) else None
        )
        numeric = {
            n: d.shape for n, d in found.items() if d.dtype.kind in "uifcb" or d.dtype.names == ("r", "i")
        }
        data = found[choose(path, numeric, dataset)]
        check_size(path, data.shape)
        metadata = _metadata(path, {**file.attrs, **data.attrs})
        values = data[()]
    if values.dtype.names == ("r", "i"):
        values = values["r"] + 1j * values["i"]
    return array_image(path, values, metadata)


def _metadata(path: Path, attributes: Mapping[str, Any]) -> dict[str, float]:
    known = {"wavelength": "wavelength", "pixelsize": "pixel size", "pixelpitch": "pixel pitch"}
    found = {}
    for name, value in attributes.items():
        key = known.get(name.lower().replace(" ", "").replace("_", ""))
        if key:
            found[key] = _length(path, name, value)
    return found


def _length(path: Path, name: str, value: Any) -> float:
    """A length in m: a number, text with a unit, or an array of one of these."""
    items: list[Any] = np.asarray(value).ravel().tolist()
    single = items[0] if len(items) == 1 else str(value)
    length = to_si(
        single.decode() if isinstance(single, bytes) else single, "m", f"{path}: attribute {name!r}"
    )
    if not 0 < length < LONGEST:
        raise InputError(
            f"{path}: attribute {name!r} is {value!r}, which is no {name} in metres.",
            "Store metres, or correct the unit.",
        )
    return length


def read_mat(path: Path, dataset: str | None) -> RawImage:
    """A MATLAB matrix: v5 through SciPy, v7.3 (HDF5, stored transposed) through h5py; MATLAB's row is our row."""
    import h5py

    if h5py.is_hdf5(path):
        return _mat_v73(path, dataset)
    from scipy.io import loadmat, whosmat

    shapes = {
        name: _frames_first(shape) for name, shape, kind in whosmat(str(path)) if kind not in _NOT_NUMBERS
    }
    chosen = choose(path, shapes, dataset)
    check_size(path, shapes[chosen])
    values = loadmat(str(path), variable_names=[chosen])[chosen]
    return array_image(path, np.moveaxis(values, -1, 0) if values.ndim == 3 else values)


_NOT_NUMBERS = ("cell", "struct", "object", "char", "function", "opaque", "sparse")


def _frames_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape


def _mat_v73(path: Path, dataset: str | None) -> RawImage:
    import h5py

    with h5py.File(path, "r") as file:
        arrays = {n: d for n, d in file.items() if isinstance(d, h5py.Dataset) and not n.startswith("#")}
        shapes = {n: _turned(d.shape) for n, d in arrays.items() if d.dtype.kind in "uif" or d.dtype.names}
        chosen = choose(path, shapes, dataset)
        check_size(path, shapes[chosen])
        values = arrays[chosen][()]
    if values.dtype.names:
        values = values["real"] + 1j * values["imag"]
    return array_image(path, np.ascontiguousarray(values.swapaxes(-1, -2)))


def _turned(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-2], shape[-1], shape[-2]) if len(shape) >= 2 else shape


def read_holo(path: Path, dataset: str | None) -> RawImage:
    """Holovibes .holo: 64-byte header, raw frames, JSON footer (wavelength in m, pixel pitch in um)."""
    with path.open("rb") as file:
        header = file.read(HOLO_HEADER)
        if len(header) < HOLO_HEADER or header[:4] != b"HOLO":
            raise damaged(path, "no HOLO header")
        _, _, bits, cols, rows, frames, _, big = _HOLO.unpack(header[: _HOLO.size])
        if bits not in (8, 16, 32):
            raise InputError(f"{path}: frames of {bits} bits are not read.", "Record 8 or 16 bits per pixel.")
        check_size(path, (frames, rows, cols))
        dtype = np.dtype(f"{'>' if big else '<'}{'f4' if bits == 32 else f'u{bits // 8}'}")
        data = file.read(frames * rows * cols * dtype.itemsize)
        if len(data) < frames * rows * cols * dtype.itemsize:
            raise damaged(path, f"{frames} frames announced, fewer bytes stored")
        footer = file.read()
    stack = np.frombuffer(data, dtype).reshape(frames, rows, cols).astype(dtype.newbyteorder("="))
    return RawImage(stack, None if bits == 32 else bits, _holo_metadata(footer))


def _holo_metadata(footer: bytes) -> dict[str, float]:
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError):
        content = json.loads(footer)
        found = {}
        rendering = content.get("compute_settings", {}).get("image_rendering", {})
        if 1e-7 < float(rendering.get("lambda", 0)) < 2e-5:
            found["wavelength"] = float(rendering["lambda"])
        pitch = content.get("info", {}).get("pixel_pitch", {})
        if 0 < float(pitch.get("x", 0)) == float(pitch.get("y", 0)):
            found["pixel pitch"] = float(pitch["x"]) * 1e-6
        return found
    return {}


def read_zygo(path: Path, dataset: str | None) -> RawImage:
    """A Zygo MetroPro surface: heights in metres (NaN where not measured) and the pixel size."""
    topography = need("SurfaceTopography", "zygo")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        surface = topography.open_topography(str(path)).topography()
        surface = surface.to_unit("m")
        heights: np.ndarray = np.ma.filled(np.ma.asarray(surface.heights(), float), np.nan)
    size = [length / n for length, n in zip(surface.physical_sizes, heights.shape, strict=True)]
    check_size(path, heights.shape)
    return array_image(path, np.ascontiguousarray(heights.T), {"pixel size": float(np.mean(size))})


def read_uff(path: Path) -> list[dict[str, Any]]:
    """All datasets of a universal file as pyuff's dictionaries (``type`` 15, 55, 58, 2411, 2414, ...)."""
    import pyuff

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sets = pyuff.UFF(str(path)).read_sets()
    records = sets if isinstance(sets, list) else [sets]
    if not records or not all(isinstance(r, dict) and "type" in r for r in records):
        raise damaged(path, "no dataset that can be read")
    return records


def read_uff_image(path: Path, dataset: str | None) -> RawImage:
    """A mode shape (55) or functions (58) on nodes (15, 2411) that form a full rectangular grid.

    ``dataset`` counts the shapes from 1 (dataset 55), or names a frequency in hertz for functions (58).
    """
    from holography.ufffields import grid_field

    return grid_field(path, read_uff(path), dataset)
