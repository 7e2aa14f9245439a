"""How a report writes things: numbers with the digits they have, tables, and the leaves of nested parameters."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

NONE = "–"


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
    """Return a number with so many significant digits, zeros at its end kept."""
    if value is None:
        return NONE
    return str(value) if isinstance(value, int) else f"{value:#.{digits}g}".removesuffix(".")


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
