"""The hand-ins of an assignment as they stand when they are to be returned: who is ready, and why others are
not yet.
"""

from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory

from grader.grading import collected, extensions, grades, handed_in, late, unfinished
from grader.grading import coursedir as course
from grader.grading.advice import to_grade, to_type
from grader.grading.resubmitted import is_what_was_graded

from .held import Held, Why


class GradedWork:
    """An assignment of a course. Raises CommandFailed when there is no such assignment."""

    def __init__(self, app: NbGrader, assignment: str):
        self.coursedir: CourseDirectory = app.coursedir
        self.assignment = assignment
        self.collected = collected.read(app, assignment)
        self.policy, self.penalties = late.settings(app.config)
        self.extended = extensions.read(app.coursedir).get(assignment, {})
        with course.gradebook(self.coursedir) as gradebook:
            found = course.find_assignment(gradebook, assignment)
            self.due, self.of = found.duedate, found.max_score

    def sort(self) -> tuple[list[grades.Grades], dict[str, Held]]:
        """Everybody in the gradebook or in submitted/: who is ready, and why the others are not. By student's
        id.
        """
        marks, held = {}, {}
        submitted = course.student_folders(self.coursedir, "submitted", self.assignment)
        self.cut_off = unfinished.cut_off(self.coursedir, self.assignment)
        with course.gradebook(self.coursedir) as gradebook:
            extensions.apply(gradebook, self.coursedir, self.assignment)
            self.students = {student.id: student for student in gradebook.students}
            for student in sorted({*self.students, *submitted}):
                found = self._look(gradebook, student)
                (held if isinstance(found, Held) else marks)[student] = found
            gradebook.db.expunge_all()
        return list(marks.values()), held

    def page(self, student: str, notebook: str) -> Path:
        """Where the feedback on a notebook is, if it is there."""
        return self._folder("feedback", student) / f"{notebook}.html"

    def nothing(self, student: str) -> grades.Grades:
        """No points, for somebody without a hand-in."""
        person = self.students[student]
        names = (person.first_name or "", person.last_name or "", person.email or "")
        return grades.Grades(student, *names, (), None, self.due, 0.0)

    def is_marked_late(self, one: grades.Grades) -> bool:
        """By the LMS only, which gave no time: how late is not known, so it costs nothing."""
        return bool(one.books) and one.handed_in is None and one.student in self.collected.late

    def _folder(self, step: str, student: str) -> Path:
        return course.folder(self.coursedir, step, student, self.assignment)

    def _look(self, gradebook: Gradebook, student: str) -> grades.Grades | Held:
        submitted = self._folder("submitted", student)
        try:
            marks = grades.read(gradebook, self.assignment, student, self.penalties)
        except MissingEntry:
            return self._without_grades(student)
        newer = handed_in.time_if_any(submitted)
        if newer and marks.handed_in and newer > marks.handed_in:
            return Held(Why.NEWER, to_grade(self.assignment))
        graded = self._graded(marks)
        if student in self.cut_off:
            return Held(Why.CUT_OFF, to_grade(self.assignment))
        if not self._folder("autograded", student).is_dir():
            # as a second run leaves it that was cut off, too
            return Held(Why.FOLDER_GONE, to_grade(self.assignment))
        # only --force grades one without a time
        again = to_grade(self.assignment, "--force", student=student)
        if not is_what_was_graded(submitted, graded):
            return Held(Why.NEWER, again)
        if marks.beyond:
            return Held(Why.OTHER_POINTS, again, ", ".join(marks.beyond))
        if marks.waiting:
            return Held(Why.BY_HAND, "the formgrader, Manual Grading", ", ".join(marks.waiting))
        return self._with_feedback(marks, graded)

    def _without_grades(self, student: str) -> Held:
        if self._folder("submitted", student).is_dir():
            return Held(Why.NOT_GRADED, to_grade(self.assignment))
        if refused := self.collected.refused.get(student):
            return Held(Why.NOT_COLLECTED, detail=refused)
        until = self.extended.get(student)
        if until and until > datetime.now(UTC).replace(tzinfo=None):
            return Held(Why.HAS_TIME, detail=self.policy.local(until))
        return Held(Why.NO_HAND_IN)

    def _graded(self, marks: grades.Grades) -> dict[str, Path]:
        """The autograded notebooks that are there, by name."""
        paths = {
            book.name: self._folder("autograded", marks.student) / f"{book.name}.ipynb"
            for book in marks.books
        }
        return {name: path for name, path in paths.items() if path.is_file()}

    def _with_feedback(self, marks: grades.Grades, graded: dict[str, Path]) -> grades.Grades | Held:
        if not graded:
            return Held(Why.NOTEBOOKS_GONE, to_grade(self.assignment, "--force"))
        pages = {name: self.page(marks.student, name) for name in graded}
        again = to_type("nbgrader generate_feedback", self.assignment, "--force")
        if missing := [name for name, page in pages.items() if not page.is_file()]:
            return Held(Why.NO_FEEDBACK, again, ", ".join(missing))
        if any(
            grades.seal_in(pages[name].read_text(encoding="utf-8", errors="replace"))
            != marks.seal(name, path)
            for name, path in graded.items()
        ):
            return Held(Why.OUTDATED, again)
        return marks
