"""Who the students are: by the gradebook, and by lists of them as CSV."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from grader.grading import coursedir as course
from grader.grading.stock import CommandFailed
from grader.grading.words import decoded, separator
from mytorch.characters import listed, printable

from ..names import (
    EMAILS,
    FIRST_NAMES,
    FULL_NAMES,
    LAST_NAMES,
    moment,
    same_form,
    squeezed,
    words_of_a_hand_in,
)
from ..systems.registry import ID_COLUMNS, SYSTEMS, TIME_COLUMNS
from .matcher import BAD_IN_AN_ID, Matcher, NoMatch, Student, make_student

OWN_ID_BESIDE = frozenset().union(*(system.own_id_beside for system in SYSTEMS.values()))
PASSING = {system.passing_id: system for system in SYSTEMS.values() if system.passing_id}
DECORATION = re.compile("|".join(f"^{system.decoration}" for system in SYSTEMS.values() if system.decoration))


# What to do about two students of the gradebook for one in a list.
ONE_OF_THEM = "Where they are one person, 'nbgrader db student remove ID' takes one away."


def in_gradebook(coursedir: CourseDirectory) -> list[Student]:
    """None where there is no gradebook. Raises CommandFailed for one that cannot be used."""
    if not course.has_gradebook(coursedir):
        return []
    with course.gradebook(coursedir) as gradebook:
        return [
            make_student(
                s.id,
                f"{s.first_name or ''} {s.last_name or ''}",
                s.email or "",
                [s.lms_user_id or ""],
                s.first_name or "",
                s.last_name or "",
            )
            for s in gradebook.students
        ]


def read_roster(path: Path, known: Iterable[Student] = ()) -> tuple[list[Student], list[str]]:
    """The students of a CSV file with a header, and a sentence about each line that is left out.

    Where one of a row's ids, or its e-mail, is that of one of the ``known``, it is that student's row; where
    it is that of two, it is left out. Rows without anything but Moodle's number and a name are those of who
    has the name there. Raises CommandFailed.
    """
    header, rows = _table(path)
    for system in SYSTEMS.values():
        system.require_readable(path, header, rows)
    known = list(known)
    columns = {key: header.index(key) for key in reversed(header) if key}
    ids = [key for key in ID_COLUMNS if key in columns]
    if OWN_ID_BESIDE & columns.keys() and "id" in ids:
        ids = [key for key in ids if key != "id"] + ["id"]
    if not ids and not any(key in columns for key in EMAILS):
        named = ", ".join(key for key in header if key) or "none"
        raise CommandFailed(
            f"{path} has no column that tells students apart (id, email, …); its columns are: {named}."
        )
    if len(ids) == 1 and ids[0] in PASSING and not any(key in columns for key in EMAILS):
        return _by_name(path, rows, columns, ids[0], known), []
    found: dict[str, list[tuple[int, Student]]] = defaultdict(list)
    left_out, matcher = [], Matcher(known)
    for number, row in rows:
        try:
            student = _student(row, columns, ids, matcher)
        except NoMatch as error:
            left_out.append(f"Line {number}: {error}")
            continue
        if student is None:
            continue
        if BAD_IN_AN_ID.search(student.id):
            shown = printable(student.id, 40)
            left_out.append(
                f"Line {number}: {shown} cannot be a student's id: it is to be the name of a folder."
            )
        else:
            found[student.id].append((number, student))
    for id, those in found.items():
        if any(student != those[0][1] for _, student in those):
            lines = listed(str(number) for number, _ in those)
            left_out.append(f"Lines {lines}: Two students have the id {id}.")
            those.clear()
    students = [those[0][1] for those in found.values() if those]
    if not students:
        raise CommandFailed(" ".join([f"There is no student in {path}.", *left_out]))
    return students, left_out


def _by_name(
    path: Path, rows: list[tuple[int, list[str]]], columns: dict[str, int], number: str, known: list[Student]
) -> list[Student]:
    """Of a list without e-mails, whose number is another one in the next assignment, and nobody's id."""
    matcher = Matcher(known)
    found: dict[str, Student] = {}
    for _, row in rows:
        told = _student(row, columns, [number], Matcher([]))
        ids = matcher.by_name.get(squeezed(told.full_name), set()) if told else set()
        for student in known:  # two of one name: both, and the hand-in is listed as nobody's
            if student.id in ids:
                numbers = told.ids if len(ids) == 1 else set()
                found[student.id] = replace(
                    student,
                    ids=student.ids | numbers,
                    time=told.time if len(ids) == 1 else None,
                    says=told.says or (found[student.id].says if student.id in found else ""),
                )
    if not found:
        raise CommandFailed(
            f"{path} has no e-mails, and its names are not in the gradebook: "
            f"{PASSING[number].without_emails}, or give the gradebook the students' names."
        )
    return list(found.values())


def plain_id(text: str) -> str:
    """Without what some systems put before it."""
    return DECORATION.sub("", text)


def _student(
    row: list[str], columns: dict[str, int], id_columns: list[str], known: Matcher
) -> Student | None:
    """Raises NoMatch for a row that is two students' of the ``known``."""

    def cell(*names: str) -> str:
        values = (
            row[columns[name]].strip() for name in names if name in columns and columns[name] < len(row)
        )
        return next(filter(None, values), "")

    email = cell(*EMAILS).lower()
    ids = [value for value in (plain_id(cell(name)) for name in id_columns) if value]
    if PASSING.keys() & set(id_columns) and len(ids) == 1 and email:
        candidates = [email]
    else:
        candidates = [*ids, email] if email else ids
    if not candidates:
        return None  # Canvas's line "Points Possible", empty lines
    by_id = [value for value in ids if value in known.full_names and same_form(value) != same_form(email)][:1]
    by_email = known.with_address(email)
    those = by_email.intersection(by_id) or by_email.union(by_id) or known.with_email(email)
    if len(those) > 1:
        said = " or ".join([*(f"the id {id}" for id in by_id), f"the e-mail {email}"])
        who = " and ".join(f"{id} ({known.full_names[id] or 'no name'})" for id in sorted(those))
        raise NoMatch(f"{len(those)} students of the gradebook have {said}: {who}. {ONE_OF_THEM}")
    id = those.pop() if those else candidates[0]
    first, last, full = cell(*FIRST_NAMES), cell(*LAST_NAMES), cell(*FULL_NAMES)
    if not (first or last) and "," in full:
        last, _, first = full.partition(",")
    student = make_student(id, f"{first} {last}".strip() or full, email, ids, first, last)
    student.time = moment(cell(*TIME_COLUMNS))
    student.says = words_of_a_hand_in(cell(*TIME_COLUMNS), cell("status"))
    return student


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Squeezed column names, and the other lines with their numbers."""
    text = decoded(csv_bytes(path, "roster", "save it as CSV"))
    try:
        lines = list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)), 1))
    except csv.Error as error:
        raise CommandFailed(f"{path} is not a CSV file: {error}.") from None
    lines = [(number, row) for number, row in lines if any(cell.strip() for cell in row)]
    return ([squeezed(name) for name in lines[0][1]], lines[1:]) if lines else ([], [])


def csv_bytes(path: Path, what: str, advice: str) -> bytes:
    """The content of a file that should be CSV. Raises CommandFailed when it cannot be read, or is a
    spreadsheet.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"The {what} {path} cannot be read: {error.strerror}.") from None
    if content.startswith(b"PK"):
        raise CommandFailed(f"{path} is a spreadsheet or a zip: {advice}.")
    return content
