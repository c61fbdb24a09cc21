"""The folder of a hand-in: of all that may lie in it, only the assignment's notebooks and nbgrader's own two
files are read.

nbgrader itself copies every other file to autograded/, follows links out of the folder, waits for ever on a
pipe and drops the student on a file that it cannot read or a date that it does not understand.
"""

import os
from datetime import datetime
from fnmatch import fnmatch
from glob import escape, glob
from itertools import islice
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from mytorch.course import notebooks_of

from .words import printable

TIMESTAMP = "timestamp.txt"
SECRET = "submission_secret.txt"  # of a hand-in through nbgrader's exchange
LONGEST_DATE = 100  # bytes
LONGEST_SECRET = 1000  # bytes
NAMED = 5  # other files that the instructor is told by name
LOOKED_AT = 1000  # entries of a folder


class HandIns(CourseDirectory):
    """nbgrader's folders of a course, with timestamps that may be anything."""

    @classmethod
    def like(cls, given: CourseDirectory, parent) -> "HandIns":
        return cls(parent=parent, **{name: getattr(given, name) for name in given.trait_names(config=True)})

    def get_existing_timestamp(self, dest_path: str) -> datetime | None:
        try:
            return timestamp(Path(dest_path))
        except ValueError as error:
            self.log.warning("%s", error)
            return None


def timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, in UTC; None without a file that says so. Raises ValueError when it is
    no date.
    """
    path = folder / TIMESTAMP
    try:
        if not os.path.lexists(path):
            return None
        if path.is_symlink() or not path.is_file():
            raise ValueError("not a file")
        with path.open("rb") as file:
            words = file.read(LONGEST_DATE).decode().strip()
        return parse_utc(words) if words else None
    except (ValueError, OverflowError, OSError, TypeError):
        place = "/".join(map(shown, path.parts[-3:]))
        raise ValueError(f"{place} holds no date, so the hand-in counts as one without a date.") from None


def complete(converter: Autograde) -> None:
    """Have every notebook of the course's assignment converted, handed in or not, so that feedback says what
    is missing.

    No other notebook is.
    """
    coursedir = converter.coursedir
    wanted = [
        f"{name}.ipynb"
        for name in notebooks_of(coursedir.assignment_id)
        if fnmatch(name, coursedir.notebook_id)
    ]
    for folder in glob(converter._format_source(coursedir.assignment_id, coursedir.student_id)):
        if wanted and os.path.isdir(folder):
            converter.assignments[folder] = [os.path.join(folder, name) for name in wanted]


def receive(converter: Autograde, assignment: str, student: str) -> None:
    """Before nbgrader copies what lies beside the notebooks of a submission: have it copy nothing, and say
    what is there.
    """
    coursedir, folder = converter.coursedir, Path(converter._format_source(assignment, student))
    coursedir.ignore = [*(name for name in coursedir.ignore if not os.path.isabs(name)), escape(str(folder))]
    dest = Path(converter._format_dest(assignment, student))
    _copy_timestamp(folder, dest)
    _copy_secret(folder, dest)
    if not any(os.path.lexists(path) for path in converter.notebooks):
        converter.log.warning("%s: none of the notebooks was handed in", student)
    found = others(folder, _expected(coursedir, assignment))
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        listed = ", ".join(map(shown, found[:NAMED]))
        converter.log.warning(
            "%s: only the assignment's notebooks were read, not %s%s", student, listed, more
        )


def _copy_timestamp(folder: Path, dest: Path) -> None:
    """nbgrader compares it with that of a later hand-in."""
    try:
        date = timestamp(folder)
    except ValueError:
        return
    if date is not None:
        _write(dest / TIMESTAMP, f"{date} UTC")


def _copy_secret(folder: Path, dest: Path) -> None:
    """nbgrader release_feedback needs it: the exchange holds feedback under names that only the student's
    secret yields.
    """
    path = folder / SECRET
    try:
        if path.is_symlink() or not path.is_file():
            return
        with path.open("rb") as file:
            secret = file.read(LONGEST_SECRET).decode("ascii")
    except (OSError, UnicodeDecodeError):
        return
    _write(dest / SECRET, secret)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def others(folder: Path, expected: set[str]) -> list[str]:
    """Names of what lies in a hand-in beside what belongs there."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, LOOKED_AT)]
    except OSError:
        return []
    return sorted(name for name in names if not any(fnmatch(name, pattern) for pattern in expected))


def _expected(coursedir: CourseDirectory, assignment: str) -> set[str]:
    """What students were given, and what nbgrader and Jupyter leave."""
    given = [
        Path(coursedir.format_path(step, ".", assignment))
        for step in (coursedir.source_directory, coursedir.release_directory)
    ]
    names = {escape(path.name) for folder in given if folder.is_dir() for path in folder.iterdir()}
    return names | {TIMESTAMP, SECRET, ".ipynb_checkpoints", "__pycache__", *coursedir.ignore}


def shown(name: str) -> str:
    """The name of a student's file, harmless in a log and in any file."""
    return printable(name, 60)
