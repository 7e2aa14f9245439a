"""The engines that factor a symmetric sparse matrix: SuperLU of SciPy, and MKL's PARDISO where pypardiso is there."""

import sys
from types import MappingProxyType
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import SuperLU, splu

from landscape.errors import ConvergenceError, MissingDependencyError
from landscape.linalg import ordering

Array = NDArray[np.float64]
Engine = Literal["scipy", "pardiso"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


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


class SuperLUFactors:
    """SuperLU in symmetric mode: diagonal pivots, nested dissection (minimum degree without METIS)."""

    def __init__(self, matrix: sparse.csr_array, order: ordering.Order | None):
        if order is None and ordering.available():
            order = ordering.nested_dissection(matrix)
        self.order = order
        self._lu = _splu(matrix if order is None else matrix[order][:, order].tocsr(), order is not None)

    def solve(self, b: Array) -> Array:
        """Return K⁻¹ b."""
        if self.order is None:
            whole: Array = self._lu.solve(b)
            return whole
        x = np.empty_like(b)
        x[self.order] = self._lu.solve(b[self.order])
        return x

    def negative_pivots(self) -> int:
        """Return the number of negative diagonal entries of U."""
        if not np.array_equal(self._lu.perm_r, self._lu.perm_c):
            raise ConvergenceError("The factorization pivoted off the diagonal, so its inertia is unknown.")
        return int(np.count_nonzero(self._lu.U.diagonal() < 0))


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
    SYMMETRIC_INDEFINITE = -2
    NEGATIVE = 23  # the place of the number of negative eigenvalues among PARDISO's parameters
    SOLVE = 33
    PARAMETERS = MappingProxyType({1: 1, 2: 2, 10: 8, 21: 1, 24: 1})
    """Own values; METIS; tiny pivots; Bunch–Kaufman; two-level factorization. No refinement: the default, two steps at
    every solve, makes it five times slower."""

    def __init__(self, matrix: sparse.csr_array, order: ordering.Order | None):
        try:
            from pypardiso import PyPardisoSolver
        except ImportError:
            raise MissingDependencyError(
                "The engine 'pardiso' needs the package pypardiso.",
                "Run: pip install 'plate-landscape[pardiso]'",
            ) from None
        self._upper = sparse.triu(matrix, format="csr")
        self._solver = PyPardisoSolver(mtype=self.SYMMETRIC_INDEFINITE, size_limit_storage=0)
        for place, value in self.PARAMETERS.items():
            self._solver.set_iparm(place, value)
        try:
            self._solver.factorize(self._upper)
        except Exception as error:  # pypardiso raises its own class, with a number
            raise RuntimeError(f"PARDISO, {error}") from None

    def solve(self, b: Array) -> Array:
        """Return K⁻¹ b, all columns at once."""
        self._solver.set_phase(self.SOLVE)
        x: Array = self._solver._call_pardiso(self._upper, np.asfortranarray(b))
        return x

    def negative_pivots(self) -> int:
        """Return the number of negative pivots that PARDISO reports."""
        return int(self._solver.get_iparm(self.NEGATIVE))

    def __del__(self) -> None:
        if hasattr(self, "_solver") and not sys.is_finalizing():
            self._solver.free_memory(everything=True)


MAKERS: dict[Engine, type[SuperLUFactors] | type[PardisoFactors]] = {
    "scipy": SuperLUFactors,
    "pardiso": PardisoFactors,
}
