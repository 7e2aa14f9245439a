"""Conventions, each told rightly once and flipped once: the flip must be seen in the deflection."""

import numpy as np
import pytest
from lab import SMALL, WIDTH, Outcome, bring_back, clamped, plate, straight

from holography.capturefolder import write_capture
from holography.pipeline import import_capture
from holography.recording import record_carrier, record_fresnel, record_off_axis, record_phase_shift
from holography.synthetic import Light, Scene, View

SMOOTH = Light(coherence=None)
LEAN = (0.4, -0.3)
SMALL_VIEW = straight(SMALL)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def on_the_plate(outcome: Outcome) -> float:
    """Correlation of what came back with the truth at the plate coordinates that the file says."""
    found = outcome.deformation
    truth = clamped(3, LEAN)(found.x, found.y)[found.mask]
    return float(np.corrcoef(found.displacement[found.mask], truth)[0, 1])


def scale(outcome: Outcome) -> float:
    """Best factor between what came back and the truth on the same pixels: 1 when right, -1 when the sign is lost."""
    found = outcome.deformation
    w = found.displacement[found.mask]
    truth = clamped(3, LEAN)(*SMALL_VIEW.plate())[found.mask]
    return float(w @ truth / (truth @ truth))


def test_camera_axis_right_and_mirrored(tmp_path, rng):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    recording = record_phase_shift(scene, SMOOTH, rng)
    camera = {"camera": {"pixel_size": WIDTH / SMALL[1]}}
    assert on_the_plate(bring_back(tmp_path / "right", recording, scene, **camera)) > 0.999
    for frame in recording.frames.values():
        frame[:] = frame[:, ::-1].copy()
    assert on_the_plate(bring_back(tmp_path / "mirrored", recording, scene, **camera)) < 0.99


def test_mirrored_camera_is_put_right_by_control_points(tmp_path, rng):
    mirror = np.array([[-1.0, 0, SMALL[1] - 1], [0, 1, 0], [0, 0, 1]])
    scene = plate(3, view=View(SMALL, mirror @ SMALL_VIEW.matrix), lean=LEAN)
    points = [
        {"pixel": list(scene.view.pixel(x, y)), "plate": [x, y]}
        for x, y in ((0, 0), (0.2, 0), (0, 0.15), (0.2, 0.15))
    ]
    outcome = bring_back(
        tmp_path, record_phase_shift(scene, SMOOTH, rng), scene, camera={"control_points": points}
    )
    assert on_the_plate(outcome) > 0.999


def test_rows_run_down_and_y_runs_up(tmp_path, rng):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    recording = record_phase_shift(scene, SMOOTH, rng)
    outcome = bring_back(tmp_path / "right", recording, scene, camera={"pixel_size": WIDTH / SMALL[1]})
    assert outcome.deformation.y[0, 0] > outcome.deformation.y[-1, 0] > 0
    for frame in recording.frames.values():
        frame[:] = frame[::-1].copy()
    flipped = bring_back(tmp_path / "flipped", recording, scene, camera={"pixel_size": WIDTH / SMALL[1]})
    assert on_the_plate(outcome) > 0.999
    assert on_the_plate(flipped) < 0.99


@pytest.mark.parametrize(("told", "factor"), [(1, 1), (-1, -1)])
def test_sign_of_motion(tmp_path, rng, told, factor):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    outcome = bring_back(tmp_path, record_phase_shift(scene, SMOOTH, rng), scene, optics={"phase_sign": told})
    assert scale(outcome) == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize(("away", "factor"), [(False, 1), (True, -1)])
def test_deflection_counts_along_the_load(tmp_path, rng, away, factor):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    load = {"pressure": 2000.0, "away": away}
    outcome = bring_back(tmp_path, record_phase_shift(scene, SMOOTH, rng), scene, load=load)
    assert scale(outcome) == pytest.approx(factor, abs=0.01)
    assert outcome.deformation.pressure == 2000.0


@pytest.mark.parametrize(("steps", "factor"), [([0, 90, 180, 270], 1), ([0, -90, -180, -270], -1)])
def test_direction_of_the_steps(tmp_path, rng, steps, factor):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    recording = record_phase_shift(scene, SMOOTH, rng, declared=steps)
    assert scale(bring_back(tmp_path, recording, scene)) == pytest.approx(factor, abs=0.01)


@pytest.mark.parametrize(("lobe", "factor"), [("auto", 1), ([0.3, 0.25], 1), ([-0.3, -0.25], -1)])
def test_side_of_the_sideband(tmp_path, rng, lobe, factor):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    recording = record_off_axis(scene, Light(coherence=1.0), rng, frequency=(0.3, 0.25), aperture=0.12)
    outcome = bring_back(tmp_path, recording, scene, off_axis={"distance": 0, "sideband": lobe})
    assert scale(outcome) == pytest.approx(factor, abs=0.05)


@pytest.mark.parametrize(("lobe", "factor"), [("auto", 1), ([0.16, -0.05], 1), ([-0.16, 0.05], -1)])
def test_side_of_the_carrier(tmp_path, rng, lobe, factor):
    scene = plate(3, view=SMALL_VIEW, lean=LEAN)
    recording = record_carrier(scene, SMOOTH, rng, frequency=(0.16, -0.05))
    outcome = bring_back(tmp_path, recording, scene, carrier={"frequency": lobe})
    assert scale(outcome) == pytest.approx(factor, abs=0.02)


def test_fresnel_picture_lies_as_the_plate_does(tmp_path, rng):
    """Plate left of the centre, leaning right and down: rows, columns and sign come back unturned."""
    stretch = np.array([[110 / WIDTH, 0, 20.0], [0, -190 / 0.18, 215.0], [0, 0, 1.0]])
    scene = plate(3, view=View(SMALL, stretch), lean=LEAN)
    recording = record_fresnel(scene, Light(coherence=0.95, exposure=0.4), rng, distance=0.4)
    deformation, _ = import_capture(write_capture(tmp_path, recording, scene))
    truth, mask, _ = scene.truth()
    both = mask & deformation.mask
    assert both.sum() > 0.9 * mask.sum()
    assert np.sqrt(np.mean((deformation.displacement - truth)[both] ** 2)) < 8e-9


def test_oblique_light_changes_the_scale_as_the_sensitivity_vector_says(tmp_path, rng):
    """20 degrees off the normal: 1 + cos 20 instead of 2, that is 3.1%."""
    tilt = np.deg2rad(20)
    scene = Scene(
        clamped(3, LEAN),
        plate().outline,
        plate(illumination=(np.sin(tilt), 0, np.cos(tilt))).sensitivity,
        SMALL_VIEW,
    )
    recording = record_phase_shift(scene, SMOOTH, rng)
    told = scale(bring_back(tmp_path / "told", recording, scene))
    untold = scale(bring_back(tmp_path / "untold", recording, scene, optics={"illumination": [0, 0, 1]}))
    assert told == pytest.approx(1, abs=0.005)
    assert untold / told == pytest.approx((1 + np.cos(tilt)) / 2, rel=1e-3)
