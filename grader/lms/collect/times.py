"""When students handed in, from a file beside an export that does not say it: an API's JSON, or CSV."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path

from grader.grading.stock import CommandFailed

from ..names import moment, squeezed, words_of_a_hand_in
from ..people.matcher import Matcher, NoMatch, Unknown
from ..people.roster import csv_bytes
from ..people.sheet import Sheet, Told, student_in_row
from ..systems.registry import SYSTEMS, TIME_COLUMNS, Sender


@dataclass(frozen=True)
class SubmissionTime:
    """``numbers``: those of the hand-in's files, where the system tells; it is of no other hand-in then.
    ``time``: None where the list says that there is a hand-in, and not when, or not for certain whose.
    """

    time: datetime | None
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Listed:
    """Who handed in: students, and those who are none of them, with the reason."""

    times: dict[str, SubmissionTime] = field(default_factory=dict)
    unknown: dict[Sender, Unknown] = field(default_factory=dict)

    def add(self, sender: Sender, time: SubmissionTime, matcher: Matcher) -> None:
        try:
            self.times[matcher.match(sender)] = time
        except Unknown as error:
            self.unknown[replace(sender, time=None)] = error  # once, however often it is listed
        except NoMatch as error:
            for student in error.may_be:
                self.times.setdefault(student, SubmissionTime(None))


class Times:
    """When hand-ins came: by their own names, by a list beside the export, by the roster. ``zone`` is that of
    times without one.
    """

    def __init__(self, matcher: Matcher, listed: Listed, zone: tzinfo):
        self.matcher, self.listed, self.zone = matcher, listed, zone

    def of(self, student: str, senders: list[Sender]) -> datetime | None:
        """Of one hand-in, in the words that it is given in; ``senders``: of its files."""
        return senders[0].time or self._listed(student, senders) or self.matcher.time_of(student)

    def _listed(self, student: str, senders: list[Sender]) -> datetime | None:
        told = self.listed.times.get(student)
        is_other = told and told.numbers and not {sender.number for sender in senders} & told.numbers
        return None if is_other or told is None else told.time

    def in_utc(self, time: datetime | None) -> datetime | None:
        """Naive, as nbgrader keeps it."""
        if time is None:
            return None
        aware = time if time.tzinfo else time.replace(tzinfo=self.zone)
        return aware.astimezone(timezone.utc).replace(tzinfo=None)


def read(path: Path, matcher: Matcher) -> Listed:
    """Raises CommandFailed."""
    content = csv_bytes(path, "list of times", "save it as CSV")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return _in_json(path, content, matcher)
    sheet = Sheet(path)
    column = next((name for name in sheet.header if squeezed(name) in TIME_COLUMNS), None)
    if column is None:
        columns = ", ".join(filter(None, sheet.header))
        raise CommandFailed(f"{path} has no column of times (submitted_at, …); its columns are: {columns}.")
    status = next((name for name in sheet.header if squeezed(name) == "status"), "")
    listed = Listed()
    for row in sheet.rows():
        if words_of_a_hand_in(row.get(column, ""), row.get(status, "")):
            time = SubmissionTime(moment(row.get(column, "")))
            told = Told.by(row)
            if student := student_in_row(row, matcher):
                listed.times[student] = time
            elif told.ids or told.email or told.name:
                listed.add(Sender("", told.name, "".join(told.ids[:1]), told.email), time, matcher)
    return listed


def _in_json(path: Path, content: bytes, matcher: Matcher) -> Listed:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandFailed(f"{path} is not JSON: {error}.") from None
    for system in SYSTEMS.values():
        entries = list(system.times_in(told))
        listed = Listed()
        for sender, numbers, says in entries:
            if says:
                listed.add(sender, SubmissionTime(sender.time, numbers), matcher)
        if entries:
            return listed
    raise CommandFailed(f"{path} holds no hand-ins as an API gives them: is it the list of submissions?")


def latest(lists: Iterable[Listed]) -> Listed:
    """The latest time of each student, as an API gives a long list in several pages."""
    found = Listed()
    for listed in lists:
        found.unknown.update(listed.unknown)
        for student, handed_in in listed.times.items():
            known = found.times.get(student)
            if known is None or known.time is None:
                found.times[student] = handed_in
            elif handed_in.time and _naive(handed_in.time) > _naive(known.time):
                found.times[student] = handed_in
    return found


def _naive(time: datetime) -> datetime:
    return time.astimezone(None).replace(tzinfo=None) if time.tzinfo else time
