"""Where the tests find reference numbers and measured images."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("plates", deadline=None)  # a busy machine is no failure
settings.load_profile("plates")

ROOT = Path(__file__).parents[1]


def _folder(variable: str, default: str) -> Path:
    """Return a folder named by the environment; skip without it, fail without it in CI."""
    path = Path(os.environ.get(variable, ROOT.parent / "shared" / default))
    if path.is_dir():
        return path
    reason = f"{path} is missing; set {variable} to the folder of {default} files"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """The folder of reference numbers."""
    return _folder("LANDSCAPE_REFERENCE", "reference")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of measured images."""
    return _folder("LANDSCAPE_DATA", "data")


@pytest.fixture(scope="session")
def reference(reference_folder: Path) -> dict[str, Any]:
    """Reference eigenvalues and deflections of plates."""
    return json.loads((reference_folder / "plates.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def meshes() -> Path:
    """The folder of meshes that comes with the project."""
    return ROOT / "meshes"
