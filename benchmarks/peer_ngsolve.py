"""NGSolve for a clamped plate: hybridized Hellan–Herrmann–Johnson, by its own Arnoldi or condensed and with eigsh.

    python benchmarks/peer_ngsolve.py MESH MODES FOLDER '{"D": …, "nu": …, "rho_h": …, "order": 3, "recipe": "arnoldi"}'

σ = D[(1−ν)∇²w + ν Δw 1] is discontinuous; ŵ enforces the continuity of its normal–normal part. ``arnoldi`` is the recipe
of NGSolve's documentation. ``condensed`` eliminates σ and all inner unknowns element by element, applies the exact
inverse through the condensed factors, and needs more knowledge of both libraries. Neunteufel & Schöberl, Comput.
Struct. 225, 106109 (2019), doi:10.1016/j.compstruc.2019.106109.
"""

import json
import sys
from pathlib import Path

import ngsolve as ng
import numpy as np
from netgen.read_gmsh import ReadGmsh
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh


def main(file: str, modes: str, folder: str, material: str) -> None:
    data = json.loads(material)
    order = data["order"]
    mesh = ng.Mesh(ReadGmsh(file))
    space = ng.HDivDiv(mesh, order=order - 1, discontinuous=True) * ng.H1(mesh, order=order, dirichlet=".*")
    space = space * ng.NormalFacetFESpace(mesh, order=order - 1, dirichlet=".*")
    solve = {"arnoldi": arnoldi, "condensed": condensed}[data["recipe"]]
    values = solve(space, data, int(modes))
    Path(folder, "eigenvalues.json").write_text(json.dumps(sorted(values)))
    Path(folder, "unknowns").write_text(str(space.ndof))


def stiffness(space: ng.FESpace, data: dict, condense: bool) -> ng.BilinearForm:
    (s, w, h), (t, v, g) = space.TnT()
    nu, n = data["nu"], ng.specialcf.normal(2)
    K = ng.BilinearForm(space, symmetric=True, condense=condense)
    compliance = 1 / (data["D"] * (1 - nu))
    K += -compliance * (ng.InnerProduct(s, t) - nu / (1 + nu) * ng.Trace(s) * ng.Trace(t)) * ng.dx
    K += (ng.InnerProduct(s, v.Operator("hesse")) + ng.InnerProduct(t, w.Operator("hesse"))) * ng.dx
    for tensor, slope, hat in ((s, ng.grad(v), g), (t, ng.grad(w), h)):
        K += -(tensor * n) * n * (slope * n - hat * n) * ng.dx(element_boundary=True)
    return K.Assemble()


def arnoldi(space: ng.FESpace, data: dict, modes: int) -> list[float]:
    w, v = space.TrialFunction()[1], space.TestFunction()[1]
    M = ng.BilinearForm(space, symmetric=True)
    M += data["rho_h"] * w * v * ng.dx
    K = stiffness(space, data, condense=False)
    found = [ng.CreateVVector(space.ndof, complex=True) for _ in range(modes)]
    values = ng.ArnoldiSolver(K.mat, M.Assemble().mat, space.FreeDofs(), found, shift=0)
    return [complex(v).real for v in values][:modes]


def condensed(space: ng.FESpace, data: dict, modes: int) -> list[float]:
    K, one = stiffness(space, data, condense=True), ng.IdentityMatrix(space.ndof)
    inner = K.mat.Inverse(space.FreeDofs(True), inverse="sparsecholesky") + K.inner_solve
    inverse = (one + K.harmonic_extension) @ inner @ (one + K.harmonic_extension_trans)
    V = space.components[1]
    free = np.flatnonzero(list(V.FreeDofs()))
    mass, at = mass_of(V, data["rho_h"])[free][:, free], space.Range(1).start + free
    full, answer = K.mat.CreateColVector(), K.mat.CreateColVector()

    def apply(x: np.ndarray) -> np.ndarray:
        full[:] = 0
        full.FV().NumPy()[at] = x
        answer.data = inverse * full
        return answer.FV().NumPy()[at].copy()

    operator = LinearOperator(mass.shape, matvec=apply, dtype=float)
    values = eigsh(operator, k=modes, M=mass, sigma=0.0, OPinv=operator, return_eigenvectors=False)
    return values.tolist()


def mass_of(space: ng.FESpace, rho_h: float) -> csr_array:
    w, v = space.TnT()
    M = ng.BilinearForm(space)
    M += rho_h * w * v * ng.dx
    rows, columns, entries = M.Assemble().mat.COO()
    return csr_array((entries, (rows, columns)))


if __name__ == "__main__":
    with ng.TaskManager():
        main(*sys.argv[1:])
