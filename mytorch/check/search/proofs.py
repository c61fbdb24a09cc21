"""Edits are tried, those of the least cost first, until one proves itself."""

import ast
import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from types import CodeType

import numpy as np

from ..contract import Quantity
from .deadline import Deadline
from .edits import additions, edits, may_matter
from .edits.edit import ADDITION, EXCHANGE, Edit, all_of, together
from .known import Known
from .reach import places, reaching
from .source import plain

MOST_FIRSTS = 12


class Proofs:
    """Finds the edits of a class that prove a line."""

    def __init__(self, known: Known, deadline: Deadline):
        self.known, self.deadline = known, deadline
        self.source, self.quantity, self.trials = known.source, known.quantity, known.trials
        self._together: dict[Edit, Collection[Edit]] = {}
        self._codes: dict[Edit, tuple[CodeType, int]] = {}

    def passes(self, edit: Edit, test: Callable[[type], bool]) -> bool:
        try:
            code, number = self._code(edit)
            with self.source.edited(edit.place.function, code, number) as component:
                return test(component)
        except KeyboardInterrupt:
            raise
        except BaseException:  # it is no Python, or its class body fails
            return False

    def _code(self, edit: Edit) -> tuple[CodeType, int]:
        """Of the class with the edit, and the edit's number in there: to compile each alone would take longer
        than to run it.
        """
        if few := self._together.get(edit):
            self._together.update(dict.fromkeys(few, ()))  # once: if one is no Python, each is alone
            with contextlib.suppress(Exception), all_of(few).applied():
                code = self.source.compiled(edit.place.function)
                self._codes |= {one: (code, number) for number, one in enumerate(few)}
        if edit not in self._codes:
            with edit.applied():
                self._codes[edit] = self.source.compiled(edit.place.function), 0
        return self._codes[edit]

    def of_all(self) -> list[Edit]:
        """Edits that make the quantity right that differs first, and nothing wrong."""
        return self._proofs(self.quantity, self.trials.succeed, self.deadline)

    def of_step(self, wrong: Quantity, share: float) -> list[Edit]:
        """Edits that make the step right, found in a share of the time that is left."""
        return self._proofs(wrong, partial(self.trials.bring, wrong, self.source), self.deadline.after(share))

    def _proofs(self, quantity: Quantity, test: Callable[[type], bool], deadline: Deadline) -> list[Edit]:
        """The edits that pass, of the least cost at which one does; where the code stopped, of all costs but
        an addition's. Where a doubtful one passes, others may as well only make up for what is wrong
        elsewhere, but for those inside a helper.
        """
        proofs: list[Edit] = []
        is_doubted = False
        least = EXCHANGE if self.known.stopped else 0
        helpers = self.source.helpers | {name.removeprefix(".") for name in self.known.own_methods}
        inside = {one.function for one in self.known.statements if one.function.name in helpers}
        for edit in self._candidates(quantity):
            if is_doubted and not inside:
                return []
            if deadline.is_over or (proofs and int(edit.cost) > max(least, int(proofs[0].cost))):
                break
            is_vain = (edit.cost >= ADDITION and self.known.changed) or _comes_too_late(edit, quantity)
            if is_vain or not self.passes(edit, test):
                continue
            if self._is_doubtful(edit):
                is_doubted = True
            else:
                proofs.append(edit)
        if deadline.is_over:
            return []  # another line, not tried yet, may do as well
        return [edit for edit in proofs if not is_doubted or edit.place.function in inside]

    def _is_doubtful(self, edit: Edit) -> bool:
        if self.known.asks_a_helper(edit.place) or edit.place.read & self.known.own_methods:
            return True
        return edit.cost >= ADDITION and (
            self.known.may_lack_elsewhere(edit.place) or self.known.is_rebound(edit.place)
        )

    def best(self, proofs: list[Edit]) -> list[Edit]:
        """Of several edits, those that make the most other quantities right as well."""
        if len({(edit.line, edit.kind) for edit in proofs}) == 1:
            return proofs
        right: dict[Edit, int] = {}
        for edit in proofs:
            self.passes(edit, lambda component: right.update({edit: self.trials.first.agreeing(component)}))
        return [edit for edit in proofs if right.get(edit) == max(right.values())]

    def pairs(self) -> list[tuple[Edit, Edit]]:
        """Two edits that prove themselves together, where the first brings the value nearer. Where the code
        stopped, one of two may only let it go on.
        """
        if self.known.stopped:
            return []
        firsts = sorted(self._nearer(), key=lambda pair: pair[0])[:MOST_FIRSTS]
        pairs: list[tuple[Edit, Edit]] = []
        for _, first in firsts:
            if self.deadline.is_over:
                break
            with first.applied():
                self.source.prepare()
                pairs += ((first, second) for second in self._seconds(first))
            if any(self.known.asks_a_helper(edit.place) for pair in pairs for edit in pair):
                pairs = []  # of which nothing will be said
                break
        self.source.prepare()
        return [] if self.deadline.is_over else pairs

    def _nearer(self) -> Iterator[tuple[float, Edit]]:
        before: dict[ast.FunctionDef, float] = {}
        for edit in self._candidates(self.quantity):
            if edit.cost >= EXCHANGE + 0.25 or self.deadline.is_over:
                return
            function = edit.place.function
            if function not in before:  # made anew: what earlier runs have left in it is gone without an edit
                before[function] = self._distance(replace(edit, changes=()))
            if (distance := self._distance(edit)) < 0.9 * before[function]:
                yield distance, edit

    def _distance(self, edit: Edit) -> float:
        found = [np.inf]
        self.passes(edit, lambda component: found.append(self.trials.first.distance(component)))
        return found[-1]

    def _seconds(self, first: Edit) -> Iterator[Edit]:
        for second in self._candidates(self.quantity, {first.line}):
            if second.cost >= EXCHANGE + 0.25 or self.deadline.is_over:
                return
            if self.passes(second, self.trials.succeed):
                yield second
                return

    def _candidates(self, quantity: Quantity, run: Collection[int] = ()) -> Iterator[Edit]:
        """``run``: lines that run, whatever is noted."""
        statements = self.known.changeable(places(self.source))
        reached = reaching(statements, quantity, self.known.right_names(quantity), self.known.stopped)
        if quantity.mode and quantity == self.quantity:
            reached = [pair for pair in reached if not self.known.is_of_another_mode(pair[1])]
        functions = {site.function for _, site in reached} if quantity == self.quantity else ()
        lines = {function: self.known.lines_run(function) | {*run} for function in functions}
        is_list = bool(quantity.kind and not quantity.equation)  # to which no formula adds anything
        for made in (edits,) if is_list else (edits, additions):  # these cost more than all of those
            found = []
            for distance, place in reached:
                if self.deadline.is_over:  # of a long class all edits are a second's work
                    return
                found += (
                    (int(edit.cost), edit.cost + 0.25 * distance, edit)
                    for edit in made(place, self.known.scope(place.function))
                    if quantity != self.quantity or may_matter(edit, lines[place.function])
                )
            ordered = [edit for *_, edit in sorted(found, key=lambda each: each[:2])]
            self._together = {edit: few for few in together(ordered) for edit in few}
            self._codes.clear()
            yield from ordered


def _comes_too_late(edit: Edit, quantity: Quantity) -> bool:
    """Does it add to what is returned, where its name has its value already?  What that lacks may be lacking
    there.
    """
    statement, arguments = edit.place.statement, {one.arg for one in edit.place.function.args.args}
    if not isinstance(statement, ast.Return):
        return False
    if isinstance(statement.value, ast.Name) and statement.value.id not in arguments:
        return edit.cost >= ADDITION or edit.kind == "sign"
    kept = {plain(name.removeprefix(".")) for name in edit.place.read}
    return edit.cost >= ADDITION and plain(quantity.name) in kept
