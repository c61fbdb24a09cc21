"""The kinds of nbgrader's cells, in the course's own notebooks and in other assignments of the instructor's.

A kind is what the gradebook says of a cell, in nbgrader's words:

    read-only     locked
    answer        solution: what the tests below it grade
    test          grade: run, and graded by what comes of it
    check         a test that checks the course's classes: graded outside the sandbox, see verdicts.py
    by hand       grade and solution: an answer in words or in code that somebody reads
    task          something to be done in other cells, that somebody reads

What a submission says of its cells counts for nothing.
"""

import ast
import json
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader import utils
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import ClearSolutions
from sqlalchemy.engine import Engine

from mytorch.check.judge import calls_check
from mytorch.course import ASSIGNMENTS

FORM = "form"  # the tag
NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


def is_test(cell) -> bool:
    """Is it graded by what comes of it?"""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def is_by_hand(cell) -> bool:
    """Does somebody read it, or what was done for it, to grade it?"""
    return utils.is_task(cell) or (utils.is_grade(cell) and utils.is_solution(cell))


def is_check(cell) -> bool:
    """Is it graded outside the sandbox? For cells that have the course's source."""
    return cell.cell_type == "code" and is_test(cell) and calls_check(cell.source)


def syntax_error(source: str) -> str:
    """What keeps a Python cell from being run at all; empty when nothing does."""
    from IPython.core.inputtransformer2 import TransformerManager  # others need not wait for it

    try:
        with warnings.catch_warnings(action="ignore"):
            plain = TransformerManager().transform_cell(source)  # without IPython's magics
            compile(plain, "<test>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    return ""


@dataclass(frozen=True)
class Given:
    """A notebook as the gradebook has it: the cells that nbgrader knows, by name, in its order, and the
    kernel. Shared by all who ask: only to be read.
    """

    cells: dict[str, NotebookNode]
    kernelspec: dict


_given: WeakKeyDictionary[Engine, dict[tuple[str, str], Given]] = WeakKeyDictionary()


def as_given(gradebook: Gradebook, notebook: str, assignment: str) -> Given:
    """Read once while the gradebook is open: a run has it open from its beginning to its end. Raises
    MissingEntry.
    """
    known = _given.setdefault(gradebook.engine, {})
    if (notebook, assignment) not in known:
        found = gradebook.find_notebook(notebook, assignment)
        kernelspec = json.loads(found.kernelspec) if found.kernelspec else {}
        known[notebook, assignment] = Given(_cells_of(found), kernelspec)
    return known[notebook, assignment]


def language(kernelspec: dict) -> str:
    return kernelspec.get("language", "python")


def unrunnable_tests(given: Given) -> dict[str, str]:
    """By name, what keeps a test in Python from being run at all."""
    is_python = language(given.kernelspec) == "python"
    tests = {name: cell for name, cell in given.cells.items() if cell.cell_type == "code" and is_test(cell)}
    problems = {name: syntax_error(cell.source) for name, cell in tests.items() if is_python}
    return {name: problem for name, problem in problems.items() if problem}


def in_order(names: Iterable[str], given: Given) -> list[str]:
    """As the cells stand in the notebook."""
    place = {name: number for number, name in enumerate(given.cells)}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name))


def labels(cells: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What each (notebook, cell) is called: the cell's name, after its notebook's where several have a cell
    of that name.
    """
    cells = list(cells)
    count = Counter(name for _, name in cells)
    return {(book, name): name if count[name] == 1 else f"{book}: {name}" for book, name in cells}


def _cells_of(notebook: Notebook) -> dict[str, NotebookNode]:
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    grades = {cell.name: cell.max_score for cell in notebook.grade_cells}
    found = {}
    for cell in notebook.source_cells:
        name = cell.name
        entry = {"grade_id": name, "locked": bool(cell.locked), "schema_version": 3}
        entry |= {"grade": name in grades, "solution": name in solutions, "task": name in tasks}
        entry |= {"cell_type": cell.cell_type, "checksum": cell.checksum}
        points = (grades | tasks).get(name)
        entry |= {} if points is None else {"points": points}
        found[name] = NEW[cell.cell_type](cell.source, metadata={"nbgrader": entry})
    return found


class WithoutSolutions(ClearSolutions):
    """nbgrader's step, which leaves ``code_stub`` where a solution stood; but nothing in the course's own
    notebooks, where lines with TODO, outside the markers, say what is to be written.

    A cell with the tag "form", such as a table to be filled in, is given out as it stands.
    """

    def preprocess(self, nb, resources):
        if resources["nbgrader"]["assignment"] in ASSIGNMENTS:
            self.code_stub = self.code_stub | {"python": ""}
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell, resources, cell_index):
        if FORM in cell.metadata.get("tags", []):
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)
