"""The page that a student gets for a notebook: points, what failed and why, their own code beside it, then
the notebook.

``nbgrader generate_feedback`` and the formgrader's button make it (c.GenerateFeedback.exporter_class). A page
is one file: no script, nothing from the network, everything a student wrote made harmless first.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters import strip_ansi
from nbgrader import utils
from nbgrader.api import Gradebook
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer

from grader.grading import cells, extensions, grades
from grader.grading.coursedir import folder
from grader.grading.execute import PROBLEM
from grader.grading.late import LatePolicy, Penalties
from grader.grading.templates import templates_in
from grader.grading.verdicts import recorded_verdict
from mytorch import style
from mytorch.check.judge import Verdict
from mytorch.check.wording import Diagnosis, Place
from mytorch.course import ITEMS

from . import harmless, lines
from .marked import Marked, lines_about

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_TEXT = 20_000  # characters of one output
LONGEST_CODE = 100_000  # characters of one cell
# characters; beyond, Pygments may take minutes and its marks megabytes
HIGHLIGHTED_CELL, HIGHLIGHTED_PAGE = 20_000, 200_000
MOST_CELLS = 5  # that are shown of those that define a class; the last ones
LONG_OUTPUT = 25  # lines; beyond, an output gets a box of its own that scrolls
COMPONENTS = {item.name: item.components for item in ITEMS}


class FeedbackExporter(Exporter):
    """A graded notebook as a page. Its preprocessors come from c.GenerateFeedback.preprocessors."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        extensions.require_readable(self.parent)

    def from_notebook_node(self, nb, resources=None, **kw):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:  # before the penalty is worked out
            extensions.apply(gradebook, self.parent.coursedir, where["assignment"], where["student"])
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        with Gradebook(where["db_url"]) as gradebook:
            marks = grades.read(
                gradebook,
                where["assignment"],
                where["student"],
                Penalties(self.config),
                only=where["notebook"],
            )
        autograded = Path(resources["metadata"]["path"]) / f"{where['notebook']}.ipynb"
        seal = marks.seal(where["notebook"], autograded)
        # the course's own folder; pictures that a submission brings along are not looked up
        figures = folder(self.parent.coursedir, "source", ".", where["assignment"])
        places: dict[str, Place] = {}
        with lines.only_this(autograded, self.log):
            places = self._places(nb, autograded, where["assignment"])
        page = Page(nb, where, marks, LatePolicy(config=self.config), figures, places)
        return page.html(seal), resources

    def _places(self, nb, autograded: Path, assignment: str) -> dict[str, Place]:
        """The lines that a search found, by item. The first page that misses one has all of this run's
        searched.
        """
        found = lines.questions(autograded, nb.cells, self.log)
        if not found:
            return {}
        known = lines.Lines(coursedir := self.parent.coursedir)
        if not all(map(known.knows, found.values())):
            known = lines.search_class(coursedir, self.config, assignment, coursedir.student_id)
        places = {name: known.place(one) for name, one in found.items()}
        return {name: place for name, place in places.items() if place}


class Page:
    """What the template asks for."""

    def __init__(
        self,
        nb,
        where: dict,
        marks: grades.Grades,
        policy: LatePolicy,
        figures: Path,
        places: dict[str, Place],
    ):
        """``places``: of an item, the line that was searched for."""
        self.nb, self.marks, self.policy, self._figures, self.places = nb, marks, policy, figures, places
        self.assignment, self.name = where["assignment"], where["notebook"]
        self.book = marks.book(self.name)
        self._highlighted = 0  # characters so far
        self._room, self._room_for_text = harmless.Room(), harmless.Room()
        self._macros = harmless.macros_of(nb)
        self._cells = {
            cell.metadata["nbgrader"]["grade_id"]: cell for cell in nb.cells if "nbgrader" in cell.metadata
        }

    def html(self, seal: str) -> str:
        return _in_order(render("notebook.html.j2", page=self, seal=seal))

    @property
    def title(self) -> str:
        """The notebook's first heading."""
        headings = (
            re.search(r"(?m)^# +(.+)$", cell.source) for cell in self.nb.cells if cell.cell_type == "markdown"
        )
        return next((heading[1].strip() for heading in headings if heading), self.name)

    @property
    def problem(self) -> str:
        """Why the notebook could not be read; empty when it could."""
        return self.nb.metadata.get(PROBLEM, "")

    @property
    def untouched(self) -> bool:
        """Is every cell to be filled in still as it was given?"""
        answers = [name for name, cell in self._cells.items() if utils.is_solution(cell)]
        return bool(answers) and set(answers) <= set(self.book.unchanged)

    @property
    def late(self) -> str:
        return grades.lateness(self.marks, self.book.penalty, self.policy)

    @property
    def cells(self) -> list:
        return self.nb.cells

    def verdict(self, item: grades.ItemGrade) -> Verdict | None:
        """Why the item's test failed; None when it passed."""
        cell = self._cells.get(item.name)
        if cell is None or cell.cell_type != "code" or cells.is_by_hand(cell):
            return None
        if verdict := recorded_verdict(cell):
            return None if verdict.passed else verdict
        errors = [
            one for one in cell.outputs if one.output_type == "error"
        ]  # of a cell that was graded in another way
        return Verdict(False, Diagnosis.of_text("", "\n".join(errors[0].traceback))) if errors else None

    def written(self, item: grades.ItemGrade) -> list[tuple[str, Markup]]:
        """What the student wrote for it: a title, and how it looks. Nothing for a task, whose place nobody
        knows.
        """
        cell = self._cells.get(item.name)
        if cell is not None and cell.cell_type != "code":
            return [] if utils.is_task(cell) else [("answer", self.markdown(cell.source))]
        return [self._code_of(item, title, source) for title, source in self.classes(item)]

    def _code_of(self, item: grades.ItemGrade, title: str, source: str) -> tuple[str, Markup]:
        marked = self.marked(item, source)
        return f"{title}; marked is {marked.why}" if marked.why else title, self.code(source, marked)

    def classes(self, item: grades.ItemGrade) -> list[tuple[str, str]]:
        """The code that the verdict is about: (title, source). Of several classes the one that failed
        first.
        """
        verdict, components = self.verdict(item), COMPONENTS.get(item.name, ())
        failed = [name for name in components if verdict and name == verdict.component]
        found = [(name, source) for name in failed or components for source in self._sources(name)]
        return found or [
            (name.removesuffix("-code"), self._cells[name].source) for name in self.answers(item)
        ]

    def has_classes(self, item: grades.ItemGrade) -> bool:
        """Is it an item of the course's, for which there is a cell? Other tests may stand for themselves."""
        return item.name in COMPONENTS

    def marked(self, item: grades.ItemGrade, source: str) -> Marked:
        """Which of the code's lines the verdict is about."""
        verdict, place = self.verdict(item), self.places.get(item.name)
        if place and (there := lines.lines_in(source, place)):
            return there
        return lines_about(source, verdict) if verdict and len(source) <= HIGHLIGHTED_CELL else Marked()

    def _sources(self, component: str) -> list[str]:
        """The cell meant for a class, and others that define it."""
        definition = re.compile(rf"(?m)^class {component}\b")
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code" and not utils.is_grade(cell)]
        meant = self._cells.get(f"{component}-code")
        found = [cell for cell in cells if cell is meant or definition.search(cell.source)]
        others = len(found) - MOST_CELLS
        return [cell.source for place, cell in enumerate(found) if cell is meant or place >= others]

    def answers(self, item: grades.ItemGrade) -> list[str]:
        """The names of the cells to be filled in that lie between the graded cell before this one and this
        one.
        """
        names = []
        for name, cell in self._cells.items():
            if name == item.name:
                return [*names, name] if utils.is_solution(cell) or utils.is_task(cell) else names
            names = [] if utils.is_grade(cell) else [*names, name] if utils.is_solution(cell) else names
        return []

    def is_by_hand(self, item: grades.ItemGrade) -> bool:
        """Does somebody read it?"""
        cell = self._cells.get(item.name)
        return cell is not None and cells.is_by_hand(cell)

    def is_unchanged(self, item: grades.ItemGrade) -> bool:
        answers = self.answers(item)
        return bool(answers) and set(answers) <= set(self.book.unchanged)

    def comments(self, item: grades.ItemGrade) -> list[Markup]:
        return [
            self.markdown(text)
            for name, text in self.book.comments
            if name in self.answers(item) or name == item.name
        ]

    def other_comments(self) -> list[Markup]:
        """Comments on cells that belong to no item."""
        placed = {name for item in self.book.items for name in (*self.answers(item), item.name)}
        return [self.markdown(text) for name, text in self.book.comments if name not in placed]

    def markdown(self, source: str, attachments: dict | None = None) -> Markup:
        """Rendered, while the page has not too much of that."""
        if not self._room_for_text.for_markdown(source):
            return _pre(source)
        return Markup(harmless.markdown(source, self._figures, self._macros, ".html", attachments))

    def code(self, source: str, marked: Marked = Marked()) -> Markup:
        """Python, highlighted while the page has not enough of that."""
        if self._highlighted + len(source) > HIGHLIGHTED_PAGE:
            return _plain_code(source)
        self._highlighted += len(source) if len(source) <= HIGHLIGHTED_CELL else 0
        return code(source, marked.lines)

    def outputs(self, cell) -> list[tuple[str, Markup, bool]]:
        """The kind of each output, for its class, its HTML, and whether it needs a box that scrolls."""
        shown = [_shown(one) for one in harmless.outputs(cell.outputs, self._room)]
        return [(kind, html, kind == "html" or html.count("\n") > LONG_OUTPUT) for kind, html in shown]


def _shown(output) -> tuple[str, Markup]:
    if output.output_type == "stream":
        return output.name, _pre(output.text)
    if output.output_type == "error":
        return "error", _pre("\n".join(output.traceback))
    data = output.data
    if "text/html" in data:
        return "html", Markup(data["text/html"])
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        if kind in data:
            encoded = base64.b64encode(data[kind].encode()).decode() if kind.endswith("xml") else data[kind]
            return "picture", Markup('<img alt="Output of this cell" src="data:{};base64,{}">').format(
                kind, encoded
            )
    return "text", _pre(data.get("text/plain", ""))


def _pre(text: str) -> Markup:
    return Markup("<pre>{}{}</pre>").format(strip_ansi(text[:LONGEST_TEXT]), _left_out(text, LONGEST_TEXT))


def _left_out(text: str, longest: int) -> str:
    more = len(text) - longest
    return f"\n{harmless.left_out(more)}" if more > 0 else ""


@lru_cache(maxsize=2048)
def code(source: str, marked: frozenset[int] = frozenset()) -> Markup:
    """Python, highlighted unless it is long. Most cells are the course's own, the same in every
    submission.
    """
    if len(source) > HIGHLIGHTED_CELL:
        return _plain_code(source)
    source = harmless.without_blanks(source)
    return Markup(highlight(source, Python3Lexer(stripnl=False), _Formatter(marked)))


class _Formatter(HtmlFormatter):
    """With a mark on some of the lines, which count from 1."""

    def __init__(self, marked: frozenset[int]):
        super().__init__(cssclass="code")
        self.marked = marked

    def wrap(self, source):
        return super().wrap(self._with_marks(source))

    def _with_marks(self, source):
        for number, (is_line, html) in enumerate(source, 1):
            yield is_line, f"<mark>{html}</mark>" if number in self.marked else html


def _plain_code(source: str) -> Markup:
    text = Markup('<div class="code"><pre>{}{}</pre></div>\n')
    return text.format(source[:LONGEST_CODE].strip("\n"), _left_out(source, LONGEST_CODE))


@pass_context
def _code_of_page(context: Context, source: str, marked: Marked = Marked()) -> Markup:
    return context["page"].code(source, marked)


def start_page(assignment: str, marks: grades.Grades, policy: LatePolicy) -> str:
    """What a student sees first: points by part, and where each leads."""
    late = grades.lateness(marks, marks.penalty, policy)
    return render("overview.html.j2", assignment=assignment, marks=marks, policy=policy, late=late)


HEADER = b'<header class="summary">'
WAY_BACK = b'<p class="back"><a href="index.html">All parts and points</a></p>'


def beside_start_page(page: bytes) -> bytes:
    """A notebook's page as it lies in the student's zip: with a link to the start page, which nbgrader does
    not make.
    """
    return page.replace(HEADER, HEADER + b"\n" + WAY_BACK, 1)


def _in_order(page: str) -> str:
    """No heading skips a level, whatever a notebook has: who listens to a page goes by them."""
    last, open_as = 0, 0

    def renumbered(tag: re.Match) -> str:
        nonlocal last, open_as
        if not tag[1]:
            last = open_as = min(int(tag[2]), last + 1)
        return f"<{tag[1]}h{open_as}"

    return re.sub(r"<(/?)h([1-6])\b", renumbered, page)


@lru_cache(maxsize=1)
def stylesheet() -> str:
    """One for all pages, with the project's colours."""
    return style.page_colors() + (TEMPLATES / "page.css").read_text(encoding="utf-8")


def security_policy(css: str) -> str:
    """For the page's <meta>: pictures from the page itself, this one stylesheet, and nothing else at all."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def render(template: str, **names) -> str:
    css = stylesheet()
    return (
        _environment().get_template(template).render(css=Markup(css), security=security_policy(css), **names)
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = templates_in(TEMPLATES)
    environment.filters |= {"code": _code_of_page, "number": grades.written}
    environment.tests["test"] = cells.is_test
    return environment
