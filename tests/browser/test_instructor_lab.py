"""`make instructor` itself: text notebooks open as notebooks, their twins follow, the formgrader works."""

import os
import shutil

import nbformat
import pytest
from support.browser import Pages
from support.lab import enter, open_notebook, opened
from support.lab_server import NOT_COPIED, REPOSITORY, make, stop

KEPT = ("01_linear", "02_activation")  # of the notebooks: a release of two is made as one of seven is


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    course = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(REPOSITORY, course, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for path in [*course.glob("notebooks/*.md"), *course.glob("source/hw1/*.ipynb")]:
        if path.stem not in KEPT:
            path.unlink()
    process, server = make("instructor", course, tmp_path_factory.mktemp("make-instructor"))
    yield server
    stop(process)


@pytest.fixture(scope="module")
def page(browser: Pages, server):
    page = browser.open(server.url)
    enter(page, server)
    yield page
    page.context.close()


def test_double_click_opens_text_as_a_notebook(page):
    for name in ("notebooks", "01_linear.md"):
        page.locator(".jp-DirListing-item").filter(has_text=name).dblclick()
    opened(page, "notebooks/01_linear.md")
    assert (
        page.locator(".jp-NotebookPanel .jp-MarkdownOutput h1")
        .first.inner_text()
        .startswith("1 · The linear layer")
    )


def test_saving_keeps_the_twin_in_step_and_free_of_outputs(server, page):
    notebook = open_notebook(page, "notebooks/01_linear.md")
    notebook.write("import numpy", "print('seen ' * 2)")
    notebook.run("print('seen ' * 2)")
    notebook.save()

    assert notebook.output("print('seen ' * 2)")[0]["text"] == "seen seen \n"
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


def test_formgrader_lists_the_assignment_and_generates_its_release(server, page):
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_text("Formgrader", exact=True).first.click()
    formgrader = page.frame_locator("iframe")
    formgrader.locator("#main-table").get_by_text("hw1", exact=True).wait_for()
    formgrader.locator("td.assign a").click()
    formgrader.get_by_text("Successfully created the student version of 'hw1'").wait_for()
    assert (server.root / "release/hw1/01_linear.ipynb").exists()
