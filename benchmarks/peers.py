"""The same plate by ours, scikit-fem, NGSolve and FreeFEM: time, memory, and error against a converged reference.

    python benchmarks/peers.py [--modes 50] [--repeats 3] [--vertices 58000] [--ngsolve PYTHON]

Whole processes on one thread each, run in turn. scikit-fem and FreeFEM (Morley) take a uniform mesh of the given number of
vertices; NGSolve (Hellan–Herrmann–Johnson) takes plate.msh as ours does, of an order that is as accurate. A peer that is
not installed is left out and said so. ``--ngsolve``: a Python that has NGSolve, default this one.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import Run, Summary, in_turn, machine, markdown, run
from plates import PLATE, eigenvalues_of, make, material, uniform, worst_error
from solve_plate import AREA, landscape, reference, scikit_fem

HERE = Path(__file__).parent
PLUGINS = "/usr/lib/freefem++"  # of Debian's libfreefem++
Peer = Callable[[Path], Run]


def ours(modes: int, engine: str) -> Peer:
    """Return our modes alone."""
    return lambda folder: python(sys.executable, "peer_landscape.py", PLATE, str(modes), folder, engine)


def ngsolve(interpreter: str, modes: int, order: int, recipe: str) -> Peer:
    """Return NGSolve on plate.msh."""
    data = json.dumps({**material(), "order": order, "recipe": recipe})
    return lambda folder: python(interpreter, "peer_ngsolve.py", PLATE, str(modes), folder, data)


def freefem(mesh: Path, modes: int) -> Peer:
    """Return FreeFEM on ``mesh``."""
    numbers = [repr(v) for v in material().values()]

    def go(folder: Path) -> Run:
        folder.mkdir(exist_ok=True)
        os.environ.setdefault("FF_LOADPATH", PLUGINS)
        script = [HERE / "peer_freefem.edp", mesh, str(modes), folder / "eigenvalues.json", *numbers]
        return run(["FreeFem++-nw", "-v", "0", *script], log=folder.with_suffix(".log"))

    return go


def python(interpreter: str, script: str, *arguments: str | Path) -> Run:
    """Run one of the scripts of this folder; the third argument is its folder."""
    folder = Path(arguments[2])
    folder.mkdir(exist_ok=True)
    return run([interpreter, HERE / script, *arguments], log=folder.with_suffix(".log"))


def has(interpreter: str, package: str) -> bool:
    """Say whether an interpreter can import a package."""
    return subprocess.run([interpreter, "-c", f"import {package}"], capture_output=True).returncode == 0


def peers(place: Path, modes: int, vertices: int, interpreter: str) -> tuple[dict[str, Peer], list[str]]:
    """Return the peers there are, by name, and notes about those that are not."""
    fine = make(place / "uniform.msh", uniform(math.sqrt(AREA / vertices * 2 / math.sqrt(3))))
    chosen: dict[str, Peer] = {"ours, whole command": lambda folder: landscape(PLATE, modes, folder)}
    chosen["ours, modes alone"] = ours(modes, "scipy")
    notes = []
    if has(sys.executable, "pypardiso"):
        chosen["ours, modes alone, pardiso"] = ours(modes, "pardiso")
    if has(interpreter, "ngsolve"):
        chosen["NGSolve, order 3, condensed by hand, eigsh"] = ngsolve(interpreter, modes, 3, "condensed")
        chosen["NGSolve, order 3, its ArnoldiSolver"] = ngsolve(interpreter, modes, 3, "arnoldi")
    else:
        notes.append("NGSolve is not installed: pip install ngsolve.")
    chosen["scikit-fem, Morley"] = lambda folder: scikit_fem(fine, modes, folder)
    if shutil.which("FreeFem++-nw"):
        chosen["FreeFEM, Morley"] = freefem(fine, modes)
    else:
        notes.append("FreeFEM is not installed: apt-get install freefem++ libfreefem++.")
    return chosen, notes


def row(name: str, took: Summary, first: Summary, error: float) -> list[str]:
    """Return one line of the table."""
    memory, ratio = f"{took.memory / 2**20:.0f}", f"{took.cpu / first.cpu:.1f}"
    return [
        name,
        f"{took.wall:.1f}",
        f"{took.cpu:.1f}",
        f"{took.spread:.0%}",
        memory,
        f"{100 * error:.3f}%",
        ratio,
    ]


def compare(place: Path, modes: int, repeats: int, vertices: int, interpreter: str) -> str:
    """Return the table."""
    true, doubt = reference(place, modes)
    chosen, notes = peers(place, modes, vertices, interpreter)
    folders = {name: place / f"peer{k}" for k, name in enumerate(chosen)}
    took = in_turn({n: lambda p=p, n=n: p(folders[n]) for n, p in chosen.items()}, repeats)
    first = next(iter(took.values()))
    rows = [row(n, t, first, worst_error(eigenvalues_of(folders[n]), true)) for n, t in took.items()]
    header = [
        f"{modes} modes",
        "wall s",
        "CPU s",
        "spread",
        "peak MiB",
        "worst error of √ω²",
        "CPU against ours",
    ]
    text = f"{machine()}{version(interpreter)}. Reference certain to {100 * doubt:.4f}%."
    return "\n".join([text, *notes, "", markdown(header, rows)])


def version(interpreter: str) -> str:
    """Return the versions of the peers outside this environment."""
    found = ""
    if has(interpreter, "ngsolve"):
        command = [interpreter, "-c", "import ngsolve; print(ngsolve.__version__)"]
        found += ", NGSolve " + subprocess.run(command, capture_output=True, text=True).stdout.strip()
    if shutil.which("FreeFem++-nw"):
        told = subprocess.run(["FreeFem++-nw", "-h"], capture_output=True, text=True).stdout
        found += ", FreeFEM " + next((w for w in told.split() if w.startswith("v4")), "4")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--vertices", type=int, default=58_000)
    parser.add_argument("--ngsolve", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(compare(Path(place), options.modes, options.repeats, options.vertices, options.ngsolve))


if __name__ == "__main__":
    main()
