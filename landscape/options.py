"""What a user may ask of a solve."""

from dataclasses import dataclass
from typing import Literal, get_args

from landscape.elements.argyris import ARGYRIS
from landscape.elements.base import PlateElement
from landscape.errors import InputError
from landscape.linalg import Engine

Landscape = Literal["static", "absolute", "l2"]
LANDSCAPES: tuple[Landscape, ...] = get_args(Landscape)


@dataclass(frozen=True)
class SolveOptions:
    """``modes``: how many; ``element``; ``persistence``: the smallest dip, relative, that separates two regions.

    ``landscape``: ``static``, a deflection, bounds modes as a rule; ``absolute`` and ``l2`` do by a theorem and take one
    solve per vertex. ``engine``: what factors matrices. ``rtol``: refine the mesh until the estimated relative errors
    are below it. ``certify``: bound every eigenvalue from both sides, to the relative ``width`` if one is given.
    """

    modes: int = 20
    element: PlateElement = ARGYRIS
    persistence: float = 0.05
    landscape: Landscape = "static"
    engine: Engine = "scipy"
    rtol: float | None = None
    certify: bool = False
    width: float | None = None

    def __post_init__(self) -> None:
        if self.modes < 0:
            raise InputError(f"Number of modes: needed 0 or more, got {self.modes}.")
        if not 0 <= self.persistence < 1:
            raise InputError(f"Persistence: needed a share from 0 to below 1, got {self.persistence}.")
        for name, value, known in (
            ("Landscape", self.landscape, LANDSCAPES),
            ("Engine", self.engine, get_args(Engine)),
        ):
            if value not in known:
                raise InputError(f"{name}: needed one of {', '.join(known)}, got {value!r}.")
        if self.engine == "petsc" and (self.rtol is not None or self.certify or self.landscape != "static"):
            raise InputError(
                "The engine 'petsc' computes the static landscape and modes, without --rtol, --certify or "
                "another --landscape.",
                "Take the engine scipy or pardiso for these.",
            )
        if self.rtol is not None:
            self._check_rtol(self.rtol)

    def _check_rtol(self, rtol: float) -> None:
        if not 0 < rtol < 1:
            raise InputError(f"Relative tolerance: needed a number between 0 and 1, got {rtol!r}.")
        if self.modes == 0:
            raise InputError("--rtol needs at least one mode.", "Ask for some with --modes.")
        if self.element is not ARGYRIS:
            raise InputError(
                f"--rtol estimates errors of the argyris element, not of {self.element.name}.",
                "Leave out --element, or refine the mesh by hand.",
            )
