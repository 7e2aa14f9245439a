import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from landscape.errors import InputError
from landscape.topography import Surface, merge_tree, surface_edges


def swept(values: np.ndarray, edges: np.ndarray) -> dict[int, int]:
    """Oracle: add vertices from the highest down; peak -> vertex where it meets a higher one (−1: never)."""
    order = sorted(range(len(values)), key=lambda v: (values[v], v), reverse=True)
    place = {v: n for n, v in enumerate(order)}
    neighbours: dict[int, list[int]] = {v: [] for v in order}
    for a, b in edges.tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    component: dict[int, int] = {}
    passes: dict[int, int] = {}
    for v in order:
        peaks = sorted({component[u] for u in neighbours[v] if u in component}, key=place.__getitem__)
        component[v] = peaks[0] if peaks else v
        if not peaks:
            passes[v] = -1
        for younger in peaks[1:]:
            passes[younger] = v
            component = {u: peaks[0] if p == younger else p for u, p in component.items()}
    return passes


@st.composite
def graphs(draw, *, ties: bool):
    count = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.integers(0, 6, count).astype(float) if ties else rng.permutation(count).astype(float)
    edges = rng.integers(0, count, (draw(st.integers(0, 60)), 2))
    return values, edges[edges[:, 0] != edges[:, 1]]


@given(graphs(ties=True))
def test_equals_the_sweep_on_any_graph_with_ties(graph):
    values, edges = graph
    tree = merge_tree(values, edges)
    assert dict(zip(tree.peaks.tolist(), tree.passes.tolist(), strict=True)) == swept(values, edges)


@given(graphs(ties=True), st.integers(0, 2**32 - 1))
def test_any_climbing_rule_gives_the_same_tree(graph, seed):
    values, edges = graph
    lengths = np.random.default_rng(seed).uniform(0.1, 10, len(edges))
    one, other = merge_tree(values, edges), merge_tree(values, edges, lengths=lengths)
    np.testing.assert_array_equal(one.peaks, other.peaks)
    np.testing.assert_array_equal(one.passes, other.passes)


@given(graphs(ties=False), st.integers(0, 2**32 - 1))
def test_renumbering_changes_nothing(graph, seed):
    values, edges = graph
    number = np.random.default_rng(seed).permutation(len(values))  # old -> new
    shuffled = np.empty_like(values)
    shuffled[number] = values
    one, other = merge_tree(values, edges), merge_tree(shuffled, number[edges][::-1, ::-1])
    np.testing.assert_array_equal(number[one.peaks], other.peaks)
    np.testing.assert_array_equal(np.where(one.passes < 0, -1, number[one.passes]), other.passes)
    np.testing.assert_array_equal(one.basin, other.basin[number])
    np.testing.assert_array_equal(one.between, other.between)


@given(graphs(ties=True))
def test_structure_of_every_tree(graph):
    values, edges = graph
    tree = merge_tree(values, edges)
    assert (np.diff(tree.birth) <= 0).all()
    assert (tree.persistence >= 0).all()
    joined = tree.parent >= 0
    assert (tree.parent[joined] < np.flatnonzero(joined)).all()  # a parent is higher
    assert (values <= tree.birth[tree.basin]).all()
    np.testing.assert_array_equal(tree.basin[tree.peaks], np.arange(len(tree.peaks)))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_maxima_minus_passes_is_the_number_of_pieces(seed):
    rng = np.random.default_rng(seed)
    points = rng.random((60, 2))
    surface = Surface(points, Delaunay(points).simplices, rng.random(60))
    tree = merge_tree(surface.values, surface_edges(surface))
    assert np.count_nonzero(tree.passes < 0) == 1


def test_single_vertex_and_constant_field():
    single = merge_tree([3.0], np.empty((0, 2), int))
    assert (single.peaks.tolist(), single.passes.tolist(), single.persistence.tolist()) == (
        [0],
        [-1],
        [np.inf],
    )
    edges = np.column_stack([np.arange(9), np.arange(1, 10)])
    flat = merge_tree(np.ones(10), edges)
    assert (flat.persistence[1:] == 0).all()
    assert flat.peaks[0] == 9


def test_path_with_known_pairs():
    values = np.array([0, 5, 2, 9, 1, 7, 6, 8, 0.0])
    tree = merge_tree(values, np.column_stack([np.arange(8), np.arange(1, 9)]))
    assert tree.birth.tolist() == [9, 8, 7, 5]
    assert tree.death.tolist() == [-np.inf, 1, 6, 2]
    assert tree.parent.tolist() == [-1, 0, 1, 0]
    assert tree.across.tolist() == [-1, 0, 1, 0]


@pytest.mark.parametrize(
    ("values", "edges", "word"),
    [
        ([], np.empty((0, 2), int), "finite values"),
        ([1.0, np.nan], [[0, 1]], "1 not finite"),
        ([1.0, 2.0], [[0, 2]], "edges name"),
    ],
)
def test_bad_input(values, edges, word):
    with pytest.raises(InputError, match=word):
        merge_tree(values, edges)
