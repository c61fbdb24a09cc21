"""Read what was handed in, whatever it is: a bad notebook costs its own items and nothing else.

nbgrader drops a student's whole assignment when one notebook cannot be read, and aborts on odd metadata. Here
such a notebook becomes an empty one that carries the reason, and the cells are put into the order that
nbgrader expects.
"""

import os
import warnings
from collections.abc import Collection
from copy import deepcopy
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter, ResourcesDict
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_markdown_cell, new_notebook, writes
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells

from mytorch.accepted import too_large
from mytorch.check.notebooks import place_of_check, read_notebook
from mytorch.originals import grade_id, saved_cells

from .cells import NEW, as_given, is_by_hand, is_check, is_test
from .execute import PROBLEM
from .handed_in import notebooks_given_out, shown_name


class SubmissionExporter(NotebookExporter):
    """nbconvert's notebook exporter, which never fails to read a submission. Nobody else has the notebook: it
    copies it for no step, and validates it once.
    """

    def __init__(self, **kwargs):
        self.steps: list[Preprocessor] = []
        super().__init__(**kwargs)

    def register_preprocessor(self, preprocessor, enabled=False):
        if not isinstance(preprocessor, str | type):  # of these nbconvert makes one, and registers that
            self.steps.append(preprocessor)
        return super().register_preprocessor(preprocessor, enabled)

    def from_filename(self, filename, resources=None, **kw):
        path, assignment = Path(filename), resources["nbgrader"]["assignment"]
        known = [] if os.path.lexists(path) else notebooks_given_out(self.parent.coursedir, assignment)
        notebook, problem = read(path, known)
        about = {"name": path.stem, "path": str(path.parent)}
        resources = ResourcesDict(None, {**resources, PROBLEM: problem, "metadata": about})
        resources["output_extension"] = self.file_extension
        for step in self.steps:
            notebook, resources = step(notebook, resources)
        nbformat.validate(notebook, relax_add_props=True)
        return f"{writes(notebook)}\n", resources


def read(path: Path, given_out: Collection[str] = ()):
    """The notebook and an empty string, or one without code and the reason. ``given_out``: the assignment's
    notebooks; none of them is this one under another name.
    """
    try:
        _require_readable(path, given_out)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat's, one for each odd cell
            return read_notebook(path), ""
    except OSError as error:
        problem = f"{path.name} could not be opened: {error.strerror}."
    except ValueError as error:
        problem = str(error)
    return new_notebook(cells=[new_markdown_cell(f"**{problem}**")]), problem


def plain_cells(path: Path) -> list[dict] | None:
    """The cells of a notebook in which nothing is odd, without outputs; of any other None. Told fast."""
    try:
        # a pipe would be waited for, a link may lead anywhere
        is_plain = path.is_file() and not path.is_symlink() and not too_large(path)
        return saved_cells(path) if is_plain else None
    except (OSError, ValueError, RecursionError):
        return None


def _require_readable(path: Path, given_out: Collection[str]) -> None:
    name = path.name
    if path.is_symlink():
        raise ValueError(f"{name} is a link to another file, not a notebook.")
    if not path.exists():
        others = [other.name for other in path.parent.glob("*.ipynb") if other.stem not in given_out]
        renamed = get_close_matches(name, others, n=1)
        instead = f" Was it renamed to {shown_name(renamed[0])}?" if renamed else ""
        raise ValueError(f"{name} is missing from the hand-in.{instead}")
    if not path.is_file():
        raise ValueError(f"{name} is missing from the hand-in: what has its name is not a file.")


class RepairCells(NbGraderPreprocessor):
    """Bring a submission's nbgrader cells into a state that nbgrader can grade, in place of its own steps for
    that: nothing that a submission says of its cells is left for them to look at.

    Each cell has the kind that the gradebook says. What the course wrote is as the course has it, and what
    the student wrote as it was handed in; where a name stands several times, the last one counts. A cell to
    be graded that is gone is added, and a test comes once, after what it tests.
    """

    @cached_property
    def notice(self) -> str:
        """nbgrader's, of a cell that is added."""
        return OverwriteCells(parent=self).missing_cell_notification

    def preprocess(self, nb, resources):
        where, problem = resources["nbgrader"], resources.get(PROBLEM)
        with Gradebook(where["db_url"]) as gradebook:
            course = as_given(gradebook, where["notebook"], where["assignment"])
        cells = [_of_its_kind(cell, course.cells.get(grade_id(cell))) for cell in nb.cells]
        cells = _with_missing(cells, course.cells, "" if problem else self.notice)
        nb.cells = _last_named(_tested_once(cells, course.cells))
        _number(nb)
        kernel = {"kernelspec": course.kernelspec} if course.kernelspec else {}
        nb.metadata = nbformat.from_dict(kernel | ({PROBLEM: problem} if problem else {}))
        return nb, resources


def _of_its_kind(cell, course):
    """The cell with the metadata and the type of the course's of its name, without any if there is none.

    A test keeps its text for now, which may hold what the student wrote.
    """
    if course is None:
        cell.metadata = nbformat.from_dict({})
        return cell
    if course.cell_type != cell.cell_type and not is_test(course):
        cell = NEW[course.cell_type](cell.source)
    cell.metadata = deepcopy(course.metadata)
    if utils.is_locked(course) and not is_test(course):
        cell.source = course.source
    return cell


def _with_missing(cells: list, course: dict, notice: str) -> list:
    """Answers to be read, tasks and tests that are gone, each after what comes before it in the course, or at
    the end; the checks have a place of their own.

    With nbgrader's ``notice`` an answer is no longer the one that was given out, so that somebody looks at
    it. Without one it counts as not answered.
    """
    cells, before = list(cells), []
    for name, trusted in course.items():
        names = [grade_id(cell) for cell in cells]
        if name not in names and (is_by_hand(trusted) or (is_test(trusted) and not is_check(trusted))):
            added = deepcopy(trusted)
            if notice and is_by_hand(trusted):
                comment = "# " if trusted.cell_type == "code" else ""
                added.source = comment + notice.format(cell_id=name) + trusted.source
            places = [len(names) - names[::-1].index(other) for other in before if other in names]
            cells.insert(places[-1] if places else len(cells), added)
        before.append(name)
    return cells


def _tested_once(cells: list, course: dict) -> list:
    """Each test as the course has it, once, at its place. What a student wrote into it becomes a cell of its
    own.
    """
    for name, trusted in course.items():
        if not is_test(trusted):
            continue
        place = place_of_check(cells, name)
        before = [cell for cell in cells[:place] if grade_id(cell) != name or _has_own_code(cell, trusted)]
        for cell in before:
            if grade_id(cell) == name:
                cell.metadata = nbformat.from_dict({})
        cells = [*before, deepcopy(trusted), *cells[place:]]
    return cells


def _has_own_code(cell, test) -> bool:
    """More than comments and the lines of the course's test."""
    lines = {line.strip() for line in cell.source.splitlines() if not line.lstrip().startswith("#")}
    return cell.cell_type == "code" and not lines <= {"", *map(str.strip, test.source.splitlines())}


def _last_named(cells: list) -> list:
    """Of cells with the same name the last one keeps it."""
    seen = set()
    for cell in reversed(cells):
        if grade_id(cell) in seen:
            cell.metadata = nbformat.from_dict({})
        seen.add(grade_id(cell))
    return cells


def _number(nb) -> None:
    """Cell ids, which newer notebooks must have and older ones must not."""
    nb.nbformat, nb.nbformat_minor = 4, 5
    for index, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{index}"
