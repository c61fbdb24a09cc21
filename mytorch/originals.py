"""The notebooks as they were handed out: bring one back whole, or the course's cells around what was written.

Notebooks are plain JSON here. Cells that nbgrader knows have a name (their ``grade_id``): an answer, where
the student writes, or a graded check. The course's other cells are known by their ids, or else by what they
say.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from uuid import uuid4

from .course import PACKAGE
from .export import definitions
from .files import write_atomically

FOLDER = PACKAGE / "originals"  # NAME.json: no .ipynb, which might be taken for a hand-in
ALIKE = 0.6  # an edited cell whose id was lost is more like its original than this


@dataclass(frozen=True)
class Change:
    """What had happened to a cell of the course. ``is_named``: nbgrader knows it, so grading needs it."""

    text: str
    is_named: bool


def has_original(name: str) -> bool:
    return (FOLDER / f"{name}.json").is_file()


def original_cells(name: str) -> list[dict]:
    """The cells of a notebook as it was handed out; none in a copy that has no originals."""
    return json.loads((FOLDER / f"{name}.json").read_bytes())["cells"] if has_original(name) else []


def saved_cells(path: Path) -> list[dict]:
    """The cells of a saved notebook, without outputs. Raises OSError or ValueError."""
    cells = _cells(json.loads(path.read_bytes()))
    return [{key: value for key, value in cell.items() if key != "outputs"} for cell in cells]


def source_of(cell: dict) -> str:
    """Some editors on Windows write its lines with their ends."""
    return "".join(cell["source"]).replace("\r\n", "\n")


def grade_id(cell: dict) -> str | None:
    """The name that nbgrader knows the cell by; anything may stand in a student's metadata."""
    nbgrader = cell["metadata"].get("nbgrader")
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else None


def damage(name: str, cells: list[dict]) -> list[str]:
    """What a repair would mend, as far as it matters to grading; half-sentences such as "the graded cell
    Layer was deleted".
    """
    return [change.text for change in _Repair(original_cells(name), cells).changes if change.is_named]


def reset(path: Path) -> Path | None:
    """Bring the original back. Returns where the student's is kept now, if there was one. Raises OSError."""
    content = (FOLDER / f"{path.stem}.json").read_bytes()
    kept = _kept(path)
    if kept is not None:
        path.rename(kept)
    write_atomically(path, content)
    return kept


def repair(path: Path) -> tuple[list[str], Path | None]:
    """Mend a notebook around what the student wrote. Returns what was mended, and where the notebook is kept
    as it was. Raises OSError, and ValueError for what is no notebook.
    """
    content = path.read_bytes()
    notebook = json.loads(content)
    mended = _Repair(original_cells(path.stem), _cells(notebook))
    if not mended.changes:
        return [], None
    notebook |= {"cells": mended.cells, "nbformat": 4, "nbformat_minor": 5}
    kept = _kept(path)
    write_atomically(kept, content)
    write_atomically(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return [change.text for change in mended.changes], kept


def _kept(path: Path) -> Path | None:
    """The name under which a notebook is kept beside the new one."""
    if not path.exists() and not path.is_symlink():
        return None
    return path.with_name(f"{path.stem}_yours_{datetime.now():%Y%m%d_%H%M%S}.ipynb")


def _cells(notebook) -> list[dict]:
    """Raises ValueError for what JupyterLab does not open as a notebook of today's format."""
    try:
        cells = notebook["cells"]
        if notebook["nbformat"] == 4 and all(
            cell["cell_type"] in ("code", "markdown", "raw")
            and isinstance(source_of(cell), str)
            and isinstance(cell["metadata"], dict)
            for cell in cells
        ):
            return cells
    except (KeyError, TypeError):
        pass
    raise ValueError("no notebook")


class _Repair:
    """``cells``: the student's, mended; ``changes``: what was done."""

    def __init__(self, original: list[dict], cells: list[dict]):
        self.original, self.cells = original, [deepcopy(cell) for cell in cells]
        self.changes: list[Change] = []
        self.found = self._matched()  # parallel to original: the student's cells, or None
        self._settle_doubled()
        for place, course in enumerate(original):
            self._mend(place, course)
        self._number()

    # which cell is which

    def _matched(self) -> list[dict | None]:
        found: list[dict | None] = [None] * len(self.original)
        for fits in (_same_name, _same_id, _same_text, _alike):
            for place, course in enumerate(self.original):
                if found[place] is None:
                    free = [cell for cell in self.cells if not _is_in(cell, found) and fits(course, cell)]
                    found[place] = _choice(course, free) if free else None
        return found

    def _settle_doubled(self) -> None:
        """Of cells with the same name one keeps it; what else was written in the others stays."""
        for course, mine in zip(self.original, self.found):
            name = grade_id(course)
            for cell in [cell for cell in self.cells if name is not None and grade_id(cell) == name]:
                if cell is mine:
                    continue
                if source_of(cell).strip() in ("", source_of(mine).strip(), source_of(course).strip()):
                    self._remove(cell)
                else:
                    self._give_to_student(cell)
                self._note(course, "stood there twice")

    # mending

    def _mend(self, place: int, course: dict) -> None:
        mine = self.found[place]
        if mine is None or not source_of(mine).strip() and source_of(course).strip():
            self._restore(place, course, mine)
        elif mine["cell_type"] != course["cell_type"]:
            if grade_id(course) is None and course["cell_type"] != "code" and not _same_source(course, mine):
                self._insert(place, course)  # they turned a text into code of their own
                self._note(course, "was deleted")
            else:
                self._note(course, f"had become a {mine['cell_type']} cell")
                _retype(mine, course["cell_type"])
        elif _is_locked(course) and not _same_source(course, mine):
            self._note(course, "was changed")
            self._give_to_student(mine)
            self._insert(place, course)
        if grade_id(course) is not None and self.found[place] is not None:
            self.found[place]["metadata"]["nbgrader"] = deepcopy(course["metadata"]["nbgrader"])

    def _restore(self, place: int, course: dict, mine: dict | None) -> None:
        """A cell that is gone or empty; an answer that was given elsewhere gets the name instead."""
        own = self._answer_elsewhere(course)
        if own is not None:
            if mine is not None:
                self._remove(mine)
            self.found[place] = own
            own["metadata"] = deepcopy(course["metadata"])
            self._note(course, "had lost its name")
        elif mine is None:
            self._insert(place, course)
            self._note(course, "was deleted")
        else:
            mine.clear()
            mine.update(deepcopy(course))
            self._note(course, "was emptied")

    def _answer_elsewhere(self, course: dict) -> dict | None:
        """The last cell of the student's own that defines the answer's class."""
        name = grade_id(course) or ""
        if not name.endswith("-code"):
            return None
        own = [cell for cell in self.cells if cell["cell_type"] == "code" and not _is_in(cell, self.found)]
        giving = [cell for cell in own if name.removesuffix("-code") in definitions([source_of(cell)])]
        return giving[-1] if giving else None

    def _insert(self, place: int, course: dict) -> None:
        """After the course's cell before it that is there."""
        before = [self._index(cell) for cell in self.found[:place] if cell is not None]
        self.found[place] = deepcopy(course)
        self.cells.insert(before[-1] + 1 if before else 0, self.found[place])

    def _index(self, cell: dict) -> int:
        return next(index for index, other in enumerate(self.cells) if other is cell)

    def _remove(self, cell: dict) -> None:
        del self.cells[self._index(cell)]

    def _give_to_student(self, cell: dict) -> None:
        """It is a cell of their own from now on."""
        cell["metadata"], cell["id"] = {}, uuid4().hex[:8]

    def _note(self, course: dict, what: str) -> None:
        self.changes.append(Change(f"{_label(course)} {what}", grade_id(course) is not None))

    def _number(self) -> None:
        """Ids: each cell has one, and no two the same."""
        taken = {course["id"] for course in self.original}
        for cell in self.cells:
            if not _is_in(cell, self.found):
                if cell.get("id") is None or cell["id"] in taken:
                    cell["id"] = uuid4().hex[:8]
                taken.add(cell["id"])
        for cell, course in zip(self.found, self.original):
            cell["id"] = course["id"]


def _is_in(cell: dict, cells: list) -> bool:
    return any(cell is other for other in cells)


def _choice(course: dict, cells: list[dict]) -> dict:
    """The one of several that counts: of answers the last, as in grading; of checks an intact one."""
    if _is_locked(course):
        return next((cell for cell in cells if _same_source(course, cell)), cells[-1])
    return ([cell for cell in cells if source_of(cell).strip()] or cells)[-1]


def _same_name(course: dict, cell: dict) -> bool:
    return grade_id(course) is not None and grade_id(course) == grade_id(cell)


def _same_id(course: dict, cell: dict) -> bool:
    return grade_id(course) is None and grade_id(cell) is None and course["id"] == cell.get("id")


def _same_text(course: dict, cell: dict) -> bool:
    return grade_id(course) is None and grade_id(cell) is None and _same_source(course, cell)


def _alike(course: dict, cell: dict) -> bool:
    if grade_id(course) is not None or grade_id(cell) is not None or course["cell_type"] != cell["cell_type"]:
        return False
    matcher = SequenceMatcher(None, source_of(course), source_of(cell))
    return matcher.real_quick_ratio() > ALIKE and matcher.quick_ratio() > ALIKE and matcher.ratio() > ALIKE


def _same_source(course: dict, cell: dict) -> bool:
    return source_of(course).strip() == source_of(cell).strip()


def _is_locked(course: dict) -> bool:
    """Is it the course's alone, and no student writes in it?"""
    return grade_id(course) is not None and not course["metadata"]["nbgrader"].get("solution")


def _retype(cell: dict, cell_type: str) -> None:
    kept = {key: value for key, value in cell.items() if key in ("id", "metadata", "source")}
    cell.clear()
    cell.update(kept, cell_type=cell_type)
    if cell_type == "code":
        cell.update(outputs=[], execution_count=None)


def _label(course: dict) -> str:
    """The cell in a few words."""
    name = grade_id(course)
    if name is not None:
        answer = name.removesuffix("-code")
        return f"the graded cell {name}" if _is_locked(course) else f"the cell for {answer}"
    lines = [line for line in source_of(course).splitlines() if line.strip(" #")]
    begins = f" that begins with {lines[0].lstrip('# ')[:40].strip()!r}" if lines else ""
    return f"the {'code cell' if course['cell_type'] == 'code' else 'text'}{begins}"
