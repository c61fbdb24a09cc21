"""grader doctor: each thing that can be wrong with a course is found and named. A sound one:
test_handbook.py.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.own import ASSIGNMENT, OWN
from support.processes import nbgrader

from grader.authoring import doctor
from grader.authoring.confidential import hidden_lines
from grader.grading.coursedir import load
from grader.grading.sandbox import SandboxUnavailable, control_group

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]


def copy(root: Path, course: Path) -> Path:
    """Of everything that the doctor looks at."""
    course.mkdir()
    for name in ("notebooks", "source", "mytorch"):
        shutil.copytree(root / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "nbgrader_config.py", course)
    return course


@pytest.fixture
def whole(root, tmp_path) -> Path:
    return copy(root, tmp_path / "course")


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


@pytest.fixture(scope="module")
def spoilt(root, tmp_path_factory) -> dict[str, str]:
    """What is found where several things are wrong that have nothing to do with each other."""
    course = copy(root, tmp_path_factory.mktemp("spoilt") / "course")
    change(course, "01_linear", "The linear layer", "The other layer")
    change(course, "05_sgd", '"points": 10', '"points": 12')
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.LatePolicy.time_zone = 'Dubai'\nc.Sandbox.isolation = 'none'\n")
    (course / "feedback").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        may, refused = os.access, str(course / "feedback")
        patch.setattr(os, "access", lambda path, *how: str(path) != refused and may(path, *how))
        return problems(course)


def test_a_notebook_that_was_edited_in_one_form_only(spoilt):
    advice = f"'grader sync --from source/{ASSIGNMENT}/01_linear.ipynb'"
    assert advice in spoilt["notebooks/, source/ and mytorch/ say the same"]


def test_points_that_do_not_sum_to_those_of_the_sections(spoilt):
    assert spoilt[f"Points sum to {OWN.points}"] == f"They sum to {OWN.points + 2}."
    assert spoilt["Graded cells are the items of the sections"].startswith("SGD:")


def test_a_sandbox_that_was_switched_off(spoilt):
    assert "isolation is 'none'" in spoilt["Submissions run in a sandbox"]


@pytest.mark.parametrize("grouped", [True, False])
def test_a_control_group_around_the_sandbox_is_named(whole, monkeypatch, grouped):
    monkeypatch.setattr(control_group, "around", lambda memory, environment: ["env"])
    monkeypatch.setattr(control_group, "group_of", lambda pid, memory: whole if grouped else None)
    check = doctor.sandbox(load(whole))
    assert check.checked == "Submissions run in a sandbox" + ", in a control group" * grouped
    assert not check.problem


def test_a_sandbox_that_cannot_be_is_said(whole, monkeypatch):
    def refuse(self, *arguments):
        raise SandboxUnavailable("bubblewrap (bwrap) is not installed")

    monkeypatch.setattr(doctor.Sandbox, "run", refuse)
    assert doctor.sandbox(load(whole)).problem == "bubblewrap (bwrap) is not installed"


def test_a_package_that_is_missing_is_named(monkeypatch):
    def version(name):
        if name == "tqdm":
            raise PackageNotFoundError(name)
        return installed(name)

    installed = doctor.version
    monkeypatch.setattr(doctor, "version", version)
    packages, *_ = doctor.environment()
    assert packages.problem == "tqdm is missing. Install again with: pip install -e '.[instructor]'"


def test_a_late_policy_that_cannot_be(spoilt):
    problem = spoilt["The late policy can be read"]
    assert (
        problem.startswith("c.LatePolicy.time_zone: there is no time zone 'Dubai'.") and "\n" not in problem
    )


def test_a_section_without_its_notebook_is_said_in_place_of_what_would_follow_from_it(whole):
    text = whole / "notebooks" / "01_linear.md"
    text.unlink()
    found = problems(whole)
    assert [*found] == ["The files of every section fit together"]
    assert found.popitem()[1].endswith("and there is no notebooks/01_linear.md.")


def test_a_folder_that_may_not_be_written(spoilt):
    assert re.match(r"You may not write to \S+/feedback, so", spoilt["Results can be kept"])


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


def own_exercise(points: int) -> nbformat.NotebookNode:
    about = {"grade": True, "solution": False, "task": False, "locked": True, "schema_version": 3}
    about |= {"grade_id": "one", "points": points}
    return nbformat.v4.new_code_cell("assert 1", metadata={"nbgrader": about})


def test_older_tests_and_other_points_in_the_gradebook(whole):
    """Of the course's assignment, and of one without sections."""
    path = whole / "source" / "ps1" / "stats.ipynb"
    path.parent.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[own_exercise(1)])
    nbformat.write(notebook, path)
    for name in (ASSIGNMENT, "ps1"):
        nbgrader("generate_assignment", name, root=whole)
    change(whole, "05_sgd", "check(SGD, seed=", "check(SGD, seed=1")
    with Gradebook(f"sqlite:///{whole / 'gradebook.db'}") as gradebook:
        gradebook.find_grade_cell("Linear", "01_linear", ASSIGNMENT).max_score = 1
        gradebook.add_student("ada")
        gradebook.add_submission("ps1", "ada")
        gradebook.db.commit()
    nbformat.write(notebook, path.with_name("late.ipynb"))
    notebook.cells[0].metadata.nbgrader.points = 2
    nbformat.write(notebook, path)
    late, *others = problems(whole)["The gradebook has the tests and points of source/"].splitlines()
    assert late.startswith("late: hand-ins of ps1 are there, and nbgrader adds no notebook")
    assert others == [
        f"    Not those of Linear, SGD. Run 'nbgrader generate_assignment {ASSIGNMENT} --force'.",
        "    Not those of one. Run 'nbgrader generate_assignment ps1 --force'.",
    ]


def test_a_package_of_another_version(monkeypatch):
    real = doctor.version
    monkeypatch.setattr(doctor, "version", lambda name: "0.1" if name == "torch" else real(name))
    assert [finding.problem for finding in doctor.environment()][0].startswith("torch is 0.1, not ==")


@pytest.fixture
def leaking(whole) -> Path:
    """A later section and a file quote the solution of an earlier section, a file quotes a hidden test, one
    solution is wrong, and an exercise of asserts lets everybody pass.
    """
    path = whole / "source" / ASSIGNMENT / "02_activation.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\n\n    Z = A @ self.W.T + self.b.T\n"
    notebook.cells.append(own_exercise(2))
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
    possible = OWN.points + 2
    # without batch norm's
    earned = f"It earns {possible - 20}: BatchNorm1d 0 of 20 (BatchNorm1d "
    assert found[f"The solution earns {possible} points"].startswith(earned)
    assert found["The untouched notebooks earn 0 points"] == "It earns 2: one 2 of 2"


def test_a_hidden_test_that_cannot_be_run_or_checks_another_class(whole):
    """Every hand-in would fail it. It is said in a sentence, and nothing is tried that would fail of it."""
    change(whole, "01_linear", "check(Linear, seed=", "check(Linear, nope=3, seed=")
    change(whole, "05_sgd", "check(SGD)", "check(Linear)")
    found = problems(whole, quick=False)
    linear, sgd = found["Graded checks run with PyTorch's classes"].splitlines()
    assert re.match(r"Linear: its cell stops with .* has no option nope", linear)
    assert sgd.strip() == "SGD: its cell checks Linear, SGD, its item is SGD."
    assert not [checked for checked in found if "earn" in checked or "graded" in checked]
