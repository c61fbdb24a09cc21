"""Every kind of nbgrader's cells, in an assignment that no section belongs to and in our own notebooks,
graded as by nbgrader without anything of ours.
"""

import os
import re
import shutil
import zipfile
from copy import deepcopy
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.copies import copy_of
from support.feedback import gradebook
from support.handins import lean, write_solution
from support.handins import named as cell_of
from support.own import ASSIGNMENT, OWN
from support.processes import nbgrader, python

from grader.__main__ import main
from grader.authoring import doctor
from grader.authoring.demo import copy_course
from grader.authoring.two_forms import twin
from grader.grading.macros import WithoutMacros
from grader.pages.feedback import beside_start_page

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]

STOCK = (
    'c = get_config()\nc.CourseDirectory.course_id = "mytorch"\nc.OverwriteCells.add_missing_cells = True\n'
)
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

# --- an assignment of somebody else's -----------------------------------------------------------------------

SQUARE = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
SQUARES = "assert square(3) == 9\n### BEGIN HIDDEN TESTS\nassert square(-2) == 4\n### END HIDDEN TESTS"
SHARE = "sum(square(x) == x * x for x in range(5))"  # of 5 points
TOTAL = "### BEGIN SOLUTION\ntotal = sum(map(int, open('numbers/data.csv')))\n### END SOLUTION"
TASK = "Draw it on paper.\n### BEGIN MARK SCHEME\nA parabola.\n### END MARK SCHEME"
PLOT = "### BEGIN SOLUTION\nprint('a plot')\n### END SOLUTION"


def named(name: str, source: str, kind=new_code_cell, points=None, locked=False, **flags):
    entry = {"grade_id": name, "locked": locked, "schema_version": 3, "grade": False, "solution": False}
    entry |= {"task": False} | flags | ({} if points is None else {"points": points})
    return kind(source, metadata={"nbgrader": entry})


def first():
    return [
        new_markdown_cell("# Problem set 1"),
        named("given", "from scipy.special import comb\nlimit = comb(4, 2)", locked=True),
        named("square", SQUARE, solution=True),
        named("squares", SQUARES, points=5, grade=True, locked=True),
        named("share", SHARE, points=5, grade=True, locked=True),
        named("essay", "*Because.*", new_markdown_cell, points=4, grade=True, solution=True),
        named("plot", PLOT, points=3, grade=True, solution=True),
        named("paper", TASK, new_markdown_cell, points=6, task=True, locked=True),
        named("told", "Now with a file.", new_markdown_cell, locked=True),
        named("total", TOTAL, solution=True),
        named("sum", "assert total == limit", points=2, grade=True, locked=True),
    ]


def second():
    return [
        named("word", "*Yes.*", new_markdown_cell, points=1, grade=True, solution=True),
        named("one", "### BEGIN SOLUTION\none = 1\n### END SOLUTION", solution=True),
        named("ones", "assert one == 1", points=1, grade=True, locked=True),
        named("hand", "Hand it in on paper.", new_markdown_cell, points=1, task=True, locked=True),
    ]


def write(folder: Path, **notebooks: list) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, cells in notebooks.items():
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), folder / f"{name}.ipynb")


# --- hand-ins: what becomes of the cells that were given out ------------------------------------------------


def answer(nb, **sources: str):
    for name, source in sources.items():
        cell_of(nb, name).source = source
    return nb


RIGHT = {
    "square": "from helper import twice\n\ndef square(x):\n    return twice(x) * x / 2",
    "total": "total = sum(map(int, open('numbers/data.csv')))",
}
READ = {"essay": "Since $x^2$ is even.", "plot": "print('mine')"}


def right(nb):
    answer(nb, **RIGHT, **READ)
    nb.cells.insert(nb.cells.index(cell_of(nb, "paper")) + 1, new_markdown_cell("Here is my drawing."))


def wrong(nb):
    answer(nb, square="def square(x):\n    return 2 * x", total="total = 7")


def untouched(nb):
    pass


def deleted(nb):
    answer(nb, **RIGHT, essay="Gone.")
    nb.cells = [
        cell for cell in nb.cells if cell not in [cell_of(nb, n) for n in ("squares", "essay", "paper")]
    ]


def noisy(nb):
    answer(nb, square="import sys\ndef square(x):\n    print('!', file=sys.stderr)\n    return x * x", **READ)


def changed(nb):
    """Tests and given cells were written in, and points were changed."""
    answer(nb, **RIGHT, squares="assert True", given="limit = 7", told="Ha.", plot="1 / 0")
    cell_of(nb, "share").metadata.nbgrader.points = 500


SAME = {"ada": right, "ben": wrong, "cleo": untouched, "dora": deleted, "gus": noisy, "ivy": changed}


def copied(nb):
    """Cells stand twice, which nbgrader takes for a broken notebook."""
    answer(nb, **RIGHT, essay="My first thought.")
    for name in ("essay", "squares", "square"):
        nb.cells.append(deepcopy(cell_of(nb, name)))
        nb.cells[-1].id = f"copy-{name}"
    nb.cells[-3].source = "My second thought."


def greedy(nb):
    answer(
        nb, square="class Odd:\n    def __eq__(self, other): return 100\n\nsquare = lambda x: Odd()", **READ
    )


def broken_off(nb):
    answer(nb, **RIGHT, **READ)
    nb.cells.insert(nb.cells.index(cell_of(nb, "share")), new_code_cell("import os; os._exit(0)"))


OURS = {"eve": copied, "hal": greedy, "kim": broken_off}


def hand_in(course: Path, student: str, change, names=("first",)) -> Path:
    folder = course / "submitted" / student / "ps1"
    folder.mkdir(parents=True)
    for name in names:
        nb = nbformat.read(course / "release" / "ps1" / f"{name}.ipynb", as_version=4)
        change(nb) if name == "first" else None
        nbformat.write(nb, folder / f"{name}.ipynb")
    (folder / "helper.py").write_text("def twice(x):\n    return 2 * x\n")
    (folder / "numbers").mkdir()
    (folder / "numbers" / "data.csv").write_text("1\n1\n1\n")  # the course's counts
    return folder


def make(course: Path, config: str | None = None) -> Path:
    """A course with ps1 in it, given out, handed in by SAME; ``config`` in place of ours."""
    copy_course(Path(__file__).parents[1], course)
    if config:
        (course / "nbgrader_config.py").write_text(config)
    write(course / "source" / "ps1", first=first(), second=second())
    (course / "source" / "ps1" / "numbers").mkdir()
    (course / "source" / "ps1" / "numbers" / "data.csv").write_text("1\n2\n3\n")
    nbgrader("generate_assignment", "ps1", root=course)
    for student, change in SAME.items():
        hand_in(course, student, change, ("first", "second") if student == "ada" else ("first",))
    return course


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Path:
    """Graded by nbgrader alone."""
    course = make(tmp_path_factory.mktemp("stock") / "course", STOCK)
    nbgrader("autograde", "ps1", root=course)
    return course


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory) -> Path:
    """Only to be copied, as all of these."""
    return make(tmp_path_factory.mktemp("ours") / "course")


@pytest.fixture(scope="module")
def by_nbgrader(handed_in, tmp_path_factory) -> Path:
    """By nbgrader's command, with our configuration."""
    course = copy_of(handed_in, tmp_path_factory.mktemp("by-nbgrader") / "course")
    nbgrader("autograde", "ps1", root=course)
    return course


@pytest.fixture(scope="module")
def summary() -> list[str]:
    return []


@pytest.fixture(scope="module")
def by_grader(handed_in, tmp_path_factory, summary) -> Path:
    """By ours, with those on whom nbgrader gives up."""
    course = copy_of(handed_in, tmp_path_factory.mktemp("by-grader") / "course")
    for student, change in OURS.items():
        folder = hand_in(course, student, change)
    (folder / "secret").symlink_to(course / "gradebook.db")
    os.mkfifo(folder / "pipe")
    run = python("-m", "grader", "autograde", "ps1", cwd=course)
    assert run.returncode == 0, run.stdout + run.stderr
    summary.append(run.stdout)
    return course


def results(course: Path) -> dict:
    """All that grading leaves in the gradebook, of those whom nbgrader can grade; of a notebook that was not
    handed in without the comments, where nbgrader is silent and we say "No response."
    """
    found = {}
    with gradebook(course) as book:
        for submission in book.assignment_submissions("ps1"):
            student = submission.student.id
            if student not in SAME:
                continue
            for one in submission.notebooks:
                is_there = (course / "submitted" / student / "ps1" / f"{one.name}.ipynb").exists()
                rows = [row.to_dict() for row in (*one.grades, *(one.comments if is_there else ()))]
                sums = [one.score, one.max_score, one.needs_manual_grade]
                found[student, one.name] = sorted(str(row | {"id": ""}) for row in rows) + sums
        found["table"] = sorted(
            str({**row, "id": ""}) for row in book.submission_dicts("ps1") if row["student"] in SAME
        )
    return found


def cells(course: Path, student: str) -> list[tuple]:
    """What the formgrader shows of a notebook: texts, names, points and kinds."""
    nb = nbformat.read(course / "autograded" / student / "ps1" / "first.ipynb", as_version=4)
    entries = [(cell, cell.metadata.get("nbgrader", {})) for cell in nb.cells]
    kinds = ("grade", "solution", "task", "locked")
    return [
        (cell.cell_type, cell.source.strip(), entry.get("grade_id"), float(entry.get("points", 0)))
        + tuple(bool(entry.get(kind)) for kind in kinds)
        for cell, entry in entries
    ]


def score(course: Path, student: str, name: str, notebook: str = "first"):
    with gradebook(course) as book:
        grade = book.find_grade(name, notebook, "ps1", student)
        return grade.auto_score, grade.manual_score, grade.needs_manual_grade


# --- the same as nbgrader -----------------------------------------------------------------------------------


def test_the_release_is_nbgraders_own(stock, handed_in):
    """Nothing of another assignment's kit lies in it."""
    folders = [course / "release" / "ps1" for course in (stock, handed_in)]
    files = [sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) for folder in folders]
    assert files[0] == files[1] == ["first.ipynb", "numbers", "numbers/data.csv", "second.ipynb"]
    for name in ("first", "second"):
        nbs = [nbformat.read(folder / f"{name}.ipynb", as_version=4) for folder in folders]
        texts = [[(cell.cell_type, cell.source, cell.metadata) for cell in nb.cells] for nb in nbs]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("ours", ["by_nbgrader", "by_grader"])
def test_scores_and_tables_are_those_of_nbgrader(stock, ours, request):
    expected, found = results(stock), results(request.getfixturevalue(ours))
    assert found.keys() == expected.keys() and len(expected) == 2 * len(SAME) + 1
    for key in expected:
        assert found[key] == expected[key], key


def test_the_hand_ins_tell_the_kinds_apart(stock):
    """What is compared above says something."""
    names = ("squares", "share", "essay", "plot", "paper", "sum")
    told = {student: [score(stock, student, name)[0] for name in names] for student in SAME}
    assert told["ada"] == [5, 5, None, None, None, 2]
    assert told["ben"] == [0, 2, 0, 0, None, 0]
    assert told["cleo"] == [0, 0, 0, 0, None, 0]
    assert told["dora"] == [5, 5, None, 0, None, 2]
    assert told["gus"] == [0, 0, None, None, None, 0]
    assert told["ivy"] == [5, 5, 0, None, None, 2]


@pytest.mark.parametrize("student", SAME)
def test_the_formgrader_shows_the_same_cells(stock, by_nbgrader, by_grader, student):
    """But for a test that was written in, which stays as a cell of its own; and of those that were gone, a
    task is not at the end, and cells of the course's carry no remark.
    """
    remark = re.compile(r"^(# )?This cell \(id:\w+\) was missing .*\n\n")
    expected, found = (
        [(kind, remark.sub("", text), *rest) for kind, text, *rest in cells(course, student)]
        for course in (stock, by_grader)
    )
    found = [cell for cell in found if cell[1] != "assert True"]
    if student == "dora":
        expected, found = sorted(expected, key=str), sorted(found, key=str)
    assert found == expected
    assert cells(by_nbgrader, student) == cells(by_grader, student)


def test_files_beside_the_notebook_are_copied_as_nbgrader_does(stock, by_nbgrader, by_grader):
    for course in (stock, by_nbgrader, by_grader):
        folder = course / "autograded" / "ben" / "ps1"
        assert (folder / "helper.py").read_text() == "def twice(x):\n    return 2 * x\n"
        assert (folder / "numbers" / "data.csv").read_text() == "1\n2\n3\n"


# --- where nbgrader gives up --------------------------------------------------------------------------------


def test_a_copied_cell_costs_nothing_and_the_last_answer_counts(by_grader):
    assert score(by_grader, "eve", "squares") == (5, None, False)
    assert score(by_grader, "eve", "essay") == (None, None, True)
    named = {cell[2]: cell[1] for cell in cells(by_grader, "eve")}
    assert named["essay"] == "My second thought."
    assert "My first thought." in [cell[1] for cell in cells(by_grader, "eve")]


def test_a_test_that_yields_more_than_its_points_gives_none_and_is_told(by_grader, summary):
    assert score(by_grader, "hal", "share") == (0, None, False)
    assert score(by_grader, "hal", "essay") == (None, None, True)
    assert "hal, first: share" in summary[0]


def test_a_test_that_was_not_run_gives_nothing(by_grader):
    assert score(by_grader, "kim", "squares") == (5, None, False)
    assert score(by_grader, "kim", "share") == score(by_grader, "kim", "sum") == (0, None, False)
    assert score(by_grader, "kim", "essay") == (None, None, True)


def test_links_and_pipes_are_no_files_beside_the_notebook(by_grader, summary):
    names = {path.name for path in (by_grader / "autograded" / "kim" / "ps1").iterdir()}
    assert names == {"first.ipynb", "second.ipynb", "helper.py", "numbers"}
    assert "kim: only the assignment's notebooks were read, not pipe, secret" in summary[0]


def test_a_notebook_without_an_answer_waits_for_nobody(by_grader):
    for name in ("word", "ones", "hand"):
        assert score(by_grader, "ben", name, "second") == (0, None, False)


# --- by hand ------------------------------------------------------------------------------------------------


def test_what_waits_is_counted(by_grader, summary, monkeypatch, capsys):
    with gradebook(by_grader) as book:
        waiting = [
            (submission.student.id, grade.name)
            for submission in book.assignment_submissions("ps1")
            for one in submission.notebooks
            for grade in one.grades
            if grade.needs_manual_grade
        ]
    students = len(SAME) + len(OURS)
    assert len({student for student, _ in waiting}) == students  # each has the task
    assert f"{len(waiting)} answers of {students} submissions to be graded by hand" in summary[0]
    monkeypatch.chdir(by_grader)
    assert main(["report", "ps1", "--output", str(by_grader / "first-report")]) == 0
    assert f"{len(waiting)} items of {students} students" in capsys.readouterr().out
    page = (by_grader / "first-report" / "report.html").read_text()
    assert f"{len(waiting)} items to be graded by hand" in page and "not recorded" not in page
    items = re.findall(r"<tr><td>(\w+)</td>", page)
    assert items == ["squares", "share", "essay", "plot", "paper", "sum", "word", "ones", "hand"]
    assert "PyTorch" not in page


@pytest.fixture(scope="module")
def read(by_grader, summary, tmp_path_factory) -> Path:
    """Somebody has read ada's work and ben's; then two tests were changed, and both were graded again."""
    course = tmp_path_factory.mktemp("read") / "course"
    copy_of(by_grader, course, ignore=shutil.ignore_patterns("pipe", "secret"))
    with gradebook(course) as book:
        for student in ("ada", "ben"):
            for one in book.find_submission("ps1", student).notebooks:
                for grade in one.grades:
                    if grade.needs_manual_grade:
                        grade.manual_score, grade.needs_manual_grade = 1, False
        book.find_grade("essay", "first", "ps1", "ada").extra_credit = 0.5
        for name, words in (
            ("essay", "Well *said*."),
            ("paper", "A fine drawing."),
            ("square", "Why twice?"),
        ):
            book.find_comment(name, "first", "ps1", "ada").manual_comment = words
        book.db.commit()
    source = course / "source" / "ps1" / "first.ipynb"
    text = source.read_text().replace("assert square(3) == 9", "assert square(4) == 17")
    source.write_text(text.replace("assert total == limit", "assert total == limit:"))
    nbgrader("generate_assignment", "ps1", "--force", root=course)
    run = python("-m", "grader", "autograde", "ps1", "--force", "--student", "[ab]*", cwd=course)
    assert run.returncode == 0, run.stdout + run.stderr
    summary.append(run.stdout)
    return course


def test_a_test_that_is_no_python_is_named_once(read, summary):
    said = "  first, sum: nobody can pass this test of yours, SyntaxError: invalid syntax (line 1)\n"
    assert said not in summary[0] and summary[1].count(said) == 1


def test_what_is_given_by_hand_survives_a_changed_test(read):
    assert score(read, "ada", "squares") == (0, None, False)
    assert score(read, "ada", "essay") == (None, 1, True)  # nbgrader asks to look at it again
    assert score(read, "ada", "paper") == (None, 1, False)
    with gradebook(read) as book:
        grade = book.find_grade("essay", "first", "ps1", "ada")
        assert (grade.score, grade.extra_credit) == (1.5, 0.5)
        assert book.find_comment("essay", "first", "ps1", "ada").comment == "Well *said*."
    texts = {cell[2]: cell[1] for cell in cells(read, "ada")}
    assert texts["essay"] == READ["essay"] and texts["plot"] == READ["plot"]


def test_feedback_and_return(read, monkeypatch, capsys):
    """Who waits is held, with what it waits for, and goes out once it is given."""
    monkeypatch.chdir(read)
    main(["return", "ps1"])
    held = "waits for points by hand in essay, plot (then: the formgrader, Manual Grading): ada"
    assert held in capsys.readouterr().out
    with gradebook(read) as book:
        for one in book.find_submission("ps1", "ada").notebooks:
            for grade in one.grades:
                grade.needs_manual_grade = False
        book.db.commit()
    nbgrader("generate_feedback", "ps1", "--student", "ada", root=read)
    assert main(["return", "ps1"]) == 0
    out = capsys.readouterr().out
    assert "ps1: 1 returned" in out and "waits for points by hand in essay, plot, paper" in out
    made = (read / "feedback" / "ada" / "ps1" / "first.html").read_bytes()
    page = made.decode()
    for words in (
        "Well <em>said</em>.",
        "A fine drawing.",
        "Why twice?",
        "AssertionError",
        "0.5 of them extra",
    ):
        assert words in page
    assert "Draw it on paper." in page and "parabola" not in page and "MARK SCHEME" not in page
    items = re.findall(r'<section class="item" id="item-(\w+)"', page)
    assert items == ["squares", "share", "essay", "plot", "paper", "sum"]
    with zipfile.ZipFile(read / "returned" / "ps1" / "students" / "ada.zip") as archive:
        assert archive.read("ps1-feedback/first.html") == beside_start_page(made)
    nbgrader("generate_feedback", "ps1", "--student", "ben", root=read)
    page = (read / "feedback" / "ben" / "ps1" / "first.html").read_text()
    assert (
        "2 of 5 points" in page and "is not in the notebook" not in page
    )  # a test without a cell of its own


def test_a_later_answer_in_words_is_a_newer_hand_in(by_grader, tmp_path, monkeypatch, capsys):
    course = tmp_path / "course"
    copy_of(by_grader, course, ignore=shutil.ignore_patterns("pipe", "secret"))
    path = course / "submitted" / "ada" / "ps1" / "first.ipynb"
    path.write_text(path.read_text().replace("is even", "is odd"))
    monkeypatch.chdir(course)
    main(["return", "ps1"])
    told = "".join(capsys.readouterr())
    assert "a newer hand-in is not graded" in told and "--student=ada --force): ada" in told


# --- cells that come and go after hand-ins came -------------------------------------------------------------

COME = [
    named("cube", SQUARE.replace("square", "cube").replace("x * x", "x ** 3"), solution=True),
    named("cubes", "assert cube(2) == 8", points=2, grade=True, locked=True),
    named("why", "*Why?*", new_markdown_cell, points=3, grade=True, solution=True),
    named("poster", TASK, new_markdown_cell, points=4, task=True, locked=True),
]
AGAIN = {"by_grader": ("-m", "grader"), "by_nbgrader": ("-m", "nbgrader")}


@pytest.fixture(scope="module")
def with_other_cells(by_grader, tmp_path_factory) -> dict[str, Path]:
    """Hand-ins were graded and ada's read; then cells came and a test went, and all was graded again, by
    either command. Zoe has handed in the new notebook.
    """
    courses = {}
    for by, command in AGAIN.items():
        courses[by] = course = tmp_path_factory.mktemp(by) / "course"
        copy_of(by_grader, course, ignore=shutil.ignore_patterns("pipe", "secret"))
        with gradebook(course) as book:
            book.find_grade("essay", "first", "ps1", "ada").manual_score = 3
            book.find_comment("essay", "first", "ps1", "ada").manual_comment = "Well said."
            book.db.commit()
        write(course / "source" / "ps1", first=[*first()[:4], *COME, *first()[5:]])
        nbgrader("generate_assignment", "ps1", "--force", root=course)
        hand_in(course, "zoe", lambda nb: answer(nb, **RIGHT, cube="cube = lambda x: x ** 3", why="So."))
        run = python(*command, "autograde", "ps1", "--force", "--student", "[abdz]*", cwd=course)
        assert run.returncode == 0, run.stdout + run.stderr
    return courses


@pytest.mark.parametrize("by", AGAIN)
def test_an_old_hand_in_gets_cells_that_came_and_keeps_what_was_given(with_other_cells, by):
    course = with_other_cells[by]
    assert score(course, "ada", "cubes") == (0, None, False)  # there is no cube
    assert score(course, "ada", "why") == score(course, "ada", "poster") == (None, None, True)
    assert score(course, "ada", "squares") == (5, None, False)
    assert score(course, "ada", "essay") == (None, 3, True)
    names = [cell[2] for cell in cells(course, "ada") if cell[2]]
    assert [names.index(name) for name in ("squares", "cubes", "why", "poster", "essay")] == [2, 3, 4, 5, 6]
    with gradebook(course) as book:
        assert book.find_comment("essay", "first", "ps1", "ada").comment == "Well said."
        assert book.find_submission_notebook("first", "ps1", "ada").max_score == 5 + 2 + 3 + 4 + 4 + 3 + 6 + 2


@pytest.mark.parametrize("by", AGAIN)
def test_a_new_hand_in_earns_what_its_new_cells_give(with_other_cells, by):
    assert score(with_other_cells[by], "zoe", "cubes") == (2, None, False)
    assert score(with_other_cells[by], "zoe", "why") == (None, None, True)


def test_both_commands_grade_old_hand_ins_alike(with_other_cells):
    by_grader, by_nbgrader = (results(course) for course in with_other_cells.values())
    assert by_grader == by_nbgrader
    for student in ("ada", "ben", "dora", "zoe"):
        assert cells(with_other_cells["by_grader"], student) == cells(
            with_other_cells["by_nbgrader"], student
        )


# --- the other commands -------------------------------------------------------------------------------------


def test_collect_and_similarity_know_the_assignment(by_grader, tmp_path, monkeypatch, capsys):
    archive = tmp_path / "zed_ps1.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in (by_grader / "submitted" / "ada" / "ps1").rglob("*.*"):
            made.write(path, path.relative_to(by_grader / "submitted" / "ada" / "ps1"))
    course = tmp_path / "course"
    copy_of(by_grader, course, ignore=shutil.ignore_patterns("pipe", "secret"))
    with gradebook(course) as book:
        book.add_student("zed")
    monkeypatch.chdir(course)
    (course / "downloaded" / "ps1" / "archive").mkdir(parents=True)
    shutil.move(archive, course / "downloaded" / "ps1" / "archive")
    assert main(["collect", "ps1"]) == 0, capsys.readouterr()
    collected = course / "submitted" / "zed" / "ps1"
    assert {path.name for path in collected.iterdir()} >= {"first.ipynb", "second.ipynb", "helper.py"}
    assert main(["similarity", "ps1"]) == 0
    assert "ada,dora" in (course / "similarity" / "ps1.csv").read_text()


# --- our own notebooks --------------------------------------------------------------------------------------

BY_HAND = {
    "03_mlp": ("### My table", "table"),
    "06_batchnorm": ("### Your matrix equations: forward", "equations"),
}
LINE = (
    '+++ {"tags": ["form"], "nbgrader": {"grade_id": "%s", "points": 5, "grade": true, "solution": true, '
    '"locked": false, "task": false, "schema_version": 3}}'
)
OWN_TEST = named("own", "assert MLP0().layers and MLP1().layers\n2", points=3, grade=True, locked=True)


@pytest.fixture(scope="module")
def with_points(tmp_path_factory, root) -> Path:
    """Our course, in which the two written places give points, and one notebook has a test of asserts."""
    course = tmp_path_factory.mktemp("own") / "course"
    copy_course(root, course)
    for name, (heading, item) in BY_HAND.items():
        text = (root / "notebooks" / f"{name}.md").read_text()
        assert f"+++\n\n{heading}" in text
        text = text.replace(f"+++\n\n{heading}", f"{LINE % item}\n\n{heading}")
        nb = jupytext.reads(text, "md:myst")
        if name == "03_mlp":
            nb.cells.append(nbformat.from_dict(OWN_TEST))
        (course / "source" / ASSIGNMENT / f"{name}.ipynb").write_text(twin(nb))
    nbgrader("generate_assignment", ASSIGNMENT, "--notebook", "0[36]*", root=course)

    def filled_in(nb):
        for cell in lean(nb).cells:
            cell.source = cell.source.replace("…", "a matrix", 1)
        return nb

    def as_released(nb):
        return lean(WithoutMacros().preprocess(nb, {})[0])

    for name in BY_HAND:
        write_solution(course, "ada", name, filled_in)
        write_solution(course, "ben", name, as_released)
    nbgrader("autograde", ASSIGNMENT, root=course)
    return course


@pytest.mark.parametrize("name", BY_HAND)
def test_a_written_place_gives_points_by_one_line(with_points, name):
    heading, item = BY_HAND[name]
    released = nbformat.read(with_points / "release" / ASSIGNMENT / f"{name}.ipynb", as_version=4)
    assert cell_of(released, item).source.startswith(heading) and "…" in cell_of(released, item).source
    graded = nbformat.read(with_points / "autograded" / "ada" / ASSIGNMENT / f"{name}.ipynb", as_version=4)
    assert "a matrix" in cell_of(graded, item).source
    with gradebook(with_points) as book:
        for student, expected in (("ada", (None, True)), ("ben", (0, False))):  # ben left it as it was
            grades = book.find_submission_notebook(name, ASSIGNMENT, student).grades
            by_name = {grade.name: grade for grade in grades}
            given = by_name.pop(item)
            assert (given.max_score, given.auto_score, given.needs_manual_grade) == (5, *expected)
            for grade in by_name.values():
                assert grade.score == (2 if grade.name == "own" else grade.max_score)


def test_doctor_takes_points_by_hand_and_own_tests(with_points):
    assert [check.problem for check in doctor.points(with_points, OWN)] == ["", ""]
