"""Collect what an LMS exported: hand-ins of Canvas, Moodle, Brightspace, Blackboard, Gradescope or
Autolab go to submitted/.

PATH is a folder or zip as the LMS gives it, or a folder of <student>_anything.tar; without one, it is
downloaded/<assignment>/archive. Archives, loose notebooks and resubmissions are understood. The newest
hand-in of a student counts; one that it replaces is kept in downloaded/<assignment>/replaced. What is not
collected is listed with the reason, also in downloaded/<assignment>/not-collected.csv. The same command given
twice changes nothing the second time.
"""

import argparse
import os
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from tqdm import tqdm
from traitlets import TraitError

from grader.grading import coursedir as course
from grader.grading.collected import NOT_COLLECTED
from grader.grading.stock import CommandFailed
from grader.grading.temporary import TemporaryFolder
from mytorch.course import assignment_here

from ..plugins import LmsCollector, SafeExtractor, notebook_names
from ..systems.registry import from_lms
from ..systems.service import SERVICES, service
from .attempts import Attempt, Plan
from .store import CannotBeStored, Outcome, Store
from .summary import report_collected
from .unpacked import Problem

UNDECIDED = "nothing tells which is newer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("assignment", help=f"the assignment's name, for example {assignment_here().name}")
    text = "an export: a folder, a zip, a single hand-in"
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[], help=text)
    parser.add_argument(
        "--roster",
        metavar="FILE.csv",
        help="the students: id, first_name, last_name, email, lms_user_id, or the LMS's own grade book or "
        "roster as CSV; without it, the students in the gradebook, and else the LMS's own id or the e-mail "
        "is the student's id",
    )
    parser.add_argument(
        "--api",
        choices=SERVICES,
        help="download the hand-ins and their times by the system's API, and take these",
    )
    parser.add_argument(
        "--times",
        action="append",
        default=[],
        metavar="FILE",
        help="when students handed in, for exports that do not say it, as Canvas's: the JSON of its API, or "
        "a CSV file; may be given several times",
    )
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        help="of times that do not say it, as in Brightspace's and Blackboard's names: Asia/Dubai, UTC+4, … "
        "(default: in nbgrader_config.py LmsCollector.timezone, else LatePolicy.time_zone, else UTC)",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="where nothing tells which of two different hand-ins is newer, take the one being collected now",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")


def run(args: argparse.Namespace) -> None:
    """Raises CommandFailed, OSError."""
    app = _app(args)
    store = Store(app.coursedir, Path(app._format_collect_path("")))
    refused: dict[Path, dict[str, str]] = {}
    if args.api:
        fetched = service(args.api, app).fetch(args.assignment, store.desk / f"by-{args.api}")
        args.paths = [*args.paths, fetched.export]
        app.collector_plugin_inst.times += [str(path.resolve()) for path in fetched.times]
        refused[fetched.export] = fetched.refused
    paths = args.paths or [Path(app._format_collect_path(app.archive_directory))]
    with TemporaryFolder() as scratch:
        roots = {Path(scratch, str(number)): str(path.resolve()) for number, path in enumerate(paths)}
        plan = _read(app, dict(zip(roots, paths, strict=True)), refused, args.replace)
        if not (plan.attempts or plan.problems or plan.without_file):
            raise CommandFailed(f"There is no hand-in in {', '.join(map(str, paths))}.")
        outcomes = []
        for attempt in tqdm(plan.attempts, unit="student", delay=1, disable=None):
            try:
                outcomes.append(store.put(attempt, args.replace, args.dry_run))
            except CannotBeStored as error:
                plan.problems.append(_problem_of(attempt, str(error), list(roots)))
    problems = [*plan.problems, *_not_taken(outcomes, store, list(roots))]
    problems += [one for one in plan.without_file if not any(map(store.has_hand_in, one.students))]
    problems.sort(key=lambda problem: (problem.file, problem.reason))
    still_open = store.still_open(problems, outcomes, roots)
    if not args.dry_run:
        store.write_lists(problems, still_open, roots)
    report_collected(outcomes, problems, plan, app, Path(os.path.relpath(store.desk)), args.dry_run)
    if still_open:
        print(
            f"Open from other downloads: {len(still_open)}, see "
            f"{Path(os.path.relpath(store.desk)) / NOT_COLLECTED}."
        )


def _app(args: argparse.Namespace) -> ZipCollectApp:
    """nbgrader's own command with the course's configuration and its plug-ins, set up but not run."""
    loaded = course.load()
    loaded.coursedir.assignment_id = args.assignment
    if not notebook_names(loaded.coursedir):
        raise CommandFailed(
            f"There is no assignment {args.assignment}: no notebooks in source/{args.assignment}."
        )
    config = loaded.config.copy()
    if args.roster:
        config.LmsCollector.roster = str(Path(args.roster).resolve())
    if args.times:
        config.LmsCollector.times = [str(Path(path).resolve()) for path in args.times]
    if args.timezone:
        config.LmsCollector.timezone = args.timezone
    try:
        app = ZipCollectApp(config=config, log_level="ERROR")
        app.coursedir = loaded.coursedir
        app.init_plugins()
    except TraitError as error:
        raise CommandFailed(str(error)) from None
    plugins = app.collector_plugin_inst, app.extractor_plugin_inst
    if not (isinstance(plugins[0], LmsCollector) and isinstance(plugins[1], SafeExtractor)):
        raise CommandFailed(
            "nbgrader_config.py sets other plug-ins for collecting: use nbgrader zip_collect."
        )
    return app


def _read(
    app: ZipCollectApp, paths: dict[Path, Path], refused: dict[Path, dict[str, str]], prefer_later: bool
) -> Plan:
    """``paths``: by the folder that each is to be unpacked to; ``refused``: what an API has not given for
    them.
    """
    for root, path in paths.items():
        if not path.exists():
            raise CommandFailed(f"There is no {path}.")
        root.mkdir()
        not_given = [(root / name, why) for name, why in refused.get(path, {}).items()]
        app.extractor_plugin_inst.refused = [*app.extractor_plugin_inst.refused, *not_given]
        path = path.resolve()
        inside = root / path.name if path.is_file() or from_lms(path.name) else root
        app.extractor_plugin_inst.extract(str(path), str(inside))
    return app.collector_plugin_inst.plan(list(paths), app.extractor_plugin_inst.refused, prefer_later)


def _not_taken(outcomes: list[Outcome], store: Store, roots: list[Path]) -> list[Problem]:
    """Hand-ins that stayed behind those in submitted/."""
    reasons = {
        "older": "It is older than the hand-in{of} that is in submitted/ already.",
        "undecided": f"It differs from the hand-in{{of}} in submitted/, {UNDECIDED}: --replace takes this.",
    }
    found = []
    for outcome in outcomes:
        if outcome.what in reasons:
            time = store.time_of(outcome.attempt.student)
            reason = reasons[outcome.what].format(of=f" of {time:%Y-%m-%d %H:%M} UTC" if time else "")
            found.append(_problem_of(outcome.attempt, reason, roots))
    return found


def _problem_of(attempt: Attempt, reason: str, roots: list[Path]) -> Problem:
    root = next(root for root in roots if attempt.export.is_relative_to(root))
    return Problem(attempt.files[0], (attempt.student,), reason, root)
