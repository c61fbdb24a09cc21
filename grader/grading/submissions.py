"""Read what was handed in, whatever it is: a bad notebook costs its own items and nothing else.

nbgrader drops a student's whole assignment when one notebook cannot be read, and aborts on odd metadata. Here
such a notebook becomes an empty one that carries the reason, and the cells are put into the order that
nbgrader expects.
"""

import warnings
from difflib import get_close_matches
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells

from mytorch.check.notebooks import grade_id, place_of_check, read_notebook
from mytorch.course import ASSIGNMENTS

from .execute import PROBLEM
from .handed_in import shown

MAX_BYTES = 20_000_000  # an honest notebook is far below 1 MB, with plots below 5


class SubmissionExporter(NotebookExporter):
    """nbconvert's notebook exporter, which never fails to read a submission."""

    def from_filename(self, filename, resources=None, **kw):
        if not self.parent._sanitizing:  # Autograde's second pass reads what the first one wrote
            return super().from_filename(filename, resources=resources, **kw)
        notebook, problem = read(Path(filename))
        resources = {**(resources or {}), PROBLEM: problem}
        resources["metadata"] = {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        return self.from_notebook_node(notebook, resources=resources, **kw)


def read(path: Path):
    """The notebook and an empty string, or one without code and the reason."""
    try:
        _require_readable(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat's, one for each odd cell
            return read_notebook(path), ""
    except OSError as error:
        problem = f"{path.name} could not be opened: {error.strerror}."
    except ValueError as error:
        problem = str(error)
    return new_notebook(cells=[new_markdown_cell(f"**{problem}**")]), problem


def _require_readable(path: Path) -> None:
    name = path.name
    if path.is_symlink():
        raise ValueError(f"{name} is a link to another file, not a notebook.")
    if not path.exists():
        ours = {notebook for assignment in ASSIGNMENTS.values() for notebook in assignment.notebooks}
        others = [other.name for other in path.parent.glob("*.ipynb") if other.stem not in ours]
        renamed = get_close_matches(name, others, n=1)
        instead = f" Was it renamed to {shown(renamed[0])}?" if renamed else ""
        raise ValueError(f"{name} is missing from the hand-in.{instead}")
    if not path.is_file():
        raise ValueError(f"{name} is missing from the hand-in: what has its name is not a file.")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB and was not opened.")


class RepairCells(NbGraderPreprocessor):
    """Bring a submission's nbgrader cells into a state that nbgrader can grade. Goes before OverwriteCells.

    A graded cell appears exactly once, after the student's code; other cells lose metadata that is not the
    course's own.
    """

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            source = gradebook.find_notebook(where["notebook"], where["assignment"])
            solutions = {cell.name for cell in source.solution_cells}
            trusted = {cell.name: _metadata(cell, cell.name in solutions) for cell in source.source_cells}
            graded = {cell.name: self._graded_cell(gradebook, cell, where) for cell in source.grade_cells}
        for cell in nb.cells:
            cell.metadata = nbformat.from_dict(trusted.get(grade_id(cell), {}))
        nb.cells = _last_named(_graded_once(nb.cells, graded))
        _number(nb)
        problem = resources.get(PROBLEM)
        nb.metadata = nbformat.from_dict({PROBLEM: problem} if problem else {})  # for the second pass
        return nb, resources

    def _graded_cell(self, gradebook, cell, where):
        source = gradebook.find_source_cell(cell.name, where["notebook"], where["assignment"])
        return OverwriteCells(parent=self).missing_cell_transform(source, cell.max_score) | {
            "source": source.source
        }


def _metadata(source_cell, is_solution: bool) -> dict:
    """nbgrader's entry as the course has it, for a cell that is not graded; nothing else survives."""
    entry = {
        "grade": False,
        "grade_id": source_cell.name,
        "locked": bool(source_cell.locked),
        "schema_version": 3,
    }
    return {"nbgrader": entry | {"solution": is_solution, "task": False, "cell_type": source_cell.cell_type}}


def _number(nb) -> None:
    """Cell ids, which newer notebooks must have and older ones must not."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    for index, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{index}"


def _graded_once(cells: list, graded: dict) -> list:
    """Each graded cell as the course has it, once, at its place. What a student wrote into it becomes a cell
    of its own.
    """
    for name, trusted in graded.items():
        place = place_of_check(cells, name)
        before = [
            cell for cell in cells[:place] if grade_id(cell) != name or _has_own_code(cell, trusted["source"])
        ]
        for cell in before:
            if grade_id(cell) == name:
                cell.metadata = nbformat.from_dict({})
        cells = [*before, nbformat.from_dict(trusted), *cells[place:]]
    return cells


def _has_own_code(cell, test: str) -> bool:
    """More than comments and the lines of the course's test."""
    lines = {line.strip() for line in cell.source.splitlines() if not line.lstrip().startswith("#")}
    return cell.cell_type == "code" and not lines <= {"", *map(str.strip, test.splitlines())}


def _last_named(cells: list) -> list:
    """Of cells with the same name the last one keeps it."""
    seen = set()
    for cell in reversed(cells):
        if grade_id(cell) in seen:
            cell.metadata = nbformat.from_dict({})
        seen.add(grade_id(cell))
    return cells
