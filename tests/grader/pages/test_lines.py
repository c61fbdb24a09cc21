"""The line that lost the points: as the student's own check says it, searched for once, and never made up."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from support.bank import compared, compiled
from support.copies import copy_of
from support.feedback import POINTS, put_graded, source
from support.handins import before_test, graded, named
from support.implementations import Wrong
from support.own import ASSIGNMENT

from grader.grading.coursedir import load
from grader.grading.sandbox import Sandbox, SandboxUnavailable, usage
from grader.grading.verdicts import VERDICT, verdict_output
from grader.pages import lines
from grader.pages.feedback import FeedbackExporter
from mytorch.check.contract import contract_of
from mytorch.check.diagnosis import diagnose
from mytorch.check.diagnosis.exceptions import ENDLESS
from mytorch.check.judge import Verdict
from mytorch.check.reference import expected
from mytorch.check.search import search
from mytorch.check.wording import Diagnosis, Place

SLIPS = {
    "BatchNorm1d": ("06_batchnorm", "BatchNorm1d", "2 / self.N", "2 * self.N"),
    "MLP4": ("03_mlp", "MLP4", "dLdA * dAdZ", "dLdA + dAdZ"),
    "MSELoss": ("04_loss", "Losses", "SSE / (2 * N * C)", "SSE / (2 * N + C)"),
}


def slipped(component: str):
    """A function that puts a wrong class into a notebook, with its verdict; and the class's text."""
    notebook, item, old, new = SLIPS[component]
    text = Wrong(component, "slip", "", {old: new}).source
    mismatch = compared(compiled(text, component, "a cell"), component).mismatch
    verdict = Verdict(False, diagnose(mismatch), component, mismatch.quantity.id)

    def change(nb):
        (test,) = (cell for cell in graded(nb) if cell.metadata.nbgrader.grade_id == item)
        test.metadata[VERDICT] = asdict(verdict)
        test.outputs = [verdict_output(verdict, POINTS[item])]
        named(nb, f"{component}-code").source = f"# my own\n{text}"

    return {notebook: change}, item, f"# my own\n{text}"


def place_of_own_check(component: str, text: str) -> Place:
    cls = compiled(text, component, "a cell")
    traces = [expected(component, 0, case) for case in contract_of(component).cases]
    return search(cls, compared(cls, component), traces, seconds=20)


class Shared(nullcontext):
    """In place of a Sandbox of its own: one that another search has used, and the next one will."""

    def require(self):
        self.enter_result.require()


@pytest.fixture(scope="module")
def sandbox(generated) -> Iterator[Sandbox]:
    with Sandbox(config=load(generated).config) as sandbox:
        yield sandbox


@pytest.fixture
def course(generated, sandbox, tmp_path, monkeypatch) -> Path:
    copy = copy_of(generated, tmp_path / "course")
    monkeypatch.chdir(copy)
    monkeypatch.setattr(lines, "SECONDS", 20.0)  # on a busy machine
    monkeypatch.setattr(lines, "Sandbox", lambda config: Shared(sandbox))
    return copy


@pytest.fixture
def runs(monkeypatch) -> list[str]:
    """The notebooks for which code is run in a sandbox."""
    asked, run = [], Sandbox.run

    def counted(self, notebook, *arguments):
        asked.append(notebook)
        return run(self, notebook, *arguments)

    monkeypatch.setattr(Sandbox, "run", counted)
    return asked


def put(course: Path, *students: str, component: str = "MSELoss"):
    change, item, text = slipped(component)
    for student in students:
        put_graded(course, student, POINTS | {item: 0}, change)
    return item, text


def feedback_page(course: Path, student: str, notebook: str) -> BeautifulSoup:
    from nbgrader.converters import GenerateFeedback

    app = load(course)
    app.coursedir.assignment_id = ASSIGNMENT
    app.config.GenerateFeedback.exporter_class = FeedbackExporter
    converter = GenerateFeedback(coursedir=app.coursedir, parent=app)
    converter.start()
    return BeautifulSoup(source(course, student, notebook), "html.parser")


@pytest.mark.sandbox
@pytest.mark.parametrize("component", SLIPS)
def test_feedback_says_the_line_that_the_students_own_check_says(course, component):
    item, text = put(course, "ann", component=component)
    own = place_of_own_check(component, text)
    (number, code) = own.lines[0]
    why = feedback_page(course, "ann", SLIPS[component][0]).select_one(f"#item-{item}")
    said = [line.get_text() for line in why.select(".where")][-len(own.text.splitlines()) :]
    assert said == own.text.splitlines() and code == text.splitlines()[number - 1].strip()
    assert [mark.get_text().strip() for mark in why.select("mark")] == [code]


@pytest.mark.sandbox
def test_equal_code_is_searched_once_and_what_was_found_is_kept(course, runs):
    put(course, "ann", "bob")
    put(course, "cem", component="MLP4")
    app = load(course)
    lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    assert sorted(runs) == ["03_mlp", "04_loss"]
    lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    assert len(runs) == 2
    kept = lines.Lines(app.coursedir)
    (asked,) = lines._questions(course / "autograded" / "bob" / ASSIGNMENT / "04_loss.ipynb", app.log)
    assert "2 * N + C" in kept.place(asked).lines[0][1]


@pytest.mark.sandbox
def test_no_class_finds_what_the_one_before_it_left(course, runs):
    notebook, component = "04_loss", "MSELoss"
    asked = []
    for student, more in (
        ("ann", "open('left', 'w')"),
        ("bob", f"if os.path.exists('left'): del {component}"),
    ):
        put(course, student, component=component)
        path = course / "autograded" / student / ASSIGNMENT / f"{notebook}.ipynb"
        nb = nbformat.read(path, as_version=4)
        named(nb, f"{component}-code").source += f"\n\nimport os\n{more}"
        nbformat.write(nb, path)
        asked += lines._questions(path, load(course).log)
    app = load(course)
    found = lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    assert len(runs) == len(asked) == 2 and all(map(found.place, asked))


def test_code_that_came_to_no_end_is_not_searched():
    cells = [
        {"cell_type": "code", "source": "class MSELoss:\n    pass", "metadata": {}},
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade": True}}},
    ]
    for cause, is_searched in (("a factor", True), (ENDLESS, False)):
        verdict = Verdict(False, Diagnosis(cause, ""), "MSELoss", "returned L")
        assert bool(lines.question("04_loss", cells, cells[1], verdict)) == is_searched


# What is no line of the class's own, and ended the search for the whole class, or took it hours.
HOSTILE = ["%matplotlib inline\n" * 600, "x = 1 # TODO # TODO\n" * 40, f"x = 0x{'9' * 5000}"]
MUCH = ["x = 1\n" * 200_000]


def with_cells(component: str, sources: list[str]):
    """A wrong class, with more cells before its test."""
    changes, _, _ = slipped(component)
    ((notebook, change),) = changes.items()

    def more(nb):
        change(nb)
        for one in sources:
            before_test(nb, one)

    return {notebook: more}


@pytest.mark.sandbox
def test_hostile_cells_cost_their_student_the_line_at_most(course):
    item, text = put(course, "ann")
    for student, cells in (("bob", HOSTILE), ("cem", MUCH)):
        put_graded(course, student, POINTS | {item: 0}, with_cells("MSELoss", cells))
    expected = {"ann": [SLIPS["MSELoss"][3]], "bob": [SLIPS["MSELoss"][3]], "cem": []}
    app = load(course)
    found = lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    for student, slip in expected.items():
        path = course / "autograded" / student / ASSIGNMENT / "04_loss.ipynb"
        places = [found.place(asked) for asked in lines._questions(path, app.log)]
        assert [place for place in places if slip[0] not in place.lines[0][1]] == []
        assert len(places) == len(slip)
    feedback_page(course, "cem", "04_loss")


def fails(*arguments):
    raise ZeroDivisionError("as nobody thought of")


@pytest.mark.sandbox
@pytest.mark.parametrize("where", [(lines, "bundle"), (lines, "recorded_place")])
def test_what_fails_for_one_student_is_said_and_ends_nothing(course, caplog, monkeypatch, where):
    item, _ = put(course, "ann")
    put(course, "cem", component="MLP4")
    real = getattr(*where)

    def for_ann(*arguments):
        return fails() if "MSELoss" in str(arguments) else real(*arguments)

    monkeypatch.setattr(*where, for_ann)
    app = load(course)
    app.log.propagate = True
    found = lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    (asked,) = lines._questions(course / "autograded" / "cem" / ASSIGNMENT / "03_mlp.ipynb", app.log)
    assert found.place(asked)
    assert "ann" in caplog.text and "as nobody thought of" in caplog.text and "cem" not in caplog.text


@pytest.mark.sandbox
def test_what_was_found_before_ctrl_c_is_kept(course, monkeypatch):
    put(course, "ann", component="MLP4")
    put(course, "cem")
    run = Sandbox.run

    def interrupted(self, notebook, *arguments):
        if notebook == "04_loss":
            raise KeyboardInterrupt
        return run(self, notebook, *arguments)

    monkeypatch.setattr(Sandbox, "run", interrupted)
    monkeypatch.setattr(usage, "cores", lambda: 1)
    app = load(course)
    with pytest.raises(KeyboardInterrupt):
        lines.search_class(app.coursedir, app.config, ASSIGNMENT)
    found = lines.Lines(app.coursedir)
    asked = [
        lines._questions(course / "autograded" / student / ASSIGNMENT / f"{notebook}.ipynb", app.log)[0]
        for student, notebook in (("ann", "03_mlp"), ("cem", "04_loss"))
    ]
    assert [found.knows(one) for one in asked] == [True, False]


@pytest.mark.sandbox
def test_code_with_another_line_above_is_asked_about_by_itself(course):
    put(course, "ann")
    path = course / "autograded" / "ann" / ASSIGNMENT / "04_loss.ipynb"
    (asked,) = lines._questions(path, load(course).log)
    path.write_text(path.read_text().replace("# my own", "# my own\\n#"))
    (other,) = lines._questions(path, load(course).log)
    assert asked.key != other.key and asked.code == other.code


def test_what_another_search_has_found_is_searched_again(tmp_path, monkeypatch):
    asked = lines.Question("01_linear", "Linear", "returned Z", CELL, CELL)
    found = lines.Lines(SimpleNamespace(root=str(tmp_path)))
    found.keep(asked, None)
    assert found.knows(asked)
    monkeypatch.setattr(lines, "searched_by", lambda: "another search")
    assert not found.knows(asked)


def test_without_a_sandbox_there_are_pages_without_lines(course, monkeypatch):
    def unavailable(self):
        raise SandboxUnavailable("no bubblewrap")

    monkeypatch.setattr(Sandbox, "require", unavailable)
    item, _ = put(course, "ann", component="BatchNorm1d")
    why = feedback_page(course, "ann", "06_batchnorm").select_one(f"#item-{item} .why")
    assert "dLdZ" in why.get_text() and "Line " not in why.get_text()


CELL = "class Linear:\n    def forward(self, A):\n        return A"


@pytest.mark.parametrize(
    "made_up", [((9, "return A"),), ((3, "rm -rf"),), ((0, ""),), ((3, ""),), ((-1, "return A"),)]
)
def test_a_line_that_is_not_the_cells_is_not_shown(made_up):
    assert lines._within(CELL, Place(((3, "return A"),), "")) is not None
    assert lines._within(CELL, Place(made_up, "")) is None


def test_lines_are_found_by_number_in_their_cell_and_by_text_in_a_method_of_it():
    twice = "A = 1\nB = 2\nA = 1  # again"
    assert lines.lines_in(twice, Place(((3, "A = 1  # again"),), "")).lines == {3}
    method = "def forward(self, A):\n    return A"
    assert lines.lines_in(method, Place(((12, "return A  # mine"),), "")).lines == {2}
    assert lines.lines_in(method, Place(((12, "return 2 * A"),), "")) is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"lines": 3},
        {"lines": [[1, "a", 2]], "slip": "", "each": False, "steps": ""},
        {"lines": [["1", "a"]], "slip": "", "each": False, "steps": ""},
        {"lines": [[1, "a\nb"]], "slip": "", "each": False, "steps": ""},
        {"lines": [], "slip": "x" * 5000, "each": False, "steps": ""},
        {"lines": [], "slip": "", "each": 1, "steps": ""},
    ],
)
def test_what_is_no_place_is_refused(data):
    place = Place(((1, "A = 1"),), "Which?", True, "Steps.")
    assert Place.from_json(asdict(place)) == place
    with pytest.raises(ValueError):
        Place.from_json(data)
