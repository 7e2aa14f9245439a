"""How a command answers: tables or JSON on stdout, progress on stderr."""

import json as json_
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """The options every command has."""

    quiet: Annotated[bool, Parameter(help="Print no tables and no progress.")] = False
    json: Annotated[bool, Parameter(help="Print the result as JSON on stdout.")] = False

    def answer(self, payload: dict[str, Any], tables: Callable[[], list[Any]]) -> None:
        """Print the payload as JSON, or the tables, or nothing."""
        if self.json:
            print(json_.dumps(payload, indent=2, ensure_ascii=False))
        elif not self.quiet:
            from rich.console import Console

            console = Console(highlight=False)
            for table in tables():
                console.print(table)

    def announce(self, text: str) -> None:
        """Say on stderr what the user should know before the work is done."""
        if not self.quiet:
            print(f"landscape: {text}", file=sys.stderr)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Give a function that shows on stderr what is being done; silent when stderr is no terminal."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console

        with Console(stderr=True).status("Starting …") as status:
            yield lambda text: status.update(f"{text} …")


DEFAULT = Output()
