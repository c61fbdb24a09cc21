"""Run a class again, edited, and look whether a quantity is right: at every place, in every case."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property

import numpy as np

from ..compare import matches
from ..contract import Contract, Quantity, Reached
from ..trace import Entry, Trace, capture
from .source import Met, Source, whatever_comes


class Trial:
    """``expected()``: the reference's traces of the cases, the one that shows the mistake first.

    ``right``: quantities that agreed in every case, and must go on doing so. ``original``: the student's
    class, without an edit.
    """

    def __init__(
        self,
        contract: Contract,
        expected: Callable[[], list[Trace]],
        quantity: Quantity,
        right: set[Quantity],
        original: type,
    ):
        self.contract, self.expected = contract, expected
        self.quantity, self.right, self.original = quantity, right, original
        # The same value returned and kept: whoever mends the one alone has missed the line.
        same = (quantity.name, quantity.by, quantity.mode)
        self.twins = {one for one in contract.quantities if (one.name, one.by, one.mode) == same}
        self._counts: dict[int, int] = {}
        self._rng, self._starts = np.random.default_rng(), {}  # by seed: its state ahead of a probe

    def succeeds(self, component: type) -> bool:
        """Most edits fail at the first value of the quantity, so that is looked at alone, before the rest."""
        return self._first_agrees(component) and all(
            self._agrees(component, expected, self.twins | self.right) for expected in self.expected()
        )

    def agreeing(self, component: type) -> int:
        """How many of the contract's quantities are right at every place."""
        wrong = set()
        for expected in self.expected():
            wanted = iter(expected.results)
            with whatever_comes():
                for item in self._probe(component, expected):
                    if not (isinstance(item, Reached) or item.quantity.handed):
                        entry = next(wanted)
                        if not self._matches(entry, capture(item), expected):
                            wrong.add(entry.quantity)
            wrong |= {entry.quantity for entry in wanted}
        return len(set(self.contract.quantities) - wrong)

    def run_through(self, component: type) -> None:
        """The first case, to its end or to whatever exception comes."""
        for _ in self._probe(component, self.expected()[0]):
            pass

    def distance(self, component: type) -> float:
        """Of the quantity's first value from the right one, relative to that; infinite where the two cannot
        be compared.
        """
        wanted, got = self._wanted, self._first(component)
        if wanted is None or got is None or got.value is None or got.value.shape != wanted.value.shape:
            return np.inf
        distance = np.linalg.norm(got.value - wanted.value) / (np.linalg.norm(wanted.value) + 1e-12)
        return float(distance) if np.isfinite(distance) else np.inf

    def _first_agrees(self, component: type) -> bool:
        wanted, expected = self._wanted, self.expected()[0]
        if wanted is None:
            return True
        got = self._first(component)
        return got is not None and self._matches(wanted, got, expected)

    @cached_property
    def _wanted(self) -> Entry | None:
        """The quantity's first value in the first case, the reference's."""
        return next((one for one in self.expected()[0].entries if one.quantity == self.quantity), None)

    def _first(self, component: type) -> Entry | None:
        """And the class's."""
        try:
            for item in self._probe(component, self.expected()[0]):
                if not isinstance(item, Reached) and item.quantity == self.quantity:
                    return capture(item)
        except KeyboardInterrupt:
            raise
        except BaseException:
            pass
        return None

    def make_first(self, component: type, meanwhile: AbstractContextManager) -> None:
        """The quantity's first value. ``meanwhile``: from the first call in its mode on."""
        expected = self.expected()[0]
        asked = [one.quantity for one in expected.entries]
        begins = next(i for i, one in enumerate(asked) if one.mode == self.quantity.mode)
        values = (one for one in self._probe(component, expected) if not isinstance(one, Reached))
        for _ in range(begins):
            next(values)
        with meanwhile:
            for _ in range(begins, asked.index(self.quantity) + 1):
                next(values)

    def _agrees(self, component: type, expected: Trace, watched: set[Quantity]) -> bool:
        """At every place that the probe comes to."""
        wanted, was_met, count = iter(expected.results), False, 0
        try:
            for item in self._probe(component, expected):
                if isinstance(item, Reached) or item.quantity.handed:
                    continue
                entry, count = next(wanted), count + 1
                was_met = was_met or entry.quantity == self.quantity
                if entry.quantity in watched and not self._matches(entry, capture(item), expected):
                    return False
        except KeyboardInterrupt:
            raise
        except BaseException:  # another mistake stops the code, now as before
            return was_met and count >= self._needed(expected)
        return was_met or all(entry.quantity != self.quantity for entry in expected.results)

    def _needed(self, expected: Trace) -> int:
        """How many values the original yields before an exception ends it; one more, where the quantity is
        what it does not come to.
        """
        if id(expected) not in self._counts:
            count = 0
            with whatever_comes():
                for item in self._probe(self.original, expected):
                    count += not (isinstance(item, Reached) or item.quantity.handed)
            awaited = [entry.quantity for entry in expected.results[count : count + 1]]
            self._counts[id(expected)] = count + (awaited == [self.quantity])
        return self._counts[id(expected)]

    def _probe(self, component: type, expected: Trace):
        """One at a time: they share a generator of random numbers, since to seed one takes long."""
        if expected.seed not in self._starts:
            self._starts[expected.seed] = np.random.default_rng(expected.seed).bit_generator.state
        self._rng.bit_generator.state = self._starts[expected.seed]
        return self.contract.probe(component, self._rng, **expected.options)

    def brings(self, step: Quantity, source: Source, component: type) -> bool:
        """Is this step right at every place, and still what had been right?"""
        name = step.name
        if not self._first_step_agrees(step, source, component):
            return False
        return all(
            self._steps(source, component, expected).get(name) is True for expected in self.expected()
        ) and all(self._agrees(component, expected, self.right) for expected in self.expected())

    def _first_step_agrees(self, step: Quantity, source: Source, component: type) -> bool:
        """Most edits fail here, ahead of the rest of the probe."""
        expected = self.expected()[0]
        source.met.clear()
        source.stop_at = step.name
        try:
            for _ in self._probe(component, expected):
                pass
        except Met:
            wanted = next(entry for entry in expected.steps if entry.quantity == step)
            return self._is_step(wanted, Entry(step, value=source.met[-1][1]), expected)
        except KeyboardInterrupt:
            raise
        except BaseException:
            pass
        finally:
            source.stop_at = ""
        return False

    def steps(self, source: Source, component: type) -> dict[str, bool]:
        """Which of the handout's steps agree at every place."""
        found = [self._steps(source, component, expected) for expected in self.expected()]
        names = {name for each in found for name in each}
        return {name: all(each.get(name, True) for each in found) for name in names}

    def _steps(self, source: Source, component: type, expected: Trace) -> dict[str, bool]:
        """Of those that are met as often as the reference's."""
        source.met.clear()
        with whatever_comes():
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

    def is_scaled(self, step: Quantity, source: Source, component: type) -> bool:
        """Is it the right value times a number?  Whoever has the ½ of a formula elsewhere has no mistake."""
        self._steps(source, component, expected := self.expected()[0])
        entries = [entry for entry in expected.steps if entry.quantity == step]
        values = [value for name, value in source.met if name == step.name]
        wrong = [
            (entry.value, value)
            for entry, value in zip(entries, values)
            if not self._is_step(entry, Entry(step, value=value), expected)
        ]
        return bool(wrong) and all(_is_multiple(value, of=wanted) for wanted, value in wrong)

    def _is_step(self, wanted: Entry, got: Entry, expected: Trace) -> bool:
        """Whether with axes of length one or without: only what it says matters."""
        loose = replace(wanted.quantity, loose=True)
        return self._matches(replace(wanted, quantity=loose), replace(got, quantity=loose), expected)

    @staticmethod
    def _matches(wanted: Entry, got: Entry, expected: Trace) -> bool:
        return matches(wanted.quantity, wanted, got, expected.dtype)


def _is_multiple(value: np.ndarray, of: np.ndarray) -> bool:
    if value.size != of.size or not of.any():
        return False
    scale = np.vdot(of, value) / np.vdot(of, of)
    return np.allclose(value.ravel(), scale * of.ravel(), atol=1e-6 * np.abs(of).max())


class Trials(list[Trial]):
    """Of the cases that the check shows, and of others."""

    @property
    def first(self) -> Trial:
        return self[0]

    def succeed(self, component: type) -> bool:
        return all(trial.succeeds(component) for trial in self)

    def bring(self, step: Quantity, source: Source, component: type) -> bool:
        return all(trial.brings(step, source, component) for trial in self)
