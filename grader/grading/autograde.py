"""Autograde all submissions of an assignment in parallel.

Same results, gradebook and folders as ``nbgrader autograde``, which grades one submission after the other:
workers run the notebooks in their sandboxes, then nbgrader itself judges and saves. A run that was cut off
goes on where it stopped when the same command is started again.
"""

import argparse
import glob
import logging
import os
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.api import Assignment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import AutogradeApp, NbGrader
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from tqdm import tqdm

from mytorch.check.reference import warm_up

from . import collected, handed_in, unfinished
from .converter import Grading
from .coursedir import folder, gradebook, load, one_gradebook
from .coursedir import handed_in as handed_in_by
from .execute import RunSubmission, seconds_a_cell, sources
from .sandbox import Recording
from .stock import CommandFailed
from .submissions import RepairCells, read
from .workers import Done, Job, fingerprint, record_all, workers

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
    converter = GradingOfRecordings(coursedir=app.coursedir, parent=app)
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
    threading.Thread(target=warm_up, daemon=True).start()  # the judge's torch, while the workers start
    warnings.simplefilter("ignore", SAWarning)  # from nbgrader's own queries
    with (
        one_gradebook(),
        workers(scheduler, len(batch.pending)) as client,
        tqdm(total=len(batch.pending), unit="submission", smoothing=0.1) as bar,
    ):
        for _ in batch.grade(client):
            bar.update()


def require_ready(converter: Grading) -> None:
    """Raises CommandFailed when nothing could be graded anyway."""
    try:
        converter.prepare()
    except NbGraderException as error:
        raise CommandFailed(str(error)) from None
    assignment = converter.coursedir.assignment_id
    with gradebook(converter.coursedir) as book:
        if assignment not in {one.name for one in book.assignments}:
            advice = f"Run 'nbgrader generate_assignment {assignment}' first."
            raise CommandFailed(f"The gradebook knows no assignment {assignment}. {advice}")


class Batch:
    """The submissions that one run has to grade, and what became of them."""

    def __init__(self, app: AutogradeApp, converter: "GradingOfRecordings", force: bool):
        self.app, self.converter, self.log = app, converter, Log()
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
        self.goes_on = left & found.keys()  # another --force run that was cut off is finished first
        self.pending = {student: paths for student, paths in found.items() if self._is_due(student, paths)}
        self.skipped = len(found) - len(self.pending)
        if force:
            self.pending = {
                student: paths for student, paths in self.pending.items() if self._is_ours(student, paths)
            }

    # --- what there is to do --------------------------------------------------------------------------------

    def _submissions(self) -> dict[str, list[Path]]:
        """Students and the notebooks to grade: those that they handed in, and those that are missing."""
        try:
            self.converter.init_notebooks()
        except NbGraderException as error:
            raise CommandFailed(str(error)) from None
        found = {}
        for paths in self.converter.assignments.values():
            student = self.converter.init_single_notebook_resources(paths[0])["nbgrader"]["student"]
            try:
                student.encode("utf-8")
            except UnicodeEncodeError:
                reason = "not graded, because the folder's name is not UTF-8; rename it"
                self.noticed.append(f"{handed_in.shown(student)}: {reason}")
            else:
                found[student] = sorted(map(Path, paths))
        return dict(sorted(found.items()))

    def _is_due(self, student: str, paths: list[Path]) -> bool:
        """As nbgrader decides it, without touching anything."""
        coursedir = self.app.coursedir
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
        if self.converter.force or not there:
            return True
        new, old = _timestamp(paths[0].parent), _timestamp(dest)
        return bool(new and old and new > old)

    def _is_ours(self, student: str, paths: list[Path]) -> bool:
        """Notes that a run with --force has this submission before it."""
        try:
            self.converter.notes.hold(self.app.coursedir, student, paths, forced=True)
        except BlockingIOError:
            self.failed[student] = "another process is grading it at this moment"
            return False
        return True

    def _dest(self, student: str) -> Path:
        return folder(self.app.coursedir, "autograded", student, self.app.coursedir.assignment_id)

    # --- recording, on the workers --------------------------------------------------------------------------

    def grade(self, client) -> Iterator[str]:
        """Grade what is pending; yields each student when it is saved, or has failed. Raises
        CommandFailed.
        """
        for done in record_all(client, self._jobs()):
            student = done.job.student
            reason = done.error or self._save(done)
            if reason:
                self.failed[student] = reason
            else:
                self.graded.append(student)
            yield student

    def _jobs(self) -> Iterator[Job]:
        limits, seconds = dict(self.app.config.Sandbox), seconds_a_cell(RunSubmission(config=self.app.config))
        for student, paths in self.pending.items():
            files = handed_in.beside(self.converter, self.app.coursedir.assignment_id, student)
            yield Job(student, self._cells(student, paths), limits, seconds, fingerprint(), files)

    def _cells(self, student: str, paths: list[Path]) -> dict[str, list[tuple[str, bool]]]:
        """What there is to run. A notebook that cannot be prepared is left to nbgrader, which says why."""
        coursedir, cells = self.app.coursedir, {}
        for path in paths:
            notebook, problem = read(path)
            where = {
                "student": student,
                "assignment": coursedir.assignment_id,
                "notebook": path.stem,
                "db_url": coursedir.db_url,
            }
            try:
                if not problem:
                    notebook, _ = RepairCells(config=self.app.config).preprocess(
                        notebook, {"nbgrader": where}
                    )
                    cells[path.stem] = sources(
                        [cell for cell in notebook.cells if cell.cell_type == "code"], self.converter.key
                    )
            except (MissingEntry, SQLAlchemyError):
                pass
        return cells

    # --- judging and saving, by nbgrader --------------------------------------------------------------------

    def _save(self, done: Done) -> str:
        """Let nbgrader grade the submission with the recordings. Returns why it could not, or an empty
        string.
        """
        for attempt in range(TRIES):
            self.log.clear()
            try:
                self.converter.grade(self.pending[done.job.student], done)
            except Exception as error:
                reason = self.log.reason() or f"{type(error).__name__}: {error}"
            else:
                self.noticed += self.log.noticed()
                return ""
            if "database is locked" not in reason:
                return reason
            time.sleep(attempt)
        return "the gradebook is locked by another program"

    # --- what became of them --------------------------------------------------------------------------------

    def summary(self, seconds: float) -> str:
        lines = [f"Graded {_count(len(self.graded), 'submission')} in {seconds:.0f} s"]
        if self.graded:
            lines[0] += f", {seconds / len(self.graded):.2f} s each"
        if self.skipped:
            lines.append(
                f"{_count(self.skipped, 'submission')} left as they are: graded already (--force grades them "
                "again)"
            )
        if self.goes_on:
            lines.append(
                "This went on with a --force run that had been cut off; start it again to grade everything "
                "anew."
            )
        lines += (
            ["", "Seen on the way:", *(f"  {sentence}" for sentence in self.noticed)] if self.noticed else []
        )
        lines += self._waiting()
        lines += not_collected(self.app)
        lines += (
            ["", "Not graded:", *(f"  {student}: {reason}" for student, reason in self.failed.items())]
            if self.failed
            else []
        )
        return "\n".join(lines)

    def _waiting(self) -> list[str]:
        """How much of the assignment somebody has to read before it can be returned."""
        with gradebook(self.app.coursedir) as book:
            found = (
                book.db.query(SubmittedAssignment.id)
                .select_from(Grade)
                .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
                .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .filter(Assignment.name == self.app.coursedir.assignment_id, Grade.needs_manual_grade)
                .all()
            )
        if not found:
            return []
        count, submissions = _count(len(found), "answer"), _count(len(set(found)), "submission")
        return ["", f"{count} of {submissions} to be graded by hand: the formgrader, Manual Grading"]


class GradingOfRecordings(Grading):
    """Grading of one submission after the other, each with what a worker has recorded of it."""

    done: Done | None = None  # with the submission in work

    def grade(self, paths: list[Path], done: Done) -> None:
        """Grade these notebooks, which need not be there. ``prepare`` comes first, once. Raises
        NbGraderException.
        """
        self.done, self.paths = done, paths
        self.coursedir.student_id = glob.escape(done.job.student)
        try:
            super(Grading, self).start()
        finally:
            self.sandbox.close()

    def init_notebooks(self) -> None:
        if self.done:
            self.assignments = {str(self.paths[0].parent): list(map(str, self.paths))}
        else:
            super().init_notebooks()

    def record(self, notebook: str, cells: list[tuple[str, bool]], seconds: float) -> Recording:
        """What the worker recorded, if it ran the same cells beside the same files."""
        if self.done.job.notebooks.get(notebook) == cells and self.done.job.files == self.files:
            return self.done.recordings[notebook]
        return super().record(notebook, cells, seconds)


def not_collected(app: NbGrader) -> list[str]:
    """Those of whom ``grader collect`` could take nothing, and what is nobody's."""
    found = collected.read(app, app.coursedir.assignment_id)
    there = handed_in_by(app.coursedir, app.coursedir.assignment_id)
    refused = sorted(found.refused.items())
    reasons = {student: f"{reason}." for student, reason in refused if student not in there}
    reasons |= {name: "Nothing tells whose it is." for name in map(handed_in.shown, found.nobodys)}
    lines = [f"  {who}: {reason}" for who, reason in list(reasons.items())[:LISTED]]
    more = [f"  and {len(reasons) - LISTED} more"] if len(reasons) > LISTED else []
    where = os.path.relpath(found.list_of_refused)
    return ["", f"Handed in, but not collected ({where}):", *lines, *more] if reasons else []


def _timestamp(folder: Path) -> datetime | None:
    try:
        return handed_in.timestamp(folder)
    except ValueError:
        return None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


class Log(logging.Handler):
    """What nbgrader and our steps say about one submission."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def clear(self) -> None:
        self.records.clear()

    def noticed(self) -> list[str]:
        """The sentences of our own steps."""
        return [
            record.getMessage()
            for record in self.records
            if Path(record.pathname).is_relative_to(Path(__file__).parents[1])
        ]

    def reason(self) -> str:
        """The last line of the first traceback, which nbgrader logs before it goes on."""
        errors = [record.getMessage() for record in self.records if record.levelno >= logging.ERROR]
        tracebacks = [text for text in errors if "Traceback" in text] or errors
        return tracebacks[0].strip().splitlines()[-1] if tracebacks else ""
