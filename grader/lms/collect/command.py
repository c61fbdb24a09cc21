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
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp
from tqdm import tqdm
from traitlets import TraitError

from grader.grading import coursedir as course
from grader.grading.advice import to_grade
from grader.grading.collected import NOT_COLLECTED, joined_ids
from grader.grading.stock import CommandFailed
from grader.grading.temporary import TemporaryFolder
from mytorch.characters import first_few, printable
from mytorch.course import assignment_here

from ..systems.registry import NAMED, from_lms
from ..systems.service import SERVICES, service
from .attempts import Attempt, Plan
from .plugins import LmsCollector, SafeExtractor, notebook_names
from .store import CannotBeStored, Outcome, Store
from .unpacked import Problem

NOTHING_NEW = "Nothing has changed."
UNDECIDED = "nothing tells which is newer"
WORDS = {
    "new": "new",
    "replaced": "newer than what was there, which is kept in {desk}/replaced",
    "dated": "there already, now with a time",
    "redated": "there already, with another time now, as times are read with another zone",
    "unchanged": "there already, unchanged",
}


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
    _report(outcomes, problems, plan, app, Path(os.path.relpath(store.desk)), args.dry_run)
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


def _report(
    outcomes: list[Outcome],
    problems: list[Problem],
    plan: Plan,
    app: ZipCollectApp,
    desk: Path,
    dry_run: bool,
) -> None:
    by_kind = defaultdict(list)
    for outcome in outcomes:
        by_kind[outcome.what].append(outcome)
    changed = [*by_kind["new"], *by_kind["replaced"], *by_kind["dated"], *by_kind["redated"]]
    print("This would happen:" if dry_run else "Collected:" if changed else NOTHING_NEW)
    for kind, text in WORDS.items():
        if by_kind[kind]:
            text = text.format(desk=desk)
            print(
                f"  {len(by_kind[kind]):>4} {text}: "
                f"{_names(outcome.attempt.student for outcome in by_kind[kind])}"
            )
    for outcome in changed:
        for note in outcome.attempt.notes:
            print(printable(f"  {outcome.attempt.student}: {note}", 500))
    _report_lacks([*changed, *by_kind["unchanged"]])
    if plan.superseded:
        print(f"Left aside for a newer hand-in of the same student in the export: {plan.superseded}.")
    _report_times(outcomes, app)
    _report_grades(by_kind["replaced"], app.coursedir.assignment_id)
    _report_new_times([*by_kind["dated"], *by_kind["redated"]], app.coursedir.assignment_id)
    if plan.unread:
        print(f"Left out of the roster: {len(plan.unread)}")
    for sentence in plan.unread:
        print(f"  {sentence}")
    if problems:
        print(f"Not collected: {len(problems)}" + ("" if dry_run else f" (also in {desk / NOT_COLLECTED})"))
    for those in _by_reason(problems):
        whose = [f" ({joined_ids(problem.students)})" if problem.students else "" for problem in those]
        shown = first_few([printable(problem.file) + of for problem, of in zip(those, whose)], 5)
        several = f"{len(those)} files, " if len(those) > 1 else ""
        print(f"  {several}{shown}: {printable(those[0].reason, 1000)}")


def _report_lacks(outcomes: list[Outcome]) -> None:
    """What to ask students for, while there is time."""
    students = defaultdict(list)
    for outcome in outcomes:
        for sentence in outcome.attempt.lacks:
            students[sentence].append(outcome.attempt.student)
    if students:
        print("To ask for, while there is time:")
    for sentence, those in sorted(students.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        print(printable(f"  {_names(those)}: {sentence}", 1000))


def _by_reason(problems: list[Problem]) -> list[list[Problem]]:
    """More than three with one reason are told together: a hundred photographs must not hide the one
    hand-in.
    """
    by_reason = defaultdict(list)
    for problem in problems:
        by_reason[problem.reason].append(problem)
    groups = []
    for those in by_reason.values():
        groups += [those] if len(those) > 3 else [[problem] for problem in those]
    return sorted(groups, key=lambda those: (those[0].file, those[0].reason))


def _report_times(outcomes: list[Outcome], app: ZipCollectApp) -> None:
    attempts = [outcome.attempt for outcome in outcomes]
    if any(attempt.said for attempt in attempts):
        zone = app.collector_plugin_inst.zone_name
        print(f"Times were read as those of the zone {zone}; --timezone says another one.")
    for lms in sorted({attempt.lms for attempt in attempts if attempt.lms and not attempt.time}):
        without = [one.student for one in attempts if one.lms == lms and not one.time]
        those = [one for one in attempts if one.lms == lms]
        # without a number it may be anybody's <e-mail>_<file>
        is_told = any(one.number for one in those) or not NAMED[lms].is_one_by_number
        what = f"{lms} exports no times" if is_told else "The names of the files tell no times"
        what = what if len(without) == len(those) else f"No time is known for {', '.join(without)}"
        print(f"{what}: nbgrader takes these hand-ins as in time. {NAMED[lms].times_elsewhere}".rstrip())
    for lms in sorted({attempt.lms for attempt in attempts if attempt.late}):
        late = sorted(attempt.student for attempt in attempts if attempt.late and attempt.lms == lms)
        print(f"Marked as late by {lms}: {', '.join(late)}.")
        unknown = sorted(one.student for one in attempts if one.late and one.lms == lms and not one.time)
        if unknown:
            print(f"  How late is not known, so it costs nothing: {', '.join(unknown)}.")


def _report_grades(replaced: list[Outcome], assignment: str) -> None:
    """nbgrader grades a newer hand-in anew by itself only when both have a time."""
    for outcome in replaced:
        if outcome.graded and not outcome.attempt.time:
            student = outcome.attempt.student
            command = to_grade(assignment, "--force", student=student)
            print(f"{printable(student)} was graded before: {command} grades the new one.")


def _report_new_times(redated: list[Outcome], assignment: str) -> None:
    """nbgrader takes a hand-in's time over when it grades, and leaves what it has graded if the new time is
    earlier.
    """
    graded = [outcome.attempt.student for outcome in redated if outcome.graded]
    if graded:
        command = to_grade(assignment, "--force", student=graded[0] if len(graded) == 1 else "")
        print(f"Graded before this time was known: {_names(graded)}.")
        print(f"  {command} grades them with the new one.")


def _names(students: Iterable[str]) -> str:
    """The first few."""
    return first_few(sorted(map(printable, students)), 8)
