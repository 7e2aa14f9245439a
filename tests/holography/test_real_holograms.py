"""Holograms, surfaces and shapes that others measured: what is known of them comes out."""

import imagecodecs
import numpy as np
import pytest
from scipy import ndimage

from holography.deformationfile import read_deformation
from holography.formats import read_raw
from holography.hologram import Optical, check_focus, fresnel, reconstruct
from holography.images import read_frames
from holography.labformats import read_uff
from holography.lobes import Sideband, find_direction, find_sideband, isolate
from holography.pipeline import import_capture

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def die(data_folder):
    """Field of Schnars's die on the sensor, and its optics."""
    hologram = read_frames([data_folder / "schnars/ulf7.BMP"]).values[0].astype(float)
    side = find_direction(hologram)
    return isolate(hologram, side, keep_carrier=True), Optical(632.8e-9, 6.8e-6, 1.054)


def smooth(intensity: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(intensity, 3)


def test_the_die_is_sharp_at_its_distance_and_not_in_the_other_lobe(die):
    field, optical = die
    focus = check_focus(field, optical, "fresnel")
    assert focus.best == pytest.approx(1.054, rel=0.06)
    given = int(np.argmin(np.abs(focus.distances - 1.054)))
    rows = focus.sharpness[:, given]
    assert rows.max() > 2 * rows.min(), "twin and die differ in sharpness"


def test_the_die_is_where_the_published_picture_shows_it(die, data_folder):
    """95.8 um per pixel; the picture's axes run against the sensor's, so it is turned by half a turn."""
    field, optical = die
    lobe = check_focus(field, optical, "fresnel").lobe
    picture, pixel = fresnel(field, Optical(optical.wavelength, optical.pitch, optical.distance, lobe))
    assert pixel == pytest.approx((95.8e-6, 95.8e-6), rel=1e-3)
    shown = imagecodecs.png_decode(
        (data_folder / "schnars/reference_fresnel_reconstruction.png").read_bytes()
    )
    wanted = smooth(shown[..., :3].astype(float).sum(axis=-1))
    found = smooth(np.abs(picture))
    near = np.s_[560:760, 400:640]  # the die, apart from zero order and twin
    turned = np.roll(found[::-1, ::-1], (1, 1), (0, 1))
    assert np.corrcoef(turned[near].ravel(), wanted[near].ravel())[0, 1] > 0.9
    inside = turned[570:740, 437:597].mean()
    assert inside > 5 * turned[800:].mean(), "nothing is left on the far side"
    twin = turned[280:480, 400:640].mean()
    assert inside > 20 * twin, "zero order and twin are suppressed"


def test_the_die_stands_out_by_its_dots(die):
    """In focus the pips are dark; out of focus they are not."""
    field, optical = die
    lobe = check_focus(field, optical, "fresnel").lobe
    contrast = []
    for distance in (1.054, 0.9):
        picture, _ = reconstruct(field, Optical(optical.wavelength, optical.pitch, distance, lobe), "fresnel")
        turned = np.roll(smooth(np.abs(picture) ** 2)[::-1, ::-1], (1, 1), (0, 1))
        scale = 1.054 / distance
        rows, cols = (round(512 + (k - 512) * scale) for k in (640, 511))
        pip = turned[rows - 4 : rows + 5, cols - 4 : cols + 5].mean()
        ring = turned[rows - 30 : rows + 31, cols - 30 : cols + 31].mean()
        contrast.append(pip / ring)
    assert contrast[0] < 0.5
    assert contrast[0] < 0.75 * contrast[1]


def test_the_cell_gives_the_field_of_an_independent_program(data_folder):
    """qpretrieve 0.2: 2 x padding, mean subtracted, disc of a third of the sideband's distance, its sideband +1."""
    data = np.load(data_folder / "qpretrieve/hologram_cell.npz")["data"].astype(float)
    peer = (-62 / 512, -104 / 512)
    found = find_sideband(data).frequency
    assert found == pytest.approx((-peer[0], -peer[1]), abs=1 / min(data.shape))
    field = isolate(data, Sideband(peer, float(np.hypot(*peer)) / 3), padding=2)
    assert field[32, 32] == pytest.approx(8.789079 - 16.319369j, abs=1e-6)


def test_the_background_of_the_cell_is_flat_and_the_cell_is_not(data_folder, tmp_path):
    files = np.load(data_folder / "qpretrieve/hologram_cell.npz")
    for name, key in (("def", "data"), ("ref", "bg_data")):
        np.save(tmp_path / f"{name}.npy", files[key])
    (tmp_path / "capture.toml").write_text(
        'kind = "off-axis"\n[optics]\nwavelength = "633 nm"\n[frames]\ndeformed = "def.npy"\nreference = "ref.npy"\n'
        '[off_axis]\ndistance = 0\n[processing]\nzero = [[5, 5], [200, 5], [5, 190], [200, 190]]\nremove = "tilt"\n'
    )
    found, _ = import_capture(tmp_path)
    phase = np.abs(found.phase)
    assert found.mask.mean() > 0.95
    corners = [phase[a, b] for a in (np.s_[5:25], np.s_[-25:-5]) for b in (np.s_[5:25], np.s_[-25:-5])]
    assert max(np.nanmedian(c) for c in corners) < 0.3
    assert np.nanmax(phase) > 1.0


def test_wavelength_and_pixel_come_from_the_file(data_folder, tmp_path):
    path = data_folder / "qpformat/single_hdf5_raw-oah.h5"
    (tmp_path / "capture.toml").write_text(
        f'kind = "off-axis"\n[frames]\ndeformed = "{path}"\n[off_axis]\ndistance = 0\n[processing]\nzero = "none"\n'
    )
    found, stages = import_capture(tmp_path)
    assert read_raw(path).metadata == pytest.approx(
        {"wavelength": 532e-9, "pixel size": 8.474994e-8}, rel=1e-6
    )
    assert found.length_unit == "m"
    assert found.x[0, 1] - found.x[0, 0] == pytest.approx(8.474994e-8, rel=1e-6)
    scale = np.nanmedian(found.displacement / found.phase)
    assert scale == pytest.approx(532e-9 / (4 * np.pi), rel=1e-9)
    assert any("undefined" in note for note in stages.warnings)


def test_a_tiff_hologram_has_its_lobe(data_folder):
    hologram = read_frames([data_folder / "qpformat/single_holo.tif"]).values[0]
    fx, fy = find_sideband(hologram).frequency
    assert fx > 0
    assert 0.1 < np.hypot(fx, fy) < 0.5


@pytest.mark.parametrize(("name", "shape"), [("im11.tif", (330, 428)), ("im1_f.tif", (512, 512))])
def test_tiff_of_an_image_editor_loads(data_folder, name, shape):
    frames = read_frames([data_folder / "fringeproc" / name])
    assert frames.values.shape == (1, *shape)
    assert frames.bits == 8
    assert frames.values.std() > 10


def test_zygo_surface_has_the_published_roughness(data_folder, tmp_path):
    pytest.importorskip("SurfaceTopography", reason="extra zygo is not installed")
    path = data_folder / "surfacetopography/metropro-1.dat"
    (tmp_path / "capture.toml").write_text(f'kind = "displacement"\n[frames]\nvalues = "{path}"\n')
    found, _ = import_capture(tmp_path)
    w = found.displacement
    assert w.shape == (480, 640)
    assert w.std() == pytest.approx(7.528822e-8, rel=1e-6)
    y, x = np.mgrid[:480, :640] / 640
    design = np.stack([np.ones(w.size), *(v.ravel() for v in (x, y, x * y, x**2, y**2))], axis=1)
    rest = w.ravel() - design @ np.linalg.lstsq(design, w.ravel(), rcond=None)[0]
    assert rest.std() == pytest.approx(3.911386e-9, rel=1e-4)


def test_universal_files_load(data_folder):
    kinds = {p.name: [r["type"] for r in read_uff(p)] for p in sorted((data_folder / "pyuff").glob("*.uff"))}
    assert kinds["uff55_translation.uff"] == [55, 55, 55]
    assert kinds["uff55_sample_test_record10.uff"] == [55]
    assert kinds["2411_and_2414.uff"].count(2414) == 10
    shapes = read_uff(data_folder / "pyuff/uff55_translation.uff")
    assert [s["freq"] for s in shapes] == [10.0, 12.0, 13.0]


def test_a_mode_shape_on_nodes_becomes_an_image_on_its_own_axes(data_folder, tmp_path):
    """The plate of 21 x 21 nodes: its first shape of a universal file, on the nodes' coordinates."""
    path = data_folder / "pyuff/2411_and_2414.uff"
    nodes = next(r for r in read_uff(path) if r["type"] == 2411)
    (tmp_path / "capture.toml").write_text(
        f'kind = "displacement"\n[frames]\nvalues = "{path}"\ndataset = "1"\n[vibration]\nfrequency = "0.956363 Hz"\n'
    )
    found, _ = import_capture(tmp_path)
    assert found.mask.shape == (21, 21)
    assert found.kind == "mode"
    spread = [np.sort(np.unique(np.round(v, 9))) for v in (found.x, found.y)]
    flat = [k for k in "xyz" if np.ptp(nodes[k]) > 0]
    for axis, name in zip(spread, flat, strict=True):
        np.testing.assert_allclose(axis, np.unique(np.round(nodes[name], 9)), atol=1e-6)


CAPTURES = {
    "CoppFoil_4PS.bmp": ("wrapped-phase", 0.467, 25.9),
    "ESPI4.tif": ("wrapped-phase", 0.67, 31.7),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_wrapped_phase_from_file_to_deflection(data_folder, tmp_path, name):
    """Share of the picture in the mask and peak to valley (1 to 99%) of the phase, through the whole chain."""
    from holography.batch import import_many

    _, share, peak_to_valley = CAPTURES[name]
    (tmp_path / "capture.toml").write_text(
        'kind = "wrapped-phase"\n[optics]\nwavelength = "532 nm"\n'
        f'[frames]\nwrapped = "{data_folder / "fringeproc" / name}"\n'
    )
    (status,) = import_many([tmp_path], tmp_path / "out")
    found = read_deformation(status.output)
    assert found.mask.mean() == pytest.approx(share, abs=0.01)
    assert np.ptp(np.percentile(found.phase[found.mask], [1, 99])) == pytest.approx(peak_to_valley, abs=0.15)
    flagged = found.mask & (found.quality == 0)
    if name == "ESPI4.tif":
        rows, cols = np.nonzero(flagged)
        assert 0 < flagged.sum() < 400
        assert 300 < rows.mean() < 420, "the lower left bump"
        assert 100 < cols.mean() < 220
    else:
        assert found.provenance["used"]["residues after filtering"] == 0
        assert not flagged.any()


def test_a_map_smoothed_as_grey_levels_is_worth_nothing(data_folder, tmp_path):
    (tmp_path / "capture.toml").write_text(
        'kind = "wrapped-phase"\n[optics]\nwavelength = "532 nm"\n'
        f'[frames]\nwrapped = "{data_folder / "fringeproc/CoppFoil_1SHFilter.bmp"}"\n'
    )
    found, stages = import_capture(tmp_path)
    assert found.quality.max() == 0
    assert any("grey levels" in note for note in stages.warnings)


def test_vibration_fringes_from_file_to_amplitude(data_folder, tmp_path):
    (tmp_path / "capture.toml").write_text(
        'kind = "time-average"\n[optics]\nwavelength = "532 nm"\n'
        f'[frames]\ndeformed = "{data_folder / "fringeproc/2modos_holography.tif"}"\n[vibration]\nfrequency = "1 kHz"\n'
    )
    found, stages = import_capture(tmp_path)
    argument = 4 * np.pi / 532e-9 * found.displacement
    assert 8.65 < argument.max() < 11.79
    assert 8.65 < -argument.min() < 11.79
    assert found.kind == "mode"
    assert stages.used["antinodes"] == 2


def test_phase_shifting_with_unknown_steps_from_file_to_deflection(data_folder, tmp_path):
    (tmp_path / "capture.toml").write_text(
        'kind = "phase-shift"\n[optics]\nwavelength = "654 nm"\n'
        f'[frames]\ndeformed = "{data_folder / "mlpeck_zernike/Image*.jpg"}"\n'
        '[phase_steps]\nsteps = "estimate"\n[processing]\nzero = "none"\n'
    )
    found, stages = import_capture(tmp_path)
    names = [entry["file"].rsplit("/", 1)[-1] for entry in found.provenance["inputs"]][1:]
    assert names == [f"Image{k}.jpg" for k in range(5, 17)]
    steps = np.diff(stages.used["steps of deformed (deg)"])
    assert steps.min() > 55
    assert steps.max() < 66.5
    assert any("JPEG" in note and "11 more" in note for note in stages.warnings)
    y, x = np.mgrid[:600, :800]
    u, v = (x - 391.5) / 273.1, (y - 299.5) / 273.1
    pupil = found.mask & (u**2 + v**2 < 1)
    design = np.stack([np.ones(pupil.sum()), u[pupil], v[pupil], (u**2 + v**2)[pupil]], axis=1)
    phase = found.phase[pupil]
    rest = phase - design @ np.linalg.lstsq(design, phase, rcond=None)[0]
    assert rest.std() / (2 * np.pi) == pytest.approx(0.3912, abs=0.01)
