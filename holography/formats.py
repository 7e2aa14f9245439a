"""One reader per image format: a file -> ``RawImage``, its size checked before anything is decoded."""

import contextlib
import io
import logging
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from holography.rawimage import Pixels, RawImage, array_image, check_size, choose, damaged
from landscape.errors import InputError


def read_raw(path: Path, *, dataset: str | None = None) -> RawImage:
    """Decode one image file by its extension; ``dataset`` names the array of HDF5, MAT and NPZ files.

    Raises ``InputError`` naming the file for unknown formats, announced sizes above ``MAX_PIXELS``, truncated
    or damaged files and pickled arrays.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path}: unknown image format {path.suffix!r}.", f"Known: {', '.join(sorted(READERS))}."
        )
    try:
        return reader(path, dataset)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file.", "Check the path.") from None
    except MemoryError:
        raise InputError(f"{path}: does not fit into memory.", "Crop or bin the image.") from None
    except Exception as error:
        told = str(error).strip().splitlines()
        raise damaged(path, f"{type(error).__name__}: {told[0] if told else ''}"[:160]) from None


def _png(path: Path, dataset: str | None) -> RawImage:
    import imagecodecs

    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 33:
        raise damaged(path, "no PNG header")
    cols, rows, depth, colour = struct.unpack(">IIBB", data[16:26])
    check_size(path, (rows, cols, {2: 3, 3: 3, 4: 2, 6: 4}.get(colour, 1)))
    if b"IEND" not in data[-64:]:
        raise damaged(path, "the end of the image is missing")
    pixels = imagecodecs.png_decode(data)
    if (
        depth < 8 and colour == 0 and pixels.max(initial=0) > 2**depth - 1
    ):  # the decoder scales grey to 8 bits
        depth = 8
    return RawImage(pixels[None], 8 if colour == 3 else depth)


def _bmp(path: Path, dataset: str | None) -> RawImage:
    import cv2

    data = path.read_bytes()
    if data[:2] != b"BM" or len(data) < 54:
        raise damaged(path, "no BMP header")
    start, size = struct.unpack("<II", data[10:18])
    cols, rows = struct.unpack("<ii", data[18:26]) if size >= 40 else struct.unpack("<hh", data[18:22])
    bits, compression = (
        struct.unpack("<HI", data[28:34]) if size >= 40 else (struct.unpack("<H", data[24:26])[0], 0)
    )
    check_size(path, (abs(rows), abs(cols)))
    if compression == 0 and len(data) < start + abs(rows) * ((abs(cols) * bits + 31) // 32 * 4):
        raise damaged(path, "fewer pixels than the header announces")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise damaged(path, "the decoder refused it")
    if pixels.ndim == 3:  # the decoder gives blue first
        pixels = pixels[..., [2, 1, 0, *range(3, pixels.shape[-1])]]
    return RawImage(pixels[None], 8)


def _jpeg(path: Path, dataset: str | None) -> RawImage:
    import imagecodecs

    data = path.read_bytes()
    rows, cols, channels = _jpeg_size(path, data)
    check_size(path, (rows, cols, channels))
    if b"\xff\xd9" not in data[-1024:]:
        raise damaged(path, "the end of the image is missing")
    pixels = imagecodecs.jpeg8_decode(data)
    note = "JPEG compression falsifies fringes and phase; record PNG or TIFF"
    return RawImage(pixels[None], 8, warnings=(note,))


def _jpeg_size(path: Path, data: bytes) -> tuple[int, int, int]:
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 < len(data):
        marker, length = struct.unpack(">HH", data[at : at + 4])
        if marker >> 8 != 0xFF:
            break
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            rows, cols, channels = struct.unpack(">HHB", data[at + 5 : at + 10])
            return rows, cols, channels
        at += 2 + length
    raise damaged(path, "no JPEG frame header")


def _tiff(path: Path, dataset: str | None) -> RawImage:
    import tifffile

    with _quiet("tifffile"), tifffile.TiffFile(path) as tiff:
        pages: list[Any] = list(tiff.pages)
        first: Any = pages[0]
        announced = int((tiff.imagej_metadata or {}).get("images", 1))
        if len(pages) == 1 < announced:  # ImageJ writes long stacks behind one page
            return array_image(path, _imagej_stack(path, tiff, announced))
        check_size(path, (len(pages), *first.shape))
        if any(p.shape != first.shape or p.dtype != first.dtype for p in pages):
            raise InputError(f"{path}: its pages differ in size or type.", "Save one frame per file.")
        for page in pages:
            if (
                max(o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=True))
                > path.stat().st_size
            ):
                raise damaged(path, "fewer pixels than the header announces")
        stack = np.stack([p.asarray() for p in pages])
        if first.planarconfig == 2 and first.samplesperpixel > 1:
            frames = tiff.is_shaped and bool((stack != stack[:, :1]).any())  # that tifffile took for colours
            stack = stack.reshape(-1, *stack.shape[2:]) if frames else np.moveaxis(stack, 1, -1)
        if first.photometric == 0 and stack.dtype.kind == "u":  # white is zero
            stack = (2**first.bitspersample - 1 - stack).astype(stack.dtype)
        bits = first.bitspersample if stack.dtype.kind in "ui" else None
    return RawImage(stack, bits)


def _imagej_stack(path: Path, tiff: Any, count: int) -> Pixels:
    series = tiff.series[0]
    check_size(path, series.shape)
    if len(series.shape) != 3 or series.shape[0] != count:
        raise InputError(
            f"{path}: needed a stack (frames, rows, columns), got {series.shape} ({series.axes}).",
            "Save one channel of one stack.",
        )
    return series.asarray()


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep the log of a library silent: what is wrong with a file is said once, by us."""
    log = logging.getLogger(name)
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _npy(path: Path, dataset: str | None) -> RawImage:
    with path.open("rb") as stream:
        _check_npy(path, stream)
    return array_image(path, np.load(path, allow_pickle=False))


def _npz(path: Path, dataset: str | None) -> RawImage:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".npy")]
        sizes = {}
        for name in names:
            with archive.open(name) as stream:
                sizes[name[:-4]] = _check_npy(path, io.BytesIO(stream.read(4096)))
        chosen = choose(path, sizes, dataset)
        with archive.open(chosen + ".npy") as stream:
            return array_image(path, np.lib.format.read_array(stream, allow_pickle=False))


def _check_npy(path: Path, stream: Any) -> tuple[int, ...]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    if dtype.hasobject:
        raise InputError(
            f"{path}: holds pickled Python objects, which are never loaded.", "Save plain numbers."
        )
    check_size(path, shape)
    return shape


def _lab(name: str) -> Callable[[Path, str | None], RawImage]:
    def read(path: Path, dataset: str | None) -> RawImage:
        from holography import labformats

        reader: Callable[[Path, str | None], RawImage] = getattr(labformats, name)
        return reader(path, dataset)

    return read


READERS: dict[str, Callable[[Path, str | None], RawImage]] = {
    ".png": _png,
    ".bmp": _bmp,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".tif": _tiff,
    ".tiff": _tiff,
    ".npy": _npy,
    ".npz": _npz,
    ".h5": _lab("read_hdf5"),
    ".hdf5": _lab("read_hdf5"),
    ".mat": _lab("read_mat"),
    ".holo": _lab("read_holo"),
    ".dat": _lab("read_zygo"),
    ".uff": _lab("read_uff_image"),
    ".unv": _lab("read_uff_image"),
}
"""Extension -> reader."""
