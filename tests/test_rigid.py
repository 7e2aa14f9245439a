"""Which rigid motions the supports leave, and their names."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, disc, eigenvalues, grid, held, remade
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import NotHeldError
from landscape.mesh import plate_mesh
from landscape.plate import Plate, Support
from landscape.rigid import rigid_motions
from landscape.static import static_landscape
from landscape.system import assemble

BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)


def motions(mesh, plate, element=ARGYRIS):
    """Names of the motions left, after the check that they cost no energy and are M-orthonormal."""
    system = assemble(mesh, plate, element=element)
    found = rigid_motions(system)
    V = found.vectors
    assert V.shape == (system.unknowns, len(found.names))
    np.testing.assert_allclose(V.T @ (system.M @ V), np.eye(len(found.names)), atol=1e-12)
    if V.size:
        assert np.abs(system.K @ V).max() < 1e-11 * abs(system.K).sum(axis=1).max() * np.abs(V).max()
    return found.names


def points(mesh, **places):
    """The mesh with point groups at given places."""
    from dataclasses import replace

    vertices = {
        name: np.array([int(np.argmin(np.linalg.norm(mesh.mesh.p.T - at, axis=1))) for at in spots])
        for name, spots in places.items()
    }
    return replace(mesh, point_groups={**mesh.point_groups, **vertices})


@BOTH
def test_a_free_plate_has_three(element):
    names = motions(grid(3), held(FREE), element)
    assert names == ("translation", "rotation about x", "rotation about y")


@BOTH
@pytest.mark.parametrize(
    "plate",
    [held(CLAMPED), held(SUPPORTED), held(FREE, left=CLAMPED), held(FREE, left=SUPPORTED, top=SUPPORTED),
     held(FREE, corners=SUPPORTED), held(FREE, left=SUPPORTED, corners=SUPPORTED)],
)  # fmt: skip
def test_a_plate_that_is_held_has_none(plate, element):
    assert motions(grid(4), plate, element) == ()


def test_one_clamped_point_holds_a_plate_of_argyris_elements():
    assert motions(grid(4), held(FREE, centre=CLAMPED)) == ()


@BOTH
def test_a_supported_side_is_a_hinge(element):
    (name,) = motions(grid(4), held(FREE, left=SUPPORTED), element)
    assert name == "rotation about the axis through (0, 0.5) at 90.0°" or "(0, " in name
    assert "90.0°" in name


@BOTH
@pytest.mark.parametrize("spots", [[(0, 0), (1, 1)], [(0, 0), (0.5, 0.5), (1, 1)]])
def test_pins_on_one_line_are_a_hinge(spots, element):
    (name,) = motions(points(grid(4), pins=spots), held(FREE, pins=SUPPORTED), element)
    assert "45.0°" in name


@BOTH
def test_one_pin_leaves_two_rotations(element):
    names = motions(points(grid(4), pin=[(0.25, 0.75)]), held(FREE, pin=SUPPORTED), element)
    assert len(names) == 2
    assert all(name.startswith("rotation") for name in names)


def test_pieces_are_held_each_by_itself():
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    cells = np.array([(0, 1, 2), (0, 2, 3)])
    mesh = plate_mesh(
        [*square, *(np.array(square) + 5)],
        np.vstack((cells, cells + 4)),
        lines={"one": [(0, 1)], "two": [(4, 5)]},
    )
    assert motions(mesh, held(FREE, one=CLAMPED, two=CLAMPED)) == ()
    assert motions(mesh, held(FREE, one=CLAMPED, two=SUPPORTED))[0].endswith("of piece 2")
    assert len(motions(mesh, held(FREE))) == 6


@pytest.mark.parametrize("make", [lambda: disc(1), lambda: annulus(1, 12)])
@pytest.mark.parametrize("support", [CLAMPED, SUPPORTED])
def test_a_curved_support_holds(make, support):
    assert motions(make(), held(support)) == ()


@BOTH
@settings(max_examples=15)
@given(
    size=st.sampled_from([1e-4, 1.0, 1e3]),
    place=st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)),
    rest=st.sampled_from([FREE, SUPPORTED, CLAMPED]),
    left=st.sampled_from(Support),
)
def test_size_and_place_change_no_motion(size, place, rest, left, element):
    """Far from the origin a side of 1e-4 · 1e3 is still straight to 1e-10."""
    mesh = grid(3)
    moved = remade(mesh, size * (mesh.mesh.p.T + np.array(place) * min(1.0, 1 / size)))
    plate = Plate(supports={"left": left}, rest=rest)
    count = [len(rigid_motions(assemble(m, plate, element=element)).names) for m in (mesh, moved)]
    assert count[0] == count[1]


@BOTH
def test_a_joint_in_one_vertex_holds_nothing(element):
    """Two squares that meet in a corner, one of them clamped: the other one moves as it likes."""
    squares = bow_tie()
    names = motions(squares, held(FREE, left=CLAMPED), element)
    assert names == ("translation of piece 2", "rotation about x of piece 2", "rotation about y of piece 2")
    with pytest.raises(NotHeldError, match="piece 2"):
        static_landscape(assemble(squares, held(FREE, left=CLAMPED), element=element))


@BOTH
@pytest.mark.parametrize("support", [CLAMPED, SUPPORTED])
def test_a_joint_that_is_held_changes_nothing(support, element):
    one = eigenvalues(grid(3), held(support), 3, element=element)
    np.testing.assert_allclose(
        eigenvalues(bow_tie(), held(support), 6, element=element), np.repeat(one, 2), rtol=1e-9
    )


def bow_tie():
    """Return two unit squares that have the corner (1, 1) in common; the left side of the first is ``left``."""
    first = grid(3)
    p, t = first.mesh.p.T, first.mesh.t.T
    corner, other = (int(np.argmin(np.abs(p - at).sum(axis=1))) for at in (1, 0))
    second = np.where(t == other, corner, t + len(p))
    lines = {"left": first.mesh.facets[:, first.edge_groups["left"]].T}
    return plate_mesh(np.vstack([p, p + 1]), np.vstack([t, second]), lines=lines)
