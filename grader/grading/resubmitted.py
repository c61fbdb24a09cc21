"""Is what lies in submitted/ what was graded? Told by the code, since files that were copied or cloned have
other times.
"""

from pathlib import Path

from mytorch.originals import grade_id, source_of

from .submissions import plain_cells, read


def is_what_was_graded(submitted: Path, autograded: dict[str, Path]) -> bool:
    """Does what the student wrote in each notebook of ``autograded`` (paths by name) stand in ``submitted``,
    and no other?

    Of a folder without notebooks nothing can be told, nor of a graded notebook that cannot be read.
    """
    if not any(submitted.glob("*.ipynb")):
        return True
    return all(_is_same(submitted / path.name, path, list(autograded)) for path in autograded.values())


def _is_same(submitted: Path, autograded: Path, given_out: list[str]) -> bool:
    graded = _cells(autograded)
    if graded is None:  # among them those that grew too large by their outputs
        return True
    raw = _cells(submitted)
    return (raw is not None and _agree(raw, graded)) or _agree(_as_graded(submitted, given_out), graded)


def _cells(path: Path) -> list[dict] | None:
    """The cells as they stand in the file; None when it is no file, no notebook or one of an old format."""
    cells = plain_cells(path)
    return None if cells is None else [_cell(cell) for cell in cells]


def _cell(cell: dict) -> dict:
    kind = cell["metadata"].get("nbgrader")
    kind = kind if isinstance(kind, dict) else {}
    return {
        "name": grade_id(cell),
        "code": cell["cell_type"] == "code",
        "own": kind.get("solution") or not (kind.get("grade") or kind.get("locked")),
        "by hand": kind.get("task") or (kind.get("grade") and kind.get("solution")),
        "source": source_of(cell).strip(),
    }


def _as_graded(path: Path, given_out: list[str]) -> list[dict]:
    """The cells as the grader reads them, from whatever is there. Slower."""
    notebook, _ = read(path, given_out)
    return [
        {
            "name": grade_id(cell),
            "code": cell.cell_type == "code",
            "own": True,
            "by hand": False,
            "source": cell.source.strip(),
        }
        for cell in notebook.cells
    ]


def _agree(submitted: list[dict], graded: list[dict]) -> bool:
    """Cells that are not the student's own are the course's after grading, which also adds some that were
    gone; a named cell may have changed its kind. What stands in words counts where somebody reads it.
    """
    course = {cell["name"] for cell in graded if not cell["own"]}
    names = {cell["name"] for cell in submitted} | {None}
    is_read = any(cell["by hand"] for cell in graded)
    before, after = ({cell["source"] for cell in cells} for cells in (submitted, graded))
    counted = [cell for cell in submitted if cell["name"] not in course and (cell["code"] or is_read)]
    kept = [cell for cell in graded if cell["own"] and cell["name"] in names and (cell["code"] or is_read)]
    return {cell["source"] for cell in counted} <= after | {""} and {
        cell["source"] for cell in kept
    } <= before | {""}
