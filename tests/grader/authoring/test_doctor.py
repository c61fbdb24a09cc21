"""grader doctor: each thing that can be wrong with a course is found and named. A sound one:
test_handbook.py.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.own import ASSIGNMENT, OWN
from support.processes import nbgrader

from grader.authoring import doctor
from grader.authoring.confidential import hidden_lines
from grader.grading.coursedir import load

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]


@pytest.fixture
def whole(root, tmp_path) -> Path:
    """A copy of everything that the doctor looks at."""
    course = tmp_path / "course"
    course.mkdir()
    for name in ("notebooks", "source", "mytorch"):
        shutil.copytree(root / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "nbgrader_config.py", course)
    return course


def problems(course: Path, quick: bool = True) -> dict[str, str]:
    found = list(doctor.every_check(load(course), quick))
    assert len(found) >= 7
    return {finding.checked: finding.problem for finding in found if finding.problem}


def change(course: Path, name: str, old: str, new: str) -> None:
    path = course / "source" / ASSIGNMENT / f"{name}.ipynb"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_without_a_course_it_says_so(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "grader", "doctor"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 1 and "run this in the course's folder" in run.stderr


def test_a_notebook_that_was_edited_in_one_form_only(whole):
    change(whole, "01_linear", "The linear layer", "The other layer")
    advice = f"'grader sync --from source/{ASSIGNMENT}/01_linear.ipynb'"
    assert advice in problems(whole)["notebooks/, source/ and mytorch/ say the same"]


def test_points_that_do_not_sum_to_those_of_the_sections(whole):
    change(whole, "05_sgd", '"points": 10', '"points": 12')
    found = problems(whole)
    assert found[f"Points sum to {OWN.points}"] == f"They sum to {OWN.points + 2}."
    assert found["Graded cells are the items of the sections"].startswith("SGD:")


def test_an_older_test_and_other_points_in_the_gradebook(whole):
    nbgrader("generate_assignment", ASSIGNMENT, root=whole)
    assert problems(whole) == {}
    change(whole, "05_sgd", "check(SGD, seed=", "check(SGD, seed=1")
    with Gradebook(f"sqlite:///{whole / 'gradebook.db'}") as gradebook:
        gradebook.find_grade_cell("Linear", "01_linear", ASSIGNMENT).max_score = 1
        gradebook.db.commit()
    assert problems(whole)["The gradebook has the tests and points of source/"].startswith(
        "Not those of Linear, SGD. Run 'nbgrader generate_assignment"
    )


def test_a_cell_that_nbgrader_would_stumble_over_in_any_assignment(whole):
    """It is said in place of what would follow from it."""
    change(whole, "01_linear", "### END HIDDEN TESTS", "")
    notebook = nbformat.read(whole / "source" / ASSIGNMENT / "01_linear.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    cells[0].metadata.nbgrader.points = -3
    (whole / "source" / "ps1").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), whole / "source" / "ps1" / "stats.ipynb")
    found = problems(whole, quick=False)["nbgrader can take every cell of source/"].splitlines()
    assert [sentence.strip().partition(",")[0] for sentence in found] == [
        f"{ASSIGNMENT}/01_linear",
        "ps1/stats",
    ]


def test_other_points_in_the_gradebook_of_an_assignment_without_sections(whole):
    path = whole / "source" / "ps1" / "stats.ipynb"
    path.parent.mkdir()
    about = {"grade": True, "solution": False, "task": False, "locked": True, "schema_version": 3}
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "assert 1", metadata={"nbgrader": about | {"grade_id": "one", "points": 1}}
            )
        ]
    )
    nbformat.write(notebook, path)
    nbgrader("generate_assignment", "ps1", root=whole)
    notebook.cells[0].metadata.nbgrader.points = 2
    nbformat.write(notebook, path)
    said = problems(whole)["The gradebook has the tests and points of source/"]
    assert "Not those of one. Run 'nbgrader generate_assignment ps1 --force'." in said


def test_a_sandbox_that_was_switched_off(whole):
    with (whole / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Sandbox.isolation = 'none'\n")
    assert "isolation is 'none'" in problems(whole)["Submissions run in a sandbox"]


def test_a_late_policy_that_cannot_be(whole):
    with (whole / "nbgrader_config.py").open("a") as config:
        config.write("\nc.LatePolicy.time_zone = 'Dubai'\n")
    problem = problems(whole)["The late policy can be read"]
    assert (
        problem.startswith("c.LatePolicy.time_zone: there is no time zone 'Dubai'.") and "\n" not in problem
    )


def test_a_folder_that_may_not_be_written(whole, monkeypatch):
    (whole / "feedback").mkdir()
    refused = str(whole / "feedback")
    monkeypatch.setattr(
        os, "access", lambda path, *how, ask=os.access: str(path) != refused and ask(path, *how)
    )
    assert problems(whole)["Results can be kept"].startswith(f"You may not write to {refused}, so")


def test_a_package_of_another_version(monkeypatch):
    real = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "torch" else real(name))
    assert [finding.problem for finding in doctor.environment()][0].startswith("torch is 0.1, not ==")


@pytest.fixture
def leaking(whole) -> Path:
    """A later section and a file quote the solution of an earlier section, a file quotes a hidden test, and
    one solution is wrong.
    """
    path = whole / "source" / ASSIGNMENT / "02_activation.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\n\n    Z = A @ self.W.T + self.b.T\n"
    nbformat.write(notebook, path)
    quoted = {"lines": ["Z = A @ self.W.T + self.b.T"]}
    path.with_name("notes.json").write_text(json.dumps(quoted), encoding="utf-8")
    hidden = min(hidden_lines(path))
    path.with_name("hidden.txt").write_text(f"Try {hidden} as well.\n", encoding="utf-8")
    change(
        whole, "06_batchnorm", "### BEGIN SOLUTION", "### BEGIN SOLUTION\\n        raise RuntimeError(self)"
    )
    return whole


def test_what_the_trial_finds(leaking):
    found = problems(leaking, quick=False)
    given_away = found["The release holds no solution and no hidden test"]
    assert (
        "in 02_activation.ipynb, hidden.txt, mytorch/originals/02_activation.json, notes.json." in given_away
    )
    earned = OWN.points - 20  # batch norm's
    assert found[f"The solution earns {OWN.points} points"].startswith(f"It earns {earned}:")
