"""The whole chain on small plates."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, grid, held, rectangle, rooms

from landscape.case import Case, read_case
from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.linalg import demand
from landscape.linalg.engines import MAKERS
from landscape.plate import Plate, Section
from landscape.solution import SolveOptions, solve


def case(mesh, plate, *notes):
    return Case("plate", mesh, plate, notes, ())


@pytest.fixture(scope="module")
def two():
    """Two rooms with a narrow door."""
    return solve(case(rooms(0.3, 4), held(CLAMPED), "a note"), SolveOptions(modes=8))


def test_two_rooms_are_two_regions_with_one_pass(two):
    regions = two.topography.regions
    assert regions.count == 2
    np.testing.assert_array_equal(regions.between, [[1, 2]])
    assert regions.peaks.points[0, 0] < 1  # the larger room, higher
    assert regions.peaks.points[1, 0] > 1.2
    x, y = regions.passes.points[0]
    assert 0.95 < x < 1.25
    assert y == pytest.approx(0.5, abs=1e-6)
    area = two.topography.estimates.area.sum()  # corners where Green's function turns negative belong to none
    assert 0.995 * (1.9 + 0.3 * 0.2) < area <= 1.96 * (1 + 1e-12)


def test_every_mode_has_a_home(two):
    home = two.localization
    assert home.region.tolist()[:2] == [1, 2]
    assert (home.share[:2] > 0.99).all()
    assert set(home.region) == {1, 2}
    assert ((home.share > 0) & (home.share <= 1 + 1e-12)).all()


def test_rayleigh_is_above_and_schwarz_near_the_first_mode(two):
    """Both are Rayleigh quotients of a function cut to its region; the next iterate is nearer."""
    estimates = two.topography.estimates
    first = two.modes.eigenvalues[:2]
    assert (estimates.rayleigh > first).all()
    np.testing.assert_allclose(np.sqrt(estimates.schwarz), np.sqrt(first), rtol=0.015)
    assert (np.abs(estimates.schwarz - first) < np.abs(estimates.rayleigh - first)).all()


def test_on_a_single_room_both_quotients_are_upper_bounds():
    """On a whole clamped plate, ∫L/∫L² and ∫uu₂/∫u₂² are quotients of admissible functions.

    On compact rooms Rayleigh's is 1 to 3.5% high in frequency, Schwarz's 0.06 to 0.2%.
    """
    found = solve(case(rectangle(8, 6, 4.0, 3.0), held(CLAMPED)), SolveOptions(modes=1))
    (rayleigh,), (schwarz,) = found.topography.estimates.rayleigh, found.topography.estimates.schwarz
    first = found.modes.eigenvalues[0]
    assert first < schwarz < rayleigh
    assert np.sqrt(schwarz / first) < 1.002
    assert np.sqrt(rayleigh / first) < 1.035


@pytest.mark.parametrize("plate", [held(FREE), held(FREE, left=SUPPORTED)])
def test_a_plate_that_is_not_held_has_modes_only(plate):
    found = solve(case(grid(4), plate), SolveOptions(modes=4))
    assert found.static is None
    assert found.topography is None
    assert found.localization is None
    assert len(found.modes.eigenvalues) == 4
    assert any(w.startswith("No static landscape.") for w in found.warnings)
    assert any(w.startswith("Rigid modes, not numbered") for w in found.warnings)


def test_no_modes_were_asked():
    found = solve(case(grid(4), held(CLAMPED)), SolveOptions(modes=0))
    assert found.modes is None
    assert found.localization is None
    assert found.topography.regions.count == 1


def test_notes_timings_and_progress(two):
    told = []
    found = solve(case(grid(3), held(CLAMPED), "a note"), SolveOptions(modes=2), progress=told.append)
    assert found.warnings[0] == "a note"
    assert any("Assembling" in text for text in told)
    assert {"assemble", "factorize", "landscape", "modes", "total"} <= found.timings.keys()
    assert found.timings["total"] >= found.timings["modes"] > 0


def test_a_case_by_its_path(meshes):
    by_path = solve(meshes / "square.msh", SolveOptions(modes=1))
    by_case = solve(read_case(meshes / "square.msh"), SolveOptions(modes=1))
    assert by_path.modes.eigenvalues[0] == by_case.modes.eigenvalues[0]


def test_morley_finds_the_same_rooms():
    """Ripples of the size of its jumps are no regions; its frequencies are low and converge with h²."""
    errors = []
    for cells in (4, 8):
        plate = case(rooms(0.3, cells), held(CLAMPED))
        exact = solve(plate, SolveOptions(modes=2)).modes.frequencies
        found = solve(plate, SolveOptions(modes=2, element=MORLEY))
        assert found.topography.regions.count == 2
        assert found.localization.region.tolist() == [1, 2]
        errors.append(1 - found.modes.frequencies / exact)
    assert (errors[1] > 0).all()
    assert (errors[0] / errors[1] > 2.5).all()


def test_a_heavier_half_draws_the_landscape_to_it():
    """L solves a(L, v) = ∫ρh v: where the plate is heavier or softer, it traps lower frequencies."""
    plate = Plate(sections={"east": Section(1.0, 0.3, 4.0)})
    found = solve(case(grid(6), plate), SolveOptions(modes=1))
    assert found.topography.regions.peaks.points[0, 0] > 0.5
    even = solve(case(grid(6), held(CLAMPED)), SolveOptions(modes=1))
    assert found.modes.eigenvalues[0] < even.modes.eigenvalues[0] / 2


@pytest.mark.parametrize("kind", ["absolute", "l2"])
def test_another_landscape_leads_the_whole_chain(two, kind):
    """|L_static| ≤ L at every sample that is a vertex; its own regions and passes hold the same modes."""
    found = solve(case(rooms(0.3, 4), held(CLAMPED)), SolveOptions(modes=8, landscape=kind))
    assert found.node.kind == kind
    vertices = len(found.node.values)
    np.testing.assert_allclose(
        found.topography.surface.values[:vertices], found.node.values, atol=1e-12 * found.node.values.max()
    )
    static = np.abs(two.topography.surface.values[:vertices])
    assert (found.node.values >= (1 - 1e-3) * static - 1e-12 * static.max()).all()
    assert found.topography.regions.count == 2
    assert found.topography.regions.passes.values[0] > two.topography.regions.passes.values[0]
    assert found.localization.region.tolist()[:2] == [1, 2]
    assert any("exceeds the static one" in text for text in found.warnings)
    np.testing.assert_allclose(found.modes.eigenvalues, two.modes.eigenvalues, rtol=1e-9)


def test_another_landscape_with_morley():
    """Its element is quadratic: the same rooms, lower by the error of Morley's element, which falls with h²."""
    plate = case(rooms(0.3, 6), held(CLAMPED))
    found = solve(plate, SolveOptions(modes=2, landscape="absolute", element=MORLEY))
    assert found.topography.regions.count == 2
    assert found.localization.region.tolist() == [1, 2]
    vertices = len(found.node.values)
    np.testing.assert_allclose(found.topography.surface.values[:vertices], found.node.values, atol=1e-12)


def test_another_landscape_of_a_plate_that_is_not_held():
    found = solve(case(grid(4), held(FREE)), SolveOptions(modes=2, landscape="absolute"))
    assert found.landscape is None
    assert found.node is None
    assert len(found.modes.eigenvalues) == 2


def test_a_tolerance_bounds_and_a_landscape_together():
    options = SolveOptions(modes=2, rtol=1e-5, certify=True, landscape="absolute")
    found = solve(case(grid(3), held(CLAMPED)), options)
    assert found.adapted.reached
    assert found.case.mesh is found.adapted.case.mesh
    assert found.adapted.worst < 1e-5
    assert (found.bounds.lower <= 1294.93397959).tolist()[0]  # the clamped unit square
    assert found.bounds.upper[0] >= 1294.93397959
    assert any("of eigenvalues and of the static landscape" in text for text in found.warnings)


@pytest.mark.parametrize("rest", [CLAMPED, FREE])
def test_every_factorization_is_by_the_chosen_engine(rest, monkeypatch):
    made = []

    class Counted(MAKERS["scipy"]):
        def __init__(self, *arguments):
            made.append(len(made))
            super().__init__(*arguments)

    def never(*_):
        raise AssertionError("another engine was used")

    monkeypatch.setitem(MAKERS, "pardiso", Counted)
    monkeypatch.setitem(MAKERS, "scipy", never)
    options = SolveOptions(
        modes=2, engine="pardiso", rtol=1e-3, certify=True, width=0.05, landscape="absolute"
    )
    found = solve(case(grid(3), held(rest)), options)
    assert len(made) >= 4  # to refine, for the landscape, for modes and bounds
    assert found.bounds.reached


def test_a_long_computation_is_announced_before_it_begins(monkeypatch):
    said, plate = [], case(grid(3), held(CLAMPED))
    solve(plate, SolveOptions(modes=2), announce=said.append)
    assert said == []  # a small plate takes a second
    monkeypatch.setattr("landscape.solution.LONG", 0.5)
    told = []
    found = solve(plate, SolveOptions(modes=2, landscape="l2"), announce=said.append, progress=told.append)
    (text,) = said
    assert text.startswith(f"{found.system.unknowns} unknowns, 2 modes, 4 Green's functions: about ")
    assert any("Green's functions: 0 of" in words for words in told)  # counted, block by block
    assert told.index(text) < next(k for k, words in enumerate(told) if words.startswith("Factoring"))


def test_what_does_not_fit_into_memory_is_refused(monkeypatch):
    def poor(*given, **options):
        return demand(*given, **{**options, "available": 1e6})

    monkeypatch.setattr("landscape.solution.demand", poor)
    with pytest.raises(InputError, match=r"unknowns and 2 modes need about .* GiB are free") as caught:
        solve(case(grid(3), held(CLAMPED)), SolveOptions(modes=2))
    assert "mesh" in caught.value.advice


@pytest.mark.parametrize(
    "options",
    [
        {"modes": -1},
        {"persistence": 1.0},
        {"persistence": -0.1},
        {"landscape": "mean"},
        {"engine": "magic"},
        {"rtol": 0.0},
        {"rtol": 1e-3, "modes": 0},
        {"rtol": 1e-3, "element": MORLEY},
    ],
)
def test_options_out_of_range(options):
    with pytest.raises(InputError, match=r"need|estimates errors of the argyris element"):
        SolveOptions(**options)
