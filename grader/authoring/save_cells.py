"""Cells of a notebook that come or go after hand-ins came.

nbgrader's step refuses such a notebook, for hand-ins have rows for each of its cells. Here they get rows for
new cells, and lose those of cells that are gone, unless an instructor wrote something into them.
"""

from collections.abc import Iterator
from contextlib import suppress

from nbgrader import preprocessors
from nbgrader.api import Comment, Grade, MissingEntry, Notebook

from grader.grading.advice import to_grade


class SaveCells(preprocessors.SaveCells):
    """Goes in the place of nbgrader's, in GenerateAssignment.preprocessors.

    Raises RuntimeError when points or comments given by hand would be lost; then nothing is changed.
    """

    def _create_notebook(self, nb):
        with suppress(MissingEntry):
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
            if notebook.submissions:
                self._bring_in_step(notebook)
        super()._create_notebook(nb)

    def _bring_in_step(self, notebook: Notebook) -> None:
        gone = [cell for cells, new, _ in self._kinds(notebook) for cell in cells if cell.name not in new]
        points = self._other_points(notebook)
        self._require_unmarked(gone)
        for cell in gone:
            for row in (*getattr(cell, "grades", ()), *getattr(cell, "comments", ())):
                self.gradebook.db.delete(row)
            self.gradebook.db.delete(cell)
        self.gradebook.db.flush()
        come = []
        for cells, new, add in self._kinds(notebook):
            there = {cell.name for cell in cells}
            missing = [name for name in new if name not in there]
            come += [add(name, self.notebook_id, self.assignment_id, **new[name]) for name in missing]
        for cell in come:
            for submitted in notebook.submissions:
                self._add_rows(cell, submitted)
        before = [cell.name for cell in notebook.source_cells]
        if before != list(self.new_source_cells):  # anew, in the order in which grading adds what lacks
            self._replace_source_cells(notebook)
        self.gradebook.db.commit()
        changed = {cell.name for cell in (*gone, *come)} | (set(before) ^ self.new_source_cells.keys())
        differs = [f"other cells than before: {', '.join(sorted(changed))}"] if changed else []
        differs += [f"other points than before: {', '.join(points)}"] if points else []
        if differs:
            again = f"Grade its hand-ins again: {to_grade(self.assignment_id, '--force')}"
            self.log.warning("%s has %s. %s", self.notebook_id, "; ".join(differs), again)

    def _other_points(self, notebook: Notebook) -> list[str]:
        new = self.new_grade_cells | self.new_task_cells
        return [
            f"{cell.name} {new[cell.name]['max_score']:g} (was {cell.max_score:g})"
            for cell in (*notebook.grade_cells, *notebook.task_cells)
            if cell.name in new and new[cell.name]["max_score"] != cell.max_score
        ]

    def _kinds(self, notebook: Notebook) -> Iterator[tuple]:
        """(cells in the gradebook, cells of the source by name, how one is added)."""
        yield notebook.grade_cells, self.new_grade_cells, self.gradebook.add_grade_cell
        yield notebook.solution_cells, self.new_solution_cells, self.gradebook.add_solution_cell
        yield notebook.task_cells, self.new_task_cells, self.gradebook.add_task_cell

    def _replace_source_cells(self, notebook: Notebook) -> None:
        for cell in notebook.source_cells:
            self.gradebook.db.delete(cell)
        self.gradebook.db.flush()
        for name, cell in self.new_source_cells.items():
            self.gradebook.add_source_cell(name, self.notebook_id, self.assignment_id, **cell)

    def _require_unmarked(self, gone: list) -> None:
        marked: dict[str, set[str]] = {}
        for cell in gone:
            for grade in getattr(cell, "grades", ()):
                if grade.manual_score is not None or grade.extra_credit:
                    marked.setdefault(cell.name, set()).add(grade.student.id)
            for comment in getattr(cell, "comments", ()):
                if comment.manual_comment:
                    marked.setdefault(cell.name, set()).add(comment.student.id)
        if marked:
            what = "; ".join(f"{name} ({', '.join(sorted(students))})" for name, students in marked.items())
            raise RuntimeError(
                f"Cells of {self.notebook_id} are gone, and points or comments stand in them: {what}."
                " Put them back under the same grade_id, or take what was given away in the formgrader first."
            )

    def _add_rows(self, cell, submitted) -> None:
        """As when a hand-in comes: a Grade for what earns points, a Comment for what is written."""
        kind = type(cell).__name__
        if kind in ("GradeCell", "TaskCell"):
            self.gradebook.db.add(Grade(cell_id=cell.id, notebook=submitted))
        if kind in ("SolutionCell", "TaskCell"):
            self.gradebook.db.add(Comment(cell_id=cell.id, notebook=submitted))
