"""Localization landscape of thin plates: where vibrations are trapped, and at which frequencies.

The chain: ``read_case`` (mesh, material, supports) → ``solve`` (landscape, regions, passes, modes) →
``result_of`` → ``write_result``, ``draw_all``; ``read_result`` takes it up again. In six lines:

    import landscape

    solution = landscape.solve("meshes/plate.msh", landscape.SolveOptions(modes=20))
    result = landscape.result_of(solution)
    for region in result.summary["regions"]:
        print(region["id"], region["peak"], region["frequency"]["schwarz"], "Hz")
    landscape.draw_all(result, "figures")

Everything inside is SI (or non-dimensional, D = ρh = 1, when there is no material), x right, y up.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Case": "case",
    "Field": "field",
    "InputError": "errors",
    "LandscapeError": "errors",
    "Material": "plate",
    "Plate": "plate",
    "PlateMesh": "mesh",
    "Result": "results",
    "Section": "plate",
    "Solution": "solution",
    "SolveOptions": "options",
    "Support": "plate",
    "draw_all": "figures",
    "plate_mesh": "mesh",
    "read_case": "case",
    "read_mesh": "mesh",
    "read_result": "results",
    "result_of": "results",
    "solve": "solution",
    "write_mesh": "mesh",
    "write_result": "results",
}

if TYPE_CHECKING:
    from landscape.case import Case, read_case
    from landscape.errors import InputError, LandscapeError
    from landscape.field import Field
    from landscape.figures import draw_all
    from landscape.mesh import PlateMesh, plate_mesh, read_mesh, write_mesh
    from landscape.options import SolveOptions
    from landscape.plate import Material, Plate, Section, Support
    from landscape.results import Result, read_result, result_of, write_result
    from landscape.solution import Solution, solve

__all__ = [
    "Case",
    "Field",
    "InputError",
    "LandscapeError",
    "Material",
    "Plate",
    "PlateMesh",
    "Result",
    "Section",
    "Solution",
    "SolveOptions",
    "Support",
    "draw_all",
    "plate_mesh",
    "read_case",
    "read_mesh",
    "read_result",
    "result_of",
    "solve",
    "write_mesh",
    "write_result",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that ``landscape --version`` need not load the solvers (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(f"landscape.{_HOME[name]}"), name)
    raise AttributeError(f"module 'landscape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
