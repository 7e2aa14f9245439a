"""How singular the deflection is at a corner, and how fine elements have to be there."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from landscape.plate import Support

Complex = NDArray[np.complex128]
Equation = Callable[[Complex], Complex]
SMOOTH = 4.0
"""Exponents above this leave the rate h⁸ of quintic elements alone."""
FINEST = 1e-8
"""The smallest element at a corner, as a share of those away from it: finer ones drown in rounding."""
STEP = 1e-6
"""Of the difference quotient in Newton's method."""


def exponent(angle: float, first: Support, second: Support, *, poisson: float = 0.3) -> float:
    """Return the smallest Re s of the corner fields w ~ r^{1+s} of finite energy, or ``SMOOTH`` if it is larger.

    ``angle`` (rad) inside the plate between edges held as ``first`` and ``second``. With k = (1−ν)/(3+ν):

        clamped–clamped      sin sα = ± s sin α                      free–free         sin sα = ± k s sin α
        clamped–supported    sin 2sα = s sin 2α                      free–supported    sin 2sα = −k s sin 2α
        clamped–free         sin² sα = (4 − (1−ν)² s² sin² α) / ((3+ν)(1−ν))
        supported–supported  1 + s ∈ {kπ/α, 2 ± kπ/α}

    s = 0 and 1 are plane motions. M. L. Williams, Proc. 1st US Nat. Congr. Appl. Mech., 325 (1952).
    """
    pair = frozenset((first, second))
    if pair == {Support.SUPPORTED}:
        return _supported(angle)
    return min(_smallest_root(equation) for equation in _equations(pair, angle, poisson))


def _equations(pair: frozenset[Support], angle: float, poisson: float) -> list[Equation]:
    """Return functions of s that vanish at the exponents between two kinds of edges."""
    k, sin, sin2 = (1 - poisson) / (3 + poisson), np.sin(angle), np.sin(2 * angle)

    def single(factor: float) -> Equation:
        return lambda s: np.sin(s * angle) - factor * s

    def double(factor: float) -> Equation:
        return lambda s: np.sin(2 * s * angle) - factor * s

    def mixed(s: Complex) -> Complex:
        right = 4 - ((1 - poisson) * s * sin) ** 2
        return (3 + poisson) * (1 - poisson) * np.sin(s * angle) ** 2 - right

    if pair == {Support.CLAMPED}:
        return [single(sin), single(-sin)]
    if pair == {Support.FREE}:
        return [single(k * sin), single(-k * sin)]
    if pair == {Support.CLAMPED, Support.SUPPORTED}:
        return [double(sin2)]
    if pair == {Support.FREE, Support.SUPPORTED}:
        return [double(-k * sin2)]
    return [mixed]


def _supported(angle: float) -> float:
    """Return the exponent between two supported edges; at α = π/n every field is smooth."""
    powers = [
        sign * k * np.pi / angle + shift for k in range(1, 9) for sign, shift in ((1, 0), (1, 2), (-1, 2))
    ]
    singular = [p for p in powers if p > 1 + 1e-9 and abs(p - round(p)) > 1e-9]
    return min([*(p - 1 for p in singular), SMOOTH])


def _smallest_root(function: Equation) -> float:
    """Return the smallest real part above 0 of a complex root, by Newton's method from a grid of starts.

    The roots 0 and 1 are passed over: they belong to plane motions at any angle, or merely touch the axis.
    """
    real, imaginary = np.meshgrid(np.linspace(0.05, SMOOTH, 30), np.linspace(0, 2.5, 4))
    s: Complex = (real + 1j * imaginary).ravel()
    for _ in range(20):
        slope = (function(s + STEP) - function(s - STEP)) / (2 * STEP)
        change = function(s) / np.where(slope == 0, 1, slope)
        s = s - change / np.maximum(1, np.abs(change) / 0.3)
        s = np.clip(s.real, -1, 2 * SMOOTH) + 1j * np.clip(s.imag, -6, 6)
    found = s[(np.abs(function(s)) < 1e-9) & (s.real > 0.02) & (np.abs(s - 1) > 1e-3)]
    return float(min([*found.real, SMOOTH]))


def corner_size(size: float, angle: float, supports: Sequence[Support], *, accuracy: float) -> float:
    """Return the element size at a corner that leaves a relative error ``accuracy`` in the eigenvalues.

    The error is taken as d² (h/R)^{2s}: R = 3 ``size`` is where elements have grown to ``size``, and the share
    d = |α − π|/(π/2) ≤ 1 vanishes on a straight edge, unless the supports change there. Without ``supports`` a
    single point is held, where w ~ r² ln r, s = 1. No size is below ``FINEST``·``size``.
    """
    if not supports:
        return float(np.clip(3 * accuracy**0.5, FINEST, 1) * size)
    straight = abs(angle - np.pi) < 1e-3
    if straight and supports[0] is supports[1]:
        return size
    share = 1.0 if supports[0] is not supports[1] else min(1.0, abs(angle - np.pi) / (np.pi / 2))
    s = exponent(angle, supports[0], supports[1])
    return float(np.clip(3 * (accuracy / share**2) ** (1 / (2 * s)), FINEST, 1) * size)
