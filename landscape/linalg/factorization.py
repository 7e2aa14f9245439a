"""A factored symmetric matrix whose answers are checked."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from landscape.errors import ConvergenceError, InputError
from landscape.linalg import threads
from landscape.linalg.engines import MAKERS, Array, Engine, Factors, Product

BACKWARD = 1e-10  # largest backward error |Kx − f| / (|K||x| + |f|) of a solve that is handed out
GROWTH = 1e12
"""Largest growth of a random right-hand side that is no sign of a singular matrix: plates that are held stay below 1e5,
with needles of 1 : 1000 below 2e10; others are above 5e12."""
ADVICE = "The plate may be held too little, or the mesh may hold needle-like triangles."


@dataclass(frozen=True)
class Factorization:
    """A factored symmetric matrix. ``solve`` checks its answer, ``apply`` is the bare back-substitution."""

    matrix: sparse.csr_array
    lu: Factors
    engine: Engine = "scipy"

    def apply(self, b: Array) -> Array:
        """Return K⁻¹ b for b (n,) or (n, k) without a check: for the inside of iterations."""
        return self.lu.solve(b)

    def product(self, matrix: sparse.csr_array) -> Product:
        """Return ``matrix``, any other one, for products ``@`` with blocks (n, k) as the engine does them fastest."""
        return self.lu.product(matrix)

    def solve(self, b: Array) -> Array:
        """Return x with K x = b, b (n,) or (n, k), after one step of refinement.

        Raises ``ConvergenceError`` when x is not finite, its backward error exceeds 1e-10, or K is singular up to
        rounding, which small residuals do not show: a random right-hand side √D y beside the others, D = diag K, then
        makes |√D x|∞ / |y|∞, a lower bound of the condition for elements of any size, grow towards 1/ε.
        """
        root = np.sqrt(np.abs(self.matrix.diagonal()))
        noise = np.random.default_rng(5).standard_normal(len(root))
        with threads.one_thread():
            x = self.apply(b)
            found = self.apply(np.column_stack([b - self.matrix @ x, root * noise]))
        x = x + found[:, :-1].reshape(b.shape)
        growth = float(np.abs(root * found[:, -1]).max() / np.abs(noise).max())
        if not growth <= GROWTH:
            raise ConvergenceError(
                f"The matrix is singular up to rounding: a solve magnifies errors {growth:.0e} times.", ADVICE
            )
        error = backward_error(self.matrix, x, b)
        if not error <= BACKWARD:  # NaN fails too
            raise ConvergenceError(
                f"A linear solve reached a backward error of {error:.1e}, needed {BACKWARD:.0e}.",
                ADVICE,
            )
        return x

    def negative_pivots(self) -> int:
        """Return the number of negative eigenvalues of the matrix (Sylvester's law of inertia).

        Raises ``ConvergenceError`` if the factorization had to pivot off the diagonal.
        """
        return self.lu.negative_pivots()


def factorize(
    matrix: sparse.csr_array, *, engine: Engine = "scipy", like: Factorization | None = None
) -> Factorization:
    """Factor a symmetric matrix with sorted indices.

    ``engine``: ``scipy`` is SuperLU, ``pardiso`` MKL's (an extra). ``like``: a factorization of a matrix of the same
    pattern, whose engine and order are taken over. Raises ``ConvergenceError`` for a singular matrix or too little
    memory, ``InputError`` for entries that are not finite, ``MissingDependencyError`` for an engine not there.
    """
    if engine not in MAKERS:
        raise InputError(f"Engine: needed one of {', '.join(MAKERS)}, got {engine!r}.")
    if not np.isfinite(matrix.data).all():
        raise InputError(
            "The stiffness matrix holds numbers that are not finite.", "Check sizes and material data."
        )
    engine = like.engine if like is not None else engine
    try:
        with threads.one_thread():
            return Factorization(
                matrix, MAKERS[engine](matrix, like.lu if like is not None else None), engine
            )
    except RuntimeError as error:
        raise ConvergenceError(
            f"The matrix could not be factored ({error}).", "Is the plate held anywhere?"
        ) from None
    except MemoryError:
        raise ConvergenceError(
            f"The factorization of {matrix.shape[0]} unknowns does not fit into memory.",
            "Use a coarser mesh.",
        ) from None


def backward_error(matrix: sparse.csr_array, x: Array, b: Array) -> float:
    """Return |Kx − b|∞ / (|K|∞|x|∞ + |b|∞), the relative change of the data for which x is exact."""
    if not np.isfinite(x).all():
        return float("nan")
    norm = float(np.max(np.abs(matrix).sum(axis=1)))
    residual = np.abs(matrix @ x - b).max(axis=0)
    size = norm * np.abs(x).max(axis=0) + np.abs(b).max(axis=0)
    return float(np.max(residual / np.where(size > 0, size, 1.0)))
