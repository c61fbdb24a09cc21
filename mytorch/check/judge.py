"""The verdict on a graded cell, reached outside the kernel that ran it.

The kernel only recorded. Here the same, trusted cell runs once more with PyTorch's classes bound to their
names, and the two sets of traces are compared. Nothing a submission does in its kernel can change this side.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from ..course import COMPONENTS
from .backends import TORCH
from .compare import Mismatch, compare
from .contract import Quantity, contract_of
from .diagnosis import Diagnosis, diagnose
from .diagnosis.exceptions import ENDLESS
from .failure import closest, one_line
from .record import collecting
from .reference import reference_of
from .trace import MIME, Trace

MOST_CLASSES = 200  # of a notebook's own, one of which may be meant for the one that is missing
FORGED = "not a trace"  # the cause of a verdict on what check cannot have recorded


class TrustedCellError(Exception):
    """The course's own test cell fails with PyTorch's classes: the cell, not a submission, is wrong."""


@dataclass(frozen=True)
class Verdict:
    """``diagnosis`` is None when passed.

    ``component`` and ``quantity`` (its ``id``) say what differs first; empty when there was nothing to
    compare.
    """

    passed: bool
    diagnosis: Diagnosis | None = None
    component: str = ""
    quantity: str = ""

    @property
    def cause(self) -> str:
        return self.diagnosis.cause if self.diagnosis else ""

    @property
    def causes(self) -> tuple[str, ...]:
        """One, or those that meet in it."""
        return (self.diagnosis.parts or (self.cause,)) if self.diagnosis else ()

    @property
    def about(self) -> Quantity | None:
        """What differs first, as its contract has it; None where that is nothing that the course knows."""
        is_known = self.component in COMPONENTS
        return contract_of(self.component).quantity(self.quantity) if is_known else None

    @property
    def headline(self) -> str:
        """For the student; what differs is said with its component, as a cell may check several."""
        if self.diagnosis is None:
            return ""
        return f"{self.component}: {self.diagnosis.headline}" if self.quantity else self.diagnosis.headline

    @property
    def message(self) -> str:
        """All that the student is told."""
        return replace(self.diagnosis, headline=self.headline).text if self.diagnosis else ""


@lru_cache(maxsize=256)
def calls_check(source: str) -> bool:
    """Does the cell check one of the course's classes? One that does not is judged by its errors alone."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # the magics of IPython, for one
        return False
    calls = any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check" for node in nodes)
    return calls and any(isinstance(node, ast.Name) and node.id in COMPONENTS for node in nodes)


@lru_cache(maxsize=256)
def expected_traces(source: str) -> tuple[Trace, ...]:
    """What a trusted test cell makes of PyTorch's classes. Raises TrustedCellError when it fails."""
    from . import check

    namespace = {name: reference_of(name, TORCH) for name in COMPONENTS} | {"check": check}
    with collecting() as traces:
        try:
            exec(compile(source, "<graded cell>", "exec"), namespace)
        except Exception as error:
            raise TrustedCellError(f"{type(error).__name__}: {error}") from error
    return tuple(traces)


def judge(
    source: str,
    outputs: list,
    problem: str = "",
    cells: list = (),
    known: Mapping[str, tuple[Trace, ...]] | None = None,
) -> Verdict:
    """Judge the outputs that a trusted cell left in a submission's kernel.

    ``problem`` says why there may be none: the notebook could not be run to this cell. ``cells``: the
    notebook's code cells, where the reason may be found when a class is missing. ``known``: what cells
    expect, by their source, where another process has found out; for these PyTorch is not needed here.
    Raises TrustedCellError.
    """
    expected = ()
    if calls_check(source):
        expected = (known or {}).get(source) or expected_traces(source)
    return verdict_on(expected, outputs, problem, cells)


def verdict_on(expected: Sequence[Trace], outputs: list, problem: str = "", cells: list = ()) -> Verdict:
    """Judge the outputs of a check from which these traces are expected."""
    try:
        actual = recorded_traces(outputs)
    except ValueError:
        return _forged("The results of this check are not what check records.")
    if not _belong_together(expected, actual):
        return _forged("The results recorded here are not those of this check.")
    differs = _first_mismatch(list(zip(expected, actual)))
    if differs:
        return differs
    error = next((output for output in outputs if output.get("output_type") == "error"), None)
    if problem or error or len(actual) < len(expected):
        return _not_run(problem, error, cells)
    return Verdict(True)


def recorded_traces(outputs: list) -> list[Trace]:
    """The traces among a cell's outputs, in order. Raises ValueError when one is malformed."""
    data = [output.get("data", {}) for output in outputs if output.get("output_type") == "display_data"]
    return [Trace.from_json(bundle[MIME]) for bundle in data if MIME in bundle]


def _belong_together(expected, actual) -> bool:
    label = [(trace.component, trace.seed, trace.options) for trace in expected]
    return [(trace.component, trace.seed, trace.options) for trace in actual] == label[: len(actual)]


def _first_mismatch(pairs: list[tuple[Trace, Trace]]) -> Verdict | None:
    for component in dict.fromkeys(expected.component for expected, _ in pairs):
        comparison = compare([pair for pair in pairs if pair[0].component == component])
        if not comparison.passed:
            return Verdict(False, _diagnosis(comparison.mismatch), component, comparison.mismatch.quantity.id)
    return None


def _diagnosis(mismatch: Mismatch) -> Diagnosis:
    """A forged trace can hold combinations that no run of a probe makes. It fails all the same, without a
    reason.
    """
    try:
        return diagnose(mismatch)
    except Exception:
        return Diagnosis("different", f"{mismatch.quantity.label} differs from PyTorch's.")


def _forged(what: str) -> Verdict:
    return Verdict(False, Diagnosis(FORGED, f"{what} Were its functions replaced?"))


def _not_run(problem: str, error, cells: list) -> Verdict:
    if problem or error is None:
        return Verdict(False, Diagnosis.of_text("not run", problem or "The check left no result here."))
    kind, message = str(error.get("ename", "")), str(error.get("evalue", ""))[:300]
    if kind == "NameError":
        missing = message.split("'")[1] if "'" in message else "the class"
        headline, hint = f"{missing} is not defined in this notebook.", _why_missing(missing, cells)
        component = missing if missing in COMPONENTS else ""
        return Verdict(False, Diagnosis("class missing", headline, hint=hint, names_class=True), component)
    if kind == "CellTimeoutError":
        headline = "The check did not come to an end in time and was stopped."
        return Verdict(False, Diagnosis(ENDLESS, headline, hint="Does every loop come to its end?"))
    return Verdict(False, Diagnosis.of_text("exception", f"{kind}: {message}"))


def _why_missing(missing: str, cells: list) -> str:
    name = re.escape(missing)
    written = re.compile(rf"^[ \t]*(?:class\s+{name}\b|(?:from|import)\s.*\b{name}\b)", re.MULTILINE)
    error = next(
        (error for cell in cells if written.search(cell.source) and (error := _error_in(cell))), None
    )
    if error:
        return f"Its cell stopped before that: {error}"
    found = (each[1] for cell in cells for each in re.finditer(r"(?m)^class[ \t]+(\w{1,100})\b", cell.source))
    names = islice((name for name in found if name not in COMPONENTS), MOST_CLASSES)
    meant = closest(missing, names)
    if meant:
        return f"There is a class {meant}: is it meant to be {missing}?"
    return "Its cell may have been deleted, or may have failed before it: see the notebook."


def _error_in(cell) -> str:
    """What its code stopped with; empty when it did not stop."""
    error = next((output for output in cell.get("outputs", []) if output.get("output_type") == "error"), None)
    if error is None:
        return ""
    kind, message = str(error.get("ename", "")), str(error.get("evalue", ""))
    place = re.fullmatch(r"(.*) \(.*, line (\d+)\)", message, re.DOTALL)  # of what is no Python
    return one_line(f"line {place[2]}, {kind}: {place[1]}" if place else f"{kind}: {message}")
