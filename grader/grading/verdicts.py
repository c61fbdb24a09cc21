"""The verdict on every test: on a check in place of what it put out, on another test by what it put out.

A **check** of the course's classes is judged outside the sandbox, all or nothing: inside it only records. It
cannot be forged.

Any **other test**, such as a cell of asserts, runs in the sandbox like the student's cells and gets the
points that nbgrader gives (``utils.determine_grade``): none for an error or a word on stderr, the number
that the last line yields, else all. It shares its Python with the student's code, which can therefore forge
its outcome, as with nbgrader anywhere. The sandbox protects the machine, the gradebook and the other
hand-ins, not such a score. What is known outside counts all the same: a test that was not run, since the
notebook broke off before it, earns nothing, and neither does one that yields more than its points, on which
nbgrader would give up the whole hand-in.
"""

import json
import logging
import re
from dataclasses import asdict, replace

import nbformat
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, NbGraderPreprocessor

from mytorch.check.diagnosis.factors import EVERY
from mytorch.check.judge import FORGED, Verdict, judge
from mytorch.check.wording import Diagnosis

from .cells import as_given, is_check, is_test
from .execute import IN_WORK, PROBLEM, STOPPED, InWork
from .seeds import drawn

VERDICT = "mytorch_verdict"  # key in the metadata of a graded cell
TOO_MANY = "not its points"  # the cause of a verdict on a test that yields what it cannot give


class Judge(NbGraderPreprocessor):
    """Goes after RunSubmission. The test's source comes from the gradebook, never from the submission."""

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            course = as_given(gradebook, where["notebook"], where["assignment"]).cells
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        shown = [cell for cell in code if not is_check(cell)]
        if not _can_be_held([output for cell in shown for output in cell.outputs]):
            for cell in shown:
                cell.outputs = [output for output in cell.outputs if _can_be_held([output])]
        for cell in code:
            cell.metadata.pop(VERDICT, None)
        for cell in filter(is_test, code):
            item = cell.metadata.nbgrader["grade_id"]
            cell.source = course[item].source
            verdict = self._verdict(cell, resources[IN_WORK], resources[PROBLEM], code)
            cell.metadata[VERDICT] = asdict(verdict)
            level = logging.WARNING if verdict.cause in (FORGED, TOO_MANY) else logging.INFO
            about = f"{where['student']}, {where['notebook']}: {item}"
            self.log.log(level, "%s: %s", about, verdict.headline or "passed")
        return nb, resources

    def _verdict(self, cell, work: InWork, problem: str, code: list) -> Verdict:
        points = cell.metadata.nbgrader["points"]
        broke_off = any(output.get("ename") == STOPPED for output in cell.outputs)
        if is_check(cell):
            reason = problem if broke_off or not cell.outputs else ""
            source = drawn(cell.source, work.key)
            verdict = _writable(judge(source, cell.outputs, reason, code, work.traces))
            cell.outputs = [verdict_output(verdict, points)]
        elif broke_off or cell.execution_count is None:
            verdict = Verdict(False, Diagnosis.of_text("not run", problem or "This test was not run."))
            cell.outputs = [verdict_output(verdict, points)]
        else:
            verdict = _writable(_of_outcome(cell))
            cell.outputs = [verdict_output(verdict, points)] if verdict.cause == TOO_MANY else cell.outputs
        return verdict


def _of_outcome(cell) -> Verdict:
    """The verdict on a test that is no check, and was run."""
    try:
        points, of = utils.determine_grade(cell)
    except (ValueError, KeyError):  # nbgrader would give up
        return Verdict(False, Diagnosis(TOO_MANY, "This test yields more points than it has, or no text."))
    problems = [one for one in cell.outputs if one.output_type == "error" or one.get("name") == "stderr"]
    if points >= of and (of or not problems):
        return Verdict(True)
    if not problems:
        return Verdict(False, Diagnosis("test in part", f"This test gives {points:g} of {of:g} points."))
    first = problems[0]
    said = first.text if first.output_type == "stream" else f"{first.ename}: {first.evalue}".strip(": ")
    return Verdict(False, Diagnosis.of_text("test", said.strip()))


def recorded_verdict(cell: dict) -> Verdict | None:
    """The verdict that Judge left in a graded cell of an autograded notebook; None in one that it has not
    seen.
    """
    entry = cell["metadata"].get(VERDICT)
    if not entry:
        return None
    component, quantity = entry.get("component", ""), entry.get("quantity", "")
    if entry["passed"]:
        return Verdict(True, None, component, quantity)
    diagnosis = entry["diagnosis"] if "diagnosis" in entry else _of_the_first_version(entry, component)
    if "parts" not in diagnosis:
        diagnosis = diagnosis | _of_an_earlier_version(diagnosis)
    parts = tuple(diagnosis["parts"])  # JSON has lists
    return Verdict(False, Diagnosis(**diagnosis | {"parts": parts}), component, quantity)


def _of_the_first_version(entry: dict, component: str) -> dict:
    """It kept the cause, and the rest as one text that ends with the hint."""
    hint = entry.get("hint", "")
    headline, _, detail = entry["message"].removesuffix(hint).strip().partition("\n")
    headline = headline.removeprefix(f"{component}: ")
    return {"cause": entry["cause"], "headline": headline, "detail": detail, "hint": hint}


def _of_an_earlier_version(diagnosis: dict) -> dict:
    """It kept the line of code in the detail, and factors that meet in the cause."""
    code = re.search(r"^Line \d+[^:]*: (.*?)(?:   \(\w+ = .*\))?$", diagnosis.get("detail", ""), re.MULTILINE)
    parts = tuple(diagnosis["cause"].split(" and "))
    known = {cause for factor in EVERY for cause in factor.causes}
    return {"code": code[1] if code else "", "parts": parts if known.issuperset(parts) else ()}


def _writable(verdict: Verdict) -> Verdict:
    """Half of a surrogate pair, which no file and no log can hold, becomes a question mark."""
    if verdict.diagnosis is None:
        return verdict
    texts = {name: text for name, text in asdict(verdict.diagnosis).items() if isinstance(text, str)}
    written = {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in texts.items()}
    return replace(verdict, diagnosis=replace(verdict.diagnosis, **written))


def _can_be_held(outputs: list) -> bool:
    """A submission may send anything, and one bad output would keep the file from being written."""
    # A whole notebook: nbformat checks parts of one ten times as slowly.
    cell = {
        "cell_type": "code",
        "id": "outputs",
        "source": "",
        "metadata": {},
        "execution_count": None,
        "outputs": outputs,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    try:
        nbformat.validate(notebook)
        json.dumps(outputs, ensure_ascii=False).encode("utf-8")
    except (nbformat.ValidationError, ValueError):
        return False
    return True


def verdict_output(verdict: Verdict, points: float):
    """What nbgrader grades a cell by, as its output: all of its ``points``, or an error and none."""
    if verdict.passed:
        return new_output(
            "stream", name="stdout", text=f"All checks pass: {points:g} of {points:g} points.\n"
        )
    return new_output("error", ename="CheckFailed", evalue=verdict.headline, traceback=[verdict.message])


class HideTests(ClearHiddenTests):
    """For feedback: hidden tests leave the tests. In a student's own cell nbgrader's markers are just
    text.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        return super().preprocess_cell(cell, resources, cell_index) if is_test(cell) else (cell, resources)


class HideMarkSchemes(ClearMarkScheme):
    """For feedback, too: what tells how to mark leaves the tasks."""

    def preprocess_cell(self, cell, resources, cell_index):
        is_task = utils.is_task(cell)
        return super().preprocess_cell(cell, resources, cell_index) if is_task else (cell, resources)
