"""What a run has begun and not brought to its end is graded again, whatever the disk holds of it.

nbgrader takes a submission for graded when its folder in autograded/ exists. A run that is killed would leave
one with half of its notebooks. So each submission in work has a note in ``.grading/`` of the course, locked
by the process that works on it. A note that nobody holds tells the next run what to clear away.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import remove, rmtree

from .coursedir import folder

NOTES = ".grading"


class Notes:
    """The notes of one run, each locked until the submission is graded to its end or the run has ended."""

    def __init__(self):
        self._held: dict[Path, TextIO] = {}  # open files, and with them the locks

    def hold(self, coursedir: CourseDirectory, student: str, notebooks: list, forced: bool = False) -> None:
        """From now on these notebooks count for nothing, or with a run on all notebooks the whole submission.

        ``forced``: part of a run with --force. Raises BlockingIOError when another process is at work on it.
        """
        path = _path(coursedir, student)
        if path in self._held:
            return
        dest = folder(coursedir, "autograded", student, coursedir.assignment_id)
        names = None if coursedir.notebook_id == "*" else [Path(name).name for name in notebooks]
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate(0)
        file.write(json.dumps({"dest": str(dest), "notebooks": names, "forced": forced}))
        file.flush()
        os.fsync(file.fileno())
        self._held[path] = file

    def drop(self, coursedir: CourseDirectory, student: str) -> None:
        """The submission is graded to its end."""
        path = _path(coursedir, student)
        if path in self._held:
            path.unlink(missing_ok=True)
            self._held.pop(path).close()

    def close(self) -> None:
        """Let go of what is not graded to its end: the next run clears it away."""
        while self._held:
            self._held.popitem()[1].close()


def _path(coursedir: CourseDirectory, student: str) -> Path:
    return Path(coursedir.root) / NOTES / coursedir.assignment_id / student


def left_of_forced_run(root: Path, assignment: str) -> set[str]:
    """Students whom a run with --force had still to grade when it was cut off."""
    found = set()
    for path in (root / NOTES / assignment).glob("*"):
        with locked(path) as free:
            if free and _read(path).get("forced"):
                found.add(path.name)
    return found


def cut_off(coursedir: CourseDirectory, assignment: str) -> set[str]:
    """The students whose grading was begun and not brought to its end: what the gradebook has of them may be
    half of it.

    The notes are only read: trying their locks could get into the way of a run that takes one.
    """
    notes = (Path(coursedir.root) / NOTES / assignment).glob("*")
    return {
        path.name for path in notes if path.is_file() and path.stat().st_size
    }  # without a word, nothing was begun


def clear(root: Path) -> list[str]:
    """Remove the half-graded folders that nobody works on. Returns their students."""
    cleared = []
    for path in sorted((root / NOTES).glob("*/*")):
        with locked(path) as free:
            if not free:
                continue
            note = _read(path)
            if note:
                _remove(Path(note["dest"]), note["notebooks"])
                cleared.append(path.name)
            path.unlink(missing_ok=True)
    return cleared


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """False when another process is at work on what the note is about."""
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
