"""One run of nbgrader over many made-up hand-ins, hostile ones included: each earns what its code deserves and is told why."""

import json
import re
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from textwrap import dedent

import attacks  # noqa: F401 (adds its cases)
import nbformat
import numpy as np
import psutil
import pytest
from feedback import page, source
from handins import CASES, Case, at_top, graded, items_of, lean, make_mistake, solutions, write_all, write_solution
from nbgrader.api import Gradebook
from own import ASSIGNMENT, NOTEBOOKS, SECTIONS
from right_implementations import RIGHT

from grader.confidential import hidden_lines, solution_lines
from grader.demo import scores
from grader.sandbox.library import library, solutions_before
from grader.stock import nbgrader
from mytorch.check.contract import HANDED
from mytorch.check.judge import expected_traces, judge
from mytorch.check.trace import MIME
from mytorch.course import ITEMS

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
    log: str = ""  # of nbgrader autograde

    def told(self, student: str, notebook: str) -> str:
        """What the instructor reads about a notebook, and about the hand-in that it is part of."""
        return "\n".join(self._about[student, ""] + self._about[student, notebook])

    @cached_property
    def _about(self) -> dict[tuple[str, str], list[str]]:
        """The lines of the log by student and notebook."""
        about, place = defaultdict(list), ("", "")
        for line in self.log.splitlines():
            if begun := re.search(r"Sanitizing \S*/(\w+)/hw1/(\w+)\.ipynb", line):
                place = begun.groups()
            elif "Running pre-convert hook" in line or "Setting destination" in line:
                place = "", ""
            elif warned := re.search(r"\] (?:\S*/)?(\w+)(?:/hw1/\S+ |: )", line):
                about[warned[1], ""].append(line)
            about[place].append(line)
        return about


@pytest.fixture(scope="session")
def run(generated, tmp_path_factory) -> Run:
    """All hand-ins, autograded and given feedback, each with one command."""
    course = Path(shutil.copytree(generated, tmp_path_factory.mktemp("graded") / "course"))
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    for name in SECTIONS:
        write_solution(course, "one_mistake", name, broken_linear if name == "01_linear" else lean)
        write_solution(course, "other_styles", name, in_other_styles)
    student_of = write_all(course, CASES)
    with ThreadPoolExecutor() as pool:  # two runs at a time, each of half of the class
        runs = pool.map(lambda half: nbgrader("autograde", ASSIGNMENT, f"--student={half}", root=course), ("*[02468]", "*[!02468]"))
        log = "\n".join(run.stdout for run in runs)
    nbgrader("generate_feedback", ASSIGNMENT, root=course)
    return Run(course, student_of, scores(course), log)


def broken_linear(nb):
    return make_mistake(lean(nb), "01_linear")


def in_other_styles(nb):
    """Each class as somebody else would write it."""
    others = {right.component: right for right in RIGHT}
    for cell in solutions(lean(nb)):
        cell.source = dedent(others[cell.metadata.nbgrader.grade_id.removesuffix("-code")].source).strip()
    at_top(nb, "import math")
    return nb


# --- scores -------------------------------------------------------------------------------------------------------


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
    for item in items_of(case.notebook):
        assert (f"{item}: passed" in told) == (item in case.earns)


def test_attacks_say_what_they_attempt():
    hostile = [case for case in CASES if case.attempts]
    assert len(hostile) > 60
    assert all(case.attempts.endswith(".") for case in hostile)


def test_nothing_beside_the_notebooks_is_copied(run, root):
    """Neither by name nor through links; the course's own files come from the course."""
    for student in run.scores:
        folder = run.course / "autograded" / student / ASSIGNMENT
        found = {path.name for path in folder.iterdir()} - {f"{name}.ipynb" for name in NOTEBOOKS} - {"timestamp.txt"}
        assert found == {"figures"}, student
        for path in folder.rglob("*"):
            assert not path.is_symlink()
            own = run.course / "source" / ASSIGNMENT / "figures" / path.name
            assert path.parent.name != "figures" or path.read_bytes() == own.read_bytes()


def test_the_course_itself_is_as_it_was(run, generated):
    for folder in ("source", "release"):
        for path in (generated / folder).rglob("*"):
            assert path.is_dir() or path.read_bytes() == (run.course / folder / path.relative_to(generated / folder)).read_bytes()


def test_nothing_on_a_page_runs(run):
    """Attacks put scripts, handlers and addresses of other machines into every kind of output."""
    for student in run.scores:
        for notebook in SECTIONS:
            html = source(run.course, student, notebook)
            live = re.findall(r"(?i)<(?:script|iframe|form|object|embed|meta http-equiv=.?refresh)|\son\w+\s*=|javascript:|https?://example", _tags(html))
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
        assert not [s.student.id for s in gradebook.assignment_submissions(ASSIGNMENT) if s.needs_manual_grade]
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


# --- again, and by hand -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def twice(run) -> str:
    """The student who is graded once more."""
    return run.student_of["exception_in_a_method"]


@pytest.fixture(scope="module")
def regraded(run, twice, tmp_path_factory) -> Run:
    """After somebody gave points and a comment by hand, and the student was graded again."""
    course = tmp_path_factory.mktemp("regraded") / "course"
    shutil.copytree(run.course, course, symlinks=True, ignore=shutil.ignore_patterns("submitted"))
    shutil.copytree(run.course / "submitted" / twice, course / "submitted" / twice)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("Losses", "04_loss", ASSIGNMENT, twice)
        grade.manual_score, grade.extra_credit = 7, 1
        gradebook.find_comment("CrossEntropyLoss-code", "04_loss", ASSIGNMENT, twice).manual_comment = "Nearly."
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
        assert gradebook.find_comment("CrossEntropyLoss-code", "04_loss", ASSIGNMENT, twice).comment == "Nearly."


# --- what a submission's kernel can reach -------------------------------------------------------------------------


def test_the_library_holds_no_solution_and_no_torch(root):
    text = "\n".join(path.read_text(encoding="utf-8") for path in library().rglob("*.py"))
    assert not {"reference.py", "backend.py", "usual_ways.py", "pictures.py"} & {path.name for path in library().rglob("*")}
    assert not re.search(r"^\s*(import|from) torch", text, re.MULTILINE)
    for notebook in SECTIONS:
        lines = solution_lines(root / "source" / ASSIGNMENT / f"{notebook}.ipynb")
        assert not [line for line in lines if line in text], notebook


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_is_given_the_sections_before_it(notebook):
    assert set(solutions_before(notebook)) == {item.module for item in ITEMS if item.notebook < notebook}


# --- a judge that nothing upsets ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tests_of(root) -> dict[str, str]:
    """The source of every graded cell."""
    notebooks = [nbformat.read(root / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4) for name in SECTIONS]
    return {cell.metadata.nbgrader.grade_id: cell.source for nb in notebooks for cell in graded(nb)}


def _outputs(traces: list[dict]) -> list[dict]:
    return [{"output_type": "display_data", "data": {MIME: trace}, "metadata": {}} for trace in traces]


def _right(source: str) -> list[dict]:
    """The traces that right code leaves."""
    return json.loads(json.dumps([trace.to_json() for trace in expected_traces(source)]))


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_passes_right_traces(tests_of, item):
    assert judge(tests_of[item], _outputs(_right(tests_of[item]))).passed


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_survives_damaged_traces(tests_of, item):
    """Any one value of the JSON replaced by something else: never an exception, never points for other results."""
    random = Random(item)
    right = _right(tests_of[item])
    for _ in range(30):
        traces = json.loads(json.dumps(right))
        parent, key = random.choice([place for trace in traces for place in _places(trace)])
        parent[key] = random.choice([None, True, -1, 10**30, "", "x" * 2000, [], {}, [None], {"a": {}}, float("nan"), "\ud83d"])
        verdict = judge(tests_of[item], _outputs(traces))
        assert isinstance(verdict.message, str)
        assert not verdict.passed or _hold(traces, right)


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_survives_traces_of_any_numbers(tests_of, item):
    """Well-formed traces that no run makes: other values and shapes, entries gone, doubled or out of order."""
    random = Random(item)
    right = expected_traces(tests_of[item])
    for number in range(30):
        traces = deepcopy(right)
        entries = traces[random.randrange(len(traces))].entries
        index = random.randrange(len(entries))
        if number % 3 == 0:
            entries[index].value = random.choice(ODD_VALUES)
        elif number % 3 == 1:
            entries[index:] = entries[index + 1 :] + random.choice([[], [entries[index]] * 2])
        else:
            random.shuffle(entries)
        data = [trace.to_json() for trace in traces]
        verdict = judge(tests_of[item], _outputs(data))
        assert not verdict.passed or _hold(data, _right(tests_of[item]))


ODD_VALUES = [np.zeros(()), np.zeros((0, 3)), np.full((4, 3), np.inf), np.full((1, 1, 1), np.nan), np.full((7, 2), 1e308), np.eye(3)]


def _places(data):
    """Every (container, key) of nested JSON."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _hold(traces: list[dict], right: list[dict]) -> bool:
    """Are the right results in the traces? More behind them does no harm."""
    pairs = zip(map(_results, traces), map(_results, right), strict=True)
    return all(got[: len(wanted)] == wanted for got, wanted in pairs)


def _results(trace: dict) -> list:
    return [{**e, "detail": ""} for e in trace["entries"] if e["what"] not in HANDED]
