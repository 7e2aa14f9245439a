"""Tables of a report, as HTML: static fields, modes, regions, stiffness, and every parameter."""

from html import escape
from typing import Any

from holography.report_format import NONE, flat, number, percent, signed, table, uncertain, yes


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
                uncertain(s["scale"]["value"], s["scale"]["sigma"]),
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
        f"{s['field']}: factor on D {s['value']:.6g}, 95% interval {s['interval'][0]:.6g} … {number(s['interval'][1], 6)}"
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
