"""The static landscape: one deflection under uniform load, before any mode is known.

L solves a(L, v) = ∫ ρh v. For a plate of constant thickness L = (ρh/D) u = ρh w/p with u the deflection for D = 1
and unit load, w the deflection under the pressure p. Filoche & Mayboroda, PNAS 109, 14761 (2012),
doi:10.1073/pnas.1120432109; Lefebvre et al., PRL 117, 074301 (2016), doi:10.1103/PhysRevLett.117.074301.
"""

from dataclasses import dataclass

from landscape.elements.reference import Array
from landscape.errors import NotHeldError
from landscape.linalg import Factorization, factorize
from landscape.rigid import RigidMotions, rigid_motions
from landscape.system import PlateSystem


@dataclass(frozen=True)
class StaticSolution:
    """Unknowns (unknowns,) of the landscape L (s²), its next iterate K L₂ = M L (s⁴), the deflection w (m)."""

    landscape: Array
    second: Array
    deflection: Array


def static_landscape(system: PlateSystem, *, factorization: Factorization | None = None) -> StaticSolution:
    """Solve for the landscape, its next iterate and the deflection under the plate's pressure.

    Raises ``NotHeldError`` when the supports leave a rigid motion: nothing then balances the load.
    """
    motions = rigid_motions(system)
    if motions.names:
        raise not_held(motions)
    factorization = factorization or factorize(system.K)
    landscape = factorization.solve(system.load)
    return StaticSolution(
        landscape, factorization.solve(system.M @ landscape), factorization.solve(system.pressure)
    )


def not_held(motions: RigidMotions) -> NotHeldError:
    """Return the error that names the motions which nothing balances."""
    return NotHeldError(
        f"Nothing balances a uniform load: the supports leave {', '.join(motions.names)}.",
        "Hold the plate by an edge or by at least three points not on one line.",
    )
