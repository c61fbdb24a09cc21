"""Cells run in an IPython shell, in a fresh process that has PyTorch loaded already: a kernel in a tenth of the time.

Imports nothing of the course, so that a sitting sees the mytorch of its own folder.
"""

import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["torch", "torch.optim", "IPython", "matplotlib", "ipywidgets", __name__])


@dataclass
class Result:
    """What a reader sees below a cell."""

    source: str
    text: str
    stderr: str
    error: str
    traceback: str


def sit(folder: Path, cells: list[str]) -> list[Result]:
    """Run cells one after the other in a process of their own, in the folder. Raises RuntimeError when it dies."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_run, args=(folder, cells, sender))
    process.start()
    sender.close()
    try:
        return [Result(*fields) for fields in receiver.recv()]
    except EOFError:
        raise RuntimeError("The process died.") from None
    finally:
        process.join()


def _run(folder: Path, cells: list[str], sender) -> None:
    os.chdir(folder)
    os.environ["MPLBACKEND"] = "agg"
    os.environ.pop("MYTORCH_CHECK", None)
    sys.path.insert(0, str(folder))
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False  # of the file, not of the memory
    sender.send([_run_cell(shell, cell) for cell in cells])


def _run_cell(shell, cell: str) -> tuple[str, ...]:
    from IPython.utils.capture import capture_output

    traceback: list[str] = []
    shell._showtraceback = lambda kind, value, lines: traceback.extend(lines)
    with capture_output() as shown:
        result = shell.run_cell(cell, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    displayed = [output.data.get("text/plain", "") for output in shown.outputs]
    said = f"{type(error).__name__}: {error}" if error is not None else ""
    return cell, "\n".join([shown.stdout, *displayed]), shown.stderr, said, "\n".join(map(str, traceback))
