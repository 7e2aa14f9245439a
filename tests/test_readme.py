"""Every command block of the README runs as printed, and its Python block too."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the README's commands name, so that nothing is written into the project."""
    shutil.copytree(ROOT / "meshes", tmp_path / "meshes")
    return tmp_path


def commands() -> list[str]:
    """The commands of all console blocks, without their installation, which whoever runs this has done."""
    parts = [
        part.strip()
        for block in blocks("console")
        for line in block.splitlines()
        for part in line.split("&&")
    ]
    return [part for part in parts if part and not part.startswith("python -m pip install")]


def test_readme_has_the_two_commands_that_do_all() -> None:
    first, second = blocks("console")
    assert "pip install" in first
    assert "landscape solve meshes/plate.msh" in first
    assert "pip install" in second
    assert second.rstrip().endswith("python -m pytest")


@pytest.mark.parametrize("command", [c for c in commands() if not c.endswith("pytest")])
def test_command_runs(command: str, checkout: Path) -> None:
    program, *arguments = command.split()
    executable = Path(sys.executable).parent / program
    done = subprocess.run(
        [str(executable), *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (checkout / "plate.results" / "summary.json").is_file()
    assert list((checkout / "plate.results" / "figures").glob("*.png"))


def test_test_command_collects_tests() -> None:
    """`python -m pytest` as printed: run here only as far as collection, since it is what runs this test."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", str(Path(__file__))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "test_command_runs" in done.stdout


def test_python_block_runs(checkout: Path) -> None:
    (block,) = blocks("python")
    assert len([line for line in block.splitlines() if line.strip()]) == 6
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 7
    assert list((checkout / "figures").glob("*.pdf"))


def test_toml_block_is_a_case(checkout: Path) -> None:
    from landscape.case import read_case

    (block,) = blocks("toml")
    assert tomllib.loads(block)["supports"] == {"edge": "clamped"}
    (checkout / "meshes" / "plate.toml").write_text(block)
    assert read_case(checkout / "meshes" / "plate.msh").plate.units == "SI"
