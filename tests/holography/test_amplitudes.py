"""Vibration amplitudes through the whole chain: sidebands, time averages, shapes on nodes."""

import numpy as np
import pytest
import pyuff
from lab import FULL, SMALL, WAVELENGTH, dipole, outline, plate, straight

from holography.capturefolder import write_capture
from holography.deformation import Sensitivity
from holography.demodulation import estimated_steps
from holography.pipeline import import_capture
from holography.recording import record_displacement, record_phase_shift, record_sideband
from holography.synthetic import Light, Scene
from holography.ufffields import real_shape
from landscape.errors import InputError


@pytest.mark.parametrize("amplitude", [40e-9, 300e-9])
def test_the_first_sideband_gives_amplitude_and_sign(tmp_path, amplitude):
    scene = Scene(dipole(amplitude), outline, Sensitivity(WAVELENGTH), straight(FULL))
    recording = record_sideband(scene, Light(exposure=0.4), np.random.default_rng(1), frequency=1085.0)
    found, stages = import_capture(write_capture(tmp_path, recording, scene))
    truth, mask, _ = scene.truth()
    both = mask & found.mask
    error = min((s * found.displacement - truth)[both].std() for s in (1, -1))
    sigma = np.sqrt(np.mean(found.sigma[both] ** 2))
    assert both.sum() > 0.95 * mask.sum()
    assert error < 15e-9
    assert 1 / 1.5 < sigma / error < 1.5
    assert found.kind == "mode"
    assert stages.used["order"] == 1
    assert stages.used["out of phase"] < 0.05


def test_complex_fields_of_the_sidebands_are_taken_as_they_are(tmp_path):
    from scipy.special import jv

    scene = Scene(dipole(60e-9), outline, Sensitivity(WAVELENGTH), straight(SMALL))
    truth, mask, argument = scene.truth()
    rng = np.random.default_rng(0)
    light = rng.standard_normal(SMALL) + 1j * rng.standard_normal(SMALL)
    for name, order in (("side", 1), ("carrier", 0)):
        np.save(tmp_path / f"{name}.npy", np.where(mask, light * jv(order, argument), 0))
    (tmp_path / "capture.toml").write_text(
        f'kind = "sideband"\n[optics]\nwavelength = {WAVELENGTH}\n[frames]\ndeformed = "side.npy"\n'
        'reference = "carrier.npy"\n[vibration]\nfrequency = "1 kHz"\n'
    )
    found, _ = import_capture(tmp_path)
    both = mask & found.mask
    assert both.sum() > 0.98 * mask.sum()
    assert min((s * found.displacement - truth)[both].std() for s in (1, -1)) < 1e-9


def test_a_given_deflection_arrives_unchanged_and_along_the_load(tmp_path):
    scene = plate(3, view=straight(SMALL))
    recording = record_displacement(scene, np.random.default_rng(0))
    for away in (False, True):
        sections = {"load": {"pressure": 1000.0, "away": away}}
        found, _ = import_capture(write_capture(tmp_path / str(away), recording, scene, sections=sections))
        truth, mask, _ = scene.truth()
        np.testing.assert_array_equal(found.mask, mask)
        np.testing.assert_allclose(found.displacement[mask], (-1 if away else 1) * truth[mask], atol=1e-18)


def test_a_state_without_fringes_takes_the_steps_of_the_other():
    """A mirror-like plate at rest says nothing about its steps."""
    scene = plate(5, view=straight(SMALL))
    steps = [0, 70, 170, 240, 300]
    frames = record_phase_shift(scene, Light(coherence=None), np.random.default_rng(0), steps=steps).frames
    states = [np.stack([frames[f"{n}_{k}"] for k in range(1, 6)]).astype(float) for n in ("def", "ref")]
    for found in estimated_steps(states):
        np.testing.assert_allclose(np.rad2deg(found) % 360, steps, atol=0.5)


def test_two_states_with_steps_of_their_own_keep_them():
    scene = plate(5, view=straight(SMALL))
    rng = np.random.default_rng(0)
    sets = ([0, 70, 170, 240, 300], [0, 100, 160, 250, 330])
    states = []
    for name, steps in zip(("def", "ref"), sets, strict=True):
        frames = record_phase_shift(scene, Light(coherence=0.95), rng, steps=steps).frames
        states.append(np.stack([frames[f"{name}_{k}"] for k in range(1, 6)]).astype(float))
    for found, steps in zip(estimated_steps(states), sets, strict=True):
        np.testing.assert_allclose(np.rad2deg(found) % 360, steps, atol=2)


def shape_file(path, nodes, values):
    file = pyuff.UFF(str(path))
    file.write_sets(
        [
            pyuff.prepare_15(
                node_nums=nodes[0], def_cs=nodes[0] * 0, disp_cs=nodes[0] * 0, color=nodes[0] * 0, x=nodes[1], y=nodes[2], z=nodes[3]
            ),
            pyuff.prepare_55(
                model_type=1, id1="NONE", id2="NONE", id3="NONE", id4="NONE", id5="NONE", analysis_type=2, data_ch=2,
                spec_data_type=8, data_type=2, n_data_per_node=3, load_case=1, mode_n=1, freq=10.0, modal_m=0.0,
                modal_damp_vis=0.0, modal_damp_his=0.0, node_nums=nodes[0], r1=values * 0, r2=values * 0, r3=values,
            ),
        ],
        mode="overwrite",
    )  # fmt: skip


def grid(drop: int = 0):
    x, y = np.meshgrid(np.arange(7) * 0.02 + 0.1, np.arange(5) * 0.03)
    order = np.random.default_rng(0).permutation(35)[drop:]
    x, y = x.ravel()[order], y.ravel()[order]
    return (np.arange(1, len(x) + 1), x, y, 0 * x), 1e-6 * (3 * x - 2 * y)


UFF = 'kind = "displacement"\n[frames]\nvalues = "a.uff"\n[vibration]\nfrequency = "10 Hz"\n'


def test_a_shape_on_nodes_lies_on_their_coordinates(tmp_path):
    nodes, values = grid()
    shape_file(tmp_path / "a.uff", nodes, values)
    (tmp_path / "capture.toml").write_text(UFF)
    found, _ = import_capture(tmp_path)
    assert found.mask.shape == (5, 7)
    assert found.y[0, 0] > found.y[-1, 0]
    np.testing.assert_allclose(found.displacement, 1e-6 * (3 * found.x - 2 * found.y), atol=1e-12)


def test_nodes_that_fill_no_rectangle_are_refused(tmp_path):
    shape_file(tmp_path / "a.uff", *grid(drop=1))
    (tmp_path / "capture.toml").write_text(UFF)
    with pytest.raises(InputError, match="rectangular grid"):
        import_capture(tmp_path)


def test_a_complex_shape_is_turned_to_be_real():
    shape = np.array([1.0, -2.0, 0.5])
    turned = real_shape(shape * np.exp(0.7j))
    np.testing.assert_allclose(np.abs(turned), np.abs(shape))
    np.testing.assert_allclose(turned / turned[0], shape / shape[0])
