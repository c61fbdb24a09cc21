"""What a learning management system (LMS) is asked: who is behind a name in its export, and in which form it
takes work back.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.grading.grades import Grades

from ..names import squeezed


@dataclass(frozen=True)
class Sender:
    """Who handed in, in the words of the export.

    ``number`` orders hand-ins of one student in one LMS; ``time`` is naive when the export does not say of
    which zone; ``file`` is the name that the student gave, empty for a folder of files. ``problem`` says why
    nobody can be told.
    """

    lms: str
    name: str = ""
    id: str = ""
    email: str = ""
    time: datetime | None = None
    late: bool = False
    number: int = 0
    file: str = ""
    problem: str = ""
    is_beside: bool = False  # no hand-in: it only lies beside them


@dataclass(frozen=True)
class Returned:
    """What goes back, and what there is to go by.

    ``student``: who is meant by a sender, None where nobody is; ``rows``: the grade sheet's lines, each with
    its student or None; ``names``: those in the download, None without one.
    """

    assignment: str
    students: list[str]
    student: Callable[[Sender], str | None]
    rows: list[tuple[dict[str, str], str | None]]
    names: list[str] | None


class System:
    """A learning management system. Each module beside this one describes one, by what it has of its own."""

    name = ""  # as it calls itself

    # --- what it exports
    name_order = ""  # "first last" or "last first", where every name stands in that order
    begins_with_user = False  # some places put the user name before the name
    numbers_people = False  # of two numbers in one export each is another person's
    is_ordered = False  # a later hand-in of a student has a higher number
    is_one_by_number = False  # files with other numbers are other hand-ins, even in one folder
    times_elsewhere = ""  # a sentence about where times are that its export does not give
    noise: frozenset[str] = frozenset()  # its own files beside the hand-ins
    index = ""  # that of them which only an export has
    typed = ""  # the file that holds what a student typed in

    def sender(self, name: str) -> Sender | None:
        """What a file or folder name says, if it is as this system gives it."""
        return None

    def is_copy(self, name: str) -> bool:
        """Is it a hand-in once more, with an instructor's annotations?"""
        return False

    def senders_in(self, folder: Path) -> dict[str, list[Sender]]:
        """Who sent what in a folder, as far as a file in it tells; several for a group."""
        return {}

    def in_folder_of(self, folder: Path, email: str) -> list[tuple[Path, Sender]]:
        """The hand-ins in a student's folder, as on the system's own disk."""
        return []

    def times_in(self, told: object) -> Iterator[tuple[Sender, frozenset[int], str]]:
        """Everybody, with the numbers of the files and what it says of a hand-in (empty: there is none), by
        JSON as its API gives it; none by anything else.
        """
        yield from ()

    # --- what its lists of students say
    ids: tuple[str, ...] = ()  # columns of its own with an id, as in names.IDS; what people know comes first
    times: tuple[str, ...] = ()  # and with the time of the hand-in
    lists: tuple[str, ...] = ()  # words in the names of files with such lists
    has_own_numbers = False  # its numbers may by chance be another student's id
    own_id_beside: frozenset[str] = frozenset()  # columns beside which "ID" is the system's own number
    passing_id = ""  # the column of a number that is another one in the next assignment
    without_emails = ""  # what to do about a list in which that number is all there is
    decoration = ""  # a pattern of what stands before ids
    unnamed: tuple[str, ...] = ()  # how names begin that are none

    def require_readable(self, path: Path, header: list[str], rows: list[tuple[int, list[str]]]) -> None:
        """Raises CommandFailed for a list that it exports and that cannot be read here."""

    # --- what it takes back
    sheet = ""  # that must be given, in words; empty when grades can be written without one
    needs_download = False  # its zip wants the names of its own export
    maximum = ""  # the sheet's column that says how many points there are, in lower case

    def column(self, assignment: str) -> str:
        """A pattern for the header under which an assignment's grade stands in its sheet."""
        return re.escape(assignment)

    def grades(self, assignment: str, marks: list[Grades]) -> list[list] | None:
        """The lines of a table that is made without a sheet."""
        return None

    def left_out(self, marks: list[Grades]) -> str:
        """A sentence about those who are not in ``grades``."""
        return ""

    def places(self, returned: Returned) -> dict[str, str]:
        """The name of each student's zip in the zip for the system."""
        return {student: f"{student}.zip" for student in returned.students}

    def place(self, name: str, sender: Sender, assignment: str) -> str:
        """The name for what goes back, from that of what came."""
        return (name.removesuffix(sender.file) if sender.file else name) + f"{assignment}-feedback.zip"

    def places_in_download(
        self, returned: Returned, numbered: dict[tuple[str, str], str] | None = None
    ) -> dict[str, str]:
        """By the names of the latest hand-ins. ``numbered``: students by (number, name), where a sheet
        tells.
        """
        latest: dict[str, tuple[datetime, int, str]] = {}
        for name in returned.names or []:
            sender = self.sender(name)
            if sender is None:
                continue
            student = (numbered or {}).get((sender.id, squeezed(sender.name))) or returned.student(sender)
            if student is not None:
                place = (
                    sender.time or datetime.min,
                    sender.number,
                    self.place(name, sender, returned.assignment),
                )
                latest[student] = max(latest.get(student, place), place)
        return {student: place for student, (*_, place) in latest.items()}
