"""The plain scikit-fem recipe for a clamped plate: ElementTriMorley, SuperLU, eigsh.

python benchmarks/peer_scikit_fem.py MESH MODES FOLDER '{"D": …, "nu": …, "rho_h": …}'
"""

import json
import sys
from pathlib import Path

from skfem import Basis, BilinearForm, ElementTriMorley, MeshTri, condense, solve
from skfem.helpers import dd, ddot, trace
from skfem.utils import solver_eigen_scipy_sym


def main(mesh: str, modes: str, folder: str, material: str) -> None:
    data = json.loads(material)
    stiffness, nu, rho_h = data["D"], data["nu"], data["rho_h"]

    @BilinearForm
    def bending(u, v, w):
        return stiffness * ((1 - nu) * ddot(dd(u), dd(v)) + nu * trace(dd(u)) * trace(dd(v)))

    @BilinearForm
    def inertia(u, v, w):
        return rho_h * u * v

    basis = Basis(MeshTri.load(mesh), ElementTriMorley())
    K, M = bending.assemble(basis), inertia.assemble(basis)
    solver = solver_eigen_scipy_sym(k=int(modes), sigma=0.0)
    values, _ = solve(*condense(K, M, D=basis.get_dofs()), solver=solver)
    Path(folder, "eigenvalues.json").write_text(json.dumps(sorted(values.tolist())))
    Path(folder, "unknowns").write_text(str(K.shape[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
