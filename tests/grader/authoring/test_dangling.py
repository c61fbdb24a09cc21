"""What notebooks refer to is there, in the course as it is, and what is not is found."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from support.own import ASSIGNMENT, NOTEBOOKS, OWN, ROOT

from grader.authoring.dangling import dangling, left_behind

CODE = {
    "from mytorch.nn import Gone": "mytorch.nn.Gone",
    "from mytorch.nn.linear import Gone": "mytorch.nn.linear.Gone",
    "from mytorch.nn.gone import Linear": "mytorch.nn.gone",
    "check(Gone)": "check(Gone)",
    "blank(9999)": "blank(9999)",
    "explore.gone(Linear)": "explore.gone",
}
TEXT = {
    "[it](gone.ipynb)": "a link to gone.ipynb",
    '[it](./gone.ipynb#Hand-in "there")': "a link to ./gone.ipynb",
    "[it][there]\n\n[there]: gone.ipynb": "a link to gone.ipynb",
    '<a href="gone.ipynb">it</a>': "a link to gone.ipynb",
    "![it](figures/gone.svg)": "the picture figures/gone.svg",
    "[it](#Gone)": "a link to #Gone",
    '[it](00_start_here.ipynb#gone "there")': "a link to 00_start_here.ipynb#gone",
    "[it][there]\n\n[there]: ./00_start_here.ipynb#Gone": "a link to ./00_start_here.ipynb#Gone",
    '<a href="#Gone">it</a>\n```\n# Gone\n```': "a link to #Gone",
}


@pytest.fixture
def course(tmp_path):
    """Its notebooks and their pictures, to add cells to."""
    shutil.copytree(ROOT / "source" / ASSIGNMENT, tmp_path / "source" / ASSIGNMENT)
    shutil.copytree(ROOT / "notebooks" / "figures", tmp_path / "notebooks" / "figures")
    return tmp_path


def with_cell(course, cell) -> list[str]:
    path = course / "source" / ASSIGNMENT / f"{NOTEBOOKS[1]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return dangling(course, OWN)


def test_nothing_dangles(course):
    there = (
        "from mytorch.nn import Linear, linear\nfrom mytorch.nn.linear import Linear\nfrom numpy import pi"
    )
    assert with_cell(course, new_code_cell(there)) == []
    elsewhere = "[it](https://host.example/a/gone.ipynb), [this](./01_linear.ipynb), notebook 01, 9 notebooks"
    assert with_cell(course, new_markdown_cell(elsewhere)) == []
    places = (
        "[it](00_start_here.ipynb#Hand-in), [this](#The-%C3%BCber-layer), [that](#mine), `[no](#link)`\n\n"
        '## The `über` *layer*\n\n<a id="mine"></a> [elsewhere](https://host.example/a.ipynb#gone)'
    )
    assert with_cell(course, new_markdown_cell(places)) == []


@pytest.mark.parametrize("cell", CODE)
def test_what_code_lacks_is_found(course, cell):
    assert with_cell(course, new_code_cell(cell)) == [f"{NOTEBOOKS[1]} has {CODE[cell]}, which is not there."]


@pytest.mark.parametrize("cell", TEXT)
def test_what_a_text_lacks_is_found(course, cell):
    assert with_cell(course, new_markdown_cell(cell)) == [
        f"{NOTEBOOKS[1]} has {TEXT[cell]}, which is not there."
    ]


def test_an_export_without_its_section_is_found(tmp_path):
    shutil.copytree(ROOT / "mytorch" / "nn", tmp_path / "mytorch" / "nn")
    assert left_behind(tmp_path) == []
    (tmp_path / "mytorch" / "nn" / "gone.py").touch()
    assert [path.as_posix() for path in left_behind(tmp_path)] == ["mytorch/nn/gone.py"]
