"""What goes from a worker into the course's gradebook: what has changed, and nothing else."""

from copy import deepcopy

import pytest
from nbgrader.api import Gradebook

from grader.grading.parallel import rows


@pytest.fixture
def book(tmp_path):
    """Ada has handed in one notebook with one test."""
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment("hw1")
        gradebook.add_notebook("01_linear", "hw1")
        gradebook.add_grade_cell("Linear", "01_linear", "hw1", max_score=15, cell_type="code")
        gradebook.add_student("ada")
        gradebook.add_submission("hw1", "ada")
        yield gradebook


def graded(book: Gradebook) -> rows.Difference:
    """What a worker brings back: the test gave 15 points."""
    with book.engine.connect() as connection:
        before = rows.of_student(connection, "hw1", "ada")
    after = deepcopy(before)
    after["grade"][0]["auto_score"] = 15.0
    return rows.difference(before, after)


def bring(book: Gradebook, new: rows.Difference) -> None:
    with book.engine.begin() as connection:
        rows.bring(connection, new)
    book.db.expire_all()


def test_a_point_that_is_given_by_hand_in_the_meantime_stays(book):
    new = graded(book)
    book.find_grade("Linear", "01_linear", "hw1", "ada").manual_score = 7
    book.db.commit()
    bring(book, new)
    grade = book.find_grade("Linear", "01_linear", "hw1", "ada")
    assert (grade.auto_score, grade.manual_score) == (15, 7)


def test_a_submission_that_is_gone_in_the_meantime_is_a_conflict(book):
    new = graded(book)
    book.remove_submission("hw1", "ada")
    with pytest.raises(rows.Conflict):
        bring(book, new)
