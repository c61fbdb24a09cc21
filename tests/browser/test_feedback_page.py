"""Pages of feedback in a browser: nothing of a student's runs or loads, and both widths can be read."""

import shutil
from pathlib import Path

import pytest
from support.feedback import POINTS, put_graded, source
from support.hostile import HTML, spoil
from support.own import ASSIGNMENT
from support.processes import nbgrader


@pytest.fixture(scope="module")
def pages(generated, tmp_path_factory) -> Path:
    course = Path(shutil.copytree(generated, tmp_path_factory.mktemp("pages") / "course"))
    put_graded(course, "hostile", POINTS | {"Linear": 0}, {"01_linear": spoil})
    nbgrader("generate_feedback", ASSIGNMENT, "--notebook=01_linear", root=course)
    return course


@pytest.fixture
def look(browser):
    """``look(path, width)``: the open page. It keeps what it ``asked`` for, was ``stopped`` from and its ``complaints``."""
    contexts = []

    def look(path: Path, width: int = 1280):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.asked, page.stopped, page.complaints = [], [], []
        page.add_init_script("window.steal = () => { window.stolen = true }")
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("requestfailed", lambda request: request.failure == "csp" and page.stopped.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        return page

    yield look
    for context in contexts:
        context.close()


def address(course: Path) -> Path:
    return course / "feedback" / "hostile" / ASSIGNMENT / "01_linear.html"


def asked_for(page) -> list[str]:
    return [url for url in page.asked if not url.startswith("data:")]


def test_nothing_runs_and_nothing_is_loaded(pages, look):
    page = look(address(pages))
    assert asked_for(page) == [address(pages).as_uri()]
    assert page.complaints == []
    assert not page.evaluate("window.stolen")


def test_the_security_policy_holds_what_slips_through(pages, look, tmp_path):
    """The same content put into the page as it is."""
    leaky = tmp_path / "leaky.html"
    active = [content for content in HTML if "refresh" not in content and "iframe" not in content]
    leaky.write_text(source(pages, "hostile", "01_linear").replace("<main>", "<main>" + "\n".join(active)))
    page = look(leaky)
    assert page.complaints  # so the browser met it
    assert not page.evaluate("window.stolen")
    assert set(asked_for(page)) - set(page.stopped) == {leaky.as_uri()}


@pytest.mark.parametrize("width", [1280, 400])
def test_reason_and_code_at_both_widths(pages, look, width):
    page = look(address(pages), width)
    why, code = page.locator(".why").first.bounding_box(), page.locator(".yours").first.bounding_box()
    beside = why["x"] + why["width"] <= code["x"] and abs(why["y"] - code["y"]) < 5
    below = why["y"] + why["height"] <= code["y"]
    assert beside if width == 1280 else below
    assert page.evaluate("document.documentElement.scrollWidth") <= width
