"""Section 10: batch normalization."""

from functools import partial

import numpy as np

from ..warm import oracles
from .catalogue import Context, Mistake, accumulated, any_number, any_values, anything, passed_or_default


def _root(c: Context) -> np.ndarray:
    return np.sqrt(c["V"] + c["eps"])


def _centred(c: Context) -> np.ndarray:
    return c["NZ"] * _root(c)


def _unbiased(c: Context) -> np.ndarray:
    return c["V"] * c.N / (c.N - 1)


# --- starting values ----------------------------------------------------------------------------------------------

START = (
    Mistake(
        "default value", "eps",
        any_number, lambda c: f"it is {c.actual.item():g}; expected is {c.expected.item():g}.",
        "The skeleton fixes it.",
    ),
    Mistake(
        "argument ignored", "alpha",
        any_number, passed_or_default,
        "Compare __init__ with the skeleton: alpha=0.9, kept.",
    ),
    Mistake(
        "initial values", "BW at the start, running_V at the start",
        any_values,
        "it should start at one everywhere.", "The handout names other defaults in one place; one is right.",
    ),
    Mistake(
        "initial values", "Bb at the start, running_M at the start, dLdBW at the start, dLdBb at the start",
        any_values,
        "it should start at zero everywhere.", "The handout names other defaults in one place; zero is right.",
    ),
)

# --- forward, training --------------------------------------------------------------------------------------------


def _normalised(cause: str, factor, headline: str, hint: str = "Compare with eq. 52.") -> Mistake:
    """NZ, wrong by a factor for each column."""
    return Mistake(cause, "NZ", lambda c: c["NZ"] * factor(c), headline, hint)


def _shifted(cause: str, value, headline: str, hint: str = "Compare with eq. 53.") -> Mistake:
    return Mistake(cause, "BZ, BZ kept", value, headline, hint)


FORWARD = (
    Mistake("size of the wrong axis", "N", lambda c: np.array(c["Z"].shape[1]), "it is the number of features."),
    Mistake("size of the wrong axis", "N", lambda c: np.array(c["Z"].size), "it counts all entries of Z."),
    Mistake("mean of everything", "M", lambda c: np.mean(c["Z"]), "it is one number; each feature has its own mean."),
    Mistake("unbiased variance", "V", _unbiased, "it divides by N - 1.", "eq. 51 divides by N."),
    Mistake("std for variance", "V", lambda c: np.sqrt(c["V"]), "it is the standard deviation.", "eq. 51 has no root."),
    Mistake("eps in V", "V", lambda c: c["V"] + c["eps"], "it contains eps.", "eps is added in eq. 52 only."),
    Mistake(
        "not centred", "V",
        lambda c: c["V"] + c["M"] ** 2,
        "the mean is not subtracted before squaring.", "Compare with eq. 51.",
    ),
    Mistake("variance of everything", "V", lambda c: np.var(c["Z"]), "it is one number; each feature has its own."),
    _normalised("eps outside the root", lambda c: _root(c) / (np.sqrt(c["V"]) + c["eps"]), "eps is added to the root."),
    _normalised("eps missing", lambda c: _root(c) / np.sqrt(c["V"]), "eps is missing; it shows where V is tiny."),
    _normalised("root missing", lambda c: 1 / _root(c), "it divides by the variance, not by its root."),
    _normalised("not scaled", _root, "it is centred, but not divided by the standard deviation."),
    _normalised("inverted", lambda c: _root(c) ** 2, "it multiplies with the root instead of dividing by it."),
    _normalised("unbiased variance", lambda c: np.sqrt((c.N - 1) / c.N), "its variance divides by N - 1."),
    Mistake(
        "not centred", "NZ",
        lambda c: c["Z"] / _root(c),
        "the mean is not subtracted.", "Compare with eq. 52.",
    ),
    Mistake(
        "brackets", "NZ",
        lambda c: c["Z"] - c["M"] / _root(c),
        "only the mean is divided.", "In Python / binds before -: does the difference stand in brackets?",
    ),
    Mistake(
        "running values in training", "NZ",
        lambda c: (c["Z"] - c["running_M before"]) / np.sqrt(c["running_V before"] + c["eps"]),
        "it is normalised with the running values.", "eq. 52 has this batch's M and V.",
    ),
    _shifted("missing bias", lambda c: c["BZ"] - c["Bb"], "Bb is not added."),
    _shifted("BW missing", lambda c: c["NZ"] + c["Bb"], "BW does not scale it."),
    _shifted("BW missing", lambda c: c["NZ"], "it is NZ, neither scaled by BW nor shifted by Bb."),
    _shifted("sum for product", lambda c: c["NZ"] + c["BW"] + c["Bb"], "BW is added; it should scale."),
    _shifted("swapped", lambda c: c["NZ"] * c["Bb"] + c["BW"], "BW and Bb have changed places."),
    _shifted("brackets", lambda c: c["BW"] * (c["NZ"] + c["Bb"]), "BW scales Bb as well."),
    _shifted("Z for NZ", lambda c: c["BW"] * c["Z"] + c["Bb"], "it scales Z itself.", "eq. 53 scales NZ."),
)

# --- running values -----------------------------------------------------------------------------------------------


def _average(running: str, batch: str, cause: str, formula, headline: str, hint="Compare with eqs. 54 and 55.") -> Mistake:
    return Mistake(cause, running, lambda c: formula(c[f"{running} before"], c[batch], c["alpha"]), headline, hint)


def _running_mistakes(running: str, batch: str, other: str) -> tuple[Mistake, ...]:
    mistake = partial(_average, running, batch)
    return (
        mistake(
            "alpha swapped", lambda old, new, a: (1 - a) * old + a * new,
            "alpha and 1 - alpha have changed places.", "Which of the two keeps most of the old average?",
        ),
        mistake("not updated", lambda old, new, a: old, "it has not moved.", "forward updates it while training."),
        mistake("1 - alpha missing", lambda old, new, a: a * old + new, "the batch's value is not scaled by 1 - alpha."),
        mistake("alpha missing", lambda old, new, a: old + (1 - a) * new, "the old average is not scaled by alpha."),
        mistake("brackets", lambda old, new, a: a * old + 1 - a * new, "1 - alpha needs brackets before it scales."),
        Mistake(
            "swapped", running,
            lambda c: c[f"{running} before"] * c["alpha"] + (1 - c["alpha"]) * c[other],
            f"it averages {other}; it should be {batch}.",
        ),
        Mistake(
            "eval changes running values", f"{running} after eval",
            anything,
            "forward with eval=True has changed it.", "eqs. 54 and 55 are for training only.",
        ),
    )


RUNNING = (
    *_running_mistakes("running_M", "M", "V"), *_running_mistakes("running_V", "V", "M"),
    # These two show in running_V only: running_M starts at zero.
    _average("running_V", "V", "average missing", lambda old, new, a: new, "the old average is lost."),
    _average("running_V", "V", "alpha twice", lambda old, new, a: a * (old + new), "both terms are scaled by alpha."),
    Mistake(
        "unbiased variance", "running_V",
        lambda c: c["running_V"] + (1 - c["alpha"]) * (_unbiased(c) - c["V"]),
        "it averages the variance with N - 1, as PyTorch does.", "eq. 55 takes eq. 51's.",
    ),
    Mistake(
        "std for variance", "running_V",
        lambda c: c["running_V"] + (1 - c["alpha"]) * (np.sqrt(c["V"]) - c["V"]),
        "it averages the standard deviation.", "eq. 55 takes eq. 51's variance.",
    ),
)

# --- backward -----------------------------------------------------------------------------------------------------


def _summed_product(other: str):
    return lambda c: np.sum(c["dLdBZ"] * c[other], axis=0, keepdims=True)


def _scale_gradient(cause: str, other: str, headline: str) -> Mistake:
    return Mistake(cause, "dLdBW", _summed_product(other), headline, "Compare with eq. 59.")


PARAMETERS = (
    accumulated("dLdBW"),
    accumulated("dLdBb"),
    Mistake("NZ missing", "dLdBW", lambda c: c["dLdBb"], "it is the sum of dLdBZ alone.", "eq. 59 has a second factor."),
    _scale_gradient("Z for NZ", "Z", "it has Z in place of NZ."),
    _scale_gradient("BZ for NZ", "BZ", "it has BZ in place of NZ."),
    _scale_gradient("BW in dLdBW", "BW", "it has BW in place of NZ."),
    Mistake(
        "swapped", "dLdBb", _summed_product("NZ"),
        "it is the gradient of BW.", "Which of eqs. 58 and 59 is which?",
    ),
    Mistake(
        "BW in dLdBb", "dLdBb",
        lambda c: c["dLdBb"] * c["BW"],
        "it is scaled by BW.", "eq. 58 sums dLdBZ as it comes in.",
    ),
)

TERMS = ("the first term of eq. 66", "the term with dLdV", "the term with dLdM")
POWERS = (-3, -2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 3)


def _terms(c: Context) -> list[np.ndarray]:
    return oracles().batchnorm_terms(c["Z"], c["BW"], c["dLdBZ"], c["eps"])


def _weights(c: Context) -> np.ndarray | None:
    """What each term of eq. 66 is multiplied with in the student's dLdZ, shape (3, C); None if it holds anything else."""
    if c.N < 5 or c.actual.shape != c.expected.shape:
        return None  # too few samples to tell
    weights = []
    for *terms, column in zip(*(term.T for term in _terms(c)), c.actual.T):
        fitted, *_ = np.linalg.lstsq(np.stack(terms, axis=1), column, rcond=None)
        if not np.allclose(np.stack(terms, axis=1) @ fitted, column, rtol=1e-6, atol=1e-8 * np.abs(terms).max()):
            return None
        weights.append(fitted)
    return np.transpose(weights)


def _wrong_term(c: Context) -> tuple[int, np.ndarray] | None:
    """The one term that differs, and what it is multiplied with, column by column."""
    weights = _weights(c)
    wrong = [] if weights is None else [i for i in range(3) if not np.allclose(weights[i], 1, atol=1e-5)]
    return (wrong[0], weights[wrong[0]]) if len(wrong) == 1 else None


def _if_one_term_is(values):
    """Matches when one term is multiplied with one of ``values(context)``."""

    def compute(c: Context):
        wrong = _wrong_term(c)
        if wrong and any(np.allclose(wrong[1], value, atol=1e-5) for value in values(c)):
            return c.actual
        return None

    return compute


def _one_term(cause: str, values, words: str, hint: str = "Compare with eqs. 62 to 66.") -> Mistake:
    return Mistake(cause, "dLdZ", _if_one_term_is(values), lambda c: f"{TERMS[_wrong_term(c)[0]]} {words}.", hint)


def _sum_of_terms(first: float, variance: float, mean: float):
    return lambda c: sum(weight * term for weight, term in zip((first, variance, mean), _terms(c)))


def _not_summed_variance(c: Context) -> np.ndarray:
    first, _, mean = _terms(c)
    return first - first * c["NZ"] ** 2 / c.N + mean


def _not_summed_mean(c: Context) -> np.ndarray:
    first, variance, _ = _terms(c)
    return first * (1 - 1 / c.N) + variance


def _without_eps(c: Context) -> np.ndarray:
    growth = np.sqrt(1 + c["eps"] / c["V"])
    return sum(term * growth**power for term, power in zip(_terms(c), (1, 3, 1)))


def _not_centred(c: Context) -> np.ndarray:
    first, variance, mean = _terms(c)
    return first + variance * c["Z"] / _centred(c) + mean


INPUTS = (
    Mistake("missing term", "dLdZ", _sum_of_terms(1, 0, 0), "only the first term of eq. 66 is there.", "M and V depend on Z."),
    _one_term("missing term", lambda c: (0,), "is missing", "eq. 66 has three terms."),
    _one_term("sign", lambda c: (-1,), "has the wrong sign", "eqs. 62 and 64 begin with a minus, each."),
    _one_term("factor", lambda c: (2, 0.5, -2, -0.5), "is off by a factor 2", "eq. 62 has a ½ in front, eq. 66 a 2."),
    _one_term(
        "1/N", lambda c: (c.N, -c.N, 2 * c.N),
        "is N times too large", "eqs. 62 and 65 sum; where does eq. 66 divide by N?",
    ),
    _one_term("1/N", lambda c: (1 / c.N, -1 / c.N), "is N times too small", "eqs. 62 and 65 sum, they do not average."),
    _one_term(
        "power", lambda c: [(c["V"] + c["eps"]) ** p for p in POWERS],
        "has another power of the variance", "The exponents are -½ in eq. 64 and at the front of eq. 66, -3/2 in eq. 62.",
    ),
    _one_term("BW missing", lambda c: (1 / c["BW"],), "lacks BW", "eq. 60 comes before eqs. 62 and 65."),
    Mistake(
        "BW missing", "dLdZ",
        lambda c: c["dLdZ"] / c["BW"],
        "BW is missing on the way back.", "eq. 60 multiplies with γ.",
    ),
    Mistake(
        "BW twice", "dLdZ",
        lambda c: c["dLdZ"] * c["BW"],
        "BW is multiplied in twice.", "eq. 60 does so once.",
    ),
    Mistake("sum missing", "dLdZ", _not_summed_variance, "dLdV is not summed over the batch.", "It has one row; see eq. 62."),
    Mistake("sum missing", "dLdZ", _not_summed_mean, "dLdM is not summed over the batch.", "It has one row; see eq. 65."),
    Mistake(
        "not centred", "dLdZ", _not_centred,
        "the term with dLdV has Z in place of Z - M.", "Compare with the second term of eq. 66.",
    ),
    Mistake("eps missing", "dLdZ", _without_eps, "eps is missing beside V.", "It shows where V is tiny. See eqs. 62 to 66."),
    _one_term(
        "eps missing", lambda c: [(1 + c["eps"] / c["V"]) ** power for power in (0.5, 1.5)],
        "lacks eps beside V", "It shows where V is tiny. See eqs. 62 to 66.",
    ),
    _one_term("one term", lambda c: (_wrong_term(c)[1],), "differs; the other two are right"),
)

# --- forward, inference -------------------------------------------------------------------------------------------

BATCH = "it is still normalised with the batch's own values."
RUNNING_HINT = "eqs. 56 and 57 use running_M and running_V."


def _eval(mean, variance, power: float = 0.5):
    """BZ in inference from another mean, variance or power of it."""

    def compute(c: Context) -> np.ndarray:
        return c["Bb"] + c["BW"] * (c["Z_in"] - mean(c)) / (variance(c) + c["eps"]) ** power

    return compute


def _batch_M(c: Context) -> np.ndarray:
    return np.mean(c["Z_in"], axis=0)


def _batch_V(c: Context) -> np.ndarray:
    return np.var(c["Z_in"], axis=0)


def _M(c: Context) -> np.ndarray:
    return c["running_M"]


def _V(c: Context) -> np.ndarray:
    return c["running_V"]


def _inference(cause: str, value, headline: str, hint: str = RUNNING_HINT) -> Mistake:
    return Mistake(cause, "BZ in eval", value, headline, hint)


INFERENCE = (
    _inference("eval uses batch statistics", _eval(_batch_M, _batch_V), BATCH),
    _inference("eval uses batch statistics", _eval(_batch_M, _V), BATCH),
    _inference("eval uses batch statistics", _eval(_M, _batch_V), BATCH),
    _inference(
        "eval uses batch statistics", _eval(lambda c: c["M"], lambda c: c["V"]),
        "it is normalised with the last training batch's M and V.",
    ),
    _inference(
        "not scaled", lambda c: (c["BZ in eval"] - c["Bb"]) / c["BW"],
        "neither BW nor Bb is applied.", "eq. 57 is the same as eq. 53.",
    ),
    _inference("missing bias", lambda c: c["BZ in eval"] - c["Bb"], "Bb is not added.", "See eq. 57."),
    _inference(
        "BW missing", lambda c: (c["BZ in eval"] - c["Bb"]) / c["BW"] + c["Bb"],
        "BW does not scale it.", "See eq. 57.",
    ),
    _inference("root missing", _eval(_M, _V, 1), "it divides by the running variance, not by its root.", "See eq. 56."),
    _inference("not centred", _eval(lambda c: 0, _V), "the running mean is not subtracted.", "See eq. 56."),
    _inference(
        "Z for NZ", lambda c: c["BW"] * c["Z_in"] + c["Bb"],
        "Z is not normalised.", "See eq. 56.",
    ),
)

BATCHNORM = (*START, *FORWARD, *RUNNING, *PARAMETERS, *INPUTS, *INFERENCE)
