from pathlib import Path

import pytest

from landscape.errors import InputError
from landscape.tables import Table, read_table


class Inner(Table):
    size: float
    words: list[str] | None = None


class Outer(Table):
    inner: Inner | None = None
    rows: list[Inner] | None = None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[inner]\nsize = 'a'", "inner.size: needed a number, got 'a'"),
        ("[inner]\nsize = true", "inner.size: needed a number, got True"),
        ("[inner]", "the key 'inner.size' is missing"),
        ("[inner]\nsizes = 1", r"unknown key 'inner.sizes'\. Did you mean 'size'\? Known here: size, words"),
        ("[[rows]]\nsize = 1\n[[rows]]\nsize = []", r"rows\.1\.size: needed a number, got \[\]"),
        ("inner = 3", "inner: needed a table, got 3"),
        ("x = ", "not valid TOML"),
    ],
)
def test_complaints(tmp_path: Path, text: str, message: str):
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_table(path, Outer)
    assert str(path) in caught.value.message


def test_a_good_file(tmp_path: Path):
    path = tmp_path / "a.toml"
    path.write_text("[inner]\nsize = 1")
    assert read_table(path, Outer) == Outer(inner=Inner(size=1.0))
