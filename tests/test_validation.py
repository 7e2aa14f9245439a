"""The page of validation: a part of its tables is made anew, and all its plates are in it."""

import sys
from importlib import util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
NAMES = ("validation_tables", "validation_plates", "validation_rules", "validate")


@pytest.fixture
def pages(monkeypatch):
    """The modules of the script, by name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    loaded = {}
    for name in NAMES:
        spec = util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
        loaded[name] = util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, loaded[name])
        spec.loader.exec_module(loaded[name])
    return loaded


@pytest.mark.parametrize("name", ["supported square", "free square, ν = 0.3", "clamped square"])
def test_known_plates_are_found_again(pages, name):
    known = next(k for k in pages["validation_plates"].KNOWN if k.name == name)
    row, worst = pages["validate"].compared(known)
    digits = 2e-8 if known.squared else 5e-8  # of what is printed
    assert worst <= known.rtol + digits
    assert row[0] == name


def test_certified_interval_holds_a_finer_solution(pages):
    row = pages["validate"].certified("free_corners", count=4, width=0.05)
    assert row[3] == "4 of 4"
    assert row[4] == "guaranteed"
    assert row[2] <= 0.05


@pytest.mark.parametrize("name", ["rectangle 1:1", "rectangle 3:1", "ellipse 2:1", "right triangle 1:1"])
def test_rooms_are_bracketed_and_the_shape_of_the_peak_helps(pages, name):
    row, bracket = pages["validation_rules"].room(name)
    assert bracket
    constant, shape = (abs(float(cell.removesuffix(" %"))) for cell in row[3:5])
    assert shape <= min(1.1, constant)  # half of 2.2%, as the rule states


def test_regions_of_the_example_are_bracketed(pages):
    rows = pages["validation_rules"].regions_rows("two_rooms", 6)
    assert len(rows) == 2
    assert [row[-1] for row in rows] == ["yes", "yes"]


def test_counts_follow_weyls_law(pages):
    counts = pages["validation_rules"].counts_of("square", 40)
    assert counts.modes[-1] == 40
    assert np.abs(counts.two_terms - counts.modes).max() < 5
    assert (np.diff(counts.modes) >= 0).all()
    from landscape.figures.counting import counting_figure

    (axes,) = counting_figure(counts).axes
    assert len(axes.lines) == 4


def test_theorem_of_the_absolute_landscape(pages):
    _, theorem, rule, *_ = pages["validation_rules"].inequality("free_corners", 10)
    assert theorem <= 1
    assert theorem <= rule * 1.001  # the static landscape is the smaller one


def test_page_holds_every_plate(pages):
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    for known in pages["validation_plates"].KNOWN:
        assert f"| {known.name} |" in page
    for name in (*pages["validation_plates"].ROOMS, *(f"`{n}.msh`" for n in pages["validate"].PLATES)):
        assert f"| {name} |" in page
    assert (ROOT / "docs" / "pictures" / "counting.png").is_file()
    assert "## Random rooms\n" in page
    for name in ("estimates", "localization"):
        assert (ROOT / "docs" / "pictures" / f"study_{name}.png").is_file()


def test_sections_are_put_in_place_of_their_own(pages, tmp_path):
    tables = pages["validation_tables"]
    page = tmp_path / "page.md"

    def table(heading, value):
        return tables.Table(heading, "Text.", ("a",), [(value,)])

    tables.put_sections(page, [table("One", 1), table("Two", 2)], "# Page\n\n")
    first = page.read_text()
    tables.put_sections(page, [table("One", 3)])
    assert page.read_text() == first.replace("| 1 |", "| 3 |")
    tables.put_sections(page, [table("Three", 4)], "# Renamed\n\n")
    assert [line for line in page.read_text().splitlines() if line.startswith("#")] == [
        "# Renamed", "## One", "## Two", "## Three",
    ]  # fmt: skip
