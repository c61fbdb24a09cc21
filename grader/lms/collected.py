"""What ``grader collect`` wrote down of hand-ins: whom the LMS marked late, and whose hand-in could not be
collected.
"""

from dataclasses import dataclass
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.apps.zipcollectapp import ZipCollectApp

from grader.grading.words import read_table

from .store import COLLECTED, NOT_COLLECTED


@dataclass(frozen=True)
class Collected:
    """``late``: students; ``refused``: the reason by student; ``nobodys``: files of which it was not told
    whose they are.
    """

    late: frozenset[str]
    refused: dict[str, str]
    nobodys: tuple[str, ...]
    list_of_refused: Path


def read(app: NbGrader, assignment: str) -> Collected:
    """Empty when nothing was collected, or not with this command."""
    desk = _desk(app, assignment)
    late = frozenset(row.get("student_id", "") for row in read_table(desk / COLLECTED) if row.get("late"))
    refused, nobodys = {}, []
    for row in read_table(desk / NOT_COLLECTED):
        students = [student for student in (row.get("student_id") or "").split(", ") if student]
        refused |= dict.fromkeys(students, (row.get("reason") or "").rstrip("."))
        nobodys += [] if students else [row.get("file") or ""]
    return Collected(late, refused, tuple(nobodys), desk / NOT_COLLECTED)


def _desk(app: NbGrader, assignment: str) -> Path:
    """Where nbgrader's zip_collect keeps what it collects."""
    collector = ZipCollectApp(config=app.config, log_level="ERROR")
    collector.coursedir = app.coursedir
    given, app.coursedir.assignment_id = app.coursedir.assignment_id, assignment
    try:
        return Path(collector._format_collect_path(""))
    finally:
        app.coursedir.assignment_id = given
