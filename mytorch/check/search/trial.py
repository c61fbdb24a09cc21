"""Run a class again, edited, and look whether a quantity is right: at every place, in every case."""

from collections.abc import Callable

import numpy as np

from ..compare import matches
from ..contract import Contract, Quantity, Reached
from ..trace import Entry, Trace, capture
from .source import Endless


class Trial:
    """``expected()``: the reference's traces of the cases, the one that shows the mistake first.

    ``right``: quantities that agreed in every case, and must go on doing so.
    """

    def __init__(
        self,
        contract: Contract,
        expected: Callable[[], list[Trace]],
        quantity: Quantity,
        right: set[Quantity],
    ):
        self.contract, self.expected = contract, expected
        self.quantity, self.right = quantity, right

    def succeeds(self, component: type) -> bool:
        """Most edits fail at the first value of the quantity, so that is looked at alone, before the rest."""
        cases = self.expected()
        return self._first_agrees(component, cases[0]) and all(
            self._agrees(component, expected) for expected in cases
        )

    def _first_agrees(self, component: type, expected: Trace) -> bool:
        wanted = next((one for one in expected.results if one.quantity == self.quantity), None)
        if wanted is None:
            return True
        try:
            for item in self._probe(component, expected):
                if not isinstance(item, Reached) and item.quantity == self.quantity:
                    return self._matches(wanted, capture(item), expected)
        except KeyboardInterrupt:
            raise
        except (Exception, Endless):
            pass
        return False

    def _agrees(self, component: type, expected: Trace) -> bool:
        """At every place: the quantity, and what had been right."""
        wanted, watched = iter(expected.results), {self.quantity, *self.right}
        was_met = False
        try:
            for item in self._probe(component, expected):
                if isinstance(item, Reached) or item.quantity.handed:
                    continue
                entry = next(wanted)
                was_met = was_met or entry.quantity == self.quantity
                if entry.quantity in watched and not self._matches(entry, capture(item), expected):
                    return False
        except KeyboardInterrupt:
            raise
        except (Exception, Endless):
            return was_met and not watched & {entry.quantity for entry in wanted}
        return was_met or all(entry.quantity != self.quantity for entry in expected.results)

    def _probe(self, component: type, expected: Trace):
        return self.contract.probe(component, np.random.default_rng(expected.seed), **expected.options)

    @staticmethod
    def _matches(wanted: Entry, got: Entry, expected: Trace) -> bool:
        return matches(wanted.quantity, wanted, got, expected.options.get("dtype", "float64"))
