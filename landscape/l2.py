"""The L² landscape, a bound of modes for Green's functions of any sign, without an absolute value.

    L₂(x)² = m ∫ ρh G(x, y)² dy,  m = ∫ ρh,      |ψ(x)| ≤ ω² L₂(x) ψ_rms ≤ ω² L₂(x) max|ψ|,

by the Cauchy–Schwarz inequality in ψ(x) = ω² ∫ G ρh ψ; ψ_rms² = ∫ ρh ψ² / m. It is larger than the absolute landscape
and of the same unit, s². Herviou & Bardarson, PRB 101, 220201 (2020), doi:10.1103/PhysRevB.101.220201.
"""

import numpy as np

from landscape.absolute import (
    NodeLandscape,
    Progress,
    greens_functions,
    held_factorization,
    node_landscape,
    vertex_values,
)
from landscape.linalg import Factorization
from landscape.system import PlateSystem


def l2_landscape(
    system: PlateSystem, *, factorization: Factorization | None = None, progress: Progress | None = None
) -> NodeLandscape:
    """Return L₂ at every vertex, exactly integrated, by one solve per vertex in blocks of 64.

    Raises ``NotHeldError`` when the supports leave a rigid motion.
    """
    factorization = held_factorization(system, factorization)
    values = np.zeros(system.space.skfem.p.shape[1])
    for vertices, green in greens_functions(system, factorization, progress=progress):
        values[vertices] = np.einsum("nb,nb->b", green, system.M @ green)
    mass = float(system.areas() @ system.sections.areal_mass)
    static = vertex_values(system) @ factorization.solve(system.load)
    return node_landscape(system, "l2", (np.sqrt(mass * values), static), 0.0)
