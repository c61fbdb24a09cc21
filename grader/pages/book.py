r"""The handout as a website to read: ``grader book`` writes it to book/, from notebooks/.

A notebook stands there as it is released: without solutions and hidden tests, formulas without macros.
MathJax draws them, from a copy beside the pages, so that nothing comes from elsewhere. ``\tag{4}`` makes a
place to link to, and "equation 4" in the text a link, in any section.
"""

import argparse
import html
import re
import shutil
import tempfile
from importlib.metadata import files
from pathlib import Path

import jupytext
import nbformat
from docutils import nodes
from nbgrader.preprocessors import ClearHiddenTests
from sphinx.application import Sphinx

from grader import ROOT
from grader.grading.cells import WithoutSolutions
from grader.grading.macros import PARTS, WithoutMacros
from grader.grading.stock import CommandFailed
from mytorch.course import ASSIGNMENTS, Assignment, assignment_here
from mytorch.style import COLORS, DARK, LIGHT, variables

TITLE = "MyTorch"
INDEX = """# MyTorch: an introduction to neural networks

You build a small neural-network library in NumPy, one section at a time. Here is all that there is to read.
To write the code, check it and move the pictures, open the notebooks; your instructor hands them out.

```{{toctree}}
:maxdepth: 1

{names}
```
"""
STYLE = Path(__file__).with_name("book.css")
SETTINGS = {
    "project": TITLE,
    "html_title": TITLE,
    "extensions": ["myst_nb", __name__],
    "html_theme": "furo",
    "html_math_renderer": "mathjax beside",
    "html_static_path": ["_static"],
    "html_css_files": ["book.css"],
    "html_js_files": ["mathjax.js", "mathjax/tex-chtml.js"],
    "html_show_sphinx": False,
    "html_copy_source": False,
    "nb_execution_mode": "off",
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "myst_heading_anchors": 4,
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
MATHJAX = r"""window.MathJax = {
  loader: {load: ["[tex]/color"]},
  tex: {packages: {"[+]": ["color"]}, inlineMath: [["\\(", "\\)"]]},
  options: {ignoreHtmlClass: "document", processHtmlClass: "math"},
};
"""
MATHJAX_FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2/", "input/tex/extensions/color.js")
ACCESSIBLE = (
    ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Sections">'),
    ('<aside class="toc-drawer">', '<aside class="toc-drawer" aria-label="On this page">'),
    ("<pre>", '<pre tabindex="0">'),
    ('<div id="search-results">', '<h1>Search</h1>\n<div id="search-results">'),
)

EQUATION = re.compile(r"^\$\$(?=[^$]*\\tag\{(\d+)\})", re.MULTILINE)
NUMBERS = re.compile(r"\b([Ee]quations?|[Ee]qs?\.)\s+(\d+(?:(?:,\s+|\s+and\s+|\s+to\s+|–)\d+)*)")
# What is no prose: code and formulas, links and pictures, headings, lines of HTML.
ELSE = re.compile(rf"{PARTS.pattern}|!?\[[^\]]*\]\([^)]*\)|^#[^\n]*$|^<[^\n]*$", re.DOTALL | re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment", nargs="?", default=assignment_here().name, help="default: %(default)s")
    parser.add_argument("--to", type=Path, default=ROOT / "book", help="the folder to write; default: book")


def run(args: argparse.Namespace) -> None:
    build(ROOT / "notebooks", args.to, ASSIGNMENTS[args.assignment])
    print(f"written: {args.to}/index.html")


def build(notebooks: Path, target: Path, assignment: Assignment) -> None:
    """Write the website anew. Raises CommandFailed for any of Sphinx's warnings, such as a broken link."""
    with tempfile.TemporaryDirectory(prefix="mytorch-book-") as scratch:
        source, built = Path(scratch, "source"), Path(scratch, "built")
        write_source(notebooks, source, assignment)
        app = Sphinx(
            source, source, built, Path(scratch, "doctrees"), "html", status=None, warningiserror=True
        )
        app.build()
        if app.statuscode:
            raise CommandFailed("The book is not written: see Sphinx's warnings above.")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(built, target)


def write_source(notebooks: Path, source: Path, assignment: Assignment) -> None:
    """What Sphinx reads: the notebooks as they are released, their pictures, the start page."""
    shutil.copytree(notebooks / "figures", source / "figures", ignore=shutil.ignore_patterns("*.py"))
    (source / "_static").mkdir()
    settings = "".join(f"{name} = {value!r}\n" for name, value in SETTINGS.items())
    (source / "conf.py").write_text(settings, encoding="utf-8")
    text = STYLE.read_text(encoding="utf-8")
    (source / "_static" / "book.css").write_text(_colors() + text, encoding="utf-8")
    (source / "_static" / "mathjax.js").write_text(MATHJAX, encoding="utf-8")
    _bring_mathjax(source / "_static" / "mathjax")
    (source / "index.md").write_text(INDEX.format(names="\n".join(assignment.notebooks)), encoding="utf-8")
    read = {name: jupytext.read(notebooks / f"{name}.md") for name in assignment.notebooks}
    cells = [cell for notebook in read.values() for cell in notebook.cells if cell.cell_type == "markdown"]
    known = {number for cell in cells for number in EQUATION.findall(cell.source)}
    for name, notebook in read.items():
        released(notebook, assignment)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source, known)
        nbformat.write(notebook, source / f"{name}.ipynb")


def released(notebook, assignment: Assignment) -> None:
    """Change it into what students get of it."""
    resources = {"nbgrader": {"assignment": assignment.name}}
    notebook.metadata["language_info"] = {"name": "python"}
    for step in (WithoutMacros, WithoutSolutions, ClearHiddenTests):
        step().preprocess(notebook, resources)


def linked(markdown: str, known: set[str]) -> str:
    """With a place to link to before each numbered equation, and links where the text names a known one."""

    def numbers(found: re.Match) -> str:
        word, listed = found.groups()
        first, *others = re.split(r"(\d+)", listed)[1:-1]
        if not {first, *others[1::2]} <= known:
            return found[0]
        ends = [f"[{one}](#eq-{one})" if one.isdigit() else one for one in others]
        return f"[{word} {first}](#eq-{first}){''.join(ends)}"

    pieces, end = [], 0
    for other in ELSE.finditer(markdown):
        pieces += [NUMBERS.sub(numbers, markdown[end : other.start()]), other[0]]
        end = other.end()
    text = "".join([*pieces, NUMBERS.sub(numbers, markdown[end:])])
    text = re.sub(r"\]\(#([^)]+)\)", lambda found: f"](#{found[1].lower()})", text)
    return EQUATION.sub(lambda found: f"(eq-{found[1]})=\n\n{found[0]}", text)


def _bring_mathjax(target: Path) -> None:
    for path in files("django-static-mathjax"):
        _, inside, name = path.as_posix().partition("/es5/")
        if inside and name.startswith(MATHJAX_FILES):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path.locate(), target / name)


def _colors() -> str:
    """Formulas' colours, in the theme that the reader, or the system, has chosen."""
    light, dark = (f"{{ {variables(theme)} }}" for theme in (LIGHT, DARK))
    formulas = "".join(
        f'mjx-container [style*="{color}" i] {{ color: var(--{name}) !important; }}\n'
        for name, color in COLORS.items()
    )
    return (
        f"body {light}\nbody[data-theme=dark] {dark}\n"
        f"@media (prefers-color-scheme: dark) {{ body[data-theme=auto] {dark} }}\n{formulas}"
    )


# --- Sphinx's extension -------------------------------------------------------------------------------------


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathjax beside", (_inline, None), (_block, None))
    app.connect("build-finished", _accessible)
    return {"parallel_read_safe": True}


def _inline(translator, node: nodes.math) -> None:
    translator.body.append(f'<span class="math">\\({html.escape(node.astext())}\\)</span>')
    raise nodes.SkipNode


def _block(translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math" tabindex="0">\\[{html.escape(node.astext())}\\]</div>')
    raise nodes.SkipNode


def _accessible(app: Sphinx, error: Exception | None) -> None:
    """What the theme leaves out: names of its regions, a heading, code that the keyboard can scroll."""
    for page in () if error else Path(app.outdir).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for old, new in ACCESSIBLE:
            text = text.replace(old, new)
        page.write_text(text, encoding="utf-8")
