import numpy as np
import pytest

from landscape.errors import InputError
from landscape.topography import Critical, refine_critical
from landscape.topography.critical import newton_step

WAVE = 2 * np.pi


def egg_box(points):
    """L = 1.5 + cos 2πx cos 2πy on |x|, |y| < 1: peaks at (0, 0) and (½, ½), passes at (¼, ¼)."""
    x, y = WAVE * np.asarray(points, dtype=float).T
    values = 1.5 + np.cos(x) * np.cos(y)
    gradients = -WAVE * np.column_stack([np.sin(x) * np.cos(y), np.cos(x) * np.sin(y)])
    diagonal, mixed = -(WAVE**2) * np.cos(x) * np.cos(y), WAVE**2 * np.sin(x) * np.sin(y)
    hessians = np.stack([np.stack([diagonal, mixed], 1), np.stack([mixed, diagonal], 1)], 1)
    outside = (np.abs(np.asarray(points)) > 1).any(axis=1)
    for array in (values, gradients, hessians):
        array[outside] = np.nan
    return values, gradients, hessians


def at(*points) -> Critical:
    points = np.array(points, dtype=float)
    return Critical(np.arange(len(points)), points, egg_box(points)[0])


def test_peaks_and_passes_are_found_to_rounding():
    peaks = refine_critical(at([0.03, -0.02], [0.47, 0.54]), egg_box, kind="peak", spacing=0.05)
    np.testing.assert_allclose(peaks.points, [[0, 0], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(peaks.values, 2.5, rtol=1e-15)
    passes = refine_critical(at([0.27, 0.22], [-0.26, 0.24]), egg_box, kind="pass", spacing=0.05)
    np.testing.assert_allclose(passes.points, [[0.25, 0.25], [-0.25, 0.25]], atol=1e-12)


def test_a_point_never_becomes_another_kind():
    start = at([0.24, 0.26], [0.45, 0.03])  # next to a pass, and next to a minimum
    np.testing.assert_array_equal(
        refine_critical(start, egg_box, kind="peak", spacing=0.05).points, start.points
    )
    start = at([0.02, 0.01])
    np.testing.assert_array_equal(
        refine_critical(start, egg_box, kind="pass", spacing=0.05).points, start.points
    )


def test_a_point_that_would_go_far_stays():
    start = at([0.04, 0.0])
    assert refine_critical(start, egg_box, kind="peak", spacing=0.01).points.tolist() == start.points.tolist()


def test_a_point_at_the_edge_or_outside_stays():
    start = at([1.0, 0.98], [1.5, 0.0])
    kept = refine_critical(start, lambda p: egg_box(p + np.array([0.02, 0.0])), kind="peak", spacing=0.1)
    np.testing.assert_array_equal(kept.points, start.points)
    np.testing.assert_array_equal(kept.values, start.values)


def test_none_at_all():
    nothing = Critical(np.empty(0, int), np.empty((0, 2)), np.empty(0))
    assert len(refine_critical(nothing, egg_box, kind="pass", spacing=np.empty(0)).values) == 0


def test_newton_step_solves_and_refuses_a_singular_hessian():
    rng = np.random.default_rng(0)
    hessians, gradients = rng.standard_normal((5, 2, 2)), rng.standard_normal((5, 2))
    hessians = hessians + hessians.swapaxes(1, 2)
    step = newton_step(gradients, hessians)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", hessians, step), -gradients, atol=1e-10)
    assert np.isnan(newton_step(np.ones((1, 2)), np.zeros((1, 2, 2)))).all()


def test_spacing_must_be_positive():
    with pytest.raises(InputError, match="spacing"):
        refine_critical(at([0.0, 0.0]), egg_box, kind="peak", spacing=0.0)
