"""Check the saved notebooks, as the grader will: run each in a kernel of its own that records, then judge
outside.
"""

import asyncio
import atexit
import os
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell

from ..course import COMPONENTS, ITEM_OF, ITEMS, Item
from ..originals import grade_id
from .contract import contract_of
from .judge import Verdict, verdict_on
from .notebooks import place_of_check, read_notebook
from .record import recorded_place
from .reference import expected
from .wording import Diagnosis

CELL_SECONDS = 30
AS_IN_GRADING = "__import__('mytorch.accepted').accepted.without_foreign_modules()"


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


def check_saved(folder: Path, components: list[str], hints: bool = False) -> Iterator[ItemResult]:
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
