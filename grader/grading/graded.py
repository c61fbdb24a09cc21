"""Is what lies in submitted/ what was graded? Told by the code, since files that were copied or cloned have
other times.
"""

import json
from pathlib import Path

from mytorch.check.notebooks import grade_id

from .submissions import MAX_BYTES, read


def is_what_was_graded(submitted: Path, autograded: dict[str, Path]) -> bool:
    """Does the student's code in each notebook of ``autograded`` (paths by name) stand in ``submitted``, and
    no other?

    Of a folder without notebooks nothing can be told, nor of a graded notebook that cannot be read.
    """
    if not any(submitted.glob("*.ipynb")):
        return True
    return all(_is_same(submitted / path.name, path) for path in autograded.values())


def _is_same(submitted: Path, autograded: Path) -> bool:
    graded = _cells(autograded)
    if graded is None:  # among them those that grew too large by their outputs
        return True
    raw = _cells(submitted)
    return (raw is not None and _agree(raw, graded)) or _agree(_as_graded(submitted), graded)


def _cells(path: Path) -> list[dict] | None:
    """The cells as they stand in the file; None when it is no file, no notebook or one of an old format."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None  # a pipe would be waited for, a link may lead anywhere
        return [_cell(cell) for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _cell(cell: dict) -> dict:
    name = cell["metadata"].get("nbgrader") or {}
    own, id = not (name.get("grade") or name.get("locked")), name.get("grade_id")
    source = _joined(cell["source"])
    return {
        "name": id if isinstance(id, str) else None,
        "code": cell["cell_type"] == "code",
        "own": own,
        "source": source,
    }


def _as_graded(path: Path) -> list[dict]:
    """The cells as the grader reads them, from whatever is there. Slower."""
    notebook, _ = read(path)
    return [
        {
            "name": grade_id(cell),
            "code": cell.cell_type == "code",
            "own": True,
            "source": _joined(cell.source),
        }
        for cell in notebook.cells
    ]


def _joined(source: str | list[str]) -> str:
    return "".join(source).strip()


def _agree(submitted: list[dict], graded: list[dict]) -> bool:
    """Cells that are not the student's own are the course's after grading; a named cell may have changed its
    kind.
    """
    course = {cell["name"] for cell in graded if not cell["own"]}
    before, after = ({cell["source"] for cell in cells} for cells in (submitted, graded))
    brought = {cell["source"] for cell in submitted if cell["code"] and cell["name"] not in course}
    kept = {cell["source"] for cell in graded if cell["code"] and cell["own"]}
    return brought <= after | {""} and kept <= before | {""}
