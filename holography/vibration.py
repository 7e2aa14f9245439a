"""Amplitude of a vibrating plate: time-averaged fringes |J0|, and the ratio of a sideband to its carrier.

A surface vibrating with peak amplitude a turns the light's phase by x cos ωt with x = s a, s the sensitivity
in rad/m (4π/λ for normal light and view). Time averaging leaves the intensity J0²(x), sideband n the field
Jn(x).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from holography.phase import check_same_shape, gaussian_complex
from holography.rings import DIP, Labels, Pairs, antinode_signs, beyond_crest, find_antinodes, fringe_orders
from holography.unwrap import unwrap
from landscape.errors import InputError

Real = NDArray[np.float64]
Mask = NDArray[np.bool_]

HIGHEST_ORDER = 30
"""Dark fringes up to which amplitudes are read."""


@dataclass(frozen=True)
class TimeAverage:
    """Amplitude read from time-averaged fringes.

    ``amplitude`` (r, c) in m, signed; ``sigma`` (r, c) in m; ``argument`` x (r, c) in rad, signed like the
    amplitude; ``order`` (r, c) dark fringes between a pixel and the plate at rest; ``antinodes`` (r, c)
    labels 1..n, 0 outside the mask, and ``signs`` (n,) of ±1. The common sign is free: the largest antinode
    is positive. ``assumed`` lists pairs of antinodes whose relative sign is a guess, because no bright nodal
    line is seen between them; ``conflicts`` pairs which the other signs contradict. ``turned`` (r, c) in m is by how
    much the amplitude is larger if the top of an antinode has passed a crest of |J0| without a dip that is seen.
    """

    amplitude: Real
    sigma: Real
    argument: Real
    order: Labels
    antinodes: Labels
    signs: NDArray[np.int8]
    assumed: Pairs
    conflicts: Pairs
    turned: Real


def time_average_amplitude(
    intensity: Real,
    sensitivity: float,
    *,
    rest: Real | None = None,
    mask: Mask | None = None,
    sigma: float = 1.5,
) -> TimeAverage:
    """Signed amplitude from intensity ∝ J0²(s a): ring orders, inversion of J0² between the rings, signs.

    ``intensity`` (r, c); ``rest`` the same view of the plate at rest, else the brightest 1% counts as rest
    and the darkest as no light; ``sensitivity`` s in rad/m; ``sigma`` in pixels smooths the intensity. Bright
    fringes are the catchments of √intensity; a fringe brighter than all its neighbours is at rest, and each
    dark fringe crossed raises the order by one. On one side of a bright fringe of order n, J0² is inverted
    between the zeros j₀ₙ and j₁ₙ, on the other between j₁ₙ and j₀ₙ₊₁. The sign changes where two antinodes
    meet below the first dark fringe. Raises `InputError` when there are no fringes.

    Source: R. L. Powell & K. A. Stetson, J. Opt. Soc. Am. 55, 1593 (1965), doi:10.1364/JOSA.55.001593.
    """
    inside = np.ones(intensity.shape, dtype=bool) if mask is None else mask
    check_same_shape("mask", intensity, inside)
    if not inside.any():
        raise InputError("time average: the mask is empty.", "Give a mask of the plate.")
    bright, noise = _normalised(intensity, rest, inside, sigma)
    fringes, order = fringe_orders(np.sqrt(bright), inside)
    argument, turned = _invert(bright, fringes, order)
    pixel_order = np.where(inside, order[fringes], 0).astype(np.int32)
    antinodes = find_antinodes(argument, inside)
    signs, assumed, conflicts = antinode_signs(argument, antinodes)
    signed = np.where(inside, argument * np.concatenate([[1], signs])[antinodes], np.nan)
    spread = _argument_sigma(argument, noise)
    return TimeAverage(
        amplitude=signed / sensitivity,
        sigma=np.where(inside, spread / sensitivity, np.nan),
        argument=signed,
        order=pixel_order,
        antinodes=antinodes,
        signs=signs,
        assumed=assumed,
        conflicts=conflicts,
        turned=np.where(inside, turned, 0.0) / sensitivity,
    )


def _normalised(intensity: Real, rest: Real | None, inside: Mask, sigma: float) -> tuple[Real, Real]:
    """Smoothed J0² in [0, 1] and its standard deviation, (r, c) each."""
    values = np.where(inside, np.asarray(intensity, dtype=float), 0.0)
    if rest is None:
        low, high = np.percentile(values[inside], [0.5, 99])
        values, reference = values - low, np.full(values.shape, high - low)
    else:
        check_same_shape("rest", values, rest)
        reference = _masked_mean(np.asarray(rest, dtype=float), inside, max(3 * sigma, 3.0))
    if not np.all(reference[inside] > 0):
        raise InputError(
            "time average: the image has no contrast, or the plate at rest is dark somewhere in the mask."
        )
    ratio = np.divide(values, reference, out=np.zeros_like(values), where=inside)
    smooth = _masked_mean(ratio, inside, sigma)
    variance = _masked_mean((ratio - smooth) ** 2, inside, 4 * sigma)
    looks = max(4 * np.pi * sigma**2, 1.0)
    blur = sigma**2 / 2 * ndimage.gaussian_laplace(smooth, 2 * sigma)
    return np.clip(smooth, 0, 1), np.sqrt(variance / looks + blur**2)


def _masked_mean(values: Real, inside: Mask, sigma: float) -> Real:
    weight = ndimage.gaussian_filter(inside.astype(float), sigma, mode="nearest")
    total = ndimage.gaussian_filter(np.where(inside, values, 0.0), sigma, mode="nearest")
    return np.divide(total, weight, out=np.zeros_like(total), where=inside)


def _invert(bright: Real, fringes: Labels, order: NDArray[np.int64]) -> tuple[Real, Real]:
    """x (r, c) from J0², on the branch given by the order of the fringe and the side of its crest.

    Also by how much x is larger on the other side of the crest, where a dip may hide: 0 where the side is known.
    """
    height = np.sqrt(bright)
    zeros = np.concatenate([[0.0], special.jn_zeros(0, HIGHEST_ORDER + 1)])
    crests = np.concatenate([[0.0], special.jn_zeros(1, HIGHEST_ORDER + 1)])
    beyond = beyond_crest(height, fringes, order)
    argument, turned = np.zeros_like(bright), np.zeros_like(bright)
    for label in range(1, len(order)):
        n = min(int(order[label]), HIGHEST_ORDER)
        here = fringes == label
        crest = abs(special.j0(crests[n]))
        values = height[here] * min(1.0, crest / np.percentile(height[here], 95)) if n else height[here]
        rising, falling = np.linspace(zeros[n], crests[n], 300), np.linspace(crests[n], zeros[n + 1], 300)
        after = np.interp(values, np.abs(special.j0(falling[::-1])), falling[::-1])
        before = np.interp(values, np.abs(special.j0(rising)), rising) if n else after
        argument[here] = np.where(beyond[here], after, before)
        if not beyond[here].any():
            turned[here] = np.where(values > crest - DIP, after - before, 0.0)
    return argument, turned


def _argument_sigma(argument: Real, noise: Real) -> Real:
    """σ_x = σ / |dJ0²/dx|, at the extrema of J0² limited by its curvature: σ_x = √(2σ / |d²J0²/dx²|)."""
    j0, j1 = special.j0(argument), special.j1(argument)
    slope = 2 * np.abs(j0 * j1)
    j1_slope = j0 - np.divide(j1, argument, out=np.full_like(argument, 0.5), where=argument > 1e-9)
    curvature = 2 * np.abs(j1**2 - j0 * j1_slope)
    steep = np.divide(noise, slope, out=np.full_like(noise, np.inf), where=slope > 0)
    return np.minimum(steep, np.sqrt(2 * noise / curvature))


@dataclass(frozen=True)
class SidebandAmplitude:
    """Amplitude from one sideband and the carrier.

    ``amplitude`` (r, c) in m, NaN outside ``mask``; positive where most of the plate moves in phase with its
    strongest part, and without sign for even orders. ``quadrature`` is the share of the ratio's energy out of
    phase with it: 0 for a real mode. ``mask`` drops pixels where no light is left.
    """

    amplitude: Real
    mask: Mask
    quadrature: float


def sideband_amplitude(
    sideband: NDArray[np.complexfloating[Any, Any]],
    carrier: NDArray[np.complexfloating[Any, Any]],
    order: int,
    sensitivity: float,
    *,
    mask: Mask | None = None,
    sigma: float = 1.5,
) -> SidebandAmplitude:
    """Peak amplitude from the ratio of sideband n to the carrier, E_n / E_0 = J_n(s a) / J_0(s a) e^{iθ}.

    ``sideband`` and ``carrier`` (r, c) complex fields with the same speckle, averaged over a Gaussian of
    ``sigma`` pixels; ``sensitivity`` s in rad/m. For small amplitudes |E_1/E_0| = s a / 2 = 2π a / λ. For
    order 1 the angle atan2(J_1, J_0) grows steadily with x, so it is unwrapped and any amplitude is read,
    zero at the rim of the mask; for higher orders x must stay below 2.40, the first zero of J_0. Raises
    `InputError` for order < 1, unequal sizes or an empty mask.

    Source: N. Verrier & M. Atlan, Opt. Lett. 38, 739 (2013), doi:10.1364/OL.38.000739.
    """
    if order < 1:
        raise InputError(
            f"sideband: needed an order of 1 or more, got {order}.", "Order 0 is the carrier itself."
        )
    check_same_shape("carrier", sideband, carrier)
    inside = np.ones(carrier.shape, dtype=bool) if mask is None else mask
    check_same_shape("mask", sideband, inside)
    product = gaussian_complex(np.where(inside, sideband * np.conj(carrier), 0), sigma)
    power = [
        ndimage.gaussian_filter(np.where(inside, np.abs(field) ** 2, 0), sigma)
        for field in (sideband, carrier)
    ]
    lit = inside & (
        power[0] + power[1] > 1e-3 * np.median((power[0] + power[1])[inside] if inside.any() else 0)
    )
    if not lit.any():
        raise InputError("sideband: no lit pixel in the mask.", "Check the mask and the reconstruction.")
    turn = np.exp(-0.5j * np.angle(np.sum(product[lit] ** 2)))
    real, imaginary = (product * turn).real, (product * turn).imag
    quadrature = float(np.sum(imaginary[lit] ** 2) / np.sum(np.abs(product[lit]) ** 2))
    argument = _first_order(real, power, lit) if order == 1 else _higher_order(real, power[1], order)
    strongest = argument[lit][np.argmax(np.abs(argument[lit]))]
    argument = argument * (np.sign(strongest) or 1.0)
    return SidebandAmplitude(np.where(lit, argument / sensitivity, np.nan), lit, quadrature)


def _first_order(real: Real, power: list[Real], lit: Mask) -> Real:
    """x from the angle of (J_0, J_1) modulo π, unwrapped and zero at the rim of the mask."""
    angle = 0.5 * np.arctan2(2 * real, power[1] - power[0])  # tan 2θ = 2 J0 J1 / (J0² − J1²)
    smooth = unwrap(2 * angle, lit).phase / 2
    rim = lit & ~ndimage.binary_erosion(lit)
    smooth = smooth - np.pi * np.rint(np.nanmedian(smooth[rim]) / np.pi)
    x = np.linspace(0, 3 * HIGHEST_ORDER, 600 * HIGHEST_ORDER)
    theta = np.unwrap(np.arctan2(special.j1(x), special.j0(x)))
    return np.sign(smooth) * np.interp(np.abs(smooth), theta, x)


def _higher_order(real: Real, power: Real, order: int) -> Real:
    """x on the first branch of J_n / J_0, with the sign of the ratio for odd orders."""
    x = np.linspace(0, special.jn_zeros(0, 1)[0] - 1e-6, 4000)
    ratio = np.divide(real, power, out=np.zeros_like(real), where=power > 0)
    value = np.interp(np.abs(ratio), special.jv(order, x) / special.j0(x), x)
    return value * np.sign(ratio) if order % 2 else value
