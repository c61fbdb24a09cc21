"""The judge: right traces pass, and nothing that a submission can send upsets it."""

import json
from copy import deepcopy
from functools import cache

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from support.handins import graded
from support.own import ASSIGNMENT, SECTIONS
from support.strategies import examples

from mytorch.check.contract import HANDED
from mytorch.check.diagnosis.exceptions import ENDLESS
from mytorch.check.judge import FORGED, MOST_CLASSES, expected_traces, judge, verdict_on
from mytorch.check.trace import MIME
from mytorch.course import ITEMS

POINTS = {item.name: item.points for item in ITEMS}


@pytest.fixture(scope="module")
def tests_of(root) -> dict[str, str]:
    """The source of every graded cell."""
    notebooks = [
        nbformat.read(root / "source" / ASSIGNMENT / f"{name}.ipynb", as_version=4) for name in SECTIONS
    ]
    return {cell.metadata.nbgrader.grade_id: cell.source for nb in notebooks for cell in graded(nb)}


def _outputs(traces: list[dict]) -> list[dict]:
    return [{"output_type": "display_data", "data": {MIME: trace}, "metadata": {}} for trace in traces]


_expected = cache(expected_traces)  # to be read


@cache
def _right(source: str) -> list[dict]:
    """The traces that right code leaves. To be read."""
    return json.loads(json.dumps([trace.to_json() for trace in _expected(source)]))


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_passes_right_traces(tests_of, item):
    assert judge(tests_of[item], _outputs(_right(tests_of[item]))).passed


def test_a_wrong_trace_is_judged_wrong_whatever_its_diagnosis_stumbles_over(tests_of, monkeypatch):
    def stumble(mismatch):
        raise RuntimeError

    monkeypatch.setattr("mytorch.check.judge.diagnose", stumble)
    traces = deepcopy(_right(tests_of["Linear"]))
    entry = next(one for one in traces[0]["entries"] if one["what"] == "returned")
    entry["value"] = {"shape": [0], "float64": ""}
    verdict = judge(tests_of["Linear"], _outputs(traces))
    assert not verdict.passed and verdict.cause == "different"


def test_a_check_that_was_stopped_is_endless(tests_of):
    stopped = {"output_type": "error", "ename": "CellTimeoutError", "evalue": "", "traceback": []}
    verdict = judge(tests_of["Linear"], [stopped])
    assert not verdict.passed and verdict.cause == ENDLESS


@pytest.mark.parametrize("of", [{"seed": 1}, {"options": {}}, {"component": "another"}], ids=str)
def test_right_numbers_of_another_case_are_not_what_the_check_recorded(tests_of, of):
    source = tests_of[next(iter(POINTS))]
    *others, last = _right(source)
    assert judge(source, _outputs([*others, last | of])).cause == FORGED


@examples(4)
@given(st.sampled_from(list(POINTS)), st.data())
def test_the_judge_survives_damaged_traces(tests_of, item, data):
    """Any one value of the JSON replaced by something else: never an exception, never points for other
    results.
    """
    right = _right(tests_of[item])
    traces = deepcopy(right)
    parent, key = data.draw(st.sampled_from([place for trace in traces for place in _places(trace)]))
    parent[key] = data.draw(st.sampled_from(DAMAGE))
    verdict = judge(tests_of[item], _outputs(traces))
    assert isinstance(verdict.message, str)
    assert not verdict.passed or _hold(traces, right)


@examples(4)
@given(st.sampled_from(list(POINTS)), st.sampled_from(["value", "gone", "doubled", "order"]), st.data())
def test_the_judge_survives_traces_of_any_numbers(tests_of, item, damage, data):
    """Well-formed traces that no run makes: other values and shapes, entries gone, doubled or out of
    order.
    """
    traces = deepcopy(_expected(tests_of[item]))
    entries = data.draw(st.sampled_from(traces)).entries
    index = data.draw(st.integers(0, len(entries) - 1))
    if damage == "value":
        entries[index].value = data.draw(st.sampled_from(ODD_VALUES))
    elif damage == "order":
        entries[:] = data.draw(st.permutations(entries))
    else:
        entries[index:] = entries[index + 1 :] + [entries[index]] * (2 if damage == "doubled" else 0)
    received = [trace.to_json() for trace in traces]
    verdict = judge(tests_of[item], _outputs(received))
    assert not verdict.passed or _hold(received, _right(tests_of[item]))


@pytest.mark.parametrize(
    "cell", ["import seaborn\nfrom mytorch.check import blank, check", "import seaborn as check"]
)
def test_a_name_that_an_import_should_have_brought_is_missing_for_what_stopped_its_cell(cell):
    def stopped(kind, text):
        return [{"output_type": "error", "ename": kind, "evalue": text, "traceback": []}]

    cells = [
        new_code_cell(cell, outputs=stopped("ModuleNotFoundError", "seaborn is not there")),
        new_code_cell("recheck(1)", outputs=stopped("NameError", "name 'recheck' is not defined")),
    ]
    outputs = stopped("NameError", "name 'check' is not defined")
    diagnosis = verdict_on([], outputs, cells=cells).diagnosis
    assert diagnosis.headline == "check is not defined in this notebook."
    assert diagnosis.hint == "Its cell stopped before that: ModuleNotFoundError: seaborn is not there"


DAMAGE = [None, True, -1, 10**30, "", "x" * 2000, [], {}, [None], {"a": {}}, float("nan"), "\ud83d"]
ODD_VALUES = [
    np.full((), 5.5),
    np.zeros((0, 3)),
    np.full((4, 3), np.inf),
    np.full((1, 1, 1), np.nan),
    np.full((7, 2), 1e308),
    np.eye(3),
]


def _places(data):
    """Every (container, key) of nested JSON."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _hold(traces: list[dict], right: list[dict]) -> bool:
    """Are the right results in the traces? More behind them does no harm."""
    pairs = zip(map(_results, traces), map(_results, right), strict=True)
    return all(got[: len(wanted)] == wanted for got, wanted in pairs)


def _results(trace: dict) -> list:
    return [{**e, "detail": ""} for e in trace["entries"] if e["what"] not in HANDED]


@pytest.mark.parametrize("gap", ["\n" * 1_000_000, " \n" * 500_000, "\n \t" * 300_000])
def test_a_missing_class_is_looked_for_line_by_line(gap):
    """Not from each of a million empty lines on to the last of them."""
    error = {"output_type": "error", "ename": "NameError", "evalue": "name 'Linear' is not defined"}
    verdict = verdict_on([], [error], cells=[new_code_cell(f"x = 1{gap}y = 2")])
    assert "may have been deleted" in verdict.message


def test_of_thousands_of_classes_the_first_are_looked_at():
    error = {"output_type": "error", "ename": "NameError", "evalue": "name 'Linear' is not defined"}
    others = "".join(f"class A{number}:\n    pass\n" for number in range(MOST_CLASSES))
    for before, is_named in (("", True), (others, False)):
        verdict = verdict_on([], [error], cells=[new_code_cell(f"{before}class Liinear:\n    pass")])
        assert ("There is a class Liinear" in verdict.message) == is_named
