"""Formats as laboratories write them: stacks, attributes, and files that are not what their name says."""

import h5py
import numpy as np
import pytest
import tifffile

from holography.images import read_frames
from landscape.errors import InputError

RNG = np.random.default_rng(0)
EIGHT = RNG.integers(0, 250, (12, 17)).astype(np.uint8)
SIXTEEN = RNG.integers(0, 65000, (12, 17)).astype(np.uint16)


def test_stacks_of_four_frames_and_long_ones_of_imagej_are_frames(tmp_path):
    """tifffile writes four frames as colour planes, ImageJ long stacks behind a single page."""
    frames = np.stack([SIXTEEN, SIXTEEN // 2, SIXTEEN // 3, SIXTEEN // 5])
    tifffile.imwrite(tmp_path / "four.tif", frames, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_frames([tmp_path / "four.tif"]).values, frames)
    told = "ImageJ=1.53\nimages=4\nframes=4\n"
    tifffile.imwrite(tmp_path / "long.tif", frames[0], description=told, metadata=None)
    with (tmp_path / "long.tif").open("ab") as file:
        file.write(frames[1:].tobytes())
    np.testing.assert_array_equal(read_frames([tmp_path / "long.tif"]).values, frames)
    whole = (tmp_path / "long.tif").read_bytes()
    (tmp_path / "long.tif").write_bytes(whole[:-100])
    with pytest.raises(InputError, match=r"long\.tif"):
        read_frames([tmp_path / "long.tif"])


@pytest.mark.parametrize("name", ["a.dat", "a.png", "a.tif", "a.mat", "a.uff", "a.h5"])
def test_what_is_no_image_is_refused_in_one_line(tmp_path, name):
    (tmp_path / name).write_bytes(b"hello" * 40)
    with pytest.raises(InputError) as caught:
        read_frames([tmp_path / name])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


@pytest.mark.parametrize("value", [532e-9, np.array([532e-9]), "532 nm", np.bytes_("0.532 um")])
def test_a_wavelength_attribute_may_be_a_number_an_array_or_text(tmp_path, value):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = EIGHT
        file.attrs["wavelength"] = value
    assert read_frames([tmp_path / "a.h5"]).metadata["wavelength"] == pytest.approx(532e-9)


@pytest.mark.parametrize("value", [532.0, -1.0, "532 kg", "green", [1e-7, 2e-7]])
def test_an_attribute_that_is_no_wavelength_is_refused(tmp_path, value):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = EIGHT
        file.attrs["wavelength"] = value
    with pytest.raises(InputError, match=r"a\.h5.*wavelength"):
        read_frames([tmp_path / "a.h5"])
