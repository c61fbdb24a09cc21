"""Is a wrong value the right one times a constant that a formula may lack, or have twice?"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from ..compare import Mismatch, agree
from ..contract import Quantity, contract_of
from ..mistakes import Context, batch_shape
from ..trace import Entry
from ..wording import Diagnosis, name, number, reread, where

SIGN_HINT = "Which way round is the difference, or is a minus missing?"
HALF_HINT = "Where does the formula have a ½ or a 2?"
AVERAGE_HINTS = {
    "missing 1/N": "What turns a sum over the batch into an average?",
    "missing 1/C": "What turns a sum over the columns into an average?",
    "missing 1/(NC)": "What turns a sum over all entries into an average?",
}
DIVISION_HINT = "Compare with the formula: by what does it divide, where, and how often?"
COUNT_HINT = "Compare with the formula: how often does each term and each factor stand there, and in yours?"
BRACKETS_HINT = "Is it multiplied with what the formula divides by? In Python a / b * c is (a / b) * c."

POWERS = (-1, 0, 1, 2)  # of N and C


@dataclass(frozen=True)
class Factor:
    """sign · 2^two · N^n · C^c"""

    sign: int
    two: int
    n: int
    c: int

    @property
    def weight(self) -> int:
        """How much has to go wrong for it: the lightest explanation is the likeliest."""
        together = self.n == self.c  # N·C is one mistake
        return (self.sign < 0) + abs(self.two) + abs(self.n) + (0 if together else abs(self.c))

    def value(self, N: int, C: int) -> float:
        return self.sign * 2.0**self.two * float(N) ** self.n * float(C) ** self.c

    @property
    def causes(self) -> tuple[str, ...]:
        """The named mistakes it consists of."""
        causes = []
        if self.n == self.c and self.n:
            causes.append(_averaging(self.n, "(NC)"))
        else:
            causes += [_averaging(power, size) for power, size in ((self.n, "N"), (self.c, "C")) if power]
        if self.two:
            causes.append("factor 2" if self.two > 0 else "factor 1/2")
        if self.sign < 0:
            causes.append("sign")
        return tuple(dict.fromkeys(causes))

    def hint(self, quantity: Quantity) -> str:
        """What its formula has, as the contract says, asked about."""
        if self.two and quantity.has_a_two and not (self.n or self.c):
            return HALF_HINT
        if not quantity.divides and (self.two or self.n or self.c):
            return COUNT_HINT
        is_per_sample = quantity.axes.startswith("(N,")  # a row for each, so that it is no sum over the batch
        if 2 in (self.n, self.c):
            return BRACKETS_HINT
        if (self.n and self.c and self.n != self.c) or (is_per_sample and self.n and not self.c):
            return DIVISION_HINT
        if self.n or self.c:
            return AVERAGE_HINTS.get(self.causes[0], DIVISION_HINT)
        return DIVISION_HINT if self.two else SIGN_HINT


def _averaging(power: int, size: str) -> str:
    return {1: f"missing 1/{size}", -1: f"extra 1/{size}", 2: "brackets"}[power]


EVERY = [Factor(*powers) for powers in product((1, -1), (-1, 0, 1), POWERS, POWERS)]


def constant_factor(mismatch: Mismatch) -> Diagnosis | None:
    """The value has the right shape. Kept numbers such as N have no factor; losses and arrays may."""
    factor = _factor(mismatch)
    if factor is None or (np.size(mismatch.expected.value) == 1 and not mismatch.quantity.equation):
        return None
    if headline := _size_as_a_number(mismatch, factor):
        return Diagnosis("fixed size", headline, where(mismatch), "Is a size written as a number?")
    known = _named(mismatch, factor)
    if known:
        return Diagnosis(
            " and ".join(known.causes),
            _headline(mismatch, known),
            where(mismatch),
            known.hint(mismatch.quantity),
            parts=known.causes,
        )
    others = [_factor(other) for other in mismatch.elsewhere]
    is_same = all(other is not None and np.isclose(factor, other, rtol=1e-3) for other in others)
    if np.squeeze(mismatch.expected.value).ndim == 0 or not is_same:
        return None  # any two numbers are a factor apart
    headline = f"{name(mismatch)} is {number(factor)} times what it should be."
    return Diagnosis("factor", headline, where(mismatch), reread(mismatch))


def _size_as_a_number(mismatch: Mismatch, factor: float) -> str:
    """L is 1.33333 times what it should be, where C = 4; with C = 3 it is right."""
    for earlier in _where_it_is_right(mismatch):
        for size, here, there in zip("NC", Context(mismatch).batch_shape, batch_shape(earlier)):
            if here != there and np.isclose([here / there, there / here], factor, rtol=1e-5, atol=0).any():
                wrong = f"{name(mismatch)} is {number(factor)} times what it should be"
                return f"{wrong}, where {size} = {here}; with {size} = {there} it is right."
    return ""


def _where_it_is_right(mismatch: Mismatch) -> Iterator[list[Entry]]:
    """What the probe has handed in before the same value: in an earlier batch, and in other cases."""
    expected = mismatch.expected
    for i, entry in enumerate(mismatch.before[:-1]):
        if entry.quantity == expected.quantity and entry.moment.layer == expected.moment.layer:
            yield mismatch.before[:i]
    for trace in mismatch.passed:
        at = next((i for i, one in enumerate(trace.entries) if one.is_same_as(expected)), 0)
        yield trace.entries[:at]


def _factor(mismatch: Mismatch) -> float | None:
    """By which the value is too large."""
    if mismatch.actual is None or mismatch.actual.value is None:
        return None
    expected, actual = np.squeeze(mismatch.expected.value), np.squeeze(mismatch.actual.value)
    if expected.size == 0 or expected.shape != actual.shape:
        return None
    largest = np.unravel_index(np.argmax(np.abs(expected)), expected.shape)
    if expected[largest] == 0:
        return None
    factor = float(actual[largest] / expected[largest])
    if factor == 0 or not agree(factor * expected, actual, mismatch.trace.dtype):
        return None
    return factor


def _named(mismatch: Mismatch, factor: float) -> Factor | None:
    """The lightest explanation that holds in every case that fails."""
    per_column = contract_of(mismatch.trace.component).per_column
    fitting = [
        one
        for one in EVERY
        if one.weight
        and (per_column or not one.c)
        and np.isclose(factor, one.value(*Context(mismatch).batch_shape), rtol=1e-5, atol=0)
        and all(map(partial(_holds, one), mismatch.elsewhere))
    ]
    return min(fitting, key=lambda one: one.weight, default=None)


def _holds(factor: Factor, other: Mismatch) -> bool:
    """In another case, or is nothing to be seen there?"""
    if other.actual is None or other.actual.value is None:
        return True
    found = _factor(other)
    return found is not None and bool(
        np.isclose(found, factor.value(*Context(other).batch_shape), rtol=1e-3, atol=0)
    )


def _headline(mismatch: Mismatch, factor: Factor) -> str:
    """dLdW is 4 times too large, and the batch has N = 4 samples."""
    N, C = Context(mismatch).batch_shape
    size = abs(factor.value(N, C))
    parts = ["has the wrong sign"] if factor.sign < 0 else []
    if size != 1:
        parts.append(f"is {number(max(size, 1 / size))} times too {'large' if size > 1 else 'small'}")
    facts = [f"N = {N} samples"] if factor.n else []
    facts += [f"C = {C} columns"] if factor.c else []
    batch = f", and the batch has {' and '.join(facts)}" if facts else ""
    return f"{name(mismatch)} {' and '.join(parts)}{batch}."
