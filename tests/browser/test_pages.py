"""Every page for people in a browser: light, dark, narrow, on paper, read aloud; nothing from elsewhere."""

import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from support.axe import violations
from support.browser import VIEWS, Pages, look
from support.class_of_mistakes import grade_in_process, wrong
from support.copies import copy_of
from support.feedback import gradebook
from support.lab_server import start_jupyter, stop
from support.own import ASSIGNMENT
from support.processes import nbgrader, python

from grader.grading.execute import PROBLEM

UNREAD = "03_mlp.ipynb could not be read as a notebook: it ends too early."
MISTAKES = [wrong("Linear", "dLdW summed"), wrong("BatchNorm1d", "median")]
PAGES = {
    "feedback": "zip/hw1-feedback/01_linear.html",
    "formulas": "zip/hw1-feedback/06_batchnorm.html",
    "start page": "zip/hw1-feedback/index.html",
    "unreadable": "zip/hw1-feedback/03_mlp.html",
    "report": "reports/hw1/report.html",
    "similarity": "similarity/hw1.html",
}


@pytest.fixture(scope="module")
def course(generated, tmp_path_factory) -> Path:
    """Two students, graded; the zip of one of them unpacked in zip/, both reports."""
    course = copy_of(generated, tmp_path_factory.mktemp("pages") / "course")
    grade_in_process(course, {"ann": MISTAKES, "bob": MISTAKES}, {("ann", "03_mlp"): UNREAD})
    unread = course / "autograded" / "ann" / ASSIGNMENT / "03_mlp.ipynb"
    notebook = nbformat.read(unread, as_version=4)
    notebook.metadata[PROBLEM] = UNREAD
    nbformat.write(notebook, unread)
    skips = course / "autograded" / "ann" / ASSIGNMENT / "06_batchnorm.ipynb"
    notebook = nbformat.read(skips, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("# My own\n\n#### What I tried"))
    nbformat.write(notebook, skips)
    for student in ("ann", "bob"):
        shutil.copytree(course / "autograded" / student, course / "submitted" / student, dirs_exist_ok=True)
    with gradebook(course) as book:
        book.update_or_create_student("ann", first_name="Ann", last_name="Archer")
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, "--student", "ann", root=course)
    for command in ("report", "similarity", "return"):
        run = python("-m", "grader", command, ASSIGNMENT, cwd=course)
        assert run.returncode == 0, run.stdout + run.stderr
    with zipfile.ZipFile(course / "returned" / ASSIGNMENT / "students" / "ann.zip") as archive:
        archive.extractall(course / "zip")
    return course


@pytest.fixture(scope="module")
def pages(browser: Pages, course):
    """The pages, each loaded once and looked at in many ways."""
    pages = {which: browser.read(course / path) for which, path in PAGES.items()}
    yield pages
    for page in pages.values():
        page.context.close()


@pytest.mark.parametrize(("width", "theme"), VIEWS)
@pytest.mark.parametrize("which", PAGES)
def test_axe_finds_nothing(pages, which, width, theme):
    assert violations(look(pages[which], width, theme)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("which", [which for which in PAGES if which != "formulas"])
def test_with_forced_colours_words_are_read_and_marks_and_bars_are_seen(pages, which, theme):
    page = look(pages[which], 1280, theme, forced="active")
    assert violations(page) == []
    ground = "one => getComputedStyle(one).backgroundColor"
    for one in page.locator("mark, .bar").all()[:5]:
        assert one.evaluate(ground) != page.locator("body").evaluate(ground)


@pytest.mark.parametrize("which", PAGES)
def test_the_dark_theme_is_dark_and_paper_is_white(pages, which):
    ground = "getComputedStyle(document.body).backgroundColor"
    assert look(pages[which], 1280, "dark").evaluate(ground) == "rgb(20, 24, 29)"
    assert look(pages[which], 1280, "dark", "print").evaluate(ground) == "rgb(255, 255, 255)"


BEYOND = """width => [...document.querySelectorAll("body *")].filter(one =>
    one.getBoundingClientRect().right > width + 1 ||
    (getComputedStyle(one).overflowX != "visible" && one.scrollWidth > one.clientWidth + 1)
).map(one => one.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("which", PAGES)
def test_print_loses_nothing_at_the_right_edge(pages, which):
    assert look(pages[which], 700, medium="print").evaluate(BEYOND, 700) == []


@pytest.mark.parametrize("width", [1280, 640, 400])  # 640: a window of 1280 at 200 %
@pytest.mark.parametrize("which", PAGES)
def test_no_page_is_wider_than_its_window(pages, which, width):
    assert look(pages[which], width).evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_of_a_class_is_cut_off_and_the_mistake_is_marked(pages):
    code = look(pages["feedback"], 1280).locator(".yours .code").first
    assert code.evaluate("one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth")
    marked = [line.strip() for line in code.locator("mark").all_inner_texts()]  # a factor is missing in one
    assert marked == ["dZdW = self.A", "dLdW = dLdZ.T @ dZdW"]
    ground = "one => getComputedStyle(one).backgroundColor"
    assert code.locator("mark").first.evaluate(ground) != code.evaluate(ground)


def test_names_in_tables_are_not_broken(pages):
    names = look(pages["feedback"], 1280).locator("table td > code")
    assert names.count() > 10
    assert names.evaluate_all("all => all.filter(one => one.getClientRects().length > 1)") == []


def test_from_the_start_page_to_a_part_and_back(browser, course):
    page = browser.read(course / PAGES["start page"])
    page.get_by_role("link", name="BatchNorm1d").click()
    assert page.url.endswith("06_batchnorm.html#item-BatchNorm1d")
    page.get_by_role("link", name="All parts and points").click()
    assert page.url.endswith("index.html")
    page.context.close()


@pytest.mark.parametrize("which", PAGES)
def test_nothing_is_loaded(pages, course, which):
    asked = [url for url in pages[which].asked if not url.startswith("data:")]
    assert asked == [(course / PAGES[which]).as_uri()]


def test_similarity_names_people_as_the_roster_does(pages):
    page = look(pages["similarity"], 1280)
    assert page.locator("td").nth(1).inner_text() == "Ann Archer (ann)"
    assert page.locator("h4").first.inner_text() == "Ann Archer (ann)"


# --- the formgrader -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    process, server = start_jupyter(course, "instructor", tmp_path_factory.mktemp("jupyter"))
    yield server
    stop(process)


@pytest.fixture
def formgrader(browser: Pages, server):
    """The browser's page, signed in; the addresses it asked for are kept, and none elsewhere answers."""
    page = browser.open(server.url)
    page.goto(f"formgrader/manage_students?token={server.token}")
    page.asked = []
    page.context.on("request", lambda request: page.asked.append(request.url))
    yield page
    page.context.close()


@pytest.mark.parametrize(
    "address",
    ["manage_assignments", "gradebook", "gradebook/hw1", "gradebook/hw1/01_linear", "manage_students"],
)
def test_formgraders_lists_load_nothing_from_elsewhere(formgrader, server, address):
    formgrader.goto(f"formgrader/{address}", wait_until="networkidle")
    assert formgrader.asked and not [url for url in formgrader.asked if not is_from(server, url)]


def test_formgraders_page_of_a_submission_loads_nothing_from_elsewhere(formgrader, server, console):
    path = f"{server.url}formgrader/api/submitted_notebooks/{ASSIGNMENT}/06_batchnorm"
    found = formgrader.evaluate("async path => (await fetch(path)).json()", path)
    console.clear()
    formgrader.goto(f"formgrader/submissions/{found[0]['id']}/", wait_until="networkidle")
    assert formgrader.asked and not [url for url in formgrader.asked if not is_from(server, url)]
    assert formgrader.locator("math").count() > 50
    formgrader.locator("input.score").first.wait_for()
    formgrader.wait_for_function("document.activeElement.matches('.tabbable')")  # which waits for MathJax
    formgrader.locator(".output pre").first.evaluate("one => one.textContent = 'x'.repeat(90_000)")
    assert formgrader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [line for line in console if line.startswith("uncaught")] == []


def is_from(server, url: str) -> bool:
    return url.startswith((server.url, "data:"))
