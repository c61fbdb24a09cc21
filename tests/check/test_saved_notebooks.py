"""Reading a notebook that some program left in pieces."""

import json
import shutil

import nbformat
import pytest
from support.own import ASSIGNMENT

from mytorch.check import notebooks
from mytorch.check.notebooks import check_saved, read_notebook

ODD = [
    {"cell_type": "sparkle", "id": "zz", "metadata": {}, "source": "x"},
    {"metadata": {}, "source": "x"},
    {"cell_type": "code", "source": "x"},
    {"cell_type": "code", "metadata": None, "source": None},
    {"cell_type": ["a"], "source": [1, "x"]},
    {"cell_type": "code", "source": {"a": 1}, "metadata": {"nbgrader": 5}},
    {"cell_type": "markdown", "source": "x", "attachments": 5},
    {"cell_type": "markdown", "source": "x", "attachments": {"a.png": 5}},
    {},
    "text",
    None,
]


@pytest.mark.parametrize("cell", ODD, ids=str)
def test_an_odd_cell_costs_itself_and_not_the_notebook(root, tmp_path, cell):
    source = root / "source" / ASSIGNMENT / "01_linear.ipynb"
    content = json.loads(source.read_text())
    content["cells"].insert(2, cell)
    path = tmp_path / source.name
    path.write_text(json.dumps(content))
    read, given = read_notebook(path), nbformat.read(source, as_version=4)
    nbformat.validate(read)
    sources = [one.source for one in given.cells]
    assert [one.source for one in read.cells if one.source in sources] == sources
    assert len(read.cells) <= len(sources) + 1


@pytest.fixture
def linear(root, tmp_path):
    """A folder with a right notebook."""
    shutil.copy(root / "source" / ASSIGNMENT / "01_linear.ipynb", tmp_path)
    return tmp_path


def test_a_students_file_that_is_called_like_a_package_hides_it_from_no_check(linear):
    (linear / "numpy").mkdir()
    (linear / "numpy" / "__init__.py").write_text("x = 1")
    (linear / "random.py").write_text("raise ValueError('mine')")
    (result,) = check_saved(linear, ["Linear"])
    assert result.points == result.item.points


def test_without_a_kernel_it_is_said(linear, monkeypatch):
    monkeypatch.setattr(notebooks.Client, "kernel_name", "nowhere")
    (result,) = check_saved(linear, ["Linear"])
    ((_, verdict),) = result.verdicts.items()
    assert "Jupyter has no kernel for Python here" in verdict.message
