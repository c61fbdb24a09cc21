"""nbgrader's autograding, for hand-ins that may be anything."""

import os
from collections.abc import Mapping
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import setenv

from mytorch.check.trace import Trace
from mytorch.course import ASSIGNMENTS

from . import extensions, handed_in, lacking, unfinished
from .coursedir import folder, require_writable, students_in
from .execute import IN_WORK, InWork
from .one_gradebook import one_gradebook
from .sandbox import Sandbox, SandboxUnavailable
from .seeds import new_key
from .stock import CommandFailed


class NothingCopied(BaseConverter):
    """In place of nbgrader's copy of what lies beside the notebooks, which reads a folder once an entry.

    ``receive`` takes what belongs there.
    """

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        pass


class Grading(Autograde, NothingCopied):
    """nbgrader's converter, in nbgrader's own steps. nbgrader_config.py gives it to nbgrader's commands.

    Only what belongs to a hand-in is read, each submission runs in a sandbox of its own, and what a killed
    run has left begins anew.
    """

    def __init__(self, coursedir=None, **kwargs):
        super().__init__(coursedir=coursedir, **kwargs)
        self.sandbox = Sandbox(config=self.config)  # of the submission in work
        self.notes = unfinished.Notes()
        self.unreadable: dict[str, str] = {}  # what of a student's submission the grader may not read
        self.expected: dict[str, set[str]] = {}  # named cells by notebook
        self.key = new_key()  # of the hidden tests' seeds
        self.traces: Mapping[str, tuple[Trace, ...]] = {}  # that tests expect, where somebody has found out
        self.student = ""  # in work
        self.files: dict[str, bytes] = {}  # beside its notebooks

    def start(self) -> None:
        try:
            self.prepare()
            require_writable(self.coursedir, self.coursedir.autograded_directory, unfinished.NOTES)
        except (NbGraderException, CommandFailed) as error:
            self.log.error("%s", error)  # nbgrader ends without a word
            raise NbGraderException(str(error)) from None
        for student in unfinished.clear(Path(self.coursedir.root)):
            self.log.warning("Grading of %s was cut off, so it begins anew", student)
        try:
            with one_gradebook():
                super().start()
        finally:
            self.sandbox.end()
            self.notes.close()
            for student, path in self.unreadable.items():
                self.log.error("%s is not graded: you may not read %s", student, path)
        if self.unreadable:
            raise NbGraderException("Some submissions could not be read")

    def prepare(self) -> None:
        """Before the first submission. Raises NbGraderException where students' code cannot be kept apart, or
        extensions cannot be read.
        """
        try:
            self.sandbox.require()
            extensions.read(self.coursedir)
        except (SandboxUnavailable, CommandFailed) as error:
            raise NbGraderException(str(error)) from None
        self.coursedir = handed_in.TolerantCourseDirectory.like(self.coursedir, parent=self)
        self.preprocessors = [*self.sanitize_preprocessors, *self.autograde_preprocessors]
        self.expected = lacking.named_cells(self.coursedir, self.coursedir.assignment_id)
        self.sandbox.only_numpy = self.coursedir.assignment_id in ASSIGNMENTS

    def init_notebooks(self) -> None:
        self.unreadable = handed_in.unreadable(self.coursedir)
        super().init_notebooks()
        handed_in.complete(self)
        for student in self.unreadable:
            self.assignments.pop(self._format_source(self.coursedir.assignment_id, student), None)

    def init_single_notebook_resources(self, notebook_filename: str) -> dict:
        work = InWork(self.key, self.sandbox, self.files, self.traces)
        return super().init_single_notebook_resources(notebook_filename) | {IN_WORK: work}

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """nbgrader takes a folder in autograded/ for graded, also where the gradebook knows nothing of it."""
        forced = self.force
        if folder(self.coursedir, "autograded", student_id, assignment_id).exists():
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                self.force = forced or not students_in(gradebook, assignment_id, student_id)
        try:
            return super().init_destination(assignment_id, student_id)
        finally:
            self.force = forced

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Begin with a submission: nbgrader has decided that it is to be graded, and copied nothing yet."""
        self.sandbox.close()  # of one that failed
        self.student = student_id
        try:
            self.notes.hold(self.coursedir, student_id, self.notebooks)
        except BlockingIOError:
            self.log.error("%s is being graded by another process at this moment", student_id)
        except OSError as error:
            self.log.error("%s: no note can be kept of work that may be cut off: %s", student_id, error)
        handed_in.receive(self, assignment_id, student_id)
        self.files = handed_in.beside(self, assignment_id, student_id)
        self._say_what_is_lacking(assignment_id, student_id)
        super().init_assignment(assignment_id, student_id)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            extensions.apply(gradebook, self.coursedir, assignment_id, student_id)

    def _say_what_is_lacking(self, assignment: str, student: str) -> None:
        """Of the notebooks that are graded now; a hand-in without any was told of already."""
        paths = [path for path in map(Path, self.notebooks) if os.path.lexists(path)]
        wanted = {Path(path).stem for path in self.notebooks}
        expected = {name: cells for name, cells in self.expected.items() if name in wanted}
        if paths:
            for sentence in lacking.what_is_lacking(
                {path.stem: path for path in paths}, expected, assignment
            ):
                self.log.warning("%s: %s", student, sentence)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """nbgrader's two passes in one: what it would write after the first, it would read for the second."""
        with setenv(NBGRADER_EXECUTION="autograde"):
            BaseConverter.convert_single_notebook(self, notebook_filename)

    def run_post_convert_hook(self) -> None:
        """End with a submission: it is graded to its end, and nothing that it started is alive."""
        super().run_post_convert_hook()
        self.sandbox.close()
        self.notes.drop(self.coursedir, self.student)
