"""Polynomials on the reference triangle (0,0), (1,0), (0,1): monomials, derivatives, exact integrals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

VERTICES: Array = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
EDGES: tuple[tuple[int, int], ...] = ((0, 1), (1, 2), (0, 2))  # scikit-fem's order
HESSIAN = ((2, 0), (1, 1), (0, 2))  # xx, xy, yy


@dataclass(frozen=True)
class Monomials:
    """All monomials r^i s^j with i + j <= degree, in the order of ``exponents`` (n, 2)."""

    degree: int
    exponents: NDArray[np.intp]

    @classmethod
    def of_degree(cls, degree: int) -> "Monomials":
        """Return the (degree + 1)(degree + 2)/2 monomials of total degree at most ``degree``."""
        pairs = [(total - j, j) for total in range(degree + 1) for j in range(total + 1)]
        return cls(degree, np.array(pairs, dtype=np.intp))

    def evaluate(self, points: Array, derivative: tuple[int, int] = (0, 0)) -> Array:
        """Return ∂r^a ∂s^b of every monomial at ``points`` (..., 2), shape (..., n)."""
        r_part = self._powers(points[..., 0], derivative[0])
        s_part = self._powers(points[..., 1], derivative[1])
        return r_part[..., self.exponents[:, 0]] * s_part[..., self.exponents[:, 1]]

    def _powers(self, x: Array, order: int) -> Array:
        powers = np.zeros((*x.shape, self.degree + 1))
        running = np.ones_like(x)
        for k in range(order, self.degree + 1):
            powers[..., k] = math.perm(k, order) * running
            running = running * x
        return powers

    def gradient(self, points: Array) -> Array:
        """Return (∂r, ∂s) of every monomial, shape (..., 2, n)."""
        return np.stack([self.evaluate(points, d) for d in ((1, 0), (0, 1))], axis=-2)

    def hessian(self, points: Array) -> Array:
        """Return (∂rr, ∂rs, ∂ss) of every monomial, shape (..., 3, n)."""
        return np.stack([self.evaluate(points, d) for d in HESSIAN], axis=-2)

    def integrals(self) -> Array:
        """Return ∫ r^i s^j over the triangle = i! j! / (i + j + 2)!, shape (n,)."""
        return np.array([_integral(i, j) for i, j in self.exponents])

    def product_integrals(self, left: tuple[int, int] = (0, 0), right: tuple[int, int] = (0, 0)) -> Array:
        """Return ∫ (∂^left m_a)(∂^right m_b), shape (n, n), in closed form."""
        factors = []
        for order in (left, right):
            powers = self.exponents - order
            factor = [
                math.perm(i, order[0]) * math.perm(j, order[1]) if min(p) >= 0 else 0
                for (i, j), p in zip(self.exponents.tolist(), powers.tolist(), strict=True)
            ]
            factors.append((np.array(factor, dtype=float), np.maximum(powers, 0)))
        (f, p), (g, q) = factors
        total = p[:, None, :] + q[None, :, :]
        return f[:, None] * g[None, :] * np.vectorize(_integral, otypes=[float])(total[..., 0], total[..., 1])


def _integral(i: int, j: int) -> float:
    return math.factorial(i) * math.factorial(j) / math.factorial(i + j + 2)
