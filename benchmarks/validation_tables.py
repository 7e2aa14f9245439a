"""A table of ``docs/validation.md``."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Row = Sequence[object]


@dataclass(frozen=True)
class Table:
    """A heading, what it shows, the names of its columns and its rows."""

    heading: str
    text: str
    columns: Sequence[str]
    rows: Sequence[Row]

    def markdown(self) -> str:
        lines = [f"| {' | '.join(self.columns)} |", f"|{'---|' * len(self.columns)}"]
        lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in self.rows]
        return f"## {self.heading}\n\n{self.text}\n\n" + "\n".join(lines) + "\n"


def put_sections(page: Path, tables: Iterable[Table], header: str | None = None) -> None:
    """Put tables into a page, each in place of the section of its heading or at the end; leave the others."""
    top, *sections = re.split(
        r"^(?=## )", page.read_text(encoding="utf-8") if page.is_file() else "", flags=re.M
    )
    held = {section.partition("\n")[0]: section.rstrip() + "\n" for section in sections}
    held |= {f"## {table.heading}": table.markdown() for table in tables}
    page.write_text((top if header is None else header) + "\n".join(held.values()), encoding="utf-8")


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.1e}" if 0 < abs(value) < 0.01 else f"{value:.4g}"
    return str(value)
