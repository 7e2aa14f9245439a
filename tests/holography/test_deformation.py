"""Phase to metres, the zero on held pixels, and the file it ends in."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holography.deformation import Deformation, Sensitivity, fix_zero, held_pixels, to_metres
from holography.deformationfile import read_deformation, write_deformation
from landscape.errors import InputError

ROWS, COLS = 60, 80
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
DISC = np.hypot(X - 40, Y - 30) < 25
HILL = np.where(DISC, (1 - ((X - 40) ** 2 + (Y - 30) ** 2) / 625) ** 2, 0.0)


def example() -> Deformation:
    w = np.where(DISC, 1e-6 * HILL, np.nan)
    return Deformation(
        w, np.where(DISC, 2e-9, np.nan), DISC, DISC * 0.9, w * 2e7, X * 1e-3, (59 - Y) * 1e-3,
        pressure=2000.0, areal_density=1.35, provenance={"warnings": ["none"], "inputs": []},
    )  # fmt: skip


def test_normal_incidence_gives_lambda_over_four_pi():
    metres, sigma = to_metres(np.array([4 * np.pi]), np.array([0.1]), Sensitivity(532e-9))
    assert metres[0] == pytest.approx(532e-9)
    assert sigma[0] == pytest.approx(0.1 * 532e-9 / (4 * np.pi))


def test_light_from_twenty_degrees_changes_the_scale_by_3_1_percent():
    tilt = np.deg2rad(20)
    oblique = Sensitivity(532e-9, illumination=(np.sin(tilt), 0, np.cos(tilt))).metres_per_radian
    assert oblique / Sensitivity(532e-9).metres_per_radian - 1 == pytest.approx(0.0311, abs=5e-5)


@pytest.mark.parametrize(("sign", "along"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_sign_is_that_of_phase_and_load(sign, along):
    assert np.sign(Sensitivity(532e-9, phase_sign=sign, along=along).metres_per_radian) == sign * along


def test_a_camera_below_sees_a_plate_that_comes_down_come_nearer():
    below = Sensitivity(532e-9, (0, 0, -1), (0, 0, -1))
    assert below.metres_per_radian == -Sensitivity(532e-9).metres_per_radian


def test_the_rim_is_the_outline_without_holes_and_without_the_edge_of_the_picture():
    mask = np.zeros((ROWS, COLS), bool)
    mask[10:, 20:60] = True
    mask[30:34, 38:42] = False
    rim = held_pixels(mask, "rim")
    assert rim[10:13, 20:60].all()
    assert rim[:, 20:23][10:].all()
    assert not rim[27:37, 35:45].any(), "holes are not held"
    assert not rim[-1, 30:50].any(), "the plate may go on beyond the picture"
    assert not (rim & ~mask).any()


def test_a_mask_that_fills_the_picture_has_no_rim():
    """The plate may go on beyond the picture: its edge is no held edge, and is not taken for one."""
    assert not held_pixels(np.ones((ROWS, COLS), bool), "rim").any()


def test_given_pixels_are_held_and_a_wrong_one_is_named():
    held = held_pixels(DISC, [(40, 10), (20, 30)])
    assert held[10, 40]
    assert held[30, 20]
    assert held.sum() == 18
    with pytest.raises(InputError, match=r"\[90, 10\] is outside"):
        held_pixels(DISC, [(90, 10)])
    with pytest.raises(InputError, match="in the mask"):
        held_pixels(DISC, [(1, 1)])
    assert not held_pixels(DISC, "none").any()


@given(order=st.integers(-20, 20), rest=st.floats(-2.5, 2.5))
def test_whole_fringes_go_and_the_rest_stays(order, rest):
    """zero fixes the fringe order only: a drift below half a fringe is not removed unasked."""
    phase = 4 * HILL + rest + 2 * np.pi * order
    done = fix_zero(phase, DISC.astype(int), held_pixels(DISC, "rim"))
    np.testing.assert_allclose(done.values[DISC], (4 * HILL + rest)[DISC], atol=1e-9)
    assert done.orders == {1: order}


def test_every_part_of_the_mask_has_its_own_order_and_one_without_held_pixels_is_named():
    parts = np.where(X < 40, 1, 2)
    phase = np.where(parts == 1, 4 * np.pi, 0.3)
    done = fix_zero(phase, parts, (parts == 1) & (X < 3))
    assert done.undefined == (2,)
    np.testing.assert_allclose(done.values, np.where(parts == 1, 0, 0.3), atol=1e-12)


def test_piston_and_tilt_are_fitted_to_held_pixels_only():
    motion = 0.3 + 0.01 * X - 0.02 * Y
    held = held_pixels(DISC, "rim")
    clean = np.where(held, 0.0, 40 * HILL)
    tilt = fix_zero(clean + motion, DISC.astype(int), held, remove="tilt")
    np.testing.assert_allclose(tilt.values[DISC], clean[DISC], atol=1e-9)
    piston = fix_zero(clean + 0.3, DISC.astype(int), held, remove="piston")
    np.testing.assert_allclose(piston.values[DISC], clean[DISC], atol=1e-9)
    assert piston.removed[1] == pytest.approx([0.3])


def test_a_motion_is_not_removed_without_pixels_that_say_so():
    with pytest.raises(InputError, match="needs held pixels"):
        fix_zero(HILL, DISC.astype(int), np.zeros_like(DISC), remove="piston")
    line = DISC & (Y == 30)
    with pytest.raises(InputError, match="one line"):
        fix_zero(HILL, DISC.astype(int), line, remove="tilt")


def test_a_deformation_comes_back_from_its_file(tmp_path):
    written = example()
    read = read_deformation(write_deformation(tmp_path / "sub" / "w.h5", written))
    for name in ("displacement", "sigma", "mask", "quality", "phase", "x", "y"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name))
    for name in ("kind", "length_unit", "pressure", "frequency", "areal_density", "provenance"):
        assert getattr(read, name) == getattr(written, name)


def test_the_file_says_its_units(tmp_path):
    write_deformation(tmp_path / "w.h5", replace(example(), kind="mode", frequency=1085.0))
    with h5py.File(tmp_path / "w.h5") as file:
        units = {name: file[name].attrs["units"] for name in file}
        assert units == {
            "displacement": "m", "sigma": "m", "mask": "1", "quality": "1", "phase": "rad", "x": "m", "y": "m",
        }  # fmt: skip
        assert file["mask"].dtype == bool
        assert file.attrs["kind"] == "mode"
        assert file.attrs["frequency"] == 1085.0


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write_deformation(tmp_path / "w.h5", example())
    before = path.read_bytes()
    broken = replace(example(), provenance={"a": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        write_deformation(path, broken)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["w.h5"]


def test_what_is_no_deformation_is_named(tmp_path):
    with pytest.raises(InputError, match=r"w\.h5: no such"):
        read_deformation(tmp_path / "w.h5")
    (tmp_path / "w.h5").write_bytes(b"not hdf5")
    with pytest.raises(InputError, match="not HDF5"):
        read_deformation(tmp_path / "w.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"] = 1
    with pytest.raises(InputError, match="no dataset displacement"):
        read_deformation(tmp_path / "other.h5")


def test_fields_of_unequal_size_and_holes_in_the_displacement_are_refused():
    with pytest.raises(InputError, match="sigma has shape"):
        replace(example(), sigma=np.zeros((3, 3)))
    with pytest.raises(InputError, match="not finite"):
        replace(example(), displacement=np.full((ROWS, COLS), np.nan))
