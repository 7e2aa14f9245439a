"""ARPACK on minimum degree, as SciPy offers it, against our block Lanczos on nested dissection, by engine and threads.

    python benchmarks/engines.py [--modes 200] [--finer 4.5] [--repeats 1]

The same matrices of plate.msh made finer; factorization and modes, without reading and assembly. Ours is counted by
inertia as well. With more threads than idle cores, threaded BLAS on skinny blocks is what costs: ``threads kept`` lets it.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path

from measure import in_turn, machine, markdown, run
from plates import Grading, make

CASES = (
    ("arpack", 1),
    ("scipy", 1),
    ("scipy", 2),
    ("pardiso", 1),
    ("pardiso", 2),
    ("scipy, threads kept", 2),
)


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
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        work(options.one[0], int(options.one[1]), *options.one[2:])
        return
    with tempfile.TemporaryDirectory() as place:
        print(compare(Path(place), options.modes, options.finer, options.repeats))


def compare(place: Path, modes: int, finer: float, repeats: int) -> str:
    """Return the table; times are those inside the process, of the last round."""
    mesh = make(place / "plate.msh", Grading(0.2e-3 / finer, 12e-3 / finer))
    folders = {case: place / f"case{k}" for k, case in enumerate(CASES)}
    for folder in folders.values():
        folder.mkdir()

    def go(case: tuple[str, int]):
        one = ["--one", mesh, str(modes), case[0], folders[case]]
        return run([sys.executable, __file__, *one], threads=case[1], log=folders[case] / "log")

    whole = in_turn({case: lambda case=case: go(case) for case in CASES}, repeats)
    took = {case: json.loads((folder / "took.json").read_text()) for case, folder in folders.items()}
    first = took[CASES[0]]
    rows = []
    for case, own in took.items():
        apart = max(abs(a / b - 1) for a, b in zip(own["values"], first["values"], strict=True))
        times = [f"{own['wall']:.1f}", f"{own['cpu']:.1f}", f"{first['wall'] / own['wall']:.1f}"]
        rows.append([case[0], str(case[1]), *times, f"{apart:.0e}", f"{whole[case].memory / 2**20:.0f}"])
    header = ["recipe", "threads", "wall s", "CPU s", "times faster", "eigenvalues differ by", "peak MiB"]
    return f"{machine()}\n{first['unknowns']} unknowns, {modes} modes.\n\n{markdown(header, rows)}"


if __name__ == "__main__":
    main()
