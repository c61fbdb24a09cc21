"""A student's hand-in, put together from all its files, and which of two is the newer."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..systems.registry import NAMED
from .unpacked import Problem


@dataclass
class Attempt:
    """One hand-in of one student, put together from all its files. ``time`` is UTC, naive, as nbgrader keeps
    it.
    """

    student: str
    lms: str
    time: datetime | None
    number: int  # orders the hand-ins of one student in one LMS, where it does
    copy: int  # orders files of one folder: "handin (1).tar" is a later download than "handin.tar"
    export: Path
    files: list[str]
    late: bool = False
    said: datetime | None = None  # the time in the export's own words, where these name no zone
    notebooks: dict[str, Path] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)  # sentences


@dataclass
class Plan:
    """What to collect, one attempt a student, and what not."""

    attempts: list[Attempt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    superseded: int = 0  # earlier hand-ins in the same export
    without_file: list[Problem] = field(default_factory=list)  # of those who handed in by a list only
    unread: list[str] = field(default_factory=list)  # sentences about lines of the roster


def is_newer(one: Attempt, other: Attempt) -> bool | None:
    """None when nothing tells."""
    times = one.time, other.time
    if one.lms == other.lms and one.said and other.said:
        # the zone that one of them was read with may have been a wrong one
        times = one.said, other.said
    if all(times) and times[0] != times[1]:
        return times[0] > times[1]
    if one.lms == other.lms and NAMED[one.lms].is_ordered and one.number != other.number:
        return one.number > other.number
    if one.export == other.export and one.copy != other.copy:
        return one.copy > other.copy
    return None


def contents(attempt: Attempt) -> dict[str, bytes]:
    """By name, what would lie in submitted/."""
    return {name: path.read_bytes() for name, path in attempt.notebooks.items()}
