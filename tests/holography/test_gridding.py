"""From the camera's pixels onto a grid of the plate: the deflection there, with a sigma that averaging has lowered."""

import numpy as np
import pytest
from lab import HEIGHT, SMALL, WIDTH, plate, straight

from holography.capturefolder import control_points, write_capture
from holography.pipeline import import_capture
from holography.recording import record_displacement, record_wrapped
from holography.synthetic import Light
from landscape.errors import InputError

CORNERS = [(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT)]
OBLIQUE = straight(SMALL).turned(angle=0.1, perspective=(3e-4, -2e-4))
SCENE = plate(4, view=OBLIQUE)


def gridded(folder, recording, spacing):
    camera = {"control_points": control_points(SCENE, CORNERS)}
    path = write_capture(
        folder, recording, SCENE, sections={"camera": camera, "processing": {"grid": spacing}}
    )
    return import_capture(path)[0]


@pytest.mark.parametrize("spacing", ["3 mm", "0.5 mm"])
def test_a_perspective_picture_becomes_a_grid_with_the_true_deflection(tmp_path, spacing):
    """Cells of about 16 pixels, and cells smaller than one."""
    recording = record_wrapped(SCENE, Light(coherence=0.9), np.random.default_rng(2))
    found = gridded(tmp_path, recording, spacing)
    step = float(spacing.split()[0]) * 1e-3
    np.testing.assert_allclose(np.diff(found.x, axis=1), step)
    np.testing.assert_allclose(np.diff(found.y, axis=0), -step)  # row 0 is the top
    inside = found.mask & SCENE.outline(found.x, found.y)
    assert inside.sum() * step**2 == pytest.approx((0.88 * WIDTH) * (0.88 * HEIGHT), rel=0.06)
    error = (found.displacement - SCENE.deflection(found.x, found.y))[inside]
    rms = np.sqrt(np.mean(error**2))
    assert rms < 5e-9
    assert 1 / 1.5 < np.sqrt(np.mean(found.sigma[inside] ** 2)) / rms < 1.5
    assert found.quality.min() >= 0
    assert found.quality.max() <= 1
    assert found.provenance["capture"]["processing"]["grid"] == pytest.approx(step)


def test_independent_noise_averages_out_over_a_cell(tmp_path):
    """A deflection with white noise of 10 nm: cells of n pixels leave 10 nm / sqrt(n) or more, and no bias."""
    recording = record_displacement(SCENE, np.random.default_rng(0), noise=10e-9)
    found = gridded(tmp_path, recording, "5 mm")
    pixel = np.sqrt(np.median(np.abs(np.linalg.det(OBLIQUE.matrix[:2, :2])) ** -1))
    cell = (5e-3 / pixel) ** 2
    inner = found.mask & (np.abs(found.x / WIDTH - 0.5) < 0.4) & (np.abs(found.y / HEIGHT - 0.5) < 0.4)
    error = (found.displacement - SCENE.deflection(found.x, found.y))[inner]
    assert 10e-9 / np.sqrt(cell) < np.sqrt(np.mean(error**2)) < 20e-9 / np.sqrt(cell)
    assert np.isnan(found.sigma).all(), "the file says nothing of its noise"


def test_a_grid_needs_a_scale(tmp_path):
    recording = record_wrapped(SCENE, Light(), np.random.default_rng(0))
    path = write_capture(tmp_path, recording, SCENE, sections={"processing": {"grid": "1 mm"}})
    with pytest.raises(InputError, match=r"grid.*\[camera\]"):
        import_capture(path)
