"""Autograde all submissions of an assignment in parallel.

Same results, gradebook and folders as ``nbgrader autograde``, which grades one submission after the other:
workers do just that, each in a place of its own, and what comes of it is saved here. A run that was cut off
goes on where it stopped when the same command is started again.
"""

import argparse
import fnmatch
import os
import time
import uuid
import warnings
from collections.abc import Iterator
from concurrent.futures import Future as Promise
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path

from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import AutogradeApp, NbGrader
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import rmtree
from sqlalchemy.exc import OperationalError, SAWarning
from tqdm import tqdm

from mytorch.characters import counted
from mytorch.check.judge import TrustedCellError, expected_traces

from .. import collected, extensions, handed_in, unfinished
from ..advice import GENERATE
from ..cells import as_given, is_check, unrunnable_tests
from ..coursedir import (
    find_assignment,
    folder,
    gradebook,
    load,
    require_writable,
    student_folders,
    students_in,
)
from ..handed_in import write_over
from ..log import Log
from ..one_gradebook import one_gradebook
from ..sandbox import SandboxUnavailable
from ..seeds import drawn
from ..stock import CommandFailed
from . import rows
from .loading import uncollected
from .workers import fingerprint, grade_all, workers
from .workplace import Course, Done, Expected, Job, OneByOne, put_files, take_files

LISTED = 20  # that were not collected
TRIES = 3  # when the gradebook is locked by another program


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", help="the folder's name in source/")
    parser.add_argument("--student", default="*", metavar="ID", help="only this student (or a pattern: 'a*')")
    parser.add_argument(
        "--notebook", default="*", metavar="NAME", help="only this notebook (or a pattern: '0[1-3]*')"
    )
    parser.add_argument(
        "--force", action="store_true", help="grade again what is graded; points given by hand are kept"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a Dask scheduler, such as tcp://host:8786; default: all cores here",
    )
    parser.add_argument(
        "--no-sandbox",
        action="store_true",
        help="run students' code as you, unprotected; noted in the results",
    )


def run(args: argparse.Namespace) -> None:
    app = load(app_class=AutogradeApp, argv=(args.assignment, *(["--force"] if args.force else [])))
    app.coursedir.assignment_id, app.coursedir.notebook_id = args.assignment, args.notebook
    app.coursedir.student_id = args.student
    if args.no_sandbox:
        app.config.Sandbox.isolation = "none"
    converter = OneByOne(coursedir=app.coursedir, parent=app)
    require_ready(converter)
    batch = Batch(app, converter, args.force)
    started = time.monotonic()
    try:
        if batch.pending:
            grade(batch, args.scheduler)
    except KeyboardInterrupt:
        raise CommandFailed(
            "Stopped. What is graded stays; start the same command again for the rest."
        ) from None
    finally:
        converter.sandbox.end()
        converter.notes.close()
        print(batch.summary(time.monotonic() - started))
    if batch.failed:
        raise CommandFailed(
            "Some submissions could not be graded; the reasons stand above. Start the command again for them."
        )


def grade(batch: "Batch", scheduler: str | None) -> None:
    """With a progress bar. Raises CommandFailed when there are no workers."""
    warnings.simplefilter("ignore", SAWarning)  # from nbgrader's own queries
    with one_gradebook(), gradebook(batch.coursedir) as book, ThreadPoolExecutor(1) as pool:
        # it needs PyTorch, which is imported while sandboxes start, in workers or here
        expected = pool.submit(expected_by, batch.tests(book))
        # a worker takes longer to start than one submission to be graded
        alone = len(batch.pending) == 1 and not scheduler
        with (
            nullcontext() if alone else workers(scheduler, len(batch.pending)) as client,
            tqdm(total=len(batch.pending), unit="submission", smoothing=0.1) as bar,
        ):
            for _ in batch.grade_here(book, expected) if alone else batch.grade(client, book, expected):
                bar.update()


def require_ready(converter: OneByOne) -> None:
    """Raises CommandFailed when nothing could be graded anyway."""
    try:
        converter.prepare()
    except NbGraderException as error:
        raise CommandFailed(str(error)) from None
    coursedir, assignment = converter.coursedir, converter.coursedir.assignment_id
    require_writable(coursedir, coursedir.autograded_directory, unfinished.NOTES)
    with gradebook(coursedir) as book:
        notebooks = [notebook.name for notebook in find_assignment(book, assignment).notebooks]
        if not notebooks:
            raise CommandFailed(f"{assignment} has no notebook yet: {GENERATE} puts it in.")
        if not fnmatch.filter(notebooks, coursedir.notebook_id):
            has = f"it has {', '.join(notebooks)}"
            raise CommandFailed(f"{assignment} has no notebook {coursedir.notebook_id}: {has}.")


class Batch:
    """The submissions that one run has to grade, and what became of them."""

    def __init__(self, app: AutogradeApp, converter: OneByOne, force: bool):
        self.app, self.coursedir, self.converter, self.log = app, app.coursedir, converter, Log()
        app.log.handlers, app.log.propagate = [self.log], False
        self.graded: list[str] = []
        self.failed: dict[str, str] = {}
        self.noticed: list[str] = []
        self.given: dict[str, Path] = {}  # of the course's files, the copy that was put down last
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
                raise CommandFailed(str(error)) from None
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
        for done in grade_all(client, course, expected, self._jobs(book, odd)):
            reason = done.error or self._save(done, course, book)
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

    # --- saving ---------------------------------------------------------------------------------------------

    def _save(self, done: Done, course: Course, book: Gradebook) -> str:
        """Returns why it could not be saved, or an empty string."""
        self.log.clear()
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
        assignment, dest = self.coursedir.assignment_id, self._dest(student)
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

    # --- what became of them --------------------------------------------------------------------------------

    def summary(self, seconds: float) -> str:
        lines = [f"Graded {counted(len(self.graded), 'submission')} in {seconds:.0f} s"]
        if self.graded:
            lines[0] += f", {seconds / len(self.graded):.2f} s each"
        if self.skipped:
            lines.append(
                f"{counted(self.skipped, 'submission')} left as they are: graded already (--force grades "
                "them again)"
            )
        if self.goes_on:
            lines.append(
                "This went on with a --force run that had been cut off; start it again to grade everything "
                "anew."
            )
        lines += _below("Seen on the way:", self.noticed)
        lines += self._waiting()
        lines += not_collected(self.app)
        lines += _below("Not graded:", [f"{student}: {reason}" for student, reason in self.failed.items()])
        return "\n".join(lines)

    def _waiting(self) -> list[str]:
        """How much of the assignment somebody has to read before it can be returned."""
        with gradebook(self.coursedir) as book:
            found = (
                book.db.query(SubmittedAssignment.id)
                .select_from(Grade)
                .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
                .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .filter(Assignment.name == self.coursedir.assignment_id, Grade.needs_manual_grade)
                .all()
            )
        if not found:
            return []
        count, submissions = counted(len(found), "answer"), counted(len(set(found)), "submission")
        return ["", f"{count} of {submissions} to be graded by hand: the formgrader, Manual Grading"]


def expected_by(tests: list[str]) -> Expected:
    """Traces of PyTorch's classes. Of a test that cannot be run every submission's verdict says so."""
    found = {}
    with uncollected():
        for test in tests:
            with suppress(TrustedCellError, ImportError):
                found[test] = expected_traces(test)
    return found


def not_collected(app: NbGrader) -> list[str]:
    """Those of whom ``grader collect`` could take nothing, and what is nobody's."""
    found = collected.read(app, app.coursedir.assignment_id)
    there = student_folders(app.coursedir, "submitted", app.coursedir.assignment_id)
    refused = sorted(found.refused.items())
    reasons = {student: f"{reason}." for student, reason in refused if student not in there}
    reasons |= {name: "Nothing tells whose it is." for name in map(handed_in.shown_name, found.nobodys)}
    lines = [f"{who}: {reason}" for who, reason in list(reasons.items())[:LISTED]]
    lines += [f"and {len(reasons) - LISTED} more"] if len(reasons) > LISTED else []
    return _below(f"Handed in, but not collected ({os.path.relpath(found.list_of_refused)}):", lines)


def _below(title: str, sentences: list[str]) -> list[str]:
    """The lines of a part of the summary; none where there is nothing to say."""
    return ["", title, *(f"  {sentence}" for sentence in sentences)] if sentences else []
