"""Does it match PyTorch?  ``check(MyClass)`` compares a class with its reference and says what is wrong.

contract, trace       what a component promises; what a class yields
compare               where two traces differ
reference, backends   what to compare with, written over PyTorch or autograd
standard              the same, as recorded
standin, placeholder  a reference in the place of what is not finished; a module of such

diagnosis, mistakes   why a value differs; what the sections know of that
failure               an exception
texts, outside        the student's own text; what it takes from the notebook
search                which line it is
wording, report       said, and shown
extras, borrowed      remarks; a module that was edited by hand
latest                is the class the one on the screen

save, progress        what passes is kept, and ticked
record, judge         while grading: recorded inside, judged outside
notebooks, terminal   saved notebooks read, and checked
"""

import difflib
import inspect
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from .. import mode
from ..blanks import blank
from ..course import COMPONENTS, given_in, is_student_copy, modules
from ..memory import take_back, tick
from .borrowed import edited_by_hand
from .compare import TOLERANCE, Comparison, Mismatch, compare
from .contract import contract_of
from .diagnosis import Diagnosis, diagnose
from .extras import extras, instead_of, shared_by_objects, words_of_decorated, words_of_shared
from .failure import kept_in_vain
from .latest import older
from .outside import names_outside
from .placeholder import replace_lost
from .progress import progress
from .record import is_wanted, record, record_place
from .reference import SUBSTITUTE, ReferenceFails, ReferenceMissing, expected
from .report import Report, show_report
from .save import foreign_here, remarks, save
from .standin import is_stand_in
from .trace import Failure, Trace, run

__all__ = ["CheckFailed", "blank", "check", "progress"]

if is_student_copy():  # before a notebook imports what it has from others
    replace_lost()

LARGEST = 1000  # of a size that check is called with: more would tell nothing more


class CheckFailed(Exception):
    """A check did not pass. In a notebook it shows as one line: the report above it has explained."""

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]


class CannotCheck(TypeError):
    """check was called in a way it cannot serve. It, too, shows as one line."""

    _render_traceback_ = CheckFailed._render_traceback_


def check(component, *, seed: int = 0, **options) -> None:
    """Compare a class with PyTorch: every quantity of its contract, on the same numbers.

    ``check(MyClass)`` runs a few standard cases. With options, such as ``check(MyClass, seed=3, N=7)``, it
    runs that one case, which needs PyTorch itself: a sentence says so where it is not installed. Raises
    CheckFailed when something differs, or when the class is not that of its cell's last run; CannotCheck, a
    TypeError, when it is called in a way it cannot serve.
    """
    name = component_name(component, inspect.currentframe().f_back.f_globals)
    cases = [options] if options else list(contract_of(name).cases)
    _require_known_options(name, options)
    _require_possible(name, {"seed": seed, **options})
    if mode.skipping():
        return
    if not is_wanted() and (why := older(name, component)):
        take_back(name)
        raise CheckFailed(f"{name}: {why}")
    traces = _traces(component, name, seed, cases)
    if is_wanted():
        _record_all(component, name, traces)
        return
    try:
        wanted = [expected(name, trace.seed, trace.options) for trace in traces]
        comparison = compare(list(zip(wanted, traces)))
    except ReferenceFails as error:
        if not options:
            raise
        raise CannotCheck(f"check({name}) cannot be run with these options. {error}") from None
    except ReferenceMissing as error:  # says nothing about the class
        print(f"{name} was not checked in this case, which needs PyTorch: {error} check({name}) needs none.")
        return
    if comparison.passed:
        _after_passing(component, name, comparison, is_standard=not options)
    else:
        _after_failing(component, name, comparison, wanted, traces, is_standard=not options)


def _after_passing(component, name: str, comparison: Comparison, is_standard: bool) -> None:
    """Report, tick and save. Raises CheckFailed where grading would not have what the class imports."""
    notes = extras(component, name, comparison)
    foreign = foreign_here(name, component)
    if foreign:
        take_back(name)
    elif is_standard and is_student_copy():
        tick(name)
        notes += [save(name), *remarks(name)]
    show_report(Report(comparison, None, notes))
    if foreign:
        raise CheckFailed(f"{name}: {foreign}")


def _after_failing(
    component, name: str, comparison: Comparison, wanted: list[Trace], traces: list[Trace], is_standard: bool
) -> None:
    """Report, and search the line. Raises CheckFailed."""
    elsewhere = edited_by_hand(component)
    diagnosis = elsewhere or _with_what_the_class_tells(component, name, comparison.mismatch)
    is_own = not (_interrupted(traces) or is_stand_in(component))  # what the class itself did, to the end
    if is_standard and is_own:
        take_back(name)
    add = show_report(Report(comparison, diagnosis))
    if is_own and not elsewhere:
        _add_place(add, component, comparison, wanted)
    raise CheckFailed(f"{name}: {diagnosis.headline}")


def _with_what_the_class_tells(component, name: str, mismatch: Mismatch) -> Diagnosis:
    """Where it differs from the start, it may be what another object has left in the class or in a default
    value; a base class may have it, and a decorator may put another function in a method's place.
    """
    diagnosis, quantity = diagnose(mismatch), mismatch.quantity
    if diagnosis.cause == "returns None" and (runs := instead_of(component, quantity.by)):
        return replace(diagnosis, hint=words_of_decorated(quantity.by, runs))
    if diagnosis.cause == "missing attribute" and (where := kept_in_vain(component, quantity.name)):
        return replace(diagnosis, hint=f"It is kept in {where}.")
    shared = shared_by_objects(component) if quantity.by == "__init__" else []
    names = [one for one in shared if one == quantity.name or one not in vars(component)]
    if not names:
        return diagnosis
    words = words_of_shared(name, names)
    return replace(diagnosis, hint=f"{diagnosis.hint} {words[0].upper()}{words[1:]}".strip())


def _add_place(add, component, comparison: Comparison, wanted: list[Trace]) -> None:
    """The report is there; the line follows, if one can be proven. Ctrl-C ends the search only, and so does
    whatever the search did not foresee in a class.
    """
    from .search import search

    with suppress(BaseException):
        if place := search(component, comparison, wanted):
            add(place)


def _record_all(component, name: str, traces: list[Trace]) -> None:
    for trace in traces:
        record(trace)
    if _interrupted(traces):
        raise KeyboardInterrupt  # the cell ran out of time: no further check of it
    if mode.hinting():
        wanted = [expected(name, trace.seed, trace.options) for trace in traces]
        if not (comparison := compare(list(zip(wanted, traces)))).passed:
            _add_place(partial(record_place, name), component, comparison, wanted)


def _traces(component, name: str, seed: int, cases: list[dict]) -> list[Trace]:
    """One trace a case, up to an interrupt."""
    traces = []
    for case in cases:
        traces.append(trace_of(component, name, seed, case))
        if _interrupted(traces):
            break
    return traces


def _interrupted(traces: list[Trace]) -> bool:
    return traces[-1].failure is not None and traces[-1].failure.kind == "KeyboardInterrupt"


def trace_of(component, name: str, seed: int, options: dict) -> Trace:
    """What the student's class does."""
    if is_stand_in(component):
        message = (
            f"{name} here is {SUBSTITUTE}'s stand-in, not your class: run the cell with your class first."
        )
        if "is_stand_in" not in vars(component):
            base = next(cls.__name__ for cls in component.__mro__ if "is_stand_in" in vars(cls))
            message = (
                f"{name} is built on {base}, which is {SUBSTITUTE}'s stand-in until check({base}) passes. "
                f"Pass that first, or write {name} without it."
            )
        return Trace(name, dict(options), seed, failure=Failure("StandIn", message))
    trace = run(contract_of(name).probe, component, name, seed, options)
    trace.outside = names_outside(component)
    return trace


def component_name(component, namespace: dict) -> str:
    """The component that a class is meant to be: by the variable it is bound to, or by its own name."""
    own = getattr(component, "__name__", "")
    bound = [name for name in COMPONENTS if namespace.get(name) is component]
    if callable(component) and (own in COMPONENTS or bound):
        return own if own in COMPONENTS else bound[0]
    raise CannotCheck(_not_a_component(component, own))


def _not_a_component(component, own: str) -> str:
    known = ", ".join(COMPONENTS)
    if type(component).__name__ in COMPONENTS:
        kind = type(component).__name__
        return (
            f"check takes the class itself: check({kind}), not check({kind}(...)). Or was the name {kind} "
            "given to an object?"
        )
    if isinstance(component, str):
        own = component
        if own in COMPONENTS:
            return f"check takes the class itself: check({own}), without quotation marks."
    if any(own in given_in(module) for module in modules()):
        return f"{own} is given in full, so there is nothing to check. check knows {known}."
    close = difflib.get_close_matches(own, COMPONENTS, 1)
    guess = f" Is {close[0]} meant?" if close else ""
    return f"check does not know {own or type(component).__name__!r}.{guess} It knows {known}."


def _defaults(name: str) -> dict:
    """The options of its probe."""
    parameters = inspect.signature(contract_of(name).probe).parameters
    return {option: parameters[option].default for option in list(parameters)[2:]}


def _require_known_options(name: str, options: dict) -> None:
    known = _defaults(name)
    unknown = [option for option in options if option not in known]
    if unknown:
        raise CannotCheck(
            f"check({name}) has no option {unknown[0]}; its options are seed, {', '.join(known)}."
        )


def _require_possible(name: str, options: dict) -> None:
    """Else the reference fails, or there is nothing to compare, as in a batch without samples."""
    for option, value in options.items():
        if wanted := _wanted(option, _defaults(name).get(option), value):
            raise CannotCheck(f"check({name}) cannot be run with this {option}: it must be {wanted}.")


def _wanted(option: str, default, value) -> str:
    """What the option must be, where the value is none; else an empty string."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if option == "seed":
        return "" if is_whole and value >= 0 else "a whole number, 0 or more"
    if option == "dtype":
        known = list(TOLERANCE)
        return "" if isinstance(value, str) and value in known else " or ".join(map(repr, known))
    if type(default) is int:
        return "" if is_whole and 1 <= value <= LARGEST else f"a whole number from 1 to {LARGEST}"
    if value is not default and isinstance(default, float | None):
        return "" if is_whole or isinstance(value, (float, np.floating)) else "a number"
    return ""
