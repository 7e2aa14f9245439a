"""Rigid motions that the supports leave: w = a + b (x − x_c) + c (y − y_c) on each separate piece of plate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.sparse.csgraph import connected_components

from landscape.elements.reference import Array
from landscape.elements.space import Space
from landscape.system import PlateSystem

HELD = 1e-6  # a motion is held when the supports see more than this part of it


@dataclass(frozen=True)
class RigidMotions:
    """``vectors`` (unknowns, r), M-orthonormal, and a name for each."""

    vectors: Array
    names: tuple[str, ...]


def rigid_motions(system: PlateSystem, *, total: Callable[[Array], Array] = np.asarray) -> RigidMotions:
    """Return the rigid motions that satisfy every support: three of a free plate, none of a clamped one.

    ``total``: adds up a small array over ranks that hold a part of the rows of M each.
    """
    space = system.space
    columns: list[Array] = []
    names: list[str] = []
    pieces, piece = _pieces(space)
    for k in range(pieces):
        inside = np.flatnonzero(piece == k)
        centre = space.skfem.p.T[inside].mean(axis=0)
        size = max(float(np.abs(space.skfem.p.T[inside] - centre).max()), np.finfo(float).tiny)
        jets, slopes = _motions(space, piece == k, centre, size)
        allowed = _null_space(_held(space, jets, slopes, size))
        columns += [restrict(space, jets @ c, slopes @ c) for c in allowed]
        suffix = f" of piece {k + 1}" if pieces > 1 else ""
        names += [name + suffix for name in _names(allowed, centre, size)]
    if not columns:
        return RigidMotions(np.zeros((system.unknowns, 0)), ())
    basis = np.stack(columns, axis=1)
    factor = np.linalg.cholesky(total(basis.T @ (system.M @ basis)))
    return RigidMotions(solve_triangular(factor, basis.T, lower=True).T, tuple(names))


def _pieces(space: Space) -> tuple[int, NDArray[np.intp]]:
    """Return the number of pieces of plate connected across edges, and the piece of each vertex."""
    mesh = space.skfem
    count = mesh.p.shape[1]
    edges = sparse.coo_array((np.ones(mesh.facets.shape[1]), tuple(mesh.facets)), shape=(count, count))
    number, piece = connected_components(edges.tocsr(), directed=False)
    return int(number), piece


def _motions(space: Space, inside: NDArray[np.bool_], centre: Array, size: float) -> tuple[Array, Array]:
    """Return jets (vertices, jet, 3) and slopes (edges, 3) of the motions 1, x/size, y/size on one piece."""
    mesh, affine = space.skfem, space.affine
    jets = np.zeros((mesh.p.shape[1], space.element.jet, 3))
    offset = (mesh.p.T - centre) / size
    jets[:, 0, 0], jets[:, 0, 1], jets[:, 0, 2] = 1, offset[:, 0], offset[:, 1]
    if space.element.jet == 6:
        jets[:, 1, 1] = jets[:, 2, 2] = affine.scale / size
    slopes = np.zeros((mesh.facets.shape[1], 3))
    slopes[:, 1:] = affine.normal * affine.length[:, None] / size
    jets[~inside] = 0
    slopes[~inside[mesh.facets[0]]] = 0
    return jets, slopes


def _held(space: Space, jets: Array, slopes: Array, size: float) -> Array:
    """Return what the supports forbid of the three motions, (rows, 3): parts of w and of size · ∇w."""
    held = space.constraints
    jet = space.element.jet
    fixed = np.arange(jet) >= held.free[:, None]
    forbidden = np.einsum("kab,kb,kcb->kac", held.frames, fixed, held.frames)
    seen = forbidden[:, :3] @ jets[held.vertices]
    seen[:, 1:] *= size / space.affine.scale[held.vertices, None, None]
    straight = np.setdiff1d(held.edges, space.skfem.t2f.T[held.tied_triangles, held.tied_slot - 3 * jet])
    turned = slopes[straight] * (size / space.affine.length[straight, None])
    return np.concatenate([seen.reshape(-1, 3), turned])


def _null_space(rows: Array) -> list[Array]:
    if not len(rows):
        return list(np.eye(3))
    _, singular, vt = np.linalg.svd(np.concatenate([rows, np.zeros((3, 3))]), full_matrices=False)
    free = vt[singular <= HELD * max(1.0, float(singular.max()))]
    return list(np.eye(3)) if len(free) == 3 else list(free)


def _names(allowed: list[Array], centre: Array, size: float) -> list[str]:
    if len(allowed) == 3:
        return ["translation", "rotation about x", "rotation about y"]
    names = []
    for a, b, c in allowed:
        slope = np.hypot(b, c)
        if slope < HELD:
            names.append("translation")
            continue
        foot = centre - a * size * np.array([b, c]) / slope**2
        angle = np.degrees(np.arctan2(b, -c)) % 180
        names.append(f"rotation about the axis through ({foot[0]:.4g}, {foot[1]:.4g}) at {angle:.1f}°")
    return names


def restrict(space: Space, jets: Array, slopes: Array) -> Array:
    """Return the free unknowns of a function given by its jets (vertices, jet) and slopes (edges,)."""
    out = np.zeros(space.unknowns)
    vertices = space.skfem.p.shape[1]
    plain = np.flatnonzero(space.frame_of < 0)
    out[(space.offset[plain][:, None] + np.arange(space.element.jet)).ravel()] = jets[plain].ravel()
    held = space.constraints
    seen = np.einsum("kab,ka->kb", held.frames, jets[held.vertices])
    for b in range(space.element.jet):
        some = held.free > b
        out[space.offset[held.vertices[some]] + b] = seen[some, b]
    loose = np.flatnonzero(space.slope_free)
    out[space.offset[vertices + loose]] = slopes[loose]
    return out
