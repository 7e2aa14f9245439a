"""From one mesh to a finer one, and from unknowns to point loads: what warm starts and Green's functions need."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import transform
from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.field import Field, Places
from landscape.linalg import Eigenpairs, Pencil
from landscape.polygons import Descendant
from landscape.rigid import restrict


def prolong(coarse: Field, fine: Space, mesh: Descendant) -> Array:
    """Return the unknowns (unknowns, functions) of ``coarse`` in a finer space: its jets at vertices, slopes at edges.

    ``mesh``: the mesh of ``fine`` as a descendant of that of ``coarse``. Argyris spaces are not nested, as the finer
    one is twice differentiable at more points: what is returned is an interpolation.
    """
    vertices = np.zeros(fine.skfem.p.shape[1], dtype=np.intp)
    vertices[fine.skfem.t] = np.arange(fine.skfem.t.shape[1])
    at = _places(coarse, fine.skfem.p.T, mesh.ancestor[vertices])
    scale = fine.affine.scale[:, None, None]
    jets = coarse.values(at)[:, None, :]
    if fine.element.jet == 6:
        jets = np.concatenate([jets, scale * coarse.gradients(at), scale**2 * coarse.hessians(at)], axis=1)
    middle = fine.skfem.p[:, fine.skfem.facets].mean(axis=1).T
    at = _places(coarse, middle, mesh.ancestor[fine.skfem.f2t[0]])
    normal = fine.affine.normal * fine.affine.length[:, None]
    slopes = np.einsum("ei,eif->ef", normal, coarse.gradients(at))
    return np.stack([restrict(fine, jets[..., f], slopes[:, f]) for f in range(jets.shape[2])], axis=1)


def _places(field: Field, points: Array, triangle: NDArray[np.intp]) -> Places:
    """Return places of known triangles; a point on a new arc may lie a little outside its own."""
    return Places(points, triangle, field.space.affine.chart(points, triangle))


def point_loads(space: Space, at: Places) -> Array:
    """Return the loads (unknowns, points) of unit forces at points: load · x is the value of x there."""
    local = space.element.monomials.evaluate(at.chart) @ space.element.basis
    local = np.einsum("kn,knm->km", local, transform(space.element, space.affine, space.skfem, at.triangle))
    full = space.full_numbers(at.triangle)
    Z = space.expansion()
    loads = np.zeros((Z.shape[0], len(at.points)))
    np.add.at(loads, (full, np.arange(len(full))[:, None]), local)
    return np.asarray(Z.T @ loads)


@dataclass(frozen=True)
class WarmStart:
    """``vectors`` (unknowns, k) to start from; the first ``wanted`` must reach the residual ``tolerance`` in ``steps``."""

    vectors: Array
    wanted: int
    tolerance: float
    steps: int = 6


def warm_modes(pencil: Pencil, start: WarmStart) -> Eigenpairs | None:
    """Return the eigenpairs near the span of ``start`` by block inverse iteration, or None if it does not settle.

    Rayleigh–Ritz in the span of X and A X − X/λ, A = (K + σM)⁻¹M. The residual bounds are those of ``Eigenpairs``.
    Knyazev, SIAM J. Sci. Comput. 23, 517 (2001), doi:10.1137/S1064827500366124, with an exact preconditioner.
    """
    X = start.vectors
    if pencil.excluded is not None:
        X = X - pencil.excluded @ (pencil.excluded.T @ (pencil.M @ X))
    values, X = _ritz(pencil, X)
    for _ in range(start.steps):
        gap = pencil.inverse(pencil.M @ X) - X / values
        size = np.sqrt(np.maximum(np.einsum("ij,ij->j", gap, pencil.M @ gap), 0))
        residuals = values**2 * size / np.maximum(np.abs(values - pencil.shift), np.finfo(float).tiny)
        if (residuals[: start.wanted] <= start.tolerance).all():
            return Eigenpairs(values - pencil.shift, X, residuals)
        active = gap[:, residuals > start.tolerance / 10]
        values, wide = _ritz(pencil, np.hstack([X, active / np.linalg.norm(active, axis=0)]))
        values, X = values[: start.vectors.shape[1]], wide[:, : start.vectors.shape[1]]
    return None


def _ritz(pencil: Pencil, basis: Array) -> tuple[Array, Array]:
    """Return shifted Ritz values (m,) and M-orthonormal vectors (n, m) of a basis, nearly dependent ones dropped."""
    gram = basis.T @ (pencil.M @ basis)
    scale = 1 / np.sqrt(np.diag(gram))
    weight, rotation = np.linalg.eigh(gram * np.outer(scale, scale))
    kept = weight > 1e-12 * weight[-1]
    Q = basis @ (scale[:, None] * rotation[:, kept] / np.sqrt(weight[kept]))
    values, turn = np.linalg.eigh(Q.T @ (pencil.factorization.matrix @ Q))
    return values, Q @ turn
