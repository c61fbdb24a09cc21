"""Traces: out of a kernel as JSON and back, whatever somebody may have put into them."""

import base64
import contextlib
import copy
import io
import json
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from support.bank import LIBRARY, RIGHT, WRONG
from support.strategies import SEEDS, cases_of, examples

from mytorch.check import expected, trace_of
from mytorch.check.compare import compare
from mytorch.check.contract import kept
from mytorch.check.diagnosis import diagnose
from mytorch.check.report import Report
from mytorch.check.trace import MAX_SIZE, Entry, Trace
from mytorch.course import COMPONENTS


def as_received(trace: Trace) -> dict:
    """As it comes out of a notebook's file, where keys are sorted."""
    return json.loads(json.dumps(trace.to_json(), sort_keys=True))


def assert_same(again: Trace, trace: Trace) -> None:
    """To the last bit of every number, NaN among them."""
    bare = [replace(one, entries=[]) for one in (again, trace)]
    assert bare[0] == bare[1] and len(again.entries) == len(trace.entries)
    for one, other in zip(again.entries, trace.entries):
        assert replace(one, value=None) == replace(other, value=None)
        assert (one.value is None) == (other.value is None)
        if one.value is not None:
            assert one.value.shape == other.value.shape and one.value.tobytes() == other.value.tobytes()


@examples(3)
@given(st.data(), SEEDS, st.sampled_from([*RIGHT, *WRONG]))
def test_round_trip_keeps_everything(data, seed, one):
    case = data.draw(cases_of(one.component))
    with contextlib.redirect_stdout(io.StringIO()):
        trace = trace_of(one.build(), one.component, seed, case)
    again = Trace.from_json(as_received(trace))
    assert (again.component, again.options, again.seed) == (one.component, case, seed)
    assert_same(again, trace)
    assert again.to_json() == trace.to_json()


ODD = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 1e-320])
SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


@example(np.array([np.nan, np.inf, -np.inf, -0.0, 1e-320]))
@given(arrays(np.float64, SHAPES, elements=st.one_of(ODD, st.floats()), fill=st.nothing()))
def test_round_trip_of_any_numbers(value):
    trace = Trace("Any", {}, 0, [Entry(kept("Z", by="forward"), value=value)])
    assert_same(Trace.from_json(as_received(trace)), trace)


def test_round_trip_of_a_failure():
    wrong = next(w for w in WRONG if str(w) == "MLP4: backward order")
    trace = trace_of(wrong.build(), "MLP4", 0, {})
    again = Trace.from_json(as_received(trace))
    assert again.failure == trace.failure and again.failure.integers == {"l": 5, "i": 0}
    pairs = [(expected("MLP4", 0, {}), t) for t in (trace, again)]
    assert diagnose(compare(pairs[:1]).mismatch) == diagnose(compare(pairs[1:]).mismatch)


@examples(2)
@given(SEEDS, st.sampled_from([wrong for wrong in WRONG if wrong.name != "torch"]))
def test_diagnosis_is_the_same_from_a_received_trace(seed, wrong):
    right, here = expected(wrong.component, seed, {}), trace_of(wrong.build(), wrong.component, seed, {})
    there = Trace.from_json(as_received(here))
    comparisons = [compare([(right, trace)]) for trace in (here, there)]
    assert comparisons[0].passed == comparisons[1].passed
    if not comparisons[0].passed:
        assert diagnose(comparisons[0].mismatch) == diagnose(comparisons[1].mismatch)


def nested(depth: int):
    value = []
    for _ in range(depth):
        value = [value]
    return value


BASE = as_received(trace_of(LIBRARY["Linear"], "Linear", 0, {}))
VALUE = BASE["entries"][0]["value"]
FAILURE = {"kind": "E", "message": "", "line": 0, "code": "", "function": "", "integers": {}, "meant": ""}
OUTSIDE = {"name": "W", "line": 1, "function": "forward", "meant": "", "gives": ""}
WHEN = {"layer": None, "step": None, "batch": None}
ENTRY = {"what": "kept", "name": "W", "mode": "", **WHEN, "value": None, "problem": "none", "detail": ""}


def with_(**changes):
    return {**BASE, **changes}


def with_entry(**changes):
    return with_(entries=[{**ENTRY, **changes}])


def with_array(shape, content="A" * 10 + "A="):
    return with_entry(value={"shape": shape, "float64": content}, problem="")


@pytest.mark.parametrize(
    "data",
    [
        *(None, [], "trace", 3, True, {}, {"component": "Linear"}, nested(5000)),
        *({**BASE, "extra": 1}, {k: v for k, v in BASE.items() if k != "seed"}),
        *(
            with_(component=3),
            with_(component=None),
            with_(component="L" * 2000),
            with_(seed="0"),
            with_(seed=True),
        ),
        *(with_(seed=1.0), with_(options=[]), with_(options={"N": [4]}), with_(options={"N": nested(3000)})),
        *(
            with_(options={3: 4}),
            with_(changed_inputs="A"),
            with_(changed_inputs=[3]),
            with_(changed_inputs=nested(9)),
        ),
        *(
            with_(entries={}),
            with_(entries=[3]),
            with_(entries=[[]]),
            with_(entries=["W"]),
            with_(entries=[{}]),
        ),
        *(with_(entries=[{**ENTRY, "more": 1}]), with_(entries=nested(3000)), with_entry(name=3)),
        *(
            with_entry(what="other"),
            with_entry(what=None),
            with_entry(layer="0"),
            with_entry(layer=-1),
            with_entry(step=True),
        ),
        *(with_entry(batch=10**30), with_entry(batch=1.0), with_(reached=[]), with_(reached={"forward": 3})),
        *(with_(reached={"forward": [-1]}), with_(reached={"forward": [True]}), with_(reached={"\x1b": [1]})),
        *(with_entry(mode=None), with_entry(problem="other"), with_entry(problem=""), with_entry(given=1)),
        *(
            with_entry(detail="a\nb"),
            with_entry(detail="\x1b[31m"),
            with_entry(mode="\ud800"),
            with_(options={"N": "\0"}),
        ),
        *(with_entry(detail=["a"]), with_entry(detail="a" * 5000), with_entry(value=3), with_entry(value={})),
        *(with_entry(value=VALUE), with_entry(value=[1.0]), with_entry(value="AAAA", problem="")),
        *(
            with_array([2]),
            with_array([-1]),
            with_array([-1, -1]),
            with_array([1.0]),
            with_array(["1"]),
            with_array(1),
        ),
        *(with_array([True]), with_array([None]), with_array([1], "no base64!"), with_array([1], "AAAA")),
        *(with_array([1], "Ä" * 12), with_array([1], 5), with_array([1], None), with_array([1], ["A"])),
        *(
            with_array([0] * 40, ""),
            with_array([10**30, 0], ""),
            with_array([10**9]),
            with_array([MAX_SIZE, 2]),
        ),
        *(with_array(nested(1000)), with_array({}, "")),
        *(with_(failure=[]), with_(failure="E"), with_(failure={}), with_(failure={**FAILURE, "line": "1"})),
        *(with_(failure={**FAILURE, "kind": None}), with_(failure={**FAILURE, "integers": {"i": [1]}})),
        *(
            with_(failure={**FAILURE, "integers": {"i": 10**5000}}),
            with_(failure={**FAILURE, "line": 10**5000}),
        ),
        *(
            with_(failure={**FAILURE, "integers": {"i": "1"}}),
            with_(failure={**FAILURE, "integers": {"i": 1.5}}),
        ),
        *(
            with_(outside="W"),
            with_(outside=["W"]),
            with_(outside=[{}]),
            with_(outside=[{**OUTSIDE, "a": 1}]),
        ),
        *(with_(outside=[{**OUTSIDE, "line": "1"}]), with_(outside=[{**OUTSIDE, "line": 10**5000}])),
        *(with_(outside=[{**OUTSIDE, "meant": "\x1b"}]), with_(outside=[{**OUTSIDE, "name": ["W"]}])),
        *(with_(failure={**FAILURE, "message": "a" * 10**5}), with_(failure={**FAILURE, "more": ""})),
    ],
)
def test_hostile_data_is_no_trace(data):
    with pytest.raises(ValueError):
        Trace.from_json(data)


@pytest.mark.parametrize("number", [True, 1.0])
def test_what_is_equal_to_a_number_is_none_after_it_has_been_read(number):
    Trace.from_json(with_entry(step=1))
    with pytest.raises(ValueError):
        Trace.from_json(with_entry(step=number))


def test_smallest_traces_are_fine():
    assert Trace.from_json(with_entry()).entries[0].problem == "none"
    assert Trace.from_json(with_array([0], "")).entries[0].value.shape == (0,)
    assert Trace.from_json(with_(failure=FAILURE)).failure.kind == "E"
    assert Trace.from_json(with_(outside=[OUTSIDE])).outside[0].name == "W"
    del (old := with_())["outside"]  # as references have been recorded
    assert Trace.from_json(old).outside == []


def mangled(data: dict, rng: random.Random) -> dict:
    """A trace that is one in form, with nonsense in it."""
    data = copy.deepcopy(data)
    entries = data["entries"]
    for _ in range(rng.randint(1, 4)):
        entry = rng.choice(entries)
        kind = rng.randrange(6)
        if kind == 0:
            shape = rng.choice([(), (1,), (0,), (2, 0), (1, 1), (3, 3, 3), (1, 5, 1), (7,), (2, 2)])
            number = rng.choice([0.0, 1.0, np.nan, np.inf, -np.inf, 1e308, -1e-320])
            entry["value"], entry["problem"] = encoded(np.full(shape, number)), ""
        elif kind == 1:
            entry["value"], entry["problem"] = None, rng.choice(["none", "missing", "type", "size"])
        elif kind == 2:
            entry["name"] = rng.choice(["Z", "dLdW", "f", "layers", "eps", "nothing"])
        elif kind == 3:
            entry["what"] = rng.choice(["kept", "given", "returned", "initial", "batch"])
        elif kind == 4:
            del entries[rng.randrange(len(entries)) :]
            if not entries:
                break
        else:
            kinds = ["ValueError", "AttributeError", "TypeError", "KeyboardInterrupt"]
            data["failure"] = {**FAILURE, "kind": rng.choice(kinds), "integers": {"i": 9}}
    return data


def encoded(value: np.ndarray) -> dict:
    return {"shape": list(value.shape), "float64": base64.b64encode(value.tobytes()).decode()}


@cache
def right_and_received(component: str) -> tuple[Trace, dict]:
    received = as_received(trace_of(LIBRARY[component], component, 0, {}))
    return expected(component, 0, {}), received


@examples(30)
@given(st.sampled_from(COMPONENTS), st.randoms(use_true_random=False))
def test_no_trace_breaks_the_diagnosis(component, rng):
    right, received = right_and_received(component)
    with np.errstate(all="ignore"):
        comparison = compare([(right, Trace.from_json(mangled(received, rng)))])
        if not comparison.passed:
            assert str(Report(comparison, diagnose(comparison.mismatch)))
