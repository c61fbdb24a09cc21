"""What is said to a student about a value that differs: plain sentences, both numbers, never the solution."""

import inspect
from dataclasses import dataclass

import numpy as np

from ..characters import listed
from .compare import Mismatch, differs
from .contract import Moment, Quantity, contract_of
from .failure import is_one_line
from .trace import Trace


@dataclass(frozen=True)
class Diagnosis:
    """``cause`` is a short fixed name, for reports and tests; the next three are for the student.

    ``line`` and ``code``: where the student's cell stopped with an exception; the code stands in the detail,
    too. ``parts``: the causes that meet in one of several. ``names_class``: the headline begins with the
    component's name.
    """

    cause: str
    headline: str
    detail: str = ""
    hint: str = ""
    line: int = 0
    code: str = ""
    parts: tuple[str, ...] = ()
    names_class: bool = False

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self.headline, self.detail, self.hint) if part)

    @classmethod
    def of_text(cls, cause: str, text: str) -> "Diagnosis":
        """Of what something else has said: its first line, and the others."""
        headline, *others = text.splitlines() or [""]
        return cls(cause, headline, "\n".join(others))


@dataclass(frozen=True)
class Place:
    """A line of the student's that is proven to be the mistaken one, or two of which one is (``each``: both
    are), with their text; ``slip``: a question about it. Either may be empty. ``steps``: which of the
    handout's steps agree.
    """

    lines: tuple[tuple[int, str], ...]
    slip: str
    each: bool = False
    steps: str = ""

    @classmethod
    def from_json(cls, data) -> "Place":
        """Rebuild what ``asdict`` made, from untrusted data. Raises ValueError when it is none."""
        try:
            lines = tuple((number, code) for number, code in data["lines"])
            place = cls(lines, data["slip"], data["each"], data["steps"])
        except (KeyError, TypeError, ValueError):
            raise ValueError("not a place") from None
        texts = [place.slip, place.steps, *(code for _, code in lines)]
        if not all(map(is_one_line, texts)):
            raise ValueError("not a place: short texts of printable characters were expected")
        if type(place.each) is not bool or not all(type(number) is int for number, _ in lines):
            raise ValueError("not a place: numbers of lines were expected")
        return place

    @property
    def text(self) -> str:
        places = [f"Line {number}: {code}" for number, code in self.lines]
        between = "\n" if self.each else "\nor "
        return "\n".join(filter(None, [self.steps, between.join(places), self.slip]))


# How what is no array comes about unawares.
MAKES_A_TUPLE = (
    "A comma outside of brackets makes a tuple, a shape is one, and np.where of a condition alone returns "
    "one."
)
MAKES_A_GENERATOR = (
    "Round brackets around … for … in … make a generator, as yield in a method does; square ones make a list."
)

ONE_OF_A_KIND = "does something in it, such as squeeze, do another thing where a size is 1?"
BOTH_WAYS_ROUND = "does something fit here both ways round?"
KEEPS_THE_ORDER = "reshape keeps all numbers in their order, row after row; .T exchanges rows and columns."

ORDINALS = {2: "a second", 3: "a third"}


def words_for(quantity: Quantity, moment: Moment) -> str:
    """The quantity and when: "dLdW of layers[0]", "W of layers[1] after step 2", "Z in a second batch"."""
    text = quantity.label
    if moment.layer is not None:
        preposition = "for" if quantity.what == "initial" else "of"
        text = f"{quantity.name if quantity.called else text} {preposition} layers[{moment.layer}]"
    if moment.step is not None:
        text += f" after step {moment.step}"
    if moment.batch is not None and moment.batch > 1:
        text += f"{',' if moment.layer is not None else ''} in {ORDINALS.get(moment.batch, 'a later')} batch"
    return text


def name(mismatch: Mismatch) -> str:
    return words_for(mismatch.quantity, mismatch.expected.moment)


def equation_words(quantity: Quantity | None) -> str:
    """ "eq. 4" or "eqs. 29-31"; empty where there is no quantity, or it has no equation."""
    number = quantity.equation if quantity else ""
    return (f"eqs. {number}" if any(mark in number for mark in ",-") else f"eq. {number}") if number else ""


def equation(mismatch: Mismatch) -> str:
    return equation_words(mismatch.quantity)


def reread(mismatch: Mismatch) -> str:
    return f"Compare your line with {equation(mismatch)}, term by term." if equation(mismatch) else ""


def promised(mismatch: Mismatch) -> str:
    """Equation and shape, for a value that cannot be compared entry by entry."""
    axes, numbers = mismatch.quantity.axes, mismatch.expected.value.shape
    facts = [equation(mismatch), f"shape {axes} = {numbers}" if axes else ""]
    return "; ".join(fact for fact in facts if fact)


def number(value: float) -> str:
    return f"{value:.6g}"


def _case(mismatch: Mismatch) -> str:
    """ "here lr = 0.05, momentum = 0.9"; empty for the case without options."""
    options = ", ".join(f"{name} = {value}" for name, value in mismatch.trace.options.items())
    return f"here {options}" if options else ""


def other_cases(mismatch: Mismatch) -> str:
    """That it is right in a case that has none of the values that this one was given, or in the batch before.

    A value that a case shares which is right is not the reason.
    """
    if first := first_batch(mismatch):
        return first
    defaults = {one.name: one.default for one in _parameters(mismatch)}
    comparable = [trace for trace in mismatch.passed if _has(trace, mismatch.quantity)]
    passed = [defaults | _kept_by_default(trace) | trace.options for trace in comparable]
    given = mismatch.trace.options
    alone = {
        option: value for option, value in given.items() if all(case.get(option) != value for case in passed)
    }
    if not passed:
        return ""
    if same := _same_sizes(given, passed):
        return f"In a case in which {listed(same)} are not the same number it is right: {BOTH_WAYS_ROUND}"
    if not alone:
        return ""
    here = ", ".join(f"{option} = {value}" for option, value in alone.items())
    if all(type(value) is int for value in alone.values()):
        right = f"In a case of other sizes than {here} it is right"
        return f"{right}: {ONE_OF_A_KIND}" if 1 in alone.values() else f"{right}."
    return f"In a case of other values than {here} it is right."


def _same_sizes(given: dict, passed: list[dict]) -> list[str]:
    """Sizes that are equal in this case, and in none that is right."""
    sizes = [option for option, value in given.items() if type(value) is int]
    same = [one for one in sizes if [given[other] for other in sizes].count(given[one]) > 1]
    return same if all(len({case.get(one) for one in same}) > 1 for case in passed) else []


def _has(trace: Trace, quantity: Quantity) -> bool:
    """Not every case asks for each, such as the velocities where there is no momentum."""
    return any(entry.quantity == quantity for entry in trace.entries)


def first_batch(mismatch: Mismatch) -> str:
    """That it was right there, where a later one of another size differs."""
    batches = [entry.value for entry in mismatch.before if entry.quantity.what == "batch"]
    if mismatch.expected.moment.batch in (None, 1) or len(batches[0]) == len(batches[-1]):
        return ""
    return (
        f"With the first batch, of {len(batches[0])} samples, it went well, and this one has "
        f"{len(batches[-1])}: is a size written as a number, or something left over or lost from then?"
    )


def _kept_by_default(trace: Trace) -> dict[str, float]:
    """What __init__ has made of what a case left to it, such as alpha."""
    kept = [one for one in trace.entries if one.quantity.by == "__init__" and np.size(one.value) == 1]
    return {one.quantity.name: one.value.item() for one in kept if one.value is not None}


def _parameters(mismatch: Mismatch) -> list[inspect.Parameter]:
    """Of the probe: what a case can choose."""
    return [*inspect.signature(contract_of(mismatch.trace.component).probe).parameters.values()][2:]


def where(mismatch: Mismatch) -> str:
    """Equation, shape, and both numbers at the first entry that differs. For values of equal shape."""
    expected, actual = mismatch.expected.value, mismatch.actual.value
    if mismatch.quantity.coded:
        return equation(mismatch)
    facts = [equation(mismatch), f"shape {expected.shape}" if expected.ndim else ""]
    if expected.shape != actual.shape:  # they differ by axes of length one
        expected, actual = np.squeeze(expected), np.squeeze(actual)
    wrong = differs(expected, actual, mismatch.trace.dtype)
    index = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else (0,) * expected.ndim
    place = f"at {list(index)} " if index else ""
    facts.append(f"{place}yours is {number(actual[index])}, PyTorch's {number(expected[index])}")
    facts.append(_case(mismatch))
    return "; ".join(fact for fact in facts if fact)
