"""The pencil over MPI: PETSc's matrices, MUMPS' LDLᵀ, SLEPc's Krylov–Schur in shift-invert.

Every rank holds its own rows; a block of vectors is the array (own, k) of them. Amestoy, Duff, L'Excellent & Koster, SIAM
J. Matrix Anal. 23, 15 (2001), doi:10.1137/S0895479899358194; Stewart, SIAM J. Matrix Anal. 23, 601 (2002),
doi:10.1137/S0895479800371529; Hernández, Román & Vidal, ACM TOMS 31, 351 (2005), doi:10.1145/1089014.1089019.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from landscape.errors import ConvergenceError, MissingDependencyError
from landscape.linalg.engines import Array
from landscape.linalg.factorization import BACKWARD
from landscape.ranks import RECIPE

TOLERANCE = 1e-11  # relative residual of an eigenpair that ends the search
RESTARTS = 500
BLOCK = 16  # right-hand sides at once
MUMPS = {
    13: 1,
    14: 50,
}  # no ScaLAPACK for the root, whose pivots it would not count; % of memory beyond its estimate
NEGATIVE = 12  # the place of the number of negative pivots among MUMPS' answers


def load() -> tuple[Any, Any]:
    """Return the modules PETSc and SLEPc. Raises ``MissingDependencyError`` where they are not, or not for reals."""
    try:
        import petsc4py

        petsc4py.init(["landscape", "-no_signal_handler"])
        from petsc4py import PETSc
        from slepc4py import SLEPc
    except (ImportError, AttributeError) as error:  # AttributeError: built for another NumPy
        raise MissingDependencyError(
            f"The engine 'petsc' needs petsc4py and slepc4py with a NumPy they were built for ({error}).",
            RECIPE,
        ) from None
    if np.dtype(PETSc.ScalarType) != np.float64:
        raise MissingDependencyError(
            "The engine 'petsc' needs PETSc for real numbers; this one is for complex ones.",
            "Let PETSC_DIR and SLEPC_DIR name the real builds, on Debian …-real.",
        )
    return PETSc, SLEPc


class SpreadPencil:
    """Kx = λMx over the ranks of ``comm``, with K + shift·M factored, and motions to leave out.

    ``K``, ``M`` (own, n): the rows of this rank, in the order of the ranks; ``excluded`` (own, r), M-orthonormal. Raises
    ``ConvergenceError`` for a singular matrix or too little memory.
    """

    def __init__(
        self,
        comm: Any,
        K: sparse.csr_array,
        M: sparse.csr_array,
        *,
        shift: float = 0.0,
        excluded: Array | None = None,
    ):
        self._PETSc, self._SLEPc = load()
        self.comm, self.shift = comm, shift
        self.own, self.size = K.shape
        self.excluded = np.zeros((self.own, 0)) if excluded is None else excluded
        self._K, self._M = self._matrix(K), self._matrix(M)
        self._eps = self._eigensolver()
        self._ksp = self._eps.getST().getKSP()
        self._factor(self._ksp, self._eps.getST())

    @property
    def left_out(self) -> int:
        """Number of motions left out."""
        return int(self.excluded.shape[1])

    def _eigensolver(self) -> Any:
        SLEPc = self._SLEPc
        eps = SLEPc.EPS().create(self.comm)
        eps.setType(SLEPc.EPS.Type.KRYLOVSCHUR)
        eps.setProblemType(SLEPc.EPS.ProblemType.GHEP)
        eps.setOperators(self._K, self._M)
        eps.setTarget(-self.shift)
        eps.setWhichEigenpairs(SLEPc.EPS.Which.TARGET_MAGNITUDE)
        eps.setTolerances(TOLERANCE, RESTARTS)
        st = eps.getST()
        st.setType(SLEPc.ST.Type.SINVERT)
        st.setShift(-self.shift)
        return eps

    def _matrix(self, rows: sparse.csr_array) -> Any:
        sizes = ((self.own, self.size), (self.own, self.size))
        kind = self._PETSc.IntType
        csr = (rows.indptr.astype(kind), rows.indices.astype(kind), rows.data)
        matrix = self._PETSc.Mat().createAIJ(sizes, csr=csr, comm=self.comm)
        matrix.setOption(self._PETSc.Mat.Option.SYMMETRIC, True)
        return matrix

    def _shifted(self, value: float) -> Any:
        """Return K − value·M."""
        matrix = self._K.copy()
        matrix.axpy(-value, self._M, self._PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        matrix.setOption(self._PETSc.Mat.Option.SYMMETRIC, True)
        return matrix

    def _factor(self, ksp: Any, st: Any = None) -> None:
        """Let MUMPS factor the matrix of a solver, which is that of SLEPc's transformation ``st``."""
        PETSc = self._PETSc
        ksp.setType(PETSc.KSP.Type.PREONLY)
        ksp.setErrorIfNotConverged(True)
        pc = ksp.getPC()
        pc.setType(PETSc.PC.Type.CHOLESKY)
        pc.setFactorSolverType(PETSc.Mat.SolverType.MUMPS)
        try:
            if st is not None:
                st.getOperator()  # builds K + shift M
            pc.setFactorSetUpSolverType()
            for place, value in MUMPS.items():
                pc.getFactorMatrix().setMumpsIcntl(place, value)
            ksp.setUp()
            if st is not None:
                st.setUp()
        except PETSc.Error as error:
            raise ConvergenceError(
                f"MUMPS could not factor the matrix of {self.size} unknowns (PETSc's error {error.ierr}).",
                "Is the plate held anywhere? If memory is short, use a coarser mesh or more machines.",
            ) from None

    def total(self, part: Array) -> Array:
        """Return the sum over the ranks of small arrays, the same to the last bit on all."""
        return np.asarray(self.comm.bcast(self.comm.reduce(part)))

    def _dense(self, block: Array) -> Any:
        sizes = ((self.own, self.size), (None, block.shape[1]))
        matrix = self._PETSc.Mat().createDense(sizes, array=np.asfortranarray(block), comm=self.comm)
        matrix.assemble()
        return matrix

    def _by_blocks(self, call: Callable[[Any], Any], block: Array) -> Array:
        """Apply ``call`` from dense matrix to dense matrix to some columns at a time."""
        out = np.empty(block.shape, order="F")
        for start in range(0, block.shape[1], BLOCK):
            some = slice(start, start + BLOCK)
            given = self._dense(block[:, some])
            result = call(given)
            out[:, some] = result.getDenseArray()
            for one in (given, result):
                one.destroy()
        return out

    def _product(self, matrix: Any, block: Array) -> Array:
        return self._by_blocks(matrix.matMult, block)

    def stiffness(self, block: Array) -> Array:
        """Return K x, (own, k)."""
        return self._product(self._K, block)

    def mass(self, block: Array) -> Array:
        """Return M x, (own, k)."""
        return self._product(self._M, block)

    def apply(self, block: Array, ksp: Any = None) -> Array:
        """Return (K + shift M)⁻¹ b, (own, k), without a check; or the answer of another solver."""
        factors = (ksp or self._ksp).getPC().getFactorMatrix()

        def solved(b: Any) -> Any:
            x = b.duplicate()
            factors.matSolve(b, x)
            return x

        return self._by_blocks(solved, block)

    def solve(self, b: Array) -> Array:
        """Return x with K x = b, (own, k), after one step of refinement; without a shift.

        Raises ``ConvergenceError`` when a backward error |Kx − b| / (|K||x| + |b|) exceeds 1e-10.
        """
        x = self.apply(b)
        x = x + self.apply(b - self.stiffness(x))
        norm = self._K.norm(self._PETSc.NormType.INFINITY)
        residual, size, load = (self._largest(a) for a in (b - self.stiffness(x), x, b))
        scale = norm * size + load
        error = float(np.max(residual / np.where(scale > 0, scale, 1.0)))
        if not error <= BACKWARD:  # NaN fails too
            raise ConvergenceError(
                f"A linear solve reached a backward error of {error:.1e}, needed {BACKWARD:.0e}.",
                "The plate may be held too little, or the mesh may hold needle-like triangles.",
            )
        return x

    def _largest(self, block: Array) -> Array:
        """Return the largest magnitude of every column over all ranks."""
        parts = self.comm.allgather(np.abs(block).max(axis=0, initial=0.0))
        return np.asarray(np.max(parts, axis=0))

    def search(self, count: int, known: Array) -> Array:
        """Return ``count`` further M-orthonormal eigenvectors (own, k), off the known and the excluded."""
        eps = self._eps
        left = self.size - self.left_out - known.shape[1]
        eps.setDimensions(count, min(left, max(2 * count, count + 15)))
        off = np.hstack((self.excluded, known))
        if off.shape[1]:
            eps.setDeflationSpace([self._vector(column) for column in off.T])
        eps.solve()
        found = min(eps.getConverged(), count)
        if found < count:
            raise ConvergenceError(
                f"Krylov–Schur found {found} of {count} modes in {RESTARTS} restarts.", "Ask for fewer modes."
            )
        out, vector = np.empty((self.own, count), order="F"), self._K.createVecRight()
        for k in range(count):
            eps.getEigenvector(k, vector)
            out[:, k] = vector.getArray(readonly=True)
        return out

    def _vector(self, column: Array) -> Any:
        vector = self._K.createVecRight()
        vector.setArray(column)
        return vector

    def signs(self, value: float) -> tuple[int, float]:
        """Return how many eigenvalues lie below ``value``, and how far, relatively, its factors move those next to it.

        As in ``landscape.linalg.inertia``; motions left out count.
        """
        matrix, ksp = self._shifted(value), self._PETSc.KSP().create(self.comm)
        ksp.setOperators(matrix)
        self._factor(ksp)
        b = self.mass(np.random.default_rng(7 + self.comm.rank).standard_normal((self.own, 1)))
        x = self.apply(b, ksp)
        parts = np.concatenate((x.T @ (b - self._product(matrix, x)), x.T @ self.mass(x)))
        off, size = self.total(parts).ravel()
        negative = int(ksp.getPC().getFactorMatrix().getMumpsInfog(NEGATIVE))
        for one in (ksp, matrix):
            one.destroy()
        return negative, float(abs(off) / (abs(value) * size)) if size > 0 else float("nan")
