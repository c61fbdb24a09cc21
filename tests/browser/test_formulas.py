"""The formulas of the released notebooks in every viewer: each by itself in KaTeX (VS Code) and MathJax 3
(JupyterLab, GitHub); all together in nbconvert's pages (MathJax 2), on the screen and printed.

Where these come from in the tests: the packages sphinxcontrib-katex, django-static-mathjax and
jupyter-server-mathjax hold the libraries' files, so that neither Node nor a network is needed.
"""

import re
from importlib.metadata import files
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from support.own import NOTEBOOKS

from grader.grading.macros import macro_definitions

KATEX = ("sphinxcontrib-katex", "katex.min.js")
MATHJAX_3 = ("django-static-mathjax", "es5/tex-chtml.js")
MATHJAX_2 = ("jupyter-server-mathjax", "static/MathJax.js")
RAW = re.compile(r"\\[A-Za-z]{2,}.{0,40}|\$[^$]*\$", re.DOTALL)  # TeX; what LaTeX readers see of it as text


def file_of(package: str, name: str) -> Path:
    return Path(next(path.locate() for path in files(package) if path.as_posix().endswith(f"/{name}")))


class Formulas(IPythonRenderer):
    """Collects (TeX, displayed) as nbconvert's reader of Markdown sees them."""

    def __init__(self):
        super().__init__(escape=False)
        self.found: list[tuple[str, bool]] = []

    def inline_math(self, body):
        self.found.append((body, False))
        return ""

    def block_math(self, body):
        self.found.append((body, True))
        return ""


def formulas_of(notebook) -> list[tuple[str, bool]]:
    renderer = Formulas()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            MarkdownWithMath(renderer=renderer).render(cell.source)
    return renderer.found


@pytest.fixture(scope="module")
def formulas(release) -> list[tuple[str, bool]]:
    """Of all released notebooks, each once."""
    notebooks = [nbformat.read(path, as_version=4) for path in sorted(release.glob("*.ipynb"))]
    assert len(notebooks) == len(NOTEBOOKS)
    return list(dict.fromkeys(formula for notebook in notebooks for formula in formulas_of(notebook)))


@pytest.fixture
def page(browser):
    page = browser.open()
    yield page
    page.context.close()


def test_they_need_no_macro(formulas):
    assert [tex for tex, _ in formulas if macro_definitions(tex) or r"\newcommand" in tex] == []
    assert any(r"\color" in tex for tex, _ in formulas)


ONE_BY_ONE_IN_KATEX = r"""formulas => formulas.flatMap(([tex, displayMode]) => {
    try { katex.renderToString(tex, {displayMode, throwOnError: true, strict: "error"}); return []; }
    catch (error) { return [`${tex}: ${error.message}`]; }
})"""


def test_katex_draws_each(page, formulas):
    page.add_script_tag(path=file_of(*KATEX))
    assert page.evaluate("katex.version") >= "0.16"
    assert page.evaluate(ONE_BY_ONE_IN_KATEX, [[r"\frac{1", False], [r"\A", False]]) != []
    assert page.evaluate(ONE_BY_ONE_IN_KATEX, formulas) == []


ONE_BY_ONE_IN_MATHJAX = r"""async formulas => {
    const refused = [];
    for (const [tex, display] of formulas) {
        const drawn = await MathJax.tex2mmlPromise(tex, {display});
        if (drawn.includes("<merror") || drawn.includes('mathcolor="red"')) refused.push(`${tex}: ${drawn}`);
    }
    return refused;
}"""


def test_mathjax_draws_each(page, formulas, tmp_path):
    empty = tmp_path / "empty.html"
    empty.write_text(
        "<script>window.MathJax = {startup: {typeset: false}}</script>"
        f'<script src="{file_of(*MATHJAX_3).as_uri()}"></script>'
    )
    page.goto(empty.as_uri())
    page.wait_for_function("window.MathJax.startup?.promise")
    page.evaluate("MathJax.startup.promise.then(() => null)")
    assert page.evaluate("MathJax.version").startswith("3.")
    assert len(page.evaluate(ONE_BY_ONE_IN_MATHJAX, [[r"\frac{1", False], [r"\A", False]])) == 2
    assert page.evaluate(ONE_BY_ONE_IN_MATHJAX, formulas) == []


WITHOUT_CODE = """() => {
    document.querySelectorAll("pre, code").forEach(one => one.remove());
    document.querySelectorAll("details").forEach(one => { one.open = true; });
    return document.body.innerText;
}"""


def test_exported_to_html_and_printed_to_pdf_no_tex_is_left(page, release, tmp_path):
    """The texts of all notebooks on one page: nbconvert shows each cell by itself."""
    from pypdf import PdfReader  # here: wherever tests are only looked for, it costs a fifth of a second

    whole, *others = [nbformat.read(path, as_version=4) for path in sorted(release.glob("*.ipynb"))]
    whole.cells = [cell for one in (whole, *others) for cell in one.cells if cell.cell_type == "markdown"]
    url = f"{file_of(*MATHJAX_2).as_uri()}?config=TeX-AMS-MML_HTMLorMML-full,Safe"
    html, _ = HTMLExporter(mathjax_url=url).from_notebook_node(whole)
    exported = tmp_path / "exported.html"
    exported.write_text(html, encoding="utf-8")
    page.route(re.compile(r"^https?:"), lambda route: route.abort())
    page.goto(exported.as_uri())
    page.wait_for_function("window.MathJax?.Hub")
    page.evaluate("() => new Promise(drawn => MathJax.Hub.Queue(() => drawn(null)))")

    drawn = page.locator(".MathJax").count()
    shown = page.evaluate(WITHOUT_CODE)
    assert drawn >= len(formulas_of(whole)) - 1, "all, but for a prime: the package has no font for it"
    assert RAW.findall(shown) == []
    printed = "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf())).pages)
    assert len(printed) > 7000 and RAW.findall(printed) == []
