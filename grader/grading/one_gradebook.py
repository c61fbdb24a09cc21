"""nbgrader's Gradebook, opened once in a run and not dozens of times a submission.

Each time, nbgrader looks whether the tables are there and puts its queries together anew. It has no setting
for that. Its converter and its steps name the class where they open it: a subclass of ours would not be
asked, and each of them would have to be written once more. So the class itself is changed, for the length of
a block, and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nbgrader import converters
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException

from .advice import to_grade
from .coursedir import folder, students_in
from .unfinished import Notes


@contextmanager
def one_gradebook() -> Iterator[None]:
    """In this block each gradebook is opened once."""
    own, opened = (Gradebook.__init__, Gradebook.close), {}

    def open_once(self, db_url, course_id="default_course", authenticator=None):
        if (db_url, course_id) not in opened:
            own[0](self, db_url, course_id, authenticator)
            opened[db_url, course_id] = vars(self).copy()
        vars(self).update(opened[db_url, course_id])

    Gradebook.__init__, Gradebook.close = open_once, lambda self: self.db.remove()
    try:
        yield
    finally:
        Gradebook.__init__, Gradebook.close = own
        for once in opened.values():
            once["engine"].dispose()


class GenerateFeedback(converters.GenerateFeedback):
    """nbgrader's converter, with its name, which configures it. nbgrader_config.py gives it to nbgrader's
    commands. Pages that cannot be made anew stay as they are, and half of a student's pages is never left.
    """

    def __init__(self, coursedir=None, **kwargs):
        super().__init__(coursedir=coursedir, **kwargs)
        self.notes = Notes("feedback")
        self.student = ""  # in work
        self.before: dict[Path, bytes] = {}  # the student's pages, until there are new ones

    def start(self) -> None:
        with one_gradebook():
            self.make()

    def make(self) -> None:
        self.without_grades: list[str] = []
        try:
            super().start()
        finally:
            self._give_back()
        if self.without_grades:
            raise NbGraderException(f"No grades of {', '.join(self.without_grades)}")

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        self._give_back()  # to one whose pages could not be made
        pages = folder(self.coursedir, "feedback", student_id, assignment_id)
        with Gradebook(self.coursedir.db_url) as gradebook:
            has_grades = bool(students_in(gradebook, assignment_id, student_id))
        if not has_grades and student_id not in self.coursedir.student_id_exclude.split(","):
            if self.force or not pages.exists():  # of who has left the course they may well stay
                self.without_grades.append(student_id)
                advice = f"'{to_grade(assignment_id)}' grades the hand-in again"
                self.log.error("The gradebook has no grades of %s: %s.", student_id, advice)
            return False
        try:
            self.notes.clear(self.coursedir, student_id)
        except BlockingIOError:
            return False  # another process makes them at this moment
        self.before = {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()}
        begins = super().init_destination(assignment_id, student_id)
        if begins:
            self.student = student_id
            made = [f"{Path(notebook).stem}{self.exporter.file_extension}" for notebook in self.notebooks]
            with suppress(OSError):  # then no page can be written either
                self.notes.hold(self.coursedir, student_id, made)
        return begins

    def run_post_convert_hook(self) -> None:
        super().run_post_convert_hook()
        self.before = {}
        self.notes.drop(self.coursedir, self.student)

    def _give_back(self) -> None:
        self.notes.drop(self.coursedir, self.student)
        before, self.before = self.before, {}
        for path, content in before.items():
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
