"""How many modes lie below a value: Sylvester's law of inertia, from a factorization that has proved itself.

The signs of the pivots of K − σM count the eigenvalues of the pencil below σ, exactly those of a matrix near by.
How near is asked of the factors: with b = My, y random, and x their answer, |xᵀ(b − (K − σM)x)| / (σ xᵀMx) is how
far the eigenvalues next to σ, which dominate x, were moved. Parlett, The Symmetric Eigenvalue Problem, SIAM
(1998), §3.3, doi:10.1137/1.9781611971163.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from landscape.errors import ConvergenceError
from landscape.linalg.engines import Array, Engine
from landscape.linalg.factorization import Factorization, factorize
from landscape.linalg.pencil import Count, Pencil, added

TRUSTED = 1e-9  # relative displacement of the eigenvalues near σ up to which a count is handed out
SHARE = 0.1  # of the gap σ lies in, up to which they may be displaced
Signs = Callable[[float], tuple[int, float]]
POSITIONS = (0.5, 0.4, 0.6, 0.3, 0.7)  # where in the gap σ is put, in turn


def modes_below(
    K: sparse.csr_array,
    M: sparse.csr_array,
    value: float,
    *,
    engine: Engine = "scipy",
    like: Factorization | None = None,
    trusted: float = TRUSTED,
) -> int:
    """Return how many eigenvalues of the pencil lie below ``value``.

    ``like``: a factorization in the pattern of K, whose engine and order are taken over. Raises ``ConvergenceError``
    when the factors move the eigenvalues near ``value`` by more than the share ``trusted``.
    """
    factors = factorize(added(K, M, -value), engine=engine, like=like)
    moved = _displacement(factors, M, value)
    if not moved <= trusted:
        raise ConvergenceError(
            f"The modes below {value:.9g} cannot be counted: the factors move the eigenvalues by {moved:.1e}.",
            "Ask for a different number of modes.",
        )
    return factors.negative_pivots()


def count_modes(pencil: Pencil, values: Array, count: int) -> Count | None:
    """Count the modes up to the ``count``-th of the computed ``values`` (k,), ascending.

    σ lies in the widest gap between the ``count``-th value and the last. None if there is no gap: compute more then.
    Raises ``ConvergenceError`` when no factorization can be trusted.
    """

    def signs(value: float) -> tuple[int, float]:
        factors = factorize(pencil.shifted(value), like=pencil.factorization)
        try:
            below = factors.negative_pivots() - pencil.left_out
        except ConvergenceError:
            return 0, np.inf
        return below, _displacement(factors, pencil.M, value)

    return count_in_gap(values, count, signs)


def count_in_gap(values: Array, count: int, signs: Signs) -> Count | None:
    """Count as ``count_modes``; ``signs`` tells of a value how many modes lie below it, and how far, relatively, those
    next to it were moved."""
    place = gap_after(values, count)
    if place is None:
        return None
    low, high = values[place - 1], values[place]
    for position in POSITIONS:
        value = float(low + position * (high - low))
        below, moved = signs(value)
        if moved <= SHARE * (high / low - 1):
            return Count(value, below, place)
    raise ConvergenceError(
        f"The modes below {high:.9g} cannot be counted: no factorization there is accurate enough.",
        "Ask for a different number of modes.",
    )


def gap_after(values: Array, count: int) -> int | None:
    """Return p ≥ ``count`` with the widest gap between values[p − 1] and values[p]; None where none is wide enough."""
    if len(values) <= count:
        return None
    gaps = values[count:] / values[count - 1 : -1] - 1
    widest = int(np.argmax(gaps))
    return None if gaps[widest] < 10 * TRUSTED else widest + count


def _displacement(factors: Factorization, M: sparse.csr_array, value: float) -> float:
    """Return how far, relatively, the factors move the eigenvalues near ``value``."""
    b = M @ np.random.default_rng(7).standard_normal(M.shape[0])
    x = factors.apply(b)
    size = abs(value) * (x @ (M @ x))
    return float(abs(x @ (b - factors.matrix @ x)) / size) if size > 0 else float("nan")
