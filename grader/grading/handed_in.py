"""The folder of a hand-in: of all that may lie in it, only the assignment's notebooks and nbgrader's own two
files are read. In an assignment that no section belongs to, plain files beside the notebooks are taken along,
as nbgrader takes them.

nbgrader itself copies every other file to autograded/, follows links out of the folder, waits for ever on a
pipe and drops the student on a file that it cannot read or a date that it does not understand.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatch
from glob import escape, glob
from itertools import islice
from pathlib import Path, PurePath

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from mytorch.accepted import MAX_BYTES
from mytorch.characters import first_few, printable
from mytorch.course import ASSIGNMENTS

from .coursedir import folder as course_folder
from .late import EARLIEST, LATEST

TIMESTAMP = "timestamp.txt"
SECRET = "submission_secret.txt"  # of a hand-in through nbgrader's exchange
LONGEST_DATE = 100  # bytes
LONGEST_SECRET = 1000  # bytes
NAMED = 5  # other files that the instructor is told by name
MAX_BESIDE = 20_000_000  # bytes of files beside the notebooks, where they are taken
LOOKED_AT = 1000  # entries of a folder


class TolerantCourseDirectory(CourseDirectory):
    """nbgrader's folders of a course, with timestamps that may be anything."""

    @classmethod
    def like(cls, given: CourseDirectory, parent) -> "TolerantCourseDirectory":
        return cls(parent=parent, **{name: getattr(given, name) for name in given.trait_names(config=True)})

    def get_existing_timestamp(self, dest_path: str) -> datetime | None:
        try:
            return timestamp(Path(dest_path))
        except ValueError as error:
            self.log.warning("%s", error)
            return None


def timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, in UTC; None without a file that says so. Raises ValueError when it is
    no date, or one that no calendar of any zone can hold.
    """
    path = folder / TIMESTAMP
    try:
        if not os.path.lexists(path):
            return None
        if path.is_symlink() or not path.is_file():
            raise ValueError("not a file")
        with path.open("rb") as file:
            words = file.read(LONGEST_DATE).decode().strip()
        date = parse_utc(words) if words else None
        if date and not EARLIEST <= date < LATEST:
            raise ValueError("out of the calendar")
        return date
    except Exception:  # strange words can lead dateutil into anything
        place = "/".join(map(shown_name, path.parts[-3:]))
        raise ValueError(f"{place} holds no date, so the hand-in counts as one without a date.") from None


def time_if_any(folder: Path) -> datetime | None:
    """The same, and None for what is no date."""
    with suppress(ValueError):
        return timestamp(folder)
    return None


def complete(converter: Autograde) -> None:
    """Have every notebook of the assignment converted, handed in or not, so that feedback says what is
    missing.

    No other notebook is.
    """
    coursedir = converter.coursedir
    wanted = [
        f"{name}.ipynb"
        for name in notebooks_given_out(coursedir, coursedir.assignment_id)
        if fnmatch(name, coursedir.notebook_id)
    ]
    for folder in glob(converter._format_source(coursedir.assignment_id, coursedir.student_id)):
        if wanted and os.path.isdir(folder):
            converter.assignments[folder] = [os.path.join(folder, name) for name in wanted]


def notebooks_given_out(coursedir: CourseDirectory, assignment: str) -> list[str]:
    """The notebooks that nbgrader has given out; none of an assignment that it does not know."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            return [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
        except MissingEntry:
            return []


def unreadable(coursedir: CourseDirectory) -> dict[str, str]:
    """By student, what of the hand-in the grader may not read: a folder that nbgrader passes over without a
    word, or a notebook that would cost its points.
    """
    found = {}
    for place in glob(
        str(course_folder(coursedir, "submitted", coursedir.student_id, coursedir.assignment_id).parent)
    ):
        hand_in = os.path.join(place, coursedir.assignment_id)
        for path in (place, hand_in, *glob(f"{escape(hand_in)}/*.ipynb")):
            mode = os.R_OK | os.X_OK if os.path.isdir(path) else os.R_OK
            if os.path.exists(path) and not os.path.islink(path) and not os.access(path, mode):
                found[os.path.basename(place)] = path
    return found


def receive(converter: Autograde, assignment: str, student: str) -> None:
    """Copy what belongs beside the notebooks of a submission, in nbgrader's place, and say what is left
    out.
    """
    coursedir = converter.coursedir
    folder, dest = (
        course_folder(coursedir, step, student, assignment) for step in ("submitted", "autograded")
    )
    _copy_timestamp(folder, dest)
    _copy_secret(folder, dest)
    brought, given = students_files(coursedir, assignment, student), _given(converter, assignment)
    kept = _beside_those(given, brought)
    for name, path in kept.items():
        write_over(dest / name, path.read_bytes())
    for name in given:  # nbgrader copies these, and stops at a folder in a file's place or the reverse
        _make_room(dest / name)
    if in_the_way := sorted(brought.keys() - kept.keys()):
        converter.log.warning(
            "%s: left out %s, as the course has a folder in place of this file, or a file in place of its "
            "folder",
            student,
            _first_few(in_the_way),
        )
    if not any(os.path.lexists(path) for path in converter.notebooks):
        converter.log.warning("%s: none of the notebooks was handed in", student)
    found = others(
        folder, _expected(coursedir, assignment) | {escape(Path(name).parts[0]) for name in brought}
    )
    if found:
        converter.log.warning(
            "%s: only the assignment's notebooks were read, not %s", student, _first_few(found)
        )


def _first_few(names: list[str]) -> str:
    return first_few(list(map(shown_name, names)), NAMED)


# --- what lies beside the notebooks -------------------------------------------------------------------------


def beside(converter: Autograde, assignment: str, student: str) -> dict[str, bytes]:
    """The files that a submission's notebooks find in their folder, by name: as nbgrader has it, the
    student's and over them the course's. There are none in an assignment of the course's sections, whose
    notebooks need none.
    """
    given = _given(converter, assignment)
    found = _beside_those(given, students_files(converter.coursedir, assignment, student)) | given
    return {name: path.read_bytes() for name, path in found.items()}


def _given(converter: Autograde, assignment: str) -> dict[str, Path]:
    """The course's files, by name, that take the place of students'."""
    return {} if assignment in ASSIGNMENTS else laid_beside(converter, assignment)


def laid_beside(converter: Autograde, assignment: str) -> dict[str, Path]:
    """The course's files, by name, that nbgrader copies to each hand-in."""
    coursedir, kept = converter.coursedir, converter.exclude_overwriting.get(assignment, [])
    source = course_folder(coursedir, "source", ".", assignment)
    found = {str(path.relative_to(source)): path for path in _files_in(source, coursedir.ignore)}
    return {name: path for name, path in found.items() if name not in kept}


def _beside_those(given: dict[str, Path], brought: dict[str, Path]) -> dict[str, Path]:
    """Of a student's files those that can lie in one folder with the course's: no file ``data`` beside a
    ``data/x.csv``, nor the reverse.
    """
    folders = {folder for name in given for folder in _folders(name)}
    return {
        name: path
        for name, path in brought.items()
        if name not in folders and given.keys().isdisjoint(_folders(name))
    }


def _folders(name: str) -> list[str]:
    return list(map(str, PurePath(name).parents))


def students_files(coursedir: CourseDirectory, assignment: str, student: str) -> dict[str, Path]:
    """The plain files that a student has handed in beside the notebooks, by name, as many as are taken."""
    folder = course_folder(coursedir, "submitted", student, assignment)
    if assignment in ASSIGNMENTS or folder.is_symlink():
        return {}
    found, room = {}, MAX_BESIDE
    for path in islice(_files_in(folder, [*coursedir.ignore, TIMESTAMP, SECRET]), LOOKED_AT):
        name, size = str(path.relative_to(folder)), _size(path)
        if size is not None and size <= room and name.isprintable():
            found[name] = path
            room -= size
    return found


def files_to_send(
    coursedir: CourseDirectory, student: str, notebooks: list[Path]
) -> dict[str, bytes | None] | None:
    """All that grading reads of a hand-in, to be read elsewhere: files by name, and None for what only counts
    as being there. None in its place where something odd is to be read, which only the folder itself shows.
    """
    folder = notebooks[0].parent
    if folder.is_symlink():
        return None
    with os.scandir(folder) as entries:
        found: dict[str, bytes | None] = dict.fromkeys(entry.name for entry in islice(entries, LOOKED_AT))
    for path in (*notebooks, folder / TIMESTAMP, folder / SECRET):
        if os.path.lexists(path):
            size = _size(path)
            if size is None or size > MAX_BYTES:
                return None
            found[path.name] = path.read_bytes()
    beside = students_files(coursedir, coursedir.assignment_id, student)
    return found | {name: path.read_bytes() for name, path in beside.items()}


def _files_in(folder: Path, ignore: list[str]) -> Iterator[Path]:
    """Whatever is no folder and no notebook, without what nbgrader is told to ignore."""

    def wanted(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in (*ignore, "*.ipynb"))

    for place, folders, names in os.walk(folder):
        folders[:] = sorted(filter(wanted, folders))
        yield from (Path(place, name) for name in sorted(filter(wanted, names)))


def _size(path: Path) -> int | None:
    """In bytes; None of what is no file, such as a link or a pipe, or cannot be read."""
    about = path.lstat()
    return about.st_size if stat.S_ISREG(about.st_mode) and os.access(path, os.R_OK) else None


def _copy_timestamp(folder: Path, dest: Path) -> None:
    """nbgrader compares it with that of a later hand-in."""
    try:
        date = timestamp(folder)
    except ValueError:
        return
    if date is not None:
        write_over(dest / TIMESTAMP, f"{date} UTC".encode())


def _copy_secret(folder: Path, dest: Path) -> None:
    """nbgrader release_feedback needs it: the exchange holds feedback under names that only the student's
    secret yields.
    """
    path = folder / SECRET
    try:
        if path.is_symlink() or not path.is_file():
            return
        with path.open("rb") as file:
            secret = file.read(LONGEST_SECRET)
    except OSError:
        return
    if secret.isascii():
        write_over(dest / SECRET, secret)


def write_over(path: Path, content: bytes) -> None:
    """Whatever is there, a file that may not be written to as well."""
    _make_room(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def _make_room(path: Path) -> None:
    """Of an earlier grading: a folder where a file is to be, a file where its folder is to be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    nearest = next(folder for folder in path.parents if os.path.lexists(folder))
    if not nearest.is_dir():
        nearest.unlink()


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
    given = [course_folder(coursedir, step, ".", assignment) for step in ("source", "release")]
    names = {escape(path.name) for folder in given if folder.is_dir() for path in folder.iterdir()}
    return names | {TIMESTAMP, SECRET, ".ipynb_checkpoints", "__pycache__", *coursedir.ignore}


def shown_name(name: str) -> str:
    """The name of a student's file, harmless in a log and in any file."""
    return printable(name, 60)
