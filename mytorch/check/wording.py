"""What is said to a student about a value that differs: plain sentences, both numbers, never the solution."""

from dataclasses import dataclass

import numpy as np

from .compare import Mismatch, differs


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

    @classmethod
    def of_text(cls, cause: str, text: str) -> "Diagnosis":
        """Of what something else has said: its first line, and the others."""
        headline, *others = text.splitlines() or [""]
        return cls(cause, headline, "\n".join(others))


def name(mismatch: Mismatch) -> str:
    """The quantity and when: "dLdW in a second batch"."""
    label, when = mismatch.quantity.label, mismatch.expected.when
    if when.startswith("of ") and " of " in label:
        label = label.split(" of ")[0]  # "dLdW of each layer" becomes "dLdW of layers[0]"
    return f"{label} {when}".strip()


def symbol(mismatch: Mismatch) -> str:
    """The quantity's name in code: "b" for "b as initialised"."""
    return mismatch.quantity.label.split(" ")[0]


def equation_words(quantity) -> str:
    """"eq. 4" or "eqs. 29-31"; empty for a quantity without an equation."""
    if not quantity.equation:
        return ""
    return f"{'eqs.' if any(mark in quantity.equation for mark in ',-') else 'eq.'} {quantity.equation}"


def equation(mismatch: Mismatch) -> str:
    return equation_words(mismatch.quantity)


def reread(mismatch: Mismatch) -> str:
    return f"Compare your line with {equation(mismatch)}, term by term." if equation(mismatch) else ""


def promised(mismatch: Mismatch) -> str:
    """Equation and shape, for a value that cannot be compared entry by entry."""
    shape, numbers = mismatch.quantity.shape, mismatch.expected.value.shape
    facts = [equation(mismatch), f"shape {shape} = {numbers}" if shape.startswith("(") else ""]
    return "; ".join(fact for fact in facts if fact)


def number(value: float) -> str:
    return f"{value:.6g}"


def where(mismatch: Mismatch) -> str:
    """Equation, shape, and both numbers at the first entry that differs. For values of equal shape."""
    expected, actual = mismatch.expected.value, mismatch.actual.value
    facts = [equation(mismatch), f"shape {expected.shape}" if expected.ndim else ""]
    if expected.shape != actual.shape:  # they differ by axes of length one
        expected, actual = np.squeeze(expected), np.squeeze(actual)
    wrong = differs(expected, actual, mismatch.trace.options.get("dtype"))
    index = tuple(int(i) for i in np.argwhere(wrong)[0]) if wrong.any() else (0,) * expected.ndim
    place = f"at {list(index)} " if index else ""
    facts.append(f"{place}yours is {number(actual[index])}, PyTorch's {number(expected[index])}")
    return "; ".join(fact for fact in facts if fact)
