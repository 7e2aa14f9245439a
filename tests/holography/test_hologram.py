"""Off-axis holograms: the lobe is found, cut out, and carried back to where the plate is."""

import numpy as np
import pytest
import scipy.fft

from holography.hologram import Optical, angular_spectrum, check_focus, choose_method, fresnel, reconstruct
from holography.lobes import Sideband, find_direction, find_sideband, isolate
from holography.synthetic import speckle
from landscape.errors import InputError

ROWS, COLS = 192, 256
DEEP = 0.1
"""Distance (m) at which 5% out of focus is 3 pixels of blur."""
Y, X = np.mgrid[:ROWS, :COLS].astype(float)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def tilted(fx: float, fy: float, size: float = 1.0) -> np.ndarray:
    return size * np.exp(2j * np.pi * (fx * X + fy * Y))


def band(wave: np.ndarray, radius: float) -> np.ndarray:
    fy, fx = scipy.fft.fftfreq(ROWS)[:, None], scipy.fft.fftfreq(COLS)[None, :]
    return scipy.fft.ifft2(scipy.fft.fft2(wave) * (np.hypot(fx, fy) < radius))


@pytest.mark.parametrize(
    ("recorded", "wanted"),
    [
        ((0.2, 0.1), (0.2, 0.1)),
        ((0.2, -0.1), (0.2, -0.1)),
        ((-0.2, 0.1), (0.2, -0.1)),
        ((0.0, -0.25), (0.0, 0.25)),
    ],
)
def test_a_plane_wave_gives_its_own_frequency_on_the_agreed_side(recorded, wanted):
    hologram = np.abs(tilted(*recorded, 2.0) + 1) ** 2
    assert find_sideband(hologram).frequency == pytest.approx(wanted, abs=0.5 / ROWS)


def test_a_speckle_lobe_gives_its_centre_of_gravity(rng):
    wave = band(speckle((ROWS, COLS), 1, rng), 0.08)
    hologram = np.abs(4 * np.abs(wave).mean() * tilted(-0.25, -0.2) + wave) ** 2
    found = find_sideband(hologram)
    assert found.frequency == pytest.approx((0.25, 0.2), abs=0.01)
    assert found.radius == pytest.approx(np.hypot(0.25, 0.2) / 3, rel=0.05)


def test_the_lobe_comes_out_as_it_went_in_without_zero_order_and_twin(rng):
    """With R of unit modulus the lobe is O R* itself: O on the grid of frequencies comes back to rounding."""
    wave = band(speckle((ROWS, COLS), 1, rng), 0.05)
    carrier = (64 / COLS, 48 / ROWS)
    hologram = np.abs(tilted(-carrier[0], -carrier[1]) + wave) ** 2
    found = isolate(hologram, Sideband(carrier, 0.0501))
    np.testing.assert_allclose(found, wave, atol=1e-12)
    kept = isolate(hologram, Sideband(carrier, 0.0501), keep_carrier=True)
    np.testing.assert_allclose(kept, wave * tilted(*carrier), atol=1e-12)


def test_the_other_lobe_is_the_conjugate(rng):
    hologram = np.abs(2 * tilted(-0.25, -0.25) + band(speckle((ROWS, COLS), 1, rng), 0.05)) ** 2
    one, other = (isolate(hologram, Sideband((s * 0.25, s * 0.25), 0.06)) for s in (1, -1))
    np.testing.assert_allclose(other, np.conj(one), atol=1e-10)


def test_noise_has_no_lobe_and_a_lobe_on_the_zero_order_is_refused(rng):
    with pytest.raises(InputError, match="sideband"):
        find_sideband(rng.normal(size=(ROWS, COLS)))
    with pytest.raises(InputError, match="not a lobe"):
        isolate(np.ones((ROWS, COLS)), Sideband((0.0, 0.0), 0.1))
    with pytest.raises(InputError, match="not a lobe"):
        isolate(np.ones((ROWS, COLS)), Sideband((0.6, 0.0), 0.1))


def sensor_wave(point: tuple[float, float], optical: Optical) -> np.ndarray:
    """exp(+ikr) of a point of the plate at (x, y) m from the axis, on the sensor (paraxial)."""
    x = (X - COLS // 2) * optical.pitch - point[0]
    y = (Y - ROWS // 2) * optical.pitch - point[1]
    return np.exp(1j * np.pi / (optical.wavelength * optical.distance) * (x**2 + y**2))


@pytest.mark.parametrize("lobe", [1, -1])
def test_fresnel_focuses_a_point_where_it_is(lobe):
    optical = Optical(532e-9, 6.8e-6, 0.5, lobe)
    pixel = (532e-9 * 0.5 / (COLS * 6.8e-6), 532e-9 * 0.5 / (ROWS * 6.8e-6))
    point = (30 * pixel[0], -20 * pixel[1])
    wave = sensor_wave(point, optical)
    picture, found = fresnel(wave if lobe > 0 else np.conj(wave), optical)
    assert found == pytest.approx(pixel)
    assert np.unravel_index(np.argmax(np.abs(picture)), picture.shape) == (ROWS // 2 - 20, COLS // 2 + 30)
    assert np.abs(picture).max() ** 2 == pytest.approx(ROWS * COLS, rel=1e-9)


def test_angular_spectrum_undoes_the_way_and_keeps_the_energy(rng):
    wave = band(speckle((ROWS, COLS), 1, rng), 0.2)
    there = angular_spectrum(wave, Optical(532e-9, 6.8e-6, -0.02))
    back = angular_spectrum(there, Optical(532e-9, 6.8e-6, 0.02))
    np.testing.assert_allclose(back, wave, atol=1e-10)
    assert np.sum(np.abs(there) ** 2) == pytest.approx(np.sum(np.abs(wave) ** 2))


def test_a_plane_wave_gains_the_phase_of_its_way():
    """k d cos(theta) is taken away from exp(+ikr); the conjugate lobe gains it."""
    wave, angle = tilted(32 / COLS, 0), 532e-9 * 32 / COLS / 6.8e-6
    turn = 2 * np.pi / 532e-9 * 0.01 * np.sqrt(1 - angle**2)
    for lobe in (1, -1):
        back = angular_spectrum(wave, Optical(532e-9, 6.8e-6, 0.01, lobe))
        np.testing.assert_allclose(back, wave * np.exp(-1j * lobe * turn), atol=1e-7)


def test_the_method_follows_the_sampling_of_the_chirp():
    assert choose_method((ROWS, COLS), Optical(532e-9, 6.8e-6, 0.0)) == "image-plane"
    limit = COLS * 6.8e-6**2 / 532e-9
    assert choose_method((ROWS, COLS), Optical(532e-9, 6.8e-6, 0.99 * limit)) == "angular-spectrum"
    assert choose_method((ROWS, COLS), Optical(532e-9, 6.8e-6, 1.01 * limit)) == "fresnel"


@pytest.mark.parametrize("lobe", [1, -1])
def test_focus_finds_distance_and_lobe(rng, lobe):
    optical = Optical(532e-9, 6.8e-6, DEEP)
    window = (np.abs(X - 60) < 25) & (np.abs(Y - 96) < 40)
    plate = window * speckle((ROWS, COLS), 1, rng)
    xi = [(np.arange(n) - n // 2) * 532e-9 * DEEP / (n * 6.8e-6) for n in (ROWS, COLS)]
    chirp = np.exp(1j * np.pi / (532e-9 * DEEP) * (xi[0][:, None] ** 2 + xi[1] ** 2))
    spread = scipy.fft.fftshift(scipy.fft.fft2(scipy.fft.ifftshift(plate * chirp), norm="ortho"))
    sensor = spread * sensor_wave((0, 0), optical)
    sensor = sensor if lobe > 0 else np.conj(sensor)
    focus = check_focus(sensor, optical, "fresnel")
    assert focus.lobe == lobe
    assert focus.best == pytest.approx(DEEP, rel=0.051)
    picture, _ = reconstruct(sensor, Optical(532e-9, 6.8e-6, DEEP, lobe), "fresnel")
    assert np.sum(np.abs(picture[window]) ** 2) > 0.999 * np.sum(np.abs(picture) ** 2)


def test_direction_of_a_lobe_as_wide_as_the_spectrum(rng):
    fx = scipy.fft.fftfreq(COLS)[None, :] * np.ones((ROWS, 1))
    wide = scipy.fft.ifft2(scipy.fft.fft2(speckle((ROWS, COLS), 1, rng)) * ((fx > 0.08) & (fx < 0.45)))
    hologram = np.abs(5 * np.abs(wide).mean() + wide) ** 2
    found = find_direction(hologram)
    assert found.radius is None
    assert abs(np.arctan2(found.frequency[1], found.frequency[0])) < 0.15
