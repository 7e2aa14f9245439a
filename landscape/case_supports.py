"""Supports of a case: given, meant by the names of the groups, or the rest of the boundary, clamped."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from landscape.errors import InputError
from landscape.mesh import PlateMesh, boundary_edges
from landscape.plate import Support

REST = "rest"
"""The key of the boundary that no group names."""
SUPPORT_WORDS = {
    "clamped": Support.CLAMPED,
    "supported": Support.SUPPORTED,
    "pinned": Support.SUPPORTED,
    "free": Support.FREE,
}
"""A group whose name starts so is held so, unless the case says otherwise."""


def meant_by(names: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, Support]:
    """Return the support of each group that is given or implied by its name."""
    words = dict(given or {})
    implied = {name: support for name in names if (support := _meant(name)) is not None}
    return implied | {name: Support.parse(word, f"[supports] {name}") for name, word in words.items()}


def supports_of(
    mesh: PlateMesh, given: Mapping[str, str] | None, path: Path
) -> tuple[dict[str, Support], Support, list[str]]:
    """Return the support of each group, that of the boundary no group names, and notes."""
    known = {**mesh.edge_groups, **mesh.point_groups}
    rest = Support.CLAMPED
    notes: list[str] = []
    supports = {name: support for name in known if (support := _meant(name)) is not None}
    for name, word in (given or {}).items():
        support = Support.parse(word, f"{path}: [supports] {name}")
        if name == REST and name not in known:
            rest = support
        elif name not in known:
            raise InputError(
                f"{path}: [supports] names the group {name!r}, which the mesh does not have.",
                f"Its boundary and point groups are: {', '.join(sorted(known)) or 'none'}.",
            )
        else:
            supports[name] = support
    implied = sorted(set(supports) - set(given or {}))
    if implied:
        notes.append("Supports from the names of the groups: " + ", ".join(implied) + ".")
    _refuse_contradictions(mesh, supports, path)
    return supports, rest, notes + _left(mesh, supports, rest, said=given is not None and REST in given)


def _meant(name: str) -> Support | None:
    """Return the support a group's name implies."""
    return next((s for word, s in SUPPORT_WORDS.items() if name.lower().startswith(word)), None)


def _refuse_contradictions(mesh: PlateMesh, supports: Mapping[str, Support], path: Path) -> None:
    """Refuse an edge or a point in two groups with different supports."""
    for groups in (mesh.edge_groups, mesh.point_groups):
        names = [name for name in supports if name in groups]
        for i, a in enumerate(names):
            for b in names[:i]:
                if supports[a] != supports[b] and len(np.intersect1d(groups[a], groups[b])):
                    raise InputError(
                        f"{path}: {b!r} ({supports[b]}) and {a!r} ({supports[a]}) share edges or points.",
                        "Give both the same support, or make the groups disjoint in the mesher.",
                    )


def _left(mesh: PlateMesh, supports: Mapping[str, Support], rest: Support, *, said: bool) -> list[str]:
    """Return notes on the boundary and the points that no support was given for."""
    held = [ids for name, ids in mesh.edge_groups.items() if name in supports]
    rim = boundary_edges(mesh)
    left = np.setdiff1d(rim, np.concatenate(held)) if held else rim
    notes = []
    if len(left) and not said:
        share = (
            "The whole boundary was"
            if len(left) == len(rim)
            else f"{len(left)} of {len(rim)} boundary edges were"
        )
        notes.append(f"{share} given no support and taken as {rest}.")
    idle = sorted(name for name in mesh.point_groups if name not in supports)
    if idle:
        notes.append(f"Point groups without a support, taken as free: {', '.join(idle)}.")
    return notes
