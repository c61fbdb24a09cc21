"""Run a submission's notebook in the sandbox, which records and does not judge."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import from_dict
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from mytorch.check.trace import MIME, Trace

from .cells import is_check, is_test, language
from .sandbox import Recording, Sandbox
from .seeds import drawn

IN_WORK = "mytorch_in_work"  # key in nbconvert's resources: an InWork
PROBLEM = "mytorch_problem"  # key in nbconvert's resources: why the notebook could not be run to its end
STOPPED = "Stopped"  # ename in the cell in which it broke off
UNISOLATED = "Graded without a sandbox: this code could read and change everything that the grader can.\n"


@dataclass(frozen=True)
class InWork:
    """What the steps need for the submission in work; the converter puts it into nbconvert's resources."""

    key: bytes  # of the hidden tests' seeds
    sandbox: Sandbox | None = None
    files: dict[str, bytes] = field(default_factory=dict)  # beside its notebooks
    # that tests expect, by their source
    traces: Mapping[str, tuple[Trace, ...]] = field(default_factory=dict)


class RunSubmission(Execute):
    """In place of nbgrader's Execute, whose ``timeout`` it keeps: no kernel, but a process in the
    submission's sandbox.
    """

    def preprocess(self, nb, resources, km=None):
        resources[PROBLEM] = nb.metadata.get(PROBLEM, "")
        if resources[PROBLEM]:
            return nb, resources
        where, work = resources["nbgrader"], resources[IN_WORK]
        written_in = language(nb.metadata.get("kernelspec", {}))
        if written_in != "python":
            resources[PROBLEM] = f"Not run: this notebook is in {written_in}, and only Python is run here."
            self.log.warning("%s, %s: %s", where["student"], where["notebook"], resources[PROBLEM])
            return nb, resources
        cells = [cell for cell in nb.cells if cell.cell_type == "code"]
        recording = work.sandbox.run(
            where["notebook"], sources(cells, work.key), seconds_a_cell(self), work.files
        )
        for sentence in recording.noticed:
            self.log.warning("%s, %s: %s", where["student"], where["notebook"], sentence)
        write_outputs(cells, recording)
        if not work.sandbox.isolated:
            say_unisolated(cells)
        resources[PROBLEM] = recording.problem
        return nb, resources


def seconds_a_cell(execute: Execute) -> float:
    """nbclient's None and -1 mean no limit; the notebook's own limit still holds."""
    return execute.timeout if execute.timeout and execute.timeout > 0 else math.inf


def sources(cells: list, key: bytes) -> list[tuple[str, bool]]:
    """What to run: (source, is it a check of the course's), checks with the seeds of this run."""
    checks = [is_check(cell) for cell in cells]
    return [
        (drawn(cell.source, key) if check else cell.source, check)
        for cell, check in zip(cells, checks, strict=True)
    ]


def say_unisolated(cells: list) -> None:
    """In the first cell that is no test: a test is graded by what stands there."""
    for cell in cells:
        if not is_test(cell):
            cell.outputs.insert(0, new_output("stream", name="stderr", text=UNISOLATED))
            return


def write_outputs(cells: list, recording: Recording) -> None:
    """The course's checks keep their traces for the judge; those of a student's own say nothing to people.
    Cells that were not run have no number.
    """
    last = len(cells) if recording.stopped_in is None else recording.stopped_in + 1
    for count, (cell, outputs) in enumerate(zip(cells, recording.outputs), 1):
        if is_check(cell):
            cell.outputs = outputs  # as they came: the judge reads them, and puts its verdict in their place
        else:
            cell.outputs = from_dict([output for output in outputs if MIME not in output.get("data", {})])
        cell.execution_count = count if count <= last else None
    if recording.stopped_in is not None:
        error = new_output("error", ename=STOPPED, evalue=recording.problem, traceback=[recording.problem])
        cells[recording.stopped_in].outputs.append(error)
