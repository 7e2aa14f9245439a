"""The filter that capture.toml asks for: the field to unwrap, and the filtered phase with its standard deviation."""

from dataclasses import dataclass

import numpy as np

from holography import filtering, phase
from holography.noise import correlated_noise
from holography.schema import Processing
from holography.signals import Field, Mask, Real, Signal
from holography.uncertainty import filtered_sigma, mean_square, pixel_sigma
from holography.windowed import SIGMA, filter_windowed_fourier
from landscape.errors import InputError


@dataclass(frozen=True)
class Smoothed:
    """Unwrapped phase after the filter and its standard deviation, both (rows, cols) in rad.

    ``pixel_noise`` is the rms noise (rad) of single pixels before it.
    """

    phase: Real
    sigma: Real
    pixel_noise: float


def gaussian_width(setting: Processing, grain: int) -> float:
    """Width in pixels of the Gaussian that equals all passes; the default sigma grows with the speckle grain."""
    own = setting.filter == "gaussian" and "sigma" in setting.model_fields_set
    default = float(Processing.model_fields["sigma"].default)
    sigma = setting.sigma if own else default * max(1.0, grain / 2)
    return float(sigma * np.sqrt(setting.passes))


def window_width(setting: Processing) -> float:
    """Width in pixels of the window of the windowed-Fourier filter: ``sigma`` where it is given."""
    return setting.sigma if "sigma" in setting.model_fields_set else SIGMA


def filter_width(setting: Processing, grain: int) -> float:
    """Width in pixels of the filter that is used, 0 without one."""
    if setting.filter == "none":
        return 0.0
    return gaussian_width(setting, grain) if setting.filter == "gaussian" else window_width(setting)


def require_narrow(setting: Processing, shape: tuple[int, int]) -> None:
    """Raise ``InputError`` for a filter that would smooth the plate itself away: wider than a quarter of the picture."""
    width = filter_width(setting, 1)
    if width > min(shape) / 4:
        raise InputError(
            f"processing.sigma: the filter is {width:.4g} pixels wide (sigma times the root of passes), too much for a "
            f"picture of {shape[1]} x {shape[0]}.",
            "Usual values are sigma = 1.5 and passes = 3.",
        )


def to_unwrap(raw: Field, mask: Mask, setting: Processing, slope: tuple[Real, Real], grain: int) -> Field:
    """The field to unwrap, filtered along its fringes."""
    if setting.filter == "none":
        return np.where(mask, raw, 0)
    if setting.filter == "windowed-fourier":
        return filter_windowed_fourier(np.where(mask, phase.unit(raw), 0), window_width(setting))
    return filtering.follow(raw, mask, gaussian_width(setting, grain), slope)


def smooth_phase(raw: Field, unwrapped: Real, mask: Mask, setting: Processing, signal: Signal) -> Smoothed:
    """Filtered phase from the ``unwrapped`` one; its sigma: noise, systematic part of the kind, bias of the filter."""
    width, grain, systematic = gaussian_width(setting, signal.grain), signal.grain, signal.systematic
    done, response = filtering.refine(raw, unwrapped, mask, width), filtering.response()
    single = float(np.sqrt(np.mean(np.angle((done.flat * np.conj(done.smooth))[mask]) ** 2)))
    if setting.filter == "none":
        noise = pixel_sigma(done.flat, done.smooth, mask, width=width, grain=grain, response=response)
        return Smoothed(unwrapped, np.sqrt(noise**2 + systematic**2), single)
    if setting.filter == "windowed-fourier":
        noise = _sigma_by_repetition(raw, unwrapped, mask, window_width(setting), signal)
        return Smoothed(unwrapped, np.sqrt(noise**2 + systematic**2), single)
    noise = filtered_sigma(
        done.flat, done.smooth, mask, width=width, grain=grain, radius=signal.radius, response=response
    )
    return Smoothed(done.phase, np.sqrt(noise**2 + done.change**2 + systematic**2), single)


def _sigma_by_repetition(raw: Field, unwrapped: Real, mask: Mask, width: float, signal: Signal) -> Real:
    """Standard deviation (rad) of a windowed-Fourier phase, whose thresholds make it no linear filter.

    The misfit of every speckle is given a random sign, put onto the filtered phase, and filtered again: the local rms
    of what changes. Source: the wild bootstrap, Wu, Ann. Statist. 14, 1261 (1986), doi:10.1214/aos/1176350142.
    """
    area = signal.grain**2 if signal.radius is None else 1 / (np.pi * signal.radius**2)
    signs = np.sign(correlated_noise(mask.shape, max(area, 1.0), np.random.default_rng(0)))
    smooth = np.where(mask, np.exp(1j * np.nan_to_num(unwrapped)), 0)
    misfit = np.angle(raw * np.conj(smooth))
    again = filter_windowed_fourier(smooth * np.exp(1j * misfit * signs), width)
    change = np.where(mask, np.angle(again * np.conj(smooth)), 0.0)
    return np.where(mask, np.sqrt(mean_square(change, mask, signal.grain)), np.nan)
