"""Fill-reducing order of a symmetric matrix: nested dissection of the graph of its nodes.

The unknowns of one node (a vertex's jet, an edge's slope) have rows of one pattern. Taken together they make a graph
that is an order of magnitude smaller than the matrix; METIS dissects it (Karypis & Kumar, SIAM J. Sci. Comput. 20,
359 (1998), doi:10.1137/S1064827595287997), and the order of the nodes is the order of their unknowns.
"""

import importlib.util

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Order = NDArray[np.intp]


def available() -> bool:
    """Return whether METIS is installed."""
    return importlib.util.find_spec("pymetis") is not None


def nested_dissection(matrix: sparse.csr_array) -> Order:
    """Return the order of elimination (n,): ``matrix[order][:, order]`` factors with little fill.

    ``matrix``: symmetric pattern with sorted indices.
    """
    import pymetis

    first = leaders(matrix)
    sizes = np.diff(np.append(first, matrix.shape[0]))
    graph = _quotient(matrix, first)
    if len(first) < 3 or graph.nnz == 0:
        return np.arange(matrix.shape[0])
    adjacency = pymetis.CSRAdjacency(graph.indptr, graph.indices)
    order, _ = pymetis.nested_dissection(adjacency, vweights=sizes.tolist())
    nodes = np.asarray(order, dtype=np.intp)
    return _expanded(first[nodes], sizes[nodes])


def leaders(matrix: sparse.csr_array) -> Order:
    """Return the first row of every run of consecutive rows that share one pattern, (nodes,)."""
    lengths = np.diff(matrix.indptr)
    total = matrix.indptr[-1]
    above = np.arange(total, dtype=matrix.indptr.dtype)
    above -= np.repeat(lengths, lengths)  # the same place of the row above, if that is as long
    differs = np.concatenate([[0], np.cumsum(matrix.indices != matrix.indices[above])])
    new = differs[matrix.indptr[1:]] > differs[matrix.indptr[:-1]]
    new[1:] |= lengths[1:] != lengths[:-1]
    new[:1] = True
    return np.flatnonzero(new)


def _quotient(matrix: sparse.csr_array, first: Order) -> sparse.csr_array:
    """Return the graph of the nodes, without loops."""
    node = np.zeros(matrix.shape[0], dtype=np.int32)
    node[first[1:]] = 1
    node = np.cumsum(node, dtype=np.int32)
    rows = matrix[first].tocoo()
    keep = node[rows.coords[1]] != rows.coords[0]
    row, column = rows.coords[0][keep], node[rows.coords[1][keep]]
    new = np.ones(len(row), dtype=bool)  # the unknowns of one node stand together in a row
    new[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    count = len(first)
    entries = (np.ones(np.count_nonzero(new), dtype=np.int8), (row[new], column[new]))
    return sparse.coo_array(entries, shape=(count, count)).tocsr()


def _expanded(start: Order, sizes: Order) -> Order:
    """Return start, start + 1, … of every run, run after run."""
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    out: Order = np.repeat(start - before, sizes) + np.arange(int(sizes.sum()))
    return out
