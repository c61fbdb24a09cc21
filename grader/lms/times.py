"""When students handed in, from a file beside an export that does not say it: an API's JSON, or CSV."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.grading.stock import CommandFailed

from .names import moment, squeezed
from .registry import SYSTEMS, TIME_COLUMNS
from .roster import Matcher, csv_bytes
from .sheet import Sheet, student_in_row


@dataclass(frozen=True)
class SubmissionTime:
    """``numbers``: those of the hand-in's files, where the system tells; it is of no other hand-in then."""

    time: datetime
    numbers: frozenset[int] = frozenset()


def read(path: Path, matcher: Matcher) -> dict[str, SubmissionTime]:
    """By student. Raises CommandFailed."""
    content = csv_bytes(path, "list of times", "save it as CSV")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return _in_json(path, content, matcher)
    sheet = Sheet(path)
    column = next((name for name in sheet.header if squeezed(name) in TIME_COLUMNS), None)
    if column is None:
        columns = ", ".join(filter(None, sheet.header))
        raise CommandFailed(f"{path} has no column of times (submitted_at, …); its columns are: {columns}.")
    told = ((student_in_row(row, matcher), moment(row.get(column, ""))) for row in sheet.rows())
    return {student: SubmissionTime(time) for student, time in told if student and time}


def _in_json(path: Path, content: bytes, matcher: Matcher) -> dict[str, SubmissionTime]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandFailed(f"{path} is not JSON: {error}.") from None
    for system in SYSTEMS.values():
        found = list(system.times_in(told))
        if found:
            return {
                student: SubmissionTime(sender.time, numbers)
                for sender, numbers in found
                if sender.time and (student := matcher.student(sender))
            }
    raise CommandFailed(f"{path} holds no hand-ins as an API gives them: is it the list of submissions?")


def latest_times(all_of_them: Iterable[dict[str, SubmissionTime]]) -> dict[str, SubmissionTime]:
    """The latest of each student, as an API gives a long list in several pages."""
    latest: dict[str, SubmissionTime] = {}
    for one in all_of_them:
        for student, handed_in in one.items():
            known = latest.get(student)
            if known is None or _naive(handed_in.time) > _naive(known.time):
                latest[student] = handed_in
    return latest


def _naive(time: datetime) -> datetime:
    return time.astimezone(None).replace(tzinfo=None) if time.tzinfo else time
