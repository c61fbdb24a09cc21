"""A submission's notebook on its way into the sandbox."""

from nbformat.v4 import new_code_cell, new_notebook

from grader.grading.execute import IN_WORK, PROBLEM, InWork, RunSubmission


def test_a_notebook_in_another_language_is_not_run_and_says_so():
    notebook = new_notebook(cells=[new_code_cell("x <- 1")])
    notebook.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    about = {"student": "ada", "notebook": "p1"}
    _, resources = RunSubmission().preprocess(notebook, {"nbgrader": about, IN_WORK: InWork(b"")})
    assert "in R" in resources[PROBLEM]
    assert notebook.cells[0].outputs == []
