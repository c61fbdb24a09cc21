"""What a run has begun and not brought to its end is made again, whatever the disk holds of it.

nbgrader takes a submission for graded when its folder in autograded/ exists, and its feedback for made when
that in feedback/ does. A run that is killed would leave one with half of its notebooks. So each submission in
work has a note in ``.grading/`` of the course, locked by the process that works on it. A note that nobody
holds tells the next run what to clear away.
"""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import remove, rmtree

from .coursedir import folder

NOTES = ".grading"
# Where the notes of each step are, an assignment's in a folder, a student's in a file.
PLACES = {"autograded": NOTES, "feedback": f"{NOTES}/.feedback"}


class Notes:
    """The notes of one run, each locked until the submission is through this step or the run has ended."""

    def __init__(self, step: str = "autograded"):
        self.step = step
        self._held: dict[Path, TextIO] = {}  # open files, and with them the locks

    def hold(self, coursedir: CourseDirectory, student: str, files: list, forced: bool = False) -> None:
        """From now on these files, one a notebook, count for nothing; in a run on all notebooks the folder.

        ``forced``: part of a run with --force. Raises BlockingIOError when another process is at work on it.
        """
        path = self._path(coursedir, student)
        if path in self._held:
            return
        dest = folder(coursedir, self.step, student, coursedir.assignment_id)
        names = None if coursedir.notebook_id == "*" else [Path(file).name for file in files]
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _locked(path)
        file.truncate(0)
        file.write(json.dumps({"dest": str(dest), "notebooks": names, "forced": forced}))
        file.flush()
        os.fsync(file.fileno())
        self._held[path] = file

    def drop(self, coursedir: CourseDirectory, student: str) -> None:
        """The submission is through this step."""
        path = self._path(coursedir, student)
        if path in self._held:
            path.unlink(missing_ok=True)
            self._held.pop(path).close()

    def close(self) -> None:
        """Let go of what did not come to its end: the next run clears it away."""
        while self._held:
            self._held.popitem()[1].close()

    def clear(self, coursedir: CourseDirectory, student: str) -> None:
        """Remove what a killed run has left of this submission. Raises BlockingIOError when another process
        is at work on it.
        """
        path = self._path(coursedir, student)
        if path.exists():
            _clear(path)

    def _path(self, coursedir: CourseDirectory, student: str) -> Path:
        return Path(coursedir.root, PLACES[self.step], coursedir.assignment_id, student)


def left_of_forced_run(root: Path, assignment: str) -> set[str]:
    """Students whom a run with --force had still to grade when it was cut off."""
    found = set()
    for path in (root / NOTES / assignment).glob("*"):
        with suppress(BlockingIOError), _locked(path):
            if _read(path).get("forced"):
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
    for path in sorted((root / NOTES).glob("[!.]*/*")):
        with suppress(BlockingIOError):
            cleared += [path.name] if _clear(path) else []
    return cleared


def _clear(path: Path) -> bool:
    """Remove what the note is about, then the note. Was there anything? Raises BlockingIOError when another
    process is at work on it.
    """
    with _locked(path):
        note = _read(path)
        if note:
            _remove(Path(note["dest"]), note["notebooks"])
        path.unlink(missing_ok=True)
    return bool(note)


def _locked(path: Path) -> TextIO:
    """The note, open: its lock holds until it is closed. Raises BlockingIOError when another process has
    it.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    return file


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
