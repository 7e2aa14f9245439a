"""Files are whole or not there."""

import json
import os

import pytest

from landscape.errors import InputError
from landscape.files import atomic, write_json


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "a.txt"
    with atomic(path) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == path.parent
        assert temporary.suffix == ".txt"
        assert not path.exists()
    assert path.read_text() == "whole"
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, failure):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write() -> None:
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(failure):
        write()
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    with atomic(tmp_path / "made"):
        pass
    assert (tmp_path / "made").stat().st_mode == ordinary.stat().st_mode


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write there") as caught, atomic(tmp_path / "file" / "a.txt"):
        pass
    assert "-o" in caught.value.advice


def test_a_write_that_fails_is_named(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match=r"a\.txt: could not be written"), atomic(path):
        raise OSError(28, os.strerror(28))
    assert not [*tmp_path.iterdir()]


def test_json_is_readable_and_refuses_nan(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"ω": [1, None], "ok": True})
    assert json.loads(path.read_text(encoding="utf-8")) == {"ω": [1, None], "ok": True}
    assert "ω" in path.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, float("nan"))
    assert json.loads(path.read_text(encoding="utf-8"))["ok"]
