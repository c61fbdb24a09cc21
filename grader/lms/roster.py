"""Which student a name in an export means: the roster, or the students in the gradebook, or the LMS's own
id.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from rapidfuzz import fuzz, process

from grader.grading import coursedir as course
from grader.grading.stock import CommandFailed
from grader.grading.words import decoded, separator
from mytorch.characters import CONTROL, DIRECTION, listed, printable

from .names import (
    EMAILS,
    FIRST_NAMES,
    FULL_NAMES,
    LAST_NAMES,
    moment,
    orders,
    same_form,
    squeezed,
    words_of_a_hand_in,
)
from .registry import ID_COLUMNS, NAMED, SYSTEMS, TIME_COLUMNS, Sender

OWN_ID_BESIDE = frozenset().union(*(system.own_id_beside for system in SYSTEMS.values()))
PASSING = {system.passing_id: system for system in SYSTEMS.values() if system.passing_id}
DECORATION = re.compile("|".join(f"^{system.decoration}" for system in SYSTEMS.values() if system.decoration))
UNNAMED = tuple(start for system in SYSTEMS.values() for start in system.unnamed)
BAD_IN_AN_ID = re.compile(rf"[/\\*?\[\]{{}}<>:|\"{CONTROL}{DIRECTION}]|^[.\-]|^$|^\s|\s$")


# What to do about two students of the gradebook for one in a list.
ONE_OF_THEM = "Where they are one person, 'nbgrader db student remove ID' takes one away."


class NoMatch(Exception):
    """Nobody, or more than one, can be meant; the message says why. ``may_be``: ids of whom it may be all the
    same.
    """

    def __init__(self, reason: str, may_be: Iterable[str] = ()):
        super().__init__(reason)
        self.may_be = tuple(sorted(may_be))


class Unknown(NoMatch):
    """Nobody is meant; ``may_be`` is then who has the most similar name."""


@dataclass
class Student:
    id: str
    names: set[str] = field(default_factory=set)  # squeezed, in every order
    ids: set[str] = field(default_factory=set)  # the LMS's own, in lower case
    email: str = ""
    full_name: str = ""
    in_order: dict[str, str] = field(default_factory=dict)  # squeezed, by System.name_order
    time: datetime | None = None  # of the hand-in, for exports that give none
    says: str = ""  # what the list says of a hand-in, as in names.words_of_a_hand_in


def make_student(
    id: str, full_name: str, email: str, ids: Iterable[str], first: str = "", last: str = ""
) -> Student:
    others = {same_form(value) for value in ids if value} | {same_form(id)}
    in_order = {"first last": squeezed(first + last), "last first": squeezed(last + first)}
    return Student(
        id,
        orders(full_name),
        others,
        same_form(email.strip()),
        full_name.strip(),
        in_order if first and last else {},
    )


def in_gradebook(coursedir: CourseDirectory) -> list[Student]:
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
    row: list[str], columns: dict[str, int], id_columns: list[str], known: "Matcher"
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


class Matcher:
    """Tells the student behind a Sender, by the ids, e-mails and names of ``students``.

    Who is none of them is a new student, with the LMS's own id or the e-mail as id; but not when ``students``
    come from a roster, nor when the gradebook was filled with names or e-mails.
    """

    def __init__(self, students: list[Student], is_roster: bool = False):
        self.students, self.is_roster = students, is_roster
        self.source = "the roster" if is_roster else "the gradebook"
        self.is_filled = any(student.full_name or student.email for student in students)
        self.by_id, self.by_email, self.by_name = defaultdict(set), defaultdict(set), defaultdict(set)
        self.times = {student.id: student.time for student in students}
        self.says = {student.id: student.says for student in students}
        self.full_names = {student.id: student.full_name for student in students}
        self.in_order = {student.id: student.in_order for student in students}
        for student in students:
            for value in student.ids:
                self.by_id[value].add(student.id)
            for name in student.names:
                self.by_name[name].add(student.id)
            if student.email:
                self.by_email[student.email].add(student.id)

    def knows(self, id: str) -> bool:
        """Is it some student's id or e-mail?"""
        return same_form(id) in self.by_id or same_form(id) in self.by_email

    def time_of(self, id: str) -> datetime | None:
        """When the student handed in, if the roster knows."""
        return self.times.get(id)

    def match(self, sender: Sender) -> str:
        """The student's id. Raises NoMatch with a sentence."""
        by_id = self._with_id(sender.id) | self.with_email(sender.email)
        by_name = self.with_name(sender)
        if sender.problem:
            raise NoMatch(sender.problem, by_id | by_name)
        both = by_id & by_name
        found = both or by_id or by_name
        if by_id and by_name and not both:
            raise NoMatch(
                f"{_told(sender)}: the id is {_who(by_id)}'s, the name {_who(by_name)}'s.", by_id | by_name
            )
        if by_id and not by_name and (stranger := self._stranger(sender, by_id)):
            raise NoMatch(
                f"{_told(sender)}: the id is that of {stranger} in {self.source}, who has another name.",
                by_id,
            )
        if len(found) > 1:
            shared = sender if both else replace(sender, name="") if by_id else Sender("", name=sender.name)
            said = f"There are {len(found)} students with {_told(shared)} in {self.source}: {_who(found)}."
            tells = "" if by_id or self.is_roster else " A roster with the system's ids tells (--roster)."
            raise NoMatch(said + tells, found)
        if found:
            return found.pop()
        return self._new(sender)

    def has_number(self, id: str, number: str) -> bool:
        """Is it one of the ids that the list has for the student, or the id itself?"""
        return number == id or id in self._with_id(number)

    def student(self, sender: Sender) -> str | None:
        """The student's id; None when nobody, or more than one, can be meant."""
        try:
            return self.match(sender)
        except NoMatch:
            return None

    def _stranger(self, sender: Sender, by_id: set[str]) -> str:
        """The student whose id it is, if the id may be so by chance and no word of the name is the same."""
        if not sender.lms or not squeezed(sender.name) or squeezed(sender.name).startswith(UNNAMED):
            return ""
        for id in by_id:
            by_chance = NAMED[sender.lms].has_own_numbers or sender.id.lower() == id.lower()
            if by_chance and not self._may_be_called(id, sender.name):
                return id
        return ""

    def _may_be_called(self, id: str, name: str) -> bool:
        """Is a word of the student's name in this one, or is no name of the student known?"""
        said = squeezed(name)
        words = map(squeezed, re.split(r"[\s,-]+", self.full_names[id]))
        words = [word for word in words if len(word) > 1]
        return not words or any(word in said for word in words)

    def _with_id(self, id: str) -> set[str]:
        return set(self.by_id.get(same_form(id), ())) if id else set()

    def with_address(self, email: str) -> set[str]:
        """Whose e-mail or id it is."""
        email = same_form(email)
        return {*self.by_email.get(email, ()), *self.by_id.get(email, ())} if email else set()

    def with_email(self, email: str) -> set[str]:
        """Also whose id is what stands before the @, if no e-mail is known of them."""
        if found := self.with_address(email):
            return found
        addresses = {student.id: student.email for student in self.students}
        user = same_form(email).partition("@")[0]
        return {id for id in self.by_id.get(user, ()) if not addresses[id]}

    def with_name(self, sender: Sender) -> set[str]:
        said = squeezed(sender.name)
        if found := self.by_name.get(said):
            order = NAMED[sender.lms].name_order if sender.lms else ""
            exact = {id for id in found if self.in_order[id].get(order, said) == said}
            return exact or set(found)  # Kim Lee is not Lee Kim, where the system's order tells them apart
        if not (sender.lms and NAMED[sender.lms].begins_with_user):
            return set()
        user, _, rest = sender.name.partition(" ")
        return {id for id in self._with_id(user) if rest and self._may_be_called(id, rest)}

    def _new(self, sender: Sender) -> str:
        """Somebody who is not in the list."""
        id = sender.id or sender.email
        if id and not self.is_roster and not self.is_filled:
            if BAD_IN_AN_ID.search(id):
                raise Unknown(f"{id!r} cannot be a student's id: it is to be the name of a folder.")
            return id
        if not self.students:
            raise Unknown(f"{_told(sender)}, without a student's id: give a roster (--roster).")
        # what stands before an underscore may be either
        name = sender.name or (sender.id if not sender.lms else "")
        choices = {known: ids for known, ids in self.by_name.items() if name}
        close = process.extractOne(squeezed(name), choices.keys(), scorer=fuzz.ratio, score_cutoff=65)
        near = sorted(choices[close[0]]) if close else []
        hint = f" The nearest is {self.full_names[near[0]]} ({near[0]})." if near else ""
        raise Unknown(f"Nobody with {_told(sender)} is in {self.source}.{hint}", near)


def _told(sender: Sender) -> str:
    """What the export says of the sender."""
    said = {"the name": sender.name, "the e-mail": sender.email, "the id": sender.id}
    return " and ".join(f"{key} {value}" for key, value in said.items() if value) or "nothing"


def _who(ids: set[str]) -> str:
    return ", ".join(sorted(ids))
