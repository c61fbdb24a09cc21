"""The submissions that one run has to grade, and what becomes of them."""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future as Promise
from contextlib import suppress
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp
from nbgrader.converters.base import NbGraderException

from .. import extensions, handed_in, unfinished
from ..cells import as_given, is_check, unrunnable_tests
from ..coursedir import folder, gradebook, student_folders, students_in
from ..log import Log
from ..sandbox import SandboxUnavailable
from ..seeds import drawn
from ..stock import CommandFailed
from . import rows
from .saving import Saving
from .workers import fingerprint, grade_all
from .workplace import Course, Expected, Job, OneByOne, take_files


class Batch:
    """The submissions that one run has to grade, and what became of them."""

    def __init__(self, app: AutogradeApp, converter: OneByOne, force: bool):
        self.app, self.coursedir, self.converter, self.log = app, app.coursedir, converter, Log()
        app.log.handlers, app.log.propagate = [self.log], False
        self.graded: list[str] = []
        self.failed: dict[str, str] = {}
        self.noticed: list[str] = []
        root, assignment = Path(app.coursedir.root), app.coursedir.assignment_id
        left = unfinished.left_of_forced_run(root, assignment) if force else set()
        self.noticed += [
            f"{student}: grading was cut off the last time, so it began anew"
            for student in unfinished.clear(root)
        ]
        found = self._submissions()
        with gradebook(self.coursedir) as book:
            self.known = students_in(book, assignment)
        self.goes_on = left & found.keys()  # another --force run that was cut off is finished first
        self.pending = {student: paths for student, paths in found.items() if self._is_due(student, paths)}
        self.skipped = len(found) - len(self.pending)
        if force:
            self.pending = {
                student: paths
                for student, paths in self.pending.items()
                if self._is_ours(student, paths, forced=True)
            }

    # --- what there is to do --------------------------------------------------------------------------------

    def _submissions(self) -> dict[str, list[Path]]:
        """Students and the notebooks to grade: those that they handed in, and those that are missing."""
        try:
            self.converter.init_notebooks()
        except NbGraderException as error:
            if not self.converter.unreadable:
                raise CommandFailed(self._nothing_there() or str(error)) from None
        found = {}
        for paths in self.converter.assignments.values():
            student = self.converter.init_single_notebook_resources(paths[0])["nbgrader"]["student"]
            try:
                student.encode("utf-8")
            except UnicodeEncodeError:
                reason = "not graded, because the folder's name is not UTF-8; rename it"
                self.noticed.append(f"{handed_in.shown_name(student)}: {reason}")
            else:
                found[student] = sorted(map(Path, paths))
        for student, path in self.converter.unreadable.items():
            self.failed[student] = f"you may not read {path}"
        return dict(sorted(found.items()))

    def _nothing_there(self) -> str:
        """A sentence, where it is so."""
        assignment, student = self.coursedir.assignment_id, self.coursedir.student_id
        if student_folders(self.coursedir, "submitted", assignment, student):
            return ""
        whose = "hand-in" if student == "*" else f"hand-in of {student}"
        return f"{self.coursedir.submitted_directory}/ holds no {whose} for {assignment}."

    def _is_due(self, student: str, paths: list[Path]) -> bool:
        """As our converter decides it, without touching anything."""
        coursedir = self.coursedir
        if student in coursedir.student_id_exclude.split(",") or (
            self.goes_on and student not in self.goes_on
        ):
            return False
        dest = self._dest(student)
        there = (
            dest.exists()
            if coursedir.notebook_id == "*"
            else all((dest / path.name).exists() for path in paths)
        )
        if self.converter.force or not there or student not in self.known:
            return True
        new, old = map(handed_in.time_if_any, (paths[0].parent, dest))
        return bool(new and old and new > old)

    def _is_ours(self, student: str, paths: list[Path], forced: bool) -> bool:
        """Notes that this run, with --force or without, has the submission before it."""
        try:
            self.converter.notes.hold(self.coursedir, student, paths, forced)
        except BlockingIOError:
            self.failed[student] = "another process is grading it at this moment"
            return False
        return True

    def _dest(self, student: str) -> Path:
        return folder(self.coursedir, "autograded", student, self.coursedir.assignment_id)

    # --- grading --------------------------------------------------------------------------------------------

    def grade_here(self, book: Gradebook, expected: Promise[Expected]) -> Iterator[str]:
        """Grade what is pending, one after the other; yields each student who is graded, or has failed."""
        with suppress(SandboxUnavailable):  # the submission says so
            self.converter.sandbox.warm_up()
        self.converter.traces = expected.result()
        for student in filter(partial(self._begins, book), self.pending):
            yield self._graded_here(student)

    def grade(self, client, book: Gradebook, expected: Promise[Expected]) -> Iterator[str]:
        """The same on the workers. Raises CommandFailed."""
        course = self.course(book)
        odd: list[str] = []
        saving = Saving(self.converter, self.pending)
        for done in grade_all(client, course, expected, self._jobs(book, odd)):
            self.log.clear()
            reason = done.error or saving.save(done, course, book)
            yield self._ended(done.student, reason, done.noticed)
        yield from map(self._graded_here, odd)

    def _ended(self, student: str, reason: str, noticed: list[str]) -> str:
        if reason:
            self.failed[student] = reason
        else:
            self.graded.append(student)
            self.noticed += noticed
        return student

    def tests(self, book: Gradebook) -> list[str]:
        """The sources of the course's checks, with this run's seeds. Notices tests that are no Python."""
        assignment, found = self.coursedir.assignment_id, []
        for notebook in book.find_assignment(assignment).notebooks:
            given = as_given(book, notebook.name, assignment)
            found += [
                drawn(cell.source, self.converter.key) for cell in given.cells.values() if is_check(cell)
            ]
            for name, problem in unrunnable_tests(given).items():
                self.noticed.append(f"{notebook.name}, {name}: nobody can pass this test of yours, {problem}")
        return found

    def course(self, book: Gradebook) -> Course:
        """What workers need beside the hand-ins."""
        assignment = self.coursedir.assignment_id
        source, release = (folder(self.coursedir, step, ".", assignment) for step in ("source", "release"))
        dates = Path(self.coursedir.root, extensions.FILE)
        with book.engine.connect() as connection:
            of_course = rows.of_course(connection, assignment)
        return Course(
            run=uuid.uuid4().hex,
            version=fingerprint(),
            assignment=assignment,
            notebook=self.coursedir.notebook_id,
            config=self.app.config,
            key=self.converter.key,
            rows=of_course,
            source=take_files(source),
            release=[path.name for path in release.iterdir()] if release.is_dir() else [],
            extensions=dates.read_bytes() if dates.is_file() else None,
        )

    def _jobs(self, book: Gradebook, odd: list[str]) -> Iterator[Job]:
        """What can be sent to a worker; ``odd`` gets the others."""
        for student in filter(partial(self._begins, book), self.pending):
            paths = self.pending[student]
            files = handed_in.files_to_send(self.coursedir, student, paths)
            if files is None:
                odd.append(student)
                continue
            with book.engine.connect() as connection:
                known = rows.of_student(connection, self.coursedir.assignment_id, student)
            yield Job(student, [path.stem for path in paths], files, known)

    def _begins(self, book: Gradebook, student: str) -> bool:
        """Another run may be at work on the same course: what it has begun is its own. A note holds the rest
        for this one.
        """
        paths = self.pending[student]
        self.known |= students_in(book, self.coursedir.assignment_id, student)
        if not self._is_ours(student, paths, forced=False):
            return False
        if not self._is_due(student, paths):
            self.converter.notes.drop(self.coursedir, student)
            self.skipped += 1
            return False
        self.converter.begin(student, paths)
        self.converter.run_pre_convert_hook()
        return True

    def _graded_here(self, student: str) -> str:
        """As nbgrader does it, also where a hand-in cannot be sent away as it is."""
        self.log.clear()
        reason = ""
        try:
            self.converter.grade(student, self.pending[student])
        except Exception as error:
            reason = self.log.reason(error)
        return self._ended(student, reason, self.log.noticed())
