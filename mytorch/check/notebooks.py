"""Check the saved notebooks, as the grader will: run each in a kernel of its own that records, then judge
outside.
"""

import asyncio
import atexit
import json
import os
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.corpus.words import generate_corpus_id as random_cell_id
from nbformat.v4 import new_code_cell, new_notebook

from ..accepted import too_large
from ..course import COMPONENTS, ITEM_OF, ITEMS, Item
from ..originals import grade_id
from .contract import contract_of
from .judge import Verdict, verdict_on
from .record import recorded_place
from .reference import expected
from .wording import Diagnosis

CELL_SECONDS = 30
MAX_CELLS = 2000  # the course's notebooks have below 40
AS_IN_GRADING = "__import__('mytorch.accepted').accepted.without_foreign_modules()"
LEVELS = range(1, 7)  # of headings, which were cells of their own once
MAX_DIGITS = 1000
MAX_ATTACHMENTS = 100  # pictures pasted into one cell


@dataclass
class ItemResult:
    item: Item
    verdicts: dict[str, Verdict]  # by component
    places: dict[str, str]  # by component: the line that was searched for, in words

    @property
    def left(self) -> list[str]:
        """The item's components that were not asked for: without them it earns nothing."""
        return [name for name in self.item.components if name not in self.verdicts]

    @property
    def points(self) -> int:
        return self.item.points if all(verdict.passed for verdict in self.verdicts.values()) else 0


def check_saved(folder: Path, components: list[str], hints: bool = False):
    """Yield an ItemResult for each item that the components belong to, notebook by notebook.

    ``hints``: search for the mistaken lines, too.
    """
    notebooks = dict.fromkeys(ITEM_OF[name].notebook for name in components)
    for notebook in notebooks:
        wanted = [name for name in components if ITEM_OF[name].notebook == notebook]
        verdicts, places = _verdicts(folder / f"{notebook}.ipynb", wanted, hints)
        for item in ITEMS:
            mine = {name: verdicts[name] for name in item.components if name in verdicts}
            if mine:
                yield ItemResult(item, mine, {name: places[name] for name in mine if name in places})


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
    data = json.loads(content, parse_int=_number)
    cells = _raw_cells(data)
    _make_notebook_whole(data)
    if len(cells) > MAX_CELLS:
        raise TooManyCells(MAX_CELLS)
    for cell in cells:
        _make_whole(cell, "source" if _list_in(data, "cells") else "input")
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _number(digits: str) -> int:
    """Python converts no more than some thousand digits, and no notebook needs them."""
    return int(digits) if len(digits) <= MAX_DIGITS else 0


def _make_notebook_whole(data) -> None:
    """What stands around the cells, in version 4 and, with worksheets, in those before it."""
    for part in (data, *_list_in(data, "worksheets")) if _is_a_dict(data) else ():
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


def _verdicts(path: Path, components: list[str], hints: bool) -> tuple[dict[str, Verdict], dict[str, str]]:
    """And the places, of those that have one."""
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        return dict.fromkeys(components, Verdict(False, Diagnosis("not run", str(error)))), {}
    _of_their_kind(notebook.cells)
    checks = {name: new_code_cell(f"check({name})") for name in components}
    for name, cell in checks.items():
        notebook.cells.insert(place_of_check(notebook.cells, ITEM_OF[name].name), cell)
    while notebook.cells[-1] not in checks.values():  # what comes after the checks changes nothing in them
        notebook.cells.pop()
    notebook.cells.insert(0, new_code_cell(AS_IN_GRADING))
    problem = _run(notebook, path.parent, hints)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    verdicts = {}
    for name, cell in checks.items():
        standard = [expected(name, 0, case) for case in contract_of(name).cases]
        verdicts[name] = verdict_on(standard, cell.outputs, "" if cell.outputs else problem, code)
    return verdicts, {
        name: place.text for name, cell in checks.items() if (place := recorded_place(cell.outputs))
    }


def _of_their_kind(cells: list) -> None:
    """Code that was made a text or raw cell is code again, as it will be in grading."""
    answers = {f"{component}-code" for component in COMPONENTS}
    for index, cell in enumerate(cells):
        if grade_id(cell) in answers and cell.cell_type != "code":
            cells[index] = new_code_cell(cell.source, metadata=cell.metadata)


def _run(notebook, folder: Path, hints: bool) -> str:
    """Run all cells. Returns why it could not come to its end, or an empty string."""
    timed_out = {"ename": "CellTimeoutError", "evalue": "", "traceback": []}
    client = Client(
        notebook,
        timeout=CELL_SECONDS,
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout=timed_out,
        raise_on_iopub_timeout=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        asyncio.run(_execute(client, hints))
    except NoSuchKernel:
        return "Jupyter has no kernel for Python here: pip install ipykernel brings it."
    except DeadKernelError:
        return "Python stopped while it ran the notebook: the process died."
    except CellTimeoutError:
        return f"A cell ran for more than {CELL_SECONDS} seconds and could not be interrupted."
    return ""


class Client(NotebookClient):
    """nbclient's, without its handler of Ctrl-C, which would take that for the end of this notebook only."""

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs):
        self.km = self.create_kernel_manager()
        atexit.register(self._cleanup_kernel)  # for an end while it starts
        await self.async_start_new_kernel(**kwargs)
        await self.async_start_new_kernel_client()
        try:
            yield
        finally:
            await self._async_cleanup_kernel()
            atexit.unregister(self._cleanup_kernel)


async def _execute(client: NotebookClient, hints: bool) -> None:
    """Run the notebook. Raises CancelledError after Ctrl-C, which ends the whole run."""
    environment = {**os.environ, "MYTORCH_CHECK": "record", "MPLBACKEND": "agg"}
    environment |= {"MYTORCH_HINTS": "yes"} if hints else {}
    try:
        # Jupyter's messages say nothing to a student
        await client.async_execute(env=environment, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        if asyncio.current_task().cancelling():  # by Ctrl-C
            raise asyncio.CancelledError from None
        raise
