"""Windowed-Fourier filter of a complex field."""

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from holography.phase import as_field, check_filter

Complex = NDArray[np.complexfloating[Any, Any]]
Real = NDArray[np.float64]

SIGMA = 10.0
"""Width of the window in pixels where none is given."""


def filter_windowed_fourier(
    field: NDArray, sigma: float = SIGMA, *, highest: float = 2.0, threshold: float | None = None
) -> Complex:
    """Windowed-Fourier filter: keep of every local spectrum only what stands above the noise.

    With g a normalised Gaussian and g_ω = g e^{iω·x}: z' = (Δω²/4π²) Σ_ω T(z * g_ω) * g_ω / ‖g‖² over a
    square of frequencies |ω_x|, |ω_y| ≤ ``highest`` (rad per pixel), T zeroing moduli below ``threshold``.
    Unlike a Gaussian it does not blur dense fringes; ``sigma`` in pixels must stay below the distance over
    which their spacing changes. By default the threshold is three times the noise of one local spectrum
    value, which is estimated from neighbour differences. A local spectrum is narrow, so each is computed on
    the few frequencies within 4/``sigma``, that is on a coarse grid. ``field`` is (r, c), complex or a phase
    in rad.

    Source: Q. Kemao, Opt. Lasers Eng. 45, 304 (2007), doi:10.1016/j.optlaseng.2005.10.012.
    """
    check_filter(sigma, 1)
    z = as_field(field)
    shape = [scipy.fft.next_fast_len(n + int(6 * sigma)) for n in z.shape]
    spectrum = scipy.fft.fft2(z, shape)
    cut = 3 * _white_noise(z) / (2 * sigma * np.sqrt(np.pi)) if threshold is None else threshold
    count = int(np.ceil(highest * sigma))
    centres = np.arange(-count, count + 1) / sigma
    rows, cols = ([_band(centre, sigma, n) for centre in centres] for n in shape)
    total = np.zeros_like(spectrum)
    for row, window_y in rows:
        for col, window_x in cols:
            window, block = window_y[:, None] * window_x, np.ix_(row, col)
            local = scipy.fft.ifft2(spectrum[block] * window)
            local[np.abs(local) < cut * spectrum.size / local.size] = 0
            if local.any():
                total[block] += scipy.fft.fft2(local, overwrite_x=True) * window
    return scipy.fft.ifft2(total)[: z.shape[0], : z.shape[1]] / np.pi


def _band(centre: float, sigma: float, length: int) -> tuple[NDArray[np.intp], Real]:
    """Frequency samples within 4/sigma of ``centre`` (rad per pixel), and the Gaussian window on them."""
    spacing = 2 * np.pi / length
    reach = min(int(np.ceil(4 / (sigma * spacing))), (length - 1) // 2)
    samples = round(centre / spacing) + np.arange(-reach, reach + 1)
    return samples % length, np.exp(-((samples * spacing - centre) ** 2) * sigma**2 / 2)


def _white_noise(field: Complex) -> float:
    """Rms of the white noise of a smooth complex field, from its second differences; zeros are gaps.

    No median: it would take the phasors of speckle, most of them good and a few of any phase, for twice as quiet.
    """
    bend = np.abs(field[:, :-2] - 2 * field[:, 1:-1] + field[:, 2:]) ** 2
    whole = (field[:, :-2] != 0) & (field[:, 1:-1] != 0) & (field[:, 2:] != 0)
    return float(np.sqrt(np.mean(bend, where=whole) / 6)) if whole.any() else 0.0
