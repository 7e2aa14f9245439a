import inspect

import pytest

from landscape import errors
from landscape.errors import ConvergenceError, InputError, LandscapeError, MeshError, NotHeldError


def test_one_tree_of_errors():
    found = [e for _, e in inspect.getmembers(errors, inspect.isclass) if e.__module__ == errors.__name__]
    assert all(issubclass(error, LandscapeError) for error in found)
    assert issubclass(MeshError, InputError)
    assert issubclass(NotHeldError, InputError)


@pytest.mark.parametrize(("error", "code"), [(InputError, 1), (MeshError, 1), (ConvergenceError, 3)])
def test_message_advice_and_exit_code(error, code):
    made = error("Needed a plate, got a sphere.", "Flatten it.")
    assert (made.message, made.advice) == ("Needed a plate, got a sphere.", "Flatten it.")
    assert str(made) == "Needed a plate, got a sphere. Flatten it."
    assert made.exit_code == code
    assert str(error("Alone.")) == "Alone."
