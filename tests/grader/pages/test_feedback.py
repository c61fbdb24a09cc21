"""The page that a student gets for a notebook: what it says, and what nothing on it can do."""

import re
from base64 import b64encode
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import nh3
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import FileSystemLoader
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader import base, formgrader
from nbgrader.server_extensions.formgrader.handlers import template_path
from support.copies import copy_of
from support.feedback import POINTS, gradebook, page, put_graded, source, text, verdicts
from support.handins import graded, named, rewrite
from support.hostile import HTML, MARKDOWN, OUTPUTS, spoil
from support.own import ASSIGNMENT, NOTEBOOKS, SECTIONS
from support.patience import patience
from support.processes import nbgrader
from support.shapes import SHAPES, displays

from grader.authoring.confidential import hidden_lines
from grader.grading import coursedir
from grader.grading.execute import PROBLEM
from grader.grading.late import LatePolicy, duration
from grader.grading.sandbox import channel
from grader.grading.verdicts import VERDICT as RECORDED
from grader.grading.verdicts import verdict_output
from grader.pages import feedback, harmless
from grader.pages.formgrader import install
from grader.pages.mathml import ELEMENTS, mathml
from grader.pages.tidy import DEEPEST, TooDeep, tidied
from mytorch.check.judge import Verdict
from mytorch.check.wording import Diagnosis

DUE = datetime(2023, 2, 20, 19, 59)  # UTC
FLAWED = POINTS | {"Linear": 0, "Activations": 0, "Losses": 4, "SGD": 10}
VERDICT = [
    "Tanh: dAdZ: a square is missing.",
    "eq. 16; shape (4, 3); at [0, 1] yours is 1.25823",
    "The hint above eq. 16 has <tanh> squared.",
]


def with_a_verdict(nb):
    headline, where, hint = VERDICT
    diagnosis = Diagnosis("missing square", headline.removeprefix("Tanh: "), where, hint)
    verdict = Verdict(False, diagnosis, "Tanh", "returned dAdZ")
    graded(nb)[0].metadata[RECORDED] = asdict(verdict)
    graded(nb)[0].outputs = [verdict_output(verdict, POINTS["Activations"])]
    rewrite(named(nb, "Tanh-code"), "1 - self.A * self.A", "1 - self.A  # <b>mine</b>")


def written_elsewhere(nb):
    cell = named(nb, "SGD-code")
    nb.cells.insert(1, new_code_cell(cell.source + "\n# over here"))
    cell.source = "'see above'"


PROBLEM_SAID = "04_loss.ipynb could not be read as a notebook: it ends too early."


def unread(nb):
    """As grader.grading.submissions leaves it: one cell with the reason, and the course's tests."""
    nb.metadata = {PROBLEM: PROBLEM_SAID}
    tests = graded(nb)
    for cell in tests:
        verdict = Verdict(False, Diagnosis("not run", PROBLEM_SAID))
        cell.metadata[RECORDED] = asdict(verdict)
        cell.outputs = [verdict_output(verdict, 0)]
    nb.cells = [new_markdown_cell(f"**{PROBLEM_SAID}**"), *tests]


@pytest.fixture(scope="session")
def course(generated, tmp_path_factory) -> Path:
    """Full, flawed, untouched and hostile work, with feedback."""
    course = copy_of(generated, tmp_path_factory.mktemp("feedback") / "course")
    put_graded(course, "full", POINTS)
    put_graded(
        course, "flawed", FLAWED, {"02_activation": with_a_verdict}, timestamp=datetime(2023, 2, 22, 19, 59)
    )
    put_graded(course, "untouched", dict.fromkeys(POINTS, 0), timestamp=datetime(2023, 2, 20, 20, 4))
    put_graded(course, "hostile", POINTS, {"01_linear": spoil})
    put_graded(course, "elsewhere", POINTS | {"SGD": 0}, {"05_sgd": written_elsewhere})
    put_graded(course, "unreadable", POINTS | {"Losses": 0}, {"04_loss": unread})
    with gradebook(course) as book:
        book.find_assignment(ASSIGNMENT).duedate = DUE
        for cell, notebook in (("MSELoss-code", "04_loss"), ("Tanh-code", "02_activation")):
            book.find_comment(
                cell, notebook, ASSIGNMENT, "flawed"
            ).manual_comment = "**Nearly**: $\\frac{1}{N}$ is missing."
        grade = book.find_grade("Losses", "04_loss", ASSIGNMENT, "flawed")
        grade.auto_score, grade.manual_score, grade.extra_credit = 0, 4, 1.5
        for submission in book.find_submission(ASSIGNMENT, "untouched").notebooks:
            for comment in submission.comments:
                comment.auto_comment = "No response."
        book.db.commit()
    nbgrader("generate_feedback", ASSIGNMENT, root=course)
    return course


def parsed(course: Path, student: str, notebook: str) -> BeautifulSoup:
    return BeautifulSoup(source(course, student, notebook), "html.parser")


def words(element) -> str:
    return " ".join(element.get_text().split())


# --- what it says -------------------------------------------------------------------------------------------


def test_points_by_item_stand_at_the_top(course):
    header = parsed(course, "full", "03_mlp").select_one("header")
    assert words(header.select_one(".total")) == "35 of 35 points"
    assert [words(item) for item in header.select(".items li")] == [
        "✓ MLP0 10 of 10 points",
        "✓ MLP1 10 of 10 points",
        "✓ MLP4 15 of 15 points",
    ]
    for link in header.select(".items a"):
        assert parsed(course, "full", "03_mlp").select_one(link["href"]), link


def test_the_reason_stands_beside_the_code_that_it_is_about(course):
    sides = parsed(course, "flawed", "02_activation").select_one("#item-Activations .sides")
    why, yours = sides.select_one(".why"), sides.select_one(".yours")
    assert [words(line) for line in why.select("p")][:3] == VERDICT
    assert [" ".join(line["class"]) for line in why.select("p")][:3] == ["headline", "where", "hint"]
    assert "class Tanh:" in words(yours) and "# <b>mine</b>" in words(yours)
    assert "class Sigmoid" not in words(yours)


@pytest.mark.sandbox
def test_the_lines_that_the_verdict_is_about_are_marked(course):
    yours = parsed(course, "flawed", "02_activation").select_one("#item-Activations .yours")
    assert [mark.get_text() for mark in yours.select("mark")] == [
        "        dAdZ = 1 - self.A  # <b>mine</b>\n"
    ]
    assert words(yours.select_one(".what")) == "Your Tanh; marked is where it goes wrong"
    assert not parsed(course, "elsewhere", "05_sgd").select("mark")


def test_an_unreadable_notebook_is_said_once_with_what_to_do(course):
    there = parsed(course, "unreadable", "04_loss")
    assert words(there).count(PROBLEM_SAID) == 1
    assert "python -m mytorch handin" in words(there.select_one(".unread"))
    assert words(there.select_one("#item-Losses")).endswith("0 of 10 points Not checked.")


def test_code_is_found_where_the_student_wrote_it(course):
    yours = words(parsed(course, "elsewhere", "05_sgd").select_one("#item-SGD .yours"))
    assert "# over here" in yours and "see above" in yours


def test_what_passed_needs_no_words(course):
    assert (
        verdicts(course, "full", "01_linear").split() == "✓ Linear 15 of 15 points All checks pass.".split()
    )


def test_untouched_work_gets_a_kind_page(course):
    there = parsed(course, "untouched", "03_mlp")
    assert "as it was handed out" in words(there.select_one(".kind"))
    assert not there.select(".mark.none")
    assert not parsed(course, "flawed", "01_linear").select(".kind")


def test_comments_and_points_by_hand_are_shown(course):
    item = parsed(course, "flawed", "04_loss").select_one("#item-Losses")
    assert "5.5 of 10 points" in words(item) and "by hand, 1.5 of them extra" in words(item)
    comment = item.select_one(".comment")
    assert comment.find("strong").get_text() == "Nearly" and comment.find("mfrac")
    assert parsed(course, "flawed", "02_activation").select_one("#item-Activations .comment")
    assert not parsed(course, "full", "04_loss").select(".comment")


def test_lateness_is_shown_with_what_it_costs(course):
    header = words(parsed(course, "flawed", "06_batchnorm").select_one("header"))
    assert "Handed in 22 February 2023, 23:59 (UTC+04:00). Due 20 February 2023, 23:59 (UTC+04:00)." in header
    assert "16 of 20 points" in header and "Late hand-in −4 points" in header
    assert (
        "This is 2 days after the due date and takes off 4 points. Each day begun costs 10 % of the points"
        in header
    )


def test_a_penalty_follows_points_given_by_hand(course):
    with gradebook(course) as book:
        submission = book.find_submission(ASSIGNMENT, "flawed")
        assert submission.late_submission_penalty == pytest.approx(0.2 * submission.score)


def test_a_hand_in_within_the_grace_period_loses_nothing(course):
    header = words(parsed(course, "untouched", "06_batchnorm").select_one("header"))
    assert "This is 5 minutes after the due date and takes nothing off here." in header


def test_the_whole_notebook_follows(course):
    there = parsed(course, "full", "01_linear")
    assert there.select_one("section.notebook").find_all_previous("section", class_="item")
    assert "class Linear:" in words(there.select_one("section.notebook"))


def test_the_box_that_was_ticked_is_seen():
    """Multiple choice in Markdown: the answer is the x and nothing else."""
    items = BeautifulSoup(harmless.markdown("- [ ] one\n- [x] two $x$\n- three"), "html.parser").find_all(
        "li"
    )
    assert [item.get_text()[:5] for item in items] == ["☐ one", "☑ two", "three"]
    assert items[1].math


def test_thousands_of_spaces_are_not_left_to_the_parser():
    """It takes seconds over each such line."""
    assert len(harmless.markdown("a" + " " * 20_000 + "b")) < 1000


@pytest.mark.parametrize("lines", ["\n ", "\n", f"\n{' ' * 40}", "\n\t\f"])
def test_empty_lines_are_not_left_to_a_lexer(lines):
    """It takes minutes over some thousand of them."""
    source = f"x = 1{lines * 60_000}\ny = 2"
    notebook = new_notebook(cells=[new_code_cell(source) for _ in range(3)])
    with patience():
        assert "y" in feedback.code(source[-19_000:])
        page, _ = HTMLExporter(preprocessors=[harmless.Harmless]).from_notebook_node(notebook)
    assert len(page) < 2_000_000 and "y" in page


def test_formgraders_page_says_what_it_does_not_show():
    cells = [new_code_cell(f"a{number} = 1 " * 20_000) for number in range(5)]
    shown, _ = harmless.Harmless().preprocess(new_notebook(cells=cells), {})
    assert sum(len(cell.source) for cell in shown.cells) < 401_000
    assert all("more characters are not shown." in cell.source for cell in shown.cells)


def test_html_that_may_grow_is_shown_as_text():
    piece = "<p>" + "".join(f"<b a{i}>" for i in range(800)) + "<p>x" * 800
    assert harmless.clean(piece).startswith("<pre>&lt;p&gt;&lt;b a0&gt;") and len(
        harmless.clean(piece)
    ) < 3 * len(piece)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_left_to_a_parser_that_it_takes_long_for(shape, monkeypatch):
    """benchmarks/displays.py measures it."""
    seen, parse = [], nh3.clean
    monkeypatch.setattr(nh3, "clean", lambda html, **how: seen.append(html) or parse(html, **how))
    with patience():
        shown = harmless.outputs(displays(shape, 80_000, 30_000), harmless.Room())
    assert shown and all(deepest(html) <= DEEPEST for html in seen)
    assert all(len(tag) < 300 for html in seen for tag in re.findall("<[^>]*>", html))


def deepest(html: str) -> int:
    depth = most = 0
    for is_end, name in re.findall(r"<(/?)([a-z]+[1-6]?)[^>]*>", re.sub(r'"[^"]*"', "", html)):
        depth += 0 if name in ("hr", "br", "img", "wbr", "col") else -1 if is_end else 1
        most = max(most, depth)
    return most


def test_what_a_page_has_no_room_for_is_said():
    piece = new_output("display_data", data={"text/html": "<p>x" * 19_000})
    shown = harmless.outputs([piece] * 3, harmless.Room())
    assert ["text/html" in one.data for one in shown] == [True, True, False]
    assert "There is more in this notebook" in shown[2].data["text/plain"]
    many = harmless.outputs([new_output("stream", text="x")] * 5_000, harmless.Room())
    assert len(many) < 1_500 and "Further output is not shown" in many[-1].text


@pytest.mark.parametrize(
    "decisive",
    [new_output("error", ename="AssertionError"), new_output("execute_result", data={"text/plain": "1.5"})],
    ids=lambda one: one.output_type,
)
def test_what_decides_about_points_has_room(decisive):
    """In the notebook that nbgrader reads the points from."""
    room, one = harmless.Room(), new_output("stream", text="x")
    harmless.outputs([one] * 5_000, room)  # of the cells above
    shown = harmless.outputs([one, decisive, decisive], room)
    assert [one.output_type for one in shown] == ["stream", decisive.output_type]


HONEST = [
    "<table class='x'><thead><tr><th>a<th>b<tbody><tr><td>1<td colspan=2>2</table>after",
    "<ul><li>one<li>two <b>bold</b></ul><p>first<p>second<br>third<hr>",
    "a < b && c > d &amp; &copy; &#60;script&#62; &lt;p&gt;",
    "<div><p>text <i>more</i></div> rest<!-- a comment --><details open><summary>s</summary>x</details>",
    "<style>p { color: red }</style><script>if (a < b) alert('<p>')</script>kept<textarea><b></textarea>",
    """<a href="https://x.y/?a=1&b=2" onclick='x'>link</a><a HREF='mailto:a@b'>m</a>""",
    "<img alt='a > b' src=x>",
    "<dl><dt>a<dd>b<dt>c</dl></span>end",
    "<ul><li><p>a<li><p>b</ul><table><tr><td><p>c<td>d<tr><td><p>e</table>",
    "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    "<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>",
    "<div><div>a</div>b</div><span><span>c</span>d</span>",
    "<p title='a\"b'>quotes<h1>head<h2>under</h2></h1>",
]


@pytest.mark.parametrize("html", HONEST)
def test_what_people_write_looks_as_before(html):
    """As a browser's parser reads it."""
    tidy = tidied(html, harmless.TAGS, harmless.KEPT)
    read, before = (
        BeautifulSoup(nh3.clean(one, attributes=harmless.ATTRIBUTES), "html.parser") for one in (tidy, html)
    )
    assert words(read) == words(before)
    assert tree(read) == tree(before)


def tree(soup: BeautifulSoup) -> list[tuple]:
    return [(tag.name, tag.attrs, [one.name for one in tag.parents]) for tag in soup()]


NESTED = st.recursive(
    st.sampled_from(["", "a", "x &lt; y", "<br>"]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["div", "span", "b", "blockquote"]),
        st.lists(inner, max_size=3),
    ),
)


@given(NESTED)
def test_what_is_closed_in_order_stays_as_it_is(html):
    assert tidied(html, harmless.TAGS, harmless.KEPT) == html


@given(
    st.lists(
        st.sampled_from("<>/\"'=!-&; \nab") | st.sampled_from(["<b ", "</", "<!--", "<p>", "<td>", "href="])
    )
)
def test_what_is_tidied_is_closed_and_not_deep(pieces):
    try:
        tidy = tidied("".join(pieces), harmless.TAGS, harmless.KEPT)
    except TooDeep:
        return
    assert deepest(tidy) <= DEEPEST
    assert tidied(tidy, harmless.TAGS, harmless.KEPT) == tidy


def test_nothing_that_steers_a_terminal_or_turns_text_is_left():
    assert channel.log_text("\x9b31m\x1b[2J\u202eevil\u2066 \u05d0") == "31mevil \u05d0"


def test_of_a_thousand_cells_with_the_class_the_last_are_shown():
    cells = [new_code_cell(f"class SGD:\n    lr = {number}") for number in range(1000)]
    cells[3].metadata["nbgrader"] = {"grade_id": "SGD-code"}
    page = feedback.Page.__new__(feedback.Page)
    page.nb, page._cells = nbformat.v4.new_notebook(cells=cells), {"SGD-code": cells[3]}
    shown = [source.split()[-1] for source in page._sources("SGD")]
    assert shown[0] == "3" and shown[-1] == "999" and len(shown) == feedback.MOST_CELLS + 1


@pytest.mark.parametrize("begin", [r"\\[", r"\\(", r"\begin{a}"])
def test_of_a_text_full_of_formulas_that_never_end_none_is_looked_for(begin):
    assert harmless.markdown(begin * 1000).startswith("<pre>")


def test_a_page_renders_so_much_markdown(monkeypatch):
    monkeypatch.setattr(harmless, "MOST", 17 * harmless.A_LETTER_OF_MARKDOWN)
    page = feedback.Page.__new__(feedback.Page)
    page._room_for_text, page._figures, page._macros = harmless.Room(), None, ""
    assert "<strong>" in page.markdown("**first words**") and "<pre>**then**" in page.markdown("**then**")


@pytest.mark.parametrize(
    "source", ["x = '" + "\\N{" * 300_000, "x = 1 < 2\n" * 300_000], ids=["escapes", "lines"]
)
def test_the_beginning_of_long_code_is_shown_and_its_rest_is_counted(source):
    with patience():
        shown = feedback.code(source)
    assert len(shown) < 200_000
    text = BeautifulSoup(shown, "html.parser").select_one(".code pre").get_text()
    more = len(source) - 100_000
    assert text.startswith(source[:90_000]) and (f"… {more:,} more characters are not shown." in text) == (
        more > 0
    )


def test_so_much_of_a_page_is_highlighted(monkeypatch):
    monkeypatch.setattr(feedback, "HIGHLIGHTED_PAGE", 20_000)
    nb = nbformat.v4.new_notebook(
        cells=[new_code_cell(f"x = '<b>'  # {number}\n" * 50) for number in range(100)]
    )
    marks = SimpleNamespace(book=lambda name: None)
    page = feedback.Page(
        nb, {"assignment": ASSIGNMENT, "notebook": "01_linear"}, marks, LatePolicy(), Path(), {}
    )
    template = feedback._environment().from_string(
        "{% for cell in page.cells %}{{ cell.source | code }}{% endfor %}"
    )
    shown = BeautifulSoup(template.render(page=page), "html.parser").select(".code")
    highlighted = sum(len(cell.get_text()) for cell in shown if cell.select("span[class]"))
    assert len(shown) == 100 and 19_000 < highlighted <= 20_000
    assert all("x = '<b>'  # " in cell.get_text() and not cell.select("b") for cell in shown)


def test_a_notebook_without_graded_cells_says_so(course):
    assert "Nothing in this notebook is graded." in page(course, "full", "00_start_here")


@pytest.mark.parametrize("notebook", SECTIONS)
def test_hidden_tests_stay_hidden(course, notebook):
    hidden = hidden_lines(course / "source" / ASSIGNMENT / f"{notebook}.ipynb")
    assert hidden and not [line for line in hidden if line in page(course, "flawed", notebook)]


# --- what nothing on it can do ------------------------------------------------------------------------------

# Tags that no page and no student's content may have are all others.
INERT = set("html head meta title body header main section".split()) | harmless.TAGS | ELEMENTS


def dangers(soup: BeautifulSoup) -> list[str]:
    """Whatever could run, load, cover or lead astray."""
    found = [f"<{tag.name}>" for tag in soup.find_all(True) if tag.name not in INERT]
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            value = " ".join(value) if isinstance(value, list) else value
            if tag.name == "meta" and value == "refresh":
                found.append("refresh")
            if name.startswith("on") or name in (
                "style",
                "srcset",
                "action",
                "formaction",
                "background",
                "ping",
                "xlink:href",
            ):
                found.append(f"{tag.name} {name}={value}")
            if name == "src" and not re.match(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,", value):
                found.append(f"src={value}")
            if name == "href" and not re.match(r"(https?://|mailto:|#[\w-]+$|[\w-]+\.html$)", value):
                found.append(f"href={value}")
    return found


def test_a_hostile_page_is_harmless(course):
    soup = parsed(course, "hostile", "01_linear")
    soup.head.style.extract()
    assert dangers(soup) == []
    assert len(soup.find_all("meta", attrs={"http-equiv": True})) == 1


@pytest.mark.parametrize("student", ["full", "flawed", "untouched"])
def test_honest_pages_load_nothing(course, student):
    for notebook in NOTEBOOKS:
        soup = parsed(course, student, notebook)
        soup.head.style.extract()
        assert dangers(soup) == [], notebook


@pytest.mark.parametrize("content", [*HTML, *MARKDOWN])
def test_no_piece_of_hostile_markdown_gets_through(content):
    assert dangers(BeautifulSoup(harmless.markdown(content), "html.parser")) == []


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: str(output)[:60])
def test_no_hostile_output_gets_through(output):
    safe = harmless.output(nbformat.from_dict(output))
    if safe is None:
        return
    nbformat.validate(safe, ref="output", version=4)
    assert safe.get("metadata", {}) == {}
    data = safe.get("data", {})
    assert set(data) <= {"text/plain", "text/html", "image/png", "image/jpeg", "image/svg+xml"}
    assert dangers(BeautifulSoup(data.get("text/html", ""), "html.parser")) == []


def test_the_dangers_are_seen_when_they_are_there():
    for content in HTML:
        assert dangers(BeautifulSoup(content, "html.parser")), content


def test_a_security_policy_comes_before_everything_that_it_governs(course):
    first = parsed(course, "hostile", "01_linear").head.find_all(True)
    assert first[1]["http-equiv"] == "Content-Security-Policy"
    assert first[1]["content"].startswith("default-src 'none'; img-src data:; style-src 'sha256-")


FORGED_NAME = """<img src=x onerror="steal()"></script><script>steal()</script>"""


def test_the_formgraders_other_pages_show_names_as_text(monkeypatch):
    for place, name in ((formgrader, "Environment"), (base, "NbGraderAPI")):
        monkeypatch.setattr(place, name, getattr(place, name))
    monkeypatch.setattr(
        base.BaseHandler, "content_security_policy", base.JupyterHandler.content_security_policy
    )
    install()
    pages = formgrader.Environment(loader=FileSystemLoader([template_path]))
    names = dict.fromkeys(("student_id", "assignment_id", "notebook_id", "current_config"), FORGED_NAME)
    for name in pages.list_templates(["tpl"], None):
        if name == "formgrade_404.tpl":  # which nbgrader cannot show: it extends one that is not there
            continue
        soup = BeautifulSoup(pages.get_template(name).render(names), "html.parser")
        assert not soup.select("[onerror]"), name
        assert not [script for script in soup("script") if script.get_text().startswith("steal")], name
    handler = SimpleNamespace(settings={}, base_url="/")
    policy = base.BaseHandler.content_security_policy.fget(handler)
    assert "frame-ancestors 'self'" in policy and "default-src 'self'" in policy


def formgraders_page(course: Path, notebook: Path) -> BeautifulSoup:
    """As nbgrader's SubmissionHandler makes it."""
    config = coursedir.load(course).config
    config.HTMLExporter.template_name = "formgrade"
    names = (
        "base_url index total submission_id notebook_id assignment_id student last_name first_name "
        "notebook_path".split()
    )
    theirs = ("student", "first_name", "last_name", "notebook_path")
    resources = dict.fromkeys(names, "x") | dict.fromkeys(theirs, FORGED_NAME) | {"index": 0, "total": 0}
    html, _ = HTMLExporter(config=config).from_filename(str(notebook), resources=resources)
    return BeautifulSoup(html, "html.parser")


def test_the_formgraders_page_renders_so_much_markdown_and_reads_macros_once(course, tmp_path, monkeypatch):
    monkeypatch.setattr(harmless, "MOST", 17 * harmless.A_LETTER_OF_MARKDOWN)
    asked = []
    monkeypatch.setattr(harmless, "macros_of", lambda nb: asked.append(nb) or r"$\def\A{B}$")
    cells = [new_markdown_cell(text) for text in ("**$\\A$ words**", "**then**", "**at last**")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "one.ipynb")
    shown = formgraders_page(course, tmp_path / "one.ipynb").select(".text_cell_render")
    assert shown[0].select_one("strong math").get_text() == "B"
    assert [one.pre.get_text() for one in shown[1:]] == ["**then**", "**at last**"] and len(asked) == 1


def test_the_formgraders_page_of_a_submission_is_harmless(course):
    """Its own scripts have an address, or no word of the student's."""
    soup = formgraders_page(course, course / "autograded" / "hostile" / ASSIGNMENT / "01_linear.ipynb")
    assert "hello from a student" in soup.get_text() and FORGED_NAME in soup.get_text()
    assert not soup.select("[onerror]")
    assert not [
        script
        for script in soup.find_all("script")
        if "steal" in script.get_text() or "evil" in script.get("src", "")
    ]
    loaded = [tag.get("src") or tag.get("href") for tag in soup.select("script[src], link[href]")]
    assert loaded and not [address for address in loaded if "//" in address]
    container = soup.select_one("#notebook-container")
    for own in container.select(".panel-heading, .panel-footer"):
        own.decompose()  # nbgrader's fields for points and comments
    assert dangers(container) == []


# --- what is worth keeping ----------------------------------------------------------------------------------


def test_formulas_become_mathml_with_the_notebooks_macros():
    macros = r"$\newcommand{\A}{\textcolor{#0072B2}{A}}\def\B{\A^\top}$"
    html = harmless.markdown(r"So $\B < 1$ and" + "\n\n" + r"$$x = \frac{1}{2} \tag{3}$$", macros=macros)
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all("math")) == 2 and soup.find("mstyle")["mathcolor"] == "#0072B2"
    assert "<" in soup.find("math").get_text() and "(3)" in soup.get_text()
    assert harmless.markdown(macros).strip() == "<p></p>"


@pytest.mark.parametrize(
    "tex",
    [
        r"\smash{\raise{30em}{\text{15 of 15 points}}}",
        r"\smash{\lower-30em{\text{15 of 15 points}}}",
        r"\smash{\begin{matrix}a\\b\\c\end{matrix}}",
        r"\hspace{-30em}\text{15 of 15 points}",
        r"\mathllap{\text{15 of 15 points}}",
    ],
)
def test_a_formula_stays_in_its_place(tex):
    """Nothing in it is moved or has less room than it takes, so none stands over another text."""
    elements = BeautifulSoup(mathml(tex), "html.parser").find_all(True)
    assert "math" in {element.name for element in elements}
    assert "mpadded" not in {element.name for element in elements}
    sizes = [value for element in elements for name, value in element.attrs.items() if name != "class"]
    assert not [value for value in sizes if value.startswith("-")]


@pytest.mark.parametrize("tex", [r"\frac{", r"a < b & c", "x" * 6000])
def test_a_formula_that_is_none_stays_as_it_was_typed(tex):
    assert tex in text("<body>" + harmless.markdown(f"${tex}$"))


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_formula_and_picture_of_the_course_is_shown(course, notebook):
    soup = parsed(course, "full", notebook)
    nb = nbformat.read(course / "source" / ASSIGNMENT / f"{notebook}.ipynb", as_version=4)
    figures = course / "source" / ASSIGNMENT
    for cell in (cell for cell in nb.cells if cell.cell_type == "markdown"):
        html = harmless.markdown(cell.source, figures, harmless.macros_of(nb), ".html")
        there = BeautifulSoup(html, "html.parser")
        assert not [code for code in there.find_all("code") if "\\" in code.get_text()], cell.source
        assert len(there.find_all("img", src=True)) == len(re.findall(r"!\[", cell.source))
    assert "$" not in re.sub(r"\\\$", "", " ".join(p.get_text() for p in soup.select(".text p"))).replace(
        "$ ", ""
    )


def test_honest_outputs_are_kept():
    picture = b64encode(b"\x89PNG honest").decode()
    kept = harmless.output(
        new_output("display_data", {"image/png": picture + "\n", "text/plain": "<Figure>"})
    )
    assert kept.data == {"image/png": picture, "text/plain": "<Figure>"}
    table = harmless.output(
        new_output("execute_result", {"text/html": "<table><tr><th scope='row'>1</th></tr></table>"})
    )
    assert "<th" in table.data["text/html"]
    assert harmless.output(new_output("stream", name="stderr", text="careful")).text == "careful"
    details = "<details open><summary>Hint</summary>\n\n**Think**\n\n</details>"
    assert "<summary>" in harmless.markdown(details) and "<strong>" in harmless.markdown(details)


def test_pictures_are_read_from_the_course_only(tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "course" / "link.png").symlink_to(tmp_path / "secret.png")
    for address in ("../secret.png", "link.png", "/etc/passwd", str(tmp_path / "secret.png"), "missing.png"):
        assert "src" not in harmless.markdown(f"![picture]({address})", tmp_path / "course")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("my pic.png", "![mine](attachment:my%20pic.png)"),
        ("my pic.png", "![mine](attachment:my pic.png)"),
        ("my%20pic.png", "![mine](attachment:my%20pic.png)"),
        ("grün.png", "![mine](attachment:grün.png)"),
        ("gru\u0308n.png", "![mine](attachment:grün.png)"),
        ("grün.png", "![mine](attachment:gr%C3%BCn.png)"),
        ("a.png", '<img src="attachment:a.png" width=10>'),
        ("my pic.png", 'beside <img src="attachment:my%20pic.png"/> words'),
    ],
)
def test_a_pasted_picture_is_shown_whatever_it_is_called(name, source):
    attachments = {name: {"image/png": b64encode(b"\x89PNG").decode()}, "b.png": {"text/html": "<b>"}}
    assert "data:image/png;base64" in harmless.markdown(source, attachments=attachments)
    assert "attachment" not in harmless.markdown("<img src='attachment:b.png'>", attachments=attachments)


def test_a_pasted_picture_is_shown():
    nb = nbformat.v4.new_notebook(cells=[new_markdown_cell("![mine](attachment:a.png)")])
    html = harmless.markdown(
        nb.cells[0].source, attachments={"a.png": {"image/png": b64encode(b"\x89PNG").decode()}}
    )
    assert "data:image/png;base64" in html


# --- the late policy ----------------------------------------------------------------------------------------

HOUR, DAY = 3600, 24 * 3600


@pytest.mark.parametrize(
    ("seconds", "percent"),
    [
        (1, 0),
        (15 * 60, 0),
        (15 * 60 + 1, 10),
        (DAY, 10),
        (DAY + 1, 20),
        (3 * DAY, 30),
        (5 * DAY, 50),
        (5 * DAY + 1, 100),
    ],
)
def test_a_day_costs_what_the_policy_says(seconds, percent):
    policy = LatePolicy(percent_a_day=10, grace_minutes=15, most_days=5)
    assert policy.percent_lost(seconds) == percent
    assert policy.late_submission_penalty("ann", 80, seconds) == pytest.approx(0.8 * percent)


def test_without_settings_nothing_is_lost():
    assert LatePolicy().late_submission_penalty("ann", 80, 100 * DAY) == 0 and LatePolicy().describe() == ""
    assert LatePolicy(percent_a_day=40).percent_lost(10 * DAY) == 100


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Dubai", "20 February 2023, 23:59 (UTC+04:00)"),
        ("UTC+4", "20 February 2023, 23:59 (UTC+04:00)"),
        ("Asia/Kolkata", "21 February 2023, 01:29 (UTC+05:30)"),
        ("America/New_York", "20 February 2023, 14:59 (UTC-05:00)"),
        ("UTC", "20 February 2023, 19:59 (UTC)"),
    ],
)
def test_times_are_shown_where_the_course_is(zone, written):
    assert LatePolicy(time_zone=zone).local(DUE) == written


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(Exception, match="no time zone 'Atlantis'"):
        LatePolicy(time_zone="Atlantis")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (60, "1 minute"),
        (HOUR, "1 hour"),
        (DAY + 3 * HOUR + 59, "1 day 3 hours"),
        (2 * DAY + 60, "2 days"),
        (3660, "1 hour 1 minute"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words
