"""A table of ``docs/validation.md``."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.1e}" if 0 < abs(value) < 0.01 else f"{value:.4g}"
    return str(value)
