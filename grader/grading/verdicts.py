"""Write the verdict of every graded cell, reached outside the kernel, in place of what the kernel left
there.
"""

import json
import logging
from dataclasses import asdict, replace

import nbformat
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from mytorch.check.judge import FORGED, Verdict, judge
from mytorch.check.wording import Diagnosis

from .execute import PROBLEM, STOPPED

VERDICT = "mytorch_verdict"  # key in the metadata of a graded cell


class Judge(NbGraderPreprocessor):
    """Goes right after RunSubmission. The test's source comes from the gradebook, never from the
    submission.
    """

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            code = [cell for cell in nb.cells if cell.cell_type == "code"]
            for cell in code:
                cell.outputs = _sound(cell.outputs)
                cell.metadata.pop(VERDICT, None)
                if utils.is_grade(cell) and not utils.is_solution(cell):
                    item = cell.metadata.nbgrader["grade_id"]
                    source = gradebook.find_source_cell(item, where["notebook"], where["assignment"]).source
                    verdict = self._judge(cell, source, resources[PROBLEM], code)
                    level = logging.WARNING if verdict.cause == FORGED else logging.INFO
                    about = f"{where['student']}, {where['notebook']}: {item}"
                    self.log.log(level, "%s: %s", about, verdict.headline or "passed")
        return nb, resources

    def _judge(self, cell, source: str, problem: str, code: list) -> Verdict:
        broke_off = any(output.get("ename") == STOPPED for output in cell.outputs)
        verdict = _writable(
            judge(source, cell.outputs, problem if broke_off or not cell.outputs else "", code)
        )
        cell.outputs = [verdict_output(verdict, cell.metadata.nbgrader["points"])]
        cell.metadata[VERDICT] = asdict(verdict)
        return verdict


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
    diagnosis = entry["diagnosis"] if "diagnosis" in entry else _of_an_earlier_version(entry, component)
    return Verdict(False, Diagnosis(**diagnosis), component, quantity)


def _of_an_earlier_version(entry: dict, component: str) -> dict:
    """It kept the cause, and the rest as one text that ends with the hint."""
    hint = entry.get("hint", "")
    headline, _, detail = entry["message"].removesuffix(hint).strip().partition("\n")
    headline = headline.removeprefix(f"{component}: ")
    return {"cause": entry["cause"], "headline": headline, "detail": detail, "hint": hint}


def _writable(verdict: Verdict) -> Verdict:
    """Half of a surrogate pair, which no file and no log can hold, becomes a question mark."""
    if verdict.diagnosis is None:
        return verdict
    texts = {name: text for name, text in asdict(verdict.diagnosis).items() if isinstance(text, str)}
    written = {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in texts.items()}
    return replace(verdict, diagnosis=replace(verdict.diagnosis, **written))


def _sound(outputs: list) -> list:
    """Those that a notebook can hold. A submission may send anything, and one bad output would keep the file
    from being written.
    """
    return outputs if _can_be_held(outputs) else [output for output in outputs if _can_be_held([output])]


def _can_be_held(outputs: list) -> bool:
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
    if verdict.passed:
        return new_output(
            "stream", name="stdout", text=f"All checks pass: {points:g} of {points:g} points.\n"
        )
    return new_output("error", ename="CheckFailed", evalue=verdict.headline, traceback=[verdict.message])


class HideTests(ClearHiddenTests):
    """For feedback: hidden tests leave the graded cells. In a student's own cell nbgrader's markers are just
    text.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        return (
            super().preprocess_cell(cell, resources, cell_index)
            if utils.is_grade(cell)
            else (cell, resources)
        )
