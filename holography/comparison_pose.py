"""Registration of a measurement onto a plate: given coordinates, or the outline's pose refined on the field itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from holography.comparison_plate import ComparedPlate, Values
from holography.comparison_samples import Samples
from holography.matching import groups_of, span_mac
from holography.pose import outline_pose
from landscape.errors import InputError

Real = NDArray[np.float64]
PoseChoice = Literal["auto", "given", "fit"]

INSIDE = 0.9  # share of the measured motion that must lie on the plate
COVERED = 0.25  # share of the plate that should be measured
LEAST = 0.05  # share of the picture that must lie on the plate for the two to overlap at all
TIE = 0.005  # difference of MAC under which two poses fit equally
THINNED = 3000  # points used for refining a pose


@dataclass(frozen=True)
class Registration:
    """How a measurement lies on the plate.

    ``method``: given, outline, given + field or outline + field; ``inside``: share of the measured motion
    (its square, noise subtracted) on the plate, ``covered``: share of the plate that is measured. For fitted
    poses: ``shift`` (dx, dy) in m and ``scale`` of the refinement, ``angle`` (rad) by which
    the plate appears turned counter-clockwise, each with its standard deviation; ``pixel_size`` and the rms
    ``outline_residual`` in m; ``equivalent``: other poses between which neither outline nor field decides.
    """

    method: str
    inside: float
    covered: float
    shift: tuple[float, float] | None = None
    shift_sigma: tuple[float, float] | None = None
    angle: tuple[float, float] | None = None
    scale: tuple[float, float] | None = None
    pixel_size: float | None = None
    mirrored: bool = False
    outline_residual: float | None = None
    equivalent: int = 0

    @property
    def good(self) -> bool:
        """True when what moves lies on the plate."""
        return self.inside >= INSIDE

    def entry(self) -> dict[str, Any]:
        """Return it as summary.json writes it, without what was not fitted."""
        return {k: v for k, v in vars(self).items() if v not in (None, 0, False)} | {"good": self.good}


@dataclass(frozen=True)
class Placed:
    """A measurement on the plate, and the plate at its points."""

    samples: Samples
    values: Values
    registration: Registration


def place(
    samples: Samples, plate: ComparedPlate, choice: PoseChoice = "auto", *, mask: NDArray[np.bool_] | None
) -> Placed:
    """Lay a measurement onto the plate.

    auto: its own plate axes where it has them, else the outline fitted to ``mask`` (rows, columns) and refined
    on the field; given: its own axes; fit: refined on the field in any case. Raises ``InputError`` when there are
    no axes to use, when the outline does not fit, or when measurement and plate do not overlap.
    """
    if choice == "given" and not samples.placed:
        raise InputError(
            f"{samples.name}: has no plate axes of its own.",
            "Give [camera] in its capture.toml, or use --pose auto.",
        )
    if samples.placed:
        placed = _evaluated(samples, plate, "given")
        return _on_plate(placed if choice != "fit" else _refined(placed, plate))
    if not plate.solved:
        raise InputError(
            f"{samples.name}: has no plate axes, and a prediction has no outline to find its pose from.",
            "Give [camera] in its capture.toml.",
        )
    assert mask is not None
    return _on_plate(_by_outline(samples, plate, mask))


def _on_plate(placed: Placed) -> Placed:
    """Leave out the points beside the plate."""
    inside = placed.values.inside
    return replace(placed, samples=placed.samples.kept(inside), values=placed.values.kept(inside))


def _evaluated(samples: Samples, plate: ComparedPlate, method: str) -> Placed:
    values = plate.at(samples.points)
    if samples.weights[values.inside].sum() < LEAST:
        low, high = samples.points.min(axis=0), samples.points.max(axis=0)
        edge = np.concatenate(plate.outline)
        raise InputError(
            f"{samples.name}: does not overlap the plate: it covers x {low[0]:.4g} … {high[0]:.4g}, y {low[1]:.4g} … {high[1]:.4g}, "
            f"the plate x {edge[:, 0].min():.4g} … {edge[:, 0].max():.4g}, y {edge[:, 1].min():.4g} … {edge[:, 1].max():.4g}.",
            "Check [camera] scale and origin and the length unit of the mesh, or leave [camera] out and let the pose be found.",
        )
    covered = float(samples.area[values.inside].sum()) / plate.area
    inside = float(samples.energy[values.inside].sum() / samples.energy.sum())
    return Placed(samples, values, Registration(method, float(np.clip(inside, 0, 1)), min(covered, 1.0)))


def _by_outline(samples: Samples, plate: ComparedPlate, mask: NDArray[np.bool_]) -> Placed:
    """Try every pose that fits the silhouette, keep the one whose field fits best, refine it."""
    found = outline_pose(plate.outline, mask)
    poses = (found.best, *found.alternatives)
    tried = [_evaluated(samples.moved(pose.mapping), plate, "outline") for pose in poses]
    scores = [_score(placed, plate) for placed in tried]
    best = int(np.argmax(scores))
    pose = poses[best]
    registration = replace(
        tried[best].registration,
        angle=(pose.angle, np.nan),
        pixel_size=pose.pixel_size,
        mirrored=pose.mirrored,
        outline_residual=pose.residual,
        equivalent=0 if found.turning else sum(score > scores[best] - TIE for score in scores) - 1,
    )
    return _refined(replace(tried[best], registration=registration), plate, turning=found.turning)


def _chosen(placed: Placed, plate: ComparedPlate) -> Callable[[Values], Real]:
    """Return what picks from the plate's values the fields (n, m) whose combination the measured one should be.

    The deflection (or landscape) for a static field or a plate without modes, else the mode, or the group of modes of one
    frequency, that fits best.
    """
    samples, modes = placed.samples, np.nan_to_num(placed.values.modes)
    if samples.kind == "mode" and modes.shape[1]:
        groups = groups_of(plate.frequencies)
        scores = [
            span_mac(samples.values, modes[:, g], samples.weights, free_offset=samples.free_offset)
            for g in groups
        ]
        group = groups[int(np.argmax(scores))]
        return lambda values: np.nan_to_num(values.modes[:, group])
    if placed.values.landscape is None:
        raise InputError(
            f"{samples.name}: the result has no deflection to hold it against.",
            "Hold the plate, and solve again.",
        )
    return lambda values: np.nan_to_num(static_field(values))[:, None]


def static_field(values: Values) -> Real:
    """Return the deflection, or the landscape where there is none: they have one shape where mass and load are even."""
    field = values.landscape if values.deflection is None else values.deflection
    assert field is not None
    return field


def _score(placed: Placed, plate: ComparedPlate) -> float:
    """The share of the field that the best matching field of the plate explains."""
    samples = placed.samples
    columns = _chosen(placed, plate)(placed.values)
    return span_mac(samples.values, columns, samples.weights, free_offset=samples.free_offset)


def _refined(placed: Placed, plate: ComparedPlate, *, turning: bool = False) -> Placed:
    """Shift, turn and scale the measurement about its centre until the field fits best (variable projection).

    A disc is not turned: the modes of a pair turn instead.
    """
    samples = placed.samples
    few = samples.thinned(max(1, len(samples.points) // THINNED))
    centre = np.average(few.points, axis=0, weights=few.area)
    size = float(np.sqrt(np.average(((few.points - centre) ** 2).sum(axis=1), weights=few.area)))
    free = np.array([0, 1, 3] if turning else [0, 1, 2, 3])

    def moved(points: Real, p: Real) -> Real:
        motion = np.zeros(4)
        motion[free] = p
        c, s = np.cos(motion[2]), np.sin(motion[2])
        return (
            centre + motion[:2] * size + np.exp(motion[3]) * (points - centre) @ np.array([[c, s], [-s, c]])
        )

    residual = _residual(few, plate, _chosen(placed, plate), moved)
    fit = optimize.least_squares(residual, np.zeros(len(free)), diff_step=1e-4, x_scale=0.01, max_nfev=30)
    freedom = max(len(fit.fun) / few.correlated - len(free) - 1, 1.0)
    motion, spread = np.zeros(4), np.zeros(4)
    motion[free] = fit.x
    spread[free] = np.sqrt(np.diag(np.linalg.pinv(fit.jac.T @ fit.jac)) * (fit.fun @ fit.fun) / freedom)
    before = placed.registration
    samples = replace(
        samples, points=moved(samples.points, fit.x), area=samples.area * np.exp(2 * motion[3]), placed=True
    )
    after = _evaluated(samples, plate, f"{before.method} + field")
    registration = replace(
        before,
        method=after.registration.method,
        inside=after.registration.inside,
        covered=after.registration.covered,
        shift=(float(motion[0] * size), float(motion[1] * size)),
        shift_sigma=(float(spread[0] * size), float(spread[1] * size)),
        angle=((before.angle or (0.0, 0.0))[0] - float(motion[2]), float(spread[2])),
        scale=(float(np.exp(motion[3])), float(spread[3])),
        pixel_size=None if before.pixel_size is None else before.pixel_size * float(np.exp(motion[3])),
    )
    return Placed(samples, after.values, registration)


def _residual(
    samples: Samples,
    plate: ComparedPlate,
    pick: Callable[[Values], Real],
    moved: Callable[[Real, Real], Real],
) -> Callable[[Real], Real]:
    """Return parameters -> what is left of the measured field, of norm 1, after the best combination of the plate's fields."""
    root = np.sqrt(samples.weights)
    target = root * samples.values
    target = target / np.linalg.norm(target)

    def residual(p: Real) -> Real:
        columns = pick(plate.at(moved(samples.points, p)))
        if samples.free_offset:
            columns = np.column_stack([columns, np.ones(len(columns))])
        design = root[:, None] * columns
        rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
        return np.concatenate([rest.real, rest.imag]) if np.iscomplexobj(rest) else rest

    return residual
