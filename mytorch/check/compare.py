"""Compare the trace of a student's class with the oracle's, value by value."""

from dataclasses import dataclass, field

import numpy as np

from .probes import PROBES, Quantity
from .trace import Entry, Trace

# float32 carries about 7 digits, and a few operations cost some of them.
TOLERANCE = {"float64": 1e-5, "float32": 1e-3}  # relative to the largest entry of a quantity
NOISE = {"float64": 1e-10, "float32": 1e-4}  # what may be left where terms cancel, as in batch norm of few samples


@dataclass
class Mismatch:
    """The first value of a trace that differs from the oracle's; ``actual`` is None when it was never reached."""

    quantity: Quantity
    expected: Entry
    actual: Entry | None
    before: list[Entry]  # the oracle's entries up to and including the expected one
    trace: Trace


@dataclass
class Row:
    """One line of the report: a quantity over all cases. ``agrees`` is None while no value of it was reached."""

    quantity: Quantity
    agrees: bool | None = None


@dataclass
class Comparison:
    component: str
    rows: dict[str, Row] = field(default_factory=dict)
    mismatch: Mismatch | None = None
    changed_inputs: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.mismatch is None


def differs(expected: np.ndarray, actual: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """Entry by entry: outside the tolerance of the dtype the probe worked in?  NaN always is."""
    dtype = dtype if dtype in TOLERANCE else "float64"
    tolerance, scale = TOLERANCE[dtype], np.max(np.abs(expected), initial=0.0)
    return ~np.isclose(actual, expected, rtol=tolerance, atol=tolerance * scale + NOISE[dtype])


def agree(expected: np.ndarray, actual: np.ndarray, dtype: str = "float64") -> bool:
    return not differs(expected, actual, dtype).any()


def same_shape(quantity: Quantity, expected: np.ndarray, actual: np.ndarray) -> bool:
    if quantity.loose:
        return np.squeeze(actual).shape == np.squeeze(expected).shape
    return actual.shape == expected.shape


def matches(quantity: Quantity, expected: Entry, actual: Entry | None, dtype: str) -> bool:
    if actual is None or actual.problem or (actual.quantity, actual.when) != (expected.quantity, expected.when):
        return False
    if not same_shape(quantity, expected.value, actual.value):
        return False
    return agree(np.squeeze(expected.value), np.squeeze(actual.value), dtype)


def compare(pairs: list[tuple[Trace, Trace]]) -> Comparison:
    """``pairs`` of (oracle's trace, student's trace), one a case; all of the same component."""
    comparison = Comparison(pairs[0][0].component)
    for expected, actual in pairs:
        _compare_case(comparison, expected, actual)
        comparison.changed_inputs = sorted({*comparison.changed_inputs, *actual.changed_inputs})
    return comparison


def _compare_case(comparison: Comparison, expected: Trace, actual: Trace) -> None:
    quantities = PROBES[expected.component].quantities
    results = iter(actual.results)
    for position, entry in enumerate(expected.entries):
        if entry.given:
            continue
        quantity, got = quantities[entry.quantity], next(results, None)
        row = comparison.rows.setdefault(entry.quantity, Row(quantity))
        if matches(quantity, entry, got, expected.options.get("dtype", "float64")):
            row.agrees = row.agrees is not False
            continue
        first = comparison.mismatch is None
        if got is not None or first:
            row.agrees = False
        if first:
            comparison.mismatch = Mismatch(quantity, entry, got, expected.entries[: position + 1], actual)
