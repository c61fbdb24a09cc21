"""What a student gets: graded cells of one name in several notebooks are told apart."""

import pytest
from nbgrader.api import Gradebook

from grader.grading.coursedir import load
from grader.grading.grades import read
from grader.grading.late import settings
from grader.pages.report.results import read as results_of


@pytest.fixture
def two_notebooks(tmp_path, monkeypatch):
    """``ps1``: proof (to be read, 4 points) in both notebooks, code (2 points) in one; ada has 3, 1 and 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with Gradebook("sqlite:///gradebook.db") as gradebook:
        gradebook.add_assignment("ps1")
        gradebook.add_student("ada")
        for notebook in ("first", "second"):
            gradebook.add_notebook(notebook, "ps1")
            names = ["proof", "code"] if notebook == "second" else ["proof"]
            for name in names:
                gradebook.add_grade_cell(name, notebook, "ps1", max_score=4, cell_type="markdown")
                gradebook.add_source_cell(name, notebook, "ps1", cell_type="markdown", source="")
        gradebook.add_solution_cell("proof", "first", "ps1")
        gradebook.add_submission("ps1", "ada")
        for notebook, name, points in (("first", "proof", 3), ("second", "proof", 1), ("second", "code", 2)):
            grade = gradebook.find_grade(name, notebook, "ps1", "ada")
            grade.manual_score, grade.needs_manual_grade = points, name == "proof"
        gradebook.db.commit()
        yield gradebook


def test_cells_of_one_name_are_told_apart(two_notebooks):
    app = load()
    marks = read(two_notebooks, "ps1", "ada", settings(app.config)[1])
    assert {name: item.points for name, item in marks.items.items()} == {
        "first: proof": 3,
        "second: proof": 1,
        "code": 2,
    }
    assert marks.waiting == ["first: proof", "second: proof"]
    assert [item.label for item in results_of(app, "ps1").items] == ["first: proof", "second: proof", "code"]
