"""A mesh for Morley's element, graded by what accurate modes say of its error, within the memory there is.

Morley's interpolation Iψ has in each triangle the mean of the Hessian of ψ, so the energy it misses,

    a(ψ − Iψ, ψ − Iψ) = Σ_T ∫_T D [(1−ν) |H − H̄|² + ν (tr(H − H̄))²],     H = D²ψ, H̄ its mean over T,

is known from Argyris modes ψ before Morley's problem is solved. It is λ − λ_M to leading order.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landscape.elements.base import Affine, hessian_form
from landscape.elements.reference import Array
from landscape.elements.space import chunks
from landscape.field import Field
from landscape.mesh import PlateMesh, refined_with_parents
from landscape.system import sections_of
from landscape.plate import Plate

POINTS = np.array([[1 / 6, 1 / 6], [2 / 3, 1 / 6], [1 / 6, 2 / 3]])  # exact for squares of linear Hessians
RED = 16.0  # the missed energy of a triangle over that of each of its four quarters


@dataclass(frozen=True)
class Wanted:
    """What a Morley mesh is for: ``modes`` (accurate ones), their ``eigenvalues`` (k,), the ``plate`` it solves."""

    modes: Field
    eigenvalues: Array
    plate: Plate


def missed_energy(mesh: PlateMesh, ancestor: NDArray[np.intp], wanted: Wanted) -> Array:
    """Return the energy a Morley mesh misses of each mode over its eigenvalue, (triangles, modes).

    ``ancestor`` (triangles,): the triangle of the modes' mesh whose polynomial holds in a triangle.
    """
    sections = sections_of(mesh, wanted.plate)
    affine = Affine.of(mesh.mesh)
    space = wanted.modes.space
    out = np.empty((len(ancestor), len(wanted.eigenvalues)))
    for chunk in chunks(len(ancestor), 2048):
        home = ancestor[chunk]
        points = affine.origin[chunk, None] + np.einsum("qj,mij->mqi", POINTS, affine.jacobian[chunk])
        table = space.element.monomials.hessian(space.affine.chart(points, home))
        hessians = table.reshape(len(home), 9, -1) @ wanted.modes.coefficients[home]
        hessians = hessians.reshape(len(home), 3, 3, -1)
        hessians -= hessians.mean(axis=1, keepdims=True)
        form = hessian_form(space.affine.jacobian[home], sections.poisson[chunk])
        energy = np.einsum("mqak,mab,mqbk->mk", hessians, form, hessians, optimize=True) / 3
        out[chunk] = energy * (sections.stiffness * affine.area)[chunk, None]
    return out / wanted.eigenvalues


def graded_mesh(
    mesh: PlateMesh, ancestor: NDArray[np.intp], wanted: Wanted, *, gap: float, triangles: int
) -> tuple[PlateMesh, float]:
    """Refine until the energy missed of every mode, relative, is below ``gap``, or until ``triangles`` are used.

    Each round cuts the triangles whose share is above the one all would have in the best mesh. Returns the mesh
    and the largest relative energy missed on it.
    """
    while True:
        missed = missed_energy(mesh, ancestor, wanted)
        total = missed.sum(axis=0)
        if total.max() <= gap:
            return mesh, float(total.max())
        urgent = np.minimum(total / gap, 1.0)  # modes that are fine already do not ask for more
        share = (missed * urgent).max(axis=1)
        even = (gap / np.sqrt(share).sum()) ** 2
        marked = np.flatnonzero(share > np.minimum(even, np.quantile(share, 0.9)))
        room = (triangles - len(share)) / 3.5
        if room < 0.02 * len(share):
            return mesh, float(total.max())
        if len(marked) > room:
            marked = np.argsort(-share, kind="stable")[: int(room)]
        mesh, parent = refined_with_parents(mesh, marked)
        ancestor = ancestor[parent]


def triangles_for(mesh: PlateMesh, ancestor: NDArray[np.intp], wanted: Wanted, gap: float) -> int:
    """Return about how many triangles a graded mesh needs for a relative ``gap``: (Σ_T √share)² / gap.

    The sum does not depend on the mesh, as a share is of order h⁴.
    """
    share = missed_energy(mesh, ancestor, wanted).max(axis=1)
    return int(np.sqrt(share).sum() ** 2 / gap)


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
    table = Path("/proc/meminfo")
    if table.is_file():
        for line in table.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2
    except (AttributeError, ValueError, OSError):
        return 4e9
