"""docs/changing.md: its commands are run, in order, on a copy of the course, and do what the page says."""

from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.documents import Machine, blocks
from support.handins import lean, write_solution
from support.own import ASSIGNMENT, NOTEBOOKS, ROOT
from support.processes import nbgrader, programs, python
from support.repository import copy_repository

pytestmark = [pytest.mark.nbgrader, pytest.mark.sandbox]  # the doctor looks whether there is one
BLOCKS = [block for block in blocks(ROOT / "docs" / "changing.md") if block.kind == "bash"]


@pytest.fixture(scope="module")
def machine(commands, tmp_path_factory) -> Machine:
    """With the course, in which somebody has handed in."""
    folder = tmp_path_factory.mktemp("changing")
    course = folder / "course"
    copy_repository(course)
    nbgrader("generate_assignment", ASSIGNMENT, root=course)
    hand_in(course)
    write_solution(course, "ada", "01_linear", lean)
    return Machine(folder, course, commands)


def hand_in(course: Path) -> None:
    """As the gradebook has it, with points and a comment by hand."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission(ASSIGNMENT, "ada")
        gradebook.find_grade("Linear", "01_linear", ASSIGNMENT, "ada").manual_score = 7
        gradebook.find_comment("Linear-code", "01_linear", ASSIGNMENT, "ada").manual_comment = "Nearly."
        gradebook.db.commit()


@pytest.fixture(scope="module")
def changed(machine) -> Machine:
    bin = machine.folder / "venv" / "bin"
    bin.mkdir(parents=True)
    with programs(bin, "python"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAKEFLAGS", f"SETUP=: VENV={bin.parent}")
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ines")
            patch.setenv(f"GIT_{who}_EMAIL", "ines@uni.example")
        for block in BLOCKS:
            machine.run(block)
            if "generate_assignment hw1 --force" in block.text:
                machine.after_hand_ins = grades(machine.course)
                machine.doctor = python("-m", "grader", "doctor", "--quick", cwd=machine.course)
    return machine


def grades(course: Path) -> dict[str, tuple]:
    """By graded cell: (points by its test, points by hand, most points). The comment is there."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        comment = gradebook.find_comment("Linear-code", "01_linear", ASSIGNMENT, "ada")
        assert comment.manual_comment == "Nearly."
        book = gradebook.find_submission_notebook("01_linear", ASSIGNMENT, "ada")
        return {
            grade.cell.name: (grade.auto_score, grade.manual_score, grade.max_score) for grade in book.grades
        }


def test_hand_ins_get_the_new_cell_and_keep_what_was_given_by_hand(changed):
    assert changed.after_hand_ins == {"Linear": (20, 7, 20), "parameters": (0, None, 2)}


def test_with_an_exercise_of_asserts_and_other_points_the_course_is_ready(changed):
    """What the doctor says of all that it looks at; its trial: test_doctor.py."""
    said = changed.doctor.stdout
    assert changed.doctor.returncode == 0 and "✗" not in said, said
    assert "✓ Points sum to 105\n" in said
    assert said.endswith("The course is ready.\n")


def test_the_release_of_the_renamed_assignment_knows_nothing_of_the_dropped_section(changed):
    release = changed.course / "release" / "project"
    texts = {path: path.read_bytes() for path in release.rglob("*.*") if path.suffix != ".svg"}
    assert not [path for path, text in texts.items() if b"batchnorm" in text.lower()]
    assert {path.stem for path in release.glob("*.ipynb")} == {*NOTEBOOKS} - {"06_batchnorm"}


def test_next_terms_course_has_the_release_and_nothing_of_last_terms_people(changed):
    following = changed.folder / "next-term"
    names = {path.name for path in (changed.course / "release" / "project").glob("*.ipynb")}
    assert {path.name for path in (following / "release" / "project").glob("*.ipynb")} == names
    people = ("submitted", "autograded", "feedback", "downloaded")
    assert not [folder for name in people for folder in following.glob(f"{name}/*/")]


def test_the_notebooks_speak_the_other_language(changed):
    linear = nbformat.read(changed.course / "source" / "project" / "01_linear.ipynb", as_version=4)
    assert any("20 Punkte · wird `mytorch/nn/linear.py`" in cell.source for cell in linear.cells)


def test_a_cell_with_points_by_hand_cannot_go(course):
    """nbgrader's command fails with a sentence, and the gradebook is as it was."""
    hand_in(course)
    before = grades(course)
    path = course / "source" / ASSIGNMENT / "01_linear.ipynb"
    notebook = nbformat.read(path, as_version=4)
    test = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    notebook.cells.remove(test)
    nbformat.write(notebook, path)
    said = nbgrader("generate_assignment", ASSIGNMENT, "--force", root=course, check=False)
    assert "Cells of 01_linear are gone, and points or comments stand in them: Linear (ada)." in said
    assert grades(course) == before
