"""Two sections that the course does not have, in a copy of it: begun by ``grader section``, filled in,
checked.

One has 2-D batches and is random with a seed, and belongs to the course's own assignment. The other has 3-D
batches with parameters of its own, and begins a second assignment. Both then go through a term: released,
worked on, handed in, graded, returned.
"""

import json
import os
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from support.copies import copy_of
from support.handins import lean
from support.own import ASSIGNMENT, ROOT
from support.processes import python as warm
from support.processes import sit
from support.repository import copy_repository

from grader.authoring.demo import scores
from grader.authoring.section import begin
from grader.grading.stock import CommandFailed

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]
NEW = {"dropout": ("Dropout", []), "conv1d": ("Conv1d", ["--assignment", "hw2"])}
CHECKS = """
import json, sys
import numpy as np
from mytorch.check import trace_of
from mytorch.check.compare import compare
from mytorch.check.contract import contract_of
from mytorch.check.diagnosis import diagnose
from mytorch.check.reference import expected
from mytorch.course import SECTION_OF

name, sources = json.load(sys.stdin)
found = []
for source in sources:
    namespace = {"np": np}
    exec(source, namespace)
    cases = contract_of(name).cases
    traces = [(expected(name, 0, case), trace_of(namespace[name], name, 0, case)) for case in cases]
    comparison = compare(traces)
    found.append("" if comparison.passed else diagnose(comparison.mismatch).cause)
print(json.dumps(found))
"""


def python(course: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(course)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, **options)


def right(name: str) -> str:
    """The class as a student writes it."""
    text = (ROOT / "tests" / "new_sections" / name / "solution.py").read_text(encoding="utf-8")
    return re.sub(r".*# TODO\n|.*### (BEGIN|END) SOLUTION\n", "", text)


def wrong(name: str) -> dict[str, tuple[str, str]]:
    """By the name of the cause: the right line and a wrong one."""
    namespace = {}
    exec((ROOT / "tests" / "new_sections" / name / "wrong.py").read_text(encoding="utf-8"), namespace)
    return namespace["WRONG"]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A copy of the repository as git knows it, with both sections begun and filled in."""
    folder = tmp_path_factory.mktemp("course")
    copy_repository(folder)
    for name, (component, options) in NEW.items():
        begun = python(folder, "-m", "grader", "section", name, *options)
        assert begun.returncode == 0, begun.stderr
        fill_in(folder, name, component)
    synced = python(folder, "-m", "grader", "sync")
    assert synced.returncode == 0, synced.stderr
    return folder


def fill_in(folder: Path, name: str, component: str) -> None:
    files = ROOT / "tests" / "new_sections" / name
    for part in ("contract", "reference", "mistakes"):
        text = (files / f"{part}.py").read_text(encoding="utf-8")
        (folder / "mytorch" / "sections" / name / f"{part}.py").write_text(text, encoding="utf-8")
    [notebook] = (folder / "notebooks").glob(f"*_{name}.md")
    text, solution = notebook.read_text(encoding="utf-8"), (files / "solution.py").read_text(encoding="utf-8")
    text = re.sub(
        rf"^class {component}:.*?(?=^```)", lambda found: solution, text, flags=re.DOTALL | re.MULTILINE
    )
    if name == "conv1d":
        # the hidden tests
        text = text.replace("C=5", "C_in=5").replace("C=2", "C_in=2").replace("C=4", "C_in=4")
    notebook.write_text(text, encoding="utf-8")


def test_nothing_else_is_touched(course):
    """The two folders, the two notebooks, and what sync generates."""
    status = subprocess.run(
        ["git", "status", "--short", "-uall"], cwd=course, capture_output=True, text=True
    ).stdout
    changed = {line[3:] for line in status.splitlines() if "__pycache__" not in line}
    own = re.compile(
        r"mytorch/(sections|nn)/(dropout|conv1d)|notebooks/0[78]_(dropout|conv1d).md|source/hw2/|source/hw1/07_dropout"
    )
    generated = {
        "mytorch/nn/__init__.py",
        "source/.written",
        *(f"notebooks/{name}.md" for name in ("00_start_here", "06_batchnorm")),
    }
    generated |= {f"source/hw1/{name}.ipynb" for name in ("00_start_here", "06_batchnorm")}
    assert {path for path in changed if not own.match(path)} == generated


def ruff(folder: Path) -> str:
    """What ruff, with the course's settings, would change in the Python files of a folder."""
    found = ""
    for command in (["check"], ["format", "--check"]):
        options = ["--no-cache", "--config", ROOT / "pyproject.toml", "."]
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *options], cwd=folder, capture_output=True, text=True
        )
        found += "" if run.returncode == 0 else run.stdout + run.stderr
    return found


def test_ruff_finds_nothing(course):
    assert ruff(course) == ""


@pytest.mark.parametrize(("name", "component"), [("gru", "GRU"), ("residual_block", "ResidualBlock")])
def test_ruff_finds_nothing_in_a_section_as_it_is_begun(tmp_path, name, component):
    assert len(begin(tmp_path, name, component, ASSIGNMENT)) == 6
    assert ruff(tmp_path) == ""


@pytest.mark.parametrize(
    ("name", "component", "assignment", "said"),
    [
        ("Dropout", "Dropout", "hw1", "'Dropout' is no name for a folder"),
        ("dropout", "2D", "hw1", "'2D' is no name for a class"),
        ("dropout", "class", "hw1", "'class' is no name for a class"),
        ("dropout", "Dropout", "../hw1", "'../hw1' is no name for an assignment"),
        ("dropout", "Linear", "hw1", "There is a Linear already, in 01_linear"),
        ("gru", "GRU", "hw1", "mytorch/nn/gru.py is there already"),
    ],
)
def test_a_section_that_cannot_be_begun_is_not(tmp_path, name, component, assignment, said):
    there = tmp_path / "mytorch" / "nn" / "gru.py"
    there.parent.mkdir(parents=True)
    there.touch()
    with pytest.raises(CommandFailed, match=re.escape(said)):
        begin(tmp_path, name, component, assignment)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]


@pytest.mark.parametrize("name", NEW)
def test_the_right_class_passes_and_wrong_ones_have_their_cause_named(course, name):
    mistakes = wrong(name)
    assert len(mistakes) >= 5 and all(right(name).count(old) == 1 for old, _ in mistakes.values())
    sources = [right(name), *(right(name).replace(old, new) for old, new in mistakes.values())]
    run = python(course, "-c", CHECKS, input=json.dumps([NEW[name][0], sources]))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == ["", *mistakes]


def test_begun_twice_it_stays_as_it_is(course):
    before = (course / "mytorch/sections/dropout/contract.py").read_bytes()
    again = python(course, "-m", "grader", "section", "dropout")
    assert again.returncode == 0 and "nothing was changed" in again.stdout
    assert (course / "mytorch/sections/dropout/contract.py").read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [["linear"], ["new", "--component", "ReLU"], ["Upper"], ["class"], ["../up"]]
)
def test_a_name_that_is_taken_or_is_none_is_refused(course, arguments):
    refused = python(course, "-m", "grader", "section", *arguments)
    assert refused.returncode == 1 and refused.stderr.startswith("grader: ")


# --- a term -------------------------------------------------------------------------------------------------

ASSIGNMENT_OF = {"dropout": "hw1", "conv1d": "hw2"}
NOTEBOOK_OF = {"dropout": "07_dropout", "conv1d": "08_conv1d"}
USED = """from mytorch.nn import Dropout, Linear
print(Dropout(0.4).p, Linear(2, 3).forward(np.ones((1, 2))).shape)"""
FIRST = "import numpy as np\nfrom mytorch.check import check, progress"


def mistaken(name: str) -> str:
    old, new = next(iter(wrong(name).values()))
    return right(name).replace(old, new)


def command(course: Path, *arguments: str) -> str:
    run = warm("-m", *arguments, cwd=course)
    assert run.returncode == 0, f"{' '.join(arguments)}:\n{run.stdout}{run.stderr}"
    return run.stdout + run.stderr


@dataclass
class Term:
    course: Path
    students: Path  # each student's folders of both assignments
    seen: dict[tuple[str, str], str]  # (student, assignment): what the sitting showed
    printed: dict[str, str]  # by the grader's command


@pytest.fixture(scope="module")
def term(course, tmp_path_factory) -> Term:
    """Ada writes both classes; Ben makes a mistake in each, and nothing of his hw1 is finished."""
    students, seen, printed = tmp_path_factory.mktemp("students"), {}, {}
    for assignment in ("hw1", "hw2"):
        command(course, "nbgrader", "generate_assignment", assignment)
    for student, write in (("ada", right), ("ben", mistaken)):
        for name, assignment in ASSIGNMENT_OF.items():
            folder = copy_of(course / "release" / assignment, students / student / assignment)
            cells = write_down(folder / f"{NOTEBOOK_OF[name]}.ipynb", f"{NEW[name][0]}-code", write(name))
            sitting = sit(folder, [FIRST, USED, *cells, "progress()"])
            seen[student, assignment] = "\n".join(f"{cell.text}{cell.error}" for cell in sitting)
            hand_in(folder, NOTEBOOK_OF[name], course / "submitted" / student / assignment)
    command(course, "grader", "autograde", "hw1")
    command(course, "nbgrader", "autograde", "hw2")
    for words in (
        *("report hw1", "report hw2"),
        *("similarity hw1", "similarity hw2"),
    ):
        printed[words] = command(course, "grader", *words.split())
    for assignment in ("hw1", "hw2"):
        command(course, "nbgrader", "generate_feedback", assignment)
        printed[f"return {assignment}"] = command(course, "grader", "return", assignment)
    return Term(course, students, seen, printed)


def write_down(path: Path, grade_id: str, code: str) -> list[str]:
    """Save a class in a student's notebook. Returns the notebook's cells of code."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            cell.source = code
    nbformat.write(notebook, path)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def hand_in(folder: Path, notebook: str, submitted: Path) -> None:
    """As ``python -m mytorch handin`` packs it; of that the notebook that has been worked on, without the
    demonstrations, which take time to run.
    """
    path = folder / f"{notebook}.ipynb"
    nbformat.write(lean(nbformat.read(path, as_version=4)), path)
    command(folder, "mytorch", "handin")
    with tarfile.open(folder / "handin.tar") as archive:
        archive.extract(path.name, submitted)


def test_the_second_assignment_is_released_with_the_sections_before_it(term):
    kit = term.course / "release" / "hw2"
    assert json.loads((kit / "mytorch/kit.json").read_text()) == {
        "assignment": "hw2",
        "notebooks": ["08_conv1d"],
    }
    assert {path.name for path in kit.glob("*.ipynb")} == {"08_conv1d.ipynb"}
    assert not list(kit.rglob("usual_ways.py")) and not list(kit.rglob("pictures.py"))
    assert 'Linear = stand_in("Linear")' in (kit / "mytorch/nn/linear.py").read_text()


@pytest.mark.parametrize("name", NEW)
def test_a_class_that_passes_is_exported_and_ticked(term, name):
    component, assignment = NEW[name][0], ASSIGNMENT_OF[name]
    exported = term.students / "{}" / assignment / "mytorch" / "nn" / f"{name}.py"
    assert f"class {component}:" in Path(str(exported).format("ada")).read_text()
    assert f'{component} = stand_in("{component}")' in Path(str(exported).format("ben")).read_text()
    assert (
        component in json.loads((term.students / "ada" / assignment / "progress.json").read_text())["passed"]
    )
    assert "CheckFailed" in term.seen["ben", assignment] and "CheckFailed" not in term.seen["ada", assignment]


def test_the_second_assignment_imports_what_the_first_one_built(term):
    assert "The classes that you finished in ../hw1 are used here." in term.seen["ada", "hw2"]
    assert "0.4 (1, 3)" in term.seen["ada", "hw2"]
    assert (
        "Dropout is not finished yet, autograd stands in for it. Your own comes from hw1/07_dropout.ipynb."
        in term.seen["ben", "hw2"]
    )


def test_a_class_of_the_first_assignment_that_is_gone_is_stood_in_for(term, tmp_path):
    for assignment in ("hw1", "hw2"):
        copy_of(term.students / "ada" / assignment, tmp_path / assignment)
    (tmp_path / "hw1" / "mytorch" / "nn" / "dropout.py").unlink()
    said = "".join(cell.text for cell in sit(tmp_path / "hw2", [FIRST, USED]))
    assert "Dropout could not be taken from ../hw1 (FileNotFoundError" in said
    assert "0.4 (1, 3)" in said


@pytest.mark.parametrize("name", NEW)
def test_it_is_graded_with_the_cause_in_feedback_and_report(term, name):
    component, assignment = NEW[name][0], ASSIGNMENT_OF[name]
    assert {student: points[component] for student, points in scores(term.course, assignment).items()} == {
        "ada": 10,
        "ben": 0,
    }
    pages = {
        student: term.course / "feedback" / student / assignment / f"{NOTEBOOK_OF[name]}.html"
        for student in ("ada", "ben")
    }
    assert "All checks pass: 10 of 10 points." in pages["ada"].read_text()
    assert "0 of 10 points" in pages["ben"].read_text()
    report = (term.course / "reports" / assignment / "causes.csv").read_text(encoding="utf-8-sig")
    assert next(iter(wrong(name))) in report


@pytest.mark.parametrize("name", NEW)
def test_similarity_and_return_know_it(term, name):
    assignment = ASSIGNMENT_OF[name]
    assert "2 submissions" in term.printed[f"similarity {assignment}"]
    assert (term.course / "returned" / assignment).is_dir()


def test_the_doctor_finds_it_ready(term):
    """Without its trial, which is nbgrader's run of the whole course once more: test_doctor.py."""
    assert "The course is ready." in command(term.course, "grader", "doctor", "--quick")
