"""ARPACK on minimum degree, as SciPy offers it, against our block Lanczos on nested dissection, by engine and threads.

    python benchmarks/engines.py [--modes 200] [--finer 4.5] [--repeats 1] [--only "scipy 1" "pardiso 1"]

The same matrices of plate.msh made finer; factorization and modes, without reading and assembly. Ours is counted by
inertia as well. ``--only``: these recipes and threads; the first is what the others are compared with. With more threads
than idle cores, threaded BLAS on skinny blocks is what costs: ``threads kept`` lets it.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from measure import Run, in_turn, machine, markdown, run
from plates import Grading, make

CASES = {
    f"{recipe} {threads}": (recipe, threads)
    for recipe, threads in (
        ("arpack", 1),
        ("arpack", 2),
        ("scipy", 1),
        ("scipy", 2),
        ("pardiso", 1),
        ("pardiso", 2),
        ("scipy, threads kept", 2),
    )
}


def work(mesh: str, modes: int, recipe: str, folder: str) -> None:
    """Do one recipe in this process."""
    from landscape.case import read_case
    from landscape.system import assemble

    case = read_case(mesh)
    system = assemble(case.mesh, case.plate)
    start, processor = time.perf_counter(), time.process_time()
    values = arpack(system, modes) if recipe == "arpack" else ours(system, modes, recipe)
    took = {"wall": time.perf_counter() - start, "cpu": time.process_time() - processor}
    Path(folder, "took.json").write_text(json.dumps({**took, "unknowns": system.unknowns, "values": values}))


def arpack(system, modes: int) -> list[float]:
    from scipy.sparse.linalg import LinearOperator, eigsh, splu

    options = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    solve = splu(system.K.tocsc(), **options).solve
    inverse = LinearOperator(system.K.shape, matvec=solve, dtype=float)
    return sorted(eigsh(system.K, k=modes, M=system.M, sigma=0.0, OPinv=inverse)[0].tolist())


def ours(system, modes: int, recipe: str) -> list[float]:
    from landscape.linalg import Pencil, factorize, lowest_modes, threads

    if "kept" in recipe:
        threads.one_thread = contextlib.nullcontext
    factors = factorize(system.K, engine=recipe.split(",")[0])
    return lowest_modes(Pencil(system.M, factors), modes).values.tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=200)
    parser.add_argument("--finer", type=float, default=4.5)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        work(options.one[0], int(options.one[1]), *options.one[2:])
        return
    with tempfile.TemporaryDirectory() as place:
        print(compare(Path(place), options))


def compare(place: Path, options: argparse.Namespace) -> str:
    """Return the table; times are those inside the process, of the last round."""
    mesh = make(place / "plate.msh", Grading(0.2e-3 / options.finer, 12e-3 / options.finer))
    folders = {name: place / f"case{k}" for k, name in enumerate(options.only)}
    for folder in folders.values():
        folder.mkdir()

    def go(name: str) -> Run:
        recipe, threads = CASES[name]
        one = ["--one", mesh, str(options.modes), recipe, folders[name]]
        return run([sys.executable, __file__, *one], threads=threads, log=folders[name] / "log")

    whole = in_turn({name: partial(go, name) for name in options.only}, options.repeats)
    took = {name: json.loads((folder / "took.json").read_text()) for name, folder in folders.items()}
    first = took[options.only[0]]
    rows = [row(CASES[name], own, first, whole[name].memory) for name, own in took.items()]
    header = [
        "recipe",
        "threads",
        "wall s",
        "CPU s",
        "times faster (wall)",
        "(CPU)",
        "eigenvalues differ by",
        "peak MiB",
    ]
    return f"{machine()}\n{first['unknowns']} unknowns, {options.modes} modes.\n\n{markdown(header, rows)}"


def row(case: tuple[str, int], own: dict, first: dict, memory: int) -> list[str]:
    """Return one line of the table: what a recipe took against the first."""
    apart = max(abs(a / b - 1) for a, b in zip(own["values"], first["values"], strict=True))
    seconds = [f"{own[kind]:.1f}" for kind in ("wall", "cpu")]
    faster = [f"{first[kind] / own[kind]:.1f}" for kind in ("wall", "cpu")]
    return [case[0], str(case[1]), *seconds, *faster, f"{apart:.0e}", f"{memory / 2**20:.0f}"]


if __name__ == "__main__":
    main()
