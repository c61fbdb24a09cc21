"""Pages of feedback in a browser: nothing of a student's runs or loads, and both widths can be read."""

from pathlib import Path

import pytest
from support.browser import Pages
from support.copies import copy_of
from support.feedback import POINTS, put_graded, source
from support.hostile import HTML, spoil
from support.own import ASSIGNMENT
from support.processes import nbgrader


@pytest.fixture(scope="module")
def pages(generated, tmp_path_factory) -> Path:
    course = copy_of(generated, tmp_path_factory.mktemp("pages") / "course")
    put_graded(course, "hostile", POINTS | {"Linear": 0}, {"01_linear": spoil})
    nbgrader("generate_feedback", ASSIGNMENT, "--notebook=01_linear", root=course)
    return course


@pytest.fixture
def look(browser: Pages):
    """``look(path, width)``: the open page. It keeps what it ``asked`` for and what it was ``stopped``
    from.
    """
    pages = []

    def look(path: Path, width: int = 1280):
        page = browser.open(width=width)
        pages.append(page)
        page.asked, page.stopped = [], []
        page.add_init_script("window.steal = () => { window.stolen = true }")
        page.on("request", lambda request: page.asked.append(request.url))
        page.on(
            "requestfailed", lambda request: request.failure == "csp" and page.stopped.append(request.url)
        )
        page.goto(path.as_uri())
        return page

    yield look
    for page in pages:
        page.context.close()


def address(course: Path) -> Path:
    return course / "feedback" / "hostile" / ASSIGNMENT / "01_linear.html"


def asked_for(page) -> list[str]:
    return [url for url in page.asked if not url.startswith("data:")]


def test_nothing_runs_and_nothing_is_loaded(pages, look, console):
    page = look(address(pages))
    assert asked_for(page) == [address(pages).as_uri()]
    assert console == []
    assert not page.evaluate("window.stolen")


def test_the_security_policy_holds_what_slips_through(pages, look, console, tmp_path):
    """The same content put into the page as it is."""
    leaky = tmp_path / "leaky.html"
    active = [content for content in HTML if "refresh" not in content and "iframe" not in content]
    leaky.write_text(source(pages, "hostile", "01_linear").replace("<main>", "<main>" + "\n".join(active)))
    page = look(leaky)
    assert console  # so the browser met it
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
