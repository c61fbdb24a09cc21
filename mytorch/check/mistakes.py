"""What an entry of the catalogue is, and what it may look at."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..trace import Entry

BATCHES = ("A_in", "A0", "Z", "Z_in")  # what the probes call the batch they hand in


class Context:
    """The oracle's values up to the one that differs; ``context["A"]`` is the latest value of that quantity.

    ``actual`` is what the student's class has in place of ``expected``.
    """

    def __init__(self, entries: list[Entry], actual: np.ndarray):
        self._entries = entries
        self.expected, self.actual = entries[-1].value, actual
        self.layer = re.search(r"layers\[(\d+)\]|$", entries[-1].when)[1]  # the expected value's, as text, or None

    def __getitem__(self, quantity: str) -> np.ndarray:
        return self.all(quantity)[-1]

    def all(self, quantity: str) -> list[np.ndarray]:
        """Every value of the quantity so far, oldest first; of the expected value's layer, where it belongs to one."""
        entries = [entry for entry in self._entries if entry.quantity == quantity]
        return [e.value for e in entries if "layers[" not in e.when or f"layers[{self.layer}]" in e.when]

    @property
    def batch_shape(self) -> tuple[int, int]:
        """(N, C) of the latest batch that the probe handed in; (1, 1) before the first."""
        batches = [entry.value for entry in self._entries if entry.given and entry.quantity in BATCHES]
        return batches[-1].shape if batches else (1, 1)

    @property
    def N(self) -> int:
        return self.batch_shape[0]


@dataclass(frozen=True)
class Mistake:
    """A wrong line, by the value it computes.

    ``compute(context)`` gives the number that a student's code has if it contains just this mistake, or None where the
    mistake does not apply. ``headline`` ends a sentence that begins with the quantity; it may be a function of the
    context.
    """

    cause: str
    quantities: str  # separated by commas
    compute: Callable[[Context], np.ndarray | None]
    headline: str | Callable[[Context], str]
    hint: str = ""

    def concerns(self, quantity: str) -> bool:
        return quantity in self.quantities.split(", ")

    def value(self, context: Context) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return self.compute(context)
        except (ArithmeticError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            return None  # this case lacks a value, or a shape, that the mistake needs

    def words(self, context: Context) -> str:
        return self.headline(context) if callable(self.headline) else self.headline


def anything(c: Context) -> np.ndarray:
    """For quantities that only one mistake can change: whatever the student has."""
    return c.actual


def any_values(c: Context) -> np.ndarray | None:
    """Whatever the student has, in the right shape."""
    return c.actual if c.actual.shape == c.expected.shape else None


def any_number(c: Context) -> np.ndarray | None:
    """Whatever the student has, if it is one number."""
    return c.actual if c.actual.size == 1 else None


def passed_or_default(c: Context) -> str:
    return f"it is {c.actual.item():g} where {c.expected.item():g} was passed or is the default."


def accumulated(name: str) -> Mistake:
    """A gradient that is added to the one of the call before."""
    return Mistake(
        "accumulates", name,
        lambda c: sum(c.all(name)[-2:]) if len(c.all(name)) > 1 else None,
        "it adds up over calls of backward.", "Each call starts afresh: assign, do not add.",
    )
