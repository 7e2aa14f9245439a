"""Modes of a fine mesh from those of a coarser one: block inverse iteration and Rayleigh–Ritz.

The prolonged modes X span nearly the space of the fine modes. One step Z = AX, A = K⁻¹M, damps what is foreign to it
by λ_j/λ_foreign; the lowest Ritz vectors X of the pencil in [X, Z] are kept. The values are those of A in their span,
from the same Z = AX that gives the residuals: their error is of the square of these.
Xu & Zhou, Math. Comp. 70, 17 (2001), doi:10.1090/S0025-5718-99-01180-1.
"""

import numpy as np
from scipy.linalg import eigh

from landscape.errors import InputError
from landscape.linalg import threads
from landscape.linalg.engines import Array
from landscape.linalg.pencil import Eigenpairs, Pencil, rayleigh_ritz


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
        pairs = _iterated(pencil, prolonged, steps)
    return Eigenpairs(pairs.values[:count], pairs.vectors[:, :count], pairs.residuals[:count])


def ritz_errors(pairs: Eigenpairs) -> Array:
    """Return by how much, relatively, the values of ``pairs`` (k,) may be off: min(ρ, ρ² / (1 − λ/λ_k)), ρ the residual.

    Kato–Temple for Ritz values of A, of which only the gap to the last pair counts as those before it are not coupled
    (Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, §11.7, doi:10.1137/1.9781611971163): an estimate, as the last
    value is one.
    """
    gap = np.maximum(1 - pairs.values / pairs.values[-1], np.finfo(float).eps)
    return np.minimum(pairs.residuals, pairs.residuals**2 / gap)


def _iterated(pencil: Pencil, X: Array, steps: int) -> Eigenpairs:
    width = X.shape[1]
    if pencil.excluded is not None:
        X = X - pencil.excluded @ (pencil.excluded.T @ (pencil.M @ X))
    Z = pencil.inverse(pencil.M @ X)
    for _ in range(steps):
        X = _leading(pencil, np.hstack((X, Z / np.linalg.norm(Z, axis=0))), width)
        Z = pencil.inverse(pencil.M @ X)
    return _pairs(pencil, X, Z)


def _pairs(pencil: Pencil, X: Array, Z: Array) -> Eigenpairs:
    """Return the Ritz pairs of A in the span of X from Z = A X, with their residuals."""
    MX = pencil.M @ X
    product = MX.T @ Z
    theta, rotation = eigh((product + product.T) / 2, X.T @ MX)
    theta, rotation = theta[::-1], rotation[:, ::-1]
    X = X @ rotation
    gap = Z @ rotation - theta * X
    size = np.sqrt(np.maximum(np.einsum("ij,ij->j", gap, pencil.M @ gap), 0))
    values = 1 / theta - pencil.shift
    return Eigenpairs(values, X, size / theta**2 / np.abs(values))


def _leading(pencil: Pencil, basis: Array, count: int) -> Array:
    """Return the ``count`` lowest Ritz vectors of a basis that may be nearly dependent."""
    gram = basis.T @ (pencil.M @ basis)
    size = np.sqrt(np.diag(gram))
    weight, V = eigh(gram / np.outer(size, size))
    keep = weight > np.finfo(float).eps * len(weight) * 100
    independent = basis @ (V[:, keep] / size[:, None] / np.sqrt(weight[keep]))
    _, vectors = rayleigh_ritz(pencil, independent)
    return vectors[:, :count]
