"""What the learning management systems (LMS) take back: the layout of a zip with feedback, and the columns of grades.

Canvas
    Re-upload of submissions: a file for each student whose name begins as that of the downloaded submission does,
    ``<name>_<user id>_<attachment id>_``. Grades: the exported gradebook, the column "<assignment> (<number>)".
Moodle
    "Upload multiple feedback files in a zip": ``<Full name>_<participant number>_assignsubmission_file_<file>``. Grades: the
    grading worksheet, the column "Grade"; its "Identifier" has the participant number.
Brightspace
    The downloaded submissions' folders ``<user id>-<folder id> - <name> - <date>``, with files in them. Grades: Username,
    "<assignment> Points Grade", an end-of-line column.
Gradescope
    Takes neither back. The CSV has the columns of its own export.
Autolab
    Grades: lines of e-mail and points, without a header. No files.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.grading.grades import Grades, written
from grader.grading.stock import CommandFailed

from .exports import Sender, from_lms
from .roster import EMAILS, FIRST_NAMES, FULL_NAMES, IDS, LAST_NAMES, Matcher, NoMatch, squeezed
from .sheet import Sheet

LMS = ("plain", "canvas", "moodle", "brightspace", "gradescope", "autolab")
NEEDS_SHEET = {
    "canvas": "gradebook (Gradebook, Export)",
    "moodle": "grading worksheet (the assignment's page, Download grading worksheet)",
}
NEEDS_DOWNLOAD = {"canvas", "brightspace"}


def column_of(lms: str, assignment: str) -> str:
    """A pattern for the header under which an assignment's grade stands."""
    name = re.escape(assignment)
    return {"canvas": rf"{name}(\s*\(\d+\))?", "moodle": "Grade", "brightspace": rf"{name} Points Grade( <.*>)?"}.get(
        lms, name
    )


# --- who is who ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a line of a grade sheet says of a student. Moodle's participant number is no id: it is another one each time."""

    ids: tuple[str, ...]
    email: str
    name: str

    @classmethod
    def by(cls, row: dict[str, str]) -> "Told":
        cells = {squeezed(column): value for column, value in row.items() if value}
        ids = tuple(cells[name].removeprefix("#") for name in IDS if name in cells and name != "identifier")
        email, first, last, full = (
            next((cells[name] for name in names if name in cells), "")
            for names in (EMAILS, FIRST_NAMES, LAST_NAMES, FULL_NAMES)
        )
        return cls(ids, email, f"{first} {last}".strip() or full)


def student_in_row(row: dict[str, str], matcher: Matcher) -> str | None:
    """The student whom a line of a grade sheet is about; None when it is nobody or cannot be told."""
    told = Told.by(row)
    by_id = {_matched(matcher, Sender("", id=id)) for id in told.ids if matcher.knows(id)} - {None}
    if len(by_id) == 1:
        return by_id.pop()
    others = [_matched(matcher, Sender("", email=told.email)) if told.email else None]
    others += [_matched(matcher, Sender("", name=told.name)) if told.name else None]
    return next((student for student in others if student and (not by_id or student in by_id)), None)


def why_nobody_is_in(sheet: Sheet) -> str:
    """A sentence about a sheet none of whose lines is a student's."""
    if not any(told.ids or told.email or told.name for told in map(Told.by, sheet.rows())):
        columns = ", ".join(filter(None, sheet.header))
        return (
            f"No column of {sheet.path} says who a student is ({columns}): set the LMS to English and export it again, with "
            "names and e-mail addresses."
        )
    return (
        f"No line of {sheet.path} is about a student in the gradebook: compare it with 'nbgrader db student list'; is it this "
        "course's, and does it have names, e-mail addresses or the gradebook's ids?"
    )


def _matched(matcher: Matcher, sender: Sender) -> str | None:
    try:
        return matcher.match(sender)
    except NoMatch:
        return None


# --- the zip for the LMS ------------------------------------------------------------------------------------------


def names_in(download: Path) -> list[str]:
    """The names in an LMS's export of submissions, a folder or a zip, of which the first part tells the student.

    Raises CommandFailed.
    """
    if download.is_dir():
        return sorted(path.name for path in download.iterdir())
    try:
        with zipfile.ZipFile(download) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        raise CommandFailed(f"{download} is neither a folder nor a zip that can be read.") from None
    return sorted({part for name in names for part in name.replace("\\", "/").split("/") if part})


def participants(sheet: Sheet, matcher: Matcher) -> dict[tuple[str, str], str]:
    """The students by number and name as Moodle's worksheet has them; the same number has another name in another assignment."""
    found = {}
    for row in sheet.rows():
        number = re.fullmatch(r"\D*(\d+)", row.get("Identifier", ""))
        student = student_in_row(row, matcher)
        if number and student:
            found[number[1], squeezed(row.get("Full name", ""))] = student
    return found


def places_from_download(
    lms: str, download: Path, assignment: str, matcher: Matcher, numbered: dict[tuple[str, str], str]
) -> dict[str, str]:
    """The name that each student's feedback has in the zip, from the names of what they handed in.

    ``numbered``: see ``participants``.
    """
    latest: dict[str, tuple[datetime, int, str]] = {}
    for name in names_in(download):
        sender = from_lms(name)
        if sender is None or sender.lms.lower() != lms:
            continue
        student = numbered.get((sender.id, squeezed(sender.name))) or _matched(matcher, sender)
        if student is None:
            continue
        place = (sender.time or datetime.min, sender.number, _place(lms, name, sender, assignment))
        latest[student] = max(latest.get(student, place), place)
    return {student: place for student, (*_, place) in latest.items()}


def _place(lms: str, name: str, sender: Sender, assignment: str) -> str:
    file = f"{assignment}-feedback.zip"
    prefix = name.removesuffix(sender.file) if sender.file else name
    if lms == "canvas":
        return prefix + file
    if lms == "moodle":
        return f"{prefix.rstrip('_')}_{file}"
    return prefix + file if sender.file else f"{name}/{file}"


def places_from_worksheet(sheet: Sheet, assignment: str, matcher: Matcher) -> dict[str, str]:
    """Moodle's worksheet has what the names need: "Participant 123" and the full name."""
    places = {}
    for row in sheet.rows():
        number = re.fullmatch(r"\D*(\d+)", row.get("Identifier", ""))
        student = student_in_row(row, matcher)
        if number and student:
            name = re.sub(r'[_/\\:*?"<>|\x00-\x1f]', " ", row.get("Full name", "")).strip() or "Participant"
            places[student] = f"{name}_{number[1]}_assignsubmission_file_{assignment}-feedback.zip"
    return places


# --- grades without a sheet ---------------------------------------------------------------------------------------


def table(rows: Iterable[Iterable[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")


def brightspace(assignment: str, marks: list[Grades]) -> bytes:
    header = ["Username", f"{assignment} Points Grade", "End-of-Line Indicator"]
    return table([header, *([one.student, written(one.final), "#"] for one in marks)])


def gradescope(assignment: str, marks: list[Grades]) -> bytes:
    header = ["First Name", "Last Name", "SID", "Email", assignment, f"{assignment} - Max Points"]
    header += [f"{assignment} - Submission Time", f"{assignment} - Lateness (H:M:S)"]
    rows = []
    for one in marks:
        time = f"{one.handed_in:%Y-%m-%d %H:%M:%S} +0000" if one.handed_in else ""
        late = int(one.seconds_late)
        who = [one.first_name, one.last_name, one.student, one.email]
        rows.append(
            [*who, written(one.final), written(one.of), time, f"{late // 3600:02}:{late // 60 % 60:02}:{late % 60:02}"]
        )
    return table([header, *rows])


def autolab_email(one: Grades) -> str:
    return one.email or (one.student if "@" in one.student else "")


def autolab(assignment: str, marks: list[Grades]) -> bytes:
    return table([autolab_email(one), written(one.final)] for one in marks if autolab_email(one))


WITHOUT_SHEET = {"brightspace": brightspace, "gradescope": gradescope, "autolab": autolab}
