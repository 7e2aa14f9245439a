"""The tables of a study: a row for every region with the mode that tells the truth about it, a row for every mode."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from landscape.files import atomic

Row = dict[str, Any]
SHARED = 0.5
"""Of one mode's energy: where the modes before it leave more in a region, its fundamental is spread over several rooms."""
PLATE = ("state", "message", "units", "unknowns", "seconds")
ESTIMATES = ("peak", "peak_compact", "rayleigh", "schwarz", "below")
TOLD = ("x", "y", "area", "landscape", *ESTIMATES, "opens_at")
FIRST = ("mode", "frequency", "confinement", "before")
REGION = ("region", *TOLD, *FIRST)
MODE = ("mode", "frequency", "region", "confinement", "opens_at")


def region_rows(outcome: Row, confinement: float) -> list[Row]:
    """Return the regions of a plate, each with its estimates (frequencies) and its first mode.

    That mode is the lowest one with a share of at least ``confinement`` of its kinetic energy in the region: its
    number ``mode``, ``frequency``, ``confinement``; ``before``: the sum of the shares there of all lower modes. All are
    None where no computed mode is confined. Where ``before`` exceeds ``SHARED`` the fundamental of the region is
    spread over several modes, and this mode is a higher one.
    """
    return [_region_row(region, outcome["modes"], confinement) for region in outcome.get("regions", [])]


def _region_row(region: Row, modes: list[Row], confinement: float) -> Row:
    place = region["id"] - 1
    shares = [mode["shares"][place] for mode in modes]
    first = next((k for k, share in enumerate(shares) if share >= confinement), None)
    row = {"region": region["id"], **{name: region[name] for name in TOLD}}
    if first is None:
        return row | dict.fromkeys(FIRST)
    found = {"mode": modes[first]["number"], "frequency": modes[first]["frequency"]}
    return row | found | {"confinement": shares[first], "before": sum(shares[:first])}


def mode_rows(outcome: Row) -> list[Row]:
    """Return the modes of a plate: the region with most of its energy, its share there, and where that opens."""
    opens = {region["id"]: region["opens_at"] for region in outcome.get("regions", [])}
    rows = []
    for mode in outcome.get("modes", []):
        share = max(mode["shares"], default=None)
        region = None if share is None else mode["shares"].index(share) + 1
        rows.append(
            {
                "mode": mode["number"],
                "frequency": mode["frequency"],
                "region": region,
                "confinement": share,
                "opens_at": opens.get(region),
            }
        )
    return rows


def write_tables(outcomes: Iterable[Row], folder: Path, *, confinement: float = 0.9) -> list[Path]:
    """Write study.csv, a row for every region (one for a plate without), and modes.csv; Parquet too with pyarrow.

    Every row starts with the plate's name and its parameters. Raises ``InputError`` where it cannot be written.
    """
    study, modes = [], []
    for outcome in outcomes:
        head = {"name": outcome["name"], **{key: _cell(v) for key, v in outcome["parameters"].items()}}
        plate = {name: outcome.get(name) for name in PLATE}
        regions = region_rows(outcome, confinement) or [dict.fromkeys(REGION)]
        study += [{**head, **plate, **row} for row in regions]
        modes += [{**head, **row} for row in mode_rows(outcome)]
    tables = {"study": (study, (*PLATE, *REGION)), "modes": (modes, MODE)}
    written = []
    for name, (rows, columns) in tables.items():
        names = [*(rows[0] if rows else ("name", *columns))]
        written += [
            _csv(folder / f"{name}.csv", rows, names),
            *_parquet(folder / f"{name}.parquet", rows, names),
        ]
    return written


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else value


def _csv(path: Path, rows: list[Row], names: list[str]) -> Path:
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _parquet(path: Path, rows: list[Row], names: list[str]) -> list[Path]:
    """Write a Parquet file where pyarrow is installed; a column of several types becomes text."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return []

    def column(name: str) -> Any:
        values = [row[name] for row in rows]
        try:
            return pyarrow.array(values)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError):
            return pyarrow.array([None if value is None else str(value) for value in values])

    with atomic(path) as temporary:
        parquet.write_table(pyarrow.table({name: column(name) for name in names}), temporary)
    return [path]
