"""Eigenmodes: orthonormal, complete, convergent with the rates of theory."""

from dataclasses import replace

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, eigenvalues, grid, held, square_system, wavy

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import ConvergenceError, InputError
from landscape.linalg.lanczos import largest_pairs
from landscape.mesh import refined
from landscape.modes import eigenmodes, shift_of
from landscape.plate import Plate, Section
from landscape.system import assemble

BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)
SQUARE = np.pi**4 * np.array([4, 25, 25, 64, 100, 100])


def test_supported_square_converges_with_the_eighth_power():
    """λ = π⁴ (m² + n²)²; sines are smooth, so quintics give h⁸."""
    errors = np.array([eigenvalues(grid(n), held(SUPPORTED), 6) / SQUARE - 1 for n in (6, 12)])
    assert (errors > 0).all()
    assert (np.log2(errors[0] / errors[1]) >= 7.5).all()


def test_morley_converges_with_the_second_power_from_below():
    """On these plates; in general only λ / (1 + C² λ) is a lower bound."""
    errors = np.array(
        [eigenvalues(grid(n), held(SUPPORTED), 6, element=MORLEY) / SQUARE - 1 for n in (16, 32)]
    )
    assert (errors < 0).all()
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 2, atol=0.25)


@BOTH
@pytest.mark.parametrize(
    "plate",
    [held(CLAMPED), held(FREE, left=CLAMPED), held(FREE), held(FREE, left=SUPPORTED)],
    ids=["clamped", "cantilever", "free", "hinged"],
)
def test_modes_are_orthonormal_and_solve_the_equation(plate, element):
    system = assemble(wavy(6), plate, element=element)
    modes = eigenmodes(system, 8)
    V, K, M = modes.vectors, system.K, system.M
    np.testing.assert_allclose(V.T @ (M @ V), np.eye(8), atol=1e-9)
    np.testing.assert_allclose(V.T @ (K @ V), np.diag(modes.eigenvalues), atol=1e-9 * modes.eigenvalues[-1])
    force = K @ V - (M @ V) * modes.eigenvalues
    assert np.abs(force).max() < 1e-9 * np.abs(K @ V).max()
    assert (np.diff(modes.eigenvalues) >= 0).all()
    assert (modes.residuals < 1e-8).all()
    np.testing.assert_allclose(modes.frequencies, np.sqrt(modes.eigenvalues) / 2 / np.pi)
    if "left" not in plate.supports and plate.rest is FREE:
        one = np.zeros(system.unknowns)
        one[system.space.offset[: system.mesh.mesh.p.shape[1]]] = 1
        assert np.abs(V.T @ (M @ one)).max() < 1e-9  # elastic modes of a free plate move no mass


@pytest.mark.parametrize(
    ("plate", "rigid"),
    [
        (held(FREE), 3),
        (held(FREE, left=SUPPORTED), 1),
        (held(FREE, left=CLAMPED), 0),
        (held(FREE, centre=SUPPORTED), 2),
    ],
)
def test_rigid_modes_are_named_and_not_numbered(plate, rigid):
    modes = eigenmodes(square_system(4, FREE) if not plate.supports else assemble(grid(4), plate), 4)
    assert len(modes.rigid) == rigid
    assert modes.eigenvalues[0] > 1  # the softest of them, the hinged square, has λ₁ = 44


def test_scaled_free_plate_keeps_its_modes():
    """The shift has the dimension of an eigenvalue, so a large soft plate is as good as a small stiff one."""
    unit = eigenmodes(assemble(grid(6), held(FREE)), 5).eigenvalues
    soft = Plate(Section(stiffness=1e-6, areal_mass=1e3), rest=FREE)
    system = assemble(grid(6, place=lambda p: 100 * p), soft)
    np.testing.assert_allclose(eigenmodes(system, 5).eigenvalues * 1e9 * 1e8, unit, rtol=1e-7)
    assert shift_of(system) == pytest.approx(100 * 1e-9 / 1e8)


@pytest.mark.parametrize("rest", [CLAMPED, SUPPORTED])
def test_poissons_ratio_does_not_matter_where_straight_edges_do_not_move(rest):
    """∫ Δv Δw − D²v : D²w is a boundary term, zero where w = 0 on straight edges."""
    values = [eigenvalues(wavy(5), held(rest, poisson=nu), 5) for nu in (-0.9, 0.0, 0.3, 0.5)]
    np.testing.assert_allclose(values, np.tile(values[0], (4, 1)), rtol=1e-9)


def test_it_does_where_edges_are_free():
    """A free plate softens as ν grows: the energy of a saddle is (1 − ν) of it."""
    values = [eigenvalues(wavy(5), held(FREE, poisson=nu), 1)[0] for nu in (0.0, 0.3, 0.5)]
    assert values[0] > values[1] > values[2]


def test_a_double_eigenvalue_comes_twice():
    values = eigenvalues(disc(3), held(CLAMPED), 5)
    assert values[1] == pytest.approx(values[2], rel=1e-8)
    assert values[2] * 1.5 < values[3]


def test_finer_meshes_lower_every_eigenvalue():
    """Min–max in nested Argyris spaces."""
    coarse = wavy(3)
    fine = refined(coarse)
    for plate in (held(CLAMPED), held(FREE, left=CLAMPED)):
        before, after = (eigenvalues(mesh, plate, 10) for mesh in (coarse, fine))
        assert (after <= before * (1 + 1e-10)).all()


def test_modes_have_a_sign():
    """Where a mode moves air on the whole, it does so along the load."""
    system = square_system(6, CLAMPED)
    modes = eigenmodes(system, 6)
    lift = system.load @ modes.vectors
    assert lift[0] > 0.1
    assert (lift > -1e-9).all()
    again = eigenmodes(system, 6)
    np.testing.assert_array_equal(again.vectors, modes.vectors)


def test_a_missing_mode_is_noticed(monkeypatch):
    """The inertia of K − σM counts modes that the eigensolver left out."""

    def forgetful(operator, goal, known=None):
        theta, vectors = largest_pairs(operator, replace(goal, extra=goal.extra + 1), known)
        keep = np.delete(np.arange(len(theta)), 1)
        return theta[keep], vectors[:, keep]

    monkeypatch.setattr("landscape.linalg.eigen.largest_pairs", forgetful)
    with pytest.raises(ConvergenceError, match="a mode is missing"):
        eigenmodes(square_system(10, CLAMPED), 4)


def test_more_modes_than_unknowns():
    system = square_system(2, CLAMPED)
    with pytest.raises(InputError, match=str(system.unknowns)):
        eigenmodes(system, system.unknowns + 1)
    free = square_system(1, FREE)
    assert len(eigenmodes(free, free.unknowns - 3).eigenvalues) == free.unknowns - 3
    with pytest.raises(InputError, match=str(free.unknowns - 3)):
        eigenmodes(free, free.unknowns - 2)
