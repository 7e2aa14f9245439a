"""Measured modes for modal-analysis programs: a deformation as one mode shape of a universal file."""

from pathlib import Path

import numpy as np

from holography.comparison_samples import samples_of
from holography.deformation import Deformation
from landscape.errors import InputError
from landscape.uff import Shape, write_uff

NODES = 5000


def shape_of(deformation: Deformation, *, name: str = "", nodes: int = NODES) -> Shape:
    """Return a measured mode at about ``nodes`` of its pixels, in m on the plate.

    Raises ``InputError`` for a static field, an empty mask, and for pixels that lie on no known plate axes.
    """
    samples = samples_of(deformation, name=name, points=nodes)
    if samples.kind != "mode":
        raise InputError(
            f"{samples.name}: is a static field; a universal file takes modes.", "Export it as csv."
        )
    if deformation.length_unit != "m":
        raise InputError(
            f"{samples.name}: lies in pixels, not on the plate.",
            "Give [camera] in its capture.toml and import again.",
        )
    return Shape(
        samples.name,
        samples.points,
        np.asarray(samples.values),
        samples.triangles,
        samples.frequency,
        samples.provenance,
    )


def export_measured(deformation: Deformation, path: Path, *, name: str = "", nodes: int = NODES) -> Path:
    """Write a measured mode as UFF 55 with its nodes (2411) and triangles (2412); see ``shape_of``."""
    return write_uff(
        path, [shape_of(deformation, name=name, nodes=nodes)], origin="plate-landscape, measured"
    )
