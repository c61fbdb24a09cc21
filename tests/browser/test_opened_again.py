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
TRAINING = """from mytorch.data import moons
from mytorch.nn import CrossEntropyLoss
from mytorch.optim import SGD
from mytorch.training import build_mlp, plot_boundary, plot_digits, plot_history, train_model
X, Y = moons(20)
model = build_mlp([2, 2])
history = train_model(model, CrossEntropyLoss(), SGD(model), X, Y, epochs=2)
plot_history(history)
plot_boundary(model, X, Y)
plot_digits(np.zeros((2, 64)), ["nought", "nothing"])"""
RUN = "Run this cell to use it."
FOCUSABLE = "input, select, button"


def write(folder, name: str, *cells: str) -> str:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = new_notebook(
        cells=[new_code_cell(cell) for cell in (FIRST, *cells)], metadata={"kernelspec": kernel}
    )
    for cell in notebook.cells:
        if cell.source.startswith("check("):
            cell.metadata["tags"] = ["raises-exception"]  # as the release has it
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


@pytest.fixture(scope="module")
def outputs(students, page) -> Notebook:
    """What is no widget: a report, a bar, pictures."""
    notebook = open_notebook(page, write(students, "outputs.ipynb", CLASS, "check(Linear)", TRAINING))
    notebook.run_all()
    assert [error["ename"] for error in notebook.errors()] == ["CheckFailed"]
    yield notebook
    notebook.close()


DRAWN = ".jp-OutputArea:has(.mt-report, progress)"
FORCED = [{"forced_colors": "active", "color_scheme": theme} for theme in ("dark", "light")]


def test_axe_finds_nothing_in_reports_bars_and_pictures(outputs):
    for theme in reversed(THEMES):
        outputs.put_on(theme)
        assert outputs.page.locator(f"{DRAWN} img").count() == 3
        assert violations(outputs.page, DRAWN) == [], theme


def test_a_bar_says_what_it_measures(outputs):
    """axe asks only those with a role written out for a name."""
    bar = outputs.page.get_by_role("progressbar", name="Training")
    assert bar.evaluate("bar => [bar.value, bar.max]") == [2, 2]


@pytest.fixture
def forced(page):
    """``forced(colors)``: the colours that people have chosen themselves; afterwards as before."""
    yield lambda colors: page.emulate_media(**colors)
    page.emulate_media(forced_colors="none", color_scheme="light")


@pytest.mark.parametrize("colors", FORCED, ids=lambda one: one["color_scheme"])
def test_with_forced_colours_reports_and_bars_can_be_read(outputs, forced, colors):
    forced(colors)
    assert violations(outputs.page, DRAWN) == []


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


@pytest.mark.parametrize("colors", FORCED, ids=lambda one: one["color_scheme"])
def test_with_forced_colours_forms_and_explorers_can_be_read(widgets, forced, colors):
    forced(colors)
    assert violations(widgets.page, ".jp-OutputArea:has(.mt-alive)") == []
    button = widgets.scroll_to("blank(2)").get_by_role("button", name="Check").first
    line = button.evaluate("it => [getComputedStyle(it).borderTopStyle, getComputedStyle(it).borderTopColor]")
    assert line[0] == "solid" and line[1] != "rgba(0, 0, 0, 0)"
    picture = widgets.scroll_to("explore.mse").locator(".mt-picture")
    assert picture.evaluate("svg => getComputedStyle(svg).backgroundColor") == "rgb(255, 255, 255)"
    words = picture.locator("text").evaluate_all("all => all.map(one => getComputedStyle(one).fill)")
    assert len(set(words)) > 3  # its own colours, which are written on the white card


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
