"""What nbgrader would stumble over in the cells of source/, or take for something else, before anybody runs
it.
"""

import logging
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.nbgraderformat.common import SchemaMismatchError
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from traitlets.config import Config

from grader.grading.cells import is_test, syntax_error

REGIONS = {ClearSolutions: "solution", ClearHiddenTests: "test", ClearMarkScheme: "mark_scheme"}
SILENT = logging.Logger("of nbgrader's steps, which raise what they log", level=logging.CRITICAL + 1)


def faults(notebook: Path, config: Config) -> Iterator[str]:
    """A sentence for each, with the number of the cell as one counts them on the page."""
    name = f"{notebook.parent.name}/{notebook.stem}"
    try:
        read = nbformat.read(notebook, as_version=4)
        cells, language = read.cells, read.metadata.get("kernelspec", {}).get("language", "python")
    except (OSError, ValueError, KeyError, AttributeError) as error:
        yield f"{name} is no notebook: {_line(error)}"
        return
    steps = [step(config=config, log=SILENT) for step in REGIONS]
    seen: dict[str, int] = {}
    for number, cell in enumerate(cells, 1):
        about = cell.metadata.get("nbgrader")
        grade_id = about.get("grade_id") if isinstance(about, dict) else None
        where = f"{name}, cell {number}" + (f" ({grade_id})" if grade_id else "")
        metadata = list(_in_metadata(cell))
        yield from (f"{where}: {fault}" for fault in metadata)
        if grade_id and seen.setdefault(str(grade_id), number) != number:
            yield f"{where}: cell {seen[str(grade_id)]} has the same grade_id."
        if not metadata:
            found = [*_in_regions(cell, steps, language), *_in_code(cell, language)]
            yield from (f"{where}: {fault}" for fault in found)


def _in_metadata(cell) -> Iterator[str]:
    try:
        MetadataValidator().validate_cell(cell)
        if utils.is_task(cell) and "points" not in cell.metadata.nbgrader:
            yield "a task needs points."
    except ValidationError as error:
        yield f"{'.'.join(map(str, error.path))} {_line(error)}".strip()
    except SchemaMismatchError as error:
        yield f"{_line(error)}; 'nbgrader update' brings the notebook up to date."
    except (AttributeError, TypeError, KeyError):
        yield "what it has under nbgrader in its metadata cannot be read."


def _in_regions(cell, steps: list, language: str) -> Iterator[str]:
    for step, region in zip(steps, REGIONS.values(), strict=True):
        begin, end = (getattr(step, f"{edge}_{region}_delimeter") for edge in ("begin", "end"))
        if not all(begin in ended for ended in cell.source.split(end)[:-1]):
            yield f"{end} stands there without {begin}: what should go stays in the release."
        known = language if language in getattr(step, "code_stub", [language]) else "python"
        try:
            step.preprocess_cell(deepcopy(cell), {"language": known}, 0)
        except RuntimeError as error:
            yield f"{_line(error)}."


def _in_code(cell, language: str) -> Iterator[str]:
    if cell.cell_type == "code" and is_test(cell) and language == "python":
        if problem := syntax_error(cell.source):
            yield f"its code cannot run: {problem}."


def _line(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error)  # jsonschema's message is short
    return next(iter(text.strip().splitlines()), type(error).__name__).rstrip(".")
