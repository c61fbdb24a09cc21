"""Check the saved notebooks, as the grader will: run each in a kernel of its own that records, then judge outside."""

import os
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

from ..course import ITEM_OF, ITEMS, Item
from .judge import Verdict, judge

CELL_SECONDS = 30


@dataclass
class ItemResult:
    item: Item
    verdicts: dict[str, Verdict]  # by component

    @property
    def points(self) -> int:
        return self.item.points if all(verdict.passed for verdict in self.verdicts.values()) else 0


def check_saved(folder: Path, components: list[str]):
    """Yield an ItemResult for each item that the components belong to, notebook by notebook."""
    notebooks = dict.fromkeys(ITEM_OF[name].notebook for name in components)
    for notebook in notebooks:
        wanted = [name for name in components if ITEM_OF[name].notebook == notebook]
        verdicts = _verdicts(folder / f"{notebook}.ipynb", wanted)
        for item in ITEMS:
            mine = {name: verdicts[name] for name in item.components if name in verdicts}
            if mine:
                yield ItemResult(item, mine)


def read_notebook(path: Path):
    """The saved notebook. Raises ValueError with one sentence when there is none."""
    if not path.is_file():
        raise ValueError(f"{path.name} is not in this folder.")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises whatever a broken file leads it into
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(f"{path.name} could not be read as a notebook: {reason}") from None
    return notebook


def _verdicts(path: Path, components: list[str]) -> dict[str, Verdict]:
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        return dict.fromkeys(components, Verdict(False, "not run", str(error)))
    sources = {name: f"check({name})" for name in components}
    cells = {name: new_code_cell(source) for name, source in sources.items()}
    first = new_code_cell("from mytorch.check import check")
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"] + [first, *cells.values()]
    problem = _run(notebook, path.parent)
    return {name: judge(sources[name], cell.outputs, "" if cell.outputs else problem) for name, cell in cells.items()}


def _run(notebook, folder: Path) -> str:
    """Run all cells. Returns why it could not come to its end, or an empty string."""
    timed_out = {"ename": "CellTimeoutError", "evalue": "", "traceback": []}
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        allow_errors=True,
        interrupt_on_timeout=True,
        error_on_timeout=timed_out,
        raise_on_iopub_timeout=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env={**os.environ, "MYTORCH_CHECK": "record", "MPLBACKEND": "agg"})
    except DeadKernelError:
        return "Python stopped while it ran the notebook: the process died."
    except CellTimeoutError:
        return f"A cell ran for more than {CELL_SECONDS} seconds and could not be interrupted."
    return ""
