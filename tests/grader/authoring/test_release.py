"""A released notebook that stands alone, without the folder that was handed out with it."""

import importlib.util
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.authoring.release import GOES_ON, let_run_all_go_on, stand_alone

USE = "import numpy as np\nfrom mytorch.check import check"


def first_cell(address=""):
    """What is put before the cell's own code."""
    notebook = new_notebook(cells=[new_markdown_cell("from mytorch"), new_code_cell(USE), new_code_cell(USE)])
    stand_alone(notebook, address)
    text, cell, other = (cell.source for cell in notebook.cells)
    assert (text, other) == ("from mytorch", USE) and cell.endswith(f"\n\n{USE}\n"[:-1])
    return cell.removesuffix(USE)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """A folder from which mytorch is not found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    return tmp_path


def test_beside_its_folder_a_notebook_brings_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(first_cell("https://nowhere.invalid/hw1.zip"), {})
    assert not list(tmp_path.iterdir())


def test_it_says_what_it_needs(alone):
    with pytest.raises(ModuleNotFoundError, match="^Put mytorch, the folder handed out with it, beside it"):
        exec(first_cell(), {})


@pytest.mark.parametrize("whole", [True, False], ids=["the folder", "what is in it"])
def test_it_brings_the_folder_from_the_instructors_address(alone, tmp_path_factory, release, whole):
    place = tmp_path_factory.mktemp("web") / "hw1"
    kit = (release.parent, release.name) if whole else (release, None)
    archive = shutil.make_archive(str(place), "zip", *kit)
    exec(first_cell(f"file://{archive}"), {})
    assert [path.name for path in alone.iterdir()] == ["mytorch"], "and never the student's notebooks"
    brought = {path.relative_to(alone) for path in alone.rglob("*") if path.is_file()}
    assert brought == {
        path.relative_to(release) for path in (release / "mytorch").rglob("*") if path.is_file()
    }


def test_each_notebook_of_the_release_has_it_in_its_first_cell(release):
    for path in release.glob("*.ipynb"):
        code = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        assert ["find_spec" in source for source in code] == [True] + [False] * (len(code) - 1), path.name


@pytest.mark.parametrize("last, tagged", [("check(Linear)", [1, 3]), ("1 + 1", [])])
def test_run_all_goes_on_below_given_cells_that_may_meet_a_class(last, tagged):
    """Not below the first, which imports, nor below the student's own."""
    own = {"nbgrader": {"grade_id": "Linear-code", "solution": True, "grade": False, "locked": False}}
    cells = [new_code_cell(USE), new_code_cell("Linear"), new_code_cell("class Linear: ...", metadata=own)]
    notebook = new_notebook(cells=[*cells, new_code_cell(last)])
    let_run_all_go_on(notebook)
    goes_on = [place for place, cell in enumerate(notebook.cells) if GOES_ON in cell.metadata.get("tags", [])]
    assert goes_on == tagged
