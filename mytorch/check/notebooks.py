"""Read a saved notebook, whatever it is: a cell in pieces costs itself, and not the notebook."""

import json
from codecs import BOM_UTF8
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id as random_cell_id
from nbformat.v4 import new_notebook

from ..accepted import too_large
from ..course import COMPONENTS, ITEM_OF
from ..originals import grade_id

MAX_CELLS = 2000  # the course's notebooks have below 40
LEVELS = range(1, 7)  # of headings, which were cells of their own once
MAX_DIGITS = 1000
MAX_ATTACHMENTS = 100  # pictures pasted into one cell
NO_NOTEBOOKS = {  # by how they begin: what else comes under a notebook's name
    b"%PDF": "it is a PDF",
    b"PK\x03\x04": "it is a zip archive, or a document such as Word's",
    b"\x1f\x8b": "it is a compressed file",
    b"<": "it is a web page",
    b"version https://git-lfs": "Git has put a pointer in its place, and 'git lfs pull' brings the file",
    b"[InternetShortcut]": "it is a link to the notebook",
}
CONFLICT = b"\n<<<<<<< "  # and by what else is in it


def read_notebook(path: Path):
    """The saved notebook's cells, less outputs and all metadata but nbgrader's.

    It need not be valid to the letter: what JupyterLab opens is read. Raises ValueError with one sentence,
    TooLarge for what is too large.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} is not in this folder.")
    if problem := too_large(path):
        raise TooLarge(problem)
    try:
        notebook = nbformat.convert(nbformat.reader.reads(_text(path)), 4)
        return new_notebook(cells=[_clean(cell) for cell in notebook.cells])
    except TooManyCells as error:
        raise ValueError(f"{path.name} has more than {error} cells and was not run.") from None
    except Exception as error:  # a broken file can lead json and nbformat into anything
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(f"{path.name} could not be read as a notebook: {reason.rstrip('.')}.") from None


class TooLarge(ValueError):
    """With one sentence."""


class TooManyCells(Exception):
    """With how many a notebook may have."""


def _text(path: Path) -> str:
    """The file's JSON, without what the cells put out, which nbformat would examine for minutes. Raises
    TooManyCells.

    A half of a surrogate pair, which no file can hold, becomes a question mark.
    """
    content = path.read_bytes()
    if not content.strip():
        raise ValueError("the file is empty")
    try:
        data = json.loads(content, parse_int=_number)
    except ValueError as error:
        raise ValueError(_what_it_is(content, error)) from None
    if not _is_a_dict(data) or data.keys().isdisjoint({"cells", "worksheets"}):
        raise ValueError("it holds no cells")
    cells = _raw_cells(data)
    _make_notebook_whole(data)
    if len(cells) > MAX_CELLS:
        raise TooManyCells(MAX_CELLS)
    for cell in cells:
        _make_whole(cell, "source" if _list_in(data, "cells") else "input")
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _what_it_is(content: bytes, error: ValueError) -> str:
    """Of a file that is no JSON, for people; the error's words where nothing tells."""
    begins = content.removeprefix(BOM_UTF8).lstrip()
    for start, words in NO_NOTEBOOKS.items():
        if begins.startswith(start):
            return words
    if CONFLICT in content:
        return "it holds the marks of a conflict (<<<<<<<) that Git has left to be settled"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8, as notebooks are"
    return str(error) if begins.startswith(b"{") else "it is text of another kind"


def _number(digits: str) -> int:
    """Python converts no more than some thousand digits, and no notebook needs them."""
    return int(digits) if len(digits) <= MAX_DIGITS else 0


def _make_notebook_whole(data: dict) -> None:
    """What stands around the cells, in version 4 and, with worksheets, in those before it."""
    for part in (data, *_list_in(data, "worksheets")):
        if not _is_a_dict(part.get("metadata")):
            part["metadata"] = {}
    if _list_in(data, "cells"):
        version = data.get("nbformat")
        is_another = isinstance(version, int) and (version == 1 or version > 4)  # of which nothing is known
        data["nbformat"] = version if is_another else 4


def _make_whole(cell: dict, code: str) -> None:
    """One cell that some program left in pieces costs itself, and not the notebook. ``code``: where the
    notebook's version keeps it.
    """
    cell.setdefault("cell_type", "raw")
    if not _is_a_dict(cell.get("metadata")):
        cell["metadata"] = {}
    if "outputs" in cell or cell["cell_type"] == "code":
        cell["outputs"] = []
    text = code if cell["cell_type"] == "code" else "source"
    if not isinstance(cell.get(text), str | list):
        cell[text] = ""
    if isinstance(cell[text], list):
        cell[text] = [line for line in cell[text] if isinstance(line, str)]
    if "level" in cell and not (isinstance(cell["level"], int) and cell["level"] in LEVELS):
        cell["level"] = 1
    if "attachments" in cell:
        cell["attachments"] = _sound_attachments(cell["attachments"])


def _sound_attachments(pasted) -> dict:
    """By name a text, or a list of lines, for each MIME type."""
    sound = {
        name: kinds
        for name, kinds in (pasted.items() if _is_a_dict(pasted) else ())
        if _is_a_dict(kinds) and all(map(_is_text, kinds.values()))
    }
    return sound if len(sound) <= MAX_ATTACHMENTS else {}


def _is_text(value) -> bool:
    return isinstance(value, str) or isinstance(value, list) and all(isinstance(one, str) for one in value)


def _raw_cells(data) -> list:
    """Of any version of the format, and of whatever else the file may hold."""
    parts = [_list_in(part, "cells") for part in (data, *_list_in(data, "worksheets"))]
    for dicts in (_list_in(data, "worksheets"), *parts):
        dicts[:] = filter(_is_a_dict, dicts)
    return [cell for cells in parts for cell in cells]


def _is_a_dict(value) -> bool:
    return isinstance(value, dict)


def _list_in(data, key: str) -> list:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, list) else []


def _clean(cell):
    """As nbformat's functions make it; they would look at each cell by itself, which takes ten times as long
    as the whole notebook.
    """
    kind = cell.cell_type if cell.cell_type in ("code", "markdown", "raw") else "raw"  # nobody knows this one
    own = {"execution_count": None, "outputs": []} if kind == "code" else {}
    pasted = {"attachments": cell.attachments} if "attachments" in cell and kind != "code" else {}
    metadata = {key: value for key, value in cell.metadata.items() if key == "nbgrader"}
    about = {"id": random_cell_id(), "cell_type": kind, "source": cell.source}
    return NotebookNode(about | own | pasted, metadata=NotebookNode(metadata))


def place_of_check(cells: list, item: str) -> int:
    """Where among the cells the item of this name is checked: at its graded cell, never before the solutions
    it grades.

    At the end if there is no graded cell.
    """
    names = [grade_id(cell) for cell in cells]
    if item not in names:
        return len(cells)
    own = {item, *(f"{component}-code" for component in COMPONENTS if ITEM_OF[component].name == item)}
    return 1 + max(index for index, name in enumerate(names) if name in own)
