"""Strips between opposite residues: where cycles may change, and nowhere else."""

import time

import numpy as np

from holography.corridors import corridor
from holography.phase import residues
from holography.unwrap import unwrap

ROWS, COLS = 300, 400
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
ALL = np.ones((ROWS, COLS), bool)


def vortices(*spots: tuple[float, float, int]) -> np.ndarray:
    """Phase with residues of the given charge at (row, column)."""
    return np.angle(np.exp(1j * sum(charge * np.arctan2(Y - row, X - col) for row, col, charge in spots)))


def test_a_strip_joins_a_pair_and_a_lone_residue_goes_to_the_border():
    charges = np.zeros((ROWS - 1, COLS - 1), np.int8)
    charges[100, 100], charges[100, 140], charges[280, 300] = 1, -1, 1
    region = corridor(charges, ALL, margin=5)
    assert region[100, 100:141].all()
    assert not region[:85].any()
    assert region[281:, 300].all()
    assert not region[250, 300]


def test_two_residues_far_apart_are_quick_and_cut_between_them():
    phase = vortices((140.5, 150.5, 1), (160.5, 250.5, -1))
    assert np.abs(residues(phase)).sum() == 2
    start = time.perf_counter()
    done = unwrap(phase, ALL)
    assert time.perf_counter() - start < 10
    jumps = np.abs(np.diff(done.phase, axis=0)) > np.pi
    cols = np.nonzero(jumps)[1]
    assert done.method == "ilp"
    assert 98 <= len(np.unique(cols)) <= 102, "one jump per column between the two"
    assert cols.min() >= 149
    assert cols.max() <= 252


def test_the_strip_gives_the_same_cost_as_the_flow_over_all_pixels(monkeypatch):
    rng = np.random.default_rng(1)
    small = np.s_[100:160, 100:180]
    pairs = [(*rng.uniform([100, 100], [160, 180]), s) for s in (1, -1, 1, -1)]
    phase, mask = vortices(*pairs)[small], np.ones((60, 80), bool)
    cost = []
    for region in (corridor, lambda charges, mask, *, margin: mask):
        monkeypatch.setattr("holography.unwrap.corridor", region)
        result = unwrap(phase, mask).phase
        jumps = [
            np.round((np.diff(result, axis=a) - np.angle(np.exp(1j * np.diff(phase, axis=a)))) / (2 * np.pi))
            for a in (0, 1)
        ]
        cost.append(sum(np.abs(j).sum() for j in jumps))
    assert cost[0] == cost[1]
