"""From one mesh to a finer one, and from unknowns to point loads: what warm starts and Green's functions need."""

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import transform
from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.field import Field, Places
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
