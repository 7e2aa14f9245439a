"""Intel's MKL, called directly: PARDISO for symmetric matrices, and products of a sparse matrix with blocks.

Of pypardiso only the library it brings is used: its solver searches the folder tree for MKL at every start (0.6 s) and
copies the matrix's indices at every solve. Schenk & Gärtner, Future Gener. Comput. Syst. 20, 475 (2004),
doi:10.1016/j.future.2003.07.011.
"""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import suppress
from ctypes.util import find_library
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from landscape.errors import MissingDependencyError

Array = NDArray[np.float64]
FOLDERS = ("lib", "Library/bin")  # of an environment, where no package tells


def library() -> ctypes.CDLL:
    """Load MKL's runtime library; raise ``MissingDependencyError`` where there is none."""
    for place in places():
        try:
            return ctypes.CDLL(place)
        except OSError:
            continue
    raise MissingDependencyError(
        "The engine 'pardiso' needs the package pypardiso.", "Run: pip install 'plate-landscape[pardiso]'"
    )


def places() -> Iterator[str]:
    """Yield where MKL's runtime library may lie."""
    with suppress(PackageNotFoundError):
        yield from (str(f.locate()) for f in files("mkl") or () if "mkl_rt" in f.name)
    for folder in FOLDERS:
        yield from map(str, Path(sys.prefix, folder).glob("*mkl_rt*"))
    found = find_library("mkl_rt")
    if found:
        yield found


def by_columns(b: Array, rows: int = 1024) -> Array:
    """Return ``b`` stored by columns; copied by stripes that stay in cache, which is twice as fast as in one go."""
    if b.ndim == 1 or b.flags.f_contiguous:
        return np.asfortranarray(b)
    out = np.empty(b.shape, order="F")
    for start in range(0, len(b), rows):
        out[start : start + rows] = b[start : start + rows]
    return out


def _at(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


class Pardiso:
    """One analysis (METIS, symbolic factorization) of a symmetric pattern, shared by up to two factored matrices."""

    SYMMETRIC_INDEFINITE = -2
    ANALYSE, FACTOR, SOLVE, RELEASE, END = 11, 22, 33, 0, -1
    PARAMETERS = ((1, 1), (2, 2), (10, 8), (21, 1), (24, 1), (35, 1))
    """Own values; METIS; tiny pivots; Bunch–Kaufman; two-level factorization; indices from 0. No refinement: the default,
    two steps at every solve, makes it five times slower."""
    NEGATIVE = 23  # the place of the number of negative eigenvalues among the parameters
    SLOTS = 2

    def __init__(self, upper: sparse.csr_array):
        self._library = library()
        self._handle = np.zeros(64, dtype=np.int64)
        self._parameters = np.zeros(64, dtype=np.int32)
        for place, value in self.PARAMETERS:
            self._parameters[place - 1] = value
        self.pattern = (upper.indptr.astype(np.int32), upper.indices.astype(np.int32))
        self.free = list(range(self.SLOTS, 0, -1))
        self._call(self.ANALYSE, 1, upper.data)

    def fits(self, upper: sparse.csr_array) -> bool:
        """Say whether one more matrix can be factored with this analysis."""
        own = (upper.indptr, upper.indices)
        return bool(self.free) and all(np.array_equal(a, b) for a, b in zip(self.pattern, own, strict=True))

    def factor(self, data: Array) -> tuple[int, int]:
        """Factor the matrix of entries ``data`` (nnz,); return its slot and its number of negative eigenvalues."""
        slot = self.free[-1]
        self._call(self.FACTOR, slot, data)
        self.free.pop()
        return slot, int(self._parameters[self.NEGATIVE - 1])

    def solve(self, slot: int, data: Array, b: Array) -> Array:
        """Return K⁻¹ b, b (n,) or (n, k); a block comes stored by columns."""
        b = by_columns(b)
        x = np.empty_like(b)
        if b.size:
            self._call(self.SOLVE, slot, data, b, x)
        return x

    def release(self, slot: int, data: Array) -> None:
        """Give back the factors in a slot."""
        self._call(self.RELEASE, slot, data)
        self.free.append(slot)

    def _call(
        self, phase: int, slot: int, data: Array, b: Array | None = None, x: Array | None = None
    ) -> None:
        rows, columns = self.pattern
        count = 1 if b is None or b.ndim == 1 else b.shape[1]
        sizes = (self.SLOTS, slot, self.SYMMETRIC_INDEFINITE, phase, len(rows) - 1)
        failed = ctypes.c_int32(0)
        self._library.pardiso(
            _at(self._handle),
            *(ctypes.byref(ctypes.c_int32(k)) for k in sizes),
            *map(_at, (data, rows, columns)),
            None,
            ctypes.byref(ctypes.c_int32(count)),
            _at(self._parameters),
            ctypes.byref(ctypes.c_int32(0)),
            *(None if a is None else _at(a) for a in (b, x)),
            ctypes.byref(failed),
        )
        if failed.value:
            raise RuntimeError(f"PARDISO, error {failed.value}")

    def __del__(self) -> None:
        if hasattr(self, "free") and not sys.is_finalizing():
            self._call(self.END, 1, np.zeros(1))


class _Description(ctypes.Structure):
    """MKL's ``matrix_descr``."""

    _fields_ = (("type", ctypes.c_int), ("mode", ctypes.c_int), ("diagonal", ctypes.c_int))


class Product:
    """``self @ X`` for a sparse matrix (n, m) and a block X (m, k), two to three times faster than SciPy's."""

    GENERAL, PLAIN, BY_ROWS = 20, 10, 101

    def __init__(self, matrix: sparse.csr_array):
        self.shape = matrix.shape
        self._library = library()
        self._kept = (matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)
        rows, columns, entries = self._kept
        self._handle = ctypes.c_void_p()
        failed = self._library.mkl_sparse_d_create_csr(
            ctypes.byref(self._handle),
            0,
            *(ctypes.c_int(n) for n in self.shape),
            *map(_at, (rows[:-1], rows[1:], columns, entries)),
        )
        if failed:
            raise RuntimeError(f"MKL could not take a sparse matrix (status {failed})")

    def __matmul__(self, X: Array) -> Array:
        X = np.ascontiguousarray(X)
        Y = np.empty((self.shape[0], X.shape[1]))
        failed = Y.size and self._library.mkl_sparse_d_mm(
            self.PLAIN,
            ctypes.c_double(1),
            self._handle,
            _Description(self.GENERAL, 0, 0),
            self.BY_ROWS,
            _at(X),
            *(ctypes.c_int(X.shape[1]),) * 2,
            ctypes.c_double(0),
            _at(Y),
            ctypes.c_int(X.shape[1]),
        )
        if failed:
            raise RuntimeError(f"MKL could not multiply (status {failed})")
        return Y

    def __del__(self) -> None:
        if hasattr(self, "_handle") and not sys.is_finalizing():
            self._library.mkl_sparse_destroy(self._handle)
