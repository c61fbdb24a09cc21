"""nbgrader's own commands and formgrader's buttons on a copy of the course. Its exchange:
test_handbook.py.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from support import processes
from support.copies import copy_of
from support.handins import lean, make_mistake, solved, write_solution
from support.own import ASSIGNMENT, NOTEBOOKS, SECTIONS
from support.processes import nbgrader

from grader.authoring.confidential import hidden_lines, solution_lines
from grader.authoring.demo import scores
from mytorch import handin
from mytorch.course import COMPONENTS, ITEM_OF, ITEMS

NOTHING = dict.fromkeys((item.name for item in ITEMS), 0)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def notebooks_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.ipynb")}


def python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """This Python, in a folder, with the folder's mytorch."""
    scripts = str(Path(sys.executable).parent)
    given = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        **environment,
    }
    return processes.python(*arguments, cwd=folder, env=given)


# --- generate_assignment ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def again(generated, tmp_path_factory) -> Path:
    """The course after a second ``generate_assignment --force``."""
    course = copy_of(generated, tmp_path_factory.mktemp("again") / "course")
    (course / "release" / ASSIGNMENT / "01_linear.ipynb").write_text("changed")
    nbgrader("generate_assignment", ASSIGNMENT, "--force", root=course)
    return course


def test_the_release_can_be_generated_again(release, again):
    assert notebooks_in(again / "release" / ASSIGNMENT) == notebooks_in(release)
    assert files_in(again / "release" / ASSIGNMENT).keys() == files_in(release).keys()


def test_the_release_holds_what_a_student_needs(release):
    files = files_in(release)
    wanted = [f"{name}.ipynb" for name in NOTEBOOKS] + ["README.md", "requirements.txt", "environment.yml"]
    wanted += [f"{module.replace('.', '/')}.py" for module in {item.module for item in ITEMS}]
    assert [name for name in wanted if name not in files] == []
    assert [name for name in files if "__pycache__" in name or "checkpoint" in name] == []


def test_the_release_shows_every_picture(release):
    for name in NOTEBOOKS:
        for cell in nbformat.read(release / f"{name}.ipynb", as_version=4).cells:
            for link in (part.partition(")")[0] for part in cell.source.split("](figures/")[1:]):
                assert (release / "figures" / link).is_file(), f"{name}: {link}"


def test_the_release_keeps_the_todo_lines(release):
    for name in SECTIONS:
        cells = nbformat.read(release / f"{name}.ipynb", as_version=4).cells
        solutions = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
        assert solutions and all("# TODO" in cell.source for cell in solutions), name


# --- no solution in the release -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def released(release) -> dict[str, str]:
    """The text of every file of the release, notebooks decoded."""
    return {name: _text(name, content) for name, content in files_in(release).items()}


def _text(name: str, content: bytes) -> str:
    if name.endswith(".ipynb"):
        return "\n".join(_strings(json.loads(content)))
    return content.decode("utf-8", "replace")


def _strings(data) -> list[str]:
    """Every string in nested JSON; a list of strings is one text."""
    if isinstance(data, str):
        return [data]
    if isinstance(data, list) and data and all(isinstance(item, str) for item in data):
        return ["".join(data)]
    values = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [text for value in values for text in _strings(value)]


def found(released: dict[str, str], secrets: set[str]) -> set[tuple[str, str]]:
    return {(name, secret) for name, text in released.items() for secret in secrets if secret in text}


def of_all_notebooks(course: Path, lines_of) -> set[str]:
    return set().union(*(lines_of(course / "source" / ASSIGNMENT / f"{name}.ipynb") for name in NOTEBOOKS))


def test_no_solution_is_in_the_release(generated, released):
    solution = of_all_notebooks(generated, solution_lines)
    assert len(solution) > 40
    assert found(released, solution) == set()


def test_no_hidden_test_is_in_the_release(generated, released):
    hidden = of_all_notebooks(generated, hidden_lines)
    seeds = {re.search(r"seed=\d+", line)[0] for line in hidden}
    assert len(seeds) == len(hidden) >= 3 * len(ITEMS)
    assert found(released, hidden | seeds) == set()


def test_the_search_finds_what_is_there(generated, released):
    """The searches above mean something: the source, read in the same way, is full of it."""
    source = {
        name: _text(name, content) for name, content in files_in(generated / "source" / ASSIGNMENT).items()
    }
    secrets = of_all_notebooks(generated, solution_lines) | of_all_notebooks(generated, hidden_lines)
    assert {secret for _, secret in found(source, secrets)} == secrets


def test_no_marker_is_in_a_released_notebook(release):
    for name in NOTEBOOKS:
        text = (release / f"{name}.ipynb").read_text(encoding="utf-8")
        assert not [
            word for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME") if word in text
        ]


WITHOUT_STAND_INS = """
import sys
sys.modules["autograd"] = None
import importlib
import numpy as np
module, name, arguments = sys.argv[1], sys.argv[2], [3] * int(sys.argv[3])
component = getattr(importlib.import_module(module), name)
try:
    component(*arguments)
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_releases_library_holds_no_working_class(release, tmp_path, component):
    """Without autograd nothing stands in."""
    shutil.copytree(release / "mytorch", tmp_path / "mytorch")
    package = ITEM_OF[component].module.rpartition(".")[0]
    count = {"Linear": 2, "SGD": 1, "BatchNorm1d": 1}.get(component, 0)
    run = python("-c", WITHOUT_STAND_INS, package, component, str(count), folder=tmp_path)
    assert run.stdout.startswith(f"StandIn {component} is not finished"), run.stdout + run.stderr


# --- formgrader's buttons -----------------------------------------------------------------------------------

API = """
import json, sys
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader

app = NbGrader()
app.load_config_file()
api = NbGraderAPI(config=app.config)
for call in json.loads(sys.argv[1]):
    print(json.dumps(getattr(api, call[0])(*call[1:])), flush=True)
"""


@pytest.fixture(scope="module")
def formgrader(generated, tmp_path_factory):
    """The course and the answers after one press on each of formgrader's buttons."""
    course = copy_of(generated, tmp_path_factory.mktemp("formgrader") / "course")
    shutil.rmtree(course / "release")
    write_solution(course, "ann", "01_linear", lean)
    write_solution(course, "ann", "04_loss", lambda nb: make_mistake(lean(nb), "04_loss"))
    calls = [
        ("generate_assignment", ASSIGNMENT),
        ("autograde", ASSIGNMENT, "ann"),
        ("generate_feedback", ASSIGNMENT, "ann"),
    ]
    run = python(
        "-c", API, json.dumps([*calls, ("get_student_submissions", "ann")]), folder=course, PYTHONPATH=""
    )
    answers = [json.loads(line) for line in run.stdout.splitlines() if line.startswith(("{", "["))]
    assert len(answers) == 4, run.stdout + run.stderr
    return course, answers


def test_formgraders_buttons_work(formgrader):
    _, answers = formgrader
    assert [answer["success"] for answer in answers[:3]] == [True] * 3, [
        answer.get("log") for answer in answers[:3]
    ]


def test_formgrader_generates_the_same_release(formgrader, release):
    course, _ = formgrader
    assert notebooks_in(course / "release" / ASSIGNMENT) == notebooks_in(release)
    assert files_in(course / "release" / ASSIGNMENT).keys() == files_in(release).keys()


def test_formgrader_autogrades(formgrader):
    course, answers = formgrader
    assert scores(course)["ann"] == NOTHING | {"Linear": 15}
    assert (answers[3][0]["score"], answers[3][0]["max_score"], answers[3][0]["needs_manual_grade"]) == (
        15,
        100,
        False,
    )
    assert (course / "feedback" / "ann" / ASSIGNMENT / "04_loss.html").is_file()


# --- validate -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workspace(generated, tmp_path_factory) -> Path:
    """The release as a student has it: 01 solved, the others as they came."""
    folder = Path(
        copy_of(generated / "release" / ASSIGNMENT, tmp_path_factory.mktemp("workspace") / ASSIGNMENT)
    )
    nbformat.write(
        solved(nbformat.read(generated / "source" / ASSIGNMENT / "01_linear.ipynb", 4)),
        folder / "01_linear.ipynb",
    )
    return folder


def test_validate_says_what_fails(workspace):
    """Though the cell's tag lets JupyterLab's Run All go on below it."""
    assert '"raises-exception"' in (workspace / "04_loss.ipynb").read_text()
    printed = nbgrader("validate", "04_loss.ipynb", root=workspace)
    assert "VALIDATION FAILED ON 1 CELL(S)" in printed
    assert "CheckFailed: MSELoss: L is None." in printed
    assert "Traceback" not in printed


def test_validate_says_that_all_is_well(workspace):
    assert "Success! Your notebook passes all the tests." in nbgrader(
        "validate", "01_linear.ipynb", root=workspace
    )


def test_validate_works_on_the_source(course):
    printed = nbgrader("validate", f"source/{ASSIGNMENT}/02_activation.ipynb", root=course)
    assert "Success! Your notebook passes all the tests." in printed


# --- handin.tar, zip_collect --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def collected(generated, workspace, tmp_path_factory) -> Path:
    """A course into which two archives were collected, one of them autograded."""
    course = copy_of(generated, tmp_path_factory.mktemp("collected") / "course")
    archives = course / "downloaded" / ASSIGNMENT / "archive"
    archives.mkdir(parents=True)
    for name in ("01_linear", "06_batchnorm"):
        write_solution(course, "bob", name, lean)
    bobs = course / "submitted" / "bob" / ASSIGNMENT
    (bobs / "holiday.ipynb").write_text("not to be handed in")
    handin.pack(bobs).rename(archives / "bob_handin.tar")
    shutil.rmtree(course / "submitted")
    handed_in = python("-m", "mytorch", "handin", folder=workspace)
    assert handed_in.returncode == 0, handed_in.stdout + handed_in.stderr
    shutil.copy(workspace / "handin.tar", archives / "ann_handin.tar")
    nbgrader("zip_collect", ASSIGNMENT, root=course)
    nbgrader("autograde", ASSIGNMENT, "--student=bob", root=course)
    return course


def test_zip_collect_finds_every_student(collected):
    for student, notebooks in (("ann", NOTEBOOKS), ("bob", ("01_linear", "06_batchnorm"))):
        folder = collected / "submitted" / student / ASSIGNMENT
        assert sorted(path.name for path in folder.iterdir()) == [f"{name}.ipynb" for name in notebooks]


def test_zip_collect_takes_the_students_work(collected, workspace):
    got = (collected / "submitted" / "ann" / ASSIGNMENT / "01_linear.ipynb").read_bytes()
    assert got == (workspace / "01_linear.ipynb").read_bytes()


def test_what_was_collected_is_graded(collected):
    assert scores(collected)["bob"] == NOTHING | {"Linear": 15, "BatchNorm1d": 20}
