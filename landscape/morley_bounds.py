"""Lower bounds of eigenvalues from Morley's element, and how far a computed one may be from the exact discrete one.

Morley's interpolation I keeps the mean Hessian of every triangle, so a(v − Iv, v_M) = 0 for all v_M of Morley's space,
and ‖v − Iv‖_m ≤ C ‖v − Iv‖_a gives

    λ_j ≥ λ_j^M / (1 + C² λ_j^M),    C = κ max_T h_T² √(ρh_T / ((1 − |ν|) D_T)),   κ = 0.2575,

h_T the longest edge, for any mix of supports. Carstensen & Gallistl, Numer. Math. 126, 33 (2014),
doi:10.1007/s00211-013-0559-z (κ); Liu, Appl. Math. Comput. 267, 341 (2015), doi:10.1016/j.amc.2015.03.048
(no separation condition).
"""

from dataclasses import replace

import numpy as np

from landscape.elements.base import Affine
from landscape.elements.reference import Array
from landscape.errors import ConvergenceError
from landscape.linalg import Engine, modes_below
from landscape.mesh import PlateMesh
from landscape.modes import Modes, eigenmodes, shift_of
from landscape.plate import Plate, Section
from landscape.polygons import held_everywhere
from landscape.rigid import rigid_motions
from landscape.system import PlateSystem, sections_of

KAPPA = 0.2575
COUNTED = 1e-6  # the modes are counted so far, relatively, below the last
MOVED = 1e-7  # the factors may move the eigenvalues there by this, and the bound is lowered by it


def lower_bounds(
    system: PlateSystem,
    count: int,
    *,
    rigid: int = 0,
    constant: float | None = None,
    engine: Engine = "scipy",
) -> Array:
    """Return lower bounds (count,) of the elastic eigenvalues from a plate assembled with Morley's element.

    ``rigid``: how many rigid motions precede the elastic modes in the numbering; Morley's problem may have more,
    as it leaves the slope at a clamped point free. ``constant``: C² in s², by default the proved one.
    """
    extra = len(rigid_motions(system).names) - rigid
    lower = np.zeros(count)
    if count > extra:
        modes = eigenmodes(system, count - extra, engine=engine, verify=False)
        shift = _shift(system, modes)
        smallest = 1 / (1 / (modes.eigenvalues + shift) + _spread(modes, shift)) - shift
        last = modes.eigenvalues[-1] * (1 - COUNTED)
        _count(system, modes, last, engine)
        smallest = np.minimum(smallest, last * (1 - MOVED))
        C2 = interpolation_constant(system) if constant is None else constant
        lower[extra:] = smallest / (1 + C2 * smallest)
    return np.maximum(lower, 0.0)


def _count(system: PlateSystem, modes: Modes, value: float, engine: Engine) -> None:
    """Raise unless exactly the computed modes lie below ``value`` (Sylvester's law of inertia)."""
    computed = int(np.count_nonzero(modes.eigenvalues < value)) + len(modes.rigid)
    counted = modes_below(system.K, system.M, value, engine=engine, trusted=MOVED)
    if counted != computed:
        raise ConvergenceError(
            f"{counted} modes lie below {value:.6g}, {computed} were computed: no lower bound can be given.",
            "Ask for a few more modes.",
        )


def algebraic_error(system: PlateSystem, modes: Modes) -> Array:
    """Return relative bounds (k,) of the distance of the computed to the exact discrete eigenvalues.

    The k computed pairs are matched one to one with eigenvalues of A = (K + σM)⁻¹M within ‖AX − XΘ‖ ≤ (Σ rᵢ²)^½
    (Kahan; Parlett, The Symmetric Eigenvalue Problem, SIAM 1998, §11.5, doi:10.1137/1.9781611971163).
    """
    shift = _shift(system, modes)
    shifted = modes.eigenvalues + shift
    return shifted**2 * _spread(modes, shift) / modes.eigenvalues


def _shift(system: PlateSystem, modes: Modes) -> float:
    """Return the shift σ that ``eigenmodes`` works with."""
    return shift_of(system) if modes.rigid else 0.0


def _spread(modes: Modes, shift: float) -> float:
    """Return (Σ rᵢ²)^½ of the residual norms of A; the residuals are relative to the eigenvalues."""
    return float(np.linalg.norm(modes.residuals * modes.eigenvalues / (modes.eigenvalues + shift) ** 2))


def interpolation_constant(system: PlateSystem) -> float:
    """Return C² (s²) of the lower bound for a plate assembled with Morley's element."""
    return float(interpolation_constants(system.mesh, system.plate).max())


def interpolation_constants(mesh: PlateMesh, plate: Plate) -> Array:
    """Return κ² h⁴ ρh / ((1 − |ν|) D) of every triangle: (Δw)² ≥ 0, and for ν < 0 (Δw)² ≤ 2 |D²w|²."""
    sections = sections_of(mesh, plate)
    longest = Affine.of(mesh.mesh).length[mesh.mesh.t2f].max(axis=0)
    return KAPPA**2 * longest**4 * sections.areal_mass / ((1 - np.abs(sections.poisson)) * sections.stiffness)


def without_poisson(mesh: PlateMesh, plate: Plate) -> Plate:
    """Return the plate with ν = 0 where that changes no eigenvalue: D and ν constant, straight edges, w = 0 on all.

    There ∫ det D²w = 0 (Grisvard, Elliptic Problems in Nonsmooth Domains, SIAM 2011, thm 4.3.1.4,
    doi:10.1137/1.9781611972030), so ∫ |D²w|² = ∫ (Δw)².
    """
    all_ = [plate.section, *plate.sections.values()]
    uniform = len({(s.stiffness, s.poisson) for s in all_}) == 1
    if mesh.bulge.any() or not uniform or not held_everywhere(mesh, plate):
        return plate

    def flat(section: Section) -> Section:
        return replace(section, poisson=0.0)

    sections = {name: flat(section) for name, section in plate.sections.items()}
    return replace(plate, section=flat(plate.section), sections=sections)
