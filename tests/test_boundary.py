"""Where a boundary runs: outward normals, merged tangents and the curvature at its vertices."""

import numpy as np
import pytest
from builders import annulus, disc, grid, rectangle, rhombus

from landscape.curves import smooth_boundary
from landscape.elements.base import Affine
from landscape.elements.boundary import Lines, lines_of
from landscape.mesh import PlateMesh

NONE = np.empty(0, dtype=np.intp)


def lines(mesh: PlateMesh, interior: np.ndarray = NONE) -> Lines:
    return lines_of(mesh, Affine.of(mesh.mesh), interior)


def ends(mesh: PlateMesh, found: Lines) -> np.ndarray:
    """Places (lines, 2, 2) of both ends of every line."""
    return mesh.mesh.p.T[found.vertex]


def test_normals_of_a_rectangle_point_outward_and_sides_stay_straight():
    mesh = rectangle(6, 4, 3.0, 2.0)
    found = lines(mesh)
    away = ends(mesh, found).mean(axis=1) - [1.5, 1.0]
    assert (np.einsum("kei,ki->ke", found.normal, away) > 0).all()
    assert np.abs(found.normal).max(axis=2) == pytest.approx(1)
    assert not found.curvature.any()
    assert not found.bend.any()
    np.testing.assert_allclose(np.einsum("kei,kei->ke", found.normal, found.tangent), 0, atol=1e-15)


def test_a_corner_keeps_two_tangents():
    mesh = rhombus(60, 4)
    found = lines(mesh)
    for corner in mesh.point_groups["corners"]:
        tangents = found.tangent[found.vertex == corner]
        cross = tangents[0, 0] * tangents[1, 1] - tangents[0, 1] * tangents[1, 0]
        assert abs(cross) == pytest.approx(np.sin(np.pi / 3))


@pytest.mark.parametrize("radius", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("kind", ["6-node", "inscribed polygon"])
def test_a_circle_is_found_exactly(radius, kind):
    """Three points of a circle make its arc; tangents of two equal arcs at their vertex agree."""
    mesh = disc(3, radius=radius) if kind == "6-node" else smooth_boundary(disc(3, order=1, radius=radius))
    found = lines(mesh)
    outward = ends(mesh, found) / radius
    np.testing.assert_allclose(found.normal, outward, atol=1e-12)
    np.testing.assert_allclose(found.bend * radius, 1, rtol=1e-11)
    np.testing.assert_allclose(found.curvature * radius, 1, rtol=1e-11)
    half = np.pi / len(found.facets)
    chord = 2 * radius * np.sin(half)
    np.testing.assert_allclose(
        found.sagitta(np.full(len(found.facets), chord)), radius * (1 - np.cos(half)), rtol=1e-11
    )


def test_the_hole_of_a_ring_bends_the_other_way():
    mesh = annulus(2, 24, inner=0.5)
    found = lines(mesh)
    radius = np.linalg.norm(ends(mesh, found), axis=2)
    np.testing.assert_allclose(found.bend, np.where(radius > 0.75, 1, -2), rtol=1e-10)
    side = np.where(radius > 0.75, 1, -1)[:, :, None]
    np.testing.assert_allclose(found.normal, side * ends(mesh, found) / radius[:, :, None], atol=1e-11)


def test_tangents_and_curvature_of_an_ellipse_converge():
    """An arc through three points of a smooth curve: tangents to O(h²), curvature to O(h)."""
    errors = []
    for level in (3, 4, 5):
        round_ = disc(level)
        mesh = _squeezed(round_, 1.5)
        found = lines(mesh)
        x, y = np.moveaxis(ends(mesh, found), 2, 0)
        normal = np.stack((x / 1.5**2, y), axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        curvature = 1.5 / (y**2 * 1.5**2 + (x / 1.5) ** 2) ** 1.5
        errors.append((np.abs(found.normal - normal).max(), np.abs(found.bend - curvature).max()))
    rates = np.log2(np.divide(errors[-2], errors[-1]))
    assert rates[0] > 1.8
    assert rates[1] > 0.9


def _squeezed(mesh: PlateMesh, factor: float) -> PlateMesh:
    from dataclasses import replace

    from skfem import MeshTri

    stretch = np.array([factor, 1.0])
    return replace(
        mesh, mesh=MeshTri(mesh.mesh.p * stretch[:, None], mesh.mesh.t), bulge=mesh.bulge * stretch
    )


def test_interior_lines_follow_the_boundary_and_are_straight():
    mesh = grid(4)
    middle = np.flatnonzero((mesh.mesh.p[0, mesh.mesh.facets] == 0.5).all(axis=0))
    found = lines(mesh, middle)
    assert set(found.facets[~found.boundary]) == set(middle)
    assert set(found.facets[found.boundary]) == set(mesh.mesh.boundary_facets())
    np.testing.assert_allclose(np.abs(found.tangent[~found.boundary]), [[[0, 1]] * 2] * 4, atol=1e-15)
