"""Run a submission's notebook in the sandbox, which records and does not judge."""

import atexit
import math

from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute

from grader.pages import harmless
from mytorch.check.trace import MIME

from .sandbox import Recording, Sandbox

PROBLEM = "mytorch_problem"  # key in nbconvert's resources: why the notebook could not be run to its end
MAX_HTML = 10_000_000  # characters a notebook may show; beyond, plain text is shown instead
STOPPED = "Stopped"  # ename in the cell in which it broke off
UNISOLATED = "Graded without a sandbox: this code could read and change everything that the grader can.\n"


class RunSubmission(Execute):
    """In place of nbgrader's Execute, whose ``timeout`` it keeps: no kernel, but a process in the submission's sandbox."""

    def preprocess(self, nb, resources, km=None):
        resources[PROBLEM] = nb.metadata.get(PROBLEM, "")
        if resources[PROBLEM]:
            return nb, resources
        where = resources["nbgrader"]
        sandbox = sandbox_of(where["student"], self.config)
        cells = [cell for cell in nb.cells if cell.cell_type == "code"]
        recording = recorded_elsewhere(where, sources(cells))
        if recording is None:
            recording = sandbox.run(where["notebook"], sources(cells), seconds_a_cell(self))
        for sentence in recording.noticed:
            self.log.warning("%s, %s: %s", where["student"], where["notebook"], sentence)
        write_outputs(cells, recording)
        if not sandbox.isolated:
            say_unisolated(cells)
        resources[PROBLEM] = recording.problem
        return nb, resources


def seconds_a_cell(execute: Execute) -> float:
    """nbclient's None and -1 mean no limit; the notebook's own limit still holds."""
    return execute.timeout if execute.timeout and execute.timeout > 0 else math.inf


def sources(cells: list) -> list[tuple[str, bool]]:
    """What to run: (source, is it the course's own test)."""
    return [(cell.source, is_test(cell)) for cell in cells]


def is_test(cell) -> bool:
    """A graded cell that the course wrote."""
    return utils.is_grade(cell) and not utils.is_solution(cell)


def say_unisolated(cells: list) -> None:
    """In the first cell of the student's own; the judge replaces what stands in the others."""
    for cell in cells:
        if not is_test(cell):
            cell.outputs.insert(0, new_output("stream", name="stderr", text=UNISOLATED))
            return


def write_outputs(cells: list, recording: Recording) -> None:
    """The course's tests keep their traces for the judge. What else is shown is made harmless here, once for all pages."""
    room = MAX_HTML
    for count, (cell, outputs) in enumerate(zip(cells, recording.outputs), 1):
        if is_test(cell):
            cell.outputs = from_dict(outputs)
        else:
            cell.outputs = [*filter(None, (harmless.output(one, rich=room > 0) for one in without_traces(outputs)))]
            room -= sum(len(one.get("data", {}).get("text/html", "")) for one in cell.outputs)
        cell.execution_count = count
    if recording.stopped_in is not None:
        error = new_output("error", ename=STOPPED, evalue=recording.problem, traceback=[recording.problem])
        cells[recording.stopped_in].outputs.append(error)


def without_traces(outputs: list[dict]) -> list[dict]:
    """A student's own checks left some, which say nothing to people."""
    return [output for output in outputs if MIME not in output.get("data", {})]


# --- recordings that grader autograde has made already, on its workers -------------------------------------------------

_prepared: dict[tuple[str, str], tuple[list, Recording]] = {}


def prepare(student: str, notebook: str, cells: list[tuple[str, bool]], recording: Recording) -> None:
    """Keep a recording of these cells until nbgrader comes to the notebook."""
    _prepared[student, notebook] = cells, recording


def recorded_elsewhere(where: dict, cells: list[tuple[str, bool]]) -> Recording | None:
    prepared, recording = _prepared.pop((where["student"], where["notebook"]), (None, None))
    return recording if prepared == cells else None


# --- one sandbox a submission: nbgrader comes notebook by notebook -----------------------------------------------------

_open: dict[str, Sandbox] = {}


def sandbox_of(student: str, config) -> Sandbox:
    if student not in _open:
        end_submission()
        _open[student] = Sandbox(config=config)
    return _open[student]


@atexit.register
def end_submission(**where) -> None:
    """Autograde's post_convert_hook: nothing that a submission started is alive after it."""
    while _open:
        _open.popitem()[1].close()
