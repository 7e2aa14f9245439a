"""The report: one self-contained page, everything escaped, and alive in a real browser."""

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measured import measure, plate
from test_comparison import flipped

from holography.comparison import CompareOptions, Comparison, compare
from holography.figures_compare import draw_comparison, figures_of
from holography.report import report_html, write_report, write_report_folder
from holography.report_format import flat, number, percent, signed, uncertain
from holography.report_numbers import key_numbers

HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
TELLTALE = """<script>window.errors = [];
window.addEventListener("error", (event) => errors.push(event.message));
document.addEventListener("securitypolicyviolation", (event) => errors.push(event.violatedDirective));
</script>"""
PROBE = """<script>window.addEventListener("load", () => {
  const slider = document.getElementById("network-frequency");
  const look = () => ({text: document.getElementById("network-text").textContent,
    parts: document.querySelectorAll("#network-lines polyline").length,
    open: document.querySelectorAll('polygon[fill="#d55e00"]').length,
    value: document.getElementById("network-value").textContent});
  const before = look();
  const states = [];
  for (const share of [0.3, 0.6, 1]) {
    slider.value = Number(slider.min) + share * (slider.max - slider.min);
    slider.dispatchEvent(new Event("input"));
    states.push(look());
  }
  const wide = document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll("main *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.right > wide + 1 || box.left < -1) && !one.closest("svg");
  }).map((one) => one.tagName + " " + one.textContent.slice(0, 40));
  const blocks = [...document.querySelector("main").children].map((one) => one.getBoundingClientRect());
  const overlaps = blocks.filter((box, k) => k && box.top < blocks[k - 1].bottom - 1).length;
  const scrolled = [...document.querySelectorAll(".wide")].filter((one) => one.scrollWidth > one.clientWidth + 1).length;
  document.body.dataset.probe = JSON.stringify({errors, before, states, cut, overlaps, scrolled, wide,
    images: [...document.images].filter((image) => image.naturalWidth > 0).length});
});</script>"""


@cache
def comparison() -> Comparison:
    fields = [measure(scale=0.9, noise=1e-3), *(measure(mode=k, noise=1e-3) for k in (1, 2, 3, 6))]
    names = (f"synthetic static {HOSTILE}", *(f"synthetic {k} & <b>{HOSTILE}" for k in range(4)))
    return compare(plate(), fields, CompareOptions(names=names))


@cache
def page() -> str:
    return report_html(comparison())


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium to open the report in")
        pytest.skip("no chromium to open the report in")
    return found


def run(browser: str, *words: str) -> str:
    base = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000"]
    return subprocess.run(
        [browser, *base, *words], capture_output=True, text=True, check=True, timeout=120
    ).stdout


def probe(browser: str, folder: Path, width: int) -> dict[str, Any]:
    """What a browser of this width says of the page after its slider was moved."""
    path = folder / f"{width}.html"
    path.write_text(
        page().replace("<main>", TELLTALE + "<main>").replace("</body>", PROBE + "</body>"), encoding="utf-8"
    )
    dom = run(browser, f"--window-size={width},2000", "--dump-dom", path.as_uri())
    said = re.search(r'data-probe="([^"]*)"', dom)
    assert said, "the page did not finish loading"
    return json.loads(html.unescape(said.group(1)))


def test_the_page_needs_no_network():
    loaded = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", page())
    assert loaded
    assert all(target.startswith("data:") for target in loaded)
    assert "default-src 'none'" in page()
    assert "@import" not in page()
    assert "url(" not in page()


def test_every_text_is_escaped():
    assert HOSTILE not in page()
    assert "<img src=x" not in page()
    assert page().count("<script") == 2
    assert page().count("</script>") == 2


def test_warnings_come_before_tables_and_figures():
    doubtful = compare(plate(), [flipped(measure()), measure(mode=1)])
    text = report_html(doubtful)
    assert text.index("Read first") < text.index("<table") < text.index("<figure")
    assert "Some measured fields do not fit" in text


def test_every_parameter_and_hash_is_there():
    provenance = {
        "inputs": [{"file": "a.png", "sha256": "0123abcd"}],
        "used": {"filter width (pixels)": 2.5},
        "capture": {"kind": "carrier", "camera": {}},
    }
    text = report_html(compare(plate(), [replace(measure(mode=1), provenance=provenance)]))
    for word in ("0123abcd", "a.png", "filter width (pixels)", "capture.kind", "static_mac"):
        assert word in text


def test_what_is_synthetic_says_so():
    assert "synthetic measurements" in page()
    assert "synthetic measurements" not in report_html(compare(plate(), [measure(mode=1)]))


def test_the_page_works_in_a_browser(browser: str, tmp_path: Path):
    for width in (1400, 400):
        said = probe(browser, tmp_path, width)
        assert said["errors"] == []
        assert said["cut"] == []
        assert (said["overlaps"], said["scrolled"]) == (0, 0)
        assert said["images"] == len(list(figures_of(comparison())))
        passes = comparison().summary["passes"]
        opened = [state["open"] for state in (said["before"], *said["states"])]
        assert opened[0] == 0
        assert opened == sorted(opened)
        assert opened[-1] == len(passes)
        assert said["before"]["text"].startswith(f"0 of {len(passes)} passes open. Every region confines.")
        assert "regions 1 + 2 + 3 + 4 + 5 + 6 + 7" in said["states"][-1]["text"]
        assert said["before"]["value"] != said["states"][0]["value"]


def test_the_page_prints(browser: str, tmp_path: Path):
    path = write_report(comparison(), tmp_path / "report.html")
    run(browser, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'report.pdf'}", path.as_uri())
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_folder_holds_result_summary_figures_and_report(tmp_path: Path):
    report = write_report_folder(comparison(), tmp_path / "out")
    assert report == tmp_path / "out" / "report.html"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "result.h5",
        "summary.json",
        "figures",
        "report.html",
    }
    names = {p.name for p in (tmp_path / "out" / "figures").iterdir()}
    assert {
        "overview.png",
        "static_1.pdf",
        "modes.png",
        "frequencies.pdf",
        "mac.png",
        "localization.png",
    } <= names


def test_a_field_that_does_not_fit_gets_no_picture(tmp_path: Path):
    doubtful = compare(plate(), [flipped(measure()), flipped(measure(mode=5))])
    drawn = dict(figures_of(doubtful))
    assert set(drawn) == {"overview", "static_1", "modes", "mac", "localization"}
    for name in ("static_1", "modes"):
        painted = [c for axes in drawn[name].axes for c in axes.collections]
        assert painted == []
        words = " ".join(t.get_text() for axes in drawn[name].axes for t in axes.texts)
        assert "does not fit" in words or "matches no mode" in words
    assert len(draw_comparison(doubtful, tmp_path, formats=("png",))) == 5


def test_a_plate_without_passes_has_no_slider():
    text = report_html(compare(plate("disc", 6), [measure("disc", mode=1, modes=6)]))
    assert 'id="network"' not in text
    assert "non-dimensional" in text


def test_the_numbers_that_matter_are_those_of_the_summary():
    found = {label.split(",")[0]: value for value, label in key_numbers(comparison().summary)}
    assert found["measured modes matched"] == "4 of 4"
    macs = [pair["mac"] for pair in comparison().summary["pairs"]]
    assert found["least MAC of measured and computed modes"] == f"{min(macs):.3f}"


def test_numbers_are_written_with_the_digits_they_have():
    assert uncertain(0.979383, 4.13e-5) == "0.97938\u00a0±\u00a00.00004"
    assert (number(0.994, 4), number(757.3), number(12345.6)) == ("0.9940", "757.30", "12346")
    assert uncertain(1234.5, 12.0) == "1234\u00a0±\u00a012"
    assert (uncertain(None, 1.0), uncertain(2.0, None), number(None), percent(None, 1)) == (
        "–",
        "2.0000",
        "–",
        "–",
    )
    assert (signed(-0.0123), signed(None), percent(0.5, 1), number(3)) == ("−1.23 %", "–", "50.0 %", "3")
    assert list(flat({"a": {"b": [1, 2]}, "c": [{"d": 3}], "e": None})) == [("a.b", "[1, 2]"), ("c.1.d", "3")]
    assert np.isfinite(percent(1, 0).count("%"))
