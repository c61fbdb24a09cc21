"""What ``grader collect`` wrote down of hand-ins: whom the LMS marked late, and whose hand-in could not be
collected.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.apps import NbGrader
from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from traitlets import TraitError

from .coursedir import CONFIG
from .stock import CommandFailed
from .words import read_table

COLLECTED, NOT_COLLECTED = "collected.csv", "not-collected.csv"
MAY_BE, HAND_IN = "may_be", "hand_in"  # of not-collected.csv; lists of earlier versions do not have them
STATUS = "handed in, not collected"


@dataclass(frozen=True)
class Collected:
    """``late``: students; ``refused``: the reason by each student whose it is or may be; ``nobodys``:
    hand-ins that may be anybody's.
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
        students = [id for column in ("student_id", MAY_BE) for id in ids_in(row.get(column) or "")]
        refused |= dict.fromkeys(students, (row.get("reason") or "").rstrip("."))
        nobodys += [] if students or row.get(HAND_IN) == "no" else [row.get("file") or ""]
    return Collected(late, refused, tuple(nobodys), desk / NOT_COLLECTED)


def joined_ids(ids: Iterable[str]) -> str:
    """Several students in one cell of a list: "ann, bob"; an id with a comma stands in quotes."""
    quoted = {id: id.replace('"', '""') for id in ids}
    return ", ".join(f'"{text}"' if "," in id or text != id else id for id, text in quoted.items())


def ids_in(cell: str) -> list[str]:
    """What ``joined_ids`` wrote."""
    return [id for row in csv.reader(cell.splitlines(), skipinitialspace=True) for id in row if id]


def _desk(app: NbGrader, assignment: str) -> Path:
    """Where nbgrader's zip_collect keeps what it collects. Raises CommandFailed where it is not configured
    well.
    """
    try:
        collector = ZipCollectApp(config=app.config, log_level="ERROR")
    except TraitError as error:
        raise CommandFailed(f"{CONFIG}: {error}") from None
    collector.coursedir = CourseDirectory(parent=app, root=app.coursedir.root, assignment_id=assignment)
    return Path(collector._format_collect_path(""))
