"""The judge: right traces pass, and nothing that a submission can send upsets it."""

import json
from copy import deepcopy
from random import Random

import nbformat
import numpy as np
import pytest
from support.handins import graded
from support.own import ASSIGNMENT, SECTIONS

from mytorch.check.contract import HANDED
from mytorch.check.judge import expected_traces, judge
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


def _right(source: str) -> list[dict]:
    """The traces that right code leaves."""
    return json.loads(json.dumps([trace.to_json() for trace in expected_traces(source)]))


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_passes_right_traces(tests_of, item):
    assert judge(tests_of[item], _outputs(_right(tests_of[item]))).passed


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_survives_damaged_traces(tests_of, item):
    """Any one value of the JSON replaced by something else: never an exception, never points for other
    results.
    """
    random = Random(item)
    right = _right(tests_of[item])
    for _ in range(30):
        traces = json.loads(json.dumps(right))
        parent, key = random.choice([place for trace in traces for place in _places(trace)])
        parent[key] = random.choice(
            [None, True, -1, 10**30, "", "x" * 2000, [], {}, [None], {"a": {}}, float("nan"), "\ud83d"]
        )
        verdict = judge(tests_of[item], _outputs(traces))
        assert isinstance(verdict.message, str)
        assert not verdict.passed or _hold(traces, right)


@pytest.mark.parametrize("item", POINTS)
def test_the_judge_survives_traces_of_any_numbers(tests_of, item):
    """Well-formed traces that no run makes: other values and shapes, entries gone, doubled or out of
    order.
    """
    random = Random(item)
    right = expected_traces(tests_of[item])
    for number in range(30):
        traces = deepcopy(right)
        entries = traces[random.randrange(len(traces))].entries
        index = random.randrange(len(entries))
        if number % 3 == 0:
            entries[index].value = random.choice(ODD_VALUES)
        elif number % 3 == 1:
            entries[index:] = entries[index + 1 :] + random.choice([[], [entries[index]] * 2])
        else:
            random.shuffle(entries)
        data = [trace.to_json() for trace in traces]
        verdict = judge(tests_of[item], _outputs(data))
        assert not verdict.passed or _hold(data, _right(tests_of[item]))


ODD_VALUES = [
    np.zeros(()),
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
