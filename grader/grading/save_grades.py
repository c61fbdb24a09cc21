"""nbgrader's steps that write down what the cells of a notebook earned, and what being late takes off, asking
and saving once a notebook.

nbgrader's own does both for each cell, with a query over seven tables.
"""

from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade, Gradebook

from .late import Penalties


class SaveGrades(Penalties):
    """Goes in the place of SaveAutoGrades and AssignLatePenalties, in Autograde.autograde_preprocessors."""

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        place = where["notebook"], where["assignment"], where["student"]
        with Gradebook(where["db_url"]) as gradebook:
            notebook = gradebook.find_submission_notebook(*place)
            grades, comments = (_by_cell(gradebook, table, notebook.id) for table in (Grade, Comment))
            for cell in nb.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if utils.is_grade(cell):  # where a row is missing, nbgrader's question says so
                    grade = grades.get(name) or gradebook.find_grade(name, *place)
                    grade.auto_score, _ = utils.determine_grade(cell, self.log)
                    grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
                if utils.is_solution(cell) or utils.is_task(cell):
                    comment = comments.get(name) or gradebook.find_comment(name, *place)
                    comment.auto_comment = "No response." if _is_as_given(cell) else None
            gradebook.db.expire(notebook, ["score"])  # the sum of what has just changed
            notebook.late_submission_penalty = self.of(notebook) or None
            gradebook.db.commit()
        return nb, resources


def _by_cell(gradebook: Gradebook, table: type, notebook: str) -> dict:
    """The rows of a student's notebook, by the names of their cells."""
    found = gradebook.db.query(BaseCell.name, table).join(BaseCell, BaseCell.id == table.cell_id)
    return dict(found.filter(table.notebook_id == notebook).all())


def _is_as_given(cell) -> bool:
    return not utils.is_task(cell) and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
