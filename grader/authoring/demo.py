"""The instructor's loop in one go, on a scratch copy: generate, three hand-ins, autograde, feedback, a grade
table.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from grader import ROOT
from grader.grading.stock import nbgrader
from mytorch.course import ASSIGNMENTS, SECTIONS

# What a student might hand in after a long night: notebook, right code, what stands there instead.
TYPICAL_MISTAKES = tuple(
    (section.notebook, *section.load("usual_ways").SLIP)
    for section in SECTIONS
    if section.assignment == next(iter(ASSIGNMENTS)) and hasattr(section.load("usual_ways"), "SLIP")
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(args: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="mytorch-demo-") as scratch:
        print("\n" + run_demo(ROOT, Path(scratch)))


def copy_course(root: Path, scratch: Path) -> None:
    """What nbgrader needs of the course at ``root``."""
    shutil.copytree(root / "source", scratch / "source")
    shutil.copy(root / "nbgrader_config.py", scratch)


def submit(course: Path, student: str, notebooks: Path, changes: tuple = ()) -> Path:
    """Put a submission into submitted/: the notebooks of a folder that has the assignment's name, with
    (notebook, old, new) changes of their code.

    Raises ValueError when a change does not apply.
    """
    folder = course / "submitted" / student / notebooks.name
    folder.mkdir(parents=True)
    for path in notebooks.glob("*.ipynb"):
        shutil.copy(path, folder)
    for name, old, new in changes:
        change_code(folder / f"{name}.ipynb", old, new)
    return folder


def change_code(path: Path, old: str, new: str) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
    if not cells:
        raise ValueError(f"{path.name} holds no code {old!r}")
    for cell in cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


def scores(course: Path, assignment: str = "") -> dict[str, dict[str, float]]:
    """Points by student and item, from the gradebook. Without a name: of the course's first assignment."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(assignment or next(iter(ASSIGNMENTS)))
        return {
            submission.student.id: {
                grade.cell.name: grade.score for book in submission.notebooks for grade in book.grades
            }
            for submission in submissions
        }


def run_demo(root: Path, scratch: Path) -> str:
    """Run the loop in ``scratch``. Returns the grade table. Raises CommandFailed when a command fails."""
    copy_course(root, scratch)
    assignment = next(iter(ASSIGNMENTS))
    print("nbgrader generate_assignment", assignment, flush=True)
    nbgrader("generate_assignment", assignment, root=scratch)
    submit(scratch, "ada", scratch / "source" / assignment)
    submit(scratch, "ben", scratch / "source" / assignment, TYPICAL_MISTAKES)
    submit(scratch, "cleo", scratch / "release" / assignment)
    for command in ("autograde", "generate_feedback"):
        print("nbgrader", command, assignment, flush=True)
        nbgrader(command, assignment, root=scratch)
    return grade_table(scores(scratch, assignment))


def grade_table(points: dict[str, dict[str, float]]) -> str:
    """Items down, students across."""
    students = sorted(points)
    lines = [f"{'item':<14}{'points':>7}" + "".join(f"{student:>8}" for student in students)]
    items = next(iter(ASSIGNMENTS.values())).items
    for item in items:
        row = "".join(f"{points[student].get(item.name, 0):>8g}" for student in students)
        lines.append(f"{item.name:<14}{item.points:>7}{row}")
    totals = "".join(f"{sum(points[student].values()):>8g}" for student in students)
    return "\n".join([*lines, f"{'sum':<14}{sum(item.points for item in items):>7}{totals}"])
