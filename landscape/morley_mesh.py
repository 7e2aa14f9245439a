"""A mesh for Morley's element, graded by what accurate modes say of its error, within the memory there is.

Morley's interpolation Iψ has in each triangle the mean of the Hessian of ψ, so the energy it misses,

    a(ψ − Iψ, ψ − Iψ) = Σ_T ∫_T D [(1−ν) |H − H̄|² + ν (tr(H − H̄))²],     H = D²ψ, H̄ its mean over T,

is known from Argyris modes ψ before Morley's problem is solved. λ − λ_M is a nearly constant multiple of it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import Affine, hessian_form
from landscape.elements.reference import Array
from landscape.elements.space import chunks
from landscape.field import Field
from landscape.linalg import available_memory
from landscape.plate import Plate
from landscape.polygons import Descendant
from landscape.system import sections_of

POINTS = np.array([[1 / 6, 1 / 6], [2 / 3, 1 / 6], [1 / 6, 2 / 3]])  # exact for squares of linear Hessians
MISSED = 5.5
"""λ − λ_M over the missed energy: 4 to 6 on squares, L-shapes and plate.msh. It plans a mesh, it bounds nothing."""


@dataclass(frozen=True)
class Wanted:
    """What a Morley mesh is for: ``modes`` (accurate ones), their ``eigenvalues`` (k,), the ``plate`` it solves."""

    modes: Field
    eigenvalues: Array
    plate: Plate


def expected_gaps(mesh: Descendant, wanted: Wanted) -> Array:
    """Return what each triangle is expected to add to 1 − λ_M/λ of each mode, (triangles, modes)."""
    sections = sections_of(mesh.mesh, wanted.plate)
    affine = Affine.of(mesh.mesh.mesh)
    space = wanted.modes.space
    out = np.empty((mesh.triangles, len(wanted.eigenvalues)))
    for chunk in chunks(mesh.triangles, 2048):
        home = mesh.ancestor[chunk]
        points = affine.origin[chunk, None] + np.einsum("qj,mij->mqi", POINTS, affine.jacobian[chunk])
        table = space.element.monomials.hessian(space.affine.chart(points, home))
        hessians = table.reshape(len(home), 9, -1) @ wanted.modes.coefficients[home]
        hessians = hessians.reshape(len(home), 3, 3, -1)
        hessians -= hessians.mean(axis=1, keepdims=True)
        form = hessian_form(space.affine.jacobian[home], sections.poisson[chunk])
        energy = np.einsum("mqak,mab,mqbk->mk", hessians, form, hessians, optimize=True) / 3
        out[chunk] = energy * (sections.stiffness[chunk] * affine.area[chunk])[:, None]
    return MISSED * out / wanted.eigenvalues


def graded_mesh(mesh: Descendant, wanted: Wanted, *, gap: float, triangles: int) -> tuple[Descendant, float]:
    """Refine until 1 − λ_M/λ of every mode is expected below ``gap``, or until ``triangles`` are used.

    In the best mesh all triangles have the same share of the gap, (gap / Σ_T √share)²: shares are of order h⁴, so
    that the sum does not depend on the mesh. Returns the mesh and the largest gap expected.
    """
    while True:
        gaps = expected_gaps(mesh, wanted)
        total = gaps.sum(axis=0)
        room = int((triangles - mesh.triangles) / 3.5)
        if total.max() <= gap or room < 0.02 * mesh.triangles:
            return mesh, float(total.max())
        excess = np.maximum(total - gap, 0)  # modes that are fine do not ask for more
        mesh = mesh.refined(_largest(gaps @ (excess / excess.sum()), gap)[:room])


def _largest(share: Array, gap: float) -> NDArray[np.intp]:
    """Return the triangles to cut, by falling share: those far above the even one, but no more than needed.

    Cut in four, a triangle's share falls to a quarter.
    """
    order = np.argsort(-share, kind="stable")
    needed = 1 + int(np.searchsorted(0.75 * np.cumsum(share[order]), share.sum() - gap))
    even = (gap / np.sqrt(share).sum()) ** 2
    uneven = int(np.count_nonzero(share > 2 * even))
    return order[: min(needed, uneven) or needed]


def memory_needed(triangles: int, modes: int) -> float:
    """Return about how many bytes Morley's eigenproblem takes: two factors of SuperLU and ARPACK's vectors.

    A triangle brings two unknowns. The factors hold 9 log₂ n − 45 numbers per unknown, measured with minimum
    degree ordering from 4,000 to 460,000 unknowns.
    """
    unknowns = 2 * triangles
    fill = max(50.0, 9 * np.log2(max(unknowns, 2)) - 45)
    return unknowns * (2 * 20 * fill + 8 * 4 * (modes + 10) + 1000)


def affordable(modes: int, memory: float) -> int:
    """Return the largest number of triangles whose eigenproblem fits into ``memory`` bytes."""
    low, high = 1, 2**28
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if memory_needed(middle, modes) <= memory else (low, middle)
    return low


def free_memory() -> float:
    """Return the bytes of memory a program may still take; 4 GB where the system does not tell."""
    memory = available_memory()
    return memory if math.isfinite(memory) else 4e9
