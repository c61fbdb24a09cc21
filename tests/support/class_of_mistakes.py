"""A graded class with known mistakes, made in seconds: everything is nbgrader's and the grader's own but the
kernels.

Wrong classes of the banks are checked here, in this process; the real Judge and nbgrader's
SaveAutoGrades then write the autograded notebooks and the gradebook.
"""

import contextlib
import io
import json
from copy import deepcopy
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import SaveAutoGrades

from grader.grading.execute import IN_WORK, PROBLEM, InWork
from grader.grading.seeds import drawn
from grader.grading.verdicts import Judge
from mytorch.check import check
from mytorch.check.judge import expected_traces
from mytorch.check.record import collecting
from mytorch.check.trace import MIME
from mytorch.course import COMPONENTS
from support.bank import LIBRARY, WRONG
from support.own import ASSIGNMENT, NOTEBOOKS

SEEDS = b"of the run"


def wrong(component: str, name: str):
    """The entry of the bank."""
    return next(one for one in WRONG if (one.component, one.name) == (component, name))


def grade_in_process(
    course: Path, mistakes: dict[str, list], problems: dict[tuple[str, str], str] = {}
) -> None:
    """Grade everybody: student → entries of the bank of wrong classes, all else being right.

    ``problems``: (student, notebook) → why that notebook could not be run.
    """
    db_url = f"sqlite:///{course / 'gradebook.db'}"
    with Gradebook(db_url, "mytorch") as book:
        for student in mistakes:
            book.update_or_create_student(student)
            book.update_or_create_submission(ASSIGNMENT, student)
            for step in ("submitted", "autograded"):
                (course / step / student / ASSIGNMENT).mkdir(parents=True)
    for student, wrongs in mistakes.items():
        for notebook in NOTEBOOKS:
            (course / "submitted" / student / ASSIGNMENT / f"{notebook}.ipynb").touch()
            _grade(course, db_url, student, notebook, wrongs, problems.get((student, notebook), ""))


def _grade(course: Path, db_url: str, student: str, notebook: str, wrongs: list, problem: str) -> None:
    nb = deepcopy(_notebook(course / "source" / ASSIGNMENT / f"{notebook}.ipynb"))
    source_of = {one.component: one.source for one in wrongs}
    for cell in nb.cells:
        entry = cell.metadata.get("nbgrader", {})
        component = str(entry.get("grade_id")).removesuffix("-code")
        if entry.get("solution") and component in source_of:
            cell.source = source_of[component]
        elif entry.get("grade") and not problem:
            cell.outputs = [
                new_output("display_data", data={MIME: trace})
                for trace in _traces(drawn(cell.source, SEEDS), tuple(wrongs))
            ]
    where = {"student": student, "notebook": notebook, "assignment": ASSIGNMENT, "db_url": db_url}
    for step in (Judge(), SaveAutoGrades()):
        nb, _ = step.preprocess(nb, {IN_WORK: InWork(SEEDS), PROBLEM: problem, "nbgrader": where})
    nbformat.write(nb, course / "autograded" / student / ASSIGNMENT / f"{notebook}.ipynb")


@cache
def _notebook(path: Path):
    return nbformat.read(path, as_version=4)


@cache
def _traces(source: str, wrongs: tuple) -> list[dict]:
    """What the graded cell records with these classes: the whole cell as the course has it, hidden tests
    too.
    """
    concerned = {one.component: one for one in wrongs if f"check({one.component}" in source}
    if not concerned:
        return json.loads(json.dumps([trace.to_json() for trace in expected_traces(source)]))
    classes = {name: concerned[name].build() if name in concerned else LIBRARY[name] for name in COMPONENTS}
    with (
        collecting() as traces,
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.suppress(KeyboardInterrupt),
    ):
        exec(compile(source, "<graded cell>", "exec"), {**classes, "check": check})
    return json.loads(json.dumps([trace.to_json() for trace in traces]))
