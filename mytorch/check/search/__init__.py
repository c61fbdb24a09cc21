"""Which line is it?  Small edits of the student's own class are tried until one proves a line.

Proven means: with the edit the quantity that differs first is right at every place, in all standard cases
and on seeds and sizes never shown, and nothing that was right becomes wrong. Where edits of several lines do
that, only what they share is said, and nothing where they share nothing. Where two mistakes meet in one
quantity, an edit may prove itself by the first of the handout's steps that is wrong.

source   the text of a class, as a tree that runs with an edit in it
reach    which statements can have a part in a quantity
edits    what a student may have meant
trial    run again, edited, and looked at
words    what is said
handed   the same where there is no reference
"""

import ast
import contextlib
import inspect
import io
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache, cached_property, partial
from time import perf_counter
from types import CodeType

import numpy as np

from ..backends import AUTOGRAD
from ..compare import Comparison
from ..contract import Quantity, contract_of
from ..outside import names_outside
from ..reference import parameters_of, trace_by
from ..trace import Trace
from ..wording import Place
from .edits import CONDITIONS, additions, edits, may_matter
from .edits.edit import ADDITION, EXCHANGE, Edit, all_of, together
from .edits.scope import Names, Scope, names_of, scope_of
from .edits.statements import (
    below_a_return,
    defined_before,
    exchanged_parameters,
    handed_back,
    is_def_line_of,
    lists_for_generators,
    objects_of_their_own,
    other_defaults,
    stopped_at,
    values_kept,
)
from .reach import Site, all_makers, drops_a_value, makes_no_array, places, reaching
from .source import Source, is_step, plain, source_of_class, whatever_comes
from .trial import Trial
from .words import (
    is_print,
    place_of,
    place_of_display,
    place_of_last,
    place_of_makers,
    place_of_pairs,
    words_of_steps,
)

SECONDS = 2.3  # with what comes before and after it, a student waits 3 at most
MOST_FIRSTS = 12
MORE_TURNS = 80  # cases, and larger sizes in some, of the turns that the first case takes
UNSEEN = (4711, 4712)


def search(
    component: type,
    comparison: Comparison,
    expected: list[Trace],
    seconds: float = SECONDS,
    unseen: list[Trace] | None = None,
    parameters: dict[str, list[str]] | None = None,
) -> Place | None:
    """``expected``: the reference's traces of the standard cases; ``unseen``: of cases that no check shows,
    and ``parameters``: what the handout's methods take, where there is no reference to ask. None where
    nothing is sure.
    """
    deadline = perf_counter() + seconds
    source = source_of_class(component)
    if source is None or any(one.meant for one in names_outside(component)):  # a diagnosis asks about these
        return None
    options = comparison.mismatch.trace.options
    shown = sorted(expected, key=lambda trace: trace.options != options)
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with quiet[0], quiet[1], warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        more = partial(unseen_cases, comparison.component) if unseen is None else lambda: unseen
        asked = parameters_of(comparison.component) if parameters is None else parameters
        return _Search(source, component, comparison, (lambda: shown, more), asked, deadline).place()


class _Search:
    def __init__(
        self,
        source: Source,
        original: type,
        comparison: Comparison,
        cases: tuple[Callable[[], list[Trace]], ...],
        parameters: dict[str, list[str]],
        deadline: float,
    ):
        self.source, self.parameters, self.deadline = source, parameters, deadline
        failure = comparison.mismatch.trace.failure if comparison.mismatch.actual is None else None
        self.stopped = failure.line if failure else 0
        self.is_called_in_vain = failure is not None and not failure.function  # by the check: no line has run
        self.quantity, self.contract = comparison.mismatch.quantity, contract_of(comparison.component)
        before, actual = comparison.mismatch.before, comparison.mismatch.actual
        # Where an input is no longer what it was, a line that adds to it may only undo that.
        self.changed = bool(comparison.mismatch.trace.changed_inputs)
        self.is_no_array = actual is not None and actual.problem == "type"
        self.is_none = actual is not None and actual.problem == "none" and self._method is not None
        self.is_made = actual is not None and actual.problem != "missing"
        self.given = {entry.quantity.name for entry in before if entry.quantity.what == "given"}
        self.batches = {entry.quantity.name for entry in before if entry.quantity.what in ("input", "batch")}
        self.right = {row.quantity for row in comparison.rows.values() if row.agrees}
        self._scopes: dict[ast.FunctionDef, Scope] = {}
        self._together: dict[Edit, Collection[Edit]] = {}
        self._codes: dict[Edit, tuple[CodeType, int]] = {}
        # What only lets the code go on proves nothing: then all has to be right.
        watched = {*self.contract.quantities} if self.stopped else self.right
        self.trials = [Trial(self.contract, each, self.quantity, watched, original) for each in cases]
        source.watch({step.name: step.by for step in self.contract.steps})
        source.prepare()
        with whatever_comes():  # an edited loop may turn a few times more, but not without end
            self.trials[0].run_through(source.unedited)
            source.most_turns = 100 + MORE_TURNS * source.turns
        source.is_late = lambda: perf_counter() > deadline

    def place(self) -> Place | None:
        if self._makes_right(self.source.unedited):  # its text is right: any edit would seem to mend it
            return None
        if (found := self._in_a_def_line()) or self.is_called_in_vain:
            return found
        stopping = [one.statement for one in self._statements if one.statement.lineno == self.stopped]
        if any(isinstance(one, CONDITIONS) for one in stopping):
            return None  # edits leave conditions alone: what they change elsewhere may be innocent
        if self.is_none and not any(_hands_back(node) for node in ast.walk(self._method)):
            return place_of_last(self.source, self._method.body[-1])
        found = self._far_from_where_it_shows() or self._found()
        if found is None or not self.stopped:
            return found
        # What lets the code go on says little about what the line should compute.
        is_shown = [number for number, _ in found.lines] == [self.stopped]
        return None if is_shown or not found.lines else replace(found, slip="", steps="")

    def _in_a_def_line(self) -> Place | None:
        """The handout's parameters in another order or with other defaults, or a method that stands there
        twice: all lines below are innocent.
        """
        for site in self._statements:
            if isinstance(site.statement, ast.FunctionDef) and site.block is self.source.definition.body:
                asked = self._parameters(site)
                before = defined_before(site, self.source.replaced)
                for edit in (*before, *exchanged_parameters(site, asked), *other_defaults(site, asked)):
                    if self._passes(edit, self._makes_right):
                        return place_of(self.source, [edit], self.quantity.label)
        return None

    @property
    def _method(self) -> ast.FunctionDef | None:
        """The one that returns the quantity; None where it returns none, or another class has the method."""
        body, quantity = self.source.definition.body, self.quantity
        own = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == quantity.by]
        return own[-1] if own and quantity.what == "returned" else None

    def _parameters(self, site: Site) -> list[str]:
        return self.parameters.get(site.function.name, [])

    def _far_from_where_it_shows(self) -> Place | None:
        """Two names for one object, what can be gone through once, a value that goes nowhere, lines below a
        return: other lines could make up for it, and are innocent.
        """
        proofs = []
        for site in self._statements:
            kept = values_kept(site, self._scope(site.function))
            rare = (*objects_of_their_own(site), *lists_for_generators(site), *kept)
            for edit in (*rare, *below_a_return(site), *handed_back(site)):
                if perf_counter() < self.deadline and self._passes(edit, self._makes_right):
                    proofs.append(edit)
        return place_of(self.source, proofs, self.quantity.label)

    def _found(self) -> Place | None:
        wrong = self._first_wrong_step()
        # Whoever has the ½ of a formula elsewhere has no mistake there.
        is_doubtful = wrong is None or self.trials[0].is_scaled(wrong, self.source, self.source.unedited)
        by_step = [] if is_doubtful else self._step_proofs(wrong, share=0.6)
        whole = [edit for edit in by_step if self._passes(edit, self._makes_right)]
        is_said = not is_doubtful
        if proofs := whole or self._proofs(self.quantity, self._makes_right, self.deadline):
            elsewhere = self._factor_of(wrong) if is_doubtful and wrong else []
            found = place_of(self.source, self._best(proofs) + elsewhere, self.quantity.label)
            is_said = bool(whole)  # an edit that leaves the step as it is shows that the step is no mistake
        elif by_step:
            found = place_of(self.source, by_step, wrong.name)
        else:
            found = place_of_pairs(self.source, self._pairs(), self.quantity)
        if (found is None or not found.lines) and self.is_made and not self.changed:
            makers = self._makers(self.quantity if is_doubtful else wrong)
            found = replace(found, lines=makers.lines) if found and makers else found or makers
        return replace(found or Place((), ""), steps=self._steps_until(wrong)) if is_said else found

    def _factor_of(self, step: Quantity) -> list[Edit]:
        """What mends all in the step that is a number off, where what is made of it could be mended as
        well.
        """
        return [edit for edit in self._step_proofs(step, share=1) if self._passes(edit, self._makes_right)]

    def _makers(self, quantity: Quantity) -> Place | None:
        """Where no edit proves a line: the line that does all the work, from what is right."""
        kept = [one for one in self.right if one.what in ("kept", "initial")]
        before = {f".{one.name}" for one in kept} | {f".{name}" for name in self.given}
        statements = [one for one in self._statements if one.function.name == quantity.by]
        changed = set().union(*(one.assigned for one in statements)) - {f".{quantity.name}"}
        right = (before - changed) | {f".{one.name}" for one in kept if one.by == quantity.by}
        right = self._right_in_mode(quantity) if quantity.mode else right | self._right_steps(quantity)
        later = {one.by for one in self.contract.quantities} if quantity.by == "__init__" else set()
        run = [
            one for one in self._changeable(self._statements) if one.function.name not in later - {"__init__"}
        ]
        makers = all_makers(run, quantity, right, self.source.outside, self.batches)
        if quantity.mode:
            makers = [one for one in makers if not self._is_of_another_mode(one)]
        if quantity == self.quantity:
            makers = [one for one in makers if self._may_have_run(one)]
        listed = [one for one in makers if makes_no_array(one)]
        if self.is_no_array and not quantity.kind and len(listed) == 1:
            return place_of_display(self.source, listed[0], quantity)
        if any(self._asks_a_helper(one) or one.function in self._dropping for one in makers):
            return None
        return place_of_makers(self.source, makers, quantity)

    def _may_have_run(self, site: Site) -> bool:
        """Before the first value is there; not if an exception in its place changes nothing."""
        if site.statement is site.function:
            return True
        before, after = self.trials[0].distance(self.source.unedited), []
        self._passes(stopped_at(site), lambda component: after.append(self.trials[0].distance(component)))
        return before < 1e-6 or before == np.inf or after != [before]

    def _step_proofs(self, wrong: Quantity, share: float) -> list[Edit]:
        """In a share of the time that is left."""
        deadline = perf_counter() + share * (self.deadline - perf_counter())
        return self._proofs(wrong, partial(self._makes_step_right, wrong), deadline)

    def _first_wrong_step(self) -> Quantity | None:
        own = [step for step in self.contract.steps if step.by == self.quantity.by]
        return next((step for step in own if self.steps.get(step.name) is False), None)

    def _steps_until(self, wrong: Quantity) -> str:
        own = [step for step in self.contract.steps if step.by == wrong.by]
        right = [step for step in own[: own.index(wrong)] if self.steps.get(step.name)]
        return words_of_steps(right, wrong)

    @cached_property
    def steps(self) -> dict[str, bool]:
        """The handout's steps that the student's method has, and whether each agrees with PyTorch."""
        found = self.trials[0].steps(self.source, self.source.unedited) if self.contract.steps else {}
        return {step.name: found[step.name] for step in self.contract.steps if step.name in found}

    # --- what an edit has to do ---

    def _makes_right(self, component: type) -> bool:
        return all(trial.succeeds(component) for trial in self.trials)

    def _makes_step_right(self, step: Quantity, component: type) -> bool:
        return all(trial.brings(step, self.source, component) for trial in self.trials)

    def _passes(self, edit: Edit, test: Callable[[type], bool]) -> bool:
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

    def _proofs(self, quantity: Quantity, test: Callable[[type], bool], deadline: float) -> list[Edit]:
        """The edits that pass, of the least cost at which one does; where the code stopped, of all costs but
        an addition's. Where a doubtful one passes, others may as well only make up for what is wrong
        elsewhere, but for those inside a helper.
        """
        proofs: list[Edit] = []
        is_doubted = False
        least = EXCHANGE if self.stopped else 0
        helpers = self.source.helpers | {name.removeprefix(".") for name in self._own_methods}
        inside = {one.function for one in self._statements if one.function.name in helpers}
        for edit in self._candidates(quantity):
            if is_doubted and not inside:
                return []
            if perf_counter() > deadline or (proofs and int(edit.cost) > max(least, int(proofs[0].cost))):
                break
            is_vain = (edit.cost >= ADDITION and self.changed) or _comes_too_late(edit, quantity)
            if is_vain or not self._passes(edit, test):
                continue
            if self._is_doubtful(edit):
                is_doubted = True
            else:
                proofs.append(edit)
        if perf_counter() > deadline:
            return []  # another line, not tried yet, may do as well
        return [edit for edit in proofs if not is_doubted or edit.place.function in inside]

    def _is_doubtful(self, edit: Edit) -> bool:
        if self._asks_a_helper(edit.place) or edit.place.read & self._own_methods:
            return True
        return edit.cost >= ADDITION and (
            self._may_lack_elsewhere(edit.place) or self._is_rebound(edit.place)
        )

    def _best(self, proofs: list[Edit]) -> list[Edit]:
        """Of several edits, those that make the most other quantities right as well."""
        if len({(edit.line, edit.kind) for edit in proofs}) == 1:
            return proofs
        right: dict[Edit, int] = {}
        for edit in proofs:
            self._passes(edit, lambda component: right.update({edit: self.trials[0].agreeing(component)}))
        return [edit for edit in proofs if right.get(edit) == max(right.values())]

    def _pairs(self) -> list[tuple[Edit, Edit]]:
        """Two edits that prove themselves together, where the first brings the value nearer. Where the code
        stopped, one of two may only let it go on.
        """
        if self.stopped:
            return []
        firsts = sorted(self._nearer(), key=lambda pair: pair[0])[:MOST_FIRSTS]
        pairs: list[tuple[Edit, Edit]] = []
        for _, first in firsts:
            if perf_counter() > self.deadline:
                break
            with first.applied():
                self.source.prepare()
                pairs += ((first, second) for second in self._seconds(first))
            if any(self._asks_a_helper(edit.place) for pair in pairs for edit in pair):
                pairs = []  # of which nothing will be said
                break
        self.source.prepare()
        return [] if perf_counter() > self.deadline else pairs

    def _nearer(self) -> Iterator[tuple[float, Edit]]:
        before: dict[ast.FunctionDef, float] = {}
        for edit in self._candidates(self.quantity):
            if edit.cost >= EXCHANGE + 0.25 or perf_counter() > self.deadline:
                return
            function = edit.place.function
            if function not in before:  # made anew: what earlier runs have left in it is gone without an edit
                before[function] = self._distance(replace(edit, changes=()))
            if (distance := self._distance(edit)) < 0.9 * before[function]:
                yield distance, edit

    def _distance(self, edit: Edit) -> float:
        found = [np.inf]
        self._passes(edit, lambda component: found.append(self.trials[0].distance(component)))
        return found[-1]

    def _seconds(self, first: Edit) -> Iterator[Edit]:
        for second in self._candidates(self.quantity, {first.line}):
            if second.cost >= EXCHANGE + 0.25 or perf_counter() > self.deadline:
                return
            if self._passes(second, self._makes_right):
                yield second
                return

    def _candidates(self, quantity: Quantity, run: Collection[int] = ()) -> Iterator[Edit]:
        """``run``: lines that run, whatever is noted."""
        statements = self._changeable(places(self.source))
        reached = reaching(statements, quantity, self._right_names(quantity), self.stopped)
        if quantity.mode and quantity == self.quantity:
            reached = [(distance, site) for distance, site in reached if not self._is_of_another_mode(site)]
        functions = {site.function for _, site in reached} if quantity == self.quantity else ()
        lines = {function: self._lines_run(function) | {*run} for function in functions}
        is_list = bool(quantity.kind and not quantity.equation)  # to which no formula adds anything
        for made in (edits,) if is_list else (edits, additions):  # these cost more than all of those
            found = []
            for distance, place in reached:
                if perf_counter() > self.deadline:  # of a long class all edits are a second's work
                    return
                found += (
                    (int(edit.cost), edit.cost + 0.25 * distance, edit)
                    for edit in made(place, self._scope(place.function))
                    if quantity != self.quantity or may_matter(edit, lines[place.function])
                )
            ordered = [edit for *_, edit in sorted(found, key=lambda each: each[:2])]
            self._together = {edit: few for few in together(ordered) for edit in few}
            self._codes.clear()
            yield from ordered

    def _is_of_another_mode(self, site: Site) -> bool:
        """Does it only give attributes values that were right before the call in the quantity's own mode, in
        which it does not run?
        """
        statement = site.statement
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        given = {f".{one.attr}" if isinstance(one, ast.Attribute) else "" for one in targets}
        lines = range(statement.lineno, statement.end_lineno + 1)
        return given <= self._right_in_training and self._run_in_mode.isdisjoint(lines)

    def _right_in_mode(self, quantity: Quantity) -> set[str]:
        """What was right before the call, and is as it was in it, or is what begins the quantity itself."""
        run = [one for one in self._statements if one.statement.lineno in self._run_in_mode]
        begun = {f".{quantity.name}"} if quantity.what == "kept" else set()
        changed = set().union(*(one.assigned for one in run)) - begun
        return self._right_in_training - changed

    @cached_property
    def _right_in_training(self) -> set[str]:
        """Attributes, with a dot, that agree wherever they are looked at in no mode of its own."""
        usual = {one for one in self.contract.quantities if not one.mode and one.what in ("kept", "initial")}
        return {f".{one.name}" for one in usual} - {f".{one.name}" for one in usual - self.right}

    @cached_property
    def _run_in_mode(self) -> set[int]:
        """Lines that run in the quantity's mode, until its first value is there."""
        lines: set[int] = set()
        with whatever_comes():
            self.trials[0].make_first(self.source.unedited, self.source.noting(lines))
        return lines

    def _lines_run(self, function: ast.FunctionDef) -> set[int]:
        """Until the class is seen to be wrong. ``function`` is made anew, as for an edit in it."""
        lines: set[int] = set()
        code = self.source.compiled(function)
        with whatever_comes(), self.source.noting(lines), self.source.edited(function, code) as component:
            self._makes_right(component)
        return lines

    def _scope(self, function: ast.FunctionDef) -> Scope:
        """Of the class without an edit."""
        if function not in self._scopes:
            promised = {one.name for one in self.contract.quantities if one.what != "returned"}
            self._scopes[function] = scope_of(function, self._names, promised)
        return self._scopes[function]

    @cached_property
    def _names(self) -> Names:
        return names_of(self.source)

    def _asks_a_helper(self, place: Site) -> bool:
        """Does it use a function that stands outside the class?  The mistake may be in that one, whatever
        else would make up for it here.
        """
        return bool(place.read & self.source.helpers - {place.function.name})

    def _may_lack_elsewhere(self, place: Site) -> bool:
        """Is something computed in vain in its function, or does it use what a line has from a helper, and
        nothing shows that it is right?
        """
        named = place.read - self._right_names(self.quantity) - {"self"}
        return place.function in self._dropping or any(
            one.function is place.function and self._asks_a_helper(one) and one.assigned & named
            for one in self._statements
        )

    def _is_rebound(self, place: Site) -> bool:
        """Does it use an argument of which a line above has made something else?  What it lacks may have got
        lost there.
        """
        arguments, spoilt = {one.arg for one in place.function.args.args}, set()
        for one in self._statements:
            is_above = one.function is place.function and one.statement.lineno < place.statement.lineno
            if is_above and not isinstance(one.statement, ast.FunctionDef):
                spoilt |= one.assigned if one.read & spoilt else one.assigned & arguments
                spoilt.discard("self")  # as in self.v_W[i] = …
        return bool(place.read & spoilt)

    @cached_property
    def _dropping(self) -> set[ast.FunctionDef]:
        return {one.function for one in self._statements if drops_a_value(one)}

    @cached_property
    def _own_methods(self) -> set[str]:
        """Those that the handout does not have, with a dot: the mistake may be in these as well."""
        body = self.source.definition.body
        methods = [one.name for one in body if isinstance(one, ast.FunctionDef)]
        made = [
            one
            for one in body
            if isinstance(one, ast.Assign) and isinstance(one.value, (ast.Call, ast.Lambda))
        ]
        methods += [target.id for one in made for target in one.targets if isinstance(target, ast.Name)]
        asked = {one.by for one in self.contract.quantities} | {"__init__", "forward", "backward"}
        return {f".{name}" for name in methods if name not in asked}

    @cached_property
    def _statements(self) -> list[Site]:
        return places(self.source)

    def _changeable(self, statements: list[Site]) -> list[Site]:
        """All but the def lines that are the handout's."""
        return [site for site in statements if not is_def_line_of(site, self._parameters(site))]

    def _right_names(self, quantity: Quantity) -> set[str]:
        """Attributes, with a dot, and variables whose values agree: what makes them is no mistake."""
        kept = {one for one in self.right if one.what == "kept" and one.by == quantity.by}
        names = set() if quantity.mode else {f".{one.name}" for one in kept}
        return (names | self._right_steps(quantity)) - {f".{quantity.name}"}

    def _right_steps(self, quantity: Quantity) -> set[str]:
        """What the handout's steps that agree are called in the quantity's method."""
        steps = [name for name, agrees in self.steps.items() if agrees]
        return {
            name
            for place in self._statements
            if place.function.name == quantity.by
            for name in place.assigned
            if any(is_step(name.removeprefix("."), step) for step in steps)
        }


def _hands_back(node: ast.AST) -> bool:
    """Does it return, or yield, something that print has not made?"""
    if isinstance(node, ast.Return):
        return node.value is not None and not is_print(node.value)
    return isinstance(node, (ast.Yield, ast.YieldFrom))


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


@cache
def unseen_cases(component: str) -> list[Trace]:
    """The reference's traces of cases that no check shows: other seeds, and other sizes."""
    contract = contract_of(component)
    parameters = inspect.signature(contract.probe).parameters.values()
    sizes = {one.name: one.default + 3 for one in parameters if type(one.default) is int}
    cases = [case for case in contract.cases if case.get("dtype") != "float32"]
    larger = [case | sizes for case in cases]
    larger = [case for i, case in enumerate(larger) if case not in larger[:i]]
    return [
        trace_by(AUTOGRAD, component, seed, case)
        for seed, these in zip(UNSEEN, (cases, larger))
        for case in these
    ]
