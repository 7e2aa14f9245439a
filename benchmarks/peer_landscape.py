"""Ours without the landscape: read, assemble, modes, counted by inertia.

python benchmarks/peer_landscape.py MESH MODES FOLDER [scipy|pardiso]
"""

import json
import sys
from pathlib import Path

from landscape.case import read_case
from landscape.linalg import factorize
from landscape.modes import eigenmodes
from landscape.system import assemble


def main(mesh: str, modes: str, folder: str, engine: str = "scipy") -> None:
    case = read_case(mesh)
    system = assemble(case.mesh, case.plate)
    values = eigenmodes(system, int(modes), factorization=factorize(system.K, engine=engine)).eigenvalues
    Path(folder, "eigenvalues.json").write_text(json.dumps(values.tolist()))
    Path(folder, "unknowns").write_text(str(system.unknowns))


if __name__ == "__main__":
    main(*sys.argv[1:])
