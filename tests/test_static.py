"""The static landscape against series and closed forms, and the identities it obeys."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, towards_ends, wavy
from skfem.quadrature import get_quadrature_tri

from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import NotHeldError
from landscape.field import Field
from landscape.linalg import factorize
from landscape.mesh import refined
from landscape.plate import Plate, Section
from landscape.static import static_landscape
from landscape.system import assemble

BOTH = pytest.mark.parametrize("element", [ARGYRIS, MORLEY], ids=lambda e: e.name)


def landscape(mesh, plate, element=ARGYRIS):
    system = assemble(mesh, plate, element=element)
    return system, Field.of(system.space, static_landscape(system).landscape)


def levy(points):
    """Deflection of the supported unit square, D = p = 1, as a single series.

    u = 4/π⁵ Σ_{m odd} m⁻⁵ [1 − ((α tanh α + 2) cosh αη − αη sinh αη) / (2 cosh α)] sin mπx, α = mπ/2,
    η = 2y − 1. Timoshenko & Woinowsky-Krieger, Theory of Plates and Shells, eq. (139).
    """
    m = np.arange(1, 400, 2)[:, None]
    alpha, eta = m * np.pi / 2, np.abs(2 * points[:, 1] - 1)
    decay = np.exp(-alpha * (1 - eta)) / (1 + np.exp(-2 * alpha))
    cosh, sinh = decay * (1 + np.exp(-2 * alpha * eta)), decay * (1 - np.exp(-2 * alpha * eta))
    shape = 1 - ((alpha * np.tanh(alpha) + 2) * cosh - alpha * eta * sinh) / 2
    return 4 / np.pi**5 * np.sum(shape * np.sin(m * np.pi * points[:, 0]) / m**5, axis=0)


def l2_error(system, field, exact):
    X, W = get_quadrature_tri(12)
    affine = system.space.affine
    points = affine.origin[:, None] + np.einsum("mij,jq->mqi", affine.jacobian, X)
    gap = field.at_chart(X.T)[:, :, 0].ravel() - exact(points.reshape(-1, 2))
    return np.sqrt((2 * affine.area[:, None] * W).ravel() @ gap**2)


def rate(power, cells, element=ARGYRIS):
    errors = []
    for n in cells:
        mesh = grid(n, place=lambda p: towards_ends(p, power))
        errors.append(l2_error(*landscape(mesh, held(SUPPORTED), element), levy))
    return np.log2(errors[0] / errors[1])


def test_deflection_of_the_supported_square_converges_with_the_sixth_power():
    """Theory: h⁶ in L2 for quintics on a mesh graded to the corners, where u behaves as r⁴ log r."""
    assert rate(1.5, (8, 16)) >= 5.5


def test_on_a_uniform_mesh_the_corners_limit_the_rate_to_five():
    """r⁴ log r is in H^(5−ε): h⁴ (log) on an area h² at each corner."""
    assert rate(1.0, (8, 16)) == pytest.approx(5, abs=0.15)


def test_morley_converges_with_the_second_power():
    assert rate(1.0, (8, 16), MORLEY) == pytest.approx(2, abs=0.2)


def test_maximum_of_the_supported_square():
    _, field = landscape(grid(8), held(SUPPORTED))
    centre = np.array([[0.5, 0.5]])
    assert levy(centre)[0] == pytest.approx(0.00406235266067, rel=1e-11)
    assert field.values(centre)[0, 0] == pytest.approx(0.00406235266067, rel=1e-6)


@pytest.mark.parametrize(
    ("rest", "exact"),
    [
        (CLAMPED, lambda r2: (1 - r2) ** 2 / 64),
        (SUPPORTED, lambda r2: (1 - r2) * (5.3 / 1.3 - r2) / 64),
    ],
)
def test_deflection_of_the_disc(rest, exact):
    """Clamped (1−r²)²/64; supported (1−r²)((5+ν)/(1+ν) − r²)/64. On arcs the space is not conforming: h⁵."""
    points = np.array([[0.0, 0.0], [0.3, 0.2], [-0.5, 0.6]])
    errors = []
    for level in (2, 3, 4):
        _, field = landscape(disc(level), held(rest))
        gap = field.values(points)[:, 0] - exact((points**2).sum(axis=1))
        errors.append(np.abs(gap).max() / exact(0))
    assert errors[-1] < 1e-6
    assert np.log2(errors[-2] / errors[-1]) > 3.5


@BOTH
def test_landscape_is_the_deflection_in_seconds_squared(element):
    """L = ρh w / p on a plate of one section: the measured and the computed route give the same."""
    section = Section(stiffness=0.8, poisson=0.33, areal_mass=1.35)
    plate = Plate(section, pressure=2000.0, units="SI")
    system = assemble(wavy(4), plate, element=element)
    static = static_landscape(system)
    np.testing.assert_allclose(static.landscape, 1.35 * static.deflection / 2000, rtol=1e-9, atol=1e-18)
    unit = static_landscape(assemble(wavy(4), Plate(Section(poisson=0.33)), element=element))
    np.testing.assert_allclose(static.landscape, 1.35 / 0.8 * unit.landscape, rtol=1e-8, atol=1e-14)


@BOTH
def test_the_next_iterate_and_equilibrium(element):
    system = assemble(wavy(4), Plate(supports={"left": FREE}), element=element)
    static = static_landscape(system, factorization=factorize(system.K))
    np.testing.assert_allclose(system.K @ static.landscape, system.load, atol=1e-12)
    np.testing.assert_allclose(system.K @ static.second, system.M @ static.landscape, atol=1e-12)


def test_compliance_grows_towards_the_truth():
    """Galerkin in nested spaces: f(u_h) = a(u_h, u_h) rises and never passes f(u). Argyris spaces on straight
    refinements are nested but for the jets of second derivatives, which both meshes share at old vertices."""
    mesh = wavy(2)
    compliance = []
    for _ in range(3):
        system = assemble(mesh, held(CLAMPED))
        compliance.append(system.load @ static_landscape(system).landscape)
        mesh = refined(mesh)
    assert compliance[0] < compliance[1] < compliance[2] < 0.000389120077443144 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("plate", "named"),
    [
        (held(FREE), "translation, rotation about x, rotation about y"),
        (held(FREE, left=SUPPORTED), "rotation about the axis"),
    ],
)
def test_nothing_to_balance_the_load(plate, named):
    with pytest.raises(NotHeldError, match=named) as caught:
        static_landscape(assemble(grid(2), plate))
    assert "three points" in caught.value.advice
