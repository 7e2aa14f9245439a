"""The only door to factorizations and eigensolvers; every answer that leaves it has been checked.

matrix → ``factorize`` (nested dissection, an engine) → ``Pencil`` → ``lowest_modes`` (block Lanczos) → ``Eigenpairs``,
counted by inertia; ``two_grid`` takes the modes of a coarser mesh for a start.
"""

from landscape.linalg.eigen import RESIDUAL, lowest_modes
from landscape.linalg.factorization import BACKWARD, Factorization, backward_error, factorize
from landscape.linalg.inertia import count_modes, modes_below
from landscape.linalg.pencil import Count, Eigenpairs, Pencil, added
from landscape.linalg.twogrid import two_grid

__all__ = [
    "BACKWARD",
    "RESIDUAL",
    "Count",
    "Eigenpairs",
    "Factorization",
    "Pencil",
    "added",
    "backward_error",
    "count_modes",
    "factorize",
    "lowest_modes",
    "modes_below",
    "two_grid",
]
