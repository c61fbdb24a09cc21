r"""The handout as a website to read: ``grader book`` writes it to book/, from notebooks/.

A notebook stands there as it is released: without solutions and hidden tests, formulas without macros. Formulas
become MathML here, so that a page needs no script and no network for them. ``\tag{4}`` makes a place to link to, and
"equation 4" in the text a link, in any section.
"""

import argparse
import re
import shutil
import tempfile
from pathlib import Path

import jupytext
import nbformat
from docutils import nodes
from nbgrader.preprocessors import ClearHiddenTests
from sphinx.application import Sphinx

from grader.grading.cells import WithoutSolutions
from grader.grading.macros import PARTS, WithoutMacros
from grader.grading.stock import CommandFailed
from mytorch.course import ASSIGNMENTS, Assignment, assignment_here
from mytorch.style import page_colors

from .harmless import math

ROOT = Path(__file__).resolve().parents[2]
TITLE = "MyTorch"
INDEX = """# MyTorch: an introduction to neural networks

You build a small neural-network library in NumPy, one section at a time. Here is all that there is to read. To write the
code, check it and move the pictures, open the notebooks; your instructor hands them out.

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
    "html_math_renderer": "mathml",
    "html_static_path": ["_static"],
    "html_css_files": ["book.css"],
    "html_show_sphinx": False,
    "html_copy_source": False,
    "nb_execution_mode": "off",
    "myst_enable_extensions": ["dollarmath", "amsmath"],
    "myst_heading_anchors": 4,
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

EQUATION = re.compile(r"^\$\$(?=[^$]*\\tag\{(\d+)\})", re.MULTILINE)
NUMBERS = re.compile(r"\b([Ee]quations?|[Ee]qs?\.) (\d+(?:(?:, | and | to |–)\d+)*)")
# What is no prose: code and formulas, links and pictures, headings, lines of HTML.
ELSE = re.compile(rf"{PARTS.pattern}|!?\[[^\]]*\]\([^)]*\)|^#.*$|^<.*$", re.DOTALL | re.MULTILINE)


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
    (source / "index.md").write_text(INDEX.format(names="\n".join(assignment.notebooks)), encoding="utf-8")
    for name in assignment.notebooks:
        notebook = jupytext.read(notebooks / f"{name}.md")
        released(notebook, assignment)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source)
        nbformat.write(notebook, source / f"{name}.ipynb")


def released(notebook, assignment: Assignment) -> None:
    """Change it into what students get of it."""
    resources = {"nbgrader": {"assignment": assignment.name}}
    notebook.metadata["language_info"] = {"name": "python"}
    for step in (WithoutMacros, WithoutSolutions, ClearHiddenTests):
        step().preprocess(notebook, resources)


def linked(markdown: str) -> str:
    """With a place to link to before each numbered equation, and links where the text names one."""
    pieces, end = [], 0
    for other in ELSE.finditer(markdown):
        pieces += [NUMBERS.sub(_links, markdown[end : other.start()]), other[0]]
        end = other.end()
    text = "".join([*pieces, NUMBERS.sub(_links, markdown[end:])])
    text = re.sub(r"\]\(#([^)]+)\)", lambda found: f"](#{found[1].lower()})", text)
    return EQUATION.sub(lambda found: f"(eq-{found[1]})=\n\n{found[0]}", text)


def _links(found: re.Match) -> str:
    word, numbers = found.groups()
    first, *others = re.split(r"(\d+)", numbers)[1:-1]
    ends = [f"[{one}](#eq-{one})" if one.isdigit() else one for one in others]
    return f"[{word} {first}](#eq-{first}){''.join(ends)}"


def _colors() -> str:
    """Formulas' colours: those of pages, and in the theme that the reader chose."""
    return page_colors()


# --- Sphinx's extension -------------------------------------------------------------------------------------


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}


def _inline(translator, node: nodes.math) -> None:
    translator.body.append(math(node.astext()))
    raise nodes.SkipNode


def _block(translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="equation" tabindex="0">{math(node.astext(), display=True)}</div>')
    raise nodes.SkipNode
