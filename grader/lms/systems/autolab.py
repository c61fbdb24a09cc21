"""Autolab.

Exports loose files ``<e-mail>_<version>_<file>``; what an instructor annotated is there again as
``annotated_…``. On Autolab's own disk: a folder ``<e-mail>`` with ``<version>_<file>``. No times.

Takes back lines of e-mail and points, without a header. No files.
"""

import re
from pathlib import Path

from grader.grading.grades import Grades, written

from ..names import EMAIL
from .system import Sender, System

NAME = re.compile(rf"(?P<annotated>annotated_)?(?P<email>{EMAIL})_(?:(?P<number>0|[1-9]\d*)_)?(?P<file>.+)")


class Autolab(System):
    name = "Autolab"
    is_ordered = True
    is_one_by_number = True

    def sender(self, name: str) -> Sender | None:
        match = NAME.fullmatch(name)
        if not match or match["annotated"]:
            return None
        return Sender(
            self.name, email=match["email"].lower(), number=int(match["number"] or 0), file=match["file"]
        )

    def is_copy(self, name: str) -> bool:
        match = NAME.fullmatch(name)
        return bool(match and match["annotated"])

    def in_folder_of(self, folder: Path, email: str) -> list[tuple[Path, Sender]]:
        versions = [(re.fullmatch(r"(\d+)_(.+)", path.name), path) for path in sorted(folder.iterdir())]
        return [
            (path, Sender(self.name, email=email, number=int(m[1]), file=m[2])) for m, path in versions if m
        ]

    def grades(self, assignment: str, marks: list[Grades]) -> list[list]:
        return [[_email(one), written(one.final)] for one in marks if _email(one)]

    def left_out(self, marks: list[Grades]) -> str:
        without = [one.student for one in marks if not _email(one)]
        return (
            f"Not in grades-autolab.csv, which needs e-mail addresses: {', '.join(without)}."
            if without
            else ""
        )


def _email(one: Grades) -> str:
    return one.email or (one.student if "@" in one.student else "")
