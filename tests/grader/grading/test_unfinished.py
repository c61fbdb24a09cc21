"""Notes of what is in work: what a killed run has left by half goes, and nothing else."""

import pytest
from nbgrader.coursedir import CourseDirectory
from support.own import ASSIGNMENT

from grader.grading.unfinished import Notes, clear


@pytest.fixture
def coursedir(tmp_path):
    """Of a run on some of the notebooks."""
    there = tmp_path / "autograded" / "ada" / ASSIGNMENT
    there.mkdir(parents=True)
    for name in ("01_linear", "02_activation"):
        (there / f"{name}.ipynb").touch()
    return CourseDirectory(root=str(tmp_path), assignment_id=ASSIGNMENT, notebook_id="01*")


def test_of_a_run_on_one_notebook_only_this_one_is_cleared(coursedir, tmp_path):
    notes = Notes()
    notes.hold(coursedir, "ada", ["01_linear.ipynb"])
    assert clear(tmp_path) == [], "somebody is at work on it"
    notes.close()
    assert clear(tmp_path) == ["ada"]
    left = [path.stem for path in (tmp_path / "autograded" / "ada" / ASSIGNMENT).iterdir()]
    assert left == ["02_activation"]


@pytest.mark.parametrize("content", ["", '{"dest": '])
def test_by_a_note_that_was_cut_off_nothing_is_cleared(tmp_path, coursedir, content):
    note = tmp_path / ".grading" / ASSIGNMENT / "ada"
    note.parent.mkdir(parents=True)
    note.write_text(content)
    assert clear(tmp_path) == [] and not note.exists()
    assert len(list((tmp_path / "autograded" / "ada" / ASSIGNMENT).iterdir())) == 2
