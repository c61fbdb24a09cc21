"""From the first value that differs to a likely cause: what is wrong, where, and a hint, never the solution.

Order of the questions: did the code fail, is there a usable value, has it the right shape, is it a known mistake of
this component (``mistakes.py``), is it the right value times a constant, is it another quantity altogether?
"""

from dataclasses import dataclass

import numpy as np

from .compare import Mismatch, agree
from .mistakes import MISTAKES, Context


@dataclass(frozen=True)
class Diagnosis:
    """``cause`` is a short fixed name, for reports and tests; the other three are for the student."""

    cause: str
    headline: str
    detail: str = ""
    hint: str = ""

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.headline, self.detail, self.hint) if part)


def diagnose(mismatch: Mismatch) -> Diagnosis:
    for question in (_failed, _unusable, _wrong_shape, _not_finite, _known_mistake, _constant_factor, _other_quantity):
        answer = question(mismatch)
        if answer:
            return answer
    return Diagnosis("different", f"{_name(mismatch)} differs from PyTorch's.", _where(mismatch), _reread(mismatch))


# --- words --------------------------------------------------------------------------------------------------------


def _name(mismatch: Mismatch) -> str:
    when = mismatch.expected.when
    return f"{mismatch.quantity.label} {when}" if when else mismatch.quantity.label


def _equation(mismatch: Mismatch) -> str:
    equation = mismatch.quantity.equation
    if not equation:
        return ""
    return f"eqs. {equation}" if any(mark in equation for mark in ",-") else f"eq. {equation}"


def _reread(mismatch: Mismatch) -> str:
    equation = _equation(mismatch)
    return f"Compare your line with {equation}, factor by factor." if equation else ""


def _number(value: float) -> str:
    return f"{value:.6g}"


def _where(mismatch: Mismatch) -> str:
    """Equation, shape, and both numbers at the first entry that differs."""
    expected, actual = mismatch.expected.value, mismatch.actual.value
    facts = [_equation(mismatch), f"shape {expected.shape}" if expected.ndim else ""]
    expected, actual = np.broadcast_arrays(np.squeeze(expected), np.squeeze(actual))
    wrong = ~np.isclose(actual, expected, rtol=1e-5, atol=1e-5 * (np.max(np.abs(expected), initial=0) or 1))
    index = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else (0,) * expected.ndim
    place = f"at {list(index)} " if index else ""
    facts.append(f"{place}yours is {_number(actual[index])}, PyTorch's {_number(expected[index])}")
    return "; ".join(fact for fact in facts if fact)


# --- the questions ------------------------------------------------------------------------------------------------


def _failed(mismatch: Mismatch) -> Diagnosis | None:
    failure = mismatch.trace.failure
    if failure is None or mismatch.actual is not None:
        return None
    where = f"Line {failure.line} in {failure.function}: {failure.code}" if failure.code else ""
    method = mismatch.quantity.source
    component = mismatch.trace.component
    if failure.kind == "KeyboardInterrupt":
        headline = f"{component} was interrupted while it computed {_name(mismatch)}: it ran for too long."
        return Diagnosis("endless loop", headline, where, "Does every loop come to its end?")
    if failure.kind == "AttributeError" and f"has no attribute '{method}'" in failure.message:
        return Diagnosis("missing method", f"{component} has no method {method}.", hint=_spelling(method))
    if failure.kind == "StandIn":
        return Diagnosis("stand-in", failure.message)
    if failure.kind == "TypeError" and "positional argument" in failure.message and f"{method}()" in failure.message:
        headline = f"{method} does not take the arguments of its contract: {failure.message}."
        return Diagnosis("arguments", headline, where, "Compare the first line of the method with the skeleton.")
    headline = f"{failure.kind} in your code on the way to {_name(mismatch)}: {failure.message or 'no message'}"
    return Diagnosis("exception", headline, where, _exception_hint(failure))


def _spelling(method: str) -> str:
    return f"Is 'def {method}' spelled so, and indented inside the class?"


def _exception_hint(failure) -> str:
    if "NoneType" in failure.message:
        return "Something is still None: is there a TODO left, or a method without a return?"
    if failure.kind == "ValueError" and ("shape" in failure.message or "dimension" in failure.message or "broadcast" in failure.message):
        return "The shapes do not fit. Write the shape of each factor beside the line, as in the table of components."
    if failure.kind == "NameError":
        return "Is it spelled as where you defined it? Attributes need self. in front."
    if failure.kind == "AttributeError":
        return "Was that attribute kept (self.… = …) by an earlier method?"
    return ""


def _unusable(mismatch: Mismatch) -> Diagnosis | None:
    actual, name, method = mismatch.actual, _name(mismatch), mismatch.quantity.source
    if actual is None:
        return Diagnosis("not reached", f"{name} was never produced.")
    if actual.problem == "none":
        hint = f"Is a TODO left in {method}, or its return statement missing?"
        return Diagnosis("returns None", f"{name} is None.", _equation(mismatch), hint)
    if actual.problem == "missing":
        label = mismatch.quantity.label.split(" ")[0]
        headline = f"{name}: the object has no attribute {label}."
        return Diagnosis("missing attribute", headline, hint=f"{method} is the place to keep it: self.{label} = …")
    if actual.problem == "type":
        hint = "A NumPy array of numbers is expected." if mismatch.quantity.shape != "scalar" else "A single number is expected."
        return Diagnosis("wrong type", f"{name} is {actual.detail}.", _equation(mismatch), hint)
    if actual.problem == "size":
        return Diagnosis("shape", f"{name} is far too large: its shape is {actual.detail}.", _equation(mismatch))
    return None


def _wrong_shape(mismatch: Mismatch) -> Diagnosis | None:
    expected, actual = mismatch.expected.value, mismatch.actual.value
    if actual.shape == expected.shape or (mismatch.quantity.loose and np.squeeze(actual).shape == np.squeeze(expected).shape):
        return None
    known = _known_mistake(mismatch)
    if known:
        return known
    wanted = f"{mismatch.quantity.shape} = {expected.shape}" if mismatch.quantity.shape.startswith("(") else f"{expected.shape}"
    headline = f"{_name(mismatch)} has shape {actual.shape}; expected is {wanted}."
    if mismatch.quantity.shape == "scalar":
        headline = f"{_name(mismatch)} has shape {actual.shape}; expected is a single number."
        return Diagnosis("not reduced", headline, _equation(mismatch), "Which sum turns it into one number?")
    if expected.ndim == 2 and actual.shape == expected.T.shape and expected.shape != (1, 1):
        return Diagnosis("transposed", headline, _equation(mismatch), "It looks transposed: which factor is the wrong way round?")
    if actual.size == expected.size:
        hint = "The numbers are there, an axis is missing: keepdims=True keeps the axis that a sum or mean runs along."
        return Diagnosis("missing axis", headline, _equation(mismatch), hint)
    hint = "Along which axis does your sum or product run?"
    return Diagnosis("shape", headline, _equation(mismatch), hint)


def _not_finite(mismatch: Mismatch) -> Diagnosis | None:
    actual = mismatch.actual.value
    if np.isfinite(actual).all():
        return None
    index = [int(i) for i in np.argwhere(~np.isfinite(actual))[0]]
    kind = "NaN (not a number)" if np.isnan(actual).any() else "infinite"
    place = f" at {index}" if index else ""
    hint = "Look for a division by zero, a log of 0, a root of a negative number, or an exp of something large."
    return Diagnosis("NaN or inf", f"{_name(mismatch)} is {kind}{place}.", _equation(mismatch), hint)


def _known_mistake(mismatch: Mismatch) -> Diagnosis | None:
    context = Context(mismatch.before)
    for mistake in MISTAKES.get(mismatch.trace.component, ()):
        if mismatch.expected.quantity not in mistake.quantities:
            continue
        if _is(mismatch, mistake.value(context)):
            detail = _where(mismatch) if mismatch.actual.value.shape == mismatch.expected.value.shape else _equation(mismatch)
            return Diagnosis(mistake.cause, f"{_name(mismatch)}: {mistake.headline}", detail, mistake.hint)
    return None


def _is(mismatch: Mismatch, candidate) -> bool:
    """Did the student compute exactly this candidate?"""
    if candidate is None:
        return False
    candidate, actual = np.asarray(candidate, dtype=float), mismatch.actual.value
    if mismatch.quantity.loose:
        candidate, actual = np.squeeze(candidate), np.squeeze(actual)
    dtype = mismatch.trace.options.get("dtype", "float64")
    return candidate.shape == actual.shape and agree(candidate, actual, dtype)


def _constant_factor(mismatch: Mismatch) -> Diagnosis | None:
    expected, actual = np.squeeze(mismatch.expected.value), np.squeeze(mismatch.actual.value)
    largest = np.unravel_index(np.argmax(np.abs(expected)), expected.shape)
    if expected.size == 0 or expected[largest] == 0 or actual[largest] == 0:
        return _all_zero(mismatch, actual)
    factor = float(actual[largest] / expected[largest])
    if not agree(factor * expected, actual) or agree(expected, actual):
        return None
    for cause, value, words, hint in _named_factors(mismatch):
        if np.isclose(factor, value, rtol=1e-4):
            return Diagnosis(cause, f"{_name(mismatch)} {words}.", _where(mismatch), hint)
    if expected.ndim == 0:
        return None  # any two numbers are a factor apart
    return Diagnosis("factor", f"{_name(mismatch)} is {_number(factor)} times what it should be.", _where(mismatch), _reread(mismatch))


def _all_zero(mismatch: Mismatch, actual) -> Diagnosis | None:
    if actual.any() or not mismatch.expected.value.any():
        return None
    return Diagnosis("all zero", f"{_name(mismatch)} is all zeros.", _where(mismatch), "Is it ever computed, or only initialised?")


def _named_factors(mismatch: Mismatch):
    """(cause, factor, words, hint) for the constants a formula of the course may lack or have twice."""
    name = mismatch.quantity.label.split(" ")[0]
    N, C = Context(mismatch.before).batch_shape
    per_sample = "What turns a sum over the batch into an average?"
    once = f"Compare with the definition of {name}: where does it divide by N, and how often?"
    yield "sign", -1, "has the wrong sign", "Which way round is the difference, or is a minus missing?"
    yield "missing 1/(NC)", N * C, f"is {N * C} times too large, and the batch has N·C = {N}·{C} entries", "What turns a sum over all entries into an average?"
    yield "extra 1/(NC)", 1 / (N * C), f"is {N * C} times too small, and the batch has N·C = {N}·{C} entries", once
    yield "missing 1/N", N, f"is {N} times too large, and the batch has N = {N} samples", per_sample
    yield "extra 1/N", 1 / N, f"is {N} times too small, and the batch has N = {N} samples", once
    yield "factor C", C, f"is {C} times too large, and there are C = {C} columns", "Over what does the formula average?"
    yield "factor 1/C", 1 / C, f"is {C} times too small, and there are C = {C} columns", "Over what does the formula average?"
    yield "factor 2", 2, "is twice what it should be", "Is there a ½ in the formula?"
    yield "factor 1/2", 0.5, "is half of what it should be", "Is there a ½ too many?"
    yield "factor 2 and sign", -2, "is twice what it should be, with the wrong sign", "Look for a ½ and for the order of the difference."
    yield "missing 1/N and sign", -N, f"has the wrong sign and is {N} times too large", per_sample


def _other_quantity(mismatch: Mismatch) -> Diagnosis | None:
    """Has the student computed something else that is in play?"""
    seen = set()
    for entry in reversed(mismatch.before[:-1]):
        if entry.value is None or entry.value.size < 2 or entry.quantity in seen:
            continue
        seen.add(entry.quantity)
        other = entry.quantity.removesuffix("_in").removesuffix(" kept")
        for value, words in ((entry.value, other), (-entry.value, f"-{other}"), (entry.value.T, f"the transpose of {other}")):
            if value.any() and _is(mismatch, value):
                when = f" {entry.when}" if entry.when else ""
                stale = entry.quantity == mismatch.expected.quantity
                hint = "It seems to be left over from an earlier call." if stale else _reread(mismatch)
                cause = "stale" if stale else "another quantity"
                return Diagnosis(cause, f"{_name(mismatch)} has the value of {words}{when}.", _where(mismatch), hint)
    return None
