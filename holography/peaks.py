"""The top of every region of a measured landscape: height, place and shape by a fit to thousands of pixels."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from landscape.topography.estimates import PEAK_CONSTANT, peak_constant

Real = NDArray[np.float64]
TOP = 0.4  # the fit takes the pixels above this share of the highest one
DEGREE = 4
FEWEST = 60  # pixels of a top that is fitted


class Pixels(Protocol):
    """What a fit needs of a measured landscape."""

    @property
    def values(self) -> Real:
        """L per pixel, s²."""
        ...

    @property
    def sigma(self) -> Real:
        """Standard deviation per pixel, s²."""
        ...

    @property
    def x(self) -> Real:
        """Plate x of every pixel."""
        ...

    @property
    def y(self) -> Real:
        """Plate y of every pixel."""
        ...

    @property
    def correlated(self) -> float:
        """Pixels over which the noise is one."""
        ...


@dataclass(frozen=True)
class Peaks:
    """``points`` (k, 2), ``values`` (k,) of L and its ``sigma`` (k,), ``constants`` (k,) c of the peak rule."""

    points: Real
    values: Real
    sigma: Real
    constants: Real

    def take(self, order: NDArray[np.intp]) -> "Peaks":
        """Return the chosen ones, in that order."""
        return Peaks(self.points[order], self.values[order], self.sigma[order], self.constants[order])


def fit_peaks(pixels: Pixels, calm: Real, labels: NDArray[np.intp], count: int) -> Peaks:
    """Fit √L by a polynomial of degree 4 over the top of each region and return its maximum.

    √L of a clamped ellipse is a quadratic, L = L₀(1 − x²/a² − y²/b²)², so few terms do. With s = √L at the
    maximum, H_L = 2 s H_s. σ follows from the fit's weights and the correlation area of the noise. ``calm`` (s²) is L with
    the noise smoothed: the pixels of the top are chosen by it, since those chosen by L itself lie too high.
    """
    found = [_fit(pixels, calm, labels == k + 1) for k in range(count)]
    points, tops, sigmas, constants = zip(*found, strict=True) if found else ((), (), (), ())
    return Peaks(np.array(points).reshape(-1, 2), np.array(tops), np.array(sigmas), np.array(constants))


def _fit(pixels: Pixels, calm: Real, region: NDArray[np.bool_]) -> tuple[Real, float, float, float]:
    inside = np.flatnonzero(region)
    height = calm.ravel()[inside]
    lowest = TOP * np.quantile(height, 0.995)
    at = inside[height > lowest]
    L, x, y, sigma = (a.ravel()[at] for a in (pixels.values, pixels.x, pixels.y, pixels.sigma))
    highest = int(np.argmax(L))
    fallback = (np.array([x[highest], y[highest]]), float(L[highest]), float(sigma[highest]), PEAK_CONSTANT)
    if len(L) < FEWEST:
        return fallback
    centre, size = np.array([x.mean(), y.mean()]), max(np.ptp(x), np.ptp(y)) / 2
    powers = [(i, n - i) for n in range(DEGREE + 1) for i in range(n + 1)]
    u, v = (x - centre[0]) / size, (y - centre[1]) / size
    design = np.stack([u**i * v**j for i, j in powers], axis=1)
    inverse = np.linalg.pinv(design)
    coefficients, root = _fit_root(design, inverse, L, start=np.sqrt(height[height > lowest]))
    place = _maximum(coefficients, powers)
    if place is None:
        return fallback
    highest_root, hessian = _value(coefficients, powers, place), _hessian(coefficients, powers, place)
    weights = np.array([place[0] ** i * place[1] ** j for i, j in powers]) @ inverse  # of √L at the maximum
    spread = 2 * highest_root * np.sqrt(pixels.correlated * np.sum((weights * sigma / (2 * root)) ** 2))
    constant = peak_constant(2 * highest_root * hessian)
    return centre + size * place, highest_root**2, float(spread), float(constant)


def _fit_root(design: Real, inverse: Real, L: Real, *, start: Real) -> tuple[Real, Real]:
    """Return the coefficients of the polynomial r and its values (n,) with r² ≈ L, by r ← fit of (r² + L)/2r.

    Linear in the noise of L, as √L is not: that lies too low by σ²/8L^(3/2) in the mean.
    """
    root = start
    for _ in range(4):
        coefficients = inverse @ ((root**2 + L) / (2 * root))
        root = np.maximum(design @ coefficients, 0.3 * start)
    return coefficients, root


def _value(c: Real, powers: list[tuple[int, int]], at: Real) -> float:
    return float(sum(ck * at[0] ** i * at[1] ** j for ck, (i, j) in zip(c, powers, strict=True)))


def _derivative(c: Real, powers: list[tuple[int, int]], at: Real, order: tuple[int, int]) -> float:
    from math import perm

    total = 0.0
    for ck, (i, j) in zip(c, powers, strict=True):
        if i >= order[0] and j >= order[1]:
            total += (
                ck * perm(i, order[0]) * perm(j, order[1]) * at[0] ** (i - order[0]) * at[1] ** (j - order[1])
            )
    return total


def _hessian(c: Real, powers: list[tuple[int, int]], at: Real) -> Real:
    xx, xy, yy = (_derivative(c, powers, at, order) for order in ((2, 0), (1, 1), (0, 2)))
    return np.array([[xx, xy], [xy, yy]])


def _maximum(c: Real, powers: list[tuple[int, int]]) -> Real | None:
    """Return the maximum by Newton's method from the middle of the top, None if there is none near."""
    at = np.zeros(2)
    for _ in range(30):
        gradient = np.array([_derivative(c, powers, at, order) for order in ((1, 0), (0, 1))])
        hessian = _hessian(c, powers, at)
        if np.linalg.eigvalsh(hessian)[-1] >= 0:
            return None
        step = np.linalg.solve(hessian, gradient)
        at = at - step * min(1.0, 0.3 / max(float(np.linalg.norm(step)), 1e-12))
        if not np.abs(at).max() < 1.2:
            return None
        if np.linalg.norm(step) < 1e-10:
            return at
    return None
