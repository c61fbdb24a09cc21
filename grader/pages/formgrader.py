"""The formgrader's pages, with what being late costs: nbgrader keeps the penalty and shows it nowhere there.
And names on them are text: nbgrader writes them into its pages as they are.

The scores in its lists are after the penalty, as feedback and ``grader return`` have them; the page of a
submission says it above the notebook. Nothing is written: what is taken off is worked out from the points.
"""

import html
from collections import Counter
from functools import partial

from jinja2 import Environment
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell
from nbgrader.api import (
    Assignment,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import base, formgrader

from grader.grading import grades
from grader.grading.coursedir import folder
from grader.grading.handed_in import time_if_any
from grader.grading.late import final, settings

# Nothing from elsewhere and nothing to elsewhere. nbgrader's pages have scripts of their own in them.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
)


def install() -> None:
    """Before the formgrader starts: what its lists say, how it writes names, what its pages may load."""
    base.NbGraderAPI = LateApi
    formgrader.Environment = partial(Environment, autoescape=True)
    inherited = base.JupyterHandler.content_security_policy
    base.BaseHandler.content_security_policy = property(
        lambda handler: f"{inherited.fget(handler)}; {POLICY}"
    )


class EscapeNames(Preprocessor):
    """On the page of a submission, whose template escapes nothing. Goes last."""

    def __init__(self, **kw):
        super().__init__(enabled=True, **kw)

    def preprocess(self, nb, resources):
        for name in ("student", "first_name", "last_name", "notebook_path", "assignment_id", "notebook_id"):
            if resources.get(name):
                resources[name] = html.escape(resources[name])
        return nb, resources


class ShowLateness(Preprocessor):
    """On the page of a submission, before its first cell."""

    def __init__(self, **kw):
        super().__init__(enabled=True, **kw)

    def preprocess(self, nb, resources):
        names = [resources.get(name) for name in ("assignment_id", "student", "notebook_id")]
        if all(names) and (words := self._words(*names)):
            nb.cells.insert(0, new_markdown_cell(words))
        return nb, resources

    def _words(self, assignment: str, student: str, notebook: str) -> str:
        policy, penalties = settings(self.config)
        coursedir = CourseDirectory(config=self.config)
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            try:
                marks = grades.read(gradebook, assignment, student, penalties, only=notebook)
            except MissingEntry:
                return ""
        late = grades.lateness(marks, marks.penalty, policy)
        if not marks.penalty:
            return f"**Late.** {late}" if late else ""
        left = f"{grades.written(marks.final)} of {grades.written(marks.points)}"
        return f"**Late.** {late} The points below are without it; with it this notebook has {left}."


class LateApi(NbGraderAPI):
    """Scores and averages in the formgrader's lists, with the penalty taken off."""

    def get_submitted_timestamp(self, assignment_id, student_id):
        """nbgrader's own waits for ever on a pipe, and its lists fail for a date that it does not
        understand.
        """
        return time_if_any(folder(self.coursedir, "submitted", student_id, assignment_id))

    def get_assignment(self, assignment_id, *args, **kwargs):
        found = super().get_assignment(assignment_id, *args, **kwargs)
        if found and found["average_score"]:
            with self.gradebook as gradebook:
                count = gradebook.find_assignment(assignment_id).num_submissions
            found["average_score"] -= sum(self._taken_off(Assignment.name == assignment_id).values()) / count
        return found

    def get_notebooks(self, assignment_id):
        found, lost = super().get_notebooks(assignment_id), Counter()
        for (_, notebook), points in self._taken_off(Assignment.name == assignment_id).items():
            lost[notebook] += points
        for one in found:
            if one["average_score"]:
                one["average_score"] -= lost[one["name"]] / one["num_submissions"]
        return found

    def get_student(self, student_id, *args, **kwargs):
        found = super().get_student(student_id, *args, **kwargs)
        if found:
            found["score"] -= sum(self._taken_off(Student.id == student_id).values())
        return found

    def get_students(self):
        found, lost = super().get_students(), Counter()
        for (student, _), points in self._taken_off().items():
            lost[student] += points
        for one in found:
            one["score"] -= lost[one["id"]]
        return found

    def _taken_off(self, *conditions) -> Counter[tuple[str, str]]:
        """Points by student and notebook, of those hand-ins for which the conditions hold."""
        _, penalties = settings(self.config)
        lost = Counter()
        with self.gradebook as gradebook:
            late = gradebook.db.query(SubmittedAssignment).join(Assignment).join(Student)
            for one in late.filter(SubmittedAssignment.timestamp > Assignment.duedate, *conditions):
                for book in one.notebooks:
                    lost[one.student.id, book.name] += penalties.of(book)
        return lost

    def get_submission(self, *args, **kwargs):
        found = super().get_submission(*args, **kwargs)
        return found and self._after([found], SubmittedAssignment)[0]

    def get_submissions(self, assignment_id):
        return self._after(super().get_submissions(assignment_id), SubmittedAssignment)

    def get_notebook_submissions(self, assignment_id, notebook_id):
        return self._after(super().get_notebook_submissions(assignment_id, notebook_id), SubmittedNotebook)

    def get_student_notebook_submissions(self, student_id, assignment_id):
        found = super().get_student_notebook_submissions(student_id, assignment_id)
        return self._after(found, SubmittedNotebook)

    def _after(self, found: list[dict], kind: type) -> list[dict]:
        """Each once: nbgrader makes some of its lists of what the methods above return."""
        _, penalties = settings(self.config)
        with self.gradebook as gradebook:
            for one in found:
                row = gradebook.db.get(kind, one["id"]) if one.get("id") and one["score"] else None
                if row is None or "late_penalty" in one:
                    continue
                books = row.notebooks if kind is SubmittedAssignment else [row]
                one["late_penalty"] = sum(map(penalties.of, books))
                one["score"] = final(one["score"], one["late_penalty"])
        return found
