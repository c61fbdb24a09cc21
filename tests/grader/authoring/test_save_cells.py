"""A notebook that is generated again after somebody has handed it in: what becomes of its cells."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from grader.authoring.save_cells import SaveCells
from grader.grading.cells import as_given


@pytest.fixture
def book(tmp_path):
    """Ada has handed in a notebook with two tests and an answer."""
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment("ps1")
        gradebook.add_student("ada")
        generate(gradebook, "square", "cube")
        gradebook.add_submission("ps1", "ada")
        yield gradebook


def generate(book: Gradebook, *names: str, points: float = 2, answer: bool = True) -> None:
    """The gradebook's part of generating the notebook with these tests."""
    about = {
        "grade": True,
        "solution": False,
        "task": False,
        "locked": True,
        "points": points,
        "schema_version": 3,
    }
    cells = [
        new_code_cell(f"assert {name}", metadata={"nbgrader": about | {"grade_id": name}}) for name in names
    ]
    if answer:
        written = about | {"grade": False, "solution": True, "locked": False, "grade_id": "answer"}
        cells.append(new_code_cell("", metadata={"nbgrader": written}))
    where = {"notebook": "first", "assignment": "ps1", "student": ".", "db_url": str(book.engine.url)}
    SaveCells().preprocess(new_notebook(cells=cells), {"nbgrader": where})
    book.db.expire_all()


def test_cells_that_have_changed_places_are_graded_in_their_new_order(book):
    generate(book, "cube", "square")
    assert list(as_given(book, "first", "ps1").cells) == ["cube", "square", "answer"]


def test_who_has_points_of_before_is_to_be_graded_again(book, caplog):
    generate(book, "square", "cube", points=2.5)
    assert "first has other points than before: square 2.5 (was 2), cube 2.5 (was 2). Grade" in caplog.text
    caplog.clear()
    generate(book, "square", "cube", points=2.5)
    assert "before" not in caplog.text


@pytest.mark.parametrize("given", [{"manual_score": 0}, {"manual_score": 2}, {"extra_credit": 1}])
def test_a_cell_in_which_somebody_has_given_points_cannot_go(book, given):
    grade = book.find_grade("square", "first", "ps1", "ada")
    for name, points in given.items():
        setattr(grade, name, points)
    book.db.commit()
    with pytest.raises(RuntimeError, match=r"square \(ada\)"):
        generate(book, "cube")
    assert list(as_given(book, "first", "ps1").cells) == ["square", "cube", "answer"]


def test_an_answer_on_which_somebody_has_commented_cannot_go(book):
    generate(book, "square", "cube", answer=False)
    generate(book, "square", "cube")
    book.find_comment("answer", "first", "ps1", "ada").manual_comment = "Nearly."
    book.db.commit()
    with pytest.raises(RuntimeError, match=r"answer \(ada\)"):
        generate(book, "square", "cube", answer=False)
    assert book.find_comment("answer", "first", "ps1", "ada").manual_comment == "Nearly."
