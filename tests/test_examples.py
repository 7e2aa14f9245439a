"""The examples run and find what they say."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from landscape.study_statistics import quantiles

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name: str) -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_example_is_run_here():
    told = {"clamped_point", "lab_folder", "paper_claims", "rooms_study"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == told


def test_one_clamped_point_splits_a_plate():
    found = example("clamped_point").main()
    assert found.regions == (1, 2)
    assert found.with_point[0] > 0.95
    assert found.with_point[0] > found.without[0] + 0.2
    assert found.valley < 0.02


def test_a_lab_folder_start_to_finish(tmp_path: Path):
    found = example("lab_folder").main(tmp_path)
    assert len(found.predicted) == 7
    assert found.matched == (1, 3)
    assert min(found.macs) > 0.98
    assert found.stiffness == pytest.approx(found.hidden, rel=2e-3)
    assert found.report.is_file()


@pytest.mark.slow
def test_the_claims_of_the_paper(tmp_path: Path):
    claims = example("paper_claims").main(tmp_path)
    assert (claims.rooms, claims.extra) == (claims.of, 0)
    assert claims.apart < 3e-3
    assert claims.peak_error < 0.03
    assert claims.rayleigh_error < 0.05
    assert claims.confined > 0.95
    assert claims.mac > 0.98
    assert claims.broken < 0.02
    assert (np.diff(claims.network) <= 0).all()
    assert claims.network[-1] < 0.5 * claims.network[0]


def test_a_study_of_random_rooms(tmp_path: Path):
    """Five of its plates, with what physics says of them, and the files of the other 495 untouched."""
    pytest.importorskip("gmsh", exc_type=ImportError)
    found = example("rooms_study").main(tmp_path, plates=5)
    assert (found.plates, found.failed) == (5, 0)
    assert len(found.openness) + found.spread + found.missing == found.regions
    assert len(found.openness) > 0.8 * found.regions
    error = {name: quantiles(errors)[0] for name, errors in found.errors.items()}
    assert -0.04 < error["below"] < 0 < error["rayleigh"] < 0.04  # they bracket: published for closed rooms
    assert abs(error["peak"]) < abs(error["peak_compact"]) < 0.02  # the shape of the peak helps
    closed = found.openness < 0.25  # far below the opening a region is a plate of its own,
    assert (
        np.abs(found.errors["schwarz"][closed]).max() < 0.014
    )  # whose Schwarz quotient is right to 1.4% at worst
    assert found.confined(0, 0.25) == 1
    assert found.confined(0, 1) > found.confined(1, np.inf)
