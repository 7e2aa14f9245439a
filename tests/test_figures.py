import dataclasses
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from builders import CLAMPED, FREE, SUPPORTED, annulus, disc, grid, held, rectangle, rooms, with_lines
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from landscape.case import Case, read_case
from landscape.errors import InputError
from landscape.field import Field
from landscape.figures import draw_all, landscape_figure, modes_figure, spectrum_figure, tree_figure
from landscape.figures.outline import outline_of
from landscape.figures.placing import Placer
from landscape.figures.scale import frequency_axis, scale_of
from landscape.figures.style import add_axes, new_figure, save, title_of
from landscape.mesh.core import scaled
from landscape.options import LANDSCAPES, SolveOptions
from landscape.plate import Support
from landscape.results import Result, read_result, result_of, write_result
from landscape.solution import solve
from landscape.summary import opening_frequency
from landscape.topography.openings import dendrogram
from landscape.topography.valleys import effective_network

PLATES = ["plate", "two_rooms", "disc", "mixed", "many", "strip", "tall", "free", "absolute", "l2"]
FIGURES = {
    "landscape": landscape_figure,
    "modes": modes_figure,
    "spectrum": spectrum_figure,
    "tree": tree_figure,
}
MODES = {"plate": 6, "mixed": 2, "two_rooms": 12, "many": 1, "strip": 3, "tall": 20, "free": 3}


def cut_into_rooms(rooms: int, cells: int = 4):
    """A clamped square of rooms × rooms rooms of two sizes, with clamped lines between them that have doors."""
    sizes = np.where(np.arange(rooms) % 2, 1.0, 1.25) / np.where(np.arange(rooms) % 2, 1.0, 1.25).sum()
    ends = np.concatenate([[0], np.cumsum(sizes)])
    marks = np.concatenate([np.linspace(a, b, cells, endpoint=False) for a, b in pairwise(ends)])
    marks = np.append(marks, 1)
    mesh = grid(rooms * cells, place=lambda p: marks[np.round(p * rooms * cells).astype(int)])
    ij = np.round(np.searchsorted(marks, mesh.mesh.p[:, mesh.mesh.facets] - 1e-9)).astype(
        int
    )  # (2, 2, facets)
    walls = []
    for across in (0, 1):
        on = (ij[across, 0] == ij[across, 1]) & (ij[across, 0] % cells == 0)
        door = np.isin(ij[1 - across].min(axis=0) % cells, [cells // 2 - 1, cells // 2])
        walls.append(np.flatnonzero(on & ~door & (ij[across, 0] % (rooms * cells) > 0)))
    return with_lines(mesh, walls=np.concatenate(walls))


def synthetic(name: str) -> Case:
    mesh, plate = {
        "many": lambda: (cut_into_rooms(6), held(CLAMPED, walls=CLAMPED)),
        "strip": lambda: (rectangle(30, 4, 10, 1), held(SUPPORTED)),
        "tall": lambda: (rectangle(3, 20, 0.5, 4), held(CLAMPED)),
        "free": lambda: (grid(4), held(FREE)),
        "absolute": lambda: (rooms(0.3, 2), held(CLAMPED)),
        "l2": lambda: (rooms(0.3, 2), held(CLAMPED)),
        "mixed": lambda: (grid(6), held(SUPPORTED, left=CLAMPED, right=FREE, centre=CLAMPED)),
    }[name]()
    return Case(name, mesh, plate, (), (Path(name),))


@pytest.fixture(scope="module")
def results(meshes, tmp_path_factory):
    """Results by name, as they come back from their files."""
    folder, made = tmp_path_factory.mktemp("results"), {}

    def get(name: str) -> Result:
        if name not in made:
            case = read_case(meshes / f"{name}.msh") if (meshes / f"{name}.msh").exists() else synthetic(name)
            options = SolveOptions(
                modes=MODES.get(name, 4), landscape=name if name in LANDSCAPES else "static"
            )
            write_result(result_of(solve(case, options)), folder / f"{name}.h5")
            made[name] = read_result(folder / f"{name}.h5")
        return made[name]

    return get


@pytest.fixture(scope="module")
def drawn(results):
    """Figures by plate and kind, laid out; any warning, say of a missing glyph, is an error."""
    made = {}

    def get(name: str, kind: str) -> Figure:
        if (name, kind) not in made:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                made[name, kind] = FIGURES[kind](results(name))
                made[name, kind].draw_without_rendering()
        return made[name, kind]

    return get


def every(name: str) -> list[str]:
    return ["modes"] if name == "free" else list(FIGURES)


CASES = [(name, kind) for name in PLATES for kind in every(name)]


def called(figure: Figure, gid: str) -> list:
    """The artists with a name, in the order in which they were drawn."""
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def points_of(figure: Figure, gid: str) -> np.ndarray:
    return np.concatenate([np.column_stack(line.get_data()) for line in called(figure, gid)])


def texts(figure: Figure) -> list[Text]:
    """Every text that is drawn: ticks outside their axis are not."""
    outside = set()
    for axes in figure.findobj(matplotlib.axes.Axes):
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not (low <= tick.get_loc() <= high and axes.axison):
                    outside |= {tick.label1, tick.label2}
            if not axes.axison:
                outside |= {axis.label, axis.offsetText}
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in outside]


def boxes(figure: Figure) -> list:
    renderer = FigureCanvasAgg(figure).get_renderer()
    return [text.get_window_extent(renderer) for text in texts(figure)]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_texts_are_large_enough_whole_and_apart(drawn, name, kind):
    figure = drawn(name, kind)
    assert min(text.get_fontsize() for text in texts(figure)) >= 7
    width, height = figure.get_size_inches() * figure.dpi
    assert width <= 180 / 25.4 * figure.dpi * (1 + 1e-9)
    found = boxes(figure)
    for box in found:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
    for k, box in enumerate(found):
        shrunk = box.padded(-1)
        assert not shrunk.count_overlaps([other.padded(-1) for other in found[k + 1 :]])


@pytest.mark.parametrize("name", [name for name in PLATES if name != "free"])
def test_landscape_shows_every_region_pass_and_valley_in_its_place(results, drawn, name):
    result, figure = results(name), drawn(name, "landscape")
    scale = scale_of(result)
    numbers = called(figure, "region")
    assert [text.get_text() for text in numbers] == [str(k + 1) for k in range(result.regions.count)]
    places = [text.get_position() for text in numbers]
    np.testing.assert_allclose(places, scale.length * result.regions.peaks.points)
    np.testing.assert_allclose(points_of(figure, "pass"), scale.length * result.regions.passes.points)
    (valleys,) = called(figure, "valley")
    assert len(valleys.get_segments()) == len(result.valleys)
    for drawn_line, valley in zip(valleys.get_segments(), result.valleys, strict=True):
        np.testing.assert_allclose(drawn_line, scale.length * valley.points)
    known = {scale.hertz(entry["frequency"]) for entry in result.summary["passes"]}
    written = [text.get_text() for text in called(figure, "pass-label")]
    assert set(written) <= known
    assert bool(written) == bool(known)


@pytest.mark.parametrize("name", PLATES)
def test_axes_hold_the_plate_undistorted(results, drawn, name):
    result = results(name)
    corners = scale_of(result).length * result.mesh.mesh.p
    for kind in ("landscape", "modes"):
        if kind in every(name):
            axes = drawn(name, kind).axes[0]
            for limits, values in zip((axes.get_xlim(), axes.get_ylim()), corners, strict=True):
                assert limits[0] < values.min()
                assert values.max() < limits[1]
            per_unit = axes.transData.transform([(1, 0), (0, 1)]) - axes.transData.transform((0, 0))
            assert per_unit[0, 0] == pytest.approx(per_unit[1, 1], rel=1e-6)


@pytest.mark.parametrize("name", ["plate", "two_rooms", "disc", "free"])
def test_each_mode_comes_with_the_effective_network_at_its_frequency(results, drawn, name):
    result, figure = results(name), drawn(name, "modes")
    networks = called(figure, "network")
    assert len(networks) == result.modes.shape[1]
    for mode, network in zip(result.summary["modes"], networks, strict=True):
        expected = effective_network(list(result.valleys), np.sqrt(mode["eigenvalue"]))
        assert len(network.get_segments()) == len(expected)
        for part, polyline in zip(network.get_segments(), expected, strict=True):
            np.testing.assert_allclose(part, scale_of(result).length * polyline)


@pytest.mark.parametrize("name", ["two_rooms", "free"])
def test_modes_are_scaled_to_one_and_titled(results, drawn, name):
    panels = [axes for axes in drawn(name, "modes").axes if axes.images]
    for mode, panel in zip(results(name).summary["modes"], panels, strict=True):
        values = np.asarray(panel.images[0].get_array())
        assert np.isfinite(values).all()
        assert values.max() == 1
        assert values.min() >= -1
        assert panel.get_title().startswith(f"{mode['number']} · ")
        if mode["region"] is not None:
            assert panel.get_title().endswith(f"in region {mode['region']}")


def test_pages_of_modes_cover_all_of_them(results):
    result = results("two_rooms")
    titles = [axes.get_title() for axes in modes_figure(result, first=11, count=5).axes if axes.images]
    assert [title.split(" · ")[0] for title in titles] == ["11", "12"]
    for first, count in ((0, 5), (13, 5), (1, 0), (1, 61)):
        with pytest.raises(InputError, match="Modes to draw"):
            modes_figure(result, first=first, count=count)


@pytest.mark.parametrize(
    ("mesh", "area", "loops"),
    [
        (grid(3), 1, 1),
        (disc(2), np.pi, 1),
        (annulus(2, 24), 0.75 * np.pi, 2),
        (rectangle(4, 2, 3, 0.5), 1.5, 1),
    ],
)
def test_outline_encloses_the_plate_with_its_arcs(mesh, area, loops):
    from landscape.elements.argyris import ARGYRIS
    from landscape.elements.space import make_space

    plate = held(CLAMPED)
    outline = outline_of(make_space(mesh, plate, ARGYRIS), plate, 2.0)
    polygons = outline.path.to_polygons()
    signed = [np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2 for x, y in (polygon.T for polygon in polygons)]
    assert len(signed) == loops
    chords = min(len(polygon) - 1 for polygon in polygons)
    inscribed = (2 * np.pi / chords) ** 2 / 6  # share of the area that a circle of so many chords loses
    straight = chords <= 4 * 4
    assert sum(signed) == pytest.approx(4 * area, rel=1e-12 if straight else 1.1 * inscribed)


def test_every_edge_and_point_is_drawn_as_it_is_held(results, drawn):
    outline = called(drawn("mixed", "landscape"), "outline")
    assert len(outline) == 3
    lengths = {
        collection.get_linewidth()[0]: sum(
            np.linalg.norm(np.diff(part, axis=0), axis=1).sum() for part in collection.get_segments()
        )
        for collection in outline
    }
    clamped, supported, free = (lengths[width] for width in sorted(lengths, reverse=True))
    assert (clamped, supported, free) == pytest.approx((1, 2, 1))
    np.testing.assert_allclose(points_of(drawn("mixed", "landscape"), "support"), [(0.5, 0.5)])
    words = {text.get_text() for text in texts(drawn("mixed", "landscape"))}
    assert {"clamped edge", "supported edge", "free edge", "clamped point"} <= words


def test_walls_inside_the_plate_are_drawn(drawn):
    (outline,) = called(drawn("many", "landscape"), "outline")
    length = sum(np.linalg.norm(np.diff(part, axis=0), axis=1).sum() for part in outline.get_segments())
    assert length == pytest.approx(4 + 2 * 5 * 2 / 4)  # five walls each way, half of their cells closed


@pytest.mark.parametrize("name", ["plate", "two_rooms", "disc", "many"])
def test_spectrum_has_predictions_modes_and_openings_of_each_region(results, drawn, name):
    result, figure = results(name), drawn(name, "spectrum")
    scale, regions = scale_of(result), result.summary["regions"]
    for kind in ("peak", "rayleigh", "schwarz"):
        found = points_of(figure, kind)
        np.testing.assert_allclose(found[:, 0], [scale.frequency * r["frequency"][kind] for r in regions])
        np.testing.assert_array_equal(np.round(found[:, 1]), [r["id"] for r in regions])
    modes = points_of(figure, "mode")
    np.testing.assert_allclose(
        modes[:, 0], [scale.frequency * m["frequency"] for m in result.summary["modes"]]
    )
    np.testing.assert_array_equal(np.round(modes[:, 1]), [m["region"] for m in result.summary["modes"]])
    high = figure.axes[0].get_xlim()[1]
    openings = [scale.frequency * r["opens_at"] for r in regions if r["opens_at"]]
    lines = [line.get_segments()[0][0, 0] for line in called(figure, "opening")]
    np.testing.assert_allclose(lines, [f for f in openings if f < high])


def test_modes_with_bounds_carry_them(results):
    result = results("two_rooms")
    summary = dict(result.summary)
    summary["modes"] = [
        {**mode, "lower": 0.81 * mode["eigenvalue"], "upper": 1.21 * mode["eigenvalue"]}
        for mode in summary["modes"]
    ]
    bars = called(spectrum_figure(dataclasses.replace(result, summary=summary)), "bounds")
    for mode, bar in zip(summary["modes"], bars, strict=True):
        np.testing.assert_allclose(bar.get_segments()[0][:, 0], np.array([0.9, 1.1]) * mode["frequency"])


@pytest.mark.parametrize("name", ["plate", "two_rooms", "disc", "many"])
def test_tree_joins_the_regions_at_their_passes(results, drawn, name):
    result, figure = results(name), drawn(name, "tree")
    scale, tree = scale_of(result), dendrogram(result.regions)
    leaves = points_of(figure, "leaf")
    np.testing.assert_allclose(
        leaves[:, 1], [scale.frequency * opening_frequency(v) for v in result.regions.peaks.values]
    )
    assert [int(k) + 1 for k in np.argsort(leaves[:, 0])] == list(tree.leaves)
    joins = [line.get_segments()[0][0, 1] for line in called(figure, "join")]
    np.testing.assert_allclose(joins, [scale.frequency * opening_frequency(v) for v in tree.values])
    predicted = points_of(figure, "predicted")
    expected = [scale.frequency * region["frequency"]["peak"] for region in result.summary["regions"]]
    np.testing.assert_allclose(predicted, np.column_stack([leaves[:, 0], expected]))
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks == [str(leaf) for leaf in tree.leaves[:: -(-len(tree.leaves) // len(ticks))]]


def test_a_plate_that_nothing_holds_has_its_modes_only(results, drawn, tmp_path):
    result = results("free")
    assert {path.name for path in draw_all(result, tmp_path)} == {"modes.png", "modes.pdf"}
    assert any("nothing holds the plate" in text.get_text() for text in texts(drawn("free", "modes")))
    for figure in (landscape_figure, spectrum_figure, tree_figure):
        with pytest.raises(InputError, match="no "):
            figure(result)


@pytest.mark.parametrize(("name", "words"), [("absolute", "absolute landscape"), ("l2", "L² landscape")])
def test_another_landscape_is_named_in_every_figure(drawn, name, words):
    for kind in FIGURES:
        titles = [
            text.get_text() for text in texts(drawn(name, kind)) if text.get_text().startswith(f"{name}: ")
        ]
        assert len(titles) == 1
        assert words in titles[0]
    assert any(text.get_text().startswith(words.capitalize()) for text in texts(drawn(name, "landscape")))


def test_another_landscape_is_drawn_with_the_estimates_it_has(results, drawn):
    """No Schwarz quotient without a next iterate; no prediction at all from the L² landscape."""
    for name, kinds in (("absolute", {"peak", "rayleigh"}), ("l2", set())):
        figure = drawn(name, "spectrum")
        assert {kind for kind in ("peak", "rayleigh", "schwarz") if called(figure, kind)} == kinds
        assert len(points_of(figure, "mode")) == len(results(name).summary["modes"])
        words = [text.get_text() for text in texts(drawn(name, "tree"))]
        assert any("predicted" in word for word in words) == bool(kinds)


def test_another_landscape_is_drawn_as_it_is_stored(results):
    """The brightest pixel is the maximum of the file; at the pass the landscape is the absolute, not the static one."""
    result = results("absolute")
    image = landscape_figure(result).axes[0].images[0]
    values = np.asarray(image.get_array())
    assert values.max() == pytest.approx(
        result.summary["landscape"]["maximum"] * scale_of(result).landscape, rel=1e-3
    )
    static = Field.of_full(result.space(), result.fields["static"][:, None])
    (gate,) = result.regions.passes.points[None]
    assert result.landscape().values(gate)[0, 0] > static.values(gate)[0, 0]


def test_without_frequencies_there_is_no_spectrum(results, tmp_path):
    result = results("l2")
    bare = dataclasses.replace(
        result, modes=np.empty((len(result.modes), 0)), summary={**result.summary, "modes": []}
    )
    names = {path.stem for path in draw_all(bare, tmp_path, formats=("png",))}
    assert names == {"landscape", "merge_tree"}


def test_without_modes_the_rest_is_drawn(results):
    result = results("two_rooms")
    bare = dataclasses.replace(
        result, modes=np.empty((len(result.modes), 0)), summary={**result.summary, "modes": []}
    )
    figure = spectrum_figure(bare)
    assert not called(figure, "mode")
    assert len(called(figure, "peak")) == 2
    with pytest.raises(InputError, match="from 1 to 0"):
        modes_figure(bare)


def test_all_figures_as_png_and_pdf_with_their_fonts(results, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths = draw_all(results("mixed"), tmp_path / "new" / "figures")
    names = ["landscape", "modes", "spectrum", "merge_tree"]
    assert [path.name for path in paths] == [f"{name}.{kind}" for name in names for kind in ("png", "pdf")]
    assert sorted(path.name for path in (tmp_path / "new" / "figures").iterdir()) == sorted(
        p.name for p in paths
    )
    for path in paths:
        content = path.read_bytes()
        if path.suffix == ".png":
            assert content.startswith(b"\x89PNG")
            width = int.from_bytes(content[16:20], "big")
            assert (
                width / (180 / 25.4) >= 150
            )  # a narrower figure keeps its scale, so this bounds the resolution
        else:
            assert content.startswith(b"%PDF")
            assert b"/FontFile2" in content
            assert b"/Type3" not in content


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_the_same_figure_makes_the_same_file(results, tmp_path, kind):
    once, again = (
        save(landscape_figure(results("tall")), tmp_path / f"{name}.{kind}").read_bytes()
        for name in ("once", "again")
    )
    assert once == again


def test_a_place_that_cannot_be_written_to_is_an_input_error(results, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot write"):
        draw_all(results("tall"), tmp_path / "file")


def test_figures_ignore_and_keep_the_users_settings(results):
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        figure = tree_figure(results("two_rooms"))
        assert dict(matplotlib.rcParams) == before
    assert max(text.get_fontsize() for text in texts(figure)) < 10


def test_drawing_needs_no_pyplot():
    code = "import landscape.figures, sys; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_units_are_named(results, drawn):
    axes = drawn("plate", "landscape").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("$x$ (mm)", "$y$ (mm)")
    assert np.ptp(axes.get_xlim()) == pytest.approx(250 * 1.04, rel=1e-6)
    assert drawn("plate", "spectrum").axes[0].get_xlabel().endswith("(Hz)")
    assert drawn("disc", "spectrum").axes[0].get_xlabel().endswith("(√(D/ρh) / ℓ²)")
    assert "ℓ: length unit" in drawn("disc", "spectrum").axes[0].get_title(loc="left")


@pytest.mark.parametrize(("length", "unit"), [(20.0, "m"), (0.3, "mm"), (2e-4, "µm")])
def test_units_fit_the_plate(results, length, unit):
    result = results("plate")
    factor = length / np.ptp(result.mesh.mesh.p, axis=1).max()
    assert scale_of(dataclasses.replace(result, mesh=scaled(result.mesh, factor))).length_unit == unit


@pytest.mark.parametrize(
    ("frequency", "text"),
    [(530.3246, "530.3 Hz"), (5862.4, "5862 Hz"), (12345.6, "12350 Hz"), (0.123456, "0.1235 Hz")],
)
def test_frequencies_have_four_digits(results, frequency, text):
    assert scale_of(results("plate")).hertz(frequency) == text


def test_titles_shorten_names_and_replace_letters_without_a_glyph():
    assert title_of("plate", "modes") == "plate: modes"
    assert title_of("a$b", "modes") == r"a\$b: modes"
    assert title_of("板", "modes") == "□: modes"
    assert len(title_of("x" * 100, "")) <= 27


@pytest.mark.parametrize("ratio", [1.2, 3.0, 8.0, 60.0, 1e4])
def test_frequency_axes_have_ticks_in_plain_numbers(ratio):
    axes = add_axes(new_figure(100, 100), 10, 10, 80, 80)
    frequency_axis(axes, "x", 47.0, 47.0 * ratio)
    axes.figure.draw_without_rendering()
    labels = [tick for tick in axes.xaxis.get_major_ticks() if 47 <= tick.get_loc() <= 47 * ratio]
    assert 2 <= len(labels) <= 14
    assert all(float(tick.label1.get_text()) == pytest.approx(tick.get_loc()) for tick in labels)


def test_labels_keep_apart_and_within_the_axes():
    rng = np.random.default_rng(5)
    axes = add_axes(new_figure(80, 80), 5, 5, 70, 70)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    placer = Placer(axes)
    made = [placer.put("1234 Hz", x, y, distance=4, size=7) for x, y in rng.random((150, 2))]
    renderer = axes.figure.canvas.get_renderer()
    found = [label.get_window_extent(renderer) for label in made if label is not None]
    assert 20 < len(found) < 150
    for k, box in enumerate(found):
        assert not box.padded(-0.1).count_overlaps(found[k + 1 :])
        assert axes.bbox.padded(1).containsx(box.x0)
        assert axes.bbox.padded(1).containsy(box.y1)
    assert len(axes.texts) == len(found)


def test_labels_cross_curves_only_when_they_must():
    axes = add_axes(new_figure(80, 80), 5, 5, 70, 70)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    placer = Placer(axes)
    placer.avoid(np.array([(0.5, 0.5), (1.0, 0.5)]))
    left = placer.put("to the left", 0.5, 0.5, distance=4)
    assert left.get_position()[0] < 0
    for height in np.linspace(0, 1, 101):
        placer.avoid(np.array([(0.0, height), (1.0, height)]))
    assert placer.put("nowhere", 0.2, 0.2, distance=4, strict=True) is None
    assert placer.put("across", 0.2, 0.2, distance=4) is not None


def test_every_support_has_its_look():
    from landscape.figures.style import EDGES, POINTS

    assert set(EDGES) == set(Support)
    assert set(POINTS) == set(Support) - {FREE}
