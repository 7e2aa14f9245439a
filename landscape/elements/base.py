"""The family both plate elements belong to: jets at the vertices, a normal slope at each edge midpoint.

A function p of the element is known from the scaled physical degrees of freedom d: at vertex v the jet
(w, s ∇w, s² D²w) of order 0 (Morley) or 2 (Argyris), s = s_v a length of the mesh around v, and at the
midpoint of each edge ℓ ∂n w, ℓ the length of the edge. In reference coordinates it is known from
d̂ = (jets in r; derivative along m̂ at the midpoints). Along an edge p is fixed by the jets at its ends, so

    d̂_v = A_v d_v,     d̂_e = α_e d_e + γ_e c_e·(A d),     p = Σ (R̂⁻¹ d̂)_k r^i s^j

with ℓ ∂t w = c_e·d̂ the tangential slope, α_e = J m̂·n / ℓ, γ_e = J m̂·t / ℓ. Nothing is inverted per element.
Domínguez & Sayas, ACM TOMS 35, 16 (2008), doi:10.1145/1377612.1377620.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skfem import MeshTri

from landscape.elements.reference import EDGES, HESSIAN, VERTICES, Array, Monomials

TRANSVERSE: Array = np.array([[0.0, 1.0], [-1.0, -1.0], [-1.0, 0.0]])  # m̂ of the three edges


@dataclass(frozen=True)
class PlateElement:
    """One element: its polynomials, the number of unknowns in a vertex jet, and the reference tables.

    ``basis`` (n, n): monomial coefficients of the functions dual to the reference functionals d̂, one column
    each. ``tangential`` (3, 3·jet): rows c_e.
    """

    name: str
    monomials: Monomials
    jet: int
    basis: Array
    tangential: Array

    @property
    def size(self) -> int:
        """Unknowns of a triangle before any support: 3·jet + 3."""
        return 3 * self.jet + 3

    def mass(self) -> Array:
        """Return ∫ φ̂ φ̂ᵀ over the reference triangle in the functionals d̂, (size, size)."""
        return self.basis.T @ self.monomials.product_integrals() @ self.basis

    def load(self) -> Array:
        """Return ∫ φ̂ over the reference triangle, (size,)."""
        return self.basis.T @ self.monomials.integrals()

    def stiffness(self) -> Array:
        """Return the six symmetric integrals ∫ φ̂_i φ̂_jᵀ of the Hessian components i ≤ j, (6, size, size)."""
        tables = []
        for i in range(3):
            for j in range(i, 3):
                raw = self.monomials.product_integrals(HESSIAN[i], HESSIAN[j])
                tables.append(self.basis.T @ (raw + raw.T if i != j else raw) @ self.basis)
        return np.stack(tables)


def make_element(name: str, degree: int, jet: int, along_edge: tuple[float, float, float]) -> PlateElement:
    """Build the tables of an element from its degree, its jet and the midpoint slope along an edge.

    ``along_edge`` (a, b, c): slope = a (w₁ − w₀) + b (w₀' + w₁') + c (w₁'' − w₀''), derivatives times length.
    """
    monomials = Monomials.of_degree(degree)
    jets = [monomials.evaluate(VERTICES)[:, None, :]]
    if jet == 6:
        jets += [monomials.gradient(VERTICES), monomials.hessian(VERTICES)]
    vertex_rows = np.concatenate(jets, axis=1).reshape(3 * jet, -1)
    midpoints = np.array([(VERTICES[a] + VERTICES[b]) / 2 for a, b in EDGES])
    edge_rows = np.einsum("ed,edn->en", TRANSVERSE, monomials.gradient(midpoints))
    basis = np.linalg.inv(np.concatenate([vertex_rows, edge_rows]))
    return PlateElement(name, monomials, jet, basis, _tangential(jet, along_edge))


def _tangential(jet: int, along_edge: tuple[float, float, float]) -> Array:
    rows = np.zeros((3, 3, jet))
    for e, (a, b) in enumerate(EDGES):
        r, s = VERTICES[b] - VERTICES[a]
        for vertex, sign in ((a, -1.0), (b, 1.0)):
            rows[e, vertex, 0] = sign * along_edge[0]
            if jet == 6:
                rows[e, vertex, 1:3] = along_edge[1] * np.array([r, s])
                rows[e, vertex, 3:6] = sign * along_edge[2] * np.array([r * r, 2 * r * s, s * s])
    return rows.reshape(3, 3 * jet)


@dataclass(frozen=True)
class Affine:
    """Affine geometry of a mesh: x = origin + J r on every triangle, edges, and the scaling lengths.

    ``origin`` (m, 2), ``jacobian`` and its ``inverse`` (m, 2, 2), ``area`` (m,), ``tangent`` and ``normal``
    (edges, 2) unit vectors (from the lower to the higher vertex, and 90° clockwise of it), ``length`` (edges,),
    ``scale`` (vertices,).
    """

    origin: Array
    jacobian: Array
    inverse: Array
    area: Array
    tangent: Array
    normal: Array
    length: Array
    scale: Array

    @classmethod
    def of(cls, mesh: MeshTri) -> "Affine":
        """Compute the geometry of a scikit-fem triangle mesh."""
        corners = mesh.p.T[mesh.t.T]
        jacobian = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=-1)
        (a, b), (c, d) = jacobian.transpose(1, 2, 0)
        area = np.abs(a * d - b * c) / 2
        chord = mesh.p.T[mesh.facets[1]] - mesh.p.T[mesh.facets[0]]
        length = np.hypot(chord[:, 0], chord[:, 1])
        tangent = chord / length[:, None]
        normal = np.stack([tangent[:, 1], -tangent[:, 0]], axis=-1)
        size = np.repeat(np.sqrt(area), 3)
        vertices = mesh.t.T.ravel()
        counts = np.bincount(vertices, minlength=mesh.p.shape[1])
        scale = np.bincount(vertices, weights=size, minlength=mesh.p.shape[1]) / np.maximum(counts, 1)
        return cls(corners[:, 0], jacobian, np.linalg.inv(jacobian), area, tangent, normal, length, scale)

    def chart(self, points: Array, triangle: NDArray[np.intp]) -> Array:
        """Return reference coordinates r = J⁻¹ (x − origin) of points (k, ..., 2) in their ``triangle`` (k,)."""
        shape = (len(triangle),) + (1,) * (points.ndim - 2)
        offset = points - self.origin[triangle].reshape(*shape, 2)
        inverse = self.inverse[triangle].reshape(*shape, 2, 2)
        return np.sum(inverse * offset[..., None, :], axis=-1)


def transform(element: PlateElement, affine: Affine, mesh: MeshTri, chunk: NDArray[np.intp] | slice) -> Array:
    """Return B (chunk, size, size), d̂ = B d, for the triangles of ``chunk``."""
    jacobian = affine.jacobian[chunk]
    vertices = mesh.t.T[chunk]
    edges = mesh.t2f.T[chunk]
    count, jets = len(vertices), 3 * element.jet
    B = np.zeros((count, element.size, element.size))
    for v in range(3):
        start = v * element.jet
        block = B[:, start : start + element.jet, start : start + element.jet]
        block[:, 0, 0] = 1
        if element.jet == 6:
            _fill_jet(block, jacobian, affine.scale[vertices[:, v]])
    direction = np.einsum("mij,ej->mei", jacobian, TRANSVERSE)
    length = affine.length[edges]
    along = np.einsum("mei,mei->me", direction, affine.tangent[edges]) / length
    across = np.einsum("mei,mei->me", direction, affine.normal[edges]) / length
    B[:, jets:, :jets] = along[:, :, None] * (element.tangential @ B[:, :jets, :jets])
    B[:, np.arange(jets, jets + 3), np.arange(jets, jets + 3)] = across
    return B


def _fill_jet(block: Array, J: Array, scale: Array) -> None:
    """Write gradient Jᵀ/s and Hessian (Jᵀ ⊗ Jᵀ)/s² into the 6×6 vertex blocks."""
    block[:, 1:3, 1:3] = np.swapaxes(J, 1, 2) / scale[:, None, None]
    a, b, c, d = J[:, 0, 0], J[:, 0, 1], J[:, 1, 0], J[:, 1, 1]
    rows = ((a * a, 2 * a * c, c * c), (a * b, a * d + b * c, c * d), (b * b, 2 * b * d, d * d))
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            block[:, 3 + i, 3 + j] = entry / scale**2


def hessian_form(jacobian: Array, poisson: Array) -> Array:
    """Return the symmetric form S of (1−ν) H:H + ν (tr H)² on reference Hessians (rr, rs, ss), (m, 3, 3).

    With G = (JᵀJ)⁻¹: H:H = tr(GĤGĤ) and tr H = tr(GĤ).
    """
    G = np.linalg.inv(np.swapaxes(jacobian, -1, -2) @ jacobian)
    g11, g12, g22 = G[..., 0, 0], G[..., 0, 1], G[..., 1, 1]
    frobenius = np.stack(
        [
            np.stack([g11**2, 2 * g11 * g12, g12**2], -1),
            np.stack([2 * g11 * g12, 2 * (g12**2 + g11 * g22), 2 * g12 * g22], -1),
            np.stack([g12**2, 2 * g12 * g22, g22**2], -1),
        ],
        -2,
    )
    trace = np.stack([g11, 2 * g12, g22], -1)
    nu = poisson[..., None, None]
    return (1 - nu) * frobenius + nu * trace[..., :, None] * trace[..., None, :]
