"""What ``grader collect`` says at its end."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from nbgrader.apps.zipcollectapp import ZipCollectApp

from grader.grading.advice import to_grade
from grader.grading.collected import NOT_COLLECTED, joined_ids
from mytorch.characters import first_few, printable

from ..systems.registry import NAMED
from .attempts import Plan
from .store import Outcome
from .unpacked import Problem

NOTHING_NEW = "Nothing has changed."
WORDS = {
    "new": "new",
    "replaced": "newer than what was there, which is kept in {desk}/replaced",
    "dated": "there already, now with a time",
    "redated": "there already, with another time now, as times are read with another zone",
    "unchanged": "there already, unchanged",
}


def report_collected(
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
