"""Engines, the order of elimination, and what a computation will take."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, grid, held, wavy
from scipy import sparse
from scipy.sparse.linalg import splu

from landscape.elements.morley import MORLEY
from landscape.errors import InputError, MissingDependencyError
from landscape.linalg import ENGINES, Pencil, added, demand, estimate, factorize, lowest_modes, modes_below
from landscape.linalg.estimate import _control_group, available_memory
from landscape.linalg.ordering import available, leaders, nested_dissection
from landscape.system import assemble

RNG = np.random.default_rng(3)
SYSTEM = assemble(wavy(10), held(FREE, left=CLAMPED, right=SUPPORTED))
ENGINE = pytest.mark.parametrize("engine", ENGINES)
METIS = pytest.mark.skipif(not available(), reason="pymetis is not installed")


def factored(engine, matrix=SYSTEM.K, **options):
    if engine == "pardiso":
        pytest.importorskip("pypardiso")
    return factorize(matrix, engine=engine, **options)


@ENGINE
@pytest.mark.parametrize("columns", [None, 1, 7])
def test_every_engine_solves(engine, columns):
    b = RNG.standard_normal((SYSTEM.unknowns, columns) if columns else SYSTEM.unknowns)
    kept = b.copy()
    x = factored(engine).solve(b)
    assert x.shape == b.shape
    np.testing.assert_array_equal(b, kept)
    np.testing.assert_allclose(SYSTEM.K @ x, b, atol=1e-7 * np.abs(b).max())


def test_engines_agree_on_the_modes():
    values = [lowest_modes(Pencil(SYSTEM.M, factored(engine)), 30).values for engine in ENGINES]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-9)


@pytest.mark.slow
def test_engines_agree_at_a_hundred_thousand_unknowns():
    system = assemble(grid(126), held(CLAMPED))
    assert system.unknowns > 1e5
    values = [lowest_modes(Pencil(system.M, factored(e, system.K)), 20).values for e in ENGINES]
    np.testing.assert_allclose(values[1], values[0], rtol=1e-9)


@ENGINE
@pytest.mark.parametrize("columns", [0, 1, 5])
def test_products_of_every_engine_are_those_of_the_matrix(engine, columns):
    X = RNG.standard_normal((SYSTEM.unknowns, columns))
    product = factored(engine).product(SYSTEM.M)
    assert product.shape == SYSTEM.M.shape
    for block in (X, np.asfortranarray(X)):
        np.testing.assert_allclose(product @ block, SYSTEM.M @ X, atol=1e-13 * np.abs(SYSTEM.M).max())


def test_factors_of_one_pattern_share_an_analysis_and_outlive_each_other():
    """K, K − σM and a third matrix: two share PARDISO's analysis, the third gets its own; none disturbs another."""
    first = factored("pardiso")
    b = RNG.standard_normal((SYSTEM.unknowns, 3))
    x = first.apply(b)
    second, third = (factorize(added(SYSTEM.K, SYSTEM.M, s), like=first) for s in (1e3, 2e3))
    assert second.lu.analysis is first.lu.analysis
    assert third.lu.analysis is not first.lu.analysis
    np.testing.assert_array_equal(first.apply(b), x)
    y = second.apply(b)
    del first, third
    np.testing.assert_array_equal(second.apply(b), y)
    np.testing.assert_allclose(added(SYSTEM.K, SYSTEM.M, 1e3) @ y, b, atol=1e-7 * np.abs(b).max())
    again = factorize(SYSTEM.K, like=second)
    assert again.lu.analysis is second.lu.analysis
    np.testing.assert_allclose(again.apply(b), x, rtol=1e-6, atol=1e-9 * np.abs(x).max())


def test_another_pattern_gets_an_analysis_of_its_own():
    first = factored("pardiso")
    other = factorize(sparse.csr_array(np.diag(np.arange(1.0, 6))), like=first)
    np.testing.assert_allclose(other.apply(np.ones(5)), 1 / np.arange(1.0, 6))


@ENGINE
def test_every_engine_counts_modes_and_takes_over_the_order(engine):
    factors = factored(engine)
    values = lowest_modes(Pencil(SYSTEM.M, factors), 12).values
    between = float(values[7] + values[8]) / 2
    assert modes_below(SYSTEM.K, SYSTEM.M, between, like=factors) == 8
    again = factorize(added(SYSTEM.K, SYSTEM.M, -between), like=factors)
    assert again.engine == engine
    assert again.lu.order is factors.lu.order


def test_an_engine_nobody_knows():
    with pytest.raises(InputError, match="needed one of scipy, pardiso, got 'magic'"):
        factorize(SYSTEM.K, engine="magic")


def test_an_engine_that_is_not_installed(monkeypatch):
    monkeypatch.setattr("landscape.linalg.mkl.places", lambda: iter(["nowhere.so"]))
    with pytest.raises(MissingDependencyError, match="pypardiso") as caught:
        factorize(SYSTEM.K, engine="pardiso")
    assert "pip install" in caught.value.advice


def test_without_metis_minimum_degree_serves(monkeypatch):
    monkeypatch.setattr("landscape.linalg.ordering.available", lambda: False)
    factors = factorize(SYSTEM.K)
    assert factors.lu.order is None
    b = RNG.standard_normal(SYSTEM.unknowns)
    np.testing.assert_allclose(SYSTEM.K @ factors.solve(b), b, atol=1e-7)


def test_rows_of_one_pattern_are_one_node():
    dense = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1.0]])
    np.testing.assert_array_equal(leaders(sparse.csr_array(dense)), [0, 2])
    chain = sparse.csr_array(np.diag(np.ones(4)) + np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1))
    np.testing.assert_array_equal(leaders(chain), [0, 1, 2, 3])


@pytest.mark.parametrize(
    "system", [SYSTEM, assemble(grid(6), held(FREE), element=MORLEY)], ids=["argyris", "morley"]
)
def test_nodes_of_the_matrix_are_nodes_of_the_mesh(system):
    """Every node with unknowns begins a run of rows; only nodes with the same neighbours may be one."""
    starts = system.space.offset[:-1][system.space.free > 0]
    assert set(leaders(system.K)) <= set(starts)
    assert len(leaders(system.K)) > 0.9 * len(starts)


@METIS
@pytest.mark.parametrize("matrix", [SYSTEM.K, sparse.csr_array(np.eye(3)), sparse.csr_array(np.ones((5, 5)))])
def test_an_order_names_every_unknown_once(matrix):
    np.testing.assert_array_equal(np.sort(nested_dissection(matrix)), np.arange(matrix.shape[0]))


@METIS
def test_nested_dissection_fills_less_than_the_natural_order():
    def fill(matrix: sparse.csr_array) -> int:
        options = {"permc_spec": "NATURAL", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
        return splu(matrix.tocsc(), **options).L.nnz

    K = assemble(grid(24), held(CLAMPED)).K
    order = nested_dissection(K)
    assert fill(K[order][:, order]) < 0.6 * fill(K)


def test_estimates_grow_with_everything():
    small = estimate(10_000, 20)
    assert small.bytes < 1e9
    assert small.seconds < 10
    for larger in (estimate(20_000, 20), estimate(10_000, 40)):
        assert larger.bytes > small.bytes
        assert larger.seconds > small.seconds
    assert estimate(10_000, 20, engine="pardiso").bytes < small.bytes
    with_green = estimate(10_000, 20, solves=1500)
    assert with_green.bytes > small.bytes
    assert with_green.seconds > small.seconds
    assert "MiB and" in str(small)
    assert "GiB and" in str(estimate(1_000_000, 20))


def test_what_fits_is_let_through_and_what_does_not_is_refused_with_advice():
    assert demand(10_000, 20, available=2**31) == estimate(10_000, 20)
    with pytest.raises(InputError, match=r"10000000 unknowns .* 4\.0 GiB are free") as caught:
        demand(10_000_000, 20, available=2**32)
    assert "coarser mesh" in caught.value.advice
    needed = estimate(1_000_000, 20).bytes
    with pytest.raises(InputError) as caught:
        demand(1_000_000, 20, available=0.9 * needed)
    assert "pardiso" in caught.value.advice
    modest = estimate(100_000, 10, engine="pardiso").bytes
    with pytest.raises(InputError) as caught:
        demand(100_000, 3000, engine="pardiso", available=modest)
    assert "fewer modes" in caught.value.advice


def test_the_limit_of_a_control_group_counts(tmp_path):
    assert _control_group(tmp_path) == np.inf
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert _control_group(tmp_path) == np.inf
    (tmp_path / "memory.max").write_text("5000\n")
    assert _control_group(tmp_path) == 4000
    assert available_memory() > 0


def test_where_green_functions_are_too_much_the_static_landscape_is_named():
    between = (estimate(50_000, 5).bytes + estimate(50_000, 5, solves=6000).bytes) / 2
    assert demand(50_000, 5, available=between).bytes < between
    with pytest.raises(InputError) as caught:
        demand(50_000, 5, solves=6000, available=between)
    assert "static landscape fits" in caught.value.advice


def test_small_plates_take_a_second_and_little_memory():
    """What is told to a user starts far above: ten seconds, or a GiB."""
    tiny = estimate(100, 4)
    assert tiny.seconds < 2
    assert tiny.bytes < 2**28


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc")
def test_the_estimate_of_memory_holds():
    """In a process of its own: between a half and twice the peak resident size.

    Read as VmHWM, for ru_maxrss of a child starts at the size of the process that began it.
    """
    code = """
from pathlib import Path
from builders import CLAMPED, grid, held
from landscape.modes import eigenmodes
from landscape.system import assemble
system = assemble(grid(96), held(CLAMPED))
eigenmodes(system, 20)
(peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(system.unknowns, int(peak.split()[1]) * 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()
    )
    unknowns, peak = map(int, done.stdout.split())
    assert peak / 2 < estimate(unknowns, 20).bytes < 2 * peak


def environment() -> dict[str, str]:
    here = Path(__file__).parent
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{here.parent}", "OMP_NUM_THREADS": "1"}
