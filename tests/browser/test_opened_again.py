"""A notebook in JupyterLab whose checks fail, whose keys are pressed, and that is closed and opened again."""

import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect
from support.axe import violations
from support.lab import THEMES, Notebook, open_notebook

FIRST = "import numpy as np\nfrom mytorch.check import blank, check, progress"
CLASS = "class Linear:\n    pass"
CELLS = [
    "from mytorch import explore\nfrom mytorch.nn import MSELoss\nexplore.mse(MSELoss)",
    "blank(2)",
    "progress()",
]
RUN = "Run this cell to use it."
FOCUSABLE = "input, select, button"


def write(folder, name: str, *cells: str) -> str:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = new_notebook(
        cells=[new_code_cell(cell) for cell in (FIRST, *cells)], metadata={"kernelspec": kernel}
    )
    for cell in notebook.cells:
        if cell.source.startswith("check("):
            cell.metadata["tags"] = ["raises-exception"]  # as grader sync does
    nbformat.write(notebook, folder / "solved" / name)
    return f"solved/{name}"


@pytest.fixture(scope="module")
def page(open_in_lab):
    return open_in_lab("solved/02_activation.ipynb").page


@pytest.fixture(scope="module")
def widgets(students, page) -> Notebook:
    """Explorer, blanks and checklist, all of them run."""
    notebook = open_notebook(page, write(students, "widgets.ipynb", *CELLS))
    notebook.run_all()
    assert notebook.errors() == []
    yield notebook
    notebook.close()


def test_run_all_goes_on_below_a_check_that_fails(students, page):
    notebook = open_notebook(page, write(students, "fails.ipynb", CLASS, "check(Linear)", "print(6 * 7)"))
    notebook.run_all()
    assert [error["ename"] for error in notebook.errors()] == ["CheckFailed"]
    assert notebook.output("print(")[0]["text"] == "42\n"

    notebook.write(CLASS, "class Linear:\n    def forward(self, A)")
    notebook.run("class Linear")
    notebook.run("check(Linear)")
    (error,) = notebook.output("check(Linear)")
    assert "an older Linear: the last cell with class Linear ended with a SyntaxError." in error["evalue"]
    notebook.close()


@pytest.mark.parametrize("cell", CELLS, ids=["explorer", "blank", "progress"])
def test_keys_in_a_widget_delete_no_cell(widgets, cell):
    place = widgets.scroll_to(cell.splitlines()[-1]).locator(".mt-alive")
    place.locator(FOCUSABLE).first.wait_for()
    nodes = place.locator(f":is({FOCUSABLE}):enabled")
    assert nodes.count()
    for index in range(nodes.count()):
        nodes.nth(index).focus()
        for _ in range(2):
            widgets.page.keyboard.press("d")
        widgets.settle()
        assert len(widgets.code_cells()) == 1 + len(CELLS), nodes.nth(index).evaluate(
            "node => node.outerHTML"
        )


def test_axe_finds_nothing_in_forms(widgets):
    outputs = ".jp-OutputArea:has(.mt-alive)"
    assert widgets.page.locator(outputs).count() >= len(CELLS)  # other notebooks are open in the page, too
    for theme in reversed(THEMES):
        widgets.put_on(theme)
        assert violations(widgets.page, outputs) == [], theme


def test_opened_again_it_shows_what_was_there(widgets):
    """Not run: a picture, the answers, the ticks, and how to bring them back. Run: only the living ones."""
    page = widgets.page
    answer = widgets.scroll_to("blank(2)").get_by_placeholder("your answer").first
    answer.fill("W.T")
    answer.press("Enter")
    tick = widgets.scroll_to("progress()").get_by_label("Download the course and unpack it")
    tick.check()
    widgets.settle()
    expect(page.get_by_text(RUN).filter(visible=True)).to_have_count(0)
    widgets.save()
    widgets.close()

    again = open_notebook(page, widgets.path)
    picture = again.scroll_to("explore.mse").locator(".mt-still img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 500
    for cell, words in (("blank(2)", "W.T   ✓ Right."), ("progress()", "[x] Download the course")):
        place = again.scroll_to(cell)
        expect(place.get_by_text(RUN)).to_be_visible()
        expect(place.locator(".mt-still")).to_contain_text(re.sub(" +", " ", words))
    page.wait_for_timeout(500)
    for cell in ("explore.mse", "blank(2)", "progress()"):
        place = again.scroll_to(cell)
        expect(place.get_by_text("Error displaying widget").filter(visible=True)).to_have_count(0)
        expect(place.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)

    again.run_all()
    for cell in ("explore.mse", "blank(2)", "progress()"):
        place = again.scroll_to(cell)
        expect(place.locator(".mt-alive").first).to_be_visible()
        expect(place.get_by_text(RUN).filter(visible=True)).to_have_count(0)
    again.save()


def test_exported_it_shows_what_was_there(widgets, students, browser, tmp_path):
    path = students / "solved" / "widgets.ipynb"
    html, _ = HTMLExporter().from_filename(str(path))
    page = browser.open()
    page.set_content(html, wait_until="domcontentloaded")
    expect(page.locator(".mt-still img")).to_be_visible()
    expect(page.get_by_text(RUN).filter(visible=True)).to_have_count(3)
    expect(page.get_by_text(re.compile("Error|View\\(|Form\\(")).filter(visible=True)).to_have_count(0)
    page.context.close()
    for cell in nbformat.read(path, as_version=4).cells:  # what GitHub shows: HTML, or else text
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert "text/html" in data or not data.get("text/plain", "").strip(), data.keys()
