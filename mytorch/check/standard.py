"""The standard cases of the visible checks: what PyTorch yields in them is recorded in each section's folder.

``make sync`` records (grader/authoring/generated.py), and so students need no PyTorch. The file is JSON, a
trace a line; floats keep every bit.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np

from ..course import PACKAGE, SECTION_OF
from ..syllabus import Section
from .contract import Quantity
from .trace import Entry, Trace

FILE = "recorded.json"
LAST_DIGITS = 1e-9  # by which PyTorch's versions and processors may differ, relative to the largest entry


def path_of(section: Section) -> Path:
    """Where a section's recording stands in this mytorch."""
    return PACKAGE.parent.joinpath(*section.package.split("."), FILE)


def read_recorded(component: str, options: dict) -> Trace | None:
    """PyTorch's trace of a standard case; None where it is not among the recorded ones."""
    return _recorded(component).get(tuple(sorted(options.items())))


@cache
def _recorded(component: str) -> dict[tuple, Trace]:
    path = path_of(SECTION_OF[component])
    if not path.is_file():
        return {}
    recorded = json.loads(path.read_text(encoding="utf-8"))["traces"]
    traces = [trace_from(data) for data in recorded if data["component"] == component]
    return {tuple(sorted(trace.options.items())): trace for trace in traces}


def trace_from(data: dict) -> Trace:
    """A reference's trace, with what the contract says of its quantities, which is not recorded."""
    trace = Trace.from_json(data)
    named = _quantities(trace.component)
    for entry in (*trace.entries, *trace.steps):
        entry.quantity = named.get(entry.quantity, entry.quantity)
    return trace


def _quantities(component: str) -> dict[Quantity, Quantity]:
    contract = SECTION_OF[component].load("contract")
    named = [value for value in vars(contract).values() if isinstance(value, Quantity)]
    return {quantity: quantity for quantity in (*named, *contract.CONTRACTS[component].quantities)}


def as_text(traces: list[Trace], version: str) -> str:
    """A recording, by this version of PyTorch."""
    lines = ",\n".join(json.dumps(trace.to_json()) for trace in traces)
    return f'{{"torch": {json.dumps(version)}, "traces": [\n{lines}\n]}}\n'


def says_the_same(text: str, other: str) -> bool:
    """Do two recordings agree, but for the last digits?  False when one is no recording."""
    try:
        pair = [list(map(Trace.from_json, json.loads(each)["traces"])) for each in (text, other)]
    except (ValueError, KeyError, TypeError):
        return False
    return len(pair[0]) == len(pair[1]) and all(map(_agree, *pair))


def _agree(trace: Trace, other: Trace) -> bool:
    return (
        (trace.component, trace.options, trace.seed) == (other.component, other.options, other.seed)
        and _all_close(trace.entries, other.entries)
        and _all_close(trace.steps, other.steps)
    )


def _all_close(entries: list[Entry], others: list[Entry]) -> bool:
    return len(entries) == len(others) and all(
        one.is_same_as(two) and _close(one.value, two.value) for one, two in zip(entries, others)
    )


def _close(value: np.ndarray | None, other: np.ndarray | None) -> bool:
    if value is None or other is None:
        return value is other
    scale = np.max(np.abs(other), initial=0.0)
    return value.shape == other.shape and np.allclose(value, other, rtol=0, atol=LAST_DIGITS * scale)
