"""Reading a notebook that some program left in pieces."""

import json
import shutil

import nbformat
import pytest
from support.own import ASSIGNMENT

from mytorch.check.notebooks import read_notebook
from mytorch.check.terminal import Client, check_saved

ODD = [
    {"cell_type": "sparkle", "id": "zz", "metadata": {}, "source": "x"},
    {"metadata": {}, "source": "x"},
    {"cell_type": "code", "source": "x"},
    {"cell_type": "code", "metadata": None, "source": None},
    {"cell_type": ["a"], "source": [1, "x"]},
    {"cell_type": "code", "source": {"a": 1}, "metadata": {"nbgrader": 5}},
    {"cell_type": "markdown", "source": "x", "attachments": 5},
    {"cell_type": "markdown", "source": "x", "attachments": {"a.png": 5}},
    {"cell_type": "markdown", "source": "x", "attachments": {"a.png": {"5": 5}}},
    {"cell_type": "markdown", "source": "x", "attachments": {"a.png": {"image/png": ["x", 5]}}},
    {"cell_type": "code", "input": {"a": 1}},
    {"cell_type": "heading", "source": "x", "level": "two"},
    {},
    "text",
    None,
]

CELL = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "x = 1"}


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


LONG = "9" * 5000  # Python refuses to read such a number


@pytest.mark.parametrize(
    ("given", "damaged"),
    [
        ('"metadata": {}', '"metadata": null'),
        ('"metadata": {}', '"other": 5'),
        ('"nbformat": 4', '"nbformat": null'),
        ('"nbformat": 4', '"nbformat": 3, "worksheets": [null]'),
        ('"nbformat": 4', '"nbformat": [4]'),
        ('"nbformat": 4', f'"nbformat": {LONG}'),
        ('"metadata": {}', f'"metadata": {{"x": -{LONG}}}'),
        ('"execution_count": null', f'"execution_count": {LONG}'),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_damaged_around_the_cells_costs_none(tmp_path, given, damaged):
    content = json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert given in content
    start, _, end = content.rpartition(given)
    path = tmp_path / "damaged.ipynb"
    path.write_text(start + damaged + end)
    (cell,) = read_notebook(path).cells
    assert (cell.cell_type, cell.source) == ("code", "x = 1")


@pytest.mark.parametrize(
    "odd",
    [
        {"cell_type": "code", "input": "y"},
        {"cell_type": "code", "input": None},
        {"cell_type": "heading", "source": "y", "level": 10**15},
    ],
    ids=str,
)
@pytest.mark.parametrize("metadata", [{}, None])
def test_nor_in_a_notebook_of_an_older_version(tmp_path, odd, metadata):
    sheets = [{"cells": [{"cell_type": "code", "input": "x = 1"}, odd], "metadata": metadata}, None]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"metadata": metadata, "nbformat": 3, "worksheets": sheets}))
    assert [cell.source for cell in read_notebook(path).cells][0] == "x = 1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF"),
        (b"PK\x03\x04\x14\x00\x97", "it is a zip archive"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html></html>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9\n", "git lfs pull"),
        (b'{\n<<<<<<< HEAD\n"cells": [],\n=======\n>>>>>>> main\n}', "marks of a conflict"),
        ('{"cells": ["é"]}'.encode("latin-1"), "it is not text in UTF-8"),
        (b"class Linear:\n    pass\n", "it is text of another kind"),
        (b'{"url": "https://docs.google.com/open?id=1"}', "it holds no cells"),
        (b'{"cells": [', "Expecting value"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_of_a_file_that_is_no_notebook_it_is_said_what_it_is(tmp_path, content, says):
    path = tmp_path / "01_linear.ipynb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="01_linear.ipynb could not be read as a notebook: ") as told:
        read_notebook(path)
    assert says in str(told.value)


def test_a_picture_beside_a_broken_one_stays(tmp_path):
    sound = {"b.png": {"image/png": "AAAA"}}
    cell = {"cell_type": "markdown", "source": "x", "attachments": {"a.png": {"5": 5}} | sound}
    path = tmp_path / "pictures.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    assert read_notebook(path).cells[0].attachments == sound


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
    monkeypatch.setattr(Client, "kernel_name", "nowhere")
    (result,) = check_saved(linear, ["Linear"])
    ((_, verdict),) = result.verdicts.items()
    assert "Jupyter has no kernel for Python here" in verdict.message
