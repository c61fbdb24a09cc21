"""How activation functions go wrong. The reference computes, so that no blank's answer stands here."""

from itertools import product

import numpy as np

from mytorch.check.mistakes import Context, Mistake, reference_beside

from .contract import A, Z, dAdZ

reference = reference_beside(__package__)

FROM_Z = "it is computed from Z where the formula has A."
FROM_Z_HINT = "forward keeps A for this very purpose."
AT_ZERO_HINT = "Which case of eq. 20 does A = 0 belong to?"
REDUCES_HINT = "np.max and np.amax look for the largest of many; which function compares entry by entry?"


def _another(name: str, words: str) -> Mistake:
    return Mistake("wrong function", A, lambda c: reference().apply(name, c[Z]), words)


def _derivative_of_A(name: str) -> Mistake:
    return Mistake(
        "derivative of A",
        dAdZ,
        lambda c: reference().derivative(name, c[A]),
        "the function is applied a second time, to A.",
        "A is f(Z) already: the derivative needs no further exponential.",
    )


def _slope(cause: str, value, words: str, hint: str = "") -> Mistake:
    return Mistake(cause, dAdZ, value, words, hint)


SIGMOID = (
    Mistake(
        "sign in the exponent",
        A,
        lambda c: reference().apply("Sigmoid", -c[Z]),
        "it is Sigmoid's value at -Z, in every entry.",
        "Compare the sign of each exponent with eq. 8, and what stands above the line.",
    ),
    Mistake(
        "upside down",
        A,
        lambda c: 1 / c[A],
        "it is the denominator of eq. 8 alone.",
        "In Python / binds before +: does the denominator stand in brackets?",
    ),
    Mistake(
        "softmax",
        A,
        lambda c: reference().softmax(c[Z], 1),
        "it is softmax, which ties the entries of a row together.",
        "Sigmoid works on every entry by itself.",
    ),
    _another("Tanh", "this is Tanh's value, not Sigmoid's."),
    _slope("derivative from Z", lambda c: c[Z] - c[Z] ** 2, FROM_Z, FROM_Z_HINT),
    _slope("derivative from Z", lambda c: c[A] * (1 - c[Z]), FROM_Z, FROM_Z_HINT),
    _slope(
        "brackets",
        lambda c: 0 * c[A],
        "it is zero everywhere.",
        "In Python * binds before -: does a difference need brackets?",
    ),
    _slope("missing factor", lambda c: c[dAdZ] / c[A], "a factor is missing.", "eq. 11 has two terms."),
    _slope("missing term", lambda c: c[A], "it is A alone.", "eq. 11 has two terms."),
    _slope("missing term", lambda c: c[A] ** 2, "only the second term is there.", "eq. 11 has two terms."),
    _slope(
        "sign", lambda c: 2 * c[A] - c[dAdZ], "the second term has the wrong sign.", "Compare with eq. 11."
    ),
    _slope(
        "wrong function",
        lambda c: reference().derivative("Tanh", np.arctanh(c[A])),
        "this is Tanh's derivative.",
        "eq. 11 is Sigmoid's.",
    ),
    _derivative_of_A("Sigmoid"),
)

TANH = (
    _another("Sigmoid", "this is Sigmoid's value, not Tanh's."),
    Mistake("wrong function", A, lambda c: np.tan(c[Z]), "it is the tangent; tanh is the hyperbolic one."),
    Mistake(
        "sign in the exponent", A, lambda c: -c[A], "its sign is wrong.", "Compare the numerator with eq. 14."
    ),
    Mistake("upside down", A, lambda c: 1 / c[A], "numerator and denominator of eq. 14 have changed places."),
    Mistake(
        "brackets",
        A,
        lambda c: np.exp(c[Z]) - np.exp(-2 * c[Z]) + np.exp(-c[Z]),
        "/ divides two of the four exponentials only.",
        "Do numerator and denominator stand in brackets?",
    ),
    Mistake(
        "missing denominator",
        A,
        lambda c: np.sinh(c[Z]),
        "half the numerator of eq. 14 is all there is.",
        "Compare the denominator with eq. 14.",
    ),
    _slope("derivative from Z", lambda c: 1 - c[Z] ** 2, FROM_Z, FROM_Z_HINT),
    _slope(
        "missing square",
        lambda c: 1 - c[A],
        "a square is missing.",
        "The hint above eq. 16 has tanh squared.",
    ),
    _slope("square of the wrong thing", lambda c: (1 - c[A]) ** 2, "it squares the whole difference."),
    _slope(
        "sign", lambda c: 2 - c[dAdZ], "the second term has the wrong sign.", "See the hint above eq. 16."
    ),
    _slope("missing term", lambda c: c[A] ** 2, "only the square is there.", "What is it subtracted from?"),
    _slope(
        "wrong function",
        lambda c: c[A] - c[A] ** 2,
        "this is Sigmoid's formula, with Tanh's A.",
        "eq. 16 is Tanh's; its hint gives the derivative.",
    ),
    _derivative_of_A("Tanh"),
)


def _largest(c: Context) -> np.ndarray | None:
    """The maximum over everything, over rows or over columns, whichever the student has."""
    for axis, keepdims in product((None, 0, 1), (False, True)):
        value = np.max(c[Z], axis=axis, keepdims=keepdims)
        if value.shape == c.actual.shape and np.allclose(value, c.actual):
            return value
    return None


def _at_zero(c: Context) -> np.ndarray:
    return (c[Z] == 0) * 1.0


RELU = (
    Mistake("wrong function", A, lambda c: np.abs(c[Z]), "negative values become positive instead of 0."),
    Mistake("wrong function", A, lambda c: c[Z], "it is Z unchanged: negative values should become 0."),
    Mistake("wrong function", A, lambda c: c[Z] - c[A], "it keeps the negative values and drops the others."),
    Mistake(
        "wrong function",
        A,
        lambda c: c[A] + 0.01 * (c[Z] - c[A]),
        "it is the leaky ReLU, which lets 1 % of a negative value through.",
    ),
    Mistake(
        "0 or 1", A, lambda c: np.sign(c[A]), "it is 1 where it should be Z.", "1 is the slope's value there."
    ),
    Mistake(
        "max over the array",
        A,
        _largest,
        "it holds the largest entries, and fewer of them than Z has.",
        REDUCES_HINT,
    ),
    _slope("ReLU derivative at 0", lambda c: c[dAdZ] + _at_zero(c), "it is 1 where Z is 0.", AT_ZERO_HINT),
    _slope(
        "ReLU derivative at 0", lambda c: c[dAdZ] + _at_zero(c) / 2, "it is ½ where Z is 0.", AT_ZERO_HINT
    ),
    _slope(
        "ReLU derivative at 0", lambda c: c[Z] ** 0, "it is 1 everywhere, also where A is 0.", AT_ZERO_HINT
    ),
    _slope(
        "wrong function",
        lambda c: c[dAdZ] + 0.01 * (1 - c[dAdZ]),
        "it is the slope of the leaky ReLU.",
        "How much does A change where Z is negative?",
    ),
    _slope("swapped", lambda c: 1 - c[dAdZ], "its two cases have changed places.", "Compare with eq. 20."),
    _slope("sign", lambda c: np.sign(c[Z]), "it is -1 where Z is negative.", "How much does A change there?"),
    _slope(
        "A for its slope", lambda c: c[A], "it is A, not its slope.", "How steep is ReLU to the right of 0?"
    ),
)

MISTAKES = {"Sigmoid": SIGMOID, "Tanh": TANH, "ReLU": RELU}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "upside down": "wrote {q} upside down",
    "softmax": "used softmax for {q}",
    "derivative from Z": "computed {q} from Z where the formula has A",
    "derivative of A": "applied the function a second time in {q}",
    "missing denominator": "forgot the denominator of {q}",
    "missing square": "forgot the square in {q}",
    "0 or 1": "gave {q} the values 0 and 1",
    "max over the array": "took one largest entry for {q}, not entry by entry",
    "ReLU derivative at 0": "gave {q} another value than 0 where Z is 0",
    "A for its slope": "returned A in place of its slope in {q}",
    "missing factor": "left a factor out of {q}",
    "wrong function": "used another function than asked for in {q}",
}
