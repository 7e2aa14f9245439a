"""The absolute and the L² landscape: theorems at every vertex, closed forms, and the static one beside them."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, rectangle, rhombus, rooms

from landscape.absolute import absolute_landscape, greens_functions, vertex_values
from landscape.case import read_case
from landscape.errors import NotHeldError
from landscape.field import Field
from landscape.l2 import l2_landscape
from landscape.linalg import factorize
from landscape.modes import eigenmodes
from landscape.plate import Plate, Section
from landscape.system import assemble

LANDSCAPES = {"absolute": absolute_landscape, "l2": l2_landscape}
PLATES = {
    "square": lambda: (grid(6), held(CLAMPED)),
    "supported rectangle": lambda: (rectangle(8, 4, 2.0, 1.0), held(SUPPORTED)),
    "rhombus": lambda: (rhombus(45, 6), held(CLAMPED)),
    "cantilever": lambda: (grid(6), held(FREE, left=CLAMPED)),
    "two thicknesses": lambda: (
        grid(6),
        Plate(section=Section(), sections={"west": Section(8.0, 0.3, 2.0)}, rest=CLAMPED),
    ),
}


def largest_violation(system, landscape, values, count):
    """Return the greatest of |ψ| / (ω² L max|ψ|) over vertices and modes; max|ψ| over a lattice too."""
    modes = eigenmodes(system, count)
    at = np.array([[i, j] for i in np.linspace(0, 1, 9) for j in np.linspace(0, 1, 9) if i + j <= 1])
    peaks = np.abs(Field.of(system.space, modes.vectors).at_chart(at)).max(axis=(0, 1))
    psi = np.abs(vertex_values(system) @ modes.vectors) / (modes.eigenvalues * peaks)
    moving = values > 0
    assert (psi[~moving] == 0).all()
    return float((psi[moving] / values[moving, None]).max())


@pytest.mark.parametrize("kind", LANDSCAPES)
@pytest.mark.parametrize("name", PLATES)
def test_landscape_bounds_twenty_modes_at_every_vertex(name, kind):
    system = assemble(*PLATES[name]())
    landscape = LANDSCAPES[kind](system)
    assert largest_violation(system, landscape, landscape.values, 20) <= 1 + 1e-3 * (landscape.summed > 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["square", "disc", "two_rooms", "half_clamped", "lshape"])
def test_theorem_and_rule_on_the_meshes(meshes, name, record_property):
    case = read_case(meshes / f"{name}.msh")
    system = assemble(case.mesh, case.plate)
    landscape = absolute_landscape(system)
    assert largest_violation(system, landscape, landscape.values, 20) <= 1.001
    rule = largest_violation(
        system, landscape, np.maximum(landscape.static, 1e-9 * landscape.static.max()), 20
    )
    record_property("largest violation with the static landscape", rule)
    assert rule >= 0.5  # the rule is sharp to a factor of two, if it holds


def test_absolute_is_static_where_greens_function_is_positive():
    """Boggio: the Green's function of a clamped disc is positive, L = (1 − r²)² / 64."""
    system = assemble(disc(3), held(CLAMPED))
    landscape = absolute_landscape(system)
    r = np.linalg.norm(system.space.skfem.p, axis=0)
    np.testing.assert_allclose(landscape.values, (1 - r**2) ** 2 / 64, atol=1e-3 / 64)
    ratio, _ = landscape.exceeded(floor=0.01)
    assert ratio < 1.001
    ratio, where = absolute_landscape(assemble(rooms(0.2, 4), held(CLAMPED))).exceeded()
    assert ratio > 1.2  # behind a narrow door the sign changes
    assert where.shape == (2,)


def test_l2_of_a_supported_square_is_its_series():
    """L₂² = Σ ψ_k(x)² / ω_k⁴: at the centre Σ 4 / (π⁸ (m² + n²)⁴) over odd m, n."""
    m, n = np.meshgrid(np.arange(1, 80, 2), np.arange(1, 80, 2))
    exact = np.sqrt((4 / (np.pi**8 * (m**2 + n**2) ** 4.0)).sum())
    mesh = grid(8)
    found = l2_landscape(assemble(mesh, held(SUPPORTED)))
    assert found.values[mesh.point_groups["centre"][0]] == pytest.approx(exact, rel=1e-5)


def test_order_of_the_three_landscapes():
    system = assemble(rhombus(45, 6), held(CLAMPED))
    absolute, l2 = absolute_landscape(system), l2_landscape(system)
    scale = 1e-9 * absolute.values.max()
    assert (np.abs(absolute.static) <= absolute.values * (1 + 1e-3) + scale).all()
    assert (absolute.values <= l2.values * (1 + 1e-3) + scale).all()  # Cauchy–Schwarz
    assert 0 < absolute.summed < 1


def test_greens_functions_are_symmetric_and_told():
    said = []
    system = assemble(grid(9), held(CLAMPED))
    blocks = list(greens_functions(system, factorize(system.K), progress=said.append))
    vertices = np.concatenate([v for v, _ in blocks])
    G = vertex_values(system)[vertices] @ np.hstack([g for _, g in blocks])
    np.testing.assert_allclose(G, G.T, atol=1e-12 * np.abs(G).max())
    assert len(said) == len(blocks) == 1
    assert "of 64 vertices" in said[0]


def test_a_plate_that_is_not_held_has_none():
    with pytest.raises(NotHeldError, match="translation"):
        absolute_landscape(assemble(grid(2), held(FREE)))
