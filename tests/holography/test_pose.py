"""The pose of a plate from its silhouette, and the silhouettes that leave it open."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from holography.pose import outline_pose
from holography.registration import PixelToPlate
from landscape.errors import InputError

ELL = np.array([[0, 0], [0.2, 0], [0.2, 0.1], [0.12, 0.1], [0.12, 0.15], [0, 0.15]])
HOLE = np.array([[0.02, 0.02], [0.05, 0.02], [0.05, 0.06]])
SQUARE = np.array([[0, 0], [0.1, 0], [0.1, 0.1], [0, 0.1]])
TURN = np.linspace(0, 2 * np.pi, 120, endpoint=False)
DISC = 0.08 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)
SHAPE = (360, 450)


def view(angle: float, pixel: float, centre: tuple[float, float], *, mirrored: bool = False) -> PixelToPlate:
    """A camera that shows plate point (0.08, 0.07) at ``centre``, x turned counter-clockwise by ``angle``."""
    c, s = np.cos(angle), np.sin(angle)
    flip = -1 if mirrored else 1
    turn = np.array([[c * flip, -s], [-s * flip, -c]]) / pixel
    to_pixel = np.eye(3)
    to_pixel[:2, :2] = turn
    to_pixel[:2, 2] = np.array(centre) - turn @ [0.08, 0.07]
    return PixelToPlate(np.linalg.inv(to_pixel))


def silhouette(loops: list[NDArray], mapping: PixelToPlate) -> NDArray:
    """Pixels whose centre lies in an odd number of polygons."""
    x, y = mapping(*np.meshgrid(np.arange(SHAPE[1]), np.arange(SHAPE[0])))
    inside = np.zeros(SHAPE, dtype=bool)
    for loop in loops:
        for (x0, y0), (x1, y1) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
            if y0 != y1:
                inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0, -1.5, 3.1])
def test_an_unsymmetric_plate_is_found_to_a_pixel(angle, mirrored):
    true = view(angle, 1e-3, (220, 180), mirrored=mirrored)
    found = outline_pose([ELL, HOLE], silhouette([ELL, HOLE], true))
    assert not found.ambiguous
    assert found.best.mirrored is mirrored
    assert found.best.mapping.mirrored is mirrored
    assert found.best.angle == pytest.approx(angle, abs=5e-3)
    assert found.best.pixel_size == pytest.approx(1e-3, rel=5e-3)
    assert found.best.residual < 0.5e-3
    corners = np.stack(true.pixels(*ELL.T)), np.stack(found.best.mapping.pixels(*ELL.T))
    assert np.abs(corners[0] - corners[1]).max() < 1


def test_a_ragged_mask_still_gives_the_pose():
    rng = np.random.default_rng(0)
    wobble = ndimage.gaussian_filter(rng.standard_normal(SHAPE), 4) * 30
    mask = silhouette([ELL], view(0.7, 1e-3, (220, 180)))
    signed = ndimage.distance_transform_edt(mask) - ndimage.distance_transform_edt(~mask)
    found = outline_pose([ELL], signed + wobble > 0)
    assert found.best.angle == pytest.approx(0.7, abs=0.02)
    assert 0.3e-3 < found.best.residual < 6e-3


def test_a_square_has_eight_poses_and_a_disc_any():
    square = outline_pose([SQUARE], silhouette([SQUARE], view(0.3, 1e-3, (220, 180))))
    assert len(square.alternatives) == 7
    assert {pose.mirrored for pose in square.alternatives} == {True, False}
    disc = outline_pose([DISC], silhouette([DISC], view(0.3, 1e-3, (220, 180))))
    assert disc.turning
    assert disc.ambiguous


def test_a_mirror_symmetric_plate_is_known_up_to_mirroring():
    kite = np.array([[0, 0], [0.1, 0.05], [0.25, 0], [0.1, -0.05]])
    found = outline_pose([kite], silhouette([kite], view(0.3, 1e-3, (200, 200))))
    assert [pose.mirrored for pose in found.alternatives] == [not found.best.mirrored]


def test_the_order_and_sense_of_polygons_do_not_matter():
    mask = silhouette([ELL, HOLE], view(0.4, 1e-3, (220, 180)))
    poses = [outline_pose(loops, mask).best for loops in ([ELL, HOLE], [HOLE[::-1], ELL], [ELL[::-1], HOLE])]
    for pose in poses[1:]:
        assert pose.angle == pytest.approx(poses[0].angle, abs=1e-3)


@pytest.mark.parametrize(
    ("outline", "mask", "needle"),
    [
        ([ELL], np.zeros(SHAPE, dtype=bool), "mask is empty"),
        ([], np.ones(SHAPE, dtype=bool), "closed polygons"),
        ([ELL[:2]], np.ones(SHAPE, dtype=bool), "closed polygons"),
        ([np.array([[0.0, 0], [1, 1], [2, 2]])], np.ones(SHAPE, dtype=bool), "encloses no area"),
        ([ELL], silhouette([SQUARE], view(0.3, 1e-3, (220, 180))), "does not fit the mask"),
        ([ELL], silhouette([ELL], view(0.3, 1e-3, (40, 180))), "does not fit the mask"),
    ],
)
def test_outlines_that_cannot_be_laid_on_the_mask_are_refused(outline, mask, needle):
    with pytest.raises(InputError, match=needle):
        outline_pose(outline, mask)
