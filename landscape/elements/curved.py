"""Integrals over the slivers between boundary edges and their arcs, with the element's own polynomials."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import Affine, PlateElement, hessian_form
from landscape.elements.boundary import Lines
from landscape.elements.reference import Array
from landscape.mesh import PlateMesh
from landscape.mesh.arcs import arc_height


@dataclass(frozen=True)
class Slivers:
    """Signed reference integrals of the slivers: ``triangles`` (k,) they continue, and per sliver

    ``stiffness`` (k, n, n) of the Hessian form for D = 1, ``mass`` (k, n, n), ``load`` (k, n), ``area`` (k,);
    negative where the plate is concave. n counts the reference functionals d̂.
    """

    triangles: NDArray[np.intp]
    stiffness: Array
    mass: Array
    load: Array
    area: Array


def slivers_of(
    mesh: PlateMesh, affine: Affine, lines: Lines, element: PlateElement, poisson: Array
) -> Slivers:
    """Integrate over the slivers of all curved edges by Gauss points in chord × height.

    ``poisson`` (triangles,). The quadrature is exact for the mass when the arc is a parabola.
    """
    curved = lines.arcs(affine.length[lines.facets])
    triangles = mesh.mesh.f2t[0, lines.facets[curved]].astype(np.intp)
    points, weights = _gauss_points(mesh, affine, lines, curved)
    chart = affine.chart(points, triangles)
    values = element.monomials.evaluate(chart) @ element.basis
    hessians = element.monomials.hessian(chart) @ element.basis
    form = hessian_form(affine.jacobian[triangles], poisson[triangles])
    stiffness = np.einsum("kq,kqin,kij,kqjm->knm", weights, hessians, form, hessians, optimize=True)
    mass = np.einsum("kq,kqn,kqm->knm", weights, values, values, optimize=True)
    return Slivers(triangles, stiffness, mass, np.einsum("kq,kqn->kn", weights, values), weights.sum(axis=1))


def _gauss_points(
    mesh: PlateMesh, affine: Affine, lines: Lines, curved: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Return points (k, q, 2) and signed weights (k, q) of the slivers."""
    facets = lines.facets[curved]
    xi, w_xi = np.polynomial.legendre.leggauss(10)
    eta, w_eta = np.polynomial.legendre.leggauss(5)
    along, up = (a.ravel() for a in np.meshgrid((xi + 1) / 2, (eta + 1) / 2, indexing="ij"))
    weight = np.outer(w_xi, w_eta).ravel() / 4
    length = affine.length[facets][:, None]
    height = arc_height(lines.curvature[curved][:, None], length, along[None, :])
    outward = (lines.outward[curved, None] * affine.normal[facets])[:, None, :]
    start = mesh.mesh.p.T[mesh.mesh.facets[0, facets]][:, None, :]
    points = start + (along * length)[:, :, None] * affine.tangent[facets][:, None, :]
    points = points + (up * height)[:, :, None] * outward
    return points, weight * length * height
