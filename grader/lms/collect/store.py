"""Put what was collected into submitted/. A newer hand-in replaces an older one, which is kept; never the
reverse.
"""

import errno
import hashlib
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grader.grading.collected import COLLECTED, HAND_IN, MAY_BE, NOT_COLLECTED, ids_in, joined_ids
from grader.grading.coursedir import folder
from grader.grading.handed_in import TIMESTAMP, shown_name, time_if_any
from grader.grading.words import MARK, read_table, table
from mytorch.course import ASSIGNMENTS
from mytorch.files import write_atomically

from ..systems.registry import NAMED, from_lms
from .attempts import Attempt, contents, is_newer
from .filenames import NOTEBOOK
from .unpacked import Problem

COLUMNS = ("student_id", "timestamp", "late", "lms", "number", "content", "files")
OPEN, SOURCE = ("file", "student_id", "reason"), "source"  # of not-collected.csv
OF_ITS_NAME = {errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ}
LOCAL_TIME, LACKS = "local_time", "lacks"  # columns that lists of earlier versions do not have


class CannotBeStored(Exception):
    """A hand-in with a file whose name this system does not take; with a sentence."""


@dataclass(frozen=True)
class Outcome:
    """``what``: new, replaced, dated (only its time was missing), redated (its time is read with another
    zone), unchanged, older, undecided.
    """

    what: str
    attempt: Attempt
    graded: bool = False  # before it was replaced or got another time


class Store:
    """submitted/ and, in ``desk``, the lists and the replaced hand-ins, out of the way of nbgrader's
    patterns.
    """

    def __init__(self, coursedir: CourseDirectory, desk: Path):
        self.coursedir, self.assignment, self.desk = coursedir, coursedir.assignment_id, desk
        self.records = self._read_records()

    def put(self, attempt: Attempt, prefer_new: bool = False, dry_run: bool = False) -> Outcome:
        """``prefer_new``: also when nothing tells that it is newer. Raises CannotBeStored, OSError."""
        place = self._folder("submitted", attempt.student)
        what = self._what(attempt, place, prefer_new)
        if what == "replaced" and (lost := sorted(self._there(place).keys() - attempt.notebooks.keys())):
            attempt.notes.append(f"The newer hand-in is without {', '.join(lost)}, which the older one had.")
        graded = (
            what in ("replaced", "dated", "redated") and self._folder("autograded", attempt.student).is_dir()
        )
        if dry_run:
            return Outcome(what, attempt, graded)
        if what in ("new", "replaced"):
            self._write(attempt, place)
        elif what in ("dated", "redated"):
            _write_time(place, attempt.time)
        if what in ("new", "replaced", "dated", "redated"):
            self.records[attempt.student] = _record(attempt)
        return Outcome(what, attempt, graded)

    def still_open(
        self, problems: list[Problem], outcomes: list[Outcome], sources: dict[Path, str]
    ) -> list[dict[str, str]]:
        """What earlier runs on other sources did not collect, unless its student, or the file itself, has
        come since.

        ``sources``: of this run, by their roots. A file is known again in another download only by an LMS's
        name.
        """
        here = {_own_name(problem.file, sources[problem.root]) for problem in problems if problem.root}
        collected = set()
        for outcome in outcomes:
            collected |= {outcome.attempt.student} if outcome.what in ("new", "replaced") else set()
            here |= {_own_name(file, source) for file in outcome.attempt.files for source in sources.values()}
        here = {name for name in here if any(map(from_lms, name.split("/")))}
        return [
            row
            for row in read_table(self.desk / NOT_COLLECTED, (*OPEN, SOURCE))
            if row[SOURCE] not in sources.values()
            and not (row["student_id"] and collected.issuperset(ids_in(row["student_id"])))
            and _own_name(row["file"], row[SOURCE]) not in here
        ]

    def write_lists(
        self, problems: list[Problem], still_open: list[dict[str, str]], sources: dict[Path, str]
    ) -> None:
        rows = [self.records[student] for student in sorted(self.records)]
        columns = (*COLUMNS, LOCAL_TIME, LACKS)
        _write(
            self.desk / COLLECTED, columns, [[row.get(column) or "" for column in columns] for row in rows]
        )
        columns = (*OPEN, SOURCE, MAY_BE, HAND_IN)
        lines = [[row.get(column) or "" for column in columns] for row in still_open]
        for each in problems:
            what = [each.file, joined_ids(each.students), each.reason, sources.get(each.root, "")]
            lines.append([*what, joined_ids(each.may_be), "yes" if each.is_handin else "no"])
        _write(self.desk / NOT_COLLECTED, columns, lines)

    def time_of(self, student: str) -> datetime | None:
        return time_if_any(self._folder("submitted", student))

    def has_hand_in(self, student: str) -> bool:
        return self._folder("submitted", student).is_dir()

    def _folder(self, step: str, student: str) -> Path:
        return folder(self.coursedir, step, student, self.assignment)

    def _what(self, attempt: Attempt, place: Path, prefer_new: bool) -> str:
        if not place.is_dir() or not any(place.iterdir()):
            return "new"
        there = self._there(place)
        time = time_if_any(place)
        collected = self._collected(attempt, time, there)
        if there == contents(attempt):
            return _what_of_the_same(attempt, collected)
        newer = is_newer(attempt, collected)
        if newer is None and prefer_new:
            newer = True
        return "undecided" if newer is None else "replaced" if newer else "older"

    def _there(self, place: Path) -> dict[str, bytes]:
        """The notebooks in a folder of submitted/, and where files beside them are taken along, those."""
        pattern = f"*{NOTEBOOK}" if self.assignment in ASSIGNMENTS else "**/*"
        found = {path.relative_to(place).as_posix(): path for path in place.glob(pattern) if path.is_file()}
        return {name: path.read_bytes() for name, path in found.items() if name != TIMESTAMP}

    def _collected(self, attempt: Attempt, time: datetime | None, there: dict[str, bytes]) -> Attempt:
        """What lies in submitted/, with what was written down when it was collected, if it still is that."""
        record = self.records.get(attempt.student, {})
        is_that = record.get("content") == _digest(there)
        lms, number = (record["lms"], int(record["number"])) if is_that else ("", 0)
        # not one that somebody wrote by hand
        is_its_time = is_that and time and record["timestamp"] == _timestamp(time)
        said = _local_time(record.get(LOCAL_TIME) or "") if is_its_time else None
        return Attempt(attempt.student, lms, time, number, 0, self.desk, [], said=said)

    def _write(self, attempt: Attempt, place: Path) -> None:
        """Into a new folder beside it, on the same disk, which then takes its place: an interruption leaves
        no half of one.
        """
        staging = place.with_name(f".{place.name}.new")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            for name, path in attempt.notebooks.items():
                _copy(path, staging, name)
        except (CannotBeStored, OSError):
            shutil.rmtree(staging, ignore_errors=True)
            with suppress(OSError):  # it holds other assignments
                place.parent.rmdir()
            raise
        if attempt.time:
            _write_time(staging, attempt.time)
        if place.exists():
            kept = self._free_name(attempt.student, time_if_any(place))
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(place, kept)
        staging.rename(place)

    def _free_name(self, student: str, time: datetime | None) -> Path:
        stem = f"{time:%Y-%m-%d %H%M%S} UTC" if time else "without a time"
        names = (stem if count == 1 else f"{stem} {count}" for count in range(1, 10_000))
        return next(
            path for path in (self.desk / "replaced" / student / name for name in names) if not path.exists()
        )

    def _read_records(self) -> dict[str, dict[str, str]]:
        """An unreadable list is as good as none: hand-ins without a time are then undecided, and none is
        overwritten.
        """
        rows = read_table(self.desk / COLLECTED, COLUMNS)
        return {
            row["student_id"]: row
            for row in rows
            if re.fullmatch(r"\d+", row["number"]) and row["lms"] in NAMED
        }


def _copy(path: Path, staging: Path, name: str) -> None:
    try:
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, staging / name)
    except OSError as error:
        if error.errno not in OF_ITS_NAME:
            raise  # a full disk is nobody's hand-in
        raise CannotBeStored(
            f"{shown_name(name)} in it cannot be stored ({error.strerror}): ask for it under shorter names."
        ) from None


def _what_of_the_same(attempt: Attempt, collected: Attempt) -> str:
    """Both hold the same. The same again at another hour by the export's own clock is a later one that
    changes nothing.
    """
    if attempt.time and not collected.time:
        return "dated"
    is_that = attempt.lms == collected.lms and attempt.said and attempt.said == collected.said
    return "redated" if is_that and attempt.time != collected.time else "unchanged"


def _record(attempt: Attempt) -> dict[str, str]:
    return {
        "student_id": attempt.student,
        "timestamp": _timestamp(attempt.time) if attempt.time else "",
        "late": "late" if attempt.late else "",
        "lms": attempt.lms,
        "number": str(attempt.number),
        "content": _digest(contents(attempt)),
        "files": "; ".join(attempt.files),
        LOCAL_TIME: attempt.said.isoformat(sep=" ") if attempt.said else "",
        LACKS: " ".join(attempt.lacks),
    }


def _digest(notebooks: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(notebooks):
        digest.update(f"{name} {hashlib.sha256(notebooks[name]).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def _timestamp(time: datetime) -> str:
    """As nbgrader's exchange writes it."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f} UTC"


def _local_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _write_time(place: Path, time: datetime) -> None:
    write_atomically(place / TIMESTAMP, _timestamp(time))


def _own_name(file: str, source: str) -> str:
    """Without the name of the zip that was downloaded, which is another one at the next download."""
    return file.removeprefix(f"{Path(source).name}/")


def _write(path: Path, columns: tuple[str, ...], rows: list[list[str]]) -> None:
    write_atomically(path, MARK + table([columns, *rows]))
