"""What a run has begun and not brought to its end is graded again, whatever the disk holds of it.

nbgrader takes a submission for graded when its folder in autograded/ exists. A run that is killed would leave one with
half of its notebooks. So each submission in work has a note in ``.grading/`` of the course, locked by the process that
works on it. A note that nobody holds tells the next run what to clear away.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import remove, rmtree

from .coursedir import folder

NOTES = ".grading"

_held: dict[Path, object] = {}  # this process's notes: open files, and with them the locks


def guard(converter: Autograde) -> None:
    """Clear away what killed runs left, and keep notes for this one. Called when ``converter`` starts."""
    for student in clear(Path(converter.coursedir.root)):
        converter.log.warning("Grading of %s was cut off, so it begins anew", student)
    first, last, in_work = converter.pre_convert_hook, converter.post_convert_hook, []

    def begin(**where):
        student = converter.init_single_notebook_resources(where["notebooks"][0])["nbgrader"]["student"]
        try:
            in_work[:] = [hold(converter.coursedir, student, where["notebooks"])]
        except BlockingIOError:
            converter.log.error("%s is being graded by another process at this moment", student)
        except OSError as error:
            converter.log.error("%s: no note can be kept of work that may be cut off: %s", student, error)
        if first:
            first(**where)

    def end(**where):
        if last:
            last(**where)
        for path in in_work:
            drop(path)

    converter.pre_convert_hook, converter.post_convert_hook = begin, end


def hold(coursedir: CourseDirectory, student: str, notebooks: list, forced: bool = False) -> Path:
    """From now on these notebooks of a submission count for nothing, or with a run on all notebooks the whole submission.

    ``forced``: part of a run with --force. Returns the note. Raises BlockingIOError when another process is at work on it.
    """
    path = Path(coursedir.root) / NOTES / coursedir.assignment_id / student
    if path in _held:
        return path
    dest = folder(coursedir, "autograded", student, coursedir.assignment_id)
    names = None if coursedir.notebook_id == "*" else [Path(name).name for name in notebooks]
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    file.truncate(0)
    file.write(json.dumps({"dest": str(dest), "notebooks": names, "forced": forced}))
    file.flush()
    os.fsync(file.fileno())
    _held[path] = file
    return path


def drop(path: Path) -> None:
    """The submission is graded to its end."""
    if path in _held:
        path.unlink(missing_ok=True)
        _held.pop(path).close()


def left_of_forced_run(root: Path, assignment: str) -> set[str]:
    """Students whom a run with --force had still to grade when it was cut off."""
    found = set()
    for path in (root / NOTES / assignment).glob("*"):
        with _locked(path) as free:
            if free and _read(path).get("forced"):
                found.add(path.name)
    return found


def cut_off(coursedir: CourseDirectory, assignment: str) -> set[str]:
    """The students whose grading was begun and not brought to its end: what the gradebook has of them may be half of it.

    The notes are only read: trying their locks could get into the way of a run that takes one.
    """
    notes = (Path(coursedir.root) / NOTES / assignment).glob("*")
    return {path.name for path in notes if path.is_file() and path.stat().st_size}  # without a word, nothing was begun


def clear(root: Path) -> list[str]:
    """Remove the half-graded folders that nobody works on. Returns their students."""
    cleared = []
    for path in sorted((root / NOTES).glob("*/*")):
        with _locked(path) as free:
            if not free:
                continue
            note = _read(path)
            if note:
                _remove(Path(note["dest"]), note["notebooks"])
                cleared.append(path.name)
            path.unlink(missing_ok=True)
    return cleared


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """False when another process is at work on the submission."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _read(path: Path) -> dict:
    """Empty for a note that was cut off itself: nothing had been begun then."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _remove(dest: Path, notebooks: list[str] | None) -> None:
    if notebooks is None and dest.exists():
        rmtree(str(dest))
    for name in notebooks or []:
        if (dest / name).exists():
            remove(str(dest / name))
