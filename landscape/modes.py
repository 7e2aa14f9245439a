"""Eigenmodes: a(ψ, v) = ω² ∫ ρh ψ v, M-orthonormal, each with a bound of its algebraic error."""

import math
from dataclasses import dataclass

import numpy as np

from landscape.elements.reference import Array
from landscape.linalg import Engine, Factorization, Pencil, added, factorize, lowest_modes
from landscape.rigid import RigidMotions, rigid_motions
from landscape.system import PlateSystem


@dataclass(frozen=True)
class Modes:
    """Elastic modes: ``eigenvalues`` ω² (k,) ascending, ``vectors`` (unknowns, k), ``residuals`` (k,) relative.

    ``rigid`` names the rigid motions, which are left out of the numbering.
    """

    eigenvalues: Array
    vectors: Array
    residuals: Array
    rigid: tuple[str, ...] = ()

    @property
    def frequencies(self) -> Array:
        """√ω² / 2π, in Hz for SI data."""
        return np.sqrt(self.eigenvalues) / (2 * np.pi)


def eigenmodes(
    system: PlateSystem,
    count: int,
    *,
    factorization: Factorization | None = None,
    engine: Engine = "scipy",
    verify: bool = True,
) -> Modes:
    """Return the ``count`` lowest elastic modes.

    ``factorization``: of K, to be reused; not used when rigid motions ask for a shift. ``engine``: of what is
    factored here. With ``verify`` the inertia of K − σM between the last mode and the next must count the modes; one
    that is missing is searched for. Raises ``InputError`` when the mesh has fewer modes, ``ConvergenceError`` when
    one stays missing or is not accurate.
    """
    motions = rigid_motions(system)
    pencil = pencil_of(system, motions, factorization, engine)
    pairs = lowest_modes(pencil, count, verify=verify)
    return Modes(pairs.values, oriented(system.load, pairs.vectors), pairs.residuals, motions.names)


def oriented(load: Array, vectors: Array) -> Array:
    """Return the vectors (unknowns, k) with the sign that makes their mean along the ``load`` positive."""
    return vectors * np.where(load @ vectors >= -1e-12 * np.abs(load).sum(), 1.0, -1.0)


def pencil_of(
    system: PlateSystem, motions: RigidMotions, factorization: Factorization | None, engine: Engine
) -> Pencil:
    """Return the eigenproblem with K factored, or K + σM without the rigid ``motions`` of a plate that has some."""
    if not motions.names:
        return Pencil(system.M, factorization or factorize(system.K, engine=engine))
    shift = shift_of(system)
    shifted = factorize(added(system.K, system.M, shift), engine=engine)
    return Pencil(system.M, shifted, shift, motions.vectors)


def shift_of(system: PlateSystem) -> float:
    """Return a shift of the size of the first elastic eigenvalue of a free plate: 100 D / (ρh · area²)."""
    area = system.areas()
    total = math.fsum(area)
    stiffness = float(area @ system.sections.stiffness) / total
    return 100 * stiffness / (float(area @ system.sections.areal_mass) * total)
