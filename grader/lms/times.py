"""When students handed in, from a file beside an export that does not say it: an API's JSON, or CSV."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.grading.stock import CommandFailed

from .names import moment, squeezed, words_of_a_hand_in
from .registry import SYSTEMS, TIME_COLUMNS
from .roster import Matcher, NoMatch, csv_bytes
from .sheet import Sheet, Told, student_in_row


@dataclass(frozen=True)
class SubmissionTime:
    """``numbers``: those of the hand-in's files, where the system tells; it is of no other hand-in then.
    ``time``: None where the list says that there is a hand-in, and not when, or not for certain whose.
    """

    time: datetime | None
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
    status = next((name for name in sheet.header if squeezed(name) == "status"), "")
    found: dict[str, SubmissionTime] = {}
    for row in sheet.rows():
        if words_of_a_hand_in(row.get(column, ""), row.get(status, "")):
            if student := student_in_row(row, matcher):
                found[student] = SubmissionTime(moment(row.get(column, "")))
            else:
                _may_be_of(matcher.by_name.get(squeezed(Told.by(row).name), ()), found)
    return found


def _in_json(path: Path, content: bytes, matcher: Matcher) -> dict[str, SubmissionTime]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandFailed(f"{path} is not JSON: {error}.") from None
    for system in SYSTEMS.values():
        entries = list(system.times_in(told))
        found: dict[str, SubmissionTime] = {}
        for sender, numbers, says in entries:
            if says:
                try:
                    found[matcher.match(sender)] = SubmissionTime(sender.time, numbers)
                except NoMatch as error:
                    _may_be_of(error.may_be, found)
        if entries:
            return found
    raise CommandFailed(f"{path} holds no hand-ins as an API gives them: is it the list of submissions?")


def _may_be_of(students: Iterable[str], found: dict[str, SubmissionTime]) -> None:
    for student in students:
        found.setdefault(student, SubmissionTime(None))


def latest_times(all_of_them: Iterable[dict[str, SubmissionTime]]) -> dict[str, SubmissionTime]:
    """The latest of each student, as an API gives a long list in several pages."""
    latest: dict[str, SubmissionTime] = {}
    for one in all_of_them:
        for student, handed_in in one.items():
            known = latest.get(student)
            if known is None or known.time is None:
                latest[student] = handed_in
            elif handed_in.time and _naive(handed_in.time) > _naive(known.time):
                latest[student] = handed_in
    return latest


def _naive(time: datetime) -> datetime:
    return time.astimezone(None).replace(tzinfo=None) if time.tzinfo else time
