"""Known deflections of 4 to 15 fringes on 900 x 720 pixels, recorded in every way, brought back within a budget."""

import numpy as np
import pytest
from lab import BUDGETS, FRINGE, bring_back


def check(kind: str, seed: int, folder) -> None:
    make, budget = BUDGETS[kind]
    taken = make(np.random.default_rng(seed))
    outcome = bring_back(folder, taken.recording, taken.scene, **taken.sections)
    assert outcome.rms < budget
    assert outcome.coverage > 0.95
    assert np.abs(outcome.error).max() < 1e9 * FRINGE / 2, "a fringe order is wrong"
    assert 1 / 1.5 < outcome.ratio < 1.5, "the reported sigma is not the true error"


@pytest.mark.parametrize("kind", BUDGETS)
def test_deflection_comes_back_within_its_budget(kind, tmp_path):
    check(kind, 0, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 20))
@pytest.mark.parametrize("kind", BUDGETS)
def test_deflection_comes_back_within_its_budget_for_every_seed(kind, seed, tmp_path):
    check(kind, seed, tmp_path)
