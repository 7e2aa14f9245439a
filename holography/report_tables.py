"""Tables of a report, as HTML: the numbers that matter, fields, modes, regions, stiffness, and every parameter."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

NONE = "–"


def numbers(summary: dict[str, Any]) -> str:
    """Return the few numbers that a reader looks for, as tiles."""
    tiles = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>"
        for value, label in key_numbers(summary)
    )
    return f'<div class="numbers">{tiles}</div>' if tiles else ""


def key_numbers(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return pairs (value, what it is): regions found, frequency error, MAC, energy, stiffness."""
    out = []
    shown = next((s["topography"] for s in summary["statics"] if s["topography"]), None)
    if shown is not None:
        found = len(summary["regions"]) - len(shown["missing"])
        out.append(
            (
                f"{found} of {len(summary['regions'])}",
                f"regions seen in the static measurement, {shown['extra']} extra",
            )
        )
        errors = [abs(e) for e in hologram_errors(summary, "peak")]
        if errors:
            out.append(
                (
                    f"{100 * max(errors):.1f} %",
                    "greatest error of a first mode predicted from the static measurement alone",
                )
            )
    pairs = [p for p in summary["pairs"] if p["fits"]]
    if summary["pairs"]:
        out.append((f"{len(pairs)} of {len(summary['pairs'])}", "measured modes matched"))
    macs = [p["mac"] for p in pairs if p["mac"] is not None]
    if macs:
        out.append((f"{min(macs):.3f}", "least MAC of measured and computed modes"))
    shares = [p["energy_share"] for p in closed_pairs(summary)]
    if shares:
        out.append(
            (percent(min(shares), 1), "least share of a mode's energy inside its region, below its opening")
        )
    stiff = next((s["stiffness"] for s in summary["statics"] if s["stiffness"]), None)
    if stiff is not None:
        out.append(
            (
                f"{stiff['implied']:.4g} N·m",
                f"bending stiffness from the static field (modelled {stiff['predicted']:.4g})",
            )
        )
    return out


def hologram_errors(summary: dict[str, Any], rule: str) -> list[float]:
    """Return, per region and static field, how far ``rule`` on the measured landscape is off the first measured mode."""
    return [
        row["frequency"][rule] / region["measured"] - 1
        for region in summary["regions"]
        for row in region["from_measurement"]
        if region["measured"] and row["frequency"][rule]
    ]


def closed_pairs(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the matched modes below the opening of their region."""
    return [
        p
        for p in summary["pairs"]
        if p["energy_share"] is not None
        and p["frequency"]["measured"]
        and (p["opens_at"] is None or p["frequency"]["measured"] < p["opens_at"])
    ]


def tables(summary: dict[str, Any]) -> str:
    """Return the tables of static fields, modes, regions and stiffness."""
    return "\n".join(
        part for part in (_statics(summary), _pairs(summary), _regions(summary), _stiffness(summary)) if part
    )


def _statics(summary: dict[str, Any]) -> str:
    if not summary["statics"]:
        return ""
    head = [
        "Field",
        "fits",
        "MAC",
        "scale against the load",
        "residual rms",
        "χ²",
        "D implied (N·m)",
        "on the plate",
        "plate covered",
    ]
    rows = []
    for s in summary["statics"]:
        stiff = s["stiffness"]
        rows.append(
            [
                s["field"],
                yes(s["fits"]),
                f"{s['mac']:.5f}",
                f"{s['scale']['value']:.5g} ± {s['scale']['sigma']:.1g}"
                if s["scale"]["sigma"] is not None
                else number(s["scale"]["value"]),
                percent(s["residual"]["rms"], 2),
                number(s["residual"]["chi2"], 3),
                uncertain(stiff["implied"], stiff["sigma"]) if stiff else NONE,
                percent(s["registration"]["inside"], 1),
                percent(s["registration"]["covered"], 0),
            ]
        )
    return "<h2>Static fields</h2>" + table(head, rows)


def _pairs(summary: dict[str, Any]) -> str:
    if not summary["pairs"]:
        return ""
    head = [
        "Measured field",
        "Hz measured",
        "mode",
        "predicted",
        "deviation",
        "bounds",
        "MAC",
        "region",
        "energy in region",
        "support in region",
        "bound broken on",
    ]
    rows = []
    for p in summary["pairs"]:
        bounds = p["bounds"]
        within = {True: "inside", False: "outside", None: ""}[p["inside_bounds"]]
        mac = (
            number(p["mac"], 4)
            if p["mac"] is not None
            else f"none (best {number((p['nearest'] or {}).get('mac'), 2)})"
        )
        rows.append(
            [
                p["field"],
                number(p["frequency"]["measured"]),
                number(p["mode"]),
                number(p["frequency"]["predicted"]),
                signed(p["frequency"]["deviation"]),
                f"{bounds[0]:.5g} … {bounds[1]:.5g} {within}" if bounds else NONE,
                mac,
                number(p["region"]),
                percent(p["energy_share"], 2),
                percent(p["region_overlap"], 1),
                percent(p["inequality"]["broken"], 2) if p["inequality"] else NONE,
            ]
        )
    note = "<p class='lead'>Bound broken on: share of the area where |ψ|/max|ψ| exceeds ω²L by more than the noise.</p>"
    return "<h2>Modes</h2>" + table(head, rows) + note


def _regions(summary: dict[str, Any]) -> str:
    if not summary["regions"]:
        return ""
    head = [
        "Region",
        "Schwarz",
        "peak",
        "Rayleigh",
        "first mode computed",
        "measured",
        "from the measured field: peak",
        "Rayleigh",
        "peaks apart (mm)",
        "opens at",
        "into",
    ]
    si = summary["units"] == "SI"
    rows = []
    for r in summary["regions"]:
        own = r["from_measurement"][0] if r["from_measurement"] else None
        f = r["frequency"]
        rows.append(
            [
                f"region {r['id']}",
                *(number(f.get(k)) for k in ("schwarz", "peak", "rayleigh")),
                number(r["mode"]),
                number(r["measured"]),
                *(with_sigma(own, k) for k in ("peak", "rayleigh")),
                number(1e3 * own["distance"], 2) if own and si and own["distance"] is not None else NONE,
                number(r["opens_at"]),
                number(r["opens_into"]),
            ]
        )
    return "<h2>Regions, predicted from the landscape alone</h2>" + table(head, rows)


def with_sigma(row: dict[str, Any] | None, name: str) -> str:
    """Return a frequency with its standard deviation."""
    if row is None or row["frequency"][name] is None:
        return NONE
    return uncertain(row["frequency"][name], row["frequency"][f"{name}_sigma"])


def _stiffness(summary: dict[str, Any]) -> str:
    found = summary["stiffness"]
    lines = [
        f"{s['field']}: factor on D {s['value']:.5g}, 95% interval {s['interval'][0]:.5g} … {number(s['interval'][1])}"
        for s in found["static"]
    ]
    if found["frequencies"]:
        f = found["frequencies"]
        interval = (
            f", 95% interval {f['interval'][0]:.5g} … {f['interval'][1]:.5g}"
            if f["interval"][0] is not None
            else ""
        )
        thick = f["thickness"]["value"]
        lines.append(
            f"{f['numbers']} frequencies: factor on D {f['value']:.5g}{interval}; as a factor on the thickness {thick:.5g}"
        )
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    text = f"<h2>Stiffness from the data</h2><ul>{items}</ul>"
    if not found["predictions"]:
        return text
    head = [
        "Measured field",
        "Hz measured",
        "predicted",
        "as modelled",
        "D from static field",
        "D from the other modes",
        "D from all modes",
    ]
    rows = [
        [
            r["field"],
            number(r["measured"]),
            number(r["predicted"]),
            *(signed(r[k]) for k in ("before", "by_static", "left_out", "after")),
        ]
        for r in found["predictions"]
    ]
    rms = found["rms"]
    rows.append(
        [
            "root mean square",
            "",
            "",
            *(percent(rms[k], 3) for k in ("before", "by_static", "left_out", "after")),
        ]
    )
    return (
        text
        + "<p class='lead'>Measured above predicted frequency, before and after one factor on the bending stiffness D:</p>"
        + table(head, rows)
    )


def parameters(summary: dict[str, Any]) -> str:
    """Return every parameter and the hash of every input, folded away."""
    given = summary["input"]
    blocks = [
        _block("Result", {**given["result"], "name": given["name"]}),
        _block("Options of the comparison", given["options"]),
    ]
    blocks += [
        _block(one["field"], {"points": one["points"], **one["provenance"]}) for one in given["measurements"]
    ]
    return "<h2>Parameters and inputs</h2>" + "".join(blocks)


def _block(title: str, content: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(key)}</td><td class='text'><code>{escape(value)}</code></td></tr>"
        for key, value in flat(content)
    )
    return (
        f"<details><summary>{escape(title)}</summary><div class='wide'><table>{rows}</table></div></details>"
    )


def flat(content: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Give every leaf of nested dictionaries and lists with its dotted path."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from flat(value, f"{before}.{key}" if before else str(key))
    elif isinstance(content, list) and any(isinstance(value, dict) for value in content):
        for k, value in enumerate(content, 1):
            yield from flat(value, f"{before}.{k}")
    elif content is not None and content != []:
        yield before, str(content)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table whose rows become cards, every cell with its heading, on a narrow screen."""
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-label="{escape(name)}">{escape(cell)}</td>'
            for name, cell in zip(head, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="cards"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def number(value: float | int | None, digits: int = 5) -> str:
    """Return a number with so many significant digits."""
    if value is None:
        return NONE
    return str(value) if isinstance(value, int) else f"{value:.{digits}g}"


def uncertain(value: float | None, sigma: float | None) -> str:
    """Return value ± sigma with as many decimals as sigma has meaning, kept on one line."""
    if value is None or not sigma or not math.isfinite(sigma):
        return number(value)
    decimals = max(0, -math.floor(math.log10(sigma)))
    return f"{value:.{decimals}f}\u00a0±\u00a0{sigma:.{decimals}f}"


def percent(value: float | None, digits: int) -> str:
    """Return a share in per cent."""
    return NONE if value is None else f"{100 * value:.{digits}f} %"


def signed(value: float | None) -> str:
    """Return a relative deviation in per cent with its sign."""
    return NONE if value is None else f"{100 * value:+.2f} %".replace("-", "−")


def yes(value: bool) -> str:
    """Return yes or no."""
    return "yes" if value else "no"
