"""The command line. ``cli_*.py`` hold the commands, thin functions over the library; nothing else prints or exits."""

import os
import sys

from landscape.errors import LandscapeError

INTERRUPTED = 130
DEFECT = 70


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 wrong input, 2 wrong usage, 3 not converged."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["--version"]:
        from landscape import __version__

        print(f"landscape {__version__}")
        return 0
    try:
        return _dispatch(argv)
    except LandscapeError as error:
        return _complain(error.message, error.advice, error.exit_code)
    except MemoryError:
        return _complain("the memory of this machine is not enough for this.", "Use a coarser mesh.", 1)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was left half-written.", "", INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("LANDSCAPE_DEBUG"):
            raise
        advice = "Please report it; LANDSCAPE_DEBUG=1 shows where it happened."
        return _complain(f"internal error, {type(error).__name__}: {error}", advice, DEFECT)


def _complain(message: str, advice: str, code: int) -> int:
    print(f"landscape: {message}", *([f"           {advice}"] if advice else []), sep="\n", file=sys.stderr)
    return code


def _dispatch(argv: list[str]) -> int:
    from cyclopts import App, CycloptsError, Parameter

    from landscape import __version__, cli_compare, cli_files, cli_lab, cli_mesh, cli_solve, cli_study

    app = App(
        name="landscape",
        help="Localization landscape of thin plates: where vibrations are trapped, and at which frequencies.",
        version=f"landscape {__version__}",
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
    )
    app.command(cli_lab.import_, name="import")
    for command in (
        cli_solve.solve,
        cli_lab.predict,
        cli_compare.compare,
        cli_compare.demo,
        cli_mesh.mesh,
        cli_study.study,
        cli_files.info,
        cli_files.figures,
        cli_files.export,
    ):
        app.command(command)
    words = cli_solve.with_default_width(argv) or ["--help"]
    try:
        code = app(words, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return 2
    return code if isinstance(code, int) else 0
