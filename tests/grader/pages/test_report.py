"""``grader report``: a class with known mistakes, from the verdicts in its notebooks to the page and the
tables.
"""

import csv
import io
import json
import re
import shutil
from dataclasses import asdict, replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from support.bank import WRONG
from support.class_of_mistakes import grade_in_process, wrong
from support.copies import copy_of
from support.handins import graded as graded_cells
from support.handins import lean, make_mistake, solutions, write_solution
from support.own import ASSIGNMENT, OWN, SECTIONS
from support.processes import nbgrader

from grader.__main__ import main
from grader.grading import verdicts
from grader.grading.coursedir import load
from grader.grading.execute import IN_WORK, PROBLEM, InWork
from grader.grading.unfinished import NOTES
from grader.grading.verdicts import VERDICT, Judge, recorded_verdict
from grader.pages import lines
from grader.pages.report.causes import NOT_RECORDED, sentence, sentences_about
from grader.pages.report.code import MAX_LINES, method
from grader.pages.report.command import write_report
from grader.pages.report.findings import NOT_RUN, find, to_explain
from grader.pages.report.page import page
from grader.pages.report.plots import bin_edges, split
from grader.pages.report.results import (
    GRADED,
    NO_NOTEBOOK,
    NOTHING,
    WAITING,
    ClassResults,
    GradedItem,
    Result,
    StudentResults,
)
from grader.pages.report.tables import by_cause, by_student
from mytorch.check.contract import contract_of
from mytorch.check.diagnosis.symptoms import SYMPTOMS
from mytorch.check.judge import Verdict
from mytorch.check.mistakes import mistakes_of
from mytorch.check.wording import Diagnosis
from mytorch.course import COMPONENTS, ITEMS

SUMMED = wrong("Linear", "dLdW summed")
NO_RATE = wrong("SGD", "no lr")
BARE = [wrong(network, "dAdZ left out") for network in ("MLP0", "MLP1", "MLP4")]
MEDIAN = wrong("BatchNorm1d", "median")
UNKNOWN = "different from PyTorch's, cause not recognised"
DEAD = "Python stopped while it ran cell 6: the process died."

CLASS = {"ann": [SUMMED, MEDIAN], "bob": [SUMMED, MEDIAN], "cem": [SUMMED, NO_RATE], "dot": BARE, "eve": []}
TOTALS = {name: OWN.points - lost for name, lost in zip(CLASS, (35, 35, 25, 35, 35))}


@pytest.fixture(scope="module")
def graded(generated, tmp_path_factory) -> Path:
    """A course whose class has been graded, eve's networks not run. Only to be read."""
    course = copy_of(generated, tmp_path_factory.mktemp("report") / "course")
    grade_in_process(course, CLASS, {("eve", "03_mlp"): DEAD})
    app = load(course)
    lines.search_class(app.coursedir, app.config, ASSIGNMENT)  # once: each copy has what was found
    return course


@pytest.fixture
def course(graded, tmp_path, monkeypatch) -> Path:
    """A copy of ``graded``, the current folder."""
    copy = copy_of(graded, tmp_path / "a course")
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def report(capsys):
    """Runs ``grader report ARGUMENTS``; gives the exit status and all that was printed."""

    def run(*arguments) -> tuple[int, str]:
        status = main(["report", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


def rows(path: Path) -> list[dict]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def book(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}", "mytorch")


class Words(HTMLParser):
    """What a page shows, and its tags."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


# --- the whole way ------------------------------------------------------------------------------------------


def test_the_report_of_a_class_with_known_mistakes(course, report):
    status, printed = report("hw1")
    assert status == 0 and str(course / "reports" / "hw1" / "report.html") in printed
    causes = rows(course / "reports/hw1/causes.csv")
    columns = ("students", "of", "points_lost", "components", "equation")
    assert {one["sentence"]: tuple(one[name] for name in columns) for one in causes} == {
        "forgot the 1/N in dLdW": ("3", "5", "45", "Linear", "eq. 4"),
        f"got M {UNKNOWN}, all with the same numbers": ("2", "5", "40", "BatchNorm1d", "eq. 50"),
        "forgot to multiply with dAdZ in dLdW": ("1", "5", "35", "MLP0; MLP1; MLP4", "eqs. 29-31"),
        "handed in a notebook that could not be run, or left no result": ("1", "5", "35", "", ""),
        "forgot the learning rate in W": ("1", "5", "10", "SGD", "eqs. 44, 48"),
    }
    text = Words((course / "reports/hw1/report.html").read_text()).text
    assert "3 of 5 forgot the 1/N in dLdW (Linear, eq. 4)" in text
    assert "45 points lost in the class" in text and "self.dLdW = dLdW self.dLdb = dLdb / self.N" in text
    assert "What turns a sum over the batch into an average?" in text
    first = text[text.index("What to explain first") : text.index("Items")]
    assert first.index("1/N in dLdW") < first.index("got M different") < first.index("dAdZ in dLdW")
    assert "learning rate" not in first and "could not be run" not in first


def test_the_lines_of_students_csv(course, report):
    report("hw1")
    lines = rows(course / "reports/hw1/students.csv")
    assert len(lines) == len(CLASS) * len(ITEMS)
    assert {line["student"]: float(line["total"]) for line in lines} == TOTALS
    line = next(line for line in lines if (line["student"], line["item"]) == ("cem", "SGD"))
    assert (line["score"], line["max_score"], line["passed"], line["cause"]) == (
        "0",
        "10",
        "False",
        "lr missing",
    )
    assert [line["message"] for line in lines if line["cause"] == NOT_RUN] == [DEAD] * 3


def test_points_by_hand_and_late_penalties(course, report):
    with book(course) as gradebook:
        gradebook.find_grade("Linear", "01_linear", ASSIGNMENT, "ann").manual_score = 12
        gradebook.find_assignment(ASSIGNMENT).duedate = datetime(2023, 2, 20)
        gradebook.find_submission(ASSIGNMENT, "bob").timestamp = datetime(2023, 2, 20, 1)
        gradebook.db.commit()
    report("hw1")
    lines = {(line["student"], line["item"]): line for line in rows(course / "reports/hw1/students.csv")}
    assert lines["ann", "Linear"]["score"] == "12" and lines["ann", "Linear"]["auto_score"] == "0"
    late = TOTALS["bob"] / 10  # 10 % for the first day
    assert float(lines["ann", "SGD"]["total"]) == TOTALS["ann"] + 12
    assert float(lines["bob", "SGD"]["total"]) == TOTALS["bob"] - late
    cause = next(one for one in rows(course / "reports/hw1/causes.csv") if one["cause"] == "missing 1/N")
    assert (cause["students"], cause["points_lost"]) == ("3", "33")
    assert (
        f"Handing in late cost 1 student {late:g} points" in (course / "reports/hw1/report.html").read_text()
    )


def test_everybody_has_a_place(course, report):
    with book(course) as gradebook:
        gradebook.add_student("never@seen", first_name="Zoë <i>", last_name="=1+1")
        gradebook.add_student("empty")
    for student, file in (
        ("wait\N{LATIN SMALL LETTER I WITH DIAERESIS} ng", "01_linear.ipynb"),
        ("empty", "holiday.jpg"),
    ):
        (course / "submitted" / student / ASSIGNMENT).mkdir(parents=True)
        (course / "submitted" / student / ASSIGNMENT / file).touch()
    report("hw1")
    lines = rows(course / "reports/hw1/students.csv")
    status = {line["student"]: line["status"] for line in lines}
    others = {"never@seen": NOTHING, "empty": NO_NOTEBOOK, "waitï ng": WAITING}
    assert status == dict.fromkeys(CLASS, GRADED) | others
    assert [line["last_name"] for line in lines if line["student"] == "never@seen"] == ["'=1+1"]
    text = Words((course / "reports/hw1/report.html").read_text()).text
    for words in ("5 students graded", "1 student handed in nothing", "1 student handed in, not graded"):
        assert words in text
    names = text[text.index("Who needs a look") :]
    for words in ("never@seen , Zoë <i> =1+1", "waitï ng", "empty", f"eve 03_mlp {DEAD}"):
        assert words in names


def test_a_student_whose_autograded_notebooks_are_gone(course, report):
    shutil.rmtree(course / "autograded" / "ann")
    (course / "autograded" / "bob" / ASSIGNMENT / "01_linear.ipynb").write_text('{"cells": [')
    assert report("hw1")[0] == 0
    lines = rows(course / "reports/hw1/students.csv")
    lost = {(line["student"], line["item"]) for line in lines if line["cause"] == NOT_RECORDED}
    assert lost == {("ann", "Linear"), ("ann", "BatchNorm1d"), ("bob", "Linear")}


@pytest.mark.parametrize("left", ["a note", "a gap"])
def test_a_student_graded_by_half_is_not_graded(course, report, left):
    """Cut off once, a run leaves its note; cut off again before it came so far, only the gap in the
    gradebook.
    """
    with book(course) as gradebook:
        grade = gradebook.find_grade("SGD", "05_sgd", ASSIGNMENT, "ann")
        grade.auto_score = None
        gradebook.db.commit()
    if left == "a note":
        note = course / NOTES / ASSIGNMENT / "ann"
        note.parent.mkdir(parents=True)
        note.write_text("{...}")
    else:
        shutil.rmtree(course / "autograded" / "ann" / ASSIGNMENT)
    assert report("hw1")[0] == 0
    lines = [line for line in rows(course / "reports/hw1/students.csv") if line["student"] == "ann"]
    assert [(line["status"], line["item"], line["score"]) for line in lines] == [(WAITING, "", "")]
    assert {one["of"] for one in rows(course / "reports/hw1/causes.csv")} == {"4"}


def test_a_moved_gradebook(course, report, monkeypatch, tmp_path):
    (course / "gradebook.db").rename(tmp_path / "elsewhere.db")
    monkeypatch.setenv("NBGRADER_DB_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    assert report("hw1", "--output", tmp_path / "out")[0] == 0
    assert len(rows(tmp_path / "out" / "causes.csv")) == 5
    assert not (course / "gradebook.db").exists() and not (course / "reports").exists()


# --- when there is nothing to report ------------------------------------------------------------------------


@pytest.fixture
def untouched(generated, tmp_path, monkeypatch) -> Path:
    """A course in which nobody has handed in anything, the current folder."""
    copy = copy_of(generated, tmp_path / "untouched")
    monkeypatch.chdir(copy)
    return copy


def test_nobody_graded_yet(untouched, report):
    assert report() == (1, "grader: Nobody has handed in hw1 yet: there is nothing to report.\n")
    write_solution(untouched, "ann", "01_linear")
    assert report() == (
        1,
        "grader: Nobody's hw1 has been graded yet; 1 handed in. Run 'grader autograde hw1' first.\n",
    )
    assert not (untouched / "reports").exists()


def test_no_gradebook(untouched, report):
    (untouched / "gradebook.db").unlink()
    status, printed = report()
    assert status == 1 and "There is no gradebook" in printed
    assert not (untouched / "gradebook.db").exists()


def test_a_gradebook_that_is_none(untouched, report):
    (untouched / "gradebook.db").write_text("not a database, " * 100)
    status, printed = report()
    assert status == 1 and "cannot be used: file is not a database" in printed


@pytest.mark.parametrize(
    "url", ["gradebook.db", "nosuch://host/gradebook", "postgresql://me:secret@localhost:1/gradebook"]
)
def test_a_gradebook_that_cannot_be_reached(untouched, report, monkeypatch, url):
    monkeypatch.setenv("NBGRADER_DB_URL", url)
    status, printed = report()
    assert (
        status == 1 and printed.startswith("grader: ") and "radebook" in printed and "secret" not in printed
    )


def test_another_assignment(untouched, report):
    status, said = report("hw7")
    assert status == 1 and said.startswith("grader: The gradebook has no assignment hw7; it has: hw1. ")


# --- verdicts in notebooks ----------------------------------------------------------------------------------


def forged(nb):
    """A mistake, with the metadata of a verdict that would pass, or blame somebody else, everywhere."""
    make_mistake(lean(nb), "01_linear")
    for number, cell in enumerate(nb.cells):
        cell.metadata[VERDICT] = {"passed": bool(number % 2), "cause": "forged"}
    solutions(nb)[0].source += "\n    # by Gustav Gans\n"
    return nb


@pytest.mark.sandbox
def test_autograde_records_verdicts_that_a_submission_cannot_forge(untouched, report):
    """With nbgrader's own command, kernel and all."""
    write_solution(untouched, "gus", "01_linear", forged)
    nbgrader("autograde", ASSIGNMENT, root=untouched)
    nb = nbformat.read(untouched / "autograded/gus/hw1/01_linear.ipynb", as_version=4)
    assert [cell for cell in nb.cells if VERDICT in cell.metadata] == graded_cells(nb)
    verdict = recorded_verdict(graded_cells(nb)[0])
    assert (verdict.passed, verdict.cause, verdict.component, verdict.quantity) == (
        False,
        "missing 1/N",
        "Linear",
        "kept dLdW",
    )
    assert verdict.message.endswith(verdict.diagnosis.hint) and verdict.diagnosis.hint
    assert report()[0] == 0
    lines = rows(untouched / "reports/hw1/students.csv")
    causes = {item.name: NOT_RUN for item in ITEMS} | {"Linear": "missing 1/N"}
    assert {line["item"]: line["cause"] for line in lines} == causes
    html = (untouched / "reports/hw1/report.html").read_text()
    assert "self.dLdW = dLdW" in html and "Gans" not in html
    for notebook in SECTIONS[1:]:
        assert f"{notebook}.ipynb is missing from the hand-in." in html


def test_the_judge_leaves_no_verdict_but_its_own(untouched):
    """Also where nothing has cleaned the notebook before."""
    nb = nbformat.read(untouched / "source/hw1/01_linear.ipynb", as_version=4)
    for cell in nb.cells:
        cell.metadata[VERDICT] = {"passed": True}
    where = {
        "db_url": f"sqlite:///{untouched / 'gradebook.db'}",
        "notebook": "01_linear",
        "assignment": ASSIGNMENT,
        "student": "zed",
    }
    nb, _ = Judge().preprocess(nb, {PROBLEM: DEAD, IN_WORK: InWork(b"a key"), "nbgrader": where})
    recorded = [
        recorded_verdict(cell) for cell in nb.cells if cell.cell_type == "code" and VERDICT in cell.metadata
    ]
    assert recorded == [Verdict(False, Diagnosis(NOT_RUN, DEAD))]


def test_a_verdict_is_read_as_it_was_recorded():
    diagnosis = Diagnosis(
        "factor 2 and sign", "no", "Line 1: x = 1", line=1, code="x = 1", parts=("factor 2", "sign")
    )
    verdict = Verdict(False, diagnosis, "Linear", "kept dLdW")
    cell = {"metadata": {VERDICT: json.loads(json.dumps(asdict(verdict)))}}
    assert recorded_verdict(cell) == verdict


def test_verdicts_of_earlier_versions_are_read():
    """They kept the line of code in the detail only, and several causes in one; the first ones, a text."""
    detail = "Line 3 in backward: x = dLdZ @ 1  # by Ann   (i = 0)"
    told = {
        "cause": "missing 1/N and sign",
        "headline": "It stopped.",
        "detail": detail,
        "hint": "Why?",
        "line": 3,
    }
    message = f"Linear: It stopped.\n{detail}\nWhy?"
    for entry in ({"diagnosis": told}, {"cause": told["cause"], "message": message, "hint": "Why?"}):
        entry |= {"passed": False, "component": "Linear", "quantity": "kept dLdW"}
        verdict = recorded_verdict({"metadata": {VERDICT: entry}})
        assert verdict.message == message and verdict.causes == ("missing 1/N", "sign")
        assert verdict.diagnosis.code == "x = dLdZ @ 1  # by Ann"
    told["cause"] = "in and out swapped"
    assert recorded_verdict({"metadata": {VERDICT: {"passed": False, "diagnosis": told}}}).causes == (
        told["cause"],
    )


def test_half_a_character_in_a_reason(untouched, caplog):
    """What a student's exception says may hold what no file and no log can."""
    caplog.set_level("INFO", logger="traitlets")
    grade_in_process(untouched, {"zed": []}, {("zed", "01_linear"): "\ud83d stopped"})
    nb = nbformat.read(untouched / "autograded/zed/hw1/01_linear.ipynb", as_version=4)
    assert recorded_verdict(graded_cells(nb)[0]).message == "? stopped"
    assert "zed, 01_linear: Linear: ? stopped" in caplog.text


# --- sentences ----------------------------------------------------------------------------------------------


EVERY_SENTENCE = {cause: words for name in COMPONENTS for cause, words in sentences_about(name).items()}


def named_causes() -> set[str]:
    """Every cause of the catalogue, of exceptions, and of the bank of wrong classes."""
    causes = {mistake.cause for component in COMPONENTS for mistake in mistakes_of(component)}
    symptoms = (
        *SYMPTOMS,
        *(symptom for component in COMPONENTS for symptom in contract_of(component).symptoms),
    )
    causes |= {symptom.cause for symptom in symptoms} | {
        cause for one in WRONG for cause in one.causes.split(" | ")
    }
    return {
        part for cause in causes for part in ([cause] if cause in EVERY_SENTENCE else cause.split(" and "))
    }


def test_every_cause_has_a_sentence():
    assert sorted(named_causes() - EVERY_SENTENCE.keys()) == []


def test_no_sentence_is_left_over():
    """A renamed cause would leave its old sentence behind."""
    code = Path(sentence.__globals__["__file__"]).parents[3] / "mytorch"
    paths = [*code.glob("check/**/*.py"), *code.glob("sections/**/*.py"), Path(verdicts.__file__)]
    written = "".join(
        re.sub(r"SENTENCES = \{.*?^\}", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
        for path in paths
    )
    composed = {f"{way} {size}" for way in ("missing", "extra") for size in ("1/N", "1/C", "1/(NC)")}
    composed.add(NOT_RECORDED)
    assert [cause for cause in EVERY_SENTENCE if f'"{cause}"' not in written and cause not in composed] == []


@pytest.mark.parametrize(
    ("causes", "component", "quantity", "words"),
    [
        (["missing 1/N"], "Linear", "kept dLdW", "forgot the 1/N in dLdW"),
        (
            ["missing 1/(NC)", "sign"],
            "MSELoss",
            "returned dLdA",
            "forgot the 1/(N·C) in dLdA and had a wrong sign in dLdA",
        ),
        (["in and out swapped"], "MLP1", "initial layers", "swapped inputs and outputs in layers"),
        (["initial values"], "Linear", "initial W", "started with other values in the initial W"),
        (["returns None"], "Linear", "returned Z", "left Z None: a TODO or a missing return in forward"),
        (["dAdZ missing"], "MLP4", "kept dLdW", "forgot to multiply with dAdZ in dLdW"),
        (["class missing"], "Tanh", "", "had no class Tanh: its cell is gone or fails"),
        (["brand new"], "Linear", "kept A", "did something else in the kept A: brand new"),
        (
            ["brand new"],
            "BatchNorm1d",
            "returned BZ eval",
            "did something else in BZ with eval=True: brand new",
        ),
        (["brand new"], "Linear", "returned Z", "did something else in Z: brand new"),
        (["{0}"], "Gans", "", "did something else in the result: {0}"),
    ],
)
def test_sentences(causes, component, quantity, words):
    assert sentence(causes, component, Verdict(False, None, component, quantity).about) == words


# --- findings, on made-up results ---------------------------------------------------------------------------

LINEAR, OTHER = GradedItem("Linear", "Linear", "01_linear", 15), GradedItem("Essay", "Essay", "07_essay", 5)
DLDW = Verdict(False, Diagnosis("missing 1/N", "dLdW is too large.", hint="How?"), "Linear", "kept dLdW")
DIFFERENT = Verdict(
    False, Diagnosis("different", "Z differs from PyTorch's.", "at [0, 0] yours is 1"), "Linear", "returned Z"
)
PASSED = Verdict(True)


def made_up(*verdicts: Verdict, codes=(), scores=(), item=LINEAR, names=()) -> ClassResults:
    """One item; a student for each verdict, who has 0 points unless ``scores`` says otherwise."""
    students = []
    for number, verdict in enumerate(verdicts):
        first, last = names[number] if names else ("", "")
        student = StudentResults(f"s{number:03d}", first, last, status=GRADED)
        score = scores[number] if scores else item.points * verdict.passed
        student.results = [
            Result(student.id, item, score, score, None, verdict, codes[number] if codes else "")
        ]
        students.append(student)
    return ClassResults("hw1", [item], students)


def but(verdict: Verdict, **parts) -> Verdict:
    """The verdict with another diagnosis."""
    return replace(verdict, diagnosis=replace(verdict.diagnosis, **parts))


def test_points_lost_rank_the_findings():
    dear = but(DLDW, cause="sign")
    results = made_up(DLDW, DLDW, dear, PASSED, scores=[10, 10, 0, 15])
    assert [(one.cause, one.students, one.lost) for one in find(results)] == [
        ("sign", 1, 15),
        ("missing 1/N", 2, 10),
    ]


def test_extra_credit_is_no_negative_loss():
    assert [one.lost for one in find(made_up(DLDW, DLDW, scores=[20, 5]))] == [10]


def test_what_cannot_be_explained_is_no_first_finding():
    verdicts = [
        Verdict(False, Diagnosis(cause, "…"))
        for cause in (NOT_RUN, "not a trace", NOT_RECORDED, "class missing")
    ]
    results = made_up(*verdicts, but(DLDW, cause="sign"), scores=[0, 0, 0, 0, 15])
    assert len(find(results)) == 5
    assert [one.cause for one in to_explain(find(results))] == ["class missing"]


def test_equal_wrong_numbers_come_together_and_the_rest_in_one_group():
    def others(number):
        return but(DIFFERENT, detail=f"at [0, 0] yours is {number}")

    shared, pooled = find(made_up(*[DIFFERENT] * 3, others(2), others(3)))
    assert (shared.students, pooled.students) == (3, 2)
    assert shared.sentence == f"got Z {UNKNOWN}, all with the same numbers"
    assert pooled.sentence == f"got Z {UNKNOWN}, each with other numbers"


def test_the_example_is_what_most_of_them_wrote():
    codes = ["def f():\n    return 1", "def f(): return  1", "def f():\n    pass", ""]
    one = find(made_up(*[DLDW] * 4, codes=codes))[0]
    assert "".join(one.code.split()) == "deff():return1" and one.alike == 2
    assert (one.message, one.hint) == ("Linear: dLdW is too large.", "How?")


@pytest.mark.parametrize("code", ["x = 'Zoë'", "gans = 1", "s000 = 2", "zoë_gans = 3"])
def test_no_example_tells_a_name(code):
    results = made_up(DLDW, names=[("Zoë", "Gans")], codes=[code])
    assert (find(results)[0].code, find(results)[0].message) == ("", "")
    assert find(made_up(DLDW, names=[("An", "Ode")], codes=["def transpose(Z): return node"]))[0].code


def test_no_example_tells_the_name_in_an_e_mail():
    results = made_up(DLDW, codes=["zgans = 1"])
    results.students[0].id = "zgans@uni.example"
    results.students[0].results[:] = [replace(results.students[0].results[0], student="zgans@uni.example")]
    assert find(results)[0].code == ""


def test_lines_that_give_the_quantity_a_value_are_marked():
    code = (
        "def backward(self):\n    dLdW = 1\n    self.dLdW[0] += dLdW\n    if dLdW == 2: mydLdW = 3\n    "
        "return dLdW"
    )
    one = find(made_up(DLDW, codes=[code]))[0]
    assert [marked for _, marked in one.lines] == [False, True, True, False, False]
    assert "".join(line for line, _ in one.lines) == code.replace("\n", "")
    shown = re.search("(?s)<pre.*?</pre>", page(made_up(DLDW, codes=[code]), [one]))[0]
    assert Words(shown).texts and "".join(Words(shown).texts).rstrip("\n") == code


def test_a_comment_in_a_quoted_line_is_left_out():
    verdict = but(
        DLDW,
        headline="stopped.",
        detail="Line 7 in forward: Z = A @ b  # as Gans does",
        code="Z = A @ b  # as Gans does",
    )
    assert find(made_up(verdict))[0].message == "Linear: stopped.\nLine 7 in forward: Z = A @ b"


def test_items_that_the_course_does_not_know():
    """A cell of the instructor's own, judged by its errors; one that waits for a grade by hand."""
    failed = [
        Verdict(False, Diagnosis("exception", message))
        for message in ("ValueError: <b>no</b>", "KeyError: 1")
    ]
    results = made_up(*failed, item=OTHER)
    results.students.append(StudentResults("late", status=GRADED, results=[Result("late", OTHER, None)]))
    one = find(results)[0]
    assert (one.students, one.where, one.quantity, one.equation) == (2, "Essay", "", "")
    assert split(results, OTHER) == [0, 0, 2, 1]
    text = Words(page(results, find(results))).text
    assert "1 item to be graded by hand" in text and "1 student will have more" in text


# --- example code -------------------------------------------------------------------------------------------


def test_the_method_concerned_without_comments_and_docstrings():
    cells = [
        "class Linear:\n    def forward(self):\n        return 'old'",
        '%%time\nclass Linear:\n    """Ann\'s."""\n    def forward(self, A):\n        """By Ann."""\n  '
        "      # Ann\n\n"
        '        Z = A  # by Ann\n        """Ann\n   again"""\n        return "#" + Z\n    def '
        "backward(self): pass",
        "print('class Linear')",
    ]
    assert method(cells, "Linear", "forward") == 'def forward(self, A):\n    Z = A\n    return "#" + Z'
    assert method(cells, "Linear", "backward") == "def backward(self): pass"


@pytest.mark.parametrize(
    "cell", ["", "class Linear(:", "class Linear: pass", "class Linear\0", "class Linear: forward = 1"]
)
def test_no_method_to_show(cell):
    assert method([cell], "Linear", "forward") == ""


def test_a_long_method_is_cut():
    lines = "".join(f"        x{number} = {'9' * 1000}\n" for number in range(500))
    code = method([f"class Linear:\n    def forward(self):\n{lines}"], "Linear", "forward").splitlines()
    assert len(code) == MAX_LINES + 1 and code[-1].strip() == "…" and max(map(len, code)) < 200


# --- page and tables ----------------------------------------------------------------------------------------

EVIL = "</pre><script>alert(1)</script>\u202e&\x1b[31m"


def test_nothing_from_students_becomes_markup():
    verdict = but(DLDW, headline=EVIL, detail=EVIL, hint=EVIL)
    results = made_up(verdict, verdict, codes=[EVIL, EVIL])
    results.students.append(StudentResults(f"{EVIL}", EVIL, EVIL))
    html = page(results, find(results))
    words = Words(html)
    assert not {tag for tag, _ in words.tags} & {"script", "iframe", "img", "link", "object"}
    names = {name for _, attributes in words.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href")]
    assert words.text.count("<script>alert(1)</script>") >= 4
    assert "\u202e" not in html and "\x1b" not in html
    assert "default-src 'none'" in html


def test_nobody_is_named_before_the_names():
    results = made_up(DLDW, PASSED, Verdict(False, Diagnosis(NOT_RUN, DEAD)), codes=["def f(): pass", "", ""])
    results.students.append(StudentResults("absent"))
    first, names = page(results, find(results)).split("Who needs a look")
    assert not [student.id for student in results.students if student.id in first]
    assert "absent" in names and "s002" in names and "s000" not in names


def test_plots_are_labelled_and_say_the_same_as_the_results():
    results = made_up(*[DLDW] * 7, *[PASSED] * 3)
    words = Words(page(results, find(results)))
    plots = re.findall(r"(?s)<svg.*?</svg>", page(results, find(results)))
    items, totals = (
        [re.sub("<.*?>", "", text) for text in re.findall(r"<text.*?</text>", plot)] for plot in plots
    )
    assert {"Linear", "3", "7", "students", "all points", "no points"} <= set(items)
    assert {"students", "points (of 15, late penalties taken off)", "median 0", "7", "3"} <= set(totals)
    assert "Linear went worst: 7 of 10 students got no points for it." in words.text
    assert "Half of the class has 0 points or more; the mean is 4.5." in words.text
    assert "All 15 points: 3 students. No points: 7 students." in words.text


@pytest.mark.parametrize(
    ("days", "words"), [((1, 0), "1 late day was spent"), ((1, 2), "3 late days were spent")]
)
def test_late_days_are_said_beside_the_points(days, words):
    results = made_up(PASSED, PASSED)
    for student, spent in zip(results.students, days):
        student.late_days = spent
    assert f"{words} on it." in Words(page(results, find(results))).text


def test_bins_cover_every_total():
    assert list(bin_edges([0, 100], 100)) == list(range(0, 101, 10))
    assert list(bin_edges([104.5], 100)) == list(range(0, 111, 10))
    assert len(bin_edges([], 0.7)) == 11
    assert list(bin_edges([5000], 100)) == list(range(0, 5001, 500))


def test_three_hundred_students_fit_on_a_page():
    verdicts = [but(DLDW, cause=f"cause {number}", headline="x" * 600) for number in range(300)]
    results = made_up(*verdicts, codes=["\n".join(["    y = 1"] * MAX_LINES)] * 300)
    html = page(results, find(results))
    assert len(html) < 2_000_000 and len(to_explain(find(results))) == 3


def test_tables_survive_what_students_write():
    told = Diagnosis("sign", '=HYPERLINK("x"),', '"quoted"; \x00')
    verdict = replace(DLDW, diagnosis=told, quantity="")
    results = made_up(verdict, codes=["def f():\n    return 'a,b'"], names=[("-1", "@x")])
    (line,) = csv.DictReader(io.StringIO(by_student(results)))
    assert line["message"] == '\'=HYPERLINK("x"),\n"quoted"; '
    assert (line["first_name"], line["last_name"]) == ("'-1", "'@x")
    (cause,) = csv.DictReader(io.StringIO(by_cause(results, find(results))))
    assert cause["example_code"] == "def f():\n    return 'a,b'" and cause["wrote_the_same"] == "1"


def test_what_people_changed_is_kept(tmp_path):
    folder = tmp_path / "new" / "folder"
    assert write_report(folder, {"a.csv": "1", "b.csv": "1"}) == []
    assert write_report(folder, {"a.csv": "2", "b.csv": "2"}) == []
    (folder / "a.csv").write_text("2, with notes")
    (kept,) = write_report(folder, {"a.csv": "3", "b.csv": "3"})
    assert kept.read_text() == "2, with notes" and (folder / "a.csv").read_text() == "3"
    (folder / "a.csv").write_text("more notes")
    (folder / ".written.json").write_text("[]")
    assert len(write_report(folder, {"a.csv": "4", "b.csv": "3"})) == 1
    assert sorted(path.read_text() for path in folder.glob("a_*.csv")) == ["2, with notes", "more notes"]
