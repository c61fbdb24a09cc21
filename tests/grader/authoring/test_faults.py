"""Faults of cells that nbgrader would stumble over are found before, each with notebook and cell."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from grader.authoring.faults import faults

ANSWER = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
TEST = """%matplotlib inline
assert square(2) == 4
### BEGIN HIDDEN TESTS
assert square(3) == 9
### END HIDDEN TESTS"""


def entry(grade_id: str, **about) -> dict:
    return {
        "nbgrader": {"grade_id": grade_id, "grade": False, "solution": False, "locked": False, "task": False}
        | {"schema_version": 3}
        | about
    }


@pytest.fixture
def cells() -> list:
    """An answer, its test, an answer in words, a task."""
    return [
        new_code_cell(ANSWER, metadata=entry("square", solution=True)),
        new_code_cell(TEST, metadata=entry("test", grade=True, locked=True, points=2)),
        new_markdown_cell("Because.", metadata=entry("why", grade=True, solution=True, points=1)),
        new_markdown_cell("Draw it.", metadata=entry("draw", task=True, locked=True, points=1)),
    ]


def found(folder, cells) -> list[str]:
    path = folder / "ps1" / "stats.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)
    return list(faults(path, Config()))


def test_a_sound_notebook(tmp_path, cells):
    assert found(tmp_path, cells) == []


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda about: about.pop("grade_id"), "grade_id"),
        (lambda about: about.update(grade_id="a b"), "grade_id"),
        (lambda about: about.update(grade_id="square"), "cell 1 has the same grade_id"),
        (lambda about: about.update(points=-3), "points -3"),
        (lambda about: about.update(points="four"), "points 'four'"),
        (lambda about: about.pop("points"), "points"),
        (lambda about: about.pop("locked"), "locked"),
        (lambda about: about.update(schema_version=1), "nbgrader update"),
    ],
)
def test_metadata(tmp_path, cells, change, words):
    change(cells[1].metadata.nbgrader)
    [sentence] = found(tmp_path, cells)
    assert sentence.startswith("ps1/stats, cell 2") and words in sentence and "\n" not in sentence


def test_metadata_that_is_none(tmp_path, cells):
    cells[1].metadata["nbgrader"] = "test"
    assert found(tmp_path, cells)[0].startswith("ps1/stats, cell 2: ")


def test_a_task_without_points(tmp_path, cells):
    del cells[3].metadata.nbgrader["points"]
    assert found(tmp_path, cells) == ["ps1/stats, cell 4 (draw): a task needs points."]


@pytest.mark.parametrize(
    "number, old, words",
    [
        (1, "### END SOLUTION", "no end solution"),
        (1, "### BEGIN SOLUTION", "without BEGIN SOLUTION"),
        (2, "### END HIDDEN TESTS", "No end hidden tests"),
        (2, "### BEGIN HIDDEN TESTS", "without BEGIN HIDDEN TESTS"),
        (2, ") == 9", "its code cannot run"),
    ],
)
def test_markers_and_code(tmp_path, cells, caplog, number, old, words):
    """nbgrader's own log, with the whole cell in it, stays silent."""
    cells[number - 1].source = cells[number - 1].source.replace(old, "")
    [sentence] = found(tmp_path, cells)
    assert sentence.startswith(f"ps1/stats, cell {number} (") and words in sentence
    assert not caplog.records


@pytest.mark.parametrize("number, marker", [(1, "SOLUTION"), (2, "HIDDEN TESTS")])
@pytest.mark.parametrize("nth", [1, 2])
def test_one_of_two_regions_without_its_begin(tmp_path, cells, number, marker, nth):
    """nbgrader takes the other one out, and gives this one out."""
    begin, two = (
        f"### BEGIN {marker}",
        cells[number - 1].source + f"\n### BEGIN {marker}\n1\n### END {marker}",
    )
    cells[number - 1].source = two
    assert found(tmp_path, cells) == []
    pieces = two.split(begin)
    cells[number - 1].source = begin.join(
        [*pieces[: nth - 1], pieces[nth - 1] + pieces[nth], *pieces[nth + 1 :]]
    )
    [sentence] = found(tmp_path, cells)
    assert f"END {marker} stands there without BEGIN {marker}" in sentence


def test_what_is_no_notebook(tmp_path):
    (tmp_path / "stats.ipynb").write_text("<<<<<<< HEAD")
    assert "is no notebook" in next(faults(tmp_path / "stats.ipynb", Config()))
