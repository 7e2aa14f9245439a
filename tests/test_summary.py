"""summary.json: exactly the documented keys, and numbers that agree with each other."""

import json
import math

import numpy as np
import pytest
from builders import CLAMPED, FREE, disc, grid, held, rooms

from landscape.case import Case, read_case
from landscape.elements.morley import MORLEY
from landscape.errors import InputError
from landscape.options import LANDSCAPES, SolveOptions
from landscape.solution import solve
from landscape.summary import check_schema, frequency, landscape_kind, plain, summarize

REGION = {"id", "peak", "landscape", "area", "frequency", "opens_at", "opens_into"}
PASS = {"between", "at", "landscape", "frequency"}
MODE = {"number", "frequency", "eigenvalue", "residual", "lower", "upper", "region", "confinement"}
TIMINGS = {"read", "assemble", "factorize", "landscape", "modes", "total"}
TOP = {"schema", "kind", "units", "input", "warnings", "landscape", "regions", "passes", "modes", "timings"}


def made(mesh, plate, modes=3, **options):
    case = Case("plate", mesh, plate, ("said",), ())
    return summarize(solve(case, SolveOptions(modes=modes, **options)))


@pytest.fixture(scope="module")
def two():
    return made(rooms(0.3, 3), held(CLAMPED))


def test_the_documented_keys_and_no_others(two):
    extensions = {"bounds", "adaptivity", "eigenvalues"}
    assert two.keys() == TOP | extensions
    assert two["bounds"] is two["adaptivity"] is None  # unless they were asked for
    assert (two["schema"], two["kind"], two["units"]) == ("landscape/1", "solve", "nondimensional")
    assert two["landscape"].keys() == {"kind", "maximum", "element", "unknowns"}
    assert two["timings"].keys() == TIMINGS
    for key, keys in (("regions", REGION), ("passes", PASS), ("modes", MODE)):
        assert two[key]
        assert all(entry.keys() == keys for entry in two[key])
    assert all(region["frequency"].keys() == {"peak", "rayleigh", "schwarz"} for region in two["regions"])
    assert "said" in two["warnings"]


def test_it_is_json(two):
    assert json.loads(json.dumps(two, allow_nan=False)) == two


def test_numbers_agree_with_each_other(two):
    regions = two["regions"]
    assert [region["id"] for region in regions] == [1, 2]
    heights = [region["landscape"] for region in regions]
    assert heights == sorted(heights, reverse=True)
    assert two["landscape"]["maximum"] == heights[0]
    (gate,) = two["passes"]
    assert gate["between"] == [1, 2]
    assert gate["frequency"] == pytest.approx(1 / (2 * math.pi * math.sqrt(gate["landscape"])))
    for region, other in zip(regions, (2, 1), strict=True):
        assert region["opens_at"] == pytest.approx(gate["frequency"])
        assert region["opens_into"] == other
    for number, mode in enumerate(two["modes"], 1):
        assert mode["number"] == number
        assert mode["frequency"] == pytest.approx(math.sqrt(mode["eigenvalue"]) / (2 * math.pi))
        assert (mode["lower"], mode["upper"]) == (None, None)
    assert [mode["region"] for mode in two["modes"]][:2] == [1, 2]


def test_a_room_alone_opens_nowhere():
    (region,) = made(grid(4), held(CLAMPED))["regions"]
    assert (region["opens_at"], region["opens_into"]) == (None, None)


def test_a_plate_that_nothing_holds():
    found = made(grid(4), held(FREE))
    assert found["landscape"] is None
    assert found["regions"] == found["passes"] == []
    assert len(found["modes"]) == 3
    assert all(mode["region"] is None and mode["confinement"] is None for mode in found["modes"])


def test_it_says_what_the_eigenvalues_are():
    """Upper bounds where the element conforms: Argyris with straight edges. With bounds, what these are."""
    assert made(grid(3), held(CLAMPED, left=FREE))["eigenvalues"] == (
        "Not certified; upper bounds in exact arithmetic: the element conforms, the edges are straight."
    )
    assert "these are no bounds" in made(disc(1), held(CLAMPED))["eigenvalues"]
    assert "no bounds" in made(grid(3), held(CLAMPED), element=MORLEY)["eigenvalues"]
    assert made(grid(3), held(CLAMPED), certify=True, modes=1)["eigenvalues"].startswith("Guaranteed")
    assert made(grid(3), held(CLAMPED), modes=0)["eigenvalues"] is None


def test_a_corner_smoothed_away_is_no_straight_edge():
    """Edges that turn by 0.006 rad are held as one line, which the element then leaves by a little."""
    bent = grid(4, place=lambda p: p + np.column_stack([0 * p[:, 0], 0.003 * np.abs(p[:, 0] - 0.5)]))
    assert "these are no bounds" in made(bent, held(CLAMPED))["eigenvalues"]


@pytest.mark.parametrize("kind", LANDSCAPES)
def test_it_names_its_landscape(kind):
    """Without a next iterate there is no Schwarz estimate; the L² landscape is of another size than a deflection."""
    found = made(rooms(0.3, 2), held(CLAMPED), landscape=kind)
    assert found["landscape"]["kind"] == landscape_kind(found) == kind
    expected = {"static": {"peak", "rayleigh", "schwarz"}, "absolute": {"peak", "rayleigh"}, "l2": set()}
    for region in found["regions"]:
        assert {name for name, f in region["frequency"].items() if f is not None} == expected[kind]
        assert region["opens_at"] > 0
    told = [text for text in found["warnings"] if "the static one" in text]
    assert len(told) == (kind != "static")
    assert json.loads(json.dumps(plain(found), allow_nan=False)) == found


def test_the_plate_in_hertz(meshes):
    """0.5 mm of aluminium: SI, the files it came from, frequencies of hundreds of hertz."""
    found = summarize(solve(read_case(meshes / "plate.msh"), SolveOptions(modes=1)))
    assert found["units"] == "SI"
    assert set(found["input"]["files"]) == {"plate.msh", "plate.toml"}
    assert 100 < found["modes"][0]["frequency"] < 2000
    assert sum(region["area"] for region in found["regions"]) < 0.25 * 0.2


@pytest.mark.parametrize(
    ("value", "hertz"), [(4 * math.pi**2, 1.0), (0.0, 0.0), (-1.0, None), (math.nan, None)]
)
def test_frequency_of_an_eigenvalue(value, hertz):
    assert frequency(value) == (hertz if hertz is None else pytest.approx(hertz))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("landscape/2", "newer version"),
        ("landscape/x", "not a result"),
        ("other/1", "not a result"),
        (None, "not a result"),
    ],
)
def test_a_summary_of_another_schema(schema, words):
    check_schema({"schema": "landscape/1"}, "here")
    with pytest.raises(InputError, match=rf"a\.json: .*{words}"):
        check_schema({} if schema is None else {"schema": schema}, "a.json")


def test_plain_makes_json_of_numpy():
    value = {"a": np.float64(1.5), 2: np.array([1, 2]), "c": (np.int64(3), math.inf), "d": None, "e": np.nan}
    assert plain(value) == {"a": 1.5, "2": [1, 2], "c": [3, None], "d": None, "e": None}
