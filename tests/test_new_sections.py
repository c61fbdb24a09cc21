"""Two sections that the course does not have, in a copy of it: begun by ``grader section``, filled in,
checked.

One has 2-D batches and is random with a seed, and belongs to the course's own assignment. The other has 3-D
batches with parameters of its own, and begins a second assignment.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
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


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A copy of the repository as git knows it, with both sections begun and filled in."""
    folder = tmp_path_factory.mktemp("course")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
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
        text = (
            text.replace("C=5", "C_in=5").replace("C=2", "C_in=2").replace("C=4", "C_in=4")
        )  # the hidden tests
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
        *(f"notebooks/{name}.md" for name in ("00_start_here", "06_batchnorm")),
    }
    generated |= {f"source/hw1/{name}.ipynb" for name in ("00_start_here", "06_batchnorm")}
    assert {path for path in changed if not own.match(path)} == generated


@pytest.mark.parametrize("name", NEW)
def test_the_right_class_passes_and_wrong_ones_have_their_cause_named(course, name):
    files = ROOT / "tests" / "new_sections" / name
    right = re.sub(
        r".*# TODO\n|.*### (BEGIN|END) SOLUTION\n", "", (files / "solution.py").read_text(encoding="utf-8")
    )
    namespace = {}
    exec((files / "wrong.py").read_text(encoding="utf-8"), namespace)
    wrong = namespace["WRONG"]
    assert len(wrong) >= 5 and all(right.count(old) == 1 for old, _ in wrong.values())
    sources = [right, *(right.replace(old, new) for old, new in wrong.values())]
    run = python(course, "-c", CHECKS, input=json.dumps([NEW[name][0], sources]))
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == ["", *wrong]


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


def test_the_second_assignment_is_released_with_the_sections_before_it(course):
    released = python(course, "-m", "nbgrader", "generate_assignment", "hw2")
    assert released.returncode == 0, released.stderr
    kit = course / "release" / "hw2"
    assert json.loads((kit / "mytorch/kit.json").read_text()) == {
        "assignment": "hw2",
        "notebooks": ["08_conv1d"],
    }
    assert {path.name for path in kit.glob("*.ipynb")} == {"08_conv1d.ipynb"}
    assert not list(kit.rglob("usual_ways.py")) and not list(kit.rglob("pictures.py"))
    assert 'Linear = stand_in("Linear")' in (kit / "mytorch/nn/linear.py").read_text()
