"""Run a class again, edited, and look whether a quantity is right: at every place, in every case."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..compare import matches
from ..contract import Contract, Quantity, Reached
from ..trace import Entry, Trace, capture
from .source import Endless, Source


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
            self._agrees(component, expected, {self.quantity, *self.right}) for expected in cases
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

    def _agrees(self, component: type, expected: Trace, watched: set[Quantity]) -> bool:
        """At every place that the probe comes to."""
        wanted, was_met = iter(expected.results), False
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

    def brings(self, step: Quantity, source: Source, component: type) -> bool:
        """Is this step right at every place, and still what had been right?"""
        name = step.name
        return all(
            self._steps(source, component, expected).get(name) is True for expected in self.expected()
        ) and all(self._agrees(component, expected, self.right) for expected in self.expected())

    def steps(self, source: Source, component: type) -> dict[str, bool]:
        """Which of the handout's steps agree at every place."""
        found = [self._steps(source, component, expected) for expected in self.expected()]
        names = {name for each in found for name in each}
        return {name: all(each.get(name, True) for each in found) for name in names}

    def _steps(self, source: Source, component: type, expected: Trace) -> dict[str, bool]:
        """Of those that are met as often as the reference's."""
        source.met.clear()
        with contextlib.suppress(Exception, Endless):
            for _ in self._probe(component, expected):
                pass
        agreeing = {}
        for name in {entry.quantity.name for entry in expected.steps}:
            wanted = [entry for entry in expected.steps if entry.quantity.name == name]
            values = [value for met, value in source.met if met == name]
            if len(values) == len(wanted):
                got = [Entry(entry.quantity, value=value) for entry, value in zip(wanted, values)]
                agreeing[name] = all(self._is_step(*pair, expected) for pair in zip(wanted, got))
        return agreeing

    def _is_step(self, wanted: Entry, got: Entry, expected: Trace) -> bool:
        """Whether with axes of length one or without: only what it says matters."""
        loose = replace(wanted.quantity, loose=True)
        return self._matches(replace(wanted, quantity=loose), replace(got, quantity=loose), expected)

    @staticmethod
    def _matches(wanted: Entry, got: Entry, expected: Trace) -> bool:
        return matches(wanted.quantity, wanted, got, expected.options.get("dtype", "float64"))
