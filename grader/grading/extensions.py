"""Give students more time for an assignment, before or after they hand in.

DATE is the student's own due date, as 2023-02-22, "2023-02-22 18:00" or "2023-02-22 18:00 Asia/Dubai"; a day
without an hour ends at 23:59. Without a zone it is that of c.LatePolicy.time_zone. Without STUDENT, the
extensions of the assignment are listed.
"""

import argparse
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

from dateutil import tz
from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory

from mytorch.characters import printable
from mytorch.files import write_atomically

from . import coursedir as course
from .advice import to_type
from .late import LatePolicy, settings
from .stock import CommandFailed
from .words import MARK, read_filled_in, table

# nbgrader keeps an extension with the hand-in, so not before there is one, and its commands may make the
# gradebook anew. This file outlives them; whatever grades or shows grades brings the gradebook in step.
FILE = "extensions.csv"
COLUMNS = ("assignment", "student", "due")
STUDENT, DATE = ("student", "student_id", "id"), ("due", "date", "until")


@dataclass(frozen=True)
class Wish:
    """One line of what is asked for; ``where`` begins the sentence about what is wrong with it."""

    student: str
    date: str
    where: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("assignment", help="the assignment's name")
    parser.add_argument("student", nargs="?", default="", metavar="STUDENT", help="the student's id")
    parser.add_argument("date", nargs="?", default="", metavar="DATE", help="until when")
    parser.add_argument(
        "--list", type=Path, metavar="FILE.csv", help="many at once: a CSV file with the columns student, due"
    )
    parser.add_argument("--remove", action="store_true", help="take the student's extension back")


def run(args: argparse.Namespace) -> None:
    app = course.load()
    coursedir, (policy, _) = app.coursedir, settings(app.config)
    with course.gradebook(coursedir) as gradebook:
        assignment = _assignment(gradebook, args.assignment)
        known = {student.id for student in gradebook.students} | set(
            course.student_folders(coursedir, "submitted", args.assignment)
        )
        before = read(coursedir)
        there = dict(before.get(args.assignment, {}))
        wishes = _wishes(args)
        if args.remove:
            if there.pop(args.student, None) is None:
                raise CommandFailed(f"{args.student or 'Nobody'} has no extension of {args.assignment}.")
            _forget(gradebook, args.assignment, args.student)
        else:
            there |= _read_wishes(wishes, assignment, known, policy)
        if wishes or args.remove:
            _write(coursedir, before | {args.assignment: there})
            apply(gradebook, coursedir, args.assignment)
        print(f"{args.assignment} is due {policy.local(assignment.duedate)}.")
        for student in sorted(there):
            print(f"  {student}: {policy.local(there[student])}")
    if not there:
        print("Nobody has an extension.")
    elif wishes:
        again = to_type("nbgrader generate_feedback", args.assignment, "--force")
        print(f"Who is graded already: {again}, then return.")


def read(coursedir: CourseDirectory) -> dict[str, dict[str, datetime]]:
    """Due dates in UTC, naive as in the gradebook, by assignment and student. Raises CommandFailed."""
    path, found = Path(coursedir.root, FILE), {}
    if not os.path.lexists(path):
        return found
    # the folders alone are set up before nbgrader_config.py is read
    policy, _ = settings((coursedir.parent or coursedir).config)
    for number, (assignment, student, due) in read_filled_in(path, ("assignment",), STUDENT, DATE):
        if not (assignment and student and due):
            raise CommandFailed(f"{path}, line {number}: it needs an assignment, a student and a date.")
        try:
            found.setdefault(assignment, {})[student] = _date(due, policy)
        except CommandFailed as error:
            raise CommandFailed(f"{path}, line {number}: {error}") from None
    return found


def require_readable(converter: BaseConverter) -> None:
    """Before the first submission: what cannot be read would fail each of them. Raises NbGraderException."""
    try:
        read(converter.coursedir)
    except CommandFailed as error:
        converter.log.error("%s", error)
        raise NbGraderException(str(error)) from None


def apply(gradebook: Gradebook, coursedir: CourseDirectory, assignment: str, only: str = "") -> None:
    """Bring the hand-ins that are in the gradebook, or one student's, in step with the file. Others'
    extensions stay.
    """
    for student, due in read(coursedir).get(assignment, {}).items():
        if only not in ("", student):
            continue
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            continue
        general = submission.assignment.duedate
        more = max(due - general, timedelta()) if general else None
        if submission.extension != more:
            submission.extension = more
    gradebook.db.commit()


def _write(coursedir: CourseDirectory, extensions: dict[str, dict[str, datetime]]) -> None:
    rows = [
        (assignment, student, f"{due:%Y-%m-%d %H:%M}+00:00")
        for assignment in sorted(extensions)
        for student, due in sorted(extensions[assignment].items())
    ]
    write_atomically(Path(coursedir.root, FILE), MARK + table([COLUMNS, *rows]))


def _forget(gradebook: Gradebook, assignment: str, student: str) -> None:
    try:
        gradebook.grant_extension(assignment, student)
    except MissingEntry:
        pass


def _assignment(gradebook: Gradebook, name: str) -> Assignment:
    found = course.find_assignment(gradebook, name)
    if found.duedate is None:
        raise CommandFailed(f'{name} has no due date: nbgrader db assignment add {name} --duedate "…"')
    return found


# --- what is asked for --------------------------------------------------------------------------------------


def _wishes(args: argparse.Namespace) -> list[Wish]:
    if args.list:
        return _in_file(args.list)
    if args.student and not args.date and not args.remove:
        command = to_type("grader extend", args.assignment, args.student, "2023-02-22")
        raise CommandFailed(f"Until when? {command}")
    return [Wish(args.student, args.date)] if args.date else []


def _in_file(path: Path) -> list[Wish]:
    return [
        Wish(student, date, f"{path}, line {number}: ")
        for number, (student, date) in read_filled_in(path, STUDENT, DATE)
    ]


def _read_wishes(
    wishes: list[Wish], assignment: Assignment, known: set[str], policy: LatePolicy
) -> dict[str, datetime]:
    """All or none. Raises CommandFailed with a line for each that is wrong."""
    dates, wrong = {}, []
    for wish in wishes:
        try:
            if wish.student not in known:
                near = get_close_matches(wish.student, known, n=1)
                hint = f" Is it {near[0]}?" if near else ""
                raise CommandFailed(f"{wish.student!r} is no student in the gradebook.{hint}")
            date = _date(wish.date, policy)
            if date <= assignment.duedate:
                due = policy.local(assignment.duedate)
                raise CommandFailed(f"{wish.date} is not after the due date, {due}.")
            dates[wish.student] = date
        except CommandFailed as error:
            wrong.append(f"{wish.where}{error}")
    if wrong:
        raise CommandFailed("\n".join(wrong))
    return dates


def _date(text: str, policy: LatePolicy) -> datetime:
    """In UTC, naive. Raises CommandFailed."""
    day, _, zone = text.rpartition(" ")
    try:
        there = tz.gettz(zone) if day and not zone[:1].isdigit() else None
        day, there = (day, there) if there else (text, tz.gettz(policy.time_zone))
        moment = datetime.fromisoformat(day)
        if len(day) <= len("2023-02-22"):
            moment = moment.replace(hour=23, minute=59)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=there)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # the last: of a zone's name that no file can have
        moment = None
    if moment is None or not 1970 <= moment.year < 9999:
        shown = printable(text)
        raise CommandFailed(f"{shown!r} is no date: 2023-02-22 or '2023-02-22 18:00' would be one.")
    return moment.replace(tzinfo=None)
