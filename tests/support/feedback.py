"""Read the pages that ``nbgrader generate_feedback`` makes, as a student would."""

import html
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from grader.grading.verdicts import verdict_output
from mytorch.check.judge import Verdict
from mytorch.check.wording import Diagnosis
from mytorch.course import ITEMS
from support.handins import graded, lean, solved
from support.own import ASSIGNMENT, NOTEBOOKS

POINTS = {item.name: item.points for item in ITEMS}


def source(course: Path, student: str, notebook: str) -> str:
    """The HTML of a page."""
    return (course / "feedback" / student / ASSIGNMENT / f"{notebook}.html").read_text(encoding="utf-8")


def text(page: str) -> str:
    """The words in a piece of HTML."""
    body = re.sub(r"(?s)^.*<body[^>]*>|<(script|style)\b.*?</\1>", "", page)
    return html.unescape(re.sub(r"<[^<>]*>", "", body))


@cache
def page(course: Path, student: str, notebook: str) -> str:
    """The text of a page; remembered, since tests only read pages."""
    return text(source(course, student, notebook))


def verdicts(course: Path, student: str, notebook: str) -> str:
    """The graded items of a page: points, what failed and why."""
    sections = re.findall(r'(?s)<section class="item".*?</section>', source(course, student, notebook))
    return "\n".join(map(text, sections))


# --- graded work, without running it ------------------------------------------------------------------------


def put_graded(
    course: Path,
    student: str,
    points: dict[str, float],
    change: dict[str, Callable] | None = None,
    **submission,
) -> None:
    """A hand-in as it stands after autograding: solved notebooks in autograded/, points by item in the
    gradebook.

    ``change`` has functions that change a notebook; an item without full points gets the verdict "<item>:
    wrong". More arguments are columns of nbgrader's SubmittedAssignment.
    """
    change = change or {}
    for name in NOTEBOOKS:
        nb = _with_hidden_tests(nbformat.read(course / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4))
        for cell in graded(nb):
            item = cell.metadata.nbgrader.grade_id
            passed = points[item] >= POINTS[item]
            cell.outputs = [
                verdict_output(
                    Verdict(passed, None if passed else Diagnosis("", f"{item}: wrong.")), POINTS[item]
                )
            ]
        change.get(name, lambda nb: None)(nb)
        path = course / "autograded" / student / ASSIGNMENT / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, path)
    (course / "submitted" / student / ASSIGNMENT).mkdir(parents=True, exist_ok=True)
    with gradebook(course) as book:
        book.update_or_create_student(student)
        book.update_or_create_submission(ASSIGNMENT, student, **submission)
        for item in ITEMS:
            grade = book.find_grade(item.name, item.notebook, ASSIGNMENT, student)
            grade.auto_score, grade.needs_manual_grade = points[item.name], False
        book.db.commit()


def _with_hidden_tests(nb):
    """Autograding puts the graded cells of the source, hidden tests and all, back into a hand-in."""
    tests = {cell.metadata.nbgrader.grade_id: cell.source for cell in graded(nb)}
    for cell in graded(lean(solved(nb))):
        cell.source = tests[cell.metadata.nbgrader.grade_id]
    return nb


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")
