"""How losses go wrong. Probabilities come from the reference."""

import numpy as np

from mytorch.check.mistakes import Context, Mistake, reference_beside

from .contract import A, L, Y, dLdA

reference = reference_beside(__package__)

# --- mean squared error -------------------------------------------------------------------------------------


def _sum_of(function, scale: float = 1):
    """scale times the sum over all entries of a function of A - Y, and the size of A."""
    return lambda c: scale * np.sum(function(c[A] - c[Y]))


def _per_entry(function, scale: float):
    return lambda c: _sum_of(function, scale)(c) / c[A].size


def _l(cause: str, value, headline: str, hint: str = "") -> Mistake:
    return Mistake(cause, L, value, headline, hint)


MSE = (
    _l(
        "sum for mean",
        _sum_of(np.square),
        "it is the sum of the squares, neither averaged nor halved.",
        "See eq. 34.",
    ),
    _l(
        "sum for mean",
        _sum_of(np.square, 0.5),
        "it is half the sum of the squares, not averaged.",
        "See eq. 34.",
    ),
    _l("square missing", _per_entry(np.abs, 0.5), "it takes absolute values where eq. 32 squares."),
    _l(
        "square missing",
        _per_entry(np.abs, 1),
        "it is the mean absolute error; eq. 32 squares, eq. 34 halves.",
    ),
    _l(
        "square missing",
        _per_entry(np.asarray, 0.5),
        "the differences are not squared.",
        "Compare with eq. 32.",
    ),
    _l(
        "square missing",
        _per_entry(np.asarray, 1),
        "the differences are not squared.",
        "Compare with eq. 32.",
    ),
    _l("root", lambda c: np.sqrt(c[L]), "it is a square root.", "There is none in eqs. 32 to 34."),
    _l(
        "root",
        lambda c: np.sqrt(2 * c[L]),
        "it is the root of the mean square.",
        "There is no root in eq. 34.",
    ),
    *(
        _l(
            "matrix product",
            _sum_of(product),
            "the difference is multiplied with itself as a matrix.",
            "eq. 32 squares entry by entry: ⊙, in NumPy *.",
        )
        for product in (lambda D: D @ D.T / (2 * D.size), lambda D: D.T @ D / (2 * D.size))
    ),
    _l(
        "brackets",
        lambda c: np.sum(c[A] - c[Y] ** 2) / (2 * c[A].size),
        "only Y is squared.",
        "In Python ** binds before -: does the difference stand in brackets?",
    ),
    _l(
        "square of the wrong thing",
        lambda c: np.sum(c[A] ** 2 - c[Y] ** 2) / (2 * c[A].size),
        "A and Y are squared before they are subtracted.",
        "eq. 32 squares the difference.",
    ),
    Mistake(
        "sum for difference",
        dLdA,
        lambda c: (c[A] + c[Y]) / c[A].size,
        "A and Y are added instead of subtracted.",
    ),
    Mistake(
        "not differentiated",
        dLdA,
        lambda c: c[dLdA] ** 2 * c[A].size,
        "the difference is still squared.",
        "Compare with eq. 35.",
    ),
)

# --- cross-entropy ------------------------------------------------------------------------------------------

AXIS = "softmax runs along the wrong axis."
WHOLE = "softmax divides by the sum over the whole matrix."
AXIS_HINT = "Each row is one sample: its C probabilities add up to 1."
MAXIMA = "each column's maximum was subtracted before exp."
MAXIMA_HINT = "Softmax stays the same only if all entries of a row are shifted by the same number."


def _rows(values: np.ndarray) -> np.ndarray:
    return reference().softmax(values, 1)


def _shifted_columns(c: Context) -> np.ndarray:
    return _rows(c[A] - np.max(c[A], axis=0))


def _mean_of_rows(c: Context, entries) -> np.ndarray:
    return np.sum(entries) / len(c[A])


def _cross_entropy(probabilities):
    """L, with something else for the probabilities."""
    return lambda c: _mean_of_rows(c, -c[Y] * np.log(probabilities(c)))


def _gradient(cause: str, probabilities, headline: str, hint: str = "") -> Mistake:
    """dLdA, with something else for the probabilities."""
    return Mistake(cause, dLdA, lambda c: c[dLdA] - _rows(c[A]) + probabilities(c), headline, hint)


def _binary(c: Context) -> np.ndarray:
    P = _rows(c[A])
    return c[L] + _mean_of_rows(c, (c[Y] - 1) * np.log(1 - P))


def _picked(c: Context) -> np.ndarray:
    """Y with a single 1 a row, where it is largest."""
    return np.eye(c[Y].shape[1])[np.argmax(c[Y], axis=1)]


ONE_HOT = "of each row of Y only the largest entry counts."
ONE_HOT_HINT = "Y holds probabilities: a row may be (0.2, 0.5, 0.3)."

CROSS_ENTROPY = (
    _l("softmax axis", _cross_entropy(lambda c: reference().softmax(c[A], 0)), AXIS, AXIS_HINT),
    _l("softmax axis", _cross_entropy(lambda c: reference().softmax(c[A], None)), WHOLE, AXIS_HINT),
    _l("shift by columns", _cross_entropy(_shifted_columns), MAXIMA, MAXIMA_HINT),
    _l(
        "softmax missing",
        _cross_entropy(lambda c: np.exp(c[A])),
        "the sum over the row, by which eq. 37 divides, has no part in it.",
        "Is softmax applied at all, and as a whole?",
    ),
    _l("softmax twice", _cross_entropy(lambda c: _rows(_rows(c[A]))), "softmax is applied twice."),
    _l(
        "sign in the exponent",
        _cross_entropy(lambda c: _rows(-c[A])),
        "the exponent has the wrong sign.",
        "eq. 37 has no minus.",
    ),
    _l(
        "log missing",
        lambda c: _mean_of_rows(c, -c[Y] * _rows(c[A])),
        "the logarithm is missing.",
        "Compare with eq. 39.",
    ),
    _l("log base", lambda c: c[L] / np.log(2), "the logarithm has base 2.", "eq. 39 has the natural one."),
    _l("log base", lambda c: c[L] / np.log(10), "the logarithm has base 10.", "eq. 39 has the natural one."),
    _l(
        "Y missing",
        lambda c: _mean_of_rows(c, -np.log(_rows(c[A]))),
        "Y plays no part in it.",
        "In eq. 39 Y picks the right entries.",
    ),
    _l(
        "matrix product",
        lambda c: _mean_of_rows(c, -c[Y] @ np.log(_rows(c[A])).T),
        "Y and the logarithms are multiplied as matrices.",
        "eq. 39 multiplies entry by entry: ⊙, in NumPy *.",
    ),
    _l("Y as one-hot", lambda c: _mean_of_rows(c, -_picked(c) * np.log(_rows(c[A]))), ONE_HOT, ONE_HOT_HINT),
    _l("binary cross-entropy", _binary, "it has a second term, with 1 - Y.", "eq. 39 has one term only."),
    _gradient("Y as one-hot", lambda c: _rows(c[A]) + c[Y] - _picked(c), ONE_HOT, ONE_HOT_HINT),
    _gradient("softmax axis", lambda c: reference().softmax(c[A], 0), AXIS, AXIS_HINT),
    _gradient("softmax axis", lambda c: reference().softmax(c[A], None), WHOLE, AXIS_HINT),
    _gradient(
        "softmax missing", lambda c: c[A], "softmax is missing.", "eq. 43 starts from the probabilities."
    ),
    _gradient(
        "softmax missing",
        lambda c: np.exp(c[A]),
        "the exponentials are not divided by the sum of their row.",
        "eq. 37 has a denominator.",
    ),
    _gradient("softmax twice", lambda c: _rows(_rows(c[A])), "softmax is applied twice."),
    _gradient("log for softmax", lambda c: np.log(_rows(c[A])), "it has log σ(A) in place of σ(A)."),
    _gradient("Y missing", lambda c: _rows(c[A]) + c[Y], "Y is not subtracted.", "Compare with eq. 43."),
    _gradient("sum for difference", lambda c: _rows(c[A]) + 2 * c[Y], "Y is added instead of subtracted."),
    Mistake(
        "derivative of the log only",
        dLdA,
        lambda c: -c[Y] / _rows(c[A]),
        "it is the derivative with respect to σ(A).",
        "eq. 43 is the one with respect to A, through the softmax.",
    ),
)

MISTAKES = {"MSELoss": MSE, "CrossEntropyLoss": CROSS_ENTROPY}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "sum for mean": "summed in {q} where the formula averages",
    "square missing": "forgot to square in {q}",
    "root": "took a root in {q}",
    "matrix product": "multiplied as matrices in {q}, not entry by entry",
    "not differentiated": "left the square in {q}",
    "softmax axis": "ran softmax along the wrong axis in {q}",
    "shift by columns": "shifted columns, not rows, before exp in {q}",
    "softmax missing": "left out softmax, or its denominator, in {q}",
    "softmax twice": "applied softmax twice in {q}",
    "log missing": "forgot the logarithm in {q}",
    "log base": "used another base of the logarithm in {q}",
    "log for softmax": "used the logarithm of softmax in place of softmax in {q}",
    "Y missing": "left Y out of {q}",
    "Y as one-hot": "used only the largest entry of each row of Y in {q}",
    "binary cross-entropy": "added binary cross-entropy's second term in {q}",
    "derivative of the log only": "took the derivative of the logarithm only in {q}",
    "sum for difference": "added in {q} where the formula subtracts",
}
