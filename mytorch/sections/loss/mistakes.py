"""Section 8: losses. Probabilities come from PyTorch."""

import numpy as np

from ..warm import oracles
from .catalogue import Context, Mistake

# --- mean squared error -------------------------------------------------------------------------------------------


def _sum_of(function, scale: float = 1):
    """scale times the sum over all entries of a function of A - Y, and the size of A."""
    return lambda c: scale * np.sum(function(c["A_in"] - c["Y_in"]))


def _per_entry(function, scale: float):
    return lambda c: _sum_of(function, scale)(c) / c["A_in"].size


def _l(cause: str, value, headline: str, hint: str = "") -> Mistake:
    return Mistake(cause, "L", value, headline, hint)


MSE = (
    _l("sum for mean", _sum_of(np.square), "it is the sum of the squares, neither averaged nor halved.", "See eq. 34."),
    _l("sum for mean", _sum_of(np.square, 0.5), "it is half the sum of the squares, not averaged.", "See eq. 34."),
    _l("square missing", _per_entry(np.abs, 0.5), "it takes absolute values where eq. 32 squares."),
    _l("square missing", _per_entry(np.abs, 1), "it is the mean absolute error; eq. 32 squares, eq. 34 halves."),
    _l("square missing", _per_entry(np.asarray, 0.5), "the differences are not squared.", "Compare with eq. 32."),
    _l("square missing", _per_entry(np.asarray, 1), "the differences are not squared.", "Compare with eq. 32."),
    _l("root", lambda c: np.sqrt(c["L"]), "it is a square root.", "There is none in eqs. 32 to 34."),
    _l("root", lambda c: np.sqrt(2 * c["L"]), "it is the root of the mean square.", "There is no root in eq. 34."),
    _l(
        "matrix product",
        _sum_of(lambda D: D @ D.T / (2 * D.size)),
        "the difference is multiplied with itself as a matrix.", "eq. 32 squares entry by entry: ⊙, in NumPy *.",
    ),
    _l(
        "brackets",
        lambda c: np.sum(c["A_in"] - c["Y_in"] ** 2) / (2 * c["A_in"].size),
        "only Y is squared.", "In Python ** binds before -: does the difference stand in brackets?",
    ),
    _l(
        "square of the wrong thing",
        lambda c: np.sum(c["A_in"] ** 2 - c["Y_in"] ** 2) / (2 * c["A_in"].size),
        "A and Y are squared before they are subtracted.", "eq. 32 squares the difference.",
    ),
    Mistake(
        "sum for difference", "dLdA",
        lambda c: (c["A_in"] + c["Y_in"]) / c["A_in"].size,
        "A and Y are added instead of subtracted.",
    ),
    Mistake(
        "not differentiated", "dLdA",
        lambda c: c["dLdA"] ** 2 * c["A_in"].size,
        "the difference is still squared.", "Compare with eq. 35.",
    ),
)

# --- cross-entropy ------------------------------------------------------------------------------------------------

AXIS = "softmax runs along the wrong axis."
WHOLE = "softmax divides by the sum over the whole matrix."
AXIS_HINT = "Each row is one sample: its C probabilities add up to 1."
MAXIMA = "each column's maximum was subtracted before exp."
MAXIMA_HINT = "Softmax stays the same only if all entries of a row are shifted by the same number."


def _rows(A: np.ndarray) -> np.ndarray:
    return oracles().softmax(A, 1)


def _shifted_columns(c: Context) -> np.ndarray:
    return _rows(c["A_in"] - np.max(c["A_in"], axis=0))


def _mean_of_rows(c: Context, entries) -> np.ndarray:
    return np.sum(entries) / len(c["A_in"])


def _cross_entropy(probabilities):
    """L, with something else for the probabilities."""
    return lambda c: _mean_of_rows(c, -c["Y_in"] * np.log(probabilities(c)))


def _gradient(cause: str, probabilities, headline: str, hint: str = "") -> Mistake:
    """dLdA, with something else for the probabilities."""
    return Mistake(cause, "dLdA", lambda c: c["dLdA"] - _rows(c["A_in"]) + probabilities(c), headline, hint)


def _binary(c: Context) -> np.ndarray:
    P = _rows(c["A_in"])
    return c["L"] + _mean_of_rows(c, (c["Y_in"] - 1) * np.log(1 - P))


def _picked(c: Context) -> np.ndarray:
    """Y with a single 1 a row, where it is largest."""
    return np.eye(c["Y_in"].shape[1])[np.argmax(c["Y_in"], axis=1)]


ONE_HOT = "of each row of Y only the largest entry counts."
ONE_HOT_HINT = "Y holds probabilities: a row may be (0.2, 0.5, 0.3)."

CROSS_ENTROPY = (
    _l("softmax axis", _cross_entropy(lambda c: oracles().softmax(c["A_in"], 0)), AXIS, AXIS_HINT),
    _l("softmax axis", _cross_entropy(lambda c: oracles().softmax(c["A_in"], None)), WHOLE, AXIS_HINT),
    _l("shift by columns", _cross_entropy(_shifted_columns), MAXIMA, MAXIMA_HINT),
    _l(
        "softmax missing",
        _cross_entropy(lambda c: np.exp(c["A_in"])),
        "the exponentials are not divided by the sum of their row.", "eq. 37 has a denominator.",
    ),
    _l("softmax twice", _cross_entropy(lambda c: _rows(_rows(c["A_in"]))), "softmax is applied twice."),
    _l(
        "sign in the exponent",
        _cross_entropy(lambda c: _rows(-c["A_in"])),
        "the exponent has the wrong sign.", "eq. 37 has no minus.",
    ),
    _l(
        "log missing",
        lambda c: _mean_of_rows(c, -c["Y_in"] * _rows(c["A_in"])),
        "the logarithm is missing.", "Compare with eq. 39.",
    ),
    _l("log base", lambda c: c["L"] / np.log(2), "the logarithm has base 2.", "eq. 39 has the natural one."),
    _l("log base", lambda c: c["L"] / np.log(10), "the logarithm has base 10.", "eq. 39 has the natural one."),
    _l(
        "Y missing",
        lambda c: _mean_of_rows(c, -np.log(_rows(c["A_in"]))),
        "Y plays no part in it.", "In eq. 39 Y picks the right entries.",
    ),
    _l("Y as one-hot", lambda c: _mean_of_rows(c, -_picked(c) * np.log(_rows(c["A_in"]))), ONE_HOT, ONE_HOT_HINT),
    _l("binary cross-entropy", _binary, "it has a second term, with 1 - Y.", "eq. 39 has one term only."),
    _gradient("Y as one-hot", lambda c: _rows(c["A_in"]) + c["Y_in"] - _picked(c), ONE_HOT, ONE_HOT_HINT),
    _gradient("softmax axis", lambda c: oracles().softmax(c["A_in"], 0), AXIS, AXIS_HINT),
    _gradient("softmax axis", lambda c: oracles().softmax(c["A_in"], None), WHOLE, AXIS_HINT),
    _gradient("softmax missing", lambda c: c["A_in"], "softmax is missing.", "eq. 43 starts from the probabilities."),
    _gradient(
        "softmax missing", lambda c: np.exp(c["A_in"]),
        "the exponentials are not divided by the sum of their row.", "eq. 37 has a denominator.",
    ),
    _gradient("softmax twice", lambda c: _rows(_rows(c["A_in"])), "softmax is applied twice."),
    _gradient("log for softmax", lambda c: np.log(_rows(c["A_in"])), "it has log σ(A) in place of σ(A)."),
    _gradient("Y missing", lambda c: _rows(c["A_in"]) + c["Y_in"], "Y is not subtracted.", "Compare with eq. 43."),
    _gradient("sum for difference", lambda c: _rows(c["A_in"]) + 2 * c["Y_in"], "Y is added instead of subtracted."),
    Mistake(
        "derivative of the log only", "dLdA",
        lambda c: -c["Y_in"] / _rows(c["A_in"]),
        "it is the derivative with respect to σ(A).", "eq. 43 is the one with respect to A, through the softmax.",
    ),
)
