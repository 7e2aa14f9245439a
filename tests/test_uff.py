"""Universal files: what is written comes back, other programs' files are read, broken ones are named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landscape.errors import InputError
from landscape.field import Field
from landscape.results import Result, result_of
from landscape.solution import SolveOptions, solve
from landscape.uff import Shape, export_uff, read_uff, write_uff

POINTS = np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.2], [0.0, 0.2], [0.15, 0.1]])
TRIANGLES = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])


def shape(values: np.ndarray, **how: object) -> Shape:
    return replace(Shape("first", POINTS, values, TRIANGLES, 123.5), **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def square(meshes: Path) -> Result:
    return result_of(solve(meshes / "square.msh", SolveOptions(modes=3)))


@pytest.mark.parametrize("phase", [0.0, 0.8])
def test_shapes_come_back_with_the_digits_of_the_format(tmp_path: Path, phase: float):
    values = np.array([0.0, 1e-3, -2.0, 0.5, 3.25])
    values = values * np.exp(1j * phase) if phase else values
    write_uff(tmp_path / "s.uff", [shape(values), shape(2 * values, name="second", frequency=456.0)])
    first, second = read_uff(tmp_path / "s.uff")
    assert (first.name, second.name) == ("first", "second")
    assert np.array_equal(first.points, POINTS)
    assert np.array_equal(first.triangles, TRIANGLES)
    assert np.abs(first.values - values).max() <= 5e-6 * np.abs(values).max()
    assert (first.frequency, second.frequency) == pytest.approx((123.5, 456.0), rel=5e-6)
    assert len(first.provenance["inputs"][0]["sha256"]) == 64


def test_computed_modes_are_those_of_the_result(square: Result, tmp_path: Path):
    shapes = read_uff(export_uff(square, tmp_path / "square.uff"))
    assert [one.frequency for one in shapes] == pytest.approx(
        [m["frequency"] for m in square.summary["modes"]], rel=1e-5
    )
    space = square.space()
    truth = Field.of_full(space, square.modes).values(shapes[0].points)
    for k, one in enumerate(shapes):
        assert np.abs(one.values - truth[:, k]).max() < 1e-5 * np.abs(truth[:, k]).max()


def test_any_reader_of_universal_files_sees_the_same(tmp_path: Path):
    import pyuff

    write_uff(tmp_path / "s.uff", [shape(np.arange(5.0))])
    sets = pyuff.UFF(str(tmp_path / "s.uff")).read_sets()
    assert [int(one["type"]) for one in sets] == [164, 2411, 2412, 55]
    assert sets[3]["analysis_type"] == 2
    assert np.array_equal(sets[3]["r3"], np.arange(5.0))
    assert [e["nodes_nums"] for e in sets[2][91]] == (TRIANGLES + 1).tolist()


def test_lengths_in_other_units_become_metres(tmp_path: Path):
    path = write_uff(tmp_path / "s.uff", [shape(np.arange(5.0))])
    one = "1.0000000000000000D+00"  # the first factor of dataset 164, of length: millimetres now
    path.write_text(path.read_text().replace(one, one.replace("+00", "+03"), 1))
    assert read_uff(path)[0].points == pytest.approx(POINTS / 1000)


def test_nodes_that_a_mode_leaves_out_leave_their_triangles_out(tmp_path: Path):
    import pyuff

    path = write_uff(tmp_path / "s.uff", [shape(np.arange(5.0))])
    sets = pyuff.UFF(str(path)).read_sets()
    sets[3] |= {"node_nums": np.array([1, 2, 5]), **{f"r{k}": np.array([1.0, 2.0, 3.0]) for k in (1, 2, 3)}}
    short = pyuff.UFF(str(tmp_path / "short.uff"))
    for one in sets:
        short.write_sets(one, mode="add")
    found = read_uff(tmp_path / "short.uff")[0]
    assert found.points == pytest.approx(POINTS[[0, 1, 4]])
    assert found.triangles.tolist() == [[0, 1, 2]]


@pytest.mark.real
def test_files_of_other_programs(data_folder: Path):
    with pytest.raises(InputError, match="mode shapes without their nodes"):
        read_uff(data_folder / "pyuff" / "uff55_translation.uff")
    with pytest.raises(InputError, match=r"no mode shapes \(dataset 55\); it holds datasets"):
        read_uff(data_folder / "pyuff" / "2411_and_2414.uff")


def test_broken_files_are_named(tmp_path: Path):
    for content in (b"", b"no universal file", b"    -1\n    55\ngarbage\n    -1\n", bytes(range(256))):
        path = tmp_path / "broken.uff"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"broken\.uff"):
            read_uff(path)
    with pytest.raises(InputError, match="there is no such file"):
        read_uff(tmp_path / "none.uff")


def test_a_mode_within_the_plane_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="does not move along z"):
        read_uff(write_uff(tmp_path / "s.uff", [shape(np.zeros(5))]))


def test_what_cannot_be_written_is_refused(square: Result, tmp_path: Path):
    with pytest.raises(InputError, match="at least one"):
        write_uff(tmp_path / "s.uff", [])
    with pytest.raises(InputError, match="different nodes"):
        write_uff(tmp_path / "s.uff", [shape(np.arange(5.0)), shape(np.arange(5.0), points=2 * POINTS)])
    with pytest.raises(InputError, match="no modes to write"):
        export_uff(replace(square, modes=square.modes[:, :0]), tmp_path / "s.uff")
    assert not list(tmp_path.iterdir())
