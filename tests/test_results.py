"""Result files: what was written is read back, and what is no result is one clear error."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, grid, held, rooms

from landscape.case import Case
from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.field import Field
from landscape.plate import Plate, Section
from landscape.results import read_result, result_of, write_result
from landscape.solution import SolveOptions, solve

CASES = {
    "rooms": (lambda: rooms(0.3, 3), held(CLAMPED), {}),
    "ring": (lambda: annulus(2, 24), held(FREE, inner=CLAMPED, outer=SUPPORTED), {}),
    "morley": (lambda: grid(6), held(CLAMPED), {"element": MORLEY}),
    "regions": (
        lambda: grid(4),
        Plate(
            Section(2.0, 0.2, 3.0), {"east": Section(1.0, 0.3, 1.0)}, {"left": FREE}, pressures={"west": 2.0}
        ),
        {},
    ),
    "absolute": (lambda: rooms(0.3, 2), held(CLAMPED), {"landscape": "absolute"}),
    "free": (lambda: grid(4), held(FREE), {}),
    "no modes": (lambda: grid(4), held(CLAMPED, centre=SUPPORTED), {"modes": 0}),
}


@pytest.fixture(params=CASES, scope="module")
def pair(request, tmp_path_factory):
    """A solution, its result, and the result read back."""
    make, plate, options = CASES[request.param]
    solution = solve(Case("plate", make(), plate, (), ()), SolveOptions(**{"modes": 3, **options}))
    result = result_of(solution)
    path = tmp_path_factory.mktemp("results") / "result.h5"
    write_result(result, path)
    return solution, result, read_result(path)


def test_a_result_is_read_back_as_it_was(pair):
    _, result, back = pair
    np.testing.assert_array_equal(back.mesh.mesh.p, result.mesh.mesh.p)
    np.testing.assert_array_equal(back.mesh.mesh.t, result.mesh.mesh.t)
    np.testing.assert_array_equal(back.mesh.bulge, result.mesh.bulge)
    for kind in ("edge_groups", "point_groups", "surface_groups"):
        before, after = getattr(result.mesh, kind), getattr(back.mesh, kind)
        assert before.keys() == after.keys()
        assert all(np.array_equal(np.sort(before[name]), np.sort(after[name])) for name in before)
    assert back.plate == replace(result.plate, supports=dict(result.plate.supports))
    assert (back.element, back.summary) == (result.element, result.summary)
    assert back.fields.keys() == result.fields.keys()
    assert all(np.array_equal(back.fields[name], result.fields[name]) for name in result.fields)
    np.testing.assert_array_equal(back.modes, result.modes)


def test_the_topography_is_read_back(pair):
    _, result, back = pair
    if result.regions is None:
        assert back.regions is None
        assert back.valleys == ()
        return
    np.testing.assert_array_equal(back.regions.labels, result.regions.labels)
    np.testing.assert_array_equal(back.regions.between, result.regions.between)
    for name in ("peaks", "passes"):
        before, after = getattr(result.regions, name), getattr(back.regions, name)
        np.testing.assert_array_equal(after.points, before.points)
        np.testing.assert_array_equal(after.values, before.values)
    assert len(back.valleys) == len(result.valleys)
    for before, after in zip(result.valleys, back.valleys, strict=True):
        assert (before.number, before.summit) == (after.number, after.summit)
        np.testing.assert_array_equal(before.points, after.points)
    assert len(back.regions.labels) == len(back.lattice().points)


def test_fields_are_evaluated_without_solving_again(pair):
    """From the file: the landscape and the modes the solution had, at any points."""
    solution, _, back = pair
    points = np.random.default_rng(2).uniform(-1, 1, (30, 2))
    if solution.static is not None:
        expected = Field.of(solution.system.space, solution.landscape).values(points)
        scale = solution.landscape.max()
        np.testing.assert_allclose(back.landscape().values(points), expected, atol=1e-12 * scale + 1e-15)
    if solution.modes is not None:
        expected = Field.of(solution.system.space, solution.modes.vectors).values(points)
        np.testing.assert_allclose(back.mode_field().values(points), expected, atol=1e-10)
    else:
        assert back.modes.shape[1] == 0


def test_fields_by_landscape(pair):
    """Beside the static landscape stands its next iterate, beside another one the static one."""
    solution, _, back = pair
    if solution.static is None:
        assert back.fields == {}
        return
    beside = "second" if back.kind == "static" else "static"
    assert back.fields.keys() == {"landscape", "deflection", beside}
    if beside == "static":
        static = Field.of_full(back.space(), back.fields["static"][:, None]).values(back.regions.peaks.points)
        assert (static[:, 0] < back.regions.peaks.values).all()


def test_a_free_plate_has_no_landscape_to_give(pair):
    solution, _, back = pair
    if solution.static is None:
        with pytest.raises(InputError, match="no landscape"):
            back.landscape()
    assert (back.name, back.units) == ("plate", "nondimensional")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "result.h5"
    write_result(result_of(solve(Case("plate", grid(3), held(CLAMPED), (), ()), SolveOptions(modes=1))), path)
    return path


def test_every_dataset_has_a_unit(stored):
    with h5py.File(stored) as file:
        datasets = []
        file.visititems(
            lambda name, item: datasets.append((name, item)) if isinstance(item, h5py.Dataset) else None
        )
        assert len(datasets) > 8
        assert all("units" in item.attrs for _, item in datasets)
        assert dict(datasets)["fields/landscape"].attrs["units"] == "s^2"


def test_a_folder_stands_for_its_result(stored):
    assert read_result(stored.parent).name == "plate"


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.h5: there is no such result file"):
        read_result(tmp_path / "nothing.h5")
    with pytest.raises(InputError, match=r"result\.h5: there is no such"):
        read_result(tmp_path)


def damaged(stored, tmp_path, change):
    """A copy of the file with a change."""
    path = tmp_path / "broken.h5"
    path.write_bytes(stored.read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def newer(file):
    summary = json.loads(file.attrs["summary"])
    file.attrs["summary"] = json.dumps({**summary, "schema": "landscape/9"})


def shortened(file):
    values = file["fields/landscape"][:-1]
    del file["fields/landscape"]
    file["fields/landscape"] = values


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (newer, "newer version"),
        (lambda file: file.attrs.__delitem__("summary"), "not a result of this program"),
        (lambda file: file.attrs.__setitem__("summary", "{"), "not a complete result"),
        (lambda file: file.attrs.__delitem__("plate"), "not a complete result"),
        (lambda file: file.attrs.__setitem__("element", "lagrange"), "not a complete result"),
        (lambda file: file.__delitem__("mesh/points"), "not a complete result"),
        (lambda file: file.__delitem__("modes"), "not a complete result"),
        (lambda file: file.__delitem__("topography/labels"), "not a complete result"),
        (lambda file: file["mesh/triangles"].__setitem__((0, 0), 10_000), "not a complete result"),
        (lambda file: file.attrs.__setitem__("plate", '{"section": {"stiffness": -1}}'), "positive number"),
        (lambda file: file.attrs.__setitem__("plate", "[]"), "not a complete result"),
        (lambda file: file.attrs.__setitem__("summary", "[]"), "not a result of this program"),
        (lambda file: file.attrs.__setitem__("summary", "3"), "not a complete result"),
        (shortened, "degrees of freedom"),
    ],
)
def test_damaged_files_are_one_error_that_names_them(stored, tmp_path, change, words):
    path = damaged(stored, tmp_path, change)
    with pytest.raises(InputError, match=words) as caught:
        read_result(path)
    assert "broken.h5" in caught.value.message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_truncated_files(stored, tmp_path, share):
    path = tmp_path / "cut.h5"
    path.write_bytes(stored.read_bytes()[: int(share * stored.stat().st_size)])
    with pytest.raises(InputError, match=r"cut\.h5: not a complete result file"):
        read_result(path)


def test_a_file_of_another_kind(tmp_path):
    path = tmp_path / "plate.h5"
    path.write_text("no HDF5 at all")
    with pytest.raises(InputError, match=r"plate\.h5: not a complete result"):
        read_result(path)


def test_writing_is_atomic(stored, tmp_path, monkeypatch):
    """A failure in the middle leaves the old file."""
    from landscape import results

    path = tmp_path / "result.h5"
    path.write_bytes(stored.read_bytes())
    monkeypatch.setattr(results, "_write_mesh", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_result(read_result(stored), path)
    assert path.read_bytes() == stored.read_bytes()
    assert [*tmp_path.iterdir()] == [path]
