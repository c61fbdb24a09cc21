"""Brightspace.

Exports one folder a submission, ``<user id>-<folder id> - <First Last> - <Nov 20, 2026 1103 PM>``, or loose
files with `` - <file>`` behind it, and an ``index.html``. Some universities put the user name before the
first name. The time is the local one, without saying of where.

Takes back grades as Username, "<assignment> Points Grade", an end-of-line column; and the downloaded
submissions' folders with files in them.
"""

import re
from datetime import datetime

from grader.grading.grades import Grades, written

from ..names import moment
from .system import Returned, Sender, System

NAME = re.compile(
    r"(?P<id>\d+)-\d+ ?- ?(?P<name>.+?) ?- ?"
    r"(?P<date>[^\W\d]+\.? \d{1,2}, \d{4}|\d{1,2} [^\W\d]+\.?,? \d{4}) "
    r"(?P<hour>\d{1,2}?):?(?P<minute>\d\d)(?P<half> ?[AP]M)?"
    r"(?: ?- ?(?P<file>.+))? *"
)


class Brightspace(System):
    name = "Brightspace"
    name_order = "first last"
    noise = frozenset({"index.html"})
    has_own_numbers = True
    ids = ("orgdefinedid", "brightspaceid")
    begins_with_user = True
    decoration = "#"
    needs_download = True

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(name)
        return match and Sender(
            self.name, match["name"], match["id"], time=_time(match), file=match["file"] or ""
        )

    def column(self, assignment: str) -> str:
        return rf"{re.escape(assignment)} Points Grade( <.*>)?"

    def grades(self, assignment: str, marks: list[Grades]) -> list[list]:
        header = ["Username", f"{assignment} Points Grade", "End-of-Line Indicator"]
        return [header, *([one.student, written(one.final), "#"] for one in marks)]

    def places(self, returned: Returned) -> dict[str, str]:
        return self.places_in_download(returned)

    def place(self, name: str, sender: Sender, assignment: str) -> str:
        return super().place(name if sender.file else f"{name}/", sender, assignment)


def _time(match: re.Match) -> datetime | None:
    """ "Nov 20, 2026 1103 PM", "Feb 11, 2016 205 AM": hour and minutes without a colon."""
    return moment(f"{match['date']} {match['hour']}:{match['minute']}{match['half'] or ''}")
