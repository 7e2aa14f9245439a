"""Bounds of eigenvalues hold against closed forms, published values and finer solutions."""

from dataclasses import replace

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, disc, grid, held

from landscape.accuracy import accurate_modes
from landscape.bounds import certify
from landscape.case import read_case
from landscape.elements.morley import MORLEY
from landscape.errors import ConvergenceError, InputError
from landscape.field import Field
from landscape.mesh import plate_mesh, refined
from landscape.modes import Modes, eigenmodes
from landscape.morley_bounds import algebraic_error, interpolation_constant, lower_bounds
from landscape.morley_mesh import Wanted, affordable, expected_gaps, graded_mesh, memory_needed
from landscape.plate import Plate, Section
from landscape.polygons import CURVED, Descendant, polygon
from landscape.system import assemble

PLATES = (
    "square", "disc", "two_rooms", "free_corners", "half_clamped", "pinned_disc", "lshape", "rhombus45", "plate",
)  # fmt: skip
SQUARE = 1294.93397959  # first eigenvalue of the clamped unit square, known to all these digits


def bounds_of(mesh, plate, count, **options):
    system = assemble(mesh, plate)
    return certify(system, eigenmodes(system, count), **options)


def pinned_triangle(poisson):
    """Return a free triangle on three pinned corners: there Morley's functions are admissible, λ_M ≥ λ."""
    mesh = plate_mesh([[0, 0], [1, 0], [0.5, 0.75**0.5]], [[0, 1, 2]], points_named={"corners": [0, 1, 2]})
    return mesh, held(FREE, poisson=poisson, corners=SUPPORTED)


@pytest.mark.parametrize("cells", [2, 4, 8, 16])
def test_clamped_square_lies_inside_at_every_refinement(cells):
    system = assemble(grid(cells), held(CLAMPED, poisson=0.0), element=MORLEY)
    upper = eigenmodes(assemble(grid(cells), held(CLAMPED)), 1).eigenvalues[0]
    assert lower_bounds(system, 1)[0] <= SQUARE <= upper


def test_certified_square_is_narrow():
    bounds = bounds_of(grid(8), held(CLAMPED), 1, width=5e-3)
    assert bounds.guaranteed
    assert bounds.reached
    assert bounds.lower[0] <= SQUARE <= bounds.upper[0]
    assert bounds.widths[0] <= 5e-3


@pytest.mark.slow
def test_certified_square_to_one_in_a_thousand():
    bounds = bounds_of(grid(16), held(CLAMPED), 1, width=1e-3)
    assert bounds.lower[0] <= SQUARE <= bounds.upper[0]
    assert bounds.widths[0] <= 1e-3


@pytest.mark.parametrize("poisson", [-0.5, 0.0, 0.3, 0.49])
def test_a_wrong_constant_is_found_out(poisson):
    mesh, plate = pinned_triangle(poisson)
    fine = eigenmodes(assemble(refined(refined(mesh)), plate), 3).eigenvalues
    system = assemble(mesh, plate, element=MORLEY)
    assert (eigenmodes(system, 3).eigenvalues >= fine).all()
    assert (lower_bounds(system, 3) <= fine).all()
    wrong = interpolation_constant(system) / 100  # κ ten times too small
    assert not (lower_bounds(system, 3, constant=wrong) <= fine).all()


SUPPORTS = {
    "clamped": {"rest": CLAMPED},
    "supported": {"rest": SUPPORTED},
    "free": {"rest": FREE},
    "cantilever": {"rest": FREE, "left": CLAMPED},
    "mixed": {"rest": FREE, "left": CLAMPED, "top": SUPPORTED},
    "corners": {"rest": FREE, "corners": SUPPORTED},
    "clamped point": {"rest": FREE, "centre": CLAMPED},
    "pinned point": {"rest": CLAMPED, "centre": SUPPORTED},
}


@pytest.mark.parametrize("name", SUPPORTS)
@pytest.mark.parametrize("cells", [2, 6])
def test_finer_solutions_lie_between(name, cells):
    given = dict(SUPPORTS[name])
    plate = Plate(
        section=Section(1.0, 0.3, 1.0),
        sections={"west": Section(5.0, 0.2, 2.0)},
        rest=given.pop("rest"),
        supports=given,
    )
    count = 8
    coarse = assemble(grid(cells), plate)
    modes = eigenmodes(coarse, count)
    fine = eigenmodes(assemble(grid(24), plate), count).eigenvalues
    lower = lower_bounds(assemble(grid(cells), plate, element=MORLEY), count, rigid=len(modes.rigid))
    assert (lower <= fine).all()
    assert (fine <= modes.eigenvalues * (1 + 1e-9 + algebraic_error(coarse, modes))).all()


def test_poisson_drops_out_only_where_w_vanishes_all_around():
    def tightened(rest, **supports):
        system = assemble(grid(4), held(rest, **supports))
        bounds = certify(system, eigenmodes(system, 3))
        mesh_size = np.sqrt(2) * 0.25
        return bounds.constant <= (0.2575 * mesh_size**2) ** 2, bounds

    for rest, supports in ((SUPPORTED, {}), (CLAMPED, {"left": SUPPORTED})):
        system = assemble(grid(6), held(rest, poisson=0.0, **supports), element=MORLEY)
        fine = eigenmodes(assemble(grid(12), held(rest, poisson=0.45, **supports)), 6).eigenvalues
        assert (lower_bounds(system, 6) <= fine).all()  # ν = 0.45 above, ν = 0 below: the same plate
        assert tightened(rest, **supports)[0]
    system = assemble(grid(6), held(FREE, poisson=0.0, left=CLAMPED), element=MORLEY)
    fine = eigenmodes(assemble(grid(12), held(FREE, poisson=0.45, left=CLAMPED)), 6).eigenvalues
    assert not (lower_bounds(system, 6) <= fine).all()  # with a free edge ν matters


def test_double_eigenvalues_are_bounded_by_index():
    bounds = bounds_of(grid(8), held(SUPPORTED), 6, width=0.05)
    m, n = np.meshgrid(np.arange(1, 8), np.arange(1, 8))
    exact = np.sort(np.pi**4 * (m**2 + n**2).ravel() ** 2)[:6]
    assert (bounds.lower <= exact).all()
    assert (exact <= bounds.upper).all()
    assert (bounds.widths <= 0.05).all()


def test_disc_is_enclosed_between_polygons():
    exact = np.array([104.363105559, 452.004510133, 452.004510133])
    bounds = bounds_of(disc(2), held(CLAMPED), 3, width=0.03)
    assert bounds.guaranteed
    assert "polygons" in bounds.note
    assert (bounds.lower <= exact).all()
    assert (exact <= bounds.upper).all()
    assert bounds.reached


def test_polygons_lie_inside_and_around_a_ring():
    mesh = Descendant.of(annulus(3, 24))
    exact = np.pi * (1 - 0.5**2)
    areas = [
        np.abs(np.linalg.det(np.diff(p.mesh.p[:, p.mesh.t], axis=1).transpose(2, 0, 1))).sum() / 2
        for p in (polygon(mesh, "inside").mesh, polygon(mesh, "around").mesh)
    ]
    chord, tangent = np.sin(2 * np.pi / 24) * 12, np.tan(np.pi / 24) * 24  # areas of 24-gons in, around r = 1
    np.testing.assert_allclose(areas, [chord - tangent / 4, tangent - chord / 4], rtol=1e-12)
    assert areas[0] < exact < areas[1]
    assert len(polygon(mesh, "around").mesh.edge_groups[CURVED]) == 48 + 24


def test_a_curved_edge_that_is_not_clamped_is_estimated():
    bounds = bounds_of(disc(2), held(SUPPORTED), 2)
    assert not bounds.guaranteed
    assert bounds.note.startswith("Estimated")
    exact = np.array([4.93514904257, 13.898165073]) ** 2
    np.testing.assert_allclose((bounds.lower + bounds.upper) / 2, exact, rtol=0.02)


def test_expected_gap_grows_with_the_square_of_the_size_of_elements():
    system = assemble(grid(8), held(CLAMPED, poisson=0.0))
    modes = eigenmodes(system, 4)
    wanted = Wanted(Field.of(system.space, modes.vectors), modes.eigenvalues, system.plate)
    coarse = Descendant.of(system.mesh)
    fine = coarse.refined().refined()
    ratio = expected_gaps(fine, wanted).sum(axis=0) / expected_gaps(fine.refined(), wanted).sum(axis=0)
    np.testing.assert_allclose(ratio, 4, rtol=0.02)
    true = (
        1 - eigenmodes(assemble(fine.mesh, system.plate, element=MORLEY), 4).eigenvalues / modes.eigenvalues
    )
    planned = expected_gaps(fine, wanted).sum(axis=0) / true  # a plan, good to a factor of two
    assert ((planned > 0.5) & (planned < 2)).all()
    _, expected = graded_mesh(coarse, wanted, gap=0.05, triangles=10_000)
    assert expected <= 0.05
    limited, expected = graded_mesh(coarse, wanted, gap=1e-4, triangles=2_000)
    assert limited.triangles <= 2_000
    assert expected > 1e-4


def test_residuals_widen_the_bounds():
    system = assemble(grid(4), held(CLAMPED))
    modes = eigenmodes(system, 3)
    noisy = replace(modes, residuals=np.array([0.0, 1e-3, 0.0]))
    widened = algebraic_error(system, noisy)
    np.testing.assert_allclose(widened, 1e-3 * modes.eigenvalues / modes.eigenvalues[1], rtol=1e-12)
    assert certify(system, noisy).upper[1] == pytest.approx(modes.eigenvalues[1] * (1 + widened[1]))


def test_a_missing_mode_is_noticed(monkeypatch):
    def forgetful(system, count, **options):
        modes = eigenmodes(system, count + 1)
        kept = np.delete(np.arange(count + 1), 1)
        return Modes(modes.eigenvalues[kept], modes.vectors[:, kept], modes.residuals[kept], modes.rigid)

    monkeypatch.setattr("landscape.morley_bounds.eigenmodes", forgetful)
    with pytest.raises(ConvergenceError, match="no lower bound"):
        lower_bounds(assemble(grid(6), held(CLAMPED), element=MORLEY), 4)


@pytest.mark.parametrize("width", [0.0, -1.0, 1.0, float("nan"), float("inf")])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(InputError, match="between 0 and 1"):
        bounds_of(grid(4), held(CLAMPED), 1, width=width)


def test_a_width_beyond_memory_is_told_beforehand():
    said = []
    bounds = bounds_of(grid(4), held(CLAMPED), 2, width=1e-5, memory=2e7, progress=said.append)
    assert not bounds.reached
    assert bounds.lower[0] <= SQUARE <= bounds.upper[0]
    assert any("expecting a width of" in line for line in said[:-1])
    assert memory_needed(affordable(2, 2e7), 2) <= 2e7 < memory_needed(affordable(2, 2e7) + 1, 2)


def test_a_mesh_that_cannot_be_solved_is_replaced_by_a_coarser_one(monkeypatch):
    sizes = []

    def failing(system, *given, **options):
        sizes.append(system.mesh.mesh.t.shape[1])
        if sizes[-1] > 3000:
            raise ConvergenceError("the modes cannot be counted")
        return lower_bounds(system, *given, **options)

    monkeypatch.setattr("landscape.bounds.lower_bounds", failing)
    bounds = bounds_of(grid(8), held(CLAMPED), 2, width=2e-3, memory=2e8)
    assert sizes[0] > 3000 >= sizes[-1]
    assert "could not be solved: the modes cannot be counted" in bounds.note
    assert not bounds.reached
    assert bounds.lower[0] < SQUARE <= bounds.upper[0] * (1 + 1e-12)


def test_bounds_outlive_the_failure_of_a_finer_mesh(monkeypatch):
    """The first lower bounds are made too low, so that a finer mesh is tried, which fails."""
    calls = []

    def failing(system, count, **options):
        calls.append(system.unknowns)
        if len(calls) == 2:
            raise ConvergenceError("It does not fit.")
        return 0.9 * lower_bounds(system, count, **options)

    monkeypatch.setattr("landscape.bounds.lower_bounds", failing)
    bounds = bounds_of(grid(6), held(CLAMPED), 1, width=0.05)
    assert len(calls) == 2
    assert not bounds.reached
    assert bounds.lower[0] <= SQUARE <= bounds.upper[0]
    assert bounds.note.endswith("A finer mesh could not be solved: It does not fit.")


def test_accurate_modes_are_those_of_the_last_mesh_that_could_be_solved(monkeypatch):
    system = assemble(grid(2), held(CLAMPED))
    modes = eigenmodes(system, 2)

    def failing(finer, count, **options):
        if finer.unknowns > 300:
            raise ConvergenceError("It does not fit.")
        return eigenmodes(finer, count, **options)

    monkeypatch.setattr("landscape.accuracy.eigenmodes", failing)
    last, found = accurate_modes(system, modes, 1e-8, unknowns=100_000)
    assert system.unknowns < last.unknowns <= 300
    assert found.vectors.shape == (last.unknowns, 2)


def test_morley_modes_are_given_argyris_upper_bounds():
    system = assemble(grid(8), held(CLAMPED), element=MORLEY)
    bounds = certify(system, eigenmodes(system, 2))
    assert bounds.lower[0] <= SQUARE <= bounds.upper[0]
    assert bounds.upper[0] < SQUARE * 1.0001


@pytest.mark.parametrize("name", ["free_corners", "half_clamped"])
def test_meshes_in_brief(meshes, name):
    check_mesh(meshes / f"{name}.msh", 6, width=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLATES)
def test_meshes_in_full(meshes, name):
    check_mesh(meshes / f"{name}.msh", 20, width=0.01)


def check_mesh(path, count, *, width):
    case = read_case(path)
    bounds = bounds_of(case.mesh, case.plate, count, width=width)
    fine = assemble(refined(case.mesh), case.plate)
    finer = accurate_modes(fine, eigenmodes(fine, count), width / 100, unknowns=300_000)[1].eigenvalues
    assert bounds.guaranteed
    assert bounds.reached
    assert (bounds.lower <= finer).all()
    assert (finer <= bounds.upper * (1 + 1e-9)).all()


@pytest.mark.slow
def test_the_published_first_mode_of_two_rooms_is_too_low(meshes, reference):
    case = read_case(meshes / "two_rooms.msh")
    bounds = bounds_of(case.mesh, case.plate, 2)
    published = reference["two_clamped_rooms"]["door_0.5"]["sqrt_lambda"]
    assert (np.sqrt(bounds.lower) > published[:2]).all()
