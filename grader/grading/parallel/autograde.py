"""Autograde all submissions of an assignment in parallel.

Same results, gradebook and folders as ``nbgrader autograde``, which grades one submission after the other:
workers do just that, each in a place of its own, and what comes of it is saved here. A run that was cut off
goes on where it stopped when the same command is started again.
"""

import argparse
import fnmatch
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

from nbgrader.apps import AutogradeApp
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SAWarning
from tqdm import tqdm

from mytorch.check.judge import TrustedCellError, expected_traces

from .. import unfinished
from ..advice import GENERATE
from ..coursedir import find_assignment, gradebook, load, require_writable
from ..one_gradebook import one_gradebook
from ..stock import CommandFailed
from .batch import Batch
from .loading import uncollected
from .summary import not_collected, said_at_the_end
from .workers import workers
from .workplace import Expected, OneByOne


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
    left = not_collected(app)
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
        print(said_at_the_end(batch, left, time.monotonic() - started))
    if batch.failed:
        raise CommandFailed(
            "Some submissions could not be graded; the reasons stand above. Start the command again for them."
        )


def grade(batch: Batch, scheduler: str | None) -> None:
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


def expected_by(tests: list[str]) -> Expected:
    """Traces of PyTorch's classes. Of a test that cannot be run every submission's verdict says so."""
    found = {}
    with uncollected():
        for test in tests:
            with suppress(TrustedCellError, ImportError):
                found[test] = expected_traces(test)
    return found
