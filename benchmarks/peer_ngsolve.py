"""The NGSolve recipe for a clamped plate: hybridized Hellan–Herrmann–Johnson, static condensation, eigsh.

    python benchmarks/peer_ngsolve.py MESH MODES FOLDER '{"D": …, "nu": …, "rho_h": …, "order": 2}'

σ = D[(1−ν)∇²w + ν Δw 1] is discontinuous with its normal–normal continuity enforced by ŵ, and is eliminated element by
element. Neunteufel & Schöberl, Comput. Struct. 225, 106109 (2019), doi:10.1016/j.compstruc.2019.106109.
"""

import json
import sys
from pathlib import Path

import ngsolve as ng
import numpy as np
from netgen.read_gmsh import ReadGmsh
from scipy.sparse.linalg import LinearOperator, eigsh


def main(file: str, modes: str, folder: str, material: str) -> None:
    data = json.loads(material)
    order, nu = data["order"], data["nu"]
    mesh = ng.Mesh(ReadGmsh(file))
    V = ng.H1(mesh, order=order, dirichlet=".*")
    space = ng.HDivDiv(mesh, order=order - 1, discontinuous=True) * V
    space = space * ng.NormalFacetFESpace(mesh, order=order - 1, dirichlet=".*")
    K = stiffness(space, data["D"], nu)
    (w, dw) = V.TnT()
    M = ng.BilinearForm(V)
    M += data["rho_h"] * w * dw * ng.dx
    M.Assemble()
    values = solve(K, M, space, int(modes))
    Path(folder, "eigenvalues.json").write_text(json.dumps(values))
    Path(folder, "unknowns").write_text(str(space.ndof))


def stiffness(space: ng.FESpace, D: float, nu: float) -> ng.BilinearForm:
    (s, w, h), (t, v, g) = space.TnT()
    n = ng.specialcf.normal(2)
    K = ng.BilinearForm(space, symmetric=True, condense=True)
    K += -(ng.InnerProduct(s, t) - nu / (1 + nu) * ng.Trace(s) * ng.Trace(t)) / (D * (1 - nu)) * ng.dx
    K += (ng.InnerProduct(s, v.Operator("hesse")) + ng.InnerProduct(t, w.Operator("hesse"))) * ng.dx
    for tensor, slope, hat in ((s, ng.grad(v), g), (t, ng.grad(w), h)):
        K += -(tensor * n) * n * (slope * n - hat * n) * ng.dx(element_boundary=True)
    K.Assemble()
    return K


def solve(K: ng.BilinearForm, M: ng.BilinearForm, space: ng.FESpace, modes: int) -> list[float]:
    inner = K.mat.Inverse(space.FreeDofs(True), inverse="sparsecholesky")
    identity = ng.IdentityMatrix(space.ndof)
    extend = identity + K.harmonic_extension
    inverse = extend @ (inner + K.inner_solve) @ (identity + K.harmonic_extension_trans)
    of_w = space.Range(1)
    full, answer = K.mat.CreateColVector(), K.mat.CreateColVector()
    free = np.flatnonzero(list(space.components[1].FreeDofs()))
    rows, columns, entries = M.mat.COO()
    from scipy.sparse import csr_array

    mass = csr_array((entries, (rows, columns)))[free][:, free]
    at = of_w.start + free

    def apply(x: np.ndarray) -> np.ndarray:
        full[:] = 0
        full.FV().NumPy()[at] = x
        answer.data = inverse * full
        return answer.FV().NumPy()[at].copy()

    size = len(free)
    operator = LinearOperator((size, size), matvec=apply, dtype=float)
    values = eigsh(operator, k=modes, M=mass, sigma=0.0, OPinv=operator, return_eigenvectors=False)
    return sorted(values.tolist())


if __name__ == "__main__":
    with ng.TaskManager():
        main(*sys.argv[1:])
