"""The course at the current folder, as nbgrader's configuration describes it: folders, gradebook, course
id.
"""

import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Assignment, Grade, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mytorch.characters import listed

from .advice import GENERATE
from .stock import CommandFailed, said_of

CONFIG = "nbgrader_config.py"
PATTERN = frozenset("*?[]{}")  # what glob and str.format read


def load(
    root: Path | None = None, app_class: type[NbGrader] = NbGrader, argv: tuple[str, ...] = ()
) -> NbGrader:
    """An nbgrader application with the configuration of the course at ``root``; by default the current
    folder.

    Its ``coursedir`` knows the folders and ``db_url``, its ``config`` everything else. Raises CommandFailed
    when there is no course at ``root``, or at a path that nbgrader cannot work with, or when its
    configuration cannot be loaded: nbgrader itself goes on without.
    """
    root = Path(root or Path.cwd()).resolve()
    if not (root / CONFIG).is_file():
        raise CommandFailed(f"No {CONFIG} in {root}: run this in the course's folder.")
    if found := sorted(set(str(root)) & PATTERN):
        raise CommandFailed(
            f"nbgrader takes {' '.join(found)} in a path for a pattern and finds nothing in {root}: rename "
            "the folder."
        )
    app = app_class(log_level="WARN", raise_config_file_errors=True)
    try:
        app.initialize(list(argv), root=str(root))
    except Exception as error:
        raise CommandFailed(said_of(error, root / CONFIG) or f"{root / CONFIG}: {error}") from error
    return app


def folder(coursedir: CourseDirectory, step: str, student: str, assignment: str) -> Path:
    """The folder of a submission in a step: "submitted", "autograded", "feedback" (student "." for "source",
    "release").
    """
    return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, assignment))


def student_folders(
    coursedir: CourseDirectory, step: str, assignment: str, students: str = "*"
) -> dict[str, Path]:
    """The students with a folder in a step ("submitted", "autograded"), found as nbgrader finds them, in the
    order of their ids. ``students``: only those of this pattern.
    """
    place = getattr(coursedir, f"{step}_directory")
    pattern = coursedir.format_path(
        re.escape(place), "(?P<student>[^/\\\\]+)", re.escape(assignment), escape=True
    )
    paths = filter(os.path.isdir, glob.glob(coursedir.format_path(place, students, assignment)))
    found = {match["student"]: Path(path) for path in paths if (match := re.fullmatch(pattern, path))}
    return dict(sorted(found.items()))


def students_in(book: Gradebook, assignment: str, student: str | None = None) -> set[str]:
    """Of whom, or whether of this one, the gradebook holds a submission."""
    found = book.db.query(SubmittedAssignment.student_id).join(
        Assignment, SubmittedAssignment.assignment_id == Assignment.id
    )
    found = found.filter(Assignment.name == assignment)
    if student is not None:
        found = found.filter(SubmittedAssignment.student_id == student)
    return {id for (id,) in found}


def full_names(coursedir: CourseDirectory) -> dict[str, str]:
    """Of the gradebook's students, by id; of those who have one. None where no gradebook can be read."""
    try:
        if not has_gradebook(coursedir):
            return {}
        with gradebook(coursedir) as book:
            names = {one.id: f"{one.first_name or ''} {one.last_name or ''}".strip() for one in book.students}
    except CommandFailed:
        return {}
    return {student: name for student, name in names.items() if name}


def has_gradebook(coursedir: CourseDirectory) -> bool:
    """Opening one that is not there would make it. Raises CommandFailed when its address is none, or its file
    is empty.
    """
    try:
        url = make_url(coursedir.db_url)
    except ArgumentError as error:
        raise CommandFailed(f"This is no address of a gradebook: {error}") from error
    if url.get_backend_name() != "sqlite":
        return True
    path = Path(url.database or "")
    if path.is_file() and not path.stat().st_size:
        raise CommandFailed(
            f"{path} is an empty file and no gradebook: put a copy back, or delete it, and {GENERATE} "
            "makes one."
        )
    return path.is_file()


def require_writable(coursedir: CourseDirectory, *folders: str) -> None:
    """Before what takes long: in these folders of the course and in a gradebook that is a file, its results
    are kept. Raises CommandFailed.
    """
    url = make_url(coursedir.db_url)
    places = [Path(coursedir.root, name) for name in folders]
    if url.get_backend_name() == "sqlite":
        book = Path(url.database or "")
        places += [book, book.parent]  # where SQLite keeps its journal
    there = {next(path for path in (place, *place.parents) if path.exists()) for place in places}
    refused = [str(path) for path in sorted(there) if not os.access(path, os.W_OK)]
    if refused:
        raise CommandFailed(
            f"You may not write to {listed(refused)}, so no result could be kept. If that is yours, "
            "'chmod u+w' allows it."
        )


@contextmanager
def gradebook(coursedir: CourseDirectory) -> Iterator[Gradebook]:
    """The course's gradebook. Raises CommandFailed when there is none, or it cannot be used."""
    if not has_gradebook(coursedir):
        raise CommandFailed(f"There is no gradebook yet: {GENERATE} makes it.")
    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as opened:
            for table in (Student, Grade):
                opened.db.query(table).first()  # an older one lacks columns
            yield opened
    except (SQLAlchemyError, ImportError) as error:  # the latter: the database's driver is not installed
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        url = make_url(coursedir.db_url)
        place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        upgrade = " An older nbgrader's needs 'nbgrader db upgrade'." if " column" in reason else ""
        raise CommandFailed(f"The gradebook {place} cannot be used: {reason}.{upgrade}") from error


def find_assignment(book: Gradebook, name: str) -> Assignment:
    """Raises CommandFailed, with the names of those that there are."""
    try:
        return book.find_assignment(name)
    except MissingEntry:
        known = ", ".join(sorted(one.name for one in book.assignments)) or "none"
        raise CommandFailed(
            f"The gradebook has no assignment {name}; it has: {known}. {GENERATE} puts one in."
        ) from None
