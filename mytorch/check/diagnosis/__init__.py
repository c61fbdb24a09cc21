"""From the first value that differs to a likely cause: what is wrong, where, and a hint, never the solution.

Order of the questions: did the code fail (``exceptions.py``), is there a usable value, is it left over from
an earlier call, is it a known mistake of this component (its section's ``mistakes.py``), has it the right
shape (``shapes.py``), is it finite, is it the right value times a constant (``factors.py``), is it another
quantity altogether?
"""

from dataclasses import replace

import numpy as np

from ..compare import Mismatch, agree, same_shape
from ..contract import contract_of
from ..mistakes import Context, Mistake, mistakes_of
from ..outside import Outside
from ..trace import Entry
from ..wording import (
    KEEPS_THE_ORDER,
    MAKES_A_GENERATOR,
    MAKES_A_TUPLE,
    Diagnosis,
    equation,
    name,
    other_cases,
    promised,
    reread,
    where,
    words_for,
)
from .exceptions import failed
from .factors import constant_factor
from .shapes import wrong_shape
from .symptoms import NUMPY_ONLY

__all__ = ["Diagnosis", "diagnose"]


def diagnose(mismatch: Mismatch) -> Diagnosis:
    """Where a method takes from the notebook what it knows itself, a question about that is truer than what
    the number looks like; a mistake that is proven is said as well.
    """
    answer, near, far = _diagnosed(mismatch), *_outside(mismatch)
    if near and not (_has_value(mismatch) and find_mistake(mismatch)):
        return replace(answer, cause="name of the notebook", hint=near[0].words)
    hints = [near[0].words, answer.hint] if near else [answer.hint, *(one.words for one in far[:1])]
    return replace(answer, hint=" ".join(filter(None, hints)))


def _outside(mismatch: Mismatch) -> tuple[list[Outside], list[Outside]]:
    """Names of the notebook: in what makes the value, or where it stopped; and elsewhere in the class."""
    failure, by = mismatch.trace.failure, mismatch.quantity.by
    found = [one for one in mismatch.trace.outside if one.meant or one.gives == mismatch.quantity.name]
    if mismatch.actual is None and failure is not None:
        if other_cases(mismatch):  # an array that fits there, and not here
            found += [one for one in mismatch.trace.outside if one.line == failure.line and one not in found]
        own = [one for one in found if one.function == failure.function and one.line <= failure.line]
        last = max((one.line for one in own), default=0)
        return [one for one in own if one.line == last and failure.kind in OF_VALUES], []
    others = {quantity.by for quantity in contract_of(mismatch.trace.component).quantities} - {by}
    near = [one for one in found if one.function not in others]
    return near, [one for one in found if one not in near]


def _has_value(mismatch: Mismatch) -> bool:
    return mismatch.actual is not None and mismatch.actual.value is not None


# Exceptions that another value, in a name that there is, may bring about.
OF_VALUES = "ValueError TypeError AttributeError IndexError KeyError ZeroDivisionError AxisError".split()


def _diagnosed(mismatch: Mismatch) -> Diagnosis:
    questions = (
        *(failed, _unusable, _stale, _known_mistake, _wrong_shape, _not_finite),
        *(_all_zero, constant_factor, _rearranged, _other_quantity),
    )
    for question in questions:
        answer = question(mismatch)
        if answer and question is constant_factor:
            return replace(answer, hint=f"{answer.hint} {_in_place(mismatch)}".strip())
        if answer:
            return answer
    hint = " ".join(filter(None, (reread(mismatch), other_cases(mismatch), _in_place(mismatch))))
    return Diagnosis("different", f"{name(mismatch)} differs from PyTorch's.", where(mismatch), hint)


def _in_place(mismatch: Mismatch) -> str:
    changed = ", ".join(mismatch.trace.changed_inputs)
    return f"Your code changes its input {changed} in place: is that meant?" if changed else ""


# --- is there a value to look at? ---------------------------------------------------------------------------


def _unusable(mismatch: Mismatch) -> Diagnosis | None:
    actual, expected = mismatch.actual, mismatch.expected
    if actual is None or not actual.is_same_as(expected):
        return Diagnosis("not reached", f"{name(mismatch)} was never produced.")
    if actual.problem == "none":
        return Diagnosis(
            "returns None", f"{name(mismatch)} is None.", promised(mismatch), _none_hint(mismatch)
        )
    if actual.problem == "missing":
        return _missing(mismatch)
    if actual.problem == "type":
        hint = f"{mismatch.quantity.wanted} is expected.{HOW_MADE.get(actual.detail, '')}"
        return Diagnosis("wrong type", f"{name(mismatch)} is {actual.detail}.", promised(mismatch), hint)
    if actual.problem == "size":
        return Diagnosis(
            "too large", f"{name(mismatch)} is far too large: {actual.detail}.", promised(mismatch)
        )
    return None


HOW_MADE = {
    "a tuple": f" {MAKES_A_TUPLE}",
    "a generator": f" {MAKES_A_GENERATOR}",
    "a torch.Tensor": f" {NUMPY_ONLY}",
    "a coroutine": " It is async in the def line that makes one.",
    "an array of object": " Did np.array get a generator or a None, or dtype=object?",
} | dict.fromkeys(
    ("a method", "a function", "a builtin_function_or_method"), " A call has brackets, even empty ones."
)


def _none_hint(mismatch: Mismatch) -> str:
    quantity = mismatch.quantity
    other = (
        "is its return missing"
        if quantity.what == "returned"
        else "does the value go to a name without self."
    )
    return f"Is a TODO left in {quantity.by}, or {other}?"


def _missing(mismatch: Mismatch) -> Diagnosis:
    attribute, method = mismatch.quantity.name, mismatch.quantity.by
    if mismatch.expected.moment.layer is not None and method == "backward":
        if _is_missing_everywhere(mismatch):
            headline = f"{attribute} is missing at every layer: no layer's own backward has run."
            hint = "Does the loop turn, and does each turn call its layer's own backward?"
            return Diagnosis("layer not reached", headline, "", hint)
        headline = f"{name(mismatch)} is missing: backward has not come to that layer."
        return Diagnosis("layer not reached", headline, "", "Where does the loop start, where does it end?")
    hint = f"{method} is the place to keep it: self.{attribute} = …"
    if mismatch.actual.detail:
        hint += f" There is a self.{mismatch.actual.detail}: is {attribute} meant?"
    return Diagnosis(
        "missing attribute", f"{name(mismatch)}: the object has no attribute {attribute}.", "", hint
    )


def _is_missing_everywhere(mismatch: Mismatch) -> bool:
    """At each layer, in this batch?"""
    quantity, batch = mismatch.quantity, mismatch.expected.moment.batch
    entries = [one for one in mismatch.trace.results if one.quantity == quantity]
    return all(one.problem == "missing" for one in entries if one.moment.batch == batch)


def _not_finite(mismatch: Mismatch) -> Diagnosis | None:
    actual = mismatch.actual.value
    if np.isfinite(actual).all():
        return None
    index = [int(i) for i in np.argwhere(~np.isfinite(actual))[0]]
    kind = "NaN (not a number)" if np.isnan(actual).any() else "infinite"
    place = f" at {index}" if index else ""
    hint = (
        "Look for a division by zero, a log of 0, a root of a negative number, or an exp of something large."
    )
    return Diagnosis("NaN or inf", f"{name(mismatch)} is {kind}{place}.", equation(mismatch), hint)


# --- where does the value come from? ------------------------------------------------------------------------


def _is(mismatch: Mismatch, candidate) -> bool:
    """Did the student compute exactly this candidate?"""
    if candidate is None:
        return False
    candidate, actual = np.asarray(candidate, dtype=float), mismatch.actual.value
    if candidate is actual:
        return True
    if not same_shape(mismatch.quantity, candidate, actual):
        return False
    candidate, actual = np.squeeze(candidate), np.squeeze(actual)
    finite = np.isfinite(candidate)
    if not finite.any() or (finite != np.isfinite(actual)).any():
        return False
    return agree(candidate[finite], actual[finite], mismatch.trace.dtype)


def _stale(mismatch: Mismatch) -> Diagnosis | None:
    """The right value of the call before?"""
    before = mismatch.before[:-1]
    same = [i for i, entry in enumerate(before) if entry.quantity == mismatch.quantity]
    earlier = [i for i in same if _is(mismatch, before[i].value)]
    if mismatch.quantity.by == "__init__" or not earlier:
        return None
    if not any(entry.quantity.what in ("input", "batch") for entry in before[earlier[-1] :]):
        return None  # no other call, or a step of an optimizer, which may just have done nothing
    headline = f"{name(mismatch)} is still the value of an earlier call."
    return Diagnosis(
        "stale", headline, equation(mismatch), "Every call computes it afresh, from the latest batch."
    )


def find_mistake(mismatch: Mismatch) -> Mistake | None:
    """The first entry of the catalogue that computes just what the student has, in every case that fails."""
    for mistake in mistakes_of(mismatch.trace.component):
        if mistake.concerns(mismatch.expected.quantity) and _is_made(mistake, mismatch):
            return mistake
    return None


def _is_made(mistake: Mistake, mismatch: Mismatch) -> bool:
    value = mistake.value(Context(mismatch))
    return _is(mismatch, value) and not any(_speaks_against(mistake, one) for one in mismatch.elsewhere)


def _speaks_against(mistake: Mistake, other: Mismatch) -> bool:
    """Has the student another value in another case than the mistake would have made?"""
    if other.actual is None or other.actual.value is None:
        return False
    value = mistake.value(Context(other))
    return value is not None and not _is(other, value)


def _known_mistake(mismatch: Mismatch) -> Diagnosis | None:
    mistake = find_mistake(mismatch)
    if mistake is None:
        return None
    words = mistake.words(Context(mismatch))
    comparable = same_shape(mismatch.quantity, mismatch.expected.value, mismatch.actual.value)
    detail = where(mismatch) if comparable else equation(mismatch)
    return Diagnosis(mistake.cause, f"{name(mismatch)}: {words}", detail, mistake.hint)


def _wrong_shape(mismatch: Mismatch) -> Diagnosis | None:
    if same_shape(mismatch.quantity, mismatch.expected.value, mismatch.actual.value):
        return None
    answer = wrong_shape(mismatch)
    return (_other_quantity(mismatch) if answer.cause == "shape" else None) or answer


def _all_zero(mismatch: Mismatch) -> Diagnosis | None:
    largest = np.max(np.abs(mismatch.expected.value), initial=0.0)
    if largest == 0 or np.max(np.abs(mismatch.actual.value), initial=0.0) > 1e-12 * largest:
        return None
    if mismatch.actual.value.any():
        hint = "What adds up to zero in it, and should it be added up before it is multiplied or squared?"
        return Diagnosis("cancels", f"{name(mismatch)} is zero, but for rounding.", where(mismatch), hint)
    kept = "" if mismatch.quantity.what == "returned" else f" and kept (self.{mismatch.quantity.name} = …)"
    parts = [f"Is it ever computed{kept}", "does a sum in it cancel", "is it cut to whole numbers"]
    if zero := _zero_at_the_start(mismatch):
        made = "it" if len(zero) == 1 else "them"
        parts.append(f"does it use {' or '.join(zero)} as __init__ made {made}")
    hint = f"{', '.join(parts[:-1])}, or {parts[-1]}?"
    return Diagnosis("all zero", f"{name(mismatch)} is all zeros.", where(mismatch), hint)


def _zero_at_the_start(mismatch: Mismatch) -> list[str]:
    """What __init__ makes of zeros, and the check has set since."""
    given = {entry.quantity.name for entry in mismatch.before if entry.quantity.what == "given"}
    initial = {
        entry.quantity.name: entry.value for entry in mismatch.before if entry.quantity.what == "initial"
    }
    return [name for name, value in initial.items() if name in given and not value.any()]


def _rearranged(mismatch: Mismatch) -> Diagnosis | None:
    """The right numbers, in other places?  Only where no two of them are equal."""
    expected, actual = mismatch.expected.value, mismatch.actual.value
    dtype = mismatch.trace.dtype
    if expected.size < 3 or np.unique(expected).size < expected.size:
        return None
    if not agree(np.sort(expected, axis=None), np.sort(actual, axis=None), dtype):
        return None
    if agree(expected.T.reshape(actual.shape), actual, dtype):
        hint = f"Is it reshaped where it should be transposed, or the other way round? {KEEPS_THE_ORDER}"
    else:
        hint = f"In which order are rows and columns gone through? {KEEPS_THE_ORDER}"
    headline = f"{name(mismatch)} has the right numbers, in other places."
    return Diagnosis("rearranged", headline, where(mismatch), hint)


def _other_quantity(mismatch: Mismatch) -> Diagnosis | None:
    """Has the student computed something else that is in play?"""
    for entry in reversed(mismatch.before[:-1]):
        if entry.value is None or entry.value.size < 2 or not entry.value.any():
            continue
        for sign in (1, -1):
            if _is(mismatch, sign * entry.value) and all(
                _is(other, sign * same.value)
                for other in mismatch.elsewhere
                if other.actual is not None and other.actual.value is not None
                for same in other.before
                if same.is_same_as(entry) and same.value is not None
            ):
                headline = f"{name(mismatch)} has the value of {'-' if sign < 0 else ''}{_plain(entry)}."
                return Diagnosis("another quantity", headline, equation(mismatch), reread(mismatch))
    return None


def _plain(entry: Entry) -> str:
    """What another value is, whether it was kept or returned."""
    quantity = entry.quantity
    return words_for(
        replace(quantity, what="returned", called="") if quantity.is_remembered else quantity, entry.moment
    )
