"""Moodle.

Exports one folder a student, ``<First Last>_<number>_assignsubmission_file_`` (newer versions: without the
last underscore), or loose files ``<First Last>_<number>_assignsubmission_file_<file>``. The number belongs to
this assignment only; the grading worksheet calls it "Participant <number>". Text that was typed in comes as
``…_onlinetext_``. No times but in the worksheet.

Takes back the grading worksheet, the column "Grade", and by "Upload multiple feedback files in a zip" ``<Full
name>_<participant number>_assignsubmission_file_<file>``.
"""

import re
from pathlib import Path

from grader.grading.stock import CommandFailed

from ..names import EMAILS, FIRST_NAMES, FULL_NAMES, squeezed
from .system import Returned, Sender, System

# Moodle writes a name's own underscores as blanks: the first number is the one that it wrote.
NAME = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)


class Moodle(System):
    name = "Moodle"
    times_elsewhere = "The grading worksheet has them (--roster worksheet.csv)."
    typed = "onlinetext.html"
    has_own_numbers = numbers_people = True
    ids = ("moodleid", "identifier")
    times = ("lastmodifiedsubmission",)
    lists = ("worksheet", "bewertung")
    passing_id = "identifier"
    without_emails = "let Moodle show e-mails and download the worksheet again"
    decoration = r"Participant\s+(?=\d)"
    unnamed = ("particip", "partecip", "teilnehm")  # blind marking, in five languages
    sheet = "grading worksheet (the assignment's page, Download grading worksheet)"
    maximum = "maximum grade"

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(name)
        return match and Sender(self.name, name=match["name"], id=match["id"], file=match["file"] or "")

    def require_readable(self, path: Path, header: list[str], rows: list[tuple[int, list[str]]]) -> None:
        """In another language the worksheet's first column is a word and a number, "Teilnehmer/in1234567"."""
        is_read = any(key in header for key in (*EMAILS, *FIRST_NAMES, *FULL_NAMES))
        words = {re.sub(r"\d+$", "", row[0].strip()) for _, row in rows}
        is_numbered = (
            len(words) == 1 and "" not in words and all(row[0].strip()[-1:].isdecimal() for _, row in rows)
        )
        is_worksheet = len(header) >= 6 and is_numbered and not is_read
        is_unnamed = words and all(word.casefold().startswith(self.unnamed) for word in words)
        if is_worksheet or is_unnamed and self.passing_id not in header:
            raise CommandFailed(
                f"{path} is Moodle's worksheet in another language: set Moodle's language to English and "
                "download it again."
            )

    def column(self, assignment: str) -> str:
        return "Grade"

    def places(self, returned: Returned) -> dict[str, str]:
        """The worksheet has what the names need: "Participant 123" and the full name."""
        numbered = [
            (number[1], row.get("Full name", ""), student)
            for row, student in returned.rows
            if student and (number := re.fullmatch(r"\D*(\d+)", row.get("Identifier", "")))
        ]
        if returned.names is not None:
            students = {(number, squeezed(name)): student for number, name, student in numbered}
            return self.places_in_download(returned, students)
        places = {}
        for number, name, student in numbered:
            name = re.sub(r'[_/\\:*?"<>|\x00-\x1f]', " ", name).strip() or "Participant"
            places[student] = f"{name}_{number}_assignsubmission_file_{returned.assignment}-feedback.zip"
        return places

    def place(self, name: str, sender: Sender, assignment: str) -> str:
        prefix = name.removesuffix(sender.file) if sender.file else name
        return f"{prefix.rstrip('_')}_{assignment}-feedback.zip"
