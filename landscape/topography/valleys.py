"""Valley lines: the steepest descents from the passes, which are the watershed lines of −L."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from landscape.errors import ConvergenceError, InputError
from landscape.topography.critical import Field, Floats, evaluate
from landscape.topography.regions import Critical
from landscape.topography.surface import Surface, rim_edges, vertex_spacing

STOP = 1e-3  # a path has arrived when it would move by less than this part of the local spacing
ZERO = 1e-3  # part of its pass below which L counts as zero
LONGEST = 20_000  # steps


@dataclass(frozen=True)
class Valley:
    """The valley through one pass, from end to end: ``points`` (k, 2), landscape ``values`` (k,) in s².

    ``number`` is the index of its pass; ``summit`` the index of the pass among the points. Values fall from
    there both ways, but for a last stretch to the rim along which L is next to zero.
    """

    number: int
    points: Floats
    values: Floats
    summit: int


def valley_lines(passes: Critical, field: Field, surface: Surface, *, step: float = 0.5) -> list[Valley]:
    """Follow dx/ds = −∇L/|∇L| from each pass, both ways along the direction in which L falls fastest.

    All paths run at once (classical Runge–Kutta). A step is at most ``step`` times the local spacing of
    ``surface`` and half the length |∇L|/|H| over which the slope turns, so it shrinks towards a clamped wall
    or a minimum, where the path ends; it ends as well at an edge (the field turns NaN) and where L ≤ 0. L
    falls along every path, so none runs in a circle. From its end a path goes straight to the nearest point
    of the rim of ``surface`` if L stays below a thousandth of its pass on the way: ripples of L in the corners
    of a clamped door would keep it from the wall. Raises ``InputError`` when ``step`` is not positive,
    ``ConvergenceError`` when a path has no end.
    """
    if not 0 < step < np.inf:
        raise InputError(f"Valleys: needed a positive step in units of the spacing, got {step!r}.")
    if not len(passes.values):
        return []
    descent = _Descent(field, cKDTree(surface.points), vertex_spacing(surface), step)
    _, _, hessians = evaluate(field, passes.points)
    unknown = np.logical_not(np.isfinite(hessians).all(axis=(1, 2)))
    direction = np.linalg.eigh(np.where(unknown[:, None, None], np.eye(2), hessians))[1][:, :, 0]
    rim = rim_edges(surface)
    both = passes.take(np.tile(np.arange(len(passes.values)), 2))
    paths = descent.follow(both, np.concatenate([-direction, direction]))
    paths = [_to_rim(path, field, surface, rim) for path in paths]
    halves = zip(paths[: len(direction)], paths[len(direction) :], strict=True)
    return [_valley(number, back, forth) for number, (back, forth) in enumerate(halves)]


def effective_network(valleys: list[Valley], omega: float) -> list[Floats]:
    """Return the parts of the valleys that still confine at ω: polylines (k, 2) along which L < 1/ω².

    They are cut where √L, taken linear between points, crosses 1/ω: exact near a clamped wall, where L grows
    as the square of the distance. ``omega`` in rad/s. Raises ``InputError`` unless ω > 0.
    """
    if not 0 < omega < np.inf:
        raise InputError(f"Effective network: needed a positive angular frequency, got {omega!r}.")
    return [
        part
        for valley in valleys
        for part in _below(valley.points, np.sqrt(np.maximum(valley.values, 0)), 1 / omega)
    ]


@dataclass(frozen=True)
class _Descent:
    """What all paths share: the field and how finely it is sampled where."""

    field: Field
    tree: cKDTree
    spacing: Floats
    step: float

    def follow(self, passes: Critical, direction: Floats) -> list[Floats]:
        """Return one path (k, 3) of x, y, L per pass, beginning with the pass itself."""
        start = np.column_stack([passes.points, passes.values])
        position = passes.points + 0.1 * self._near(passes.points)[:, None] * direction
        values, gradients, hessians = evaluate(self.field, position)
        trail: list[tuple[NDArray[np.intp], Floats]] = [(np.arange(len(start)), start)]
        alive = np.flatnonzero(values < passes.values)
        state = _State(position[alive], values[alive], gradients[alive], hessians[alive])
        caution = np.ones(len(alive))
        for _ in range(LONGEST):
            if not len(alive):
                return _paths(trail, len(start))
            trail.append((alive, np.column_stack([state.points, state.values])))
            state, caution, moving = self._advance(state, caution)
            alive, state, caution = alive[moving], state.take(moving), caution[moving]
        raise ConvergenceError(
            f"Valleys: {len(alive)} paths did not end within {LONGEST} steps.",
            "Give a smoother field, or a longer step.",
        )

    def _near(self, points: Floats) -> Floats:
        near: Floats = self.spacing[self.tree.query(points)[1]]
        return near

    def _advance(self, state: "_State", caution: Floats) -> tuple["_State", Floats, NDArray[np.bool_]]:
        """Move every path by one step that stays on the plate and descends; tell which can go on."""
        spacing = self._near(state.points)
        slope = np.linalg.norm(state.gradients, axis=1)
        bend = np.abs(np.linalg.eigvalsh(state.hessians)).max(axis=1)
        flat = np.maximum(0.1 * slope / spacing, np.finfo(float).tiny)
        longest = np.minimum(self.step * spacing, 0.5 * slope / np.maximum(bend, flat))
        pending = np.arange(len(slope))
        moving = np.zeros(len(slope), dtype=bool)
        following = state
        while len(pending):
            length = caution[pending] * longest[pending]
            pending, length = (a[length > STOP * spacing[pending]] for a in (pending, length))
            trial = self._runge_kutta(state.take(pending), length)
            good = (trial.values < state.values[pending]) & np.isfinite(trial.hessians).all(axis=(1, 2))
            following = following.put(pending[good], trial.take(good))
            moving[pending[good]] = True
            pending = pending[~good]
            caution[pending] *= 0.5
        caution = np.minimum(1, 2 * caution)
        return following, caution, moving & (state.values > 0)

    def _runge_kutta(self, state: "_State", length: Floats) -> "_State":
        h = length[:, None]
        k1 = _downhill(state.gradients)
        k2 = _downhill(evaluate(self.field, state.points + h / 2 * k1)[1])
        k3 = _downhill(evaluate(self.field, state.points + h / 2 * k2)[1])
        k4 = _downhill(evaluate(self.field, state.points + h * k3)[1])
        points = state.points + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return _State(points, *evaluate(self.field, points))


@dataclass(frozen=True)
class _State:
    """Points on their way, with what the field says there."""

    points: Floats
    values: Floats
    gradients: Floats
    hessians: Floats

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> "_State":
        return _State(self.points[chosen], self.values[chosen], self.gradients[chosen], self.hessians[chosen])

    def put(self, places: NDArray[np.intp], other: "_State") -> "_State":
        copy = _State(self.points.copy(), self.values.copy(), self.gradients.copy(), self.hessians.copy())
        copy.points[places], copy.values[places] = other.points, other.values
        copy.gradients[places], copy.hessians[places] = other.gradients, other.hessians
        return copy


def _valley(number: int, back: Floats, forth: Floats) -> Valley:
    """Join the two paths (k, 3) from one pass."""
    line = np.vstack([back[::-1], forth[1:]])
    return Valley(number, line[:, :2], line[:, 2], len(back) - 1)


def _downhill(gradients: Floats) -> Floats:
    slope = np.linalg.norm(gradients, axis=1, keepdims=True)
    return -gradients / np.where(slope > 0, slope, 1)


def _to_rim(path: Floats, field: Field, surface: Surface, rim: NDArray[np.intp]) -> Floats:
    """Lengthen a path (k, 3) to the nearest point of the rim if L is next to zero from its end to there."""
    if not len(rim) or len(path) < 2:
        return path
    corners = np.column_stack([surface.points, surface.values])[rim]  # (r, 2, 3): linear along each edge
    start, along = corners[:, 0], corners[:, 1] - corners[:, 0]
    away = path[-1, :2] - start[:, :2]
    part = np.clip((away * along[:, :2]).sum(axis=1) / (along[:, :2] ** 2).sum(axis=1), 0, 1)
    feet = start + part[:, None] * along
    foot = feet[np.argmin(np.linalg.norm(feet[:, :2] - path[-1, :2], axis=1))]
    way = np.linspace(0, 1, 9)[:-1, None]  # the rim itself may lie a rounding error outside
    values = evaluate(field, (1 - way) * path[-1, :2] + way * foot[:2])[0]
    closed = max(values.max(), foot[2]) < ZERO * path[0, 2]  # NaN: not known to be low
    return np.vstack([path, foot]) if closed else path


def _paths(trail: list[tuple[NDArray[np.intp], Floats]], count: int) -> list[Floats]:
    """Sort the positions of all paths, gathered step by step, into one array (k, 3) per path."""
    owner = np.concatenate([who for who, _ in trail])
    rows = np.concatenate([where for _, where in trail])
    order = np.argsort(owner, kind="stable")
    return np.split(rows[order], np.cumsum(np.bincount(owner, minlength=count))[:-1])


def _below(points: Floats, values: Floats, level: float) -> list[Floats]:
    """Cut the runs with values under level out of a polyline, crossings included."""
    low = values < level
    last = np.flatnonzero(low[1:] != low[:-1])  # the last point before each crossing
    part = (level - values[last]) / (values[last + 1] - values[last])
    crossings = points[last] + part[:, None] * (points[last + 1] - points[last])
    bounds = [0, *(last + 1).tolist(), len(points)]
    runs = []
    for n in range(len(bounds) - 1):
        if low[bounds[n]]:
            run = [
                crossings[n - 1 : n] if n else points[:0],
                points[bounds[n] : bounds[n + 1]],
                crossings[n : n + 1],
            ]
            runs.append(np.concatenate(run))
    return runs
