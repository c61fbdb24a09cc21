"""Write the verdict of every graded cell, reached outside the kernel, in place of what the kernel left there."""

from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from mytorch.check.judge import Verdict, judge
from mytorch.check.trace import MIME

from .execute import PROBLEM


class Judge(NbGraderPreprocessor):
    """Goes right after RunSubmission. The test's source comes from the gradebook, never from the submission."""

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            for cell in nb.cells:
                if utils.is_grade(cell) and not utils.is_solution(cell) and cell.cell_type == "code":
                    source = gradebook.find_source_cell(cell.metadata.nbgrader["grade_id"], where["notebook"], where["assignment"]).source
                    self._judge(cell, source, resources.get(PROBLEM, ""))
                elif cell.cell_type == "code":
                    cell.outputs = [output for output in cell.outputs if MIME not in output.get("data", {})]
        return nb, resources

    def _judge(self, cell, source: str, problem: str) -> None:
        reached = problem and any(output.get("output_type") == "error" for output in cell.outputs)
        verdict = judge(source, cell.outputs, problem if reached or not cell.outputs else "")
        self.log.info("%s: %s", cell.metadata.nbgrader["grade_id"], verdict.headline or "passed")
        cell.outputs = [verdict_output(verdict, cell.metadata.nbgrader["points"])]


def verdict_output(verdict: Verdict, points: float):
    if verdict.passed:
        return new_output("stream", name="stdout", text=f"All checks pass: {points:g} of {points:g} points.\n")
    return new_output("error", ename="CheckFailed", evalue=verdict.headline, traceback=[verdict.message])
