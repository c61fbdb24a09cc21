"""Run a submission's notebook in a kernel that records and does not judge.

``kernel_command`` and ``kernel_environment`` are the one place where a kernel for strangers' code is put together.
"""

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from mytorch.course import modules

from .release import copy_library, placeholder

PROBLEM = "mytorch_problem"  # key in nbconvert's resources: why the notebook could not be run to its end
STOPPED = "Stopped"  # ename in the cell in which it broke off


def kernel_command(connection_file: str) -> list[str]:
    """-P and ignore_cwd: files that came with a hand-in must not shadow modules."""
    return [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", connection_file, "--IPKernelApp.ignore_cwd=True"]


def kernel_environment(notebook: str) -> dict[str, str]:
    environment = {**os.environ, "MYTORCH_CHECK": "record", "PYTHONPATH": str(library_for(notebook)), "MPLBACKEND": "agg"}
    environment.pop("JPY_PARENT_PID", None)
    return environment


@cache
def library_for(notebook: str) -> Path:
    """A folder with the course's mytorch, less the torch oracles and the modules of this notebook and of later ones.

    A notebook needs the sections before it. Of its own solution, nothing is within reach of any notebook run before it.
    """
    folder = Path(tempfile.mkdtemp(prefix="mytorch-grading-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_library(folder / "mytorch")
    (folder / "mytorch" / "check" / "oracles.py").unlink()
    for module, source in modules().items():
        if source >= notebook:
            folder.joinpath(*module.split(".")).with_suffix(".py").write_text(placeholder(module), encoding="utf-8")
    return folder


class RecordingKernelManager(AsyncKernelManager):
    """Talks to its kernel over Unix sockets: no port that another process could connect to.

    jupyter_client derives the sockets' names from ``ip``, and both sides need the same, absolute one.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._folder = tempfile.TemporaryDirectory(prefix="mytorch-kernel-")
        self.transport = "ipc"
        self.ip = f"{self._folder.name}/socket"
        self.connection_file = f"{self._folder.name}/kernel.json"

    async def cleanup_resources(self, restart=False):
        await super().cleanup_resources(restart=restart)
        if not restart:
            self._folder.cleanup()

    def format_kernel_cmd(self, extra_arguments=None):
        return [*kernel_command(self.connection_file), *(extra_arguments or [])]


class RunSubmission(Execute):
    """nbgrader's Execute, in a recording kernel. A dead or stuck kernel ends this notebook, not the batch."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("kernel_manager_class", RecordingKernelManager)
        super().__init__(*args, **kwargs)
        self.shutdown_kernel = "immediate"
        self.skip_cells_with_tag = ""  # a tag in a submission must not spare its cell

    def start_new_kernel(self, **kwargs):
        notebook = self.resources["nbgrader"]["notebook"]
        return super().start_new_kernel(env=kernel_environment(notebook), **kwargs)

    def preprocess(self, nb, resources, km=None):
        resources[PROBLEM] = nb.metadata.get(PROBLEM, "")
        if resources[PROBLEM]:
            return nb, resources
        self._running, self._name = None, resources["nbgrader"]["notebook"]
        try:
            return super().preprocess(nb, resources, km)
        except DeadKernelError:
            self._stopped(resources, "Python stopped while it ran {}: the process died.")
        except CellTimeoutError:
            self._stopped(resources, "{} ran for too long and could not be interrupted, so the notebook was stopped there.")
        except OSError:
            raise  # this computer's fault, not the submission's
        except Exception as error:
            if self._running is None:
                raise
            self.log.error("%s: %r", self._name, error)
            self._stopped(resources, "{} disturbed the connection to its kernel, so the notebook was stopped there.")
        return nb, resources

    def process_message(self, msg, cell, cell_index):
        """A kernel may send anything. What cannot be an output is left out, and the notebook goes on."""
        try:
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        except Exception as error:
            self.log.warning("%s: a message from cell %d was left out: %r", self._name, cell_index + 1, error)
            return None

    def preprocess_cell(self, cell, resources, index):
        self._running = (cell, index)
        return super().preprocess_cell(cell, resources, index)

    def _stopped(self, resources, sentence: str) -> None:
        cell, index = self._running or (None, -1)
        where = f"cell {index + 1}" if cell is not None else "the notebook"
        reason = sentence.format(where)
        reason = reason[0].upper() + reason[1:]
        self.log.warning("%s: %s", self._name, reason)
        resources[PROBLEM] = reason
        if cell is not None and "outputs" in cell:
            cell.outputs.append(new_output("error", ename=STOPPED, evalue=reason, traceback=[reason]))
