"""The engines that factor a symmetric sparse matrix: SuperLU of SciPy, and MKL's PARDISO where pypardiso is there."""

import sys
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from landscape.errors import ConvergenceError
from landscape.linalg import mkl, ordering

Array = NDArray[np.float64]
Engine = Literal["scipy", "pardiso", "petsc"]
ENGINES: tuple[Engine, ...] = get_args(Engine)[:2]
"""Those that ``factorize`` knows; petsc works over ranks, behind ``landscape.linalg.petsc``."""


class Product(Protocol):
    """A sparse matrix as an engine multiplies by it."""

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)."""
        ...

    def __matmul__(self, X: Array, /) -> Array: ...


class Factors(Protocol):
    """What an engine keeps of a factored matrix."""

    @property
    def order(self) -> ordering.Order | None:
        """The order (n,) of elimination, None for the engine's own."""
        ...

    def solve(self, b: Array) -> Array:
        """Return K⁻¹ b, b (n,) or (n, k)."""
        ...

    def negative_pivots(self) -> int:
        """Return the number of negative eigenvalues of K; raise ``ConvergenceError`` where it is unknown."""
        ...

    def product(self, matrix: sparse.csr_array) -> Product:
        """Return ``matrix``, any other one, as this engine multiplies blocks by it fastest."""
        ...


class SuperLUFactors:
    """SuperLU in symmetric mode: diagonal pivots, nested dissection (minimum degree without METIS)."""

    def __init__(self, matrix: sparse.csr_array, like: Factors | None):
        order = None if like is None else like.order
        if order is None and ordering.available():
            order = ordering.nested_dissection(matrix)
        self.order = order
        self._lu = _splu(matrix if order is None else matrix[order][:, order].tocsr(), order is not None)

    def solve(self, b: Array) -> Array:
        """Return K⁻¹ b."""
        if self.order is None:
            whole: Array = self._lu.solve(b)
            return whole
        x = np.empty(b.shape, order="F")
        x[self.order] = self._lu.solve(b[self.order])
        return x

    def negative_pivots(self) -> int:
        """Return the number of negative diagonal entries of U."""
        if not np.array_equal(self._lu.perm_r, self._lu.perm_c):
            raise ConvergenceError("The factorization pivoted off the diagonal, so its inertia is unknown.")
        return int(np.count_nonzero(self._lu.U.diagonal() < 0))

    @staticmethod
    def product(matrix: sparse.csr_array) -> Product:
        """Return the matrix itself."""
        own: Product = matrix
        return own


def _splu(matrix: sparse.csr_array, ordered: bool) -> SuperLU:
    return splu(
        sparse.csc_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape),  # symmetric
        permc_spec="NATURAL" if ordered else "MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )


class PardisoFactors:
    """MKL's PARDISO, LDLᵀ with Bunch–Kaufman pivots: half the memory of LU, many right-hand sides at once."""

    order = None

    def __init__(self, matrix: sparse.csr_array, like: Factors | None):
        upper = sparse.triu(matrix, format="csr")
        self.analysis = _analysis(upper, like)
        self._data = upper.data
        self._slot, self._negative = self.analysis.factor(self._data)

    def solve(self, b: Array) -> Array:
        """Return K⁻¹ b, all columns at once."""
        return self.analysis.solve(self._slot, self._data, b)

    def negative_pivots(self) -> int:
        """Return the number of negative pivots that PARDISO reports."""
        return self._negative

    @staticmethod
    def product(matrix: sparse.csr_array) -> Product:
        """Return the matrix as MKL multiplies by it."""
        return mkl.Product(matrix)

    def __del__(self) -> None:
        if hasattr(self, "_slot") and not sys.is_finalizing():
            self.analysis.release(self._slot, self._data)


def _analysis(upper: sparse.csr_array, like: Factors | None) -> mkl.Pardiso:
    """Return the analysis of ``like`` if one more matrix of this pattern has room there, or else a new one."""
    if isinstance(like, PardisoFactors) and like.analysis.fits(upper):
        return like.analysis
    return mkl.Pardiso(upper)


MAKERS: dict[Engine, type[SuperLUFactors] | type[PardisoFactors]] = {
    "scipy": SuperLUFactors,
    "pardiso": PardisoFactors,
}
