"""Broken inputs through the command line: exit code 1, one message that names the file and the cure, no traceback.

The list: missing file, not a mesh, truncated mesh, no triangles, not planar, zero-area triangle, duplicate
triangle, folded triangles, an edge shared by three triangles, coordinates that are not finite, a support naming a
group that is not there, a wrong unit, an unknown key, a case that names no mesh, TOML that is none.
"""

from collections.abc import Callable
from pathlib import Path

import meshio
import numpy as np
import pytest

from landscape.cli import main

SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 0.5, 0]])
FAN = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])


def mesh(points: np.ndarray, triangles: np.ndarray) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "plate.vtu"
        meshio.Mesh(points, [("triangle", triangles)]).write(path)
        return path

    return write


def moved(vertex: int, to: tuple[float, float, float]) -> np.ndarray:
    points = SQUARE.copy()
    points[vertex] = to
    return points


def text(name: str, content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        mesh(SQUARE, FAN)(folder)
        path = folder / name
        path.write_text(content)
        return path

    return write


def truncated(folder: Path) -> Path:
    whole = (Path(__file__).parent.parent / "meshes" / "square.msh").read_text()
    path = folder / "cut.msh"
    path.write_text(whole[: len(whole) // 2])
    return path


def lines_only(folder: Path) -> Path:
    path = folder / "lines.vtu"
    meshio.Mesh(SQUARE, [("line", np.array([[0, 1], [1, 2]]))]).write(path)
    return path


CASE = 'mesh = "plate.vtu"\n'
BROKEN = {
    "missing": (lambda folder: folder / "nowhere.msh", "no such"),
    "no mesh": (text("plate.msh", "this is a shopping list\n"), "plate.msh"),
    "truncated": (truncated, "cut.msh"),
    "no triangles": (lines_only, "triangle"),
    "not planar": (mesh(moved(4, (0.5, 0.5, 0.3)), FAN), "plan"),
    "zero area": (mesh(moved(4, (0.5, 0.0, 0)), FAN), "area"),
    "duplicate": (mesh(SQUARE, np.vstack([FAN, FAN[:1]])), "twice"),
    "folded": (mesh(moved(4, (0.5, -0.4, 0)), FAN), "folds over itself"),
    "three at an edge": (mesh(np.vstack([SQUARE, [[0.5, -1, 0], [0.4, -1, 0]]]),
                              np.vstack([FAN, [[0, 1, 5], [0, 1, 6]]])), "three"),
    "not finite": (mesh(moved(4, (np.nan, 0.5, 0)), FAN), "finite"),
    "group": (text("a.toml", CASE + '[supports]\nrim = "clamped"\n'), "rim"),
    "support word": (text("a.toml", CASE + '[supports]\nrim = "welded"\n'), "welded"),
    "unit": (text("a.toml", CASE + '[material]\nyoung = "70 kg"\npoisson = 0.3\ndensity = 1\n[plate]\nthickness = 1\n'),
             "young"),
    "key": (text("a.toml", CASE + "[plate]\nthicknes = 1\n"), "thicknes"),
    "no mesh named": (text("a.toml", "[plate]\nthickness = 1\n"), "mesh"),
    "no TOML": (text("a.toml", "mesh = plate.vtu\n"), "TOML"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_one_clear_message(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build, needle = BROKEN[name]
    monkeypatch.chdir(tmp_path)
    path = build(tmp_path)
    before = sorted(tmp_path.iterdir())
    capsys.readouterr()
    assert main(["solve", str(path), "--no-figures"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("landscape: ") == 1
    assert needle in err
    assert path.name in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2, "a message and what to do"
    assert sorted(tmp_path.iterdir()) == before
