"""The same plate by ours, scikit-fem, NGSolve and FreeFEM: time, memory, and error against a converged reference.

    python benchmarks/peers.py [--modes 50] [--repeats 3] [--vertices 58000 | --equal] [--ngsolve PYTHON] [--only NAME]

Whole processes on one thread each, run in turn. scikit-fem and FreeFEM (Morley) take a uniform mesh of the given number of
vertices; NGSolve (Hellan–Herrmann–Johnson) takes plate.msh as ours does, of an order that is as accurate. ``--equal``: each
takes the coarsest mesh on which its worst error is 0.2% (``EQUAL``), graded as suits its element. A peer that is not
installed is left out and said so. ``--ngsolve``: a Python that has NGSolve, default this one. ``--only``: those peers, and
ours, whose name holds the word.
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
from dataclasses import dataclass
from pathlib import Path

from measure import Run, Summary, in_turn, machine, markdown, run
from plates import PLATE, Grading, eigenvalues_of, material, meshed, uniform, worst_error
from solve_plate import AREA, landscape, reference, scikit_fem

HERE = Path(__file__).parent
PLUGINS = "/usr/lib/freefem++"  # of Debian's libfreefem++
Peer = Callable[[Path], Run]
EQUAL = {
    "ours": Grading(0.8e-3, 14e-3),
    "ngsolve": Grading(3.2e-3, 20e-3),
    "morley": Grading(0.2e-3, 0.66e-3, 0.1),
}
"""Meshes of some 0.2% worst error in the first 50 modes (Morley: 0.25%; a uniform one would need 240,000 vertices)."""


@dataclass(frozen=True)
class Meshes:
    """The mesh that each element is given."""

    ours: Path
    ngsolve: Path
    morley: Path


def equal(place: Path) -> Meshes:
    """Return the meshes of equal accuracy."""
    return Meshes(**{name: meshed(place / f"{name}.msh", grading) for name, grading in EQUAL.items()})


def given(place: Path, vertices: int) -> Meshes:
    """Return plate.msh, and for Morley a uniform mesh of so many vertices."""
    return Meshes(
        PLATE, PLATE, meshed(place / "uniform.msh", uniform(math.sqrt(AREA / vertices * 2 / math.sqrt(3))))
    )


def ours(mesh: Path, modes: int, engine: str) -> Peer:
    """Return our modes alone."""
    return lambda folder: python(sys.executable, "peer_landscape.py", mesh, str(modes), folder, engine)


def ngsolve(mesh: Path, interpreter: str, modes: int, recipe: str) -> Peer:
    """Return NGSolve of order 3 on ``mesh``."""
    data = json.dumps({**material(), "order": 3, "recipe": recipe})
    return lambda folder: python(interpreter, "peer_ngsolve.py", mesh, str(modes), folder, data)


def freefem(mesh: Path, modes: int) -> Peer:
    """Return FreeFEM on ``mesh``."""
    numbers = [repr(v) for v in material().values()]

    def go(folder: Path) -> Run:
        folder.mkdir(exist_ok=True)
        os.environ.setdefault("FF_LOADPATH", PLUGINS)
        script: list[str | Path] = [
            HERE / "peer_freefem.edp",
            mesh,
            str(modes),
            folder / "eigenvalues.json",
            *numbers,
        ]
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


def peers(meshes: Meshes, modes: int, interpreter: str) -> tuple[dict[str, Peer], list[str]]:
    """Return the peers there are, by name, and notes about those that are not."""
    chosen: dict[str, Peer] = {"ours, whole command": lambda folder: landscape(meshes.ours, modes, folder)}
    chosen["ours, modes alone"] = ours(meshes.ours, modes, "scipy")
    notes = []
    if has(sys.executable, "pypardiso"):
        chosen["ours, modes alone, pardiso"] = ours(meshes.ours, modes, "pardiso")
    if has(interpreter, "ngsolve"):
        for name, recipe in (("condensed by hand, eigsh", "condensed"), ("its ArnoldiSolver", "arnoldi")):
            chosen[f"NGSolve, order 3, {name}"] = ngsolve(meshes.ngsolve, interpreter, modes, recipe)
    else:
        notes.append("NGSolve is not installed: pip install ngsolve.")
    chosen["scikit-fem, Morley"] = lambda folder: scikit_fem(meshes.morley, modes, folder)
    if shutil.which("FreeFem++-nw"):
        chosen["FreeFEM, Morley"] = freefem(meshes.morley, modes)
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


def compare(place: Path, options: argparse.Namespace) -> str:
    """Return the table."""
    modes, interpreter = options.modes, options.ngsolve
    true, doubt = reference(place, modes)
    meshes = equal(place) if options.equal else given(place, options.vertices)
    chosen, notes = peers(meshes, modes, interpreter)
    chosen = {n: p for n, p in chosen.items() if options.only in n or n.startswith("ours")}
    folders = {name: place / f"peer{k}" for k, name in enumerate(chosen)}
    took = in_turn({n: lambda p=p, n=n: p(folders[n]) for n, p in chosen.items()}, options.repeats)
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
    parser.add_argument("--equal", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--ngsolve", default=sys.executable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(compare(Path(place), options))


if __name__ == "__main__":
    main()
