"""One run of nbgrader over many made-up hand-ins, hostile ones included: each earns what its code deserves
and is told why.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat
import psutil
import pytest
import support.attacks  # noqa: F401 (adds its cases)
from nbgrader.api import Gradebook
from support.bank import RIGHT
from support.copies import copy_of
from support.feedback import page, source
from support.handins import (
    CASES,
    Case,
    at_top,
    items_of,
    lean,
    make_mistake,
    solutions,
    write_all,
    write_solution,
)
from support.own import ASSIGNMENT, NOTEBOOKS, SECTIONS
from support.processes import nbgrader, python

from grader.authoring.confidential import hidden_lines, solution_lines
from grader.authoring.demo import scores
from grader.grading.sandbox.library import library, stand_ins_before
from mytorch.course import ITEMS

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]

POINTS = {item.name: item.points for item in ITEMS}
LIMITS = """
c.Execute.timeout = 2
c.Sandbox.memory = 700
c.Sandbox.processes = 32
c.Sandbox.disk = 30
c.Sandbox.files = 3000
c.Sandbox.output = 3
"""


@dataclass
class Run:
    """What became of the hand-ins."""

    course: Path
    student_of: dict[str, str]
    scores: dict[str, dict[str, float]]
    summary: str = ""  # of grader autograde

    def told(self, student: str, notebook: str) -> str:
        """What the instructor reads about a notebook, and about the hand-in that it is part of."""
        about = (f"  {student}: ", f"  {student}, {notebook}: ", f"  {student}/{ASSIGNMENT}/")
        return "\n".join(line for line in self.summary.splitlines() if line.startswith(about))


@pytest.fixture(scope="module")
def run(generated, tmp_path_factory) -> Run:
    """All hand-ins, autograded and given feedback, each with one command."""
    course = copy_of(generated, tmp_path_factory.mktemp("graded") / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    for name in SECTIONS:
        write_solution(course, "one_mistake", name, broken_linear if name == "01_linear" else lean)
        write_solution(course, "other_styles", name, in_other_styles)
    student_of = write_all(course, CASES)
    grading = python("-m", "grader", "autograde", ASSIGNMENT, cwd=course)
    assert grading.returncode == 0, grading.stdout + grading.stderr
    feedback = python("-m", "grader", "feedback", ASSIGNMENT, cwd=course)
    assert feedback.returncode == 0, feedback.stdout + feedback.stderr
    return Run(course, student_of, scores(course), grading.stdout)


def broken_linear(nb):
    return make_mistake(lean(nb), "01_linear")


def in_other_styles(nb):
    """Each class as somebody else would write it."""
    others = {right.component: right for right in RIGHT}
    for cell in solutions(lean(nb)):
        cell.source = dedent(others[cell.metadata.nbgrader.grade_id.removesuffix("-code")].source).strip()
    at_top(nb, "import math")
    return nb


# --- scores -------------------------------------------------------------------------------------------------


def test_a_broken_linear_loses_exactly_its_points(run):
    assert run.scores["one_mistake"] == POINTS | {"Linear": 0}


def test_right_code_in_other_styles_earns_everything(run):
    assert run.scores["other_styles"] == POINTS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hand_in_earns_what_it_deserves(run, case: Case):
    student = run.student_of[case.name]
    got = {item: run.scores[student][item] for item in items_of(case.notebook)}
    assert got == {item: POINTS[item] if item in case.earns else 0 for item in got}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_feedback_gives_the_reason(run, case: Case):
    text = page(run.course, run.student_of[case.name], case.notebook)
    assert [reason for reason in case.says if reason not in text] == []
    for item in case.earns:
        assert f"All checks pass: {POINTS[item]} of {POINTS[item]} points." in text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_instructor_is_told(run, case: Case):
    told = run.told(run.student_of[case.name], case.notebook)
    assert [words for words in case.told if words not in told] == []


def test_attacks_say_what_they_attempt():
    hostile = [case for case in CASES if case.attempts]
    assert len(hostile) > 60
    assert all(case.attempts.endswith(".") for case in hostile)


def test_nothing_beside_the_notebooks_is_copied(run, root):
    """Neither by name nor through links; the course's own files come from the course."""
    for student in run.scores:
        folder = run.course / "autograded" / student / ASSIGNMENT
        found = (
            {path.name for path in folder.iterdir()}
            - {f"{name}.ipynb" for name in NOTEBOOKS}
            - {"timestamp.txt"}
        )
        assert found == {"figures"}, student
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            own = run.course / "source" / ASSIGNMENT / "figures" / path.name
            assert path.parent.name != "figures" or path.read_bytes() == own.read_bytes()


def test_the_course_itself_is_as_it_was(run, generated):
    for folder in ("source", "release"):
        for path in (generated / folder).rglob("*"):
            assert (
                path.is_dir()
                or path.read_bytes()
                == (run.course / folder / path.relative_to(generated / folder)).read_bytes()
            )


def test_nothing_on_a_page_runs(run):
    """Attacks put scripts, handlers and addresses of other machines into every kind of output."""
    for student in run.scores:
        for notebook in SECTIONS:
            html = source(run.course, student, notebook)
            live = re.findall(
                r"(?i)<(?:script|iframe|form|object|embed|meta "
                r"http-equiv=.?refresh)|\son\w+\s*=|javascript:|https?://example",
                _tags(html),
            )
            assert live == [], (student, notebook)


def _tags(html: str) -> str:
    """The tags of a page, attributes and all, without what stands between them."""
    return "".join(re.findall(r"<[a-zA-Z/!][^>]*>", re.sub(r"(?s)<style.*?</style>", "", html)))


def test_every_student_is_graded_in_full(run):
    """The batch went on to its end, and no grade was left to be entered by hand."""
    assert len(run.scores) == 2 + len(set(run.student_of.values()))
    for student, grades in run.scores.items():
        assert grades.keys() == POINTS.keys(), student
    with Gradebook(f"sqlite:///{run.course / 'gradebook.db'}") as gradebook:
        assert not [
            s.student.id for s in gradebook.assignment_submissions(ASSIGNMENT) if s.needs_manual_grade
        ]
        assert {s.max_score for s in gradebook.assignment_submissions(ASSIGNMENT)} == {100}


def test_every_notebook_has_its_feedback(run):
    for student in run.scores:
        for notebook in NOTEBOOKS:
            assert page(run.course, student, notebook).strip(), f"{student}, {notebook}"


def test_nothing_that_a_submission_started_is_alive(run):
    for process in psutil.process_iter(["cwd"]):
        assert not (process.info["cwd"] or "").startswith(str(run.course)), process


def test_feedback_does_not_show_hidden_tests(run):
    for notebook in SECTIONS:
        hidden = hidden_lines(run.course / "source" / ASSIGNMENT / f"{notebook}.ipynb")
        for student in run.scores:
            text = page(run.course, student, notebook)
            assert not [line for line in hidden if line in text], (student, notebook)


# --- again, and by hand -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twice(run) -> str:
    """The student who is graded once more."""
    return run.student_of["exception_in_a_method"]


@pytest.fixture(scope="module")
def regraded(run, twice, tmp_path_factory) -> Run:
    """After somebody gave points and a comment by hand, and the student was graded again."""
    course = tmp_path_factory.mktemp("regraded") / "course"
    copy_of(run.course, course, symlinks=True, ignore=shutil.ignore_patterns("submitted"))
    shutil.copytree(run.course / "submitted" / twice, course / "submitted" / twice)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("Losses", "04_loss", ASSIGNMENT, twice)
        grade.manual_score, grade.extra_credit = 7, 1
        gradebook.find_comment(
            "CrossEntropyLoss-code", "04_loss", ASSIGNMENT, twice
        ).manual_comment = "Nearly."
        gradebook.db.commit()
    nbgrader("autograde", ASSIGNMENT, "--force", f"--student={twice}", root=course)
    return Run(course, run.student_of, scores(course))


def test_a_regrade_gives_the_same_scores(run, regraded, twice):
    assert regraded.scores == {**run.scores, twice: run.scores[twice] | {"Losses": 8}}


@pytest.mark.parametrize("notebook", SECTIONS)
def test_a_regrade_gives_the_same_verdicts(run, regraded, twice, notebook):
    assert _verdicts(regraded.course, twice, notebook) == _verdicts(run.course, twice, notebook)


def _verdicts(course: Path, student: str, notebook: str) -> list:
    nb = nbformat.read(course / "autograded" / student / ASSIGNMENT / f"{notebook}.ipynb", as_version=4)
    verdicts = [cell.outputs for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert len(verdicts) == len(items_of(notebook))
    return verdicts


def test_a_regrade_leaves_points_and_comments_given_by_hand(regraded, twice):
    with Gradebook(f"sqlite:///{regraded.course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("Losses", "04_loss", ASSIGNMENT, twice)
        assert (grade.manual_score, grade.auto_score, grade.score) == (7, 0, 8)
        assert grade.needs_manual_grade  # nbgrader asks to look at it again
        assert (
            gradebook.find_comment("CrossEntropyLoss-code", "04_loss", ASSIGNMENT, twice).comment == "Nearly."
        )


# --- what a submission's kernel can reach -------------------------------------------------------------------


def test_the_library_holds_no_solution_and_nothing_that_differentiates(root):
    text = "\n".join(path.read_text(encoding="utf-8") for path in library().rglob("*.py"))
    of_sections = {path.name for path in (library() / "mytorch" / "sections").rglob("*")}
    assert not {"reference.py", "usual_ways.py", "pictures.py"} & of_sections and "mistakes.py" in of_sections
    assert {path.stem for path in (library() / "mytorch/check/backends").glob("*.py")} == {"__init__"}
    assert not re.search(r"^\s*(import|from) (torch|autograd)", text, re.MULTILINE)
    assert not list(library().rglob("recorded.json"))
    for notebook in SECTIONS:
        lines = solution_lines(root / "source" / ASSIGNMENT / f"{notebook}.ipynb")
        assert not [line for line in lines if line in text], notebook


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_is_given_the_sections_before_it(notebook):
    before = {item.module for item in ITEMS if item.notebook < notebook}
    assert set(stand_ins_before(notebook)["modules"]) == before
