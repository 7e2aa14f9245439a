"""Tables of results for the terminal; builds what the command line prints and prints nothing itself."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from landscape.case import Case
from landscape.results import Result
from landscape.summary import landscape_kind, landscape_name


def note(warning: str) -> Text:
    """Return a warning as a line that stands out; its [brackets] are no markup."""
    return Text(warning, style="yellow")


def region_table(summary: dict[str, Any]) -> Table:
    """Return the regions: where they are, the frequencies the landscape predicts, and where they open."""
    si = summary["units"] == "SI"
    name = landscape_name(summary)
    table = Table(title=f"Regions, predicted from the {name} alone (estimated)", title_justify="left")
    table.caption = f"Frequencies in {'Hz' if si else 'units of ω/2π'}; above 'opens at' confinement is no longer guaranteed."
    table.caption_justify = "left"
    place, area = ("x, y mm", "area cm²") if si else ("x, y", "area")
    names = [
        name
        for name in ("schwarz", "peak", "rayleigh")
        if any(region["frequency"][name] is not None for region in summary["regions"])
    ]
    for heading in ("", place, area, *(name.capitalize() for name in names)):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("opens at", "into"):
        table.add_column(heading, justify="right", no_wrap=True)
    for region in summary["regions"]:
        x, y = region["peak"]
        f = region["frequency"]
        table.add_row(
            str(region["id"]),
            f"{x * 1e3:.1f}, {y * 1e3:.1f}" if si else f"{x:.4g}, {y:.4g}",
            f"{region['area'] * 1e4:.2f}" if si else f"{region['area']:.4g}",
            *(_number(f[name]) + _plus_minus(region, name) for name in names),
            _number(region["opens_at"]),
            "–" if region["opens_into"] is None else str(region["opens_into"]),
        )
    return table


def mode_table(summary: dict[str, Any], *, most: int = 40) -> Table:
    """Return the modes: computed frequency, bounds where there are any, region and confinement."""
    unit = "Hz" if summary["units"] == "SI" else "ω/2π"
    modes = summary["modes"]
    bounded = any(mode["lower"] is not None or mode["upper"] is not None for mode in modes)
    table = Table(title=f"Modes, computed ({summary_of_element(summary)})", title_justify="left")
    headings = ["mode", f"frequency {unit}"] + (["lower", "upper"] if bounded else [])
    for heading in [*headings, "region", "confinement", "opens at"]:
        table.add_column(heading, justify="right")
    opens = {region["id"]: region["opens_at"] for region in summary["regions"]}
    for mode in modes[:most]:
        row = [str(mode["number"]), _number(mode["frequency"], 6)]
        if bounded:
            row += [_root(mode["lower"]), _root(mode["upper"])]
        share = mode["confinement"]
        row += [
            "–" if mode["region"] is None else str(mode["region"]),
            "–" if share is None else f"{100 * share:.2f} %",
            _opening(mode, opens.get(mode["region"])),
        ]
        table.add_row(*row)
    notes = [f"{len(modes) - most} more in summary.json."] if len(modes) > most else []
    if not bounded and summary.get("eigenvalues"):
        notes.append(summary["eigenvalues"])
    table.caption, table.caption_justify = "\n".join(notes) or None, "left"
    return table


def summary_of_element(summary: dict[str, Any]) -> str:
    """Return in words what the computed eigenvalues are."""
    landscape = summary["landscape"]
    return (
        "finite elements"
        if landscape is None
        else f"{landscape['element']}, {landscape['unknowns']} unknowns"
    )


def _opening(mode: dict[str, Any], opens_at: float | None) -> str:
    """Mark a mode above the opening of its region: confinement is no longer guaranteed there."""
    if opens_at is None:
        return "–"
    return f"[yellow]{_number(opens_at)} < f[/yellow]" if mode["frequency"] > opens_at else _number(opens_at)


def _plus_minus(region: dict[str, Any], name: str) -> str:
    """Return ± one standard deviation of a measured estimate, nothing for a computed one."""
    sigma = region.get("frequency_sigma", {}).get(name)
    return "" if sigma is None else f" ± {sigma:.2g}"


def _root(eigenvalue: float | None) -> str:
    return "–" if eigenvalue is None else _number(max(eigenvalue, 0.0) ** 0.5 / 6.283185307179586, 6)


def _number(value: float | None, digits: int = 5) -> str:
    if value is None:
        return "–"
    text = f"{value:#.{digits}g}".rstrip(".")
    return f"{value:.0f}" if "e+" in text and value < 1e9 else text


def result_facts(result: Result) -> list[tuple[str, str]]:
    """Return what a result file holds, as pairs of a name and a text."""
    summary = result.summary
    landscape = summary["landscape"]
    unit = " s²" if summary["units"] == "SI" else ""
    facts = [
        ("what", f"result of landscape {summary['kind']} ({summary['schema']}), {summary['units']}"),
        ("from", ", ".join(summary["input"]["files"])),
        ("mesh", f"{result.mesh.mesh.p.shape[1]} vertices, {result.mesh.mesh.t.shape[1]} triangles"),
        (
            "landscape",
            "none"
            if landscape is None
            else f"{landscape_kind(summary)}, maximum {landscape['maximum']:.6g}{unit}, {summary_of_element(summary)}",
        ),
        ("regions", str(len(summary["regions"]))),
        ("passes", str(len(summary["passes"]))),
        ("modes", str(len(summary["modes"]))),
    ]
    if summary.get("eigenvalues"):
        facts.append(("eigenvalues", summary["eigenvalues"]))
    return facts + [("note", text) for text in summary["warnings"]]


def summary_facts(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a summary.json holds, as pairs of a name and a text."""
    counts = [
        (key, str(len(summary[key]))) for key in ("regions", "passes", "modes", "pairs") if key in summary
    ]
    notes = [("note", text) for text in summary.get("warnings", [])]
    return [("what", f"result of landscape {summary.get('kind')} ({summary['schema']})"), *counts, *notes]


def facts_table(facts: list[tuple[str, str]]) -> Table:
    """Return pairs of a name and a text as a plain table."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, text in facts:
        table.add_row(name, text)
    return table


def case_facts(case: Case) -> list[tuple[str, str]]:
    """Return what a mesh or a case holds, as pairs of a name and a text."""
    mesh = case.mesh.mesh
    low, high = mesh.p.min(axis=1), mesh.p.max(axis=1)
    curved = int(np.count_nonzero(np.abs(case.mesh.bulge).sum(axis=1))) if len(case.mesh.bulge) else 0
    facts = [
        ("what", f"plate problem, {case.plate.units}"),
        ("from", ", ".join(path.name for path in case.sources)),
        ("mesh", f"{mesh.p.shape[1]} vertices, {mesh.t.shape[1]} triangles, {curved} curved edges"),
        ("extent", f"x {low[0]:.6g} … {high[0]:.6g}, y {low[1]:.6g} … {high[1]:.6g}"),
    ]
    for kind in ("edge", "point", "surface"):
        for name, members in getattr(case.mesh, f"{kind}_groups").items():
            support = case.plate.supports.get(name)
            facts.append(
                (f"{kind} group", f"{name}: {len(members)}" + (f", {support.value}" if support else ""))
            )
    facts.append(("other edges", case.plate.rest.value))
    return facts + [("note", text) for text in case.notes]


def import_table(captures: list[dict[str, Any]]) -> Table:
    """Return what became of every capture."""
    table = Table(title="Captures", title_justify="left")
    table.add_column("capture", overflow="fold")
    for heading in ("state", "valid %", "largest nm", "σ nm", "s"):
        table.add_column(heading, justify="right", no_wrap=True)
    for entry in captures:
        path = Path(entry["capture"])
        name = path.parent.name if path.name == "capture.toml" else path.name
        failed = entry["state"] == "failed"
        table.add_row(
            f"{name}\n[red]{entry['message']}[/red]" if failed else name,
            f"[red]{entry['state']}[/red]" if failed else entry["state"],
            "–" if entry.get("valid") is None else f"{100 * entry['valid']:.1f}",
            "–" if entry.get("largest") is None else _number(1e9 * entry["largest"], 4),
            "–" if entry.get("sigma") is None else _number(1e9 * entry["sigma"], 2),
            f"{entry['seconds']:.1f}",
        )
    return table


def pair_table(summary: dict[str, Any]) -> Table:
    """Return the measured fields and the computed modes they match."""
    table = Table(title=f"Comparison: agreement {summary.get('agreement', 'unknown')}", title_justify="left")
    table.add_column("measured field", overflow="fold")
    for heading in ("mode", "measured", "computed", "MAC", "region", "in bounds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for pair in summary["pairs"]:
        inside = pair.get("inside_bounds")
        table.add_row(
            str(pair["field"]),
            "–" if pair.get("mode") is None else str(pair["mode"]),
            _number((pair.get("frequency") or {}).get("measured"), 6),
            _number((pair.get("frequency") or {}).get("predicted"), 6),
            "–" if pair.get("mac") is None else f"{pair['mac']:.3f}",
            "–" if pair.get("region") is None else str(pair["region"]),
            "–" if inside is None else "yes" if inside else "no",
        )
    return table
