"""Everything that can go wrong, as one small tree.

A message says what was needed and what came; ``advice`` says what to do. Only the command line prints
them: ``InputError`` leaves with exit code 1, ``ConvergenceError`` with 3.
"""


class LandscapeError(Exception):
    """Base of every error this project raises on purpose.

    ``message`` tells what was needed and what came, ``advice`` what the user can do about it.
    """

    exit_code = 1

    def __init__(self, message: str, advice: str = ""):
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class InputError(LandscapeError):
    """A file, value or combination of values that the user can correct."""


class MeshError(InputError):
    """A mesh that cannot be a plate."""


class NotHeldError(InputError):
    """The supports leave a rigid motion, so there is no static deflection."""


class MissingDependencyError(InputError):
    """An optional package, or a system library it needs, is not there."""


class ConvergenceError(LandscapeError):
    """A solver did not reach the accuracy it must promise."""

    exit_code = 3
