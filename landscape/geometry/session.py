"""gmsh, an optional program with state of its own: started for one mesh and ended after it."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from landscape.errors import InputError, MissingDependencyError

SYSTEM = "libglu1-mesa libxrender1 libxcursor1 libxft2 libxinerama1"


def load_gmsh() -> Any:
    """Return the module gmsh; raise ``MissingDependencyError`` telling how to get it or its system libraries."""
    try:
        import gmsh
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "Making a mesh needs gmsh, which is not installed.", "Run: pip install 'plate-landscape[mesh]'"
        ) from None
    except (ImportError, OSError) as error:
        raise MissingDependencyError(
            f"gmsh is installed, but a system library it needs is not ({error}).",
            f"On Debian or Ubuntu run: apt install {SYSTEM}",
        ) from None
    return gmsh


@contextmanager
def session() -> Iterator[Any]:
    """Give gmsh with an empty model and its default options, silent and on one thread, so that meshes repeat.

    An error of gmsh becomes an ``InputError``. Not to be nested, and not for several threads: gmsh is global.
    """
    gmsh = load_gmsh()
    if gmsh.isInitialized():
        raise InputError("gmsh is already running in this process.", "Call gmsh.finalize() first.")
    gmsh.initialize(interruptible=False)
    _ignore_broken_pipes()
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        yield gmsh
    except Exception as error:
        if type(error) is not Exception:  # gmsh raises nothing more special
            raise
        raise InputError(
            f"gmsh could not mesh the outline: {error}", "Check it for tiny or nearly touching pieces."
        ) from None
    finally:
        gmsh.finalize()


def _ignore_broken_pipes() -> None:
    """Ignore SIGPIPE again, as Python does: gmsh's start lets a pipe that closes end the process without a word."""
    if hasattr(signal, "SIGPIPE") and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what OpenCASCADE prints off the standard output, which belongs to answers."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)
