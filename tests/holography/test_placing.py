"""Pixels to plate axes as [camera] says, and what makes one doubt it."""

import numpy as np
import pytest
from lab import HEIGHT, SMALL, WIDTH, straight

from holography.placing import plate_axes
from holography.schema import Capture

VIEW = straight(SMALL)
KNOWN = [(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT), (0.3 * WIDTH, 0.6 * HEIGHT), (0.1, 0.05)]


def capture(**camera) -> Capture:
    return Capture.model_validate(
        {"kind": "displacement", "frames": {"values": "w.npy"}, **({"camera": camera} if camera else {})}
    )


def points(shift: float = 0.0) -> list[dict]:
    """Control points of the straight view, the fifth one ``shift`` m off."""
    off = [(x + shift * (k == 4), y) for k, (x, y) in enumerate(KNOWN)]
    return [{"pixel": VIEW.pixel(*true), "plate": told} for true, told in zip(KNOWN, off, strict=True)]


def test_control_points_that_agree_are_believed_and_one_that_does_not_is_named():
    good = plate_axes(capture(control_points=points()), SMALL)
    x, y = VIEW.plate()
    np.testing.assert_allclose([good.x, good.y], [x, y], atol=1e-9)
    assert good.warnings == ()
    bad = plate_axes(capture(control_points=points(shift=0.02)), SMALL)
    assert "point 5" in bad.warnings[0]
    assert max(bad.used["residuals of control points (mm)"]) == pytest.approx(
        float(bad.warnings[0].split(" mm")[0].split()[-1]), rel=0.01
    )


def test_a_pixel_size_that_the_image_file_contradicts_is_told():
    size = WIDTH / SMALL[1]
    assert plate_axes(capture(pixel_size=size), SMALL, (size, size)).warnings == ()
    (note,) = plate_axes(capture(pixel_size=size), SMALL, (2 * size, 2 * size)).warnings
    assert "0.75 mm" in note
    assert "1.5 mm" in note


def test_the_mapping_is_that_of_the_axes():
    """With [camera], with a pixel that is not square, and without any scale."""
    cols, rows = np.meshgrid(np.arange(SMALL[1]), np.arange(SMALL[0]))
    for axes in (
        plate_axes(capture(control_points=points()), SMALL),
        plate_axes(capture(), SMALL, (2e-3, 1e-3), (10.0, 200.0)),
        plate_axes(capture(), SMALL),
    ):
        np.testing.assert_allclose(axes.mapping(cols, rows), [axes.x, axes.y], atol=1e-9)
