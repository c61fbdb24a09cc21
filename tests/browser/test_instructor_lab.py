"""`make instructor`'s JupyterLab: text notebooks open as notebooks, their twins follow, the formgrader works."""

import pytest
from conftest import REPOSITORY
from lab import wait_for_notebook


@pytest.fixture(scope="module")
def server(serve):
    return serve(REPOSITORY, "instructor")


def test_double_click_opens_text_as_a_notebook(server, open_lab):
    page = open_lab(server)
    page.get_by_role("listitem", name="notebooks").dblclick()
    page.get_by_role("listitem", name="01_linear.md").dblclick()
    wait_for_notebook(page, "notebooks/01_linear.md")
    assert page.locator(".jp-NotebookPanel .jp-MarkdownOutput h1").first.inner_text().startswith("1 · The linear layer")
