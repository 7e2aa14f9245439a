"""A field sampled finer than its mesh: the surface whose topography is read, and quadrature points with labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.reference import Array
from landscape.field import Field
from landscape.mesh import PlateMesh
from landscape.topography.critical import Field as SmoothField
from landscape.topography.surface import Surface

FINE = 20_000  # triangles up to which each is cut into 16, and up to five times as many into 4


@dataclass(frozen=True)
class Lattice:
    """Every triangle cut into n² equal ones; ``n`` >= 1.

    ``corners`` ((n+1)(n+2)/2, 2) reference coordinates of the lattice, ``cells`` (n², 3) its small triangles,
    ``vertex`` (triangles, lattice) numbers the points of the whole mesh, shared between neighbours.
    """

    n: int
    corners: Array
    cells: NDArray[np.intp]
    vertex: NDArray[np.intp]
    points: Array

    @property
    def triangles(self) -> NDArray[np.intp]:
        """The small triangles of the whole mesh, (triangles · n², 3)."""
        return self.vertex[:, self.cells].reshape(-1, 3)

    def quadrature(self) -> Array:
        """Return three points per small triangle, (n² · 3, 2), each near one corner; exact for degree 2."""
        corners = self.corners[self.cells]
        centre = corners.sum(axis=1, keepdims=True)
        return ((corners * 3 + centre) / 6).reshape(-1, 2)

    def labels(self, labels: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the label of the corner each quadrature point is next to, (triangles, n² · 3)."""
        return labels[self.vertex[:, self.cells]].reshape(len(self.vertex), -1)


def lattice_of(mesh: PlateMesh, n: int | None = None) -> Lattice:
    """Cut the triangles of a mesh into n² each (4 on small meshes, fewer on large ones)."""
    skfem = mesh.mesh
    triangles = skfem.t.shape[1]
    n = n or (4 if triangles <= FINE else 2 if triangles <= 5 * FINE else 1)
    ij = np.array([(i, j) for j in range(n + 1) for i in range(n + 1 - j)])
    place = {(int(i), int(j)): k for k, (i, j) in enumerate(ij)}
    cells = [[place[i, j], place[i + 1, j], place[i, j + 1]] for j in range(n) for i in range(n - j)] + [
        [place[i + 1, j], place[i + 1, j + 1], place[i, j + 1]] for j in range(n) for i in range(n - j - 1)
    ]
    corners = ij / n
    vertex, points = _number(mesh, ij, n)
    return Lattice(n, corners, np.array(cells, dtype=np.intp), vertex, points)


def _number(mesh: PlateMesh, ij: NDArray[np.int64], n: int) -> tuple[NDArray[np.intp], Array]:
    """Number lattice points: mesh vertices, then those on edges (from the lower vertex), then the inner ones."""
    skfem = mesh.mesh
    vertices, edges, triangles = skfem.p.shape[1], skfem.facets.shape[1], skfem.t.shape[1]
    weights = np.stack([n - ij.sum(axis=1), ij[:, 0], ij[:, 1]], axis=1)
    out = np.empty((triangles, len(ij)), dtype=np.intp)
    inner = 0
    for k, w in enumerate(weights):
        on = np.flatnonzero(w)
        if len(on) == 1:
            out[:, k] = skfem.t[on[0]]
        elif len(on) == 2:
            edge = {(0, 1): 0, (1, 2): 1, (0, 2): 2}[int(on[0]), int(on[1])]
            out[:, k] = vertices + skfem.t2f[edge] * (n - 1) + w[on[1]] - 1
        else:
            out[:, k] = vertices + edges * (n - 1) + inner * triangles + np.arange(triangles)
            inner += 1
    points = np.empty((vertices + edges * (n - 1) + inner * triangles, 2))
    corners = skfem.p.T[skfem.t.T]
    for k, w in enumerate(weights):
        points[out[:, k]] = np.einsum("c,mcd->md", w / n, corners)
    return out, points


def surface_of(field: Field, lattice: Lattice, function: int = 0) -> Surface:
    """Return one function of ``field`` as a piecewise linear surface over the lattice."""
    one = Field(field.space, field.coefficients[:, :, function : function + 1], field.locator)
    return Surface(lattice.points, lattice.triangles, on_lattice(one, lattice)[:, 0])


def on_lattice(field: Field, lattice: Lattice) -> Array:
    """Return a field's functions at the points of the lattice, (points, functions); neighbours are averaged."""
    values = field.at_chart(lattice.corners)
    where = lattice.vertex.ravel()
    count = np.bincount(where, minlength=len(lattice.points))
    sums = [np.bincount(where, values[:, :, k].ravel(), len(count)) for k in range(values.shape[2])]
    return np.stack(sums, axis=1) / count[:, None]


def disagreement(field: Field, lattice: Lattice, function: int = 0) -> float:
    """Return the rms range of the values that neighbouring triangles give to the same lattice point.

    Zero up to rounding for Argyris; for Morley, discontinuous between vertices, the size of its error.
    """
    values = field.at_chart(lattice.corners)[:, :, function].ravel()
    where = lattice.vertex.ravel()
    high, low = np.full(len(lattice.points), -np.inf), np.full(len(lattice.points), np.inf)
    np.maximum.at(high, where, values)
    np.minimum.at(low, where, values)
    return float(np.sqrt(np.mean((high - low) ** 2)))


def smooth_field(field: Field, function: int = 0) -> SmoothField:
    """Return points (k, 2) -> values, gradients, Hessians (k, 2, 2) of one function, as topography asks for it."""

    def evaluate(points: Array) -> tuple[Array, Array, Array]:
        at = field.places(points)
        h = field.hessians(at)[:, :, function]
        hessians = np.stack([np.stack([h[:, 0], h[:, 1]], -1), np.stack([h[:, 1], h[:, 2]], -1)], -2)
        return field.values(at)[:, function], field.gradients(at)[:, :, function], hessians

    return evaluate
