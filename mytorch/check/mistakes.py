"""What an entry of a section's catalogue of mistakes is, and what it may look at.

A section's ``mistakes.py`` has ``MISTAKES``: for each component what a wrong line would have computed, and
``SENTENCES``: for each cause that it alone names, what the class report says about it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import prod

import numpy as np

from ..course import SECTION_OF
from .compare import Mismatch
from .contract import Quantity
from .trace import Entry


def batch_shape(entries: Sequence[Entry]) -> tuple[int, int]:
    """(N, C) of the latest batch among them, as ``Context.batch_shape``."""
    batches = [entry.value for entry in entries if entry.quantity.what == "batch"]
    return (len(batches[-1]), prod(batches[-1].shape[1:])) if batches and batches[-1].ndim else (1, 1)


class Context:
    """The reference's values up to the one that differs; ``context[A]`` is the latest value of the quantity
    A.

    ``actual`` is what the student's class has in place of ``expected``, ``layer`` the one that they belong
    to, or None.
    """

    def __init__(self, mismatch: Mismatch):
        self._entries = mismatch.before
        self.expected, self.layer = mismatch.expected.value, mismatch.expected.moment.layer
        self.actual = mismatch.actual.value

    def __getitem__(self, quantity: Quantity) -> np.ndarray:
        return self.all(quantity)[-1]

    def all(self, quantity: Quantity) -> list[np.ndarray]:
        """Every value of the quantity so far, oldest first; of the expected value's layer, where it belongs
        to one.
        """
        entries = [entry for entry in self._entries if entry.quantity == quantity]
        return [entry.value for entry in entries if entry.moment.layer in (None, self.layer)]

    def by_layer(self, quantity: Quantity) -> list[np.ndarray]:
        """The latest value of each layer, first layer first."""
        values = {entry.moment.layer: entry.value for entry in self._entries if entry.quantity == quantity}
        return [values[layer] for layer in sorted(values)]

    @property
    def batch_shape(self) -> tuple[int, int]:
        """(N, C): samples, and numbers in each, of the latest batch that the probe handed in; (1, 1) before
        the first.
        """
        return batch_shape(self._entries)

    @property
    def N(self) -> int:
        return self.batch_shape[0]


@dataclass(frozen=True)
class Mistake:
    """A wrong line, by the value it computes.

    ``quantities``: where it can be met. ``compute(context)`` gives the number that a student's code has if it
    contains just this mistake, or None where the mistake does not apply. ``headline`` ends a sentence that
    begins with the quantity; it may be a function of the context.
    """

    cause: str
    quantities: Quantity | Sequence[Quantity]
    compute: Callable[[Context], np.ndarray | None]
    headline: str | Callable[[Context], str]
    hint: str = ""

    def concerns(self, quantity: Quantity) -> bool:
        return (
            quantity == self.quantities
            if isinstance(self.quantities, Quantity)
            else quantity in self.quantities
        )

    def value(self, context: Context) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return self.compute(context)
        except (ArithmeticError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            return None  # this case lacks a value, or a shape, that the mistake needs
        except ImportError:
            return None  # autograd is not here, and the cause stays without a name

    def words(self, context: Context) -> str:
        return self.headline(context) if callable(self.headline) else self.headline


def mistakes_of(component: str) -> tuple[Mistake, ...]:
    part = SECTION_OF[component].load("mistakes")
    return part.MISTAKES.get(component, ()) if part else ()


def reference_beside(package: str) -> Callable:
    """A function that returns the ``reference`` of a section, imported when a mistake is first computed."""
    return partial(import_module, f"{package}.reference")


# --- mistakes that many components can have -----------------------------------------------------------------


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


def accumulated(quantity: Quantity) -> Mistake:
    """A gradient that is added to the one of the call before."""
    return Mistake(
        "accumulates", quantity,
        lambda c: sum(c.all(quantity)[-2:]) if len(c.all(quantity)) > 1 else None,
        "it adds up over calls of backward.", "Each call starts afresh: assign, do not add.",
    )  # fmt: skip


def changed_parameters(*quantities: Quantity) -> Mistake:
    """Parameters, looked at again after the calls, in whatever shape."""
    return Mistake(
        "parameters changed", quantities, anything,
        "your code has changed it.",
        "Only an optimizer's step does that. Which line assigns to it, or to another name of the same array?",
    )  # fmt: skip
