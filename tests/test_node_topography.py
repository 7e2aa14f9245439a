"""Topography of landscapes known at vertices."""

import numpy as np
import pytest
from builders import CLAMPED, FREE, grid, held, rooms

from landscape.absolute import told
from landscape.errors import NotHeldError
from landscape.node_topography import solve_node_landscape
from landscape.solution import read_topography
from landscape.static import static_landscape
from landscape.system import assemble


def test_absolute_regions_are_those_of_the_static_landscape():
    system = assemble(rooms(0.5, 8, 1.5), held(CLAMPED))
    landscape, found = solve_node_landscape(system, "absolute")
    known = read_topography(system, static_landscape(system))
    assert found.regions.count == known.regions.count == 2
    np.testing.assert_allclose(found.regions.peaks.points, known.regions.peaks.points, atol=0.03)
    # 2% between the two landscapes, as much for the fit to vertices
    ratio = found.regions.peaks.values / known.regions.peaks.values
    assert ((ratio > 1) & (ratio < 1.04)).all()
    np.testing.assert_allclose(found.regions.passes.values, known.regions.passes.values, rtol=0.1)
    np.testing.assert_allclose(found.estimates.rayleigh, known.estimates.rayleigh, rtol=0.03)
    assert np.isnan(found.estimates.schwarz).all()
    assert "factor" in told(landscape)
    assert "theorem" in told(landscape)


def test_l2_is_higher_and_peaks_at_the_same_place():
    system = assemble(grid(8), held(CLAMPED))
    landscape, found = solve_node_landscape(system, "l2")
    np.testing.assert_allclose(found.regions.peaks.points, [[0.5, 0.5]], atol=0.01)
    assert landscape.exceeded()[0] > 1
    assert "L²" in told(landscape)


def test_a_plate_that_is_not_held_has_none():
    with pytest.raises(NotHeldError):
        solve_node_landscape(assemble(grid(2), held(FREE)), "l2")
