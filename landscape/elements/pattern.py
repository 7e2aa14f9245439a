"""The sparsity of K and M, from the 36 pairs of nodes of a triangle instead of its 441 entries."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from landscape.elements.space import Chunk, Space

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Pattern:
    """Blocks of nodes that share a triangle, and where they lie in the data of a csr matrix.

    ``neighbour``: nodes that share a triangle with each node; ``keys``: node · nodes + neighbour, ascending;
    ``inside``: offset of a block within a row of its node; ``width``: length of such a row; ``start``: place of
    the first.
    """

    neighbour: Index
    keys: Index
    inside: Index
    width: Index
    start: Index

    @classmethod
    def of(cls, space: Space, triangles: Chunk = slice(None)) -> "Pattern":
        """Find the blocks of ``triangles``, by default of all; nodes without unknowns have none."""
        count = len(space.free)
        nodes = space.nodes(triangles)
        nodes = np.where(space.free[nodes] > 0, nodes, -1)
        keep = (nodes[:, :, None] >= 0) & (nodes[:, None, :] >= 0)
        row = np.broadcast_to(nodes[:, :, None], keep.shape)[keep]
        column = np.broadcast_to(nodes[:, None, :], keep.shape)[keep]
        ones = np.ones(len(row), dtype=np.int8)
        graph = sparse.coo_array((ones, (row, column)), shape=(count, count)).tocsr()
        graph.sort_indices()
        neighbour = graph.indices.astype(np.int64)
        degree = np.diff(graph.indptr).astype(np.int64)
        owner = np.repeat(np.arange(count), degree)
        ends = np.cumsum(space.free[neighbour])
        before = np.concatenate([[0], ends])
        first = before[graph.indptr[:-1]]
        inside = before[:-1] - first[owner]
        width = before[graph.indptr[1:]] - first
        start = np.concatenate([[0], np.cumsum(space.free * width)])
        return cls(neighbour, owner * count + neighbour, inside, width, start)

    @property
    def entries(self) -> int:
        """Number of entries of K."""
        return int(self.start[-1])

    def locate(self, space: Space, chunk: Chunk) -> tuple[Index, Index]:
        """Return csr positions (chunk, size, size) and unknowns (chunk, size); fixed ones go to the last place."""
        nodes = space.nodes(chunk)
        count, jet = len(space.free), space.element.jet
        block = np.searchsorted(self.keys, nodes[:, :, None] * count + nodes[:, None, :])
        inside = self.inside[np.minimum(block, len(self.inside) - 1)]
        slot = np.concatenate([np.repeat([0, 1, 2], jet), [3, 4, 5]])
        within = np.concatenate([np.tile(np.arange(jet), 3), [0, 0, 0]])
        owner = nodes[:, slot]
        fixed = within >= space.free[owner]
        row = self.start[owner] + within * self.width[owner]
        where = row[:, :, None] + inside[:, slot[:, None], slot[None, :]] + within[None, None, :]
        where[fixed[:, :, None] | fixed[:, None, :]] = self.entries
        unknown = np.where(fixed, space.unknowns, space.offset[owner] + within)
        return where, unknown

    def csr(self, space: Space) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return csr indices and indptr of the expanded pattern."""
        kind = np.int32 if self.entries < 2**31 else np.int64
        sizes = space.free[self.neighbour]
        before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        base = np.repeat((space.offset[self.neighbour] - before).astype(kind), sizes)
        base += np.arange(len(base), dtype=kind)  # the unknowns of one row of every node, node after node
        node_start = np.concatenate([[0], np.cumsum(self.width)])[:-1]
        row_node = np.repeat(np.arange(len(space.free)), space.free)
        row_width = self.width[row_node]
        indptr = np.concatenate([[0], np.cumsum(row_width)])
        place = np.repeat((node_start[row_node] - indptr[:-1]).astype(kind), row_width)
        place += np.arange(self.entries, dtype=kind)
        return np.take(base, place), indptr.astype(kind)
