from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.curves import smooth_boundary
from landscape.mesh import PlateMesh, boundary_edges, plate_mesh


def fan(points: np.ndarray, hub: tuple[float, float] = (0.0, 0.0), groups: int = 1) -> PlateMesh:
    """A star-shaped outline meshed as a fan around its hub, the rim in one or more groups of equal length."""
    n = len(points)
    rim = np.column_stack((np.arange(n), np.roll(np.arange(n), -1)))
    lines = {f"part_{i}": part for i, part in enumerate(np.array_split(rim, groups))}
    return plate_mesh(np.vstack((points, hub)), np.column_stack((rim, np.full(n, n))), lines=lines)


def polygon(n: int, *, phase: float = 0.0) -> np.ndarray:
    angle = phase + 2 * np.pi * np.arange(n) / n
    return np.column_stack((np.cos(angle), np.sin(angle)))


def middles(mesh: PlateMesh) -> tuple[np.ndarray, np.ndarray]:
    """Chord middles and bulges (k, 2) of the boundary."""
    rim = boundary_edges(mesh)
    return mesh.mesh.p[:, mesh.mesh.facets[:, rim]].mean(axis=1).T, mesh.bulge[rim]


@given(n=st.integers(19, 200), phase=st.floats(0, 6), size=st.floats(1e-3, 1e3))
def test_an_inscribed_polygon_is_read_as_its_circle(n, phase, size):
    mesh = smooth_boundary(fan(size * polygon(n, phase=phase)))
    chord, bulge = middles(mesh)
    assert np.allclose(np.linalg.norm(chord + bulge, axis=1), size, rtol=1e-12)
    assert mesh.notes[-1].startswith(f"{n} boundary vertices")


def test_unequal_chords_of_a_circle_give_the_circle():
    angle = np.cumsum(0.1 + 0.05 * np.sin(np.arange(63)))
    angle *= 2 * np.pi / angle[-1]
    chord, bulge = middles(smooth_boundary(fan(np.column_stack((np.cos(angle), np.sin(angle))))))
    assert np.abs(np.linalg.norm(chord + bulge, axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("n", [3, 4, 8, 12, 18])
def test_a_polygon_of_few_corners_stays_one(n):
    mesh = fan(polygon(n))
    assert smooth_boundary(mesh) is mesh


def test_sides_of_a_polygon_cut_in_pieces_stay_straight():
    corners = polygon(8)
    points = np.vstack(
        [
            a + (b - a) * t
            for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)
            for t in (0, 0.3, 0.6)
        ]
    )
    assert not smooth_boundary(fan(points)).bulge.any()


def test_an_annulus_bulges_inward_along_its_hole():
    n, outer, inner = 60, polygon(60), 0.5 * polygon(60)
    a, b = np.arange(n), np.roll(np.arange(n), -1)
    cells = np.vstack((np.column_stack((a, b, a + n)), np.column_stack((b, b + n, a + n))))
    chord, bulge = middles(smooth_boundary(plate_mesh(np.vstack((outer, inner)), cells)))
    radius = np.linalg.norm(chord + bulge, axis=1)
    assert np.allclose(np.sort(radius), np.repeat([0.5, 1.0], n), rtol=1e-12)


@pytest.mark.parametrize("straight", [2, 7, 40])
def test_a_stadium_keeps_its_straight_sides(straight):
    t, x = np.linspace(-np.pi / 2, np.pi / 2, 13), np.linspace(-1, 1, straight + 1)[1:-1]
    cap, side = np.column_stack((1 + np.cos(t), np.sin(t))), np.column_stack((x, -np.ones_like(x)))
    chord, bulge = middles(smooth_boundary(fan(np.vstack((cap, -side, -cap, side)))))
    round_part = np.abs(chord[:, 0]) > 1 + 1e-9
    assert not bulge[~round_part].any()
    assert np.allclose(np.linalg.norm(bulge[round_part], axis=1), 1 - np.cos(np.pi / 24), rtol=1e-12)


def test_a_half_disc_keeps_its_corners():
    t, x = np.linspace(0, np.pi, 13), np.linspace(-1, 1, 9)[1:-1]
    mesh = smooth_boundary(
        fan(np.vstack((np.column_stack((np.cos(t), np.sin(t))), np.column_stack((x, 0 * x)))), (0, 0.4))
    )
    chord, bulge = middles(mesh)
    on_arc = chord[:, 1] > 1e-9
    assert np.abs(np.linalg.norm((chord + bulge)[on_arc], axis=1) - 1).max() < 1e-12
    assert not bulge[~on_arc].any()


def test_the_curve_ends_where_the_group_does():
    """A circle in two groups: the two vertices between them belong to no run, their edges still do."""
    mesh = smooth_boundary(fan(polygon(40), groups=2))
    assert mesh.notes[-1].startswith("38 boundary vertices")
    chord, bulge = middles(mesh)
    assert np.allclose(np.linalg.norm(chord + bulge, axis=1), 1, rtol=1e-12)


def test_an_ellipse_converges_with_the_fourth_power():
    """The chord's middle is off by h²; an arc of curvature right to O(h²) leaves O(h⁴)."""
    errors = []
    for n in (40, 80, 160):
        mesh = smooth_boundary(fan(polygon(n) * (1.5, 1)))
        chord, bulge = middles(mesh)
        x, y = (chord + bulge).T
        errors.append(np.abs(np.hypot(x / 1.5, y) - 1).max())
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.2)


def test_a_rough_outline_is_left_alone():
    rng = np.random.default_rng(1)
    points = polygon(80) * (1 + 0.02 * rng.standard_normal((80, 1)))
    assert not smooth_boundary(fan(points)).bulge.any()


def test_a_mesh_with_its_own_curve_is_returned():
    mesh = smooth_boundary(fan(polygon(40)))
    assert smooth_boundary(mesh) is mesh
    straight = replace(fan(polygon(40)), second_order=True)
    assert smooth_boundary(straight) is straight
