"""Run nbgrader's own commands in a course folder."""

import os
import subprocess
import sys
import traceback
from pathlib import Path


class CommandFailed(Exception):
    """An nbgrader command ended with an error; the message carries what it printed."""


def said_of(error: Exception, place: Path) -> str:
    """What went wrong in this file, or in one of this folder, and in which line; empty for an error of
    another origin.
    """
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    words = f"{type(error).__name__}: {getattr(error, 'msg', error)}"  # of a SyntaxError without the place
    for file, line in reversed(places):
        if place in (Path(file), *Path(file).parents):
            return f"{os.path.relpath(file)}, line {line}: {words}"
    return ""


def nbgrader(*arguments: str, root: Path, check: bool = True) -> subprocess.CompletedProcess:
    """``nbgrader ARGUMENTS`` in ``root``. Raises CommandFailed unless ``check`` is False."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = os.environ | {"PATH": search_path()}
    run = subprocess.run(
        command, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if check and run.returncode:
        raise CommandFailed(
            f"{run.stdout}\n'nbgrader {' '.join(arguments)}' failed; its messages stand above."
        )
    return run


def search_path() -> str:
    """PATH with this environment's programs first, activated or not: nbgrader calls alembic by its bare
    name.
    """
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
