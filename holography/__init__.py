"""Images of the laboratory -> the deflection of a plate in metres, with mask and uncertainty.

The chain: ``capture`` (what was measured) -> ``images`` (frames) -> ``demodulation`` (phase field: ``fringes``,
``hologram``, ``vibration``) -> ``filtering``, ``masking``, ``unwrap`` -> ``deformation`` (metres) -> ``registration``
(plate axes). ``pipeline.import_capture`` walks it, ``batch.import_many`` does so for many captures, ``synthetic`` and
``recording`` are its inverse: a known deformation -> what a camera records.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Capture": "schema",
    "Deformation": "deformation",
    "ImportStatus": "batch",
    "Light": "synthetic",
    "Scene": "synthetic",
    "Sensitivity": "deformation",
    "Stages": "pipeline",
    "View": "synthetic",
    "draw_sheet": "sheets",
    "import_capture": "pipeline",
    "import_many": "batch",
    "read_capture": "capture",
    "read_deformation": "deformationfile",
    "write_capture": "capturefolder",
    "write_deformation": "deformationfile",
}

if TYPE_CHECKING:
    from holography.batch import ImportStatus, import_many
    from holography.capture import read_capture
    from holography.capturefolder import write_capture
    from holography.deformation import Deformation, Sensitivity
    from holography.deformationfile import read_deformation, write_deformation
    from holography.pipeline import Stages, import_capture
    from holography.schema import Capture
    from holography.sheets import draw_sheet
    from holography.synthetic import Light, Scene, View

__all__ = [
    "Capture",
    "Deformation",
    "ImportStatus",
    "Light",
    "Scene",
    "Sensitivity",
    "Stages",
    "View",
    "draw_sheet",
    "import_capture",
    "import_many",
    "read_capture",
    "read_deformation",
    "write_capture",
    "write_deformation",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that a light command does not load the heavy ones (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(f"holography.{_HOME[name]}"), name)
    raise AttributeError(f"module 'holography' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
