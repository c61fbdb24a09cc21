"""A hand-in's notebook is read, or its absence explained."""

import pytest

from grader.grading.submissions import read

GIVEN_OUT = ["problem 1", "problem 2"]


@pytest.mark.parametrize(("other", "asked"), [("problem 1.ipynb", False), ("problem_2.ipynb", True)])
def test_a_notebook_that_was_given_out_is_no_other_one_renamed(tmp_path, other, asked):
    (tmp_path / other).write_text("{}")
    _, problem = read(tmp_path / "problem 2.ipynb", GIVEN_OUT)
    assert problem.startswith("problem 2.ipynb is missing from the hand-in.")
    assert (f"Was it renamed to {other}?" in problem) == asked
