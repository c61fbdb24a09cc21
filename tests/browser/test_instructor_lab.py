"""`make instructor`'s JupyterLab: text notebooks open as notebooks, their twins follow, the formgrader works."""

import os

import nbformat
import pytest
from support.lab import cell_outputs, open_notebook, run_cell, save, wait_for_notebook, write_code
from support.lab_server import REPOSITORY


@pytest.fixture(scope="module")
def server(serve):
    return serve(REPOSITORY, "instructor")


def test_double_click_opens_text_as_a_notebook(server, open_lab):
    page = open_lab(server)
    for name in ("notebooks", "01_linear.md"):
        page.locator(".jp-DirListing-item").filter(has_text=name).dblclick()
    wait_for_notebook(page, "notebooks/01_linear.md")
    assert page.locator(".jp-NotebookPanel .jp-MarkdownOutput h1").first.inner_text().startswith("1 · The linear layer")


def test_saving_keeps_the_twin_in_step_and_free_of_outputs(server, open_lab):
    page = open_lab(server)
    open_notebook(page, "notebooks/01_linear.md")
    write_code(page, 0, "print('seen ' * 2)")
    run_cell(page, 0)
    save(page)

    assert cell_outputs(page)[0][0]["text"] == "seen seen \n"
    assert "print('seen ' * 2)" in (server.root / "notebooks/01_linear.md").read_text(encoding="utf-8")
    twin = nbformat.read(server.root / "source/hw1/01_linear.ipynb", as_version=4)
    code = [cell for cell in twin.cells if cell.cell_type == "code"]
    assert code[0].source == "print('seen ' * 2)"
    assert not any(cell.outputs or cell.execution_count for cell in code)
    graded = [cell.metadata.nbgrader.grade_id for cell in code if "nbgrader" in cell.metadata]
    assert graded == ["Linear-code", "Linear"]


@pytest.mark.parametrize("younger", ["notebooks/02_activation.md", "source/hw1/02_activation.ipynb"])
def test_opening_and_saving_changes_nothing_whatever_the_times_of_the_files(server, younger):
    """A checkout writes both files of a pair in any order."""
    pair = [server.root / "notebooks/02_activation.md", server.root / "source/hw1/02_activation.ipynb"]
    before = [path.read_bytes() for path in pair]
    for path in pair:
        os.utime(path, (1_700_000_000, 1_700_000_000))
    os.utime(server.root / younger)
    opened = server.contents("notebooks/02_activation.md?type=notebook")
    body = {"type": "notebook", "format": "json", "content": opened["content"]}
    server.contents("notebooks/02_activation.md", "PUT", body)
    assert [path.read_bytes() for path in pair] == before


def test_formgrader_lists_the_assignment_and_generates_its_release(server, open_lab):
    page = open_lab(server)
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).first.click()
    formgrader = page.frame_locator("iframe")
    formgrader.locator("#main-table").get_by_text("hw1", exact=True).wait_for()
    formgrader.locator("td.assign a").click()
    formgrader.get_by_text("Successfully created the student version of 'hw1'").wait_for()
    assert (server.root / "release/hw1/01_linear.ipynb").exists()
