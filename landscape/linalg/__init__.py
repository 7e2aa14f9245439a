"""The only door to factorizations and eigensolvers; every answer that leaves it has been checked.

matrix → ``factorize`` (nested dissection, an engine) → ``Pencil`` → ``lowest_modes`` (block Lanczos) → ``Eigenpairs``,
counted by inertia; ``two_grid`` takes the modes of a coarser mesh for a start.
"""

from landscape.linalg.eigen import RESIDUAL, lowest_modes
from landscape.linalg.engines import ENGINES, Engine
from landscape.linalg.estimate import Estimate, available_memory, demand, estimate
from landscape.linalg.factorization import BACKWARD, Factorization, backward_error, factorize
from landscape.linalg.inertia import count_modes, modes_below
from landscape.linalg.pencil import Count, Eigenpairs, Pencil, added
from landscape.linalg.twogrid import ritz_errors, two_grid

__all__ = [
    "BACKWARD",
    "ENGINES",
    "RESIDUAL",
    "Count",
    "Eigenpairs",
    "Engine",
    "Estimate",
    "Factorization",
    "Pencil",
    "added",
    "available_memory",
    "backward_error",
    "count_modes",
    "demand",
    "estimate",
    "factorize",
    "lowest_modes",
    "modes_below",
    "ritz_errors",
    "two_grid",
]
