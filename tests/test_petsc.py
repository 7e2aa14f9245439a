"""One plate over ranks: the parts make the whole, the modes are those of one process, and errors end all ranks."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, disc, grid, held, wavy

from landscape import cli
from landscape.distributed import Share, partition
from landscape.elements.argyris import ARGYRIS
from landscape.elements.morley import MORLEY
from landscape.errors import InputError, MissingDependencyError
from landscape.options import SolveOptions
from landscape.ranks import world
from landscape.rigid import rigid_motions
from landscape.system import assemble

MESHES = Path(__file__).parent.parent / "meshes"
THERE = shutil.which("mpirun") is not None and all(
    importlib.util.find_spec(name) for name in ("mpi4py", "petsc4py", "slepc4py")
)
RANKS = pytest.mark.skipif(not THERE, reason="PETSc, SLEPc or MPI is not installed")
MANY = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMP_NUM_THREADS": "1",
}
PLATES = {
    "walls": (wavy(6), held(FREE, left=CLAMPED, right=SUPPORTED), ARGYRIS),
    "arcs": (disc(2), held(CLAMPED), ARGYRIS),
    "free": (grid(5), held(FREE), ARGYRIS),
    "morley": (disc(2), held(SUPPORTED), MORLEY),
}
PLATE = pytest.mark.parametrize("plate", PLATES)


def mpirun(
    ranks: int, code: str, *words: str | Path, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run Python ``code`` on ranks, in processes of their own: this one stays without MPI."""
    path = os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")))
    command = ["mpirun", "-n", str(ranks), sys.executable, *options, "-c", code, *map(str, words)]
    environment = {**os.environ, **MANY, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)


ABORTING = ("-m", "mpi4py")  # a failed assertion on one rank ends all
COMMAND = "import sys; from landscape.cli import main; sys.exit(main(['solve', *sys.argv[1:]]))"


@PLATE
@pytest.mark.parametrize("parts", [1, 2, 5])
def test_rows_of_all_ranks_add_up_to_the_plate(plate, parts):
    mesh, problem, element = PLATES[plate]
    whole = assemble(mesh, problem, element=element)
    part = partition(mesh.mesh, parts)
    assert part.shape == whole.space.free.shape
    shares = [assemble(mesh, problem, element=element, nodes=part == rank) for rank in range(parts)]
    for name in ("K", "M"):
        total = sum(getattr(share, name) for share in shares)
        assert abs(total - getattr(whole, name)).max() <= 1e-14 * abs(getattr(whole, name)).max()
    for name in ("load", "pressure"):
        np.testing.assert_allclose(sum(getattr(share, name) for share in shares), getattr(whole, name))
    rows = [np.flatnonzero(np.diff(share.K.indptr)) for share in shares]
    np.testing.assert_array_equal(np.sort(np.concatenate(rows)), np.arange(whole.unknowns))


def test_metis_cuts_few_edges_and_parts_evenly():
    pytest.importorskip("pymetis")
    mesh = grid(20).mesh
    part = partition(mesh, 4)[: mesh.p.shape[1]]
    assert np.bincount(part, minlength=4).min() > 0.85 * len(part) / 4
    cut = np.count_nonzero(part[mesh.facets[0]] != part[mesh.facets[1]])
    assert cut < 4 * 2 * 20  # two cuts of a square of 20 cells, up to three edges per cell


def test_without_metis_the_order_of_the_nodes_parts_them(monkeypatch):
    monkeypatch.setattr("landscape.distributed.available", lambda: False)
    mesh = grid(8).mesh
    vertices = partition(mesh, 3)[: mesh.p.shape[1]]
    assert np.all(np.diff(vertices) >= 0)
    np.testing.assert_array_equal(np.bincount(vertices), 27)


def test_own_rows_are_those_of_the_matrix_in_the_order_of_the_ranks():
    mesh, problem, element = PLATES["walls"]
    whole = assemble(mesh, problem, element=element)
    part = partition(mesh.mesh, 3)
    shares = [Share.of(whole.space, part, rank) for rank in range(3)]
    order = shares[0].order
    np.testing.assert_array_equal(np.concatenate([share.own for share in shares]), order)
    stacked = np.vstack([share.rows(whole.K).toarray() for share in shares])
    np.testing.assert_array_equal(stacked, whole.K.toarray()[order][:, order])


def test_rigid_motions_of_parts_are_those_of_the_whole():
    mesh, problem, _ = PLATES["free"]
    half = partition(mesh.mesh, 2) == 0
    part, rest = (assemble(mesh, problem, nodes=nodes) for nodes in (half, ~half))
    grams: list[np.ndarray] = []
    rigid_motions(rest, total=lambda gram: grams.append(gram) or gram)
    found = rigid_motions(part, total=lambda gram: gram + grams[0]).vectors
    np.testing.assert_allclose(found, rigid_motions(assemble(mesh, problem)).vectors, atol=1e-12)


def test_without_mpi_one_clear_message(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(MissingDependencyError, match="mpi4py") as caught:
        world()
    assert "docs/mpi.md" in caught.value.advice
    assert cli.main(["solve", str(MESHES / "square.msh"), "--engine", "petsc"]) == 1
    error = capsys.readouterr().err
    assert "The engine 'petsc' needs mpi4py, petsc4py and slepc4py" in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wish", [{"rtol": 1e-3}, {"certify": True}, {"landscape": "absolute"}])
def test_what_ranks_do_not_compute_is_refused(wish):
    with pytest.raises(InputError, match="petsc") as caught:
        SolveOptions(engine="petsc", **wish)
    assert "scipy" in caught.value.advice


SPREAD = """
from contextlib import nullcontext
import numpy as np
from landscape.distributed import Share, _solved, partition
from landscape.modes import eigenmodes
from landscape.options import SolveOptions
from landscape.ranks import world
from landscape.rigid import rigid_motions
from landscape.system import assemble
comm = world()
def spread(mesh, problem, element, modes):
    part = comm.bcast(partition(mesh.mesh, comm.size))
    system = assemble(mesh, problem, element=element, nodes=part == comm.rank)
    share = Share.of(system.space, part, comm.rank)
    motions = rigid_motions(system, total=comm.allreduce)
    return _solved(comm, system, share, motions, SolveOptions(modes=modes), lambda *_: nullcontext())
"""
COMPARED = (
    SPREAD
    + """
from test_petsc import PLATES
from landscape.static import static_landscape
for name, (mesh, problem, element) in PLATES.items():
    done = spread(mesh, problem, element, 12)
    assert (done is None) == (comm.rank > 0)
    if comm.rank:
        continue
    whole = assemble(mesh, problem, element=element)
    modes = eigenmodes(whole, 12)
    np.testing.assert_allclose(done.modes.eigenvalues, modes.eigenvalues, rtol=1e-9)
    assert done.modes.rigid == modes.rigid
    V = done.modes.vectors
    np.testing.assert_allclose(V.T @ (whole.M @ V), np.eye(12), atol=1e-10)
    force = whole.K @ V - (whole.M @ V) * done.modes.eigenvalues
    assert np.abs(force).max() < 1e-8 * abs(whole.K).max() * np.abs(V).max()
    assert (done.static is None) == bool(modes.rigid) == bool(done.missing)
    if done.static is not None:
        static = static_landscape(whole)
        for field in ("landscape", "second", "deflection"):
            ours, theirs = getattr(done.static, field), getattr(static, field)
            np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())
    print("agrees:", name)
"""
)


@RANKS
@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_ranks_compute_what_one_process_does(ranks):
    done = mpirun(ranks, COMPARED, options=ABORTING)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [word for name in PLATES for word in ("agrees:", name)]


@RANKS
def test_the_command_writes_once_and_agrees_with_scipy(tmp_path, monkeypatch, capsys):
    plate = (MESHES / "square.msh", "--modes", "12", "--no-figures")
    done = mpirun(2, COMMAND, *plate, "--engine", "petsc", "--json", "-o", tmp_path / "ranks")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)  # one rank has spoken
    assert cli.main(["solve", *map(str, plate), "-o", str(tmp_path / "one"), "--quiet"]) == 0
    one = json.loads((tmp_path / "one" / "summary.json").read_text())
    for found, known in zip(printed["modes"], one["modes"], strict=True):
        assert found["eigenvalue"] == pytest.approx(known["eigenvalue"], rel=1e-9)
    assert printed["landscape"]["maximum"] == pytest.approx(one["landscape"]["maximum"], rel=1e-9)
    assert (tmp_path / "ranks" / "result.h5").is_file()


DEGENERATE = (
    SPREAD
    + """
from builders import CLAMPED, grid, held
from landscape.elements.argyris import ARGYRIS
mesh, problem = grid(8), held(CLAMPED)
known = eigenmodes(assemble(mesh, problem), 40).eigenvalues
for count in (2, 5, 8, 11, 12, 21, 33):
    done = spread(mesh, problem, ARGYRIS, count)
    if comm.rank == 0:
        np.testing.assert_allclose(done.modes.eigenvalues, known[:count], rtol=1e-9)
"""
)


@RANKS
def test_no_mode_of_a_degenerate_pair_is_lost():
    done = mpirun(2, DEGENERATE, options=ABORTING)
    assert done.returncode == 0, done.stderr


@RANKS
def test_an_input_error_is_said_once(tmp_path):
    done = mpirun(3, COMMAND, tmp_path / "nothing.msh", "--engine", "petsc")
    assert done.returncode == 1
    assert done.stderr.count("nothing.msh") == 1, done.stderr
    assert "Traceback" not in done.stderr


FAILING = """
import sys
from mpi4py import MPI
from landscape import distributed, ranks
from landscape.cli import main
from landscape.errors import ConvergenceError
ranks.PATIENCE = 1.0
where, kind = sys.argv[1:3]
def fail(*_, **__):
    raise {"three": ConvergenceError("it was not to be", "try"), "defect": ValueError("it was not to be")}[kind]
if MPI.COMM_WORLD.rank == 1:
    if where == "alone":
        distributed.assemble = fail
    else:  # while the others are inside a collective solve
        distributed.SpreadPencil.solve = fail
sys.exit(main(["solve", *sys.argv[3:]]))
"""


@RANKS
@pytest.mark.parametrize(("kind", "code"), [("three", 3), ("defect", 70)])
@pytest.mark.parametrize("where", ["alone", "within"])
def test_an_error_of_one_rank_ends_all(tmp_path, where, kind, code):
    words = (MESHES / "square.msh", "--engine", "petsc", "--modes", "3", "-o", tmp_path / "out")
    done = mpirun(3, FAILING, where, kind, *words)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("it was not to be") == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
