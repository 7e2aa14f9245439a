"""Image files: every format gives back the numbers that went in, every flaw is found and named."""

import dataclasses
import json
import struct
import zlib
from pathlib import Path

import cv2
import h5py
import imagecodecs
import numpy as np
import pytest
import scipy.io
import tifffile

from holography.images import (
    Frames,
    InputFile,
    hash_file,
    invalid_pixels,
    read_frames,
    require_intensity,
    subtract_dark,
)
from landscape.errors import InputError

RNG = np.random.default_rng(0)
EIGHT = RNG.integers(0, 250, (12, 17)).astype(np.uint8)
TWELVE = RNG.integers(0, 4000, (12, 17)).astype(np.uint16)
SIXTEEN = RNG.integers(0, 65000, (12, 17)).astype(np.uint16)
FLOAT = RNG.normal(size=(12, 17)).astype(np.float32)
STACK = RNG.integers(0, 250, (3, 12, 17)).astype(np.uint8)


def write_holo(path, stack, bits):
    dtype = {8: "<u1", 16: "<u2"}[bits]
    n, rows, cols = stack.shape
    header = struct.pack("<4sHHIIIQB", b"HOLO", 3, bits, cols, rows, n, stack.size * bits // 8, 0)
    footer = {
        "compute_settings": {"image_rendering": {"lambda": 852e-9}},
        "info": {"pixel_pitch": {"x": 12, "y": 12}},
    }
    path.write_bytes(header.ljust(64, b"\0") + stack.astype(dtype).tobytes() + json.dumps(footer).encode())


def write_v73(path, name, values):
    """As MATLAB does: the transposed array in an HDF5 file."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file[name] = values.T


def write_h5(path, values):
    with h5py.File(path, "w") as file:
        file["0"] = values
        file["0"].attrs["wavelength"] = 532e-9
        file["0"].attrs["pixel size"] = 1e-6


WRITERS = {
    "8.png": (lambda p: p.write_bytes(imagecodecs.png_encode(EIGHT)), EIGHT, 8),
    "16.png": (lambda p: p.write_bytes(imagecodecs.png_encode(SIXTEEN)), SIXTEEN, 16),
    "8.bmp": (lambda p: p.write_bytes(imagecodecs.bmp_encode(EIGHT)), EIGHT, 8),
    "8.tif": (lambda p: tifffile.imwrite(p, EIGHT), EIGHT, 8),
    "12.tif": (lambda p: tifffile.imwrite(p, TWELVE, bitspersample=12), TWELVE, 12),
    "16.tif": (lambda p: tifffile.imwrite(p, SIXTEEN, compression="lzw"), SIXTEEN, 16),
    "float.tif": (lambda p: tifffile.imwrite(p, FLOAT), FLOAT, None),
    "white_is_zero.tif": (lambda p: tifffile.imwrite(p, 255 - EIGHT, photometric="miniswhite"), EIGHT, 8),
    "pages.tif": (lambda p: tifffile.imwrite(p, STACK, photometric="minisblack"), STACK, 8),
    "rgba.tif": (
        lambda p: tifffile.imwrite(
            p, np.stack([EIGHT] * 3 + [EIGHT * 0 + 255], -1), photometric="rgb", extrasamples=[2]
        ),
        EIGHT,
        8,
    ),
    "planar.tif": (
        lambda p: tifffile.imwrite(p, np.stack([EIGHT] * 3), photometric="rgb", planarconfig="separate"),
        EIGHT,
        8,
    ),
    "stack.npy": (lambda p: np.save(p, STACK), STACK, 8),
    "double.npy": (lambda p: np.save(p, FLOAT.astype(float)), FLOAT, None),
    "one.npz": (lambda p: np.savez(p, a=SIXTEEN, note=np.array([1, 2])), SIXTEEN, 16),
    "image.h5": (lambda p: write_h5(p, EIGHT), EIGHT, 8),
    "v5.mat": (lambda p: scipy.io.savemat(p, {"w": SIXTEEN, "name": "plate"}), SIXTEEN, 16),
    "v5stack.mat": (lambda p: scipy.io.savemat(p, {"w": np.moveaxis(STACK, 0, -1)}), STACK, 8),
    "v73.mat": (lambda p: write_v73(p, "w", FLOAT), FLOAT, None),
    "v73stack.mat": (lambda p: write_v73(p, "w", np.moveaxis(STACK, 0, -1)), STACK, 8),
    "8.holo": (lambda p: write_holo(p, STACK, 8), STACK, 8),
    "16.holo": (lambda p: write_holo(p, SIXTEEN[None], 16), SIXTEEN, 16),
}


@pytest.mark.parametrize("name", WRITERS)
def test_numbers_and_bits_come_back(tmp_path, name):
    write, values, bits = WRITERS[name]
    write(tmp_path / name)
    frames = read_frames([tmp_path / name])
    np.testing.assert_array_equal(frames.values, np.reshape(values, (-1, 12, 17)))
    assert frames.bits == bits
    assert frames.files[0].sha256 == hash_file(tmp_path / name)


def test_wavelength_and_pixel_come_from_the_attributes(tmp_path):
    write_h5(tmp_path / "a.h5", EIGHT)
    assert read_frames([tmp_path / "a.h5"]).metadata == {"wavelength": 532e-9, "pixel size": 1e-6}
    write_holo(tmp_path / "a.holo", STACK, 8)
    assert read_frames([tmp_path / "a.holo"]).metadata == pytest.approx(
        {"wavelength": 852e-9, "pixel pitch": 12e-6}
    )


def test_jpeg_is_read_with_a_warning_that_counts(tmp_path):
    smooth = np.tile(np.linspace(20, 200, 64), (64, 1)).astype(np.uint8)
    for k in range(3):
        (tmp_path / f"{k}.jpg").write_bytes(imagecodecs.jpeg8_encode(smooth, level=95))
    frames = read_frames([tmp_path / f"{k}.jpg" for k in range(3)])
    assert np.abs(frames.values - smooth).max() < 5
    assert len(frames.warnings) == 1
    assert "0.jpg and 2 more" in frames.warnings[0]
    assert "JPEG" in frames.warnings[0]


def test_a_coloured_image_gives_its_brightest_channel_and_says_so(tmp_path):
    colour = np.stack([EIGHT // 4, EIGHT, EIGHT // 8], axis=-1)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(colour))
    frames = read_frames([tmp_path / "a.png"])
    np.testing.assert_array_equal(frames.values[0], EIGHT)
    assert "green" in frames.warnings[0]
    (tmp_path / "a.bmp").write_bytes(
        cv2.imencode(".bmp", colour[..., ::-1])[1].tobytes()
    )  # OpenCV: blue first
    frames = read_frames([tmp_path / "a.bmp"])
    np.testing.assert_array_equal(frames.values[0], EIGHT)
    assert "green" in frames.warnings[0]
    (tmp_path / "b.bmp").write_bytes(
        cv2.imencode(".bmp", np.stack([EIGHT // 4, EIGHT // 8, EIGHT], -1))[1].tobytes()
    )
    assert "red" in read_frames([tmp_path / "b.bmp"]).warnings[0]


def test_frames_follow_one_another_in_the_given_order(tmp_path):
    np.save(tmp_path / "b.npy", STACK)
    np.save(tmp_path / "a.npy", EIGHT)
    frames = read_frames([tmp_path / "b.npy", tmp_path / "a.npy"])
    np.testing.assert_array_equal(frames.values, np.concatenate([STACK, EIGHT[None]]))


@pytest.mark.parametrize(("bits", "top"), [(8, 255), (16, 65535), (16, 4095), (16, 1023)])
def test_saturated_pixels_are_found(tmp_path, bits, top):
    values = np.full((2, 5, 6), 100, np.uint8 if bits == 8 else np.uint16)
    values[1, 2, 3] = top
    np.save(tmp_path / "a.npy", values)
    saturated = read_frames([tmp_path / "a.npy"]).saturated
    assert saturated.sum() == 1
    assert saturated[2, 3]


def test_the_mean_dark_frame_is_subtracted(tmp_path):
    np.save(tmp_path / "a.npy", EIGHT)
    np.save(tmp_path / "dark.npy", np.stack([np.full_like(EIGHT, 3), np.full_like(EIGHT, 4)]))
    frames = subtract_dark(read_frames([tmp_path / "a.npy"]), read_frames([tmp_path / "dark.npy"]))
    np.testing.assert_allclose(frames.values[0], EIGHT - 3.5)
    assert len(frames.files) == 2


def png_of_claimed_size(cols, rows):
    header = struct.pack(">IIBBBBB", cols, rows, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    end = b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + end


def huge_tiff(path):
    tifffile.imwrite(path, EIGHT)
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        for tag in ("ImageWidth", "ImageLength"):
            entry = tiff.pages[0].tags[tag]
            data[entry.valueoffset : entry.valueoffset + (2 if entry.dtype == 3 else 4)] = struct.pack(
                "<H" if entry.dtype == 3 else "<I", 60000
            )
    path.write_bytes(data)


def huge_npy(path):
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (60_000, 60_000)}
        )


def test_a_huge_announced_size_is_refused_before_decoding(tmp_path):
    (tmp_path / "a.png").write_bytes(png_of_claimed_size(60_000, 60_000))
    (tmp_path / "a.bmp").write_bytes(
        struct.pack("<2sIIIIiiHHIIiiII", b"BM", 54, 0, 54, 40, 60_000, 60_000, 1, 8, 0, 0, 0, 0, 0, 0)
    )
    huge_tiff(tmp_path / "a.tif")
    huge_npy(tmp_path / "a.npy")
    (tmp_path / "a.holo").write_bytes(
        struct.pack("<4sHHIIIQB", b"HOLO", 3, 8, 60_000, 60_000, 1, 0, 0).ljust(64, b"\0")
    )
    for name in ("a.png", "a.bmp", "a.tif", "a.npy", "a.holo"):
        with pytest.raises(InputError, match="60000 x 60000") as caught:
            read_frames([tmp_path / name])
        assert name in str(caught.value)


@pytest.mark.parametrize("name", [n for n in WRITERS if not n.startswith(("rgba", "planar"))])
def test_a_truncated_file_is_named(tmp_path, name):
    path = tmp_path / name
    WRITERS[name][0](path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match=name):
        read_frames([path])


def test_a_truncated_jpeg_is_named(tmp_path):
    data = imagecodecs.jpeg8_encode(np.tile(EIGHT, (8, 8)), level=90)
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"a\.jpg"):
        read_frames([tmp_path / "a.jpg"])


def test_pickles_are_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", a=np.array([[{"a": 1}]], dtype=object))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(InputError, match="pickled"):
            read_frames([tmp_path / name])


def test_frames_of_unequal_size_depth_or_unknown_kind_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", EIGHT)
    np.save(tmp_path / "b.npy", EIGHT[:, :-1])
    np.save(tmp_path / "c.npy", SIXTEEN)
    (tmp_path / "d.gif").touch()
    with pytest.raises(InputError, match=r"16 x 12 pixels, but a\.npy has 17 x 12"):
        read_frames([tmp_path / "a.npy", tmp_path / "b.npy"])
    with pytest.raises(InputError, match="bit depth"):
        read_frames([tmp_path / "a.npy", tmp_path / "c.npy"])
    with pytest.raises(InputError, match="unknown image format"):
        read_frames([tmp_path / "d.gif"])


def test_the_array_is_named_when_a_file_holds_several(tmp_path):
    np.savez(tmp_path / "a.npz", first=EIGHT, second=SIXTEEN)
    with pytest.raises(InputError, match=r"first, second.*dataset"):
        read_frames([tmp_path / "a.npz"])
    np.testing.assert_array_equal(read_frames([tmp_path / "a.npz"], dataset="second").values[0], SIXTEEN)
    with pytest.raises(InputError, match="no array 'third'"):
        read_frames([tmp_path / "a.npz"], dataset="third")


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_clipping_is_seen_at_either_end_of_a_16_bit_word(tmp_path, bits):
    values = np.full((9, 11), 2**bits // 3, np.uint16)
    values[3, 4] = 2**bits - 1
    for name, shift in (("low", 0), ("high", 16 - bits)):
        (tmp_path / f"{name}.png").write_bytes(imagecodecs.png_encode(values << shift))
        saturated = read_frames([tmp_path / f"{name}.png"]).saturated
        assert np.argwhere(saturated).tolist() == [[3, 4]]


def test_a_bad_frame_is_named_by_its_file_and_its_place_in_it(tmp_path):
    bad = np.stack([FLOAT, FLOAT])
    bad[1, 2, 3] = np.inf
    np.save(tmp_path / "a.npy", np.stack([FLOAT, FLOAT]))
    np.save(tmp_path / "b.npy", bad)
    with pytest.raises(InputError, match=r"b\.npy \(frame 2 of 2\): 1 pixels"):
        require_intensity(read_frames([tmp_path / "a.npy", tmp_path / "b.npy"]))


def test_a_dark_frame_is_dark_finite_and_of_the_depth_of_the_frames(tmp_path):
    frames = frames_of(np.full((1, 4, 5), 100.0))
    for level, what in ((np.nan, "NaN"), (120.0, "not darker")):
        with pytest.raises(InputError, match=what):
            subtract_dark(frames, frames_of(np.full((1, 4, 5), level)))
    deep = dataclasses.replace(frames, bits=8), dataclasses.replace(frames, values=frames.values / 9, bits=16)
    with pytest.raises(InputError, match="16 bits"):
        subtract_dark(*deep)


def frames_of(values: np.ndarray) -> Frames:
    names = tuple(f"frame {k}" for k in range(len(values)))
    return Frames(values, None, np.zeros(values.shape[1:], bool), (InputFile(Path("a"), ""),), names)


def test_intensities_are_finite_and_not_constant(tmp_path):
    bad = FLOAT.copy()
    bad[2, 3] = bad[4, 5] = np.nan
    np.save(tmp_path / "nan.npy", bad)
    with pytest.raises(InputError, match=r"nan\.npy: 2 pixels"):
        require_intensity(read_frames([tmp_path / "nan.npy"]))
    np.save(tmp_path / "zero.npy", np.stack([EIGHT, EIGHT * 0]))
    with pytest.raises(InputError, match=r"frame 2 of 2.*every pixel has the value 0"):
        require_intensity(read_frames([tmp_path / "zero.npy"]))


def test_invalid_pixels_are_not_finite_or_carry_the_grey_value_that_says_so():
    values = np.array([[0.0, 1.0], [np.nan, np.inf]])
    np.testing.assert_array_equal(invalid_pixels(values, None), [[False, False], [True, True]])
    np.testing.assert_array_equal(invalid_pixels(values, 0), [[True, False], [True, True]])
