"""Compare the trace of a student's class with the reference's, value by value."""

from dataclasses import dataclass, field

import numpy as np

from .contract import Quantity
from .trace import Entry, Trace

# float32 carries about 7 digits, and a few operations cost some of them.
TOLERANCE = {"float64": 1e-5, "float32": 1e-3}  # relative to the largest entry of a quantity
NOISE = {
    "float64": 1e-10,
    "float32": 1e-4,
}  # what may be left where terms cancel, as when a few samples are centred


@dataclass
class Mismatch:
    """The first value of a trace that differs from the reference's; ``actual`` is None when it was never
    reached. ``elsewhere``: where the same quantity is the first that differs in other cases. ``passed``: the
    reference's traces of cases in which everything agrees.
    """

    expected: Entry
    actual: Entry | None
    before: list[Entry]  # the reference's entries up to and including the expected one
    trace: Trace
    elsewhere: list["Mismatch"] = field(default_factory=list)
    passed: list[Trace] = field(default_factory=list)

    @property
    def quantity(self) -> Quantity:
        return self.expected.quantity


@dataclass
class Row:
    """One line of the report: a quantity over all cases. ``agrees`` is None while no value of it was
    reached.
    """

    quantity: Quantity
    agrees: bool | None = None


@dataclass
class Comparison:
    component: str
    rows: dict[Quantity, Row] = field(default_factory=dict)
    mismatch: Mismatch | None = None
    changed_inputs: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.mismatch is None


def differs(expected: np.ndarray, actual: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """Entry by entry: outside the tolerance of the dtype the probe worked in?  NaN always is."""
    size = np.abs(expected)
    room = _room(size, np.max(size, initial=0.0), dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        # np.isclose, in a third of its time
        near = (np.abs(actual - expected) <= room) & np.isfinite(expected)
    return ~(near | (actual == expected))


def _room(size, largest, dtype: str):
    """How far off an entry of this size may be."""
    dtype = dtype if dtype in TOLERANCE else "float64"
    return TOLERANCE[dtype] * largest + NOISE[dtype] + TOLERANCE[dtype] * size


def agree(expected: np.ndarray, actual: np.ndarray, dtype: str = "float64") -> bool:
    """Does no entry differ? Of arrays of one shape."""
    with np.errstate(invalid="ignore", over="ignore"):
        furthest = np.abs(actual - expected).max(initial=0.0)
    if furthest <= min(NOISE.values()):  # nearly always the one or the other, and soon told
        return True
    largest = np.abs(expected).max(initial=0.0)
    return not (furthest > _room(largest, largest, dtype) or differs(expected, actual, dtype).any())


def same_shape(quantity: Quantity, expected: np.ndarray, actual: np.ndarray) -> bool:
    """Of a ``loose`` quantity axes of one entry do not count."""
    if quantity.loose:
        return np.squeeze(actual).shape == np.squeeze(expected).shape
    return actual.shape == expected.shape


def matches(quantity: Quantity, expected: Entry, actual: Entry | None, dtype: str) -> bool:
    """Is the student's entry the reference's: reached at the same moment, of the same shape, and no entry
    differs?
    """
    if actual is None or actual.problem or not actual.is_same_as(expected):
        return False
    if not same_shape(quantity, expected.value, actual.value):
        return False
    if expected.value.shape != actual.value.shape:
        return agree(np.squeeze(expected.value), np.squeeze(actual.value), dtype)
    return agree(expected.value, actual.value, dtype)


def compare(pairs: list[tuple[Trace, Trace]]) -> Comparison:
    """``pairs`` of (reference's trace, student's trace), one a case; all of the same component."""
    comparison, passed = Comparison(pairs[0][0].component), []
    for expected, actual in pairs:
        found = _compare_case(comparison, expected, actual)
        if found is None:
            passed.append(expected)
        elif comparison.mismatch is None:
            comparison.mismatch = found
        elif found.quantity == comparison.mismatch.quantity:
            comparison.mismatch.elsewhere.append(found)
        comparison.changed_inputs = sorted({*comparison.changed_inputs, *actual.changed_inputs})
    if comparison.mismatch:
        comparison.mismatch.passed = passed
    return comparison


def _compare_case(comparison: Comparison, expected: Trace, actual: Trace) -> Mismatch | None:
    """The first mismatch of the case."""
    results, first = iter(actual.results), None
    for position, entry in enumerate(expected.entries):
        if entry.quantity.handed:
            continue
        quantity, got = entry.quantity, next(results, None)
        row = comparison.rows.setdefault(quantity, Row(quantity))
        if matches(quantity, entry, got, expected.dtype):
            row.agrees = row.agrees is not False
            continue
        is_first = first is None and comparison.mismatch is None
        if got is not None or is_first:
            row.agrees = False
        if first is None:
            first = Mismatch(entry, got, expected.entries[: position + 1], actual)
    return first
