"""Block Lanczos for the largest eigenvalues θ of A = K⁻¹M in the M inner product, fully reorthogonalized.

    A Q = Q T + Q₊ B Eᵀ,   QᵀMQ = 1,   T = QᵀMAQ block tridiagonal

A block of solves costs a fraction of as many single ones, and a cluster of up to a block's width comes out whole. When
the basis is full it is restarted from its best Ritz vectors (thick restart; Wu & Simon, SIAM J. Matrix Anal. 22, 602
(2000), doi:10.1137/S0895479898334605). The blocks are orthonormalized by the singular values of their Gram matrix
(Stathopoulos & Wu, SIAM J. Sci. Comput. 23, 2165 (2002), doi:10.1137/S1064827500370883).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from landscape.errors import ConvergenceError
from landscape.linalg.blocks import minus, times
from landscape.linalg.engines import Array, Product

SEED = 20161104
LOSS = 1e-2  # cosine above which a block is orthogonalized once more
LOOSE = 1e-4  # accuracy of the pairs beyond those asked for


@dataclass(frozen=True)
class Operator:
    """A = K⁻¹M: ``inverse`` applies K⁻¹ to blocks (n, k), and M multiplies them."""

    inverse: Callable[[Array], Array]
    M: Product


@dataclass(frozen=True)
class Goal:
    """``count`` pairs to a relative residual of ``tolerance``, and ``extra`` more to a looser one."""

    count: int
    extra: int
    tolerance: float
    block: int
    largest: int  # vectors in the basis
    blocks: int = 1000

    @property
    def wanted(self) -> int:
        """Number of pairs in all."""
        return self.count + self.extra

    def met(self, theta: Array, residual: Array) -> bool:
        """Say whether the residuals (wanted,) of the leading pairs suffice."""
        limit = np.full(self.wanted, LOOSE)
        limit[: self.count] = self.tolerance
        return bool(np.all(residual <= limit * theta))


def largest_pairs(
    operator: Operator, goal: Goal, known: tuple[Array, Array] | None = None
) -> tuple[Array, Array]:
    """Return θ (wanted,), descending, and M-orthonormal vectors (n, wanted).

    ``known``: θ (m,) and vectors (n, m) already converged; the search runs in their complement and returns them with
    what it finds. Raises ``ConvergenceError`` when the goal is not met.
    """
    basis = _Basis(operator, goal, known)
    early = 2 * goal.wanted - basis.size  # vectors before which no search has ended
    for step in range(goal.blocks):
        basis.extend()
        if not basis.full and (basis.size < early or step % (1 + basis.size // 600)):
            continue
        theta, rotation = basis.ritz()
        if goal.met(theta[: goal.wanted], basis.residual(rotation[:, : goal.wanted])):
            return theta[: goal.wanted], basis.vectors(rotation[:, : goal.wanted])
        if basis.full:
            basis.restart(theta, rotation)
    raise ConvergenceError(
        f"Block Lanczos did not find {goal.wanted} modes in {goal.blocks} blocks.", "Ask for fewer modes."
    )


class _Basis:
    """The growing basis Q, the projection T, and the block Q₊ that comes next with its coupling B to the last."""

    def __init__(self, operator: Operator, goal: Goal, known: tuple[Array, Array] | None):
        n = operator.M.shape[0]
        self._operator, self._goal = operator, goal
        start = 0 if known is None else len(known[0])
        capacity = min(n, max(goal.largest, start + goal.wanted + 3 * goal.block))
        self._Q, self._T = np.empty((n, capacity), order="F"), np.zeros((capacity, capacity))
        self.size, self._coupled = start, 0
        if known is not None:
            self._Q[:, :start], self._T[range(start), range(start)] = known[1], known[0]
        self._rng = np.random.default_rng(SEED + start)
        self._fresh()

    def _fresh(self) -> None:
        """Let a random block come next, uncoupled."""
        width = min(self._goal.block, len(self._Q) - self.size)
        noise = self._rng.standard_normal((len(self._Q), width))
        start = np.asfortranarray(self._operator.inverse(self._operator.M @ noise))
        self._next, self._M_next, _ = self._orthonormal(start)
        self._coupling = np.zeros((self._next.shape[1], self.size - self._coupled))

    @property
    def full(self) -> bool:
        return self.size + self._next.shape[1] > self._Q.shape[1]

    def extend(self) -> None:
        """Append the next block to Q and compute the one after it."""
        old, new = self.size, self.size + self._next.shape[1]
        block = slice(old, new)
        MQ = self._M_next
        self._Q[:, block] = self._next
        W = np.asfortranarray(self._operator.inverse(MQ))
        self._T[block, self._coupled : old] = self._coupling
        self._T[self._coupled : old, block] = self._coupling.T
        diagonal = MQ.T @ W
        W = minus(W, self._Q[:, self._coupled : new], np.vstack((self._coupling.T, diagonal)))
        self._T[block, block] = (diagonal + diagonal.T) / 2
        self.size, self._coupled = new, old
        self._next, self._M_next, self._coupling = self._orthonormal(W)
        if self._next.shape[1] == 0 and self.size < len(self._Q):
            self._fresh()

    def ritz(self) -> tuple[Array, Array]:
        """Return the eigenpairs of T, θ descending."""
        theta, rotation = eigh(self._T[: self.size, : self.size])
        return theta[::-1], rotation[:, ::-1]

    def residual(self, rotation: Array) -> Array:
        """Return ‖A x − θ x‖_M of Ritz vectors."""
        last: Array = np.linalg.norm(self._coupling @ rotation[self._coupled : self.size], axis=0)
        return last

    def vectors(self, rotation: Array) -> Array:
        return times(self._Q[:, : self.size], rotation)

    def restart(self, theta: Array, rotation: Array) -> None:
        """Keep the best Ritz vectors and the next block, coupled to all of them."""
        keep = min(self._goal.wanted + self._goal.block, self._Q.shape[1] - 2 * self._goal.block)
        coupling = self._coupling @ rotation[self._coupled : self.size, :keep]
        self._Q[:, :keep] = self.vectors(rotation[:, :keep])
        self._T[:] = 0
        self._T[range(keep), range(keep)] = theta[:keep]
        self.size, self._coupled, self._coupling = keep, 0, coupling

    def _orthonormal(self, W: Array) -> tuple[Array, Array, Array]:
        """Return an M-orthonormal basis X of W off Q, MX, and B with W ≈ X B; directions of size ε are dropped.

        W is overwritten.
        """
        M, Q, B = self._operator.M, self._Q[:, : self.size], np.eye(W.shape[1])
        floor = 10 * np.finfo(float).eps * self._T.max(initial=0)
        for _ in range(4):
            MW = M @ W
            gram, overlap = W.T @ MW, Q.T @ MW
            W = minus(W, Q, overlap)
            cosine = _ratio(np.sum(overlap**2, axis=0), np.diag(gram))
            lost = cosine.max(initial=0) >= LOSS
            gram = W.T @ (M @ W) if lost else gram - overlap.T @ overlap
            size = np.sqrt(np.maximum(np.diag(gram), 0))
            alive = size > floor
            values, V = eigh(gram[np.ix_(alive, alive)] / np.outer(size[alive], size[alive]))
            values = np.maximum(values, np.finfo(float).eps * len(values))
            B = (np.sqrt(values)[:, None] * (V.T * size[alive])) @ B[alive]
            W = times(W if alive.all() else W[:, alive], V / size[alive][:, None] / np.sqrt(values))
            if values.size == 0 or (values.min() > LOSS**2 and not lost and alive.all()):
                break
        return W, M @ W, B


def _ratio(squares: Array, of: Array) -> Array:
    """Return √(squares / of), 0 where there is nothing."""
    return np.sqrt(squares / np.where(of > 0, of, 1))
