"""Measured wrapped phases, from the picture to the unwrapped surface, against what others found in them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage, optimize, special

from holography.filtering import coherence, follow, local_slope
from holography.phase import coherence_mask, filter_complex, jumps_missing, residues, wrap
from holography.pipeline import import_capture
from holography.unwrap import Unwrapped, unwrap
from landscape.topography.regions import find_regions
from landscape.topography.surface import grid_surface

pytestmark = pytest.mark.real
SIGMA, PASSES = 1.5, 3


@dataclass(frozen=True)
class Surface:
    """A measured phase after filtering and unwrapping."""

    mask: NDArray
    smooth: NDArray
    flat: Unwrapped


def wrapped_phase(path: Path) -> NDArray:
    import cv2

    return 2 * np.pi * cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(float) / 256 - np.pi


@pytest.fixture(scope="module")
def foil(data_folder: Path) -> Surface:
    """The copper foil in its dipole mode, by the plain Gaussian."""
    field = np.exp(1j * wrapped_phase(data_folder / "fringeproc" / "CoppFoil_4PS.bmp"))
    mask = coherence_mask(coherence(field, local_slope(field)))
    smooth = np.angle(filter_complex(field, SIGMA, PASSES, mask=mask))
    return Surface(mask, smooth, unwrap(smooth, mask))


@pytest.fixture(scope="module")
def windows(data_folder: Path) -> Surface:
    """The plate with three bulging windows, by the Gaussian that follows its dense fringes."""
    field = np.exp(1j * wrapped_phase(data_folder / "fringeproc" / "ESPI4.tif"))
    slope = local_slope(field)
    mask = coherence_mask(coherence(field, slope))
    smooth = np.angle(follow(field, mask, SIGMA * np.sqrt(PASSES), slope))
    return Surface(mask, smooth, unwrap(smooth, mask))


def spread(surface: Surface) -> float:
    return float(np.ptp(np.percentile(surface.flat.phase[surface.mask], [1, 99])))


def test_foil_is_unwrapped_without_a_residue(foil):
    assert 100 * foil.mask.mean() == pytest.approx(46.7, abs=1)
    assert foil.flat.residues == 0
    assert foil.flat.method == "quality"
    assert not foil.flat.suspicious.any()
    assert spread(foil) == pytest.approx(25.9, abs=0.2)


def test_foil_moves_in_the_first_dipole_mode_of_a_clamped_disc(foil):
    """ψ = [J₁(κr) − J₁(κ)/I₁(κ) I₁(κr)] cos(θ − θ₀), J₁(κ) I₁'(κ) = J₁'(κ) I₁(κ): κ² = 21.26."""
    largest = foil.flat.components == 1 + np.argmax(np.bincount(foil.flat.components.ravel())[1:])
    rows, cols = np.nonzero(largest)
    measured = foil.flat.phase[largest]

    def rim(k: float) -> float:
        return special.j1(k) * special.ivp(1, k) - special.jvp(1, k) * special.i1(k)

    kappa = optimize.brentq(rim, 4, 5)
    assert kappa**2 == pytest.approx(21.26, abs=0.005)

    def modes(disc: NDArray) -> NDArray:
        x, y = (cols - disc[0]) / disc[2], (rows - disc[1]) / disc[2]
        r, angle = np.minimum(np.hypot(x, y), 1), np.arctan2(y, x)
        radial = special.j1(kappa * r) - special.j1(kappa) / special.i1(kappa) * special.i1(kappa * r)
        return np.stack([radial * np.cos(angle), radial * np.sin(angle), np.ones_like(r)], axis=1)

    def misfit(disc: NDArray) -> NDArray:
        basis = modes(disc)
        return basis @ np.linalg.lstsq(basis, measured, rcond=None)[0] - measured

    disc = optimize.least_squares(misfit, [400.0, 400.0, 310.0]).x
    basis = modes(disc)
    weights = np.linalg.lstsq(basis, measured, rcond=None)[0]
    mode, shape = basis[:, :2] @ weights[:2], measured - weights[2]
    assert disc == pytest.approx([394.5, 393.5, 323], abs=1)
    assert np.std(misfit(disc)) == pytest.approx(0.24, abs=0.01)
    assert (mode @ shape) ** 2 / (mode @ mode) / (shape @ shape) == pytest.approx(0.9985, abs=0.0005)


def test_a_map_filtered_as_grey_levels_is_flagged_as_bad(data_folder, tmp_path):
    folder = data_folder / "fringeproc"
    bad, good = (wrapped_phase(folder / name) for name in ("CoppFoil_1SHFilter.bmp", "CoppFoil_4PS.bmp"))
    assert jumps_missing(bad)
    assert not jumps_missing(good)
    (tmp_path / "capture.toml").write_text(
        'kind = "wrapped-phase"\n[optics]\nwavelength = "532 nm"\n'
        f"[frames]\nwrapped = '{folder / 'CoppFoil_1SHFilter.bmp'}'\n"
    )
    deformation, stages = import_capture(tmp_path)
    assert not deformation.quality.any()
    assert any("grey levels" in note for note in stages.warnings)


def test_windows_keep_one_residue_pair_in_the_lower_left_bump_and_it_is_flagged(windows):
    assert 100 * windows.mask.mean() == pytest.approx(67, abs=1)
    assert spread(windows) == pytest.approx(31.7, abs=0.2)
    rows, cols = np.nonzero(residues(wrap(windows.smooth), windows.mask))
    assert len(rows) == 2
    assert np.all((rows > 310) & (rows < 410) & (cols > 130) & (cols < 220))
    assert windows.flat.residues == 2
    assert windows.flat.method == "ilp"
    assert windows.flat.suspicious[rows, cols].all()
    labels, count = ndimage.label(windows.flat.suspicious)
    assert count == 1
    assert 20 < np.count_nonzero(labels) < 1000


def test_windows_have_exactly_three_regions(windows):
    """A maximum counts when it rises by a fringe order, the least that unwrapping can err by."""
    sound = windows.mask & ~windows.flat.suspicious
    rim = sound & ~ndimage.binary_erosion(windows.mask, iterations=8)
    bulge = np.median(windows.flat.phase[rim]) - windows.flat.phase
    rows, cols = sound.shape
    regions = find_regions(
        grid_surface(bulge, sound, np.arange(cols), np.arange(rows)[::-1]), noise=2 * np.pi
    )
    assert len(regions.peaks.values) == 3
    middles = np.array([regions.peaks.points[:, 0], rows - 1 - regions.peaks.points[:, 1]]).T
    np.testing.assert_allclose(middles, [[299, 296], [176, 362], [182, 231]], atol=12)
