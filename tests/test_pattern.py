"""The sparsity of K, found from nodes, is that of its unknowns."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, held, wavy
from scipy import sparse

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.elements.pattern import Pattern
from landscape.elements.space import make_space


@pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
@pytest.mark.parametrize(
    ("make", "plate"),
    [
        (lambda: wavy(4), held(FREE)),
        (lambda: wavy(4), held(SUPPORTED, left=CLAMPED, centre=CLAMPED)),
        (lambda: disc(2), held(CLAMPED)),
    ],
)
def test_entries_are_the_pairs_of_unknowns_that_share_a_triangle(make, plate, element):
    space = make_space(make(), plate, element)
    pattern = Pattern.of(space)
    everywhere = slice(0, space.skfem.t.shape[1])
    where, unknown = pattern.locate(space, everywhere)
    triangle = np.repeat(np.arange(everywhere.stop), element.size)
    free = unknown.ravel() < space.unknowns
    ones = np.ones(free.sum())
    shares = sparse.csr_array(
        (ones, (triangle[free], unknown.ravel()[free])), shape=(everywhere.stop, space.unknowns)
    )
    expected = (shares.T @ shares).tocsr()
    expected.sort_indices()
    indices, indptr = pattern.csr(space)
    np.testing.assert_array_equal(indices, expected.indices)
    np.testing.assert_array_equal(indptr, expected.indptr)
    assert pattern.entries == expected.nnz
    rows, columns = np.broadcast_arrays(unknown[:, :, None], unknown[:, None, :])
    inner = (rows < space.unknowns) & (columns < space.unknowns)
    assert (where[~inner] == pattern.entries).all()
    np.testing.assert_array_equal(indices[where[inner]], columns[inner])
    np.testing.assert_array_equal(np.searchsorted(indptr, where[inner], side="right") - 1, rows[inner])
