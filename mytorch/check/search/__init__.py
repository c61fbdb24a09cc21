"""Which line is it?  Small edits of the student's own class are tried until one proves a line.

Proven means: with the edit the quantity that differs first is right at every place, in all standard cases
and on seeds and sizes never shown, and nothing that was right becomes wrong. Where edits of several lines do
that, only what they share is said, and nothing where they share nothing. Where two mistakes meet in one
quantity, an edit may prove itself by the first of the handout's steps that is wrong.

source           the text of a class, as a tree that runs with an edit in it
reach            which statements can have a part in a quantity
known            what is right, what runs, what stands where, without an edit
edits            what a student may have meant
trial            run again, edited, and looked at
proofs           which edits pass, of the least cost
makers           where none does: the line that does all the work
words            what is said
deadline         until when
handed           the same where there is no reference
"""

import ast
import contextlib
import inspect
import io
import warnings
from dataclasses import replace
from functools import cache, partial

import numpy as np

from ..backends import AUTOGRAD
from ..compare import Comparison
from ..contract import Quantity, contract_of
from ..outside import names_outside
from ..reference import parameters_of, trace_by
from ..trace import Trace
from ..wording import Place
from .deadline import Deadline
from .edits import CONDITIONS
from .edits.edit import Edit
from .edits.statements import (
    below_a_return,
    defined_before,
    exchanged_parameters,
    handed_back,
    lists_for_generators,
    objects_of_their_own,
    other_defaults,
    values_kept,
)
from .known import Known
from .makers import line_that_makes
from .proofs import Proofs
from .source import source_of_class, whatever_comes
from .words import is_print, place_of, place_of_last, place_of_pairs, words_of_steps

SECONDS = 2.3  # with what comes before and after it, a student waits 3 at most
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
    deadline = Deadline(seconds)
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
        known = Known(source, component, comparison, (lambda: shown, more), asked)
        return _Search(known, deadline).place()


class _Search:
    def __init__(self, known: Known, deadline: Deadline):
        self.known, self.deadline = known, deadline
        self.source, self.quantity, self.trials = known.source, known.quantity, known.trials
        self.proofs = Proofs(known, deadline)
        self.source.watch({step.name: step.by for step in known.contract.steps})
        self.source.prepare()
        with whatever_comes():  # an edited loop may turn a few times more, but not without end
            self.trials.first.run_through(self.source.unedited)
            self.source.most_turns = 100 + MORE_TURNS * self.source.turns
        self.source.is_late = lambda: deadline.is_over

    def place(self) -> Place | None:
        if self.trials.succeed(self.source.unedited):  # its text is right: any edit would seem to mend it
            return None
        if (found := self._in_a_def_line()) or self.known.is_called_in_vain:
            return found
        known, stopped = self.known, self.known.stopped
        stopping = [one.statement for one in known.statements if one.statement.lineno == stopped]
        if any(isinstance(one, CONDITIONS) for one in stopping):
            return None  # edits leave conditions alone: what they change elsewhere may be innocent
        if known.is_none and known.method and not any(map(_hands_back, ast.walk(known.method))):
            return place_of_last(self.source, known.method.body[-1])
        found = self._far_from_where_it_shows() or self._found()
        if found is None or not stopped:
            return found
        # What lets the code go on says little about what the line should compute.
        is_shown = [number for number, _ in found.lines] == [stopped]
        return None if is_shown or not found.lines else replace(found, slip="", steps="")

    def _in_a_def_line(self) -> Place | None:
        """The handout's parameters in another order or with other defaults, or a method that stands there
        twice: all lines below are innocent.
        """
        for site in self.known.statements:
            if isinstance(site.statement, ast.FunctionDef) and site.block is self.source.definition.body:
                asked = self.known.parameters(site)
                before = defined_before(site, self.source.replaced)
                for edit in (*before, *exchanged_parameters(site, asked), *other_defaults(site, asked)):
                    if self.proofs.passes(edit, self.trials.succeed):
                        return place_of(self.source, [edit], self.quantity.label)
        return None

    def _far_from_where_it_shows(self) -> Place | None:
        """Two names for one object, what can be gone through once, a value that goes nowhere, lines below a
        return: other lines could make up for it, and are innocent.
        """
        proofs = []
        for site in self.known.statements:
            kept = values_kept(site, self.known.scope(site.function))
            rare = (*objects_of_their_own(site), *lists_for_generators(site), *kept)
            for edit in (*rare, *below_a_return(site), *handed_back(site)):
                if not self.deadline.is_over and self.proofs.passes(edit, self.trials.succeed):
                    proofs.append(edit)
        return place_of(self.source, proofs, self.quantity.label)

    def _found(self) -> Place | None:
        wrong = self._first_wrong_step()
        # Whoever has the ½ of a formula elsewhere has no mistake there.
        is_doubtful = wrong is None or self.trials.first.is_scaled(wrong, self.source, self.source.unedited)
        by_step = [] if is_doubtful else self.proofs.of_step(wrong, share=0.6)
        whole = [edit for edit in by_step if self.proofs.passes(edit, self.trials.succeed)]
        is_said = not is_doubtful
        if proofs := whole or self.proofs.of_all():
            elsewhere = self._factor_of(wrong) if is_doubtful and wrong else []
            if is_doubtful and wrong and self.deadline.is_over:
                return None  # a line elsewhere, not tried yet, may do as well
            found = place_of(self.source, self.proofs.best(proofs) + elsewhere, self.quantity.label)
            is_said = bool(whole)  # an edit that leaves the step as it is shows that the step is no mistake
        elif by_step:
            found = place_of(self.source, by_step, wrong.name)
        else:
            found = place_of_pairs(self.source, self.proofs.pairs(), self.quantity)
        if (found is None or not found.lines) and self.known.is_made and not self.known.changed:
            makers = line_that_makes(self.quantity if is_doubtful else wrong, self.known, self.proofs)
            found = replace(found, lines=makers.lines) if found and makers else found or makers
        return replace(found or Place((), ""), steps=self._steps_until(wrong)) if is_said else found

    def _factor_of(self, step: Quantity) -> list[Edit]:
        """What mends all in the step that is a number off, where what is made of it could be mended as
        well.
        """
        proofs = self.proofs.of_step(step, share=1)
        return [edit for edit in proofs if self.proofs.passes(edit, self.trials.succeed)]

    def _first_wrong_step(self) -> Quantity | None:
        own = [step for step in self.known.contract.steps if step.by == self.quantity.by]
        return next((step for step in own if self.known.steps.get(step.name) is False), None)

    def _steps_until(self, wrong: Quantity) -> str:
        own = [step for step in self.known.contract.steps if step.by == wrong.by]
        right = [step for step in own[: own.index(wrong)] if self.known.steps.get(step.name)]
        return words_of_steps(right, wrong)


def _hands_back(node: ast.AST) -> bool:
    """Does it return, or yield, something that print has not made?"""
    if isinstance(node, ast.Return):
        return node.value is not None and not is_print(node.value)
    return isinstance(node, (ast.Yield, ast.YieldFrom))


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
