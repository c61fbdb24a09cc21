"""``make demo``: the whole loop with a full, a flawed and an untouched hand-in."""

from pathlib import Path

import pytest
from support.feedback import page, verdicts
from support.own import ASSIGNMENT, NOTEBOOKS, OWN, SECTIONS

from grader.authoring.confidential import hidden_lines
from grader.authoring.demo import TYPICAL_MISTAKES, run_demo, scores

pytestmark = [pytest.mark.sandbox, pytest.mark.nbgrader]


POINTS = {item.name: item.points for item in OWN.items}
STUDENTS = ("ada", "ben", "cleo")


@pytest.fixture(scope="session")
def demo(root, tmp_path_factory) -> tuple[Path, str]:
    """The scratch course and the printed table."""
    before = _course_folders(root)
    course = tmp_path_factory.mktemp("demo")
    table = run_demo(root, course)
    assert _course_folders(root) == before
    return course, table


def _course_folders(root: Path) -> set[Path]:
    """What nbgrader would leave in the repository if it ran there."""
    generated = [
        path for name in ("submitted", "autograded", "feedback") for path in (root / name).rglob("*")
    ]
    return {*generated, *root.glob("gradebook.db*"), *root.glob(".nbgrader.log")}


def test_the_full_solution_earns_everything(demo):
    assert scores(demo[0])["ada"] == POINTS


def test_the_untouched_release_earns_nothing(demo):
    assert scores(demo[0])["cleo"] == dict.fromkeys(POINTS, 0)


def test_typical_mistakes_cost_their_own_items(demo):
    flawed = {notebook for notebook, _, _ in TYPICAL_MISTAKES}
    assert scores(demo[0])["ben"] == {
        item.name: 0 if item.notebook in flawed else item.points for item in OWN.items
    }


def test_the_table_shows_every_item_and_the_sum(demo):
    rows = {row[0]: row[1:] for row in (line.split() for line in demo[1].splitlines())}
    assert rows["item"] == ["points", *STUDENTS]
    assert rows["Linear"] == ["15", "15", "0", "0"]
    assert rows["MLP4"] == ["15", "15", "15", "0"]
    ben = sum(scores(demo[0])["ben"].values())
    assert rows["sum"] == [str(OWN.points), str(OWN.points), f"{ben:g}", "0"]
    assert list(rows)[1:-1] == list(POINTS)


def test_feedback_shows_points_and_diagnosis(demo):
    text = verdicts(demo[0], "ben", "01_linear")
    assert "0 of 15 points" in text
    assert "Linear: dLdW" in text and "N = 4" in text
    assert "10 of 10 points" in verdicts(demo[0], "ben", "04_loss")


def test_untouched_work_is_told_where_to_begin(demo):
    for notebook in SECTIONS:
        text = verdicts(demo[0], "cleo", notebook)
        assert "is None" in text or "has not changed" in text, f"{notebook}: {text}"
        assert "Traceback" not in text, notebook


def test_feedback_does_not_show_hidden_tests(demo):
    for notebook in SECTIONS:
        hidden = hidden_lines(demo[0] / "source" / ASSIGNMENT / f"{notebook}.ipynb")
        assert hidden
        for student in STUDENTS:
            text = page(demo[0], student, notebook)
            assert not [line for line in hidden if line in text], (student, notebook)


def test_honest_notebooks_run_without_an_error(demo):
    """With the solution, no cell of any notebook ends in an error while it is graded."""
    for notebook in NOTEBOOKS:
        text = page(demo[0], "ada", notebook)
        assert "Traceback" not in text, notebook
