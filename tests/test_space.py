"""Unknowns, full degrees of freedom and polynomials are three forms of one function."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, wavy
from scipy import sparse

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import transform
from landscape.elements.morley import MORLEY
from landscape.elements.space import chunks, make_space, resolve_supports

RNG = np.random.default_rng(11)
CASES = [
    pytest.param(lambda: wavy(4), held(CLAMPED), id="clamped"),
    pytest.param(lambda: wavy(4), held(FREE, left=SUPPORTED, centre=CLAMPED), id="mixed"),
    pytest.param(lambda: disc(2), held(CLAMPED, centre=SUPPORTED), id="curved, tied"),
    pytest.param(lambda: disc(2), held(SUPPORTED), id="curved, supported"),
]
BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)


@BOTH
@pytest.mark.parametrize(("make", "plate"), CASES)
def test_the_local_transformation_agrees_with_the_expansion(make, plate, element):
    """d̂ from the unknowns of a triangle = d̂ from Z · unknowns, ties and frames included."""
    space = make_space(make(), plate, element)
    v = RNG.standard_normal(space.unknowns)
    full = space.expansion() @ v
    everywhere = slice(0, space.skfem.t.shape[1])
    expected = np.einsum(
        "mij,mj->mi",
        transform(element, space.affine, space.skfem, everywhere),
        full[space.full_numbers(np.arange(everywhere.stop))],
    )
    found = np.einsum("mij,mj->mi", space.transform(everywhere), _local(space, v))
    np.testing.assert_allclose(found, expected, atol=1e-11)


def _local(space, v):
    """Unknowns of every triangle in local order; the fixed ones zero."""
    nodes = space.nodes(slice(None))
    jet = space.element.jet
    slots = [(n, k) for n in range(3) for k in range(jet)] + [(n, 0) for n in (3, 4, 5)]
    out = np.zeros((len(nodes), len(slots)))
    for column, (n, k) in enumerate(slots):
        node = nodes[:, n]
        held = space.free[node] <= k
        out[:, column] = np.where(held, 0, v[np.minimum(space.offset[node] + k, len(v) - 1)])
    return out


@BOTH
@pytest.mark.parametrize(("make", "plate"), CASES)
def test_coefficients_of_unknowns_and_of_full_degrees_of_freedom_agree(make, plate, element):
    space = make_space(make(), plate, element)
    vectors = RNG.standard_normal((space.unknowns, 3))
    full = space.expansion() @ vectors
    np.testing.assert_allclose(space.coefficients(vectors), space.coefficients_of_full(full), atol=1e-12)


@pytest.mark.parametrize(("make", "plate"), CASES)
def test_columns_of_the_expansion_are_independent(make, plate):
    """Frames are orthonormal; without ties so is Z, with ties its singular values stay ≥ 1."""
    Z = make_space(make(), plate, ARGYRIS).expansion().toarray()
    assert np.linalg.svd(Z, compute_uv=False).min() > 1 - 1e-12


def test_a_free_plate_has_all_degrees_of_freedom():
    space = make_space(grid(3), held(FREE), ARGYRIS)
    Z = space.expansion()
    assert Z.shape == (6 * 16 + 33, space.unknowns) == (space.unknowns, space.unknowns)
    assert abs(Z - sparse.eye_array(space.unknowns)).max() == 0


def test_named_supports_win_over_the_rest_and_later_names_over_earlier():
    mesh = grid(2)
    plate = held(FREE, left=CLAMPED, corners=SUPPORTED)
    by_edge, by_point = resolve_supports(mesh, plate)
    assert by_edge == {int(f): CLAMPED for f in mesh.edge_groups["left"]}
    assert by_point == {int(v): SUPPORTED for v in mesh.point_groups["corners"]}


@pytest.mark.parametrize(("total", "size"), [(0, 4), (3, 4), (8, 4), (9, 4)])
def test_chunks_cover_the_range_once(total, size):
    pieces = [np.arange(total)[chunk] for chunk in chunks(total, size)]
    assert np.concatenate([np.empty(0, int), *pieces]).tolist() == list(range(total))
    assert all(len(piece) <= size for piece in pieces)
