"""Loaded by the server of ``processes.py``, after the libraries: what these make at their first use, all that
is forked then has.
"""

import warnings
from unittest import mock

from nbformat import current_nbformat, current_nbformat_minor
from nbformat.validator import get_validator
from nbgrader import api

from support.statements import shared

for relaxed in (False, True):
    get_validator(current_nbformat, current_nbformat_minor, relaxed)

api.create_engine = shared
with (
    warnings.catch_warnings(action="ignore"),  # nbgrader's own
    mock.patch.object(api, "get_alembic_version", lambda: ""),
    api.Gradebook("sqlite://") as book,
):
    book.add_assignment("a")
    book.add_notebook("n", "a")
    book.add_grade_cell("c", "n", "a", cell_type="code", max_score=1)
    book.add_solution_cell("c", "n", "a")
    book.add_source_cell("c", "n", "a", cell_type="code")
    book.add_student("s")
    book.update_or_create_submission("a", "s")
    assert book.find_submission("a", "s").score == 0
    book.remove_submission("a", "s")
