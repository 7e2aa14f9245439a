"""`landscape solve meshes/plate.msh` against the plain scikit-fem recipe on a fine uniform mesh of the same plate.

    python benchmarks/solve_plate.py [--modes 50] [--repeats 3] [--vertices 58000]

Whole processes on one thread each, run in turn: reading the mesh, assembly, eigenvalues, and, for ours, regions,
passes, estimates and the result file as well. Errors are of the frequencies, the worst of all modes, against an Argyris
reference graded 32 times closer to the corners than plate.msh; how far it is from one graded 8 times is printed beside.
"""

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from measure import Run, in_turn, machine, markdown, run, script
from plates import PLATE, Grading, eigenvalues_of, material, meshed, uniform, worst_error

PEER = Path(__file__).with_name("peer_scikit_fem.py")
OURS = Path(__file__).with_name("peer_landscape.py")
AREA = 0.0433  # m², of the plate; two triangles per vertex


def landscape(mesh: Path, modes: int, folder: Path) -> Run:
    """Run our whole command."""
    command = [
        script("landscape"),
        "solve",
        mesh,
        "--quiet",
        "--modes",
        str(modes),
        "--no-figures",
        "-o",
        folder,
    ]
    return run(command, log=folder.with_suffix(".log"))


def scikit_fem(mesh: Path, modes: int, folder: Path) -> Run:
    """Run the peer."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, PEER, mesh, str(modes), folder, json.dumps(material())]
    return run(command, log=folder.with_suffix(".log"))


def reference(place: Path, modes: int) -> tuple[np.ndarray, float]:
    """Return converged eigenvalues ω² and how far the frequencies of a coarser reference are from them."""
    found = []
    for depth in (8, 32):
        mesh = meshed(place / f"reference{depth}.msh", Grading(0.2e-3 / depth, 8e-3, 0.25))
        folder = place / f"reference{depth}"
        folder.mkdir()
        run([sys.executable, OURS, mesh, str(modes), folder], log=folder / "log")
        found.append(eigenvalues_of(folder))
    return found[-1], worst_error(found[0], found[1])


def compare(place: Path, modes: int, repeats: int, vertices: int) -> str:
    """Return the table of one comparison."""
    true, doubt = reference(place, modes)
    fine = meshed(place / "uniform.msh", uniform(math.sqrt(AREA / vertices * 2 / math.sqrt(3))))
    names = {"landscape": place / "ours", "scikit-fem": place / "peer"}
    took = in_turn(
        {
            "landscape": lambda: landscape(PLATE, modes, names["landscape"]),
            "scikit-fem": lambda: scikit_fem(fine, modes, names["scikit-fem"]),
        },
        repeats,
    )
    error = {name: worst_error(eigenvalues_of(folder), true) for name, folder in names.items()}
    ours, peer = took["landscape"], took["scikit-fem"]
    rows = [
        [
            n,
            f"{t.wall:.1f}",
            f"{t.cpu:.1f}",
            f"{t.spread:.0%}",
            f"{t.memory / 2**20:.0f}",
            f"{100 * error[n]:.3f}%",
        ]
        for n, t in took.items()
    ]
    ratio = ["ratio", f"{peer.wall / ours.wall:.1f}", f"{peer.cpu / ours.cpu:.1f}", "", "", ""]
    ratio[-1] = f"{error['scikit-fem'] / error['landscape']:.1f}"
    header = [f"{modes} modes", "wall s", "CPU s", "spread", "peak MiB", "worst error of √ω²"]
    size = int((names["scikit-fem"] / "unknowns").read_text())
    return (
        f"{machine()}\nscikit-fem: {size} unknowns on a uniform mesh. The references differ by {100 * doubt:.4f}%.\n\n"
        + markdown(header, [*rows, ratio])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--vertices", type=int, default=58_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        print(compare(Path(place), options.modes, options.repeats, options.vertices))


if __name__ == "__main__":
    main()
