"""A field on the plate: values, gradients, Hessians and moments at any points, on pixel grids, integrals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.errors import InputError
from landscape.locate import Locator
from landscape.system import PlateSystem


@dataclass(frozen=True)
class Places:
    """Points of the plate by triangle: ``points`` (k, 2), ``triangle`` (k,), −1 outside, ``chart`` (k, 2)."""

    points: Array
    triangle: NDArray[np.intp]
    chart: Array

    @property
    def inside(self) -> NDArray[np.bool_]:
        """True where a point lies on the plate."""
        return self.triangle >= 0


@dataclass(frozen=True)
class Field:
    """One or more functions of a finite element space: ``coefficients`` (triangles, n, k) of monomials in r."""

    space: Space
    coefficients: Array
    locator: Locator

    @classmethod
    def of(cls, space: Space, unknowns: Array) -> "Field":
        """Return the field of a vector of unknowns (unknowns,) or of several, (unknowns, k)."""
        return cls(space, space.coefficients(np.atleast_2d(unknowns.T).T), Locator(space))

    @classmethod
    def of_full(cls, space: Space, full: Array) -> "Field":
        """Return the field of full degrees of freedom, (full, k), as results store them."""
        return cls(space, space.coefficients_of_full(full), Locator(space))

    def places(self, points: Array) -> Places:
        """Find the triangles of ``points`` (k, 2), to be used for several evaluations."""
        points = np.asarray(points, dtype=float)
        if points.ndim != 2 or points.shape[1] != 2:
            raise InputError(f"Points of a field: needed an array (k, 2), got {points.shape}.")
        return Places(points, *self.locator(points))

    def values(self, at: Places | Array) -> Array:
        """Return the functions at ``at``, (k, functions); NaN outside the plate."""
        return self._evaluate(at, lambda chart: self.space.element.monomials.evaluate(chart)[:, None])[:, 0]

    def gradients(self, at: Places | Array) -> Array:
        """Return ∇w = J⁻ᵀ ∇_r w, (k, 2, functions); NaN outside."""
        at = at if isinstance(at, Places) else self.places(at)
        reference = self._evaluate(at, self.space.element.monomials.gradient)
        return np.einsum("kji,kjf->kif", self._inverse(at), reference)

    def hessians(self, at: Places | Array) -> Array:
        """Return (w_xx, w_xy, w_yy) of H = J⁻ᵀ Ĥ J⁻¹, (k, 3, functions); NaN outside."""
        at = at if isinstance(at, Places) else self.places(at)
        rr, rs, ss = np.moveaxis(self._evaluate(at, self.space.element.monomials.hessian), 1, 0)
        full = np.stack([np.stack([rr, rs], 1), np.stack([rs, ss], 1)], 1)
        inverse = self._inverse(at)
        H = np.einsum("kai,kabf,kbj->kijf", inverse, full, inverse)
        return np.stack([H[:, 0, 0], H[:, 0, 1], H[:, 1, 1]], axis=1)

    def on_grid(self, x: Array, y: Array) -> Array:
        """Return the functions on the grid of ``x`` (columns) and ``y`` (rows), (rows, columns, functions)."""
        X, Y = np.meshgrid(x, y)
        return self.values(np.stack([X.ravel(), Y.ravel()], axis=1)).reshape(len(y), len(x), -1)

    def at_chart(self, chart: Array) -> Array:
        """Return the functions at the same reference points (q, 2) of every triangle, (triangles, q, functions)."""
        return self.space.element.monomials.evaluate(chart) @ self.coefficients

    def _inverse(self, at: Places) -> Array:
        return self.space.affine.inverse[np.maximum(at.triangle, 0)]

    def _evaluate(self, at: Places | Array, table: Callable[[Array], Array]) -> Array:
        at = at if isinstance(at, Places) else self.places(at)
        inside = np.flatnonzero(at.inside)
        rows = table(at.chart[inside])
        out = np.full((len(at.points), rows.shape[1], self.coefficients.shape[2]), np.nan)
        out[inside] = np.einsum("kdn,knf->kdf", rows, self.coefficients[at.triangle[inside]])
        return out


def moments(system: PlateSystem, field: Field, at: Places) -> Array:
    """Return the bending moments (M_xx, M_xy, M_yy), (k, 3, functions), in N (N·m per metre).

    M = −D [(1−ν) D²w + ν Δw I].
    """
    H = field.hessians(at)
    triangle = np.maximum(at.triangle, 0)
    D = system.sections.stiffness[triangle][:, None]
    nu = system.sections.poisson[triangle][:, None]
    trace = nu * (H[:, 0] + H[:, 2])
    return -np.stack(
        [D * ((1 - nu) * H[:, 0] + trace), D * (1 - nu) * H[:, 1], D * ((1 - nu) * H[:, 2] + trace)], 1
    )
