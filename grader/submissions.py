"""Read what was handed in, whatever it is: a bad notebook costs its own items and nothing else.

nbgrader drops a student's whole assignment when one notebook cannot be read, and aborts on odd metadata. Here such a
notebook becomes an empty one that carries the reason, and the cells are put into the order that nbgrader expects.
"""

import json
from difflib import get_close_matches
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells

from mytorch.course import NOTEBOOKS

from .execute import PROBLEM

MAX_BYTES = 20_000_000  # an honest notebook is far below 1 MB, with plots below 5


class SubmissionExporter(NotebookExporter):
    """nbconvert's notebook exporter, which never fails to read."""

    def from_filename(self, filename, resources=None, **kw):
        notebook = read(Path(filename))
        resources = resources if resources is not None else {}
        resources.setdefault("metadata", {})
        resources["metadata"] |= {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        return self.from_notebook_node(notebook, resources=resources, **kw)


def read(path: Path):
    """The notebook, or one without cells whose metadata tell the reason."""
    try:
        return _read(path)
    except Unreadable as error:
        return _with_reason(str(error))


class Unreadable(Exception):
    """One sentence for the student."""


def _read(path: Path):
    name = path.name
    if not path.is_file():
        others = [other.name for other in path.parent.glob("*.ipynb") if other.stem not in NOTEBOOKS]
        renamed = get_close_matches(name, others, n=1)
        instead = f" Was it renamed to {renamed[0]}?" if renamed else ""
        raise Unreadable(f"{name} is missing from the hand-in.{instead}")
    if path.is_symlink():
        raise Unreadable(f"{name} is a link to another file, not a notebook.")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"{name} is larger than {MAX_BYTES // 1_000_000} MB and was not opened.")
    try:
        data = json.loads(path.read_bytes())
        notebook = nbformat.reads(json.dumps(data), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises whatever a broken file leads it into
        raise Unreadable(f"{name} could not be read as a notebook: {_short(error)}") from None
    return notebook


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _with_reason(reason: str):
    notebook = new_notebook(cells=[new_markdown_cell(f"**{reason}**")])
    notebook.metadata[PROBLEM] = reason
    return notebook


def add_missing_notebooks(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde's pre_convert_hook: let nbgrader convert notebooks that are not there, so that feedback says so.

    nbgrader hands over its own list of this submission's paths and goes on with what it finds in it afterwards.
    """
    folder = Path(notebooks[0]).parent
    for name in NOTEBOOKS:
        path = folder / f"{name}.ipynb"
        if not path.exists():
            notebooks.append(str(path))


class RepairCells(NbGraderPreprocessor):
    """Bring a submission's nbgrader cells into a state that nbgrader can grade. Goes before OverwriteCells.

    A graded cell appears exactly once, after the student's code; other cells lose metadata that is not the course's own.
    """

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            source = gradebook.find_notebook(where["notebook"], where["assignment"])
            solutions = {cell.name for cell in source.solution_cells}
            trusted = {cell.name: _metadata(cell, cell.name in solutions) for cell in source.source_cells}
            graded = {cell.name: self._graded_cell(gradebook, cell, where) for cell in source.grade_cells}
        for cell in nb.cells:
            cell.metadata = nbformat.from_dict(trusted.get(_grade_id(cell), {}))
        nb.cells = _graded_once(nb.cells, graded)
        _number(nb)
        nb.metadata = nbformat.from_dict({key: nb.metadata[key] for key in (PROBLEM,) if key in nb.metadata})
        return nb, resources

    def _graded_cell(self, gradebook, cell, where):
        source = gradebook.find_source_cell(cell.name, where["notebook"], where["assignment"])
        return OverwriteCells(parent=self).missing_cell_transform(source, cell.max_score) | {"source": source.source}


def _grade_id(cell) -> str | None:
    nbgrader = cell.metadata.get("nbgrader")
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else None


def _metadata(source_cell, is_solution: bool) -> dict:
    """nbgrader's entry as the course has it, for a cell that is not graded; nothing else survives."""
    entry = {"grade": False, "grade_id": source_cell.name, "locked": bool(source_cell.locked), "schema_version": 3}
    return {"nbgrader": entry | {"solution": is_solution, "task": False, "cell_type": source_cell.cell_type}}


def _number(nb) -> None:
    """Cell ids, which newer notebooks must have and older ones must not."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    for index, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{index}"


def _graded_once(cells: list, graded: dict) -> list:
    """The last copy of each graded cell stays where it stands; a missing one comes at the end; solutions keep one id."""
    seen, kept = set(), []
    for cell in reversed(cells):
        name = _grade_id(cell)
        if name in seen:
            if name in graded:
                continue
            cell.metadata = nbformat.from_dict({})
        elif name:
            seen.add(name)
        kept.append(nbformat.from_dict(graded[name]) if name in graded else cell)
    return kept[::-1] + [nbformat.from_dict(cell) for name, cell in graded.items() if name not in seen]
