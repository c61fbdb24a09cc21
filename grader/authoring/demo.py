"""The instructor's loop in one go, on a scratch copy: generate, three hand-ins, autograde, feedback, a grade table."""

import shutil
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from grader.grading.stock import nbgrader
from mytorch.course import ASSIGNMENT, ITEMS, NOTEBOOKS

# What a student might hand in after a long night: notebook, right code, what stands there instead.
TYPICAL_MISTAKES = (
    ("01_linear", "self.dLdW = dLdW / self.N", "self.dLdW = dLdW"),
    ("02_activation", "dAdZ = 1 - self.A * self.A", "dAdZ = 1 - self.A"),
    ("05_sgd", "self.mu * self.v_W[i]", "self.v_W[i]"),
    ("06_batchnorm", "self.alpha * self.running_M + (1 - self.alpha) *", "(1 - self.alpha) * self.running_M + self.alpha *"),
)


def copy_course(root: Path, scratch: Path) -> None:
    """What nbgrader needs of the course at ``root``."""
    shutil.copytree(root / "source", scratch / "source")
    shutil.copy(root / "nbgrader_config.py", scratch)


def hand_in(course: Path, student: str, notebooks: Path, changes: tuple = ()) -> Path:
    """Put a submission into submitted/: the notebooks of a folder, with (notebook, old, new) changes of their code.

    Raises ValueError when a change does not apply.
    """
    folder = course / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    for name in NOTEBOOKS:
        shutil.copy(notebooks / f"{name}.ipynb", folder)
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


def scores(course: Path) -> dict[str, dict[str, float]]:
    """Points by student and item, from the gradebook."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(ASSIGNMENT)
        return {
            submission.student.id: {grade.cell.name: grade.score for book in submission.notebooks for grade in book.grades}
            for submission in submissions
        }


def run_demo(root: Path, scratch: Path) -> str:
    """Run the loop in ``scratch``. Returns the grade table. Raises CommandFailed when a command fails."""
    copy_course(root, scratch)
    print("nbgrader generate_assignment", ASSIGNMENT, flush=True)
    nbgrader("generate_assignment", ASSIGNMENT, root=scratch)
    hand_in(scratch, "ada", scratch / "source" / ASSIGNMENT)
    hand_in(scratch, "ben", scratch / "source" / ASSIGNMENT, TYPICAL_MISTAKES)
    hand_in(scratch, "cleo", scratch / "release" / ASSIGNMENT)
    for command in ("autograde", "generate_feedback"):
        print("nbgrader", command, ASSIGNMENT, flush=True)
        nbgrader(command, ASSIGNMENT, root=scratch)
    return table(scores(scratch))


def table(points: dict[str, dict[str, float]]) -> str:
    """Items down, students across."""
    students = sorted(points)
    lines = [f"{'item':<14}{'points':>7}" + "".join(f"{student:>8}" for student in students)]
    for item in ITEMS:
        row = "".join(f"{points[student].get(item.name, 0):>8g}" for student in students)
        lines.append(f"{item.name:<14}{item.points:>7}{row}")
    totals = "".join(f"{sum(points[student].values()):>8g}" for student in students)
    return "\n".join([*lines, f"{'sum':<14}{sum(item.points for item in ITEMS):>7}{totals}"])
