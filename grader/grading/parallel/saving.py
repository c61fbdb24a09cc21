"""What workers have made of submissions, put into the course."""

import time
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.utils import rmtree
from sqlalchemy.exc import OperationalError

from ..coursedir import folder
from ..handed_in import write_over
from . import rows
from .workplace import Course, Done, OneByOne, put_files

TRIES = 3  # when the gradebook is locked by another program


class Saving:
    """``pending``: the notebooks of each student, as the converter wants them."""

    def __init__(self, converter: OneByOne, pending: dict[str, list[Path]]):
        self.converter, self.coursedir, self.pending = converter, converter.coursedir, pending
        self.given: dict[str, Path] = {}  # of the course's files, the copy that was put down last

    def save(self, done: Done, course: Course, book: Gradebook) -> str:
        """Returns why it could not be saved, or an empty string."""
        for attempt in range(TRIES):
            try:
                self._put(done, course, book)
            except OperationalError as error:
                if "database is locked" not in str(error):
                    return str(error.orig)
                time.sleep(attempt)
            except (OSError, rows.Conflict) as error:
                return f"{type(error).__name__}: {error}"
            else:
                return ""
        return "the gradebook is locked by another program"

    def _put(self, done: Done, course: Course, book: Gradebook) -> None:
        """nbgrader's steps around a submission, with what a worker has made of it in their middle."""
        converter, student = self.converter, done.student
        assignment = self.coursedir.assignment_id
        dest = folder(self.coursedir, "autograded", student, assignment)
        self.converter.begin(student, self.pending[student])
        converter.init_destination(assignment, student)
        with book.engine.begin() as connection:
            rows.bring(connection, done.changes)
        try:
            self._put_given(dest, {name: course.source[name] for name in done.given})
            put_files(dest, done.files)
            converter.set_permissions(assignment, student)
        except OSError:
            if dest.exists() and self.coursedir.notebook_id == "*":
                rmtree(str(dest))
            raise  # of a part of it a note is left, by which the next run clears it away
        converter.run_post_convert_hook()

    def _put_given(self, dest: Path, files: dict[str, bytes]) -> None:
        """The course's own files, which are most of a megabyte: written once, and linked to from then on."""
        for name, content in files.items():
            path = dest / name
            try:
                path.hardlink_to(self.given[name])
            except (KeyError, OSError):  # the first, in a new folder, or the system will not have it
                write_over(path, content)
                self.given[name] = path
