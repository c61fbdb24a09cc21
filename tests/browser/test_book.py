"""The handout as a website: what is released and nothing else, links that lead somewhere, for every eye."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from support.axe import violations
from support.browser import VIEWS, look
from support.explorers import names_in
from support.own import NOTEBOOKS, ROOT
from support.processes import python

# Whoever looks up a name or connects fails.
ALONE = """
import runpy, socket, sys

def refused(*_, **__):
    raise OSError("no network")

socket.getaddrinfo = socket.socket.connect = socket.create_connection = refused
sys.argv = ["grader", "book", "--to", sys.argv[1]]
runpy.run_module("grader", run_name="__main__")
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("book") / "book"
    run = python("-c", ALONE, str(target), cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    return target


@pytest.fixture(scope="module")
def pages(book) -> dict[str, BeautifulSoup]:
    return {
        path.name: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in book.glob("*.html")
    }


def test_it_shows_what_is_released(pages, release):
    for name in NOTEBOOKS:
        cells = json.loads((release / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
        first, *others = ["".join(cell["source"]).strip() for cell in cells if cell["cell_type"] == "code"]
        opening, *shown = [
            block.get_text().strip() for block in pages[f"{name}.html"].select(".cell_input pre")
        ]
        assert shown == others
        assert first.endswith(f"\n\n{opening}"), "less what brings mytorch where the notebook stands alone"


class WithTeX(IPythonRenderer):
    """Leaves formulas as they are written."""

    def inline_math(self, body):
        return f" {body} "

    block_math = inline_math


def read(soup) -> str:
    """What is read there, pictures' descriptions and formulas' TeX with it, without spaces and the book's
    quotation marks.
    """
    for link in soup.select(".headerlink, .anchor-link"):
        link.decompose()
    for image in soup.find_all("img"):
        image.replace_with(image["alt"])
    for formula in soup.select(".math"):
        formula.replace_with(re.sub(r"^\\[(\[]|\\[)\]]$", "", formula.get_text()))
    return "".join(soup.get_text().split()).translate(str.maketrans("“”‘’", "\"\"''"))


@pytest.mark.parametrize("which", NOTEBOOKS)
def test_it_says_what_the_released_notebook_says(book, release, which):
    page = BeautifulSoup((book / f"{which}.html").read_text(encoding="utf-8"), "html.parser")
    for cell in page.select(".cell"):
        cell.decompose()
    said = read(page.select_one("article"))
    cells = json.loads((release / f"{which}.ipynb").read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    pages = [MarkdownWithMath(renderer=WithTeX(escape=False)).render(text) for text in texts]
    given = [read(BeautifulSoup(one, "html.parser")) for one in pages]
    assert [text for text in given if text not in said] == []
    assert said == "".join(given), "and nothing else, in this order"


def test_every_explorer_has_its_still(pages, book):
    for name in NOTEBOOKS:
        sources = [Path(image["src"]) for image in pages[f"{name}.html"].find_all("img")]
        for explorer in names_in(name):
            [still] = [path for path in sources if path.name == f"explore_{explorer}.svg"]
            assert (book / still).is_file()


def test_every_link_inside_leads_somewhere(pages, book):
    places = {name: {one["id"] for one in page.find_all(id=True)} for name, page in pages.items()}
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            address, _, place = link["href"].partition("#")
            if re.match(r"[a-z]+:", address):
                continue
            target = address or name
            assert (book / target).is_file(), f"{name}: {link}"
            assert not place or unquote(place) in places[target], f"{name}: {link}"


def test_equations_are_linked_across_sections(pages):
    assert pages["06_batchnorm.html"].find("a", href="04_loss.html#eq-43").text == "equation 43"
    linked = {link["href"] for link in pages["06_batchnorm.html"].select("a[href^='#eq-']")}
    assert {"#eq-52", "#eq-61", "#eq-62", "#eq-65", "#eq-66"} <= linked


# axe does not see the colours of formulas, and most of its time goes there: it looks into one in a line and
# one that stands alone.
ONE_FORMULA_OF_A_KIND = """[":not([display])", "[display]"].forEach(kind =>
    [...document.querySelectorAll(`mjx-container${kind}`)].slice(1).forEach(one => one.replaceChildren()))"""


@pytest.mark.parametrize("which", ["index", "search", *NOTEBOOKS])
def test_axe_finds_nothing_and_nothing_comes_from_elsewhere(browser, book, which):
    page = browser.read(book / f"{which}.html")
    page.wait_for_function("window.MathJax?.startup?.promise")
    page.evaluate("MathJax.startup.promise.then(() => null)")
    if which in NOTEBOOKS:
        assert page.locator("mjx-container").count() > 5 and page.locator("mjx-merror").count() == 0
    for width, theme in VIEWS:
        assert look(page, width, theme).evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(ONE_FORMULA_OF_A_KIND)
    for width, theme in VIEWS:
        assert violations(look(page, width, theme)) == [], theme
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    page.context.close()


def test_search_finds_a_word(browser, book):
    page = browser.open()
    page.goto(f"{book.as_uri()}/search.html?q=softmax")
    page.locator("#search-results a").first.wait_for()
    assert page.get_by_role("link", name="4 · Loss functions").count() >= 1
    page.context.close()
