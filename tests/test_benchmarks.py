"""The benchmarks measure what they say: peers solve the same plate, tables and fits are right."""

import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from builders import eigenvalues

from landscape.case import read_case
from landscape.elements.morley import MORLEY
from landscape.system import assemble

FOLDER = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))

    def load(name: str):
        spec = util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


def test_a_process_is_weighed(bench, tmp_path):
    measure = bench("measure")
    code = "import time; x = bytearray(200_000_000); t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"
    took = measure.run([sys.executable, "-c", code])
    assert took.cpu >= 0.3
    assert took.wall >= 0.3
    assert took.memory > 2e8
    with pytest.raises(RuntimeError, match="exit code 3\nbroken"):
        measure.run([sys.executable, "-c", "print('broken'); raise SystemExit(3)"], log=tmp_path / "log")


def test_rounds_are_summed_up_by_medians(bench):
    measure = bench("measure")
    cpu = iter([1.0, 3.0, 2.0])
    summary = measure.in_turn({"a": lambda: measure.Run(1.0, next(cpu), 10)}, 3)["a"]
    assert (summary.wall, summary.cpu, summary.memory, summary.spread) == (1.0, 2.0, 10, 1.0)


def test_tables_are_markdown(bench):
    assert bench("measure").markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_exponent_of_a_power_law(bench):
    bench("measure")
    pytest.importorskip("gmsh")
    bench("plates")
    rows = [{"unknowns": float(n), "solve": 3e-7 * n**1.2} for n in (1e4, 4e4, 1.6e5)]
    assert bench("scaling").exponent(rows, "solve") == pytest.approx(1.2)


def test_the_worst_error_is_of_the_frequency(bench):
    pytest.importorskip("gmsh")
    plates = bench("plates")
    assert plates.worst_error(np.array([1.0, 4.04]), np.array([1.0, 4.0])) == pytest.approx(np.sqrt(1.01) - 1)


def test_meshes_are_graded_as_told(bench, tmp_path):
    pytest.importorskip("gmsh")
    plates = bench("plates")
    fine = read_case(plates.make(tmp_path / "fine.msh", plates.Grading(0.05e-3, 12e-3)))
    plain = read_case(plates.make(tmp_path / "plain.msh", plates.uniform(8e-3)))

    def lengths(case) -> np.ndarray:
        mesh = case.mesh.mesh
        return np.linalg.norm(np.diff(mesh.p[:, mesh.facets], axis=1)[:, 0], axis=0)

    assert lengths(fine).max() / lengths(fine).min() > 100
    assert lengths(plain).max() / lengths(plain).min() < 5
    assert fine.plate == read_case(plates.PLATE).plate


def test_the_plain_recipe_solves_the_same_discrete_plate(bench, tmp_path):
    """scikit-fem's Morley and ours on one coarse mesh: the same matrices up to a change of basis."""
    pytest.importorskip("gmsh")
    plates = bench("plates")
    mesh = plates.make(tmp_path / "plain.msh", plates.uniform(6e-3))
    peer = [sys.executable, FOLDER / "peer_scikit_fem.py", mesh, "6", tmp_path, json.dumps(plates.material())]
    subprocess.run([str(c) for c in peer], check=True)
    case = read_case(mesh)
    ours = eigenvalues(case.mesh, case.plate, 6, element=MORLEY)
    np.testing.assert_allclose(plates.eigenvalues_of(tmp_path), ours, rtol=1e-7)
    full = assemble(case.mesh, case.plate, element=MORLEY).space
    assert int((tmp_path / "unknowns").read_text()) == full.skfem.p.shape[1] + full.skfem.facets.shape[1]
