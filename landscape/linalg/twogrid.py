"""Modes of a fine mesh from those of a coarser one: block inverse iteration and Rayleigh–Ritz.

The prolonged modes X span nearly the space of the fine modes. One step Z = K⁻¹MX damps what is foreign to it by
λ_j/λ_foreign, and the pencil restricted to [X, Z] gives eigenvalues whose error is of the square of what is left.
Xu & Zhou, Math. Comp. 70, 17 (2001), doi:10.1090/S0025-5718-99-01180-1.
"""

import numpy as np
from scipy.linalg import eigh

from landscape.errors import InputError
from landscape.linalg import threads
from landscape.linalg.engines import Array
from landscape.linalg.pencil import Eigenpairs, Pencil, rayleigh_ritz, residuals


def two_grid(pencil: Pencil, prolonged: Array, count: int, *, steps: int = 1) -> Eigenpairs:
    """Return ``count`` eigenpairs of ``pencil`` from coarse modes on the fine mesh, with their residuals.

    ``prolonged`` (n, k), k ≥ count: unknowns of the coarse modes on the fine mesh; a few more than ``count`` make the
    last of them better. ``steps``: inverse iterations, k solves each. The eigenvalues are upper bounds of the fine
    ones; no residual is demanded and no mode is counted: look at ``residuals``. Raises ``InputError`` for too few
    vectors.
    """
    if not 1 <= count <= prolonged.shape[1]:
        raise InputError(f"Two-grid: needed {count} or more coarse modes, got {prolonged.shape[1]}.")
    with threads.one_thread():
        return _iterated(pencil, prolonged, count, steps)


def _iterated(pencil: Pencil, X: Array, count: int, steps: int) -> Eigenpairs:
    width = X.shape[1]
    for _ in range(steps):
        Z = pencil.inverse(pencil.M @ X)
        X = _leading(pencil, np.hstack((X, Z / np.linalg.norm(Z, axis=0))), width)
    values, vectors = rayleigh_ritz(pencil, X)
    values, vectors = values[:count], vectors[:, :count]
    return Eigenpairs(values, vectors, residuals(pencil, values, vectors))


def _leading(pencil: Pencil, basis: Array, count: int) -> Array:
    """Return the ``count`` lowest Ritz vectors of a basis that may be nearly dependent."""
    gram = basis.T @ (pencil.M @ basis)
    size = np.sqrt(np.diag(gram))
    weight, V = eigh(gram / np.outer(size, size))
    keep = weight > np.finfo(float).eps * len(weight) * 100
    independent = basis @ (V[:, keep] / size[:, None] / np.sqrt(weight[keep]))
    _, vectors = rayleigh_ritz(pencil, independent)
    return vectors[:, :count]
