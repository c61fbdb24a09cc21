"""What an exception in a student's code most likely means."""

import re
from dataclasses import replace

from ..compare import Mismatch
from ..contract import contract_of
from ..reference import parameters_of
from ..trace import Failure
from ..wording import Diagnosis, first_batch, other_cases
from .symptoms import SYMPTOMS

ENDLESS = "endless loop"  # the cause, where code was stopped since it did not come to an end
IN_THE_CLASS = "indented inside the class, as far as its other methods and no further"


def failed(mismatch: Mismatch) -> Diagnosis | None:
    """The diagnosis of a run that an exception ended before the value in question."""
    failure = mismatch.trace.failure
    if failure is None or mismatch.actual is not None:
        return None
    if failure.kind == "StandIn":  # the class itself is one, or it came upon one: only then there is a line
        return Diagnosis("stand-in", failure.message, names_class=not failure.function)
    place = {"line": failure.line, "code": failure.code}
    for question in (_interrupted, _contract, _of_this_component, _symptom):
        answer = question(mismatch, failure)
        if answer:
            return replace(answer, **place) if answer.detail else answer
    return Diagnosis(
        "exception", _headline(mismatch, failure), _line(failure), other_cases(mismatch), **place
    )


def _headline(mismatch: Mismatch, failure: Failure) -> str:
    message = re.sub(
        ", with gufunc signature .*?requires? 1|, with gufunc signature .*->\\S+", "", failure.message
    )
    what = f"{failure.kind}: {message}" if message else failure.kind
    if not failure.function:
        return f"{mismatch.trace.component} cannot be used as the handout says: {what}"
    where = _call(mismatch)
    return f"{where[0].upper()}{where[1:]} your code stopped with {what}"


def _call(mismatch: Mismatch) -> str:
    """In which method of the student's: "in forward with eval=True", "in backward of a later batch"."""
    quantity, batch = mismatch.quantity, mismatch.expected.moment.batch
    mode = f" with {quantity.mode}=True" if quantity.mode else ""
    return f"in {quantity.by}{mode}{' of a later batch' if batch and batch > 1 else ''}"


def _line(failure: Failure) -> str:
    """The student's own line, and the loop counters there."""
    if not failure.code:
        return ""
    place = "" if failure.function.startswith("<") else f" in {failure.function}"
    counters = ", ".join(f"{name} = {value}" for name, value in failure.integers.items())
    return f"Line {failure.line}{place}: {failure.code}" + (f"   ({counters})" if counters else "")


# --- the questions ------------------------------------------------------------------------------------------


def _interrupted(mismatch: Mismatch, failure: Failure) -> Diagnosis | None:
    if failure.kind != "KeyboardInterrupt":
        return None
    headline = f"{mismatch.trace.component} was interrupted {_call(mismatch)}: it ran for too long."
    return Diagnosis(ENDLESS, headline, _line(failure), "Does every loop come to its end?", names_class=True)


def _contract(mismatch: Mismatch, failure: Failure) -> Diagnosis | None:
    """Can the method be called as its contract says?  If not, Python stops before any line of the
    student's.
    """
    component = mismatch.trace.component
    if failure.function:
        return None
    methods = {quantity.by for quantity in contract_of(component).quantities}
    missing = re.search(f"no attribute '({'|'.join(methods - {'__init__'})})'", failure.message)
    if failure.kind == "AttributeError" and missing:
        method = missing[1]
        hint = f"Is 'def {method}' spelled so, and {IN_THE_CLASS}?" + _meant(failure)
        return Diagnosis("missing method", f"{component} has no method {method}.", "", hint, names_class=True)
    if failure.kind == "TypeError" and "takes no arguments" in failure.message:
        hint = f"Is 'def __init__' spelled so, with two underscores on each side, and {IN_THE_CLASS}?"
        headline = f"{component} has no method __init__ of its own."
        return Diagnosis("missing method", headline, "", hint, names_class=True)
    called = re.match(rf"({component}|<lambda>)\(\) (missing|takes \d|got)", failure.message)
    if failure.kind == "TypeError" and called:
        hint = (
            f"Its cell begins with 'class {component}:', and its methods stand in that, as in the skeleton."
        )
        return Diagnosis("no class", f"{component} is a function, not a class.", "", hint, names_class=True)
    if failure.kind == "TypeError" and "argument" in failure.message:
        headline = f"A method does not take the arguments of its contract: {failure.message}."
        return Diagnosis(
            "arguments",
            headline,
            "",
            f"Compare its def line, and any @ above it, with the skeleton{_def_line(component, failure)}",
        )
    return None


def _def_line(component: str, failure: Failure) -> str:
    method = re.search(r"(\w+)\(\) ", failure.message)
    parameters = parameters_of(component).get(method[1]) if method else None
    return "." if parameters is None else f"'s: def {method[1]}({', '.join(['self', *parameters])})"


def _of_this_component(mismatch: Mismatch, failure: Failure) -> Diagnosis | None:
    """What only its section knows of the exception."""
    explain = contract_of(mismatch.trace.component).explain
    found = explain(mismatch, failure) if explain else None
    if found is None:
        return None
    cause, hint = found
    return Diagnosis(cause, _headline(mismatch, failure), _line(failure), hint)


def _symptom(mismatch: Mismatch, failure: Failure) -> Diagnosis | None:
    for symptom in (*contract_of(mismatch.trace.component).symptoms, *SYMPTOMS):
        found = re.search(symptom.pattern, failure.message)
        is_kind = not symptom.kinds or failure.kind in symptom.kinds.split(", ")
        is_here = symptom.function in ("", failure.function) and re.search(symptom.code, failure.code)
        if found and is_kind and is_here:
            hint = symptom.hint.format(*found.groups(), **found.groupdict(), meant=_meant(failure))
            if failure.kind in ("ValueError", "IndexError"):
                hint = first_batch(mismatch) or f"{hint} {other_cases(mismatch)}".strip()
            return Diagnosis(symptom.cause, _headline(mismatch, failure), _line(failure), hint)
    return None


def _meant(failure: Failure) -> str:
    return f" Is {failure.meant} meant?" if failure.meant else ""
