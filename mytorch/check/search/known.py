"""What is known of a class before anything is changed in it: what is right, what runs, what stands where."""

import ast
from collections.abc import Callable
from functools import cached_property

from ..compare import Comparison
from ..contract import Quantity, contract_of
from ..trace import Trace
from .edits.scope import Names, Scope, names_of, scope_of
from .edits.statements import is_def_line_of
from .reach import Site, drops_a_value, places
from .source import Source, is_step, whatever_comes
from .trial import Trial, Trials


class Known:
    """About one class and the quantity of it that differs first.

    ``cases``: the reference's traces, of the cases that are shown and of others; ``parameters``: what the
    handout's methods take.
    """

    def __init__(
        self,
        source: Source,
        original: type,
        comparison: Comparison,
        cases: tuple[Callable[[], list[Trace]], ...],
        parameters: dict[str, list[str]],
    ):
        mismatch = comparison.mismatch
        self.source, self._asked = source, parameters
        self.quantity, self.contract = mismatch.quantity, contract_of(comparison.component)
        self.right = {row.quantity for row in comparison.rows.values() if row.agrees}
        failure = mismatch.trace.failure if mismatch.actual is None else None
        self.stopped = failure.line if failure else 0
        self.is_called_in_vain = failure is not None and not failure.function  # by the check: no line has run
        # What only lets the code go on proves nothing: then all has to be right.
        watched = {*self.contract.quantities} if self.stopped else self.right
        self.trials = Trials(Trial(self.contract, each, self.quantity, watched, original) for each in cases)
        # Where an input is no longer what it was, a line that adds to it may only undo that.
        self.changed = bool(mismatch.trace.changed_inputs)
        self.is_no_array = mismatch.actual is not None and mismatch.actual.problem == "type"
        self.is_none = mismatch.actual is not None and mismatch.actual.problem == "none"
        self.is_made = mismatch.actual is not None and mismatch.actual.problem != "missing"
        self.given = {entry.quantity.name for entry in mismatch.before if entry.quantity.what == "given"}
        self.batches = {
            entry.quantity.name for entry in mismatch.before if entry.quantity.what in ("input", "batch")
        }
        self._scopes: dict[ast.FunctionDef, Scope] = {}

    @property
    def method(self) -> ast.FunctionDef | None:
        """The one that returns the quantity; None where it returns none, or another class has the method."""
        body, quantity = self.source.definition.body, self.quantity
        own = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == quantity.by]
        return own[-1] if own and quantity.what == "returned" else None

    def parameters(self, site: Site) -> list[str]:
        return self._asked.get(site.function.name, [])

    @cached_property
    def steps(self) -> dict[str, bool]:
        """The handout's steps that the student's method has, and whether each agrees with PyTorch."""
        found = self.trials.first.steps(self.source, self.source.unedited) if self.contract.steps else {}
        return {step.name: found[step.name] for step in self.contract.steps if step.name in found}

    def is_of_another_mode(self, site: Site) -> bool:
        """Does it only give attributes values that were right before the call in the quantity's own mode, in
        which it does not run?
        """
        statement = site.statement
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        given = {f".{one.attr}" if isinstance(one, ast.Attribute) else "" for one in targets}
        lines = range(statement.lineno, statement.end_lineno + 1)
        return given <= self._right_in_training and self._run_in_mode.isdisjoint(lines)

    def right_in_mode(self, quantity: Quantity) -> set[str]:
        """What was right before the call, and is as it was in it, or is what begins the quantity itself."""
        run = [one for one in self.statements if one.statement.lineno in self._run_in_mode]
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
            self.trials.first.make_first(self.source.unedited, self.source.noting(lines))
        return lines

    def lines_run(self, function: ast.FunctionDef) -> set[int]:
        """Until the class is seen to be wrong. ``function`` is made anew, as for an edit in it."""
        lines: set[int] = set()
        code = self.source.compiled(function)
        with whatever_comes(), self.source.noting(lines), self.source.edited(function, code) as component:
            self.trials.succeed(component)
        return lines

    def scope(self, function: ast.FunctionDef) -> Scope:
        """Of the class without an edit."""
        if function not in self._scopes:
            promised = {one.name for one in self.contract.quantities if one.what != "returned"}
            self._scopes[function] = scope_of(function, self._names, promised)
        return self._scopes[function]

    @cached_property
    def _names(self) -> Names:
        return names_of(self.source)

    def asks_a_helper(self, place: Site) -> bool:
        """Does it use a function that stands outside the class?  The mistake may be in that one, whatever
        else would make up for it here.
        """
        return bool(place.read & self.source.helpers - {place.function.name})

    def may_lack_elsewhere(self, place: Site) -> bool:
        """Is something computed in vain in its function, or does it use what a line has from a helper, and
        nothing shows that it is right?
        """
        named = place.read - self.right_names(self.quantity) - {"self"}
        return place.function in self.dropping or any(
            one.function is place.function and self.asks_a_helper(one) and one.assigned & named
            for one in self.statements
        )

    def is_rebound(self, place: Site) -> bool:
        """Does it use an argument of which a line above has made something else?  What it lacks may have got
        lost there.
        """
        arguments, spoilt = {one.arg for one in place.function.args.args}, set()
        for one in self.statements:
            is_above = one.function is place.function and one.statement.lineno < place.statement.lineno
            if is_above and not isinstance(one.statement, ast.FunctionDef):
                spoilt |= one.assigned if one.read & spoilt else one.assigned & arguments
                spoilt.discard("self")  # as in self.v_W[i] = …
        return bool(place.read & spoilt)

    @cached_property
    def dropping(self) -> set[ast.FunctionDef]:
        return {one.function for one in self.statements if drops_a_value(one)}

    @cached_property
    def own_methods(self) -> set[str]:
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
    def statements(self) -> list[Site]:
        return places(self.source)

    def changeable(self, statements: list[Site]) -> list[Site]:
        """All but the def lines that are the handout's."""
        return [site for site in statements if not is_def_line_of(site, self.parameters(site))]

    def right_names(self, quantity: Quantity) -> set[str]:
        """Attributes, with a dot, and variables whose values agree: what makes them is no mistake."""
        kept = {one for one in self.right if one.what == "kept" and one.by == quantity.by}
        names = set() if quantity.mode else {f".{one.name}" for one in kept}
        return (names | self.right_steps(quantity)) - {f".{quantity.name}"}

    def right_steps(self, quantity: Quantity) -> set[str]:
        """What the handout's steps that agree are called in the quantity's method."""
        steps = [name for name, agrees in self.steps.items() if agrees]
        return {
            name
            for place in self.statements
            if place.function.name == quantity.by
            for name in place.assigned
            if any(is_step(name.removeprefix("."), step) for step in steps)
        }
