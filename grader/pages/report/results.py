"""What became of an assignment: scores from the gradebook, verdicts and code from the autograded
notebooks.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from logging import Logger
from pathlib import Path

from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import (
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from tqdm import tqdm

from grader.grading import collected, extensions
from grader.grading.cells import as_given, in_order, labels
from grader.grading.coursedir import find_assignment, folder, gradebook, student_folders
from grader.grading.late import Penalties, final, settings
from grader.grading.unfinished import cut_off
from grader.grading.verdicts import recorded_verdict
from mytorch.check.judge import Verdict
from mytorch.check.wording import Diagnosis, Place

from ..lines import Lines, is_grade, only_this, questions
from .causes import NOT_RECORDED
from .code import method

GRADED = "graded"
WAITING = "handed in, not graded"
NO_NOTEBOOK = "handed in no notebook"
NOTHING = "handed in nothing"


@dataclass(frozen=True)
class GradedItem:
    """A graded cell; its name is unique in its notebook only, its ``label`` everywhere. ``by_hand``: by
    somebody who reads.
    """

    name: str
    label: str
    notebook: str
    points: float
    by_hand: bool = False


@dataclass(frozen=True)
class Result:
    """What one student has for one item. ``score`` is None until the item has been graded, by whomever;
    ``waits``: for somebody to grade it, or to look at it again.
    """

    student: str
    item: GradedItem
    score: float | None
    auto_score: float | None = None
    manual_score: float | None = None
    verdict: Verdict | None = None
    code: str = ""  # of the method that makes the quantity that differs
    place: Place | None = None  # the line that was searched for
    waits: bool = False

    @property
    def is_open(self) -> bool:
        return self.waits or self.score is None

    @property
    def lost(self) -> float:
        """Points; extra credit does not count as a negative loss."""
        return 0.0 if self.score is None else max(0.0, self.item.points - self.score)


@dataclass
class StudentResults:
    id: str
    first_name: str = ""
    last_name: str = ""
    status: str = NOTHING
    penalty: float = 0.0  # points taken off for handing in late
    late_days: int = 0  # spent on this assignment
    results: list[Result] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Points, late penalty taken off."""
        return final(sum(result.score or 0.0 for result in self.results), self.penalty)

    @property
    def is_complete(self) -> bool:
        """Has every item a score?"""
        return all(result.score is not None for result in self.results)


@dataclass
class ClassResults:
    assignment: str
    items: list[GradedItem]
    students: list[StudentResults]

    @property
    def graded(self) -> list[StudentResults]:
        return [student for student in self.students if student.status == GRADED]

    @property
    def results(self) -> list[Result]:
        return [result for student in self.graded for result in student.results]

    @property
    def max_score(self) -> float:
        return sum(item.points for item in self.items)


def read(app: NbGrader, assignment: str) -> ClassResults:
    """The results of an assignment. Raises CommandFailed when there is no gradebook or no such assignment in
    it.
    """
    coursedir, (_, penalties) = app.coursedir, settings(app.config)
    with gradebook(coursedir) as book:
        extensions.apply(book, coursedir, assignment)
        items = _items(book, assignment)
        students = _students(book, app, assignment)
        _add_scores(book, coursedir, assignment, items, students)
        _add_penalties(book, assignment, students, penalties)
    unfinished, lines = cut_off(coursedir, assignment), Lines(coursedir)
    for student in tqdm(students.values(), unit="student", delay=1, disable=None):
        if student.status == GRADED and (
            student.id in unfinished or _is_half(coursedir, assignment, student)
        ):
            student.status, student.results, student.penalty = WAITING, [], 0.0
        if student.status == GRADED:
            path = folder(coursedir, "autograded", student.id, assignment)
            student.results = _with_verdicts(student, path, lines, app.log)
    return ClassResults(assignment, items, sorted(students.values(), key=lambda student: student.id))


def _items(book: Gradebook, assignment: str) -> list[GradedItem]:
    """In the notebooks' order."""
    notebooks = find_assignment(book, assignment).notebooks
    called = labels(
        (one.name, cell.name) for one in notebooks for cell in (*one.grade_cells, *one.task_cells)
    )
    items = []
    for one in notebooks:
        read = {cell.name for cell in (*one.solution_cells, *one.task_cells)}
        points = {cell.name: cell.max_score for cell in (*one.grade_cells, *one.task_cells)}
        names = in_order(points, as_given(book, one.name, assignment))
        items += [
            GradedItem(name, called[one.name, name], one.name, points[name], name in read) for name in names
        ]
    return items


def _students(book: Gradebook, app: NbGrader, assignment: str) -> dict[str, StudentResults]:
    """Everybody in the gradebook, and whoever has a folder in submitted/."""
    students = {
        one.id: StudentResults(one.id, one.first_name or "", one.last_name or "") for one in book.students
    }
    for name, reason in collected.read(app, assignment).refused.items():
        if name in students:
            students[name].status = f"{collected.STATUS}: {reason}"
    for name, path in student_folders(app.coursedir, "submitted", assignment).items():
        status = WAITING if any(path.glob("*.ipynb")) else NO_NOTEBOOK
        students.setdefault(name, StudentResults(name)).status = status
    return students


def _is_half(coursedir: CourseDirectory, assignment: str, student: StudentResults) -> bool:
    """Scores are missing, and so is the folder: a run was cut off, and the next one before it came to this
    student.
    """
    return not student.is_complete and not folder(coursedir, "autograded", student.id, assignment).is_dir()


def _add_scores(
    book: Gradebook,
    coursedir: CourseDirectory,
    assignment: str,
    items: list[GradedItem],
    students: dict[str, StudentResults],
) -> None:
    """One result for each item of those who have been graded: of whom there is a score, or an autograded
    folder, where all that they wrote waits for somebody to read it.
    """
    scores = (Grade.score, Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade)
    query = (
        book.db.query(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, *scores)
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(AssignmentRow, SubmittedAssignment.assignment_id == AssignmentRow.id)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(Notebook, BaseCell.notebook_id == Notebook.id)
        .filter(AssignmentRow.name == assignment)
    )
    grades = defaultdict(dict)
    for student, notebook, cell, score, auto, manual, waits in query:
        known = auto is not None or manual is not None
        grades[student][notebook, cell] = (score if known else None, auto, manual), waits
    for name, found in grades.items():
        is_scored = any(score is not None for (score, *_), _ in found.values())
        if is_scored or folder(coursedir, "autograded", name, assignment).is_dir():
            students[name].status = GRADED
            for item in items:
                scores, waits = found.get((item.notebook, item.name), ((None, None, None), True))
                students[name].results.append(Result(name, item, *scores, waits=waits))


def _add_penalties(
    book: Gradebook, assignment: str, students: dict[str, StudentResults], penalties: Penalties
) -> None:
    """What being late costs as things stand now, as for feedback and grades."""
    for submission in book.assignment_submissions(assignment):
        if submission.total_seconds_late:
            late = students[submission.student.id]
            late.penalty = sum(map(penalties.of, submission.notebooks))
            late.late_days = penalties.late_days(submission).spent


# --- autograded notebooks -----------------------------------------------------------------------------------


def _with_verdicts(student: StudentResults, path: Path, lines: Lines, log: Logger) -> list[Result]:
    """The student's results, each with its verdict, the code that it is about, and the line in it."""
    notebooks = {result.item.notebook for result in student.results}
    recorded = {name: _read_notebook(path / f"{name}.ipynb", lines, log) for name in notebooks}
    results = []
    for result in student.results:
        verdict, code, place = recorded[result.item.notebook].get(result.item.name, (None, "", None))
        is_test = not result.item.by_hand and result.auto_score is not None
        if verdict is None and is_test and result.lost:
            verdict = Verdict(False, Diagnosis(NOT_RECORDED, "The autograded notebook holds no verdict."))
        results.append(replace(result, verdict=verdict, code=code, place=place))
    return results


def _read_notebook(
    path: Path, lines: Lines, log: Logger
) -> dict[str, tuple[Verdict | None, str, Place | None]]:
    """Verdict, code and line of each graded cell; empty when the notebook is not there or cannot be read."""
    try:
        cells = [cell for cell in json.loads(path.read_bytes())["cells"] if cell["cell_type"] == "code"]
        graded = [(place, cell) for place, cell in enumerate(cells) if is_grade(cell)]
        asked, found = questions(path, cells, log), {}
        for place, cell in graded:
            name, verdict, code = cell["metadata"]["nbgrader"]["grade_id"], recorded_verdict(cell), ""
            with only_this(path, log):
                code = _code(verdict, cells[:place])
            found[name] = verdict, code, lines.place(asked.get(name))
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _code(verdict: Verdict | None, before: list[dict]) -> str:
    """The method that makes what differs."""
    quantity = verdict.about if verdict else None
    if quantity is None:
        return ""
    return method(["".join(one["source"]) for one in before], verdict.component, quantity.by)
