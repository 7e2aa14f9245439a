"""Refinement to a tolerance: estimates against true errors, rates of smooth plates on plates with corners."""

from dataclasses import replace

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, rhombus

from landscape.accuracy import CORNER, SMOOTH, constants, mode_errors, singular_vertices
from landscape.adapt import solve_adaptively
from landscape.case import Case, read_case
from landscape.errors import ConvergenceError, InputError
from landscape.estimator import Source, curve_defect, residuals
from landscape.field import Field
from landscape.linalg import Pencil, estimate, factorize, lowest_modes, ritz_errors, two_grid
from landscape.mesh import plate_mesh, refined
from landscape.modes import eigenmodes, pencil_of
from landscape.options import SolveOptions
from landscape.plate import Plate, Section
from landscape.polygons import Descendant
from landscape.prolongation import point_loads, prolong
from landscape.static import static_landscape
from landscape.system import assemble

SQUARE = 1294.93397959


def case_of(mesh, plate=None):
    return Case("plate", mesh, plate or held(CLAMPED), (), ())


def lshape(cells=2):
    """Return the L of three unit squares around the origin, 6 · cells² triangles."""
    whole = grid(2 * cells, place=lambda p: 2 * p - 1)
    centre = whole.mesh.p[:, whole.mesh.t].mean(axis=1)
    kept = ~((centre[0] < 0) & (centre[1] < 0))
    return plate_mesh(whole.mesh.p.T, whole.mesh.t.T[kept], points_named={"corner": _at(whole, (0, 0))})


def _at(mesh, point):
    return [int(np.argmin(np.linalg.norm(mesh.mesh.p.T - np.array(point), axis=1)))]


def true_errors(adapted, count, times=30):
    """Return the true relative errors of the last step against a solution so many times as accurate."""
    finer = solve_adaptively(adapted.case, SolveOptions(modes=count), adapted.rtol / times)
    exact = eigenmodes(assemble(finer.case.mesh, finer.case.plate), count).eigenvalues
    return adapted.steps[-1].eigenvalues / exact - 1


def test_exact_deflection_of_a_strip_has_no_residual():
    """A cubic and quartic cylinder deflection under its own load, on a mesh of any shape."""
    from builders import Quantity, full_of, wavy

    mesh = wavy(4)
    system = assemble(mesh, held(FREE))
    quartic = Quantity.of({(4, 0): 1 / 24, (3, 1): 0.3, (1, 1): 2.0})  # Δ² w = 1
    field = Field.of_full(system.space, full_of(system.space, quartic)[:, None])
    source = Source(np.zeros(1), np.ones(1))
    left = residuals(system, field, source)[:, 0]
    rim = np.unique(mesh.mesh.f2t[0, mesh.mesh.boundary_facets()])
    touching = np.isin(mesh.mesh.t, mesh.mesh.boundary_nodes()).any(axis=0)
    assert np.abs(left[~touching]).max() < 1e-20
    assert left[rim].min() > 1e-12  # nothing holds the moments of its free edges in balance


@pytest.mark.parametrize(
    ("name", "tolerance"), [("lshape", 1e-4), ("rhombus45", 1e-6), ("half_clamped", 1e-4)]
)
def test_effectivity(meshes, name, tolerance):
    adapted = solve_adaptively(read_case(meshes / f"{name}.msh"), SolveOptions(modes=5), tolerance)
    assert adapted.reached
    ratio = adapted.errors / true_errors(adapted, 5)
    assert ((ratio > 0.5) & (ratio < 5)).all()


@pytest.mark.parametrize(
    ("plate", "tolerance"),
    [
        (held(FREE, left=CLAMPED), 1e-4),
        (Plate(section=Section(), sections={"west": Section(8.0)}), 3e-3),
        (Plate(section=Section(), sections={"west": Section(0.1)}), 3e-3),
    ],
    ids=["cantilever", "thick", "thin"],
)
def test_effectivity_where_free_meets_clamped_and_thick_meets_thin(plate, tolerance):
    adapted = solve_adaptively(case_of(grid(6), plate), SolveOptions(modes=2), tolerance)
    ratio = adapted.errors / true_errors(adapted, 2, times=10)
    assert ((ratio > 0.5) & (ratio < 5)).all()


def test_rounding_ends_refinement():
    adapted = solve_adaptively(case_of(grid(4)), SolveOptions(modes=1), 1e-13)
    assert not adapted.reached
    assert "Rounding" in adapted.reason
    assert abs(adapted.steps[-1].eigenvalues[0] / SQUARE - 1) < 1e-9


@pytest.mark.slow
def test_effectivity_and_accuracy_on_the_example(meshes):
    adapted = solve_adaptively(read_case(meshes / "plate.msh"), SolveOptions(modes=20), 1e-4)
    errors = true_errors(adapted, 20)
    ratio = adapted.errors / errors
    assert ((ratio > 0.5) & (ratio < 5)).all()
    assert np.abs(errors).max() <= 1e-4


def test_adaptive_refinement_restores_the_rate_of_smooth_plates():
    """Uniform refinement of an L converges as N^−0.54, the exponent of its corner; adaptive as N^−4 would."""
    start = lshape(2)
    adapted = solve_adaptively(case_of(start), SolveOptions(modes=1), 1e-6)
    unknowns = np.array([step.unknowns for step in adapted.steps])
    exact = eigenmodes(assemble(refined(adapted.case.mesh), adapted.case.plate), 1).eigenvalues[0]
    errors = np.array([step.eigenvalues[0] / exact - 1 for step in adapted.steps[:-2]])
    uniform = []
    for mesh in (refined(start), refined(refined(start))):
        system = assemble(mesh, adapted.case.plate)
        uniform.append((system.unknowns, eigenmodes(system, 1).eigenvalues[0] / exact - 1))
    rate = -np.log(uniform[1][1] / uniform[0][1]) / np.log(uniform[1][0] / uniform[0][0])
    assert rate == pytest.approx(0.5445, abs=0.1)  # h^(2s), N ~ h^−2
    half = len(errors) // 3
    adaptive = -np.polyfit(np.log(unknowns[half : len(errors)]), np.log(errors[half:]), 1)[0]
    assert adaptive > 3


def test_smooth_plate_to_a_tolerance():
    adapted = solve_adaptively(case_of(grid(3)), SolveOptions(modes=1), 1e-7)
    assert adapted.reached
    assert abs(adapted.steps[-1].eigenvalues[0] / SQUARE - 1) < 1e-7


def test_maximum_of_the_landscape_is_as_accurate_as_told():
    adapted = solve_adaptively(case_of(grid(2)), SolveOptions(modes=0), 1e-6)
    system = assemble(adapted.case.mesh, adapted.case.plate)
    L = static_landscape(system).landscape
    found = Field.of(system.space, L).values(np.array([[0.5, 0.5]]))[0, 0]
    assert adapted.region_errors.shape == (1,)
    assert abs(found / 0.00126531908748 - 1) <= adapted.region_errors[0] <= 1e-6


def test_free_plate_has_modes_to_refine_for():
    adapted = solve_adaptively(case_of(grid(3), held(FREE)), SolveOptions(modes=3), 1e-5)
    np.testing.assert_allclose(
        adapted.steps[-1].eigenvalues, np.array([13.4681974, 19.5961372, 24.2702008]) ** 2, rtol=1e-5
    )
    assert len(adapted.region_errors) == 0


def test_names_survive(meshes):
    case = read_case(meshes / "half_clamped.msh")
    adapted = solve_adaptively(case, SolveOptions(modes=2), 3e-4)
    assert adapted.case.mesh.edge_groups.keys() == case.mesh.edge_groups.keys()
    assert adapted.case.mesh.mesh.t.shape[1] > case.mesh.mesh.t.shape[1]
    assert adapted.reached


def test_singular_points_are_known():
    L = lshape(2)
    assert (
        np.flatnonzero(singular_vertices(assemble(L, held(CLAMPED)))).tolist()
        == L.point_groups["corner"].tolist()
    )
    assert not singular_vertices(assemble(grid(4), held(CLAMPED))).any()
    assert not singular_vertices(assemble(rhombus(60, 4), held(CLAMPED))).any()
    assert singular_vertices(assemble(rhombus(60, 4), held(SUPPORTED))).sum() == 2  # the corners of 120°
    assert singular_vertices(assemble(grid(4), held(FREE, left=CLAMPED))).sum() == 2
    assert not singular_vertices(assemble(disc(2), held(SUPPORTED))).any()
    system = assemble(lshape(8), held(CLAMPED))
    assert constants(system).max() == pytest.approx(CORNER * 1.5**2)  # 270°
    assert (
        np.count_nonzero(constants(system) > SMOOTH)
        == np.isin(system.mesh.mesh.t, system.mesh.point_groups["corner"]).sum()
    )


def test_prolongation_reproduces_quintics():
    from builders import Quantity, full_of, wavy

    coarse = assemble(wavy(3), held(FREE))
    quintic = Quantity.random(5, np.random.default_rng(4))
    field = Field.of_full(coarse.space, full_of(coarse.space, quintic)[:, None])
    mesh = Descendant.of(coarse.mesh).refined(np.array([1, 5]))
    fine = assemble(mesh.mesh, held(FREE))
    np.testing.assert_allclose(
        prolong(field, fine.space, mesh)[:, 0], full_of(fine.space, quintic), atol=1e-11
    )


def test_modes_of_the_coarser_mesh_start_those_of_the_finer():
    coarse = assemble(grid(4), held(CLAMPED))
    mesh = Descendant.of(coarse.mesh).refined()
    fine = assemble(mesh.mesh, held(CLAMPED))
    vectors = prolong(Field.of(coarse.space, eigenmodes(coarse, 8).vectors), fine.space, mesh)
    pairs = two_grid(Pencil(fine.M, factorize(fine.K)), vectors, 8)
    error = np.abs(pairs.values[:6] / eigenmodes(fine, 6).eigenvalues - 1)
    assert (error <= pairs.residuals[:6]).all()
    assert (ritz_errors(pairs)[:6] < 1e-5).all()
    assert (error < ritz_errors(pairs)[:6] + 1e-9).all()


def test_point_loads_read_values():
    system = assemble(disc(1), held(CLAMPED))
    x = np.random.default_rng(3).standard_normal(system.unknowns)
    field = Field.of(system.space, x)
    at = field.places(np.array([[0.1, 0.2], [-0.3, 0.55]]))
    np.testing.assert_allclose(point_loads(system.space, at).T @ x, field.values(at)[:, 0], rtol=1e-10)


def test_curves_that_are_held_at_points_only_are_accounted_for():
    system = assemble(disc(1), held(CLAMPED))
    modes = eigenmodes(system, 1)
    found = mode_errors(system, modes.eigenvalues, modes.vectors).errors[0]
    true = abs(modes.eigenvalues[0] / 104.363105559 - 1)
    assert 0.3 < found / true < 5
    flat = assemble(grid(4), held(CLAMPED))
    assert not curve_defect(flat, Field.of(flat.space, eigenmodes(flat, 1).vectors)).any()


@pytest.mark.parametrize("rtol", [0.0, -1e-3, 1.0, float("nan")])
def test_a_tolerance_that_is_none_is_refused(rtol):
    with pytest.raises(InputError, match="between 0 and 1"):
        solve_adaptively(case_of(grid(2)), SolveOptions(modes=1), rtol)


def test_a_tolerance_beyond_memory_is_not_reached():
    memory = estimate(700, 1).bytes
    adapted = solve_adaptively(case_of(lshape(2)), SolveOptions(modes=1), 1e-9, memory=memory)
    assert not adapted.reached
    assert "0.14 GiB of memory may be used" in adapted.reason
    assert adapted.worst > 1e-9
    assert adapted.steps[-1].unknowns <= 700


@pytest.mark.parametrize("failure", [ConvergenceError("It does not fit."), MemoryError()])
def test_the_last_good_mesh_outlives_a_failure(monkeypatch, failure):
    def failing(system, *rest):
        if system.unknowns > 500:
            raise failure
        return pencil_of(system, *rest)

    monkeypatch.setattr("landscape.adapt.pencil_of", failing)
    adapted = solve_adaptively(case_of(lshape(2)), SolveOptions(modes=1), 1e-6)
    assert not adapted.reached
    assert adapted.reason.startswith("The next mesh could not be solved")
    assert assemble(adapted.case.mesh, adapted.case.plate).unknowns == adapted.steps[-1].unknowns <= 500
    monkeypatch.setattr("landscape.adapt.pencil_of", lambda *_: failing(assemble(grid(40), held(CLAMPED))))
    with pytest.raises(type(failure)):
        solve_adaptively(case_of(lshape(2)), SolveOptions(modes=1), 1e-6)  # nothing to keep


def test_a_mode_that_all_coarse_meshes_have_missed_is_found(monkeypatch):
    """Drop the second mode from the first mesh on: warm starts alone would never see it."""

    def forgetful(pencil, count):
        pairs = lowest_modes(pencil, count + 1)
        kept = np.delete(np.arange(count + 1), 1)
        return replace(
            pairs, values=pairs.values[kept], vectors=pairs.vectors[:, kept], residuals=pairs.residuals[kept]
        )

    calls = [forgetful, lowest_modes]
    monkeypatch.setattr("landscape.adapt.lowest_modes", lambda *given: calls.pop(0)(*given))
    adapted = solve_adaptively(case_of(grid(8), held(SUPPORTED)), SolveOptions(modes=4), 1e-7)
    assert adapted.reached
    assert not calls
    np.testing.assert_allclose(adapted.steps[-1].eigenvalues, np.pi**4 * np.array([4, 25, 25, 64]), rtol=1e-7)
