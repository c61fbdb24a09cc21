"""Make the feedback pages of an assignment, on all cores.

The pages are those of ``nbgrader generate_feedback``, which makes one student's after the other's: here each
process gives nbgrader's own converter one student at a time.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack

from nbgrader.apps import GenerateFeedbackApp
from tqdm import tqdm

from grader.grading.advice import to_grade
from grader.grading.coursedir import gradebook, load, require_writable, student_folders
from grader.grading.log import Log
from grader.grading.one_gradebook import GenerateFeedback, one_gradebook
from grader.grading.sandbox import usage
from grader.grading.stock import CommandFailed
from mytorch.characters import counted

from .lines import search_class


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", help="the folder's name in source/")
    parser.add_argument("--student", default="*", metavar="ID", help="only this student (or a pattern: 'a*')")
    parser.add_argument("--force", action="store_true", help="make pages again that are there")


def run(args: argparse.Namespace) -> None:
    started = time.monotonic()
    app = load()
    with gradebook(app.coursedir):
        pass  # there is one, and it can be used
    require_writable(app.coursedir, app.coursedir.feedback_directory)
    students = student_folders(app.coursedir, "autograded", args.assignment, args.student)
    if not students:
        whose = "hand-in" if args.student == "*" else f"hand-in of {args.student}"
        raise CommandFailed(
            f"No {whose} is graded in {args.assignment}: '{to_grade(args.assignment)}' does it."
        )
    search_class(app.coursedir, app.config, args.assignment, args.student)  # else each process would
    failed = {}
    with ProcessPoolExecutor(min(usage.cores(), len(students)), initializer=_begin, initargs=(args,)) as pool:
        jobs = {pool.submit(_pages_of, student): student for student in students}
        try:
            for job in tqdm(as_completed(jobs), total=len(jobs), unit="student", disable=None):
                if reason := job.result():
                    failed[jobs[job]] = reason
        except BrokenProcessPool:
            raise CommandFailed(
                "A process that makes pages was ended from outside. Start the command again: it goes on."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)  # after Ctrl-C nobody begins another one
    done = counted(len(students) - len(failed), "student")
    print(f"Feedback for {done} in {time.monotonic() - started:.0f} s")
    if failed:
        reasons = [f"  {student}: {failed[student]}" for student in sorted(failed)]
        raise CommandFailed("\n".join(["No feedback could be made for", *reasons]))


_converter: GenerateFeedback  # of this process
_open = ExitStack()  # to the end of the process


def _begin(args: argparse.Namespace) -> None:
    global _converter
    _open.enter_context(one_gradebook())
    app = load(app_class=GenerateFeedbackApp, argv=["--force"] * args.force)
    app.coursedir.assignment_id = args.assignment
    _converter = GenerateFeedback(coursedir=app.coursedir, parent=app)


def _pages_of(student: str) -> str:
    """Returns why they could not be made, or an empty string."""
    log = Log()
    _converter.log, _converter.coursedir.student_id = log.logger, student
    try:
        _converter.make()
    except Exception as error:  # everybody else's are made
        return log.reason(error)
    return ""
