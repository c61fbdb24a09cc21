"""What is said of the edits that prove a line: where, and a question, never the repaired text."""

import ast

from ...characters import listed
from ..contract import Quantity
from ..wording import Place, equation_words
from .edits.edit import ADDITION, Edit
from .reach import Site
from .source import Source

QUESTIONS = {
    "transpose": ("with rows and columns of one factor exchanged", "Which factor is the wrong way round?"),
    "axis": ("along another axis", "Along which axis does the formula sum or average?"),
    "keepdims": ("with another choice of keepdims", "Which shape should a sum or mean leave behind?"),
    "brackets": ("with brackets put elsewhere", "What belongs together in the formula?"),
    "sums": ("with the sum taken of the product", "What is multiplied first, and what is added up then?"),
    "part": ("with something else in one place", "Does each part stand for the formula's?"),
    "operator": ("with another operator", "Which operation does the formula have at each place?"),
    "order": ("with two operands in the other order", "Which of the two comes first in the formula?"),
    "parameters": (
        "with its parameters in another order",
        "In which order are they in the handout's def line?",
    ),
    "default": ("with the defaults of the handout's def line", "Which are they?"),
    "twice": (
        "with the method of this name further up",
        "Which of the two does Python use, and which is meant?",
    ),
    "return": ("with the lines below it run first", "What becomes of lines that stand below a return?"),
    "shared": ("with an object of its own for each name", "Do two names stand for one and the same object?"),
    "once": ("with a list in its place", "How often can one go through what this line makes?"),
    "compared": ("with = in place of ==", "Which of the two gives a value to a name?"),
    "dropped": ("with its value kept", "What becomes of the value that this line computes?"),
    "handed back": ("with its value returned", "What does its function hand back?"),
    "sign": ("with another sign", "Where does the formula have a minus, and where not?"),
    "surplus": ("with one part less", "Which part does the formula not have?"),
    "comparison": ("with the opposite condition or another comparison", "When should which case hold?"),
    "self": ("with self. or without it at one name", "Which value is meant: the kept one, or this call's?"),
    "index": ("with another index or range", "Which entry is meant, or which comes first and which last?"),
    "function": ("with another function", "Does each function do what the formula has there?"),
    "applied": ("with one more function", "Which function does the formula have that is lacking here?"),
    "type": ("with another type of number", "Which numbers can be held there?"),
    "name": ("with another name in one place", "Does each name stand for what the formula has there?"),
    "swapped": ("with two names exchanged", "Does each name stand where the formula has it?"),
    "number": ("with another number", "Compare each number with the formula."),
    "missing": ("with one factor or term more", "What does the formula have that is lacking here?"),
    "assignment": ("with another kind of assignment", "Should it add to what is there, or replace it?"),
    "in place": ("with a new array, and the old one left as it was,", "Who else uses the old one?"),
    "lines": ("with two lines in the other order", "What must be known before this line runs?"),
    "line surplus": ("without a line", "Is this line needed?"),
    "indentation": ("with a line indented differently", "Does it belong inside the loop?"),
}


def place_of(source: Source, proofs: list[Edit], quantity: str) -> Place | None:
    """What all the proofs agree on; None where that is nothing."""
    lines = {edit.line: source.line(edit.line) for edit in sorted(proofs, key=lambda edit: edit.line)}
    kinds = {edit.kind for edit in proofs}
    most = 1 if proofs and proofs[0].cost >= ADDITION else 2  # what is added has many places
    if not proofs or (len(lines) > most and len(kinds) > 1):
        return None
    shown = tuple(lines.items()) if len(lines) <= most else ()
    kind = proofs[0].kind
    if kind == "assignment" and "line surplus" in kinds:  # *= 1 and += 0 only do away with it, too
        kind = "line surplus"
    slip = _slip(kind, quantity) if len(kinds) == 1 or len(lines) == 1 else ""
    return Place(shown, slip)


def _slip(kind: str, quantity: str) -> str:
    """With brackets put elsewhere dLdV agrees with PyTorch. What belongs together in the formula?"""
    change, question = QUESTIONS[kind]
    return f"{change[0].upper()}{change[1:]} {quantity} agrees with PyTorch. {question}"


def place_of_makers(source: Source, makers: list[Site], quantity: Quantity) -> Place | None:
    """One line, or two of which one is mistaken: nothing else has a part in the value."""
    lines = {place.statement.lineno: source.line(place.statement.lineno) for place in makers}
    if not 0 < len(lines) <= 2:
        return None
    what = "this line uses" if len(lines) == 1 else "these two lines use"
    uses = f"All that {what} agrees with PyTorch, {quantity.label} does not."
    hint = f"Compare with {equation_words(quantity)}, term by term." if quantity.equation else ""
    is_idle = all(place.read <= {"self"} for place in makers)  # self.N = None
    return Place(tuple(sorted(lines.items())), hint if is_idle else f"{uses} {hint}".strip())


def place_of_display(source: Source, site: Site, quantity: Quantity) -> Place:
    """The line in which the value becomes a list, a tuple or the like."""
    line = site.statement.lineno
    return Place(
        ((line, source.line(line)),), f"In this line {quantity.label} stops being an array or a number."
    )


def is_print(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "print"


def place_of_last(source: Source, last: ast.stmt) -> Place | None:
    """The last line of a method that returns nothing, if it prints a value or only names one."""
    if isinstance(last, (ast.Return, ast.Expr)) and is_print(last.value):
        does = "print shows a value"
    elif isinstance(last, ast.Expr) and not isinstance(last.value, (ast.Call, ast.Constant)):
        does = "This line names a value"
    else:
        return None
    slip = f"{does} and hands nothing back. What does hand it back?"
    return Place(((last.lineno, source.line(last.lineno)),), slip)


def place_of_pairs(source: Source, pairs: list[tuple[Edit, Edit]], quantity: Quantity) -> Place | None:
    """The lines that all the pairs share."""
    if not pairs:
        return None
    shared = sorted(set.intersection(*({one.line, two.line} for one, two in pairs)))
    if not shared:
        return None
    lines = "one of them in this line" if len(shared) == 1 else "one in each of these lines"
    if all(one.line == two.line for one, two in pairs):
        lines = "both in this line"
    hint = " Compare with the formula, sign by sign." if quantity.equation else ""
    slip = f"With two changes, {lines}, {quantity.label} agrees with PyTorch.{hint}"
    return Place(tuple((line, source.line(line)) for line in shared), slip, each=len(shared) > 1)


def words_of_steps(right: list[Quantity], wrong: Quantity) -> str:
    """dLdNZ (eq. 60) agrees with PyTorch, dLdV (eq. 62) is the first step that does not."""
    first = f"{_with_equation(wrong)} is the first step that does not agree with PyTorch"
    if not right:
        return f"{first}."
    agree = "agrees" if len(right) == 1 else "agree"
    names = listed(map(_with_equation, right))
    return f"{names} {agree} with PyTorch, {_with_equation(wrong)} is the first step that does not."


def _with_equation(step: Quantity) -> str:
    return f"{step.name} ({equation_words(step)})"
