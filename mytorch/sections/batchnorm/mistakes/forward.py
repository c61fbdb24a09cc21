"""How batch normalization goes wrong in forward."""

from functools import partial

import numpy as np

from mytorch.check.contract import Quantity
from mytorch.check.mistakes import Context, Mistake, any_number, any_values, anything, passed_or_default

from ..contract import (
    ALPHA,
    BW,
    BZ,
    EPS,
    NZ,
    START,
    Bb,
    BZ_eval,
    BZ_kept,
    M,
    N_kept,
    V,
    Z,
    Z_kept,
    running_M,
    running_M_before,
    running_M_eval,
    running_V,
    running_V_before,
    running_V_eval,
)


def _root(c: Context) -> np.ndarray:
    return np.sqrt(c[V] + c[EPS])


def _unbiased(c: Context) -> np.ndarray:
    return c[V] * c.N / (c.N - 1)


# --- starting values ----------------------------------------------------------------------------------------


def _start(name: str, number: str, hint: str) -> Mistake:
    quantity = next(quantity for quantity in START if quantity.name == name)
    return Mistake("initial values", quantity, any_values, f"it should be {number} everywhere.", hint)


STARTING = (
    Mistake(
        "default value",
        EPS,
        any_number,
        lambda c: f"it is {c.actual.item():g}; expected is {c.expected.item():g}.",
        "The skeleton fixes it.",
    ),
    Mistake(
        "argument ignored",
        ALPHA,
        any_number,
        passed_or_default,
        "Compare __init__ with the skeleton: alpha=0.9, kept.",
    ),
    _start("BW", "one", "Scaling by one changes nothing."),
    _start("Bb", "zero", "Shifting by zero changes nothing."),
    _start("running_M", "zero", "It is the variance that starts at one."),
    _start("running_V", "one", "It is the mean that starts at zero."),
    _start("dLdBW", "zero", "Nothing has come back yet."),
    _start("dLdBb", "zero", "Nothing has come back yet."),
)

# --- forward, training --------------------------------------------------------------------------------------


def _normalised(cause: str, factor, headline: str) -> Mistake:
    """NZ, wrong by a factor for each column."""
    return Mistake(cause, NZ, lambda c: c[NZ] * factor(c), headline, "Compare with eq. 52.")


def _shifted(cause: str, value, headline: str, hint: str = "Compare with eq. 53.") -> Mistake:
    return Mistake(cause, (BZ, BZ_kept), value, headline, hint)


TRAINING = (
    Mistake(
        "size of the wrong axis",
        N_kept,
        lambda c: np.array(c[Z_kept].shape[1]),
        "it is the number of features.",
    ),
    Mistake(
        "size of the wrong axis", N_kept, lambda c: np.array(c[Z_kept].size), "it counts all entries of Z."
    ),
    Mistake(
        "mean of everything",
        M,
        lambda c: np.mean(c[Z_kept]),
        "it is one number; each feature has its own mean.",
    ),
    Mistake("unbiased variance", V, _unbiased, "it divides by N - 1.", "eq. 51 divides by N."),
    Mistake(
        "std for variance", V, lambda c: np.sqrt(c[V]), "it is the standard deviation.", "eq. 51 has no root."
    ),
    Mistake("eps in V", V, lambda c: c[V] + c[EPS], "it contains eps.", "eps is added in eq. 52 only."),
    Mistake(
        "not centred",
        V,
        lambda c: c[V] + c[M] ** 2,
        "the mean is not subtracted before squaring.",
        "Compare with eq. 51.",
    ),
    Mistake(
        "variance of everything",
        V,
        lambda c: np.var(c[Z_kept]),
        "it is one number; each feature has its own.",
    ),
    _normalised(
        "eps outside the root", lambda c: _root(c) / (np.sqrt(c[V]) + c[EPS]), "eps is added to the root."
    ),
    _normalised(
        "eps missing",
        lambda c: _root(c) / np.sqrt(c[V]),
        "under the root eps is missing; it shows where V is tiny.",
    ),
    _normalised("root missing", lambda c: 1 / _root(c), "it divides by the variance, not by its root."),
    _normalised("not scaled", _root, "it is centred, but not divided by the standard deviation."),
    _normalised(
        "inverted", lambda c: _root(c) ** 2, "it multiplies with the root instead of dividing by it."
    ),
    _normalised(
        "unbiased variance",
        lambda c: _root(c) / np.sqrt(_unbiased(c) + c[EPS]),
        "its variance divides by N - 1.",
    ),
    Mistake(
        "not centred",
        NZ,
        lambda c: c[Z_kept] / _root(c),
        "the mean is not subtracted.",
        "Compare with eq. 52.",
    ),
    Mistake(
        "brackets",
        NZ,
        lambda c: c[Z_kept] - c[M] / _root(c),
        "only the mean is divided.",
        "In Python / binds before -: does the difference stand in brackets?",
    ),
    *(
        Mistake(
            "power",
            NZ,
            lambda c, halves=halves: halves * c[NZ] / _root(c),
            "V + ε is not under a root, but halved.",
            "In Python ** binds before /: V ** 1/2 is half of V. Does the 1/2 stand in brackets?",
        )
        for halves in (2, 0.5)  # the whole power in brackets of its own, or not
    ),
    Mistake(
        "running values in training",
        NZ,
        lambda c: (c[Z_kept] - c[running_M_before]) / np.sqrt(c[running_V_before] + c[EPS]),
        "it is normalised with the running values.",
        "eq. 52 has this batch's M and V.",
    ),
    _shifted("missing bias", lambda c: c[BZ] - c[Bb], "Bb is not added."),
    _shifted("BW missing", lambda c: c[NZ] + c[Bb], "BW does not scale it."),
    _shifted("BW missing", lambda c: c[NZ], "it is NZ, neither scaled by BW nor shifted by Bb."),
    _shifted("sum for product", lambda c: c[NZ] + c[BW] + c[Bb], "BW is added; it should scale."),
    _shifted("swapped", lambda c: c[NZ] * c[Bb] + c[BW], "BW and Bb have changed places."),
    _shifted("brackets", lambda c: c[BW] * (c[NZ] + c[Bb]), "BW scales Bb as well."),
    _shifted("Z for NZ", lambda c: c[BW] * c[Z_kept] + c[Bb], "it scales Z itself.", "eq. 53 scales NZ."),
)

# --- running values -----------------------------------------------------------------------------------------

AVERAGE_HINT = "Compare with eqs. 54 and 55, term by term."


# Of each running value: what it is before the batch and after a call with eval=True, and what it averages.
AVERAGED = {
    running_M: (running_M_before, running_M_eval, M),
    running_V: (running_V_before, running_V_eval, V),
}


def _average(running: Quantity, cause: str, formula, headline: str, hint: str = AVERAGE_HINT) -> Mistake:
    before, _, new = AVERAGED[running]
    return Mistake(cause, running, lambda c: formula(c[before], c[new], c[ALPHA]), headline, hint)


def _running_mistakes(running: Quantity, other: Quantity) -> tuple[Mistake, ...]:
    mistake, (before, after_eval, new) = partial(_average, running), AVERAGED[running]
    return (
        mistake(
            "alpha swapped",
            lambda old, new, a: (1 - a) * old + a * new,
            "alpha and 1 - alpha have changed places.",
            "Which of the two keeps most of the old average?",
        ),
        mistake(
            "not updated", lambda old, new, a: old, "it has not moved.", "forward updates it while training."
        ),
        mistake(
            "1 - alpha missing",
            lambda old, new, a: a * old + new,
            "1 - alpha does not scale the batch's value.",
        ),
        mistake(
            "alpha missing", lambda old, new, a: old + (1 - a) * new, "alpha does not scale the old average."
        ),
        mistake("average missing", lambda old, new, a: new, "the old average is lost."),
        mistake("average missing", lambda old, new, a: new - a * new, "the old average is lost."),
        mistake(
            "argument ignored",
            lambda old, new, a: old + (new - old) / 10 if a != 0.9 else None,
            "alpha stands in it as a number, 0.9.",
            "Another alpha may be passed: it is kept.",
        ),
        mistake("alpha twice", lambda old, new, a: a * (old + new), "both terms are scaled by alpha."),
        mistake(
            "brackets",
            lambda old, new, a: a * old + 1 - a * new,
            "1 - alpha needs brackets before it scales.",
        ),
        Mistake(
            "swapped",
            running,
            lambda c: c[before] * c[ALPHA] + (1 - c[ALPHA]) * c[other],
            f"it averages {other.name}; it should be {new.name}.",
        ),
        Mistake(
            "eval changes running values",
            after_eval,
            anything,
            "forward with eval=True has changed it.",
            "eqs. 54 and 55 are for training only.",
        ),
    )


RUNNING = (
    *_running_mistakes(running_M, V),
    *_running_mistakes(running_V, M),
    Mistake(
        "unbiased variance",
        running_V,
        lambda c: c[running_V] + (1 - c[ALPHA]) * (_unbiased(c) - c[V]),
        "it averages the variance with N - 1, as PyTorch does.",
        "eq. 55 takes eq. 51's.",
    ),
    Mistake(
        "std for variance",
        running_V,
        lambda c: c[running_V] + (1 - c[ALPHA]) * (np.sqrt(c[V]) - c[V]),
        "it averages the standard deviation.",
        "eq. 55 takes eq. 51's variance.",
    ),
)

# --- forward, inference -------------------------------------------------------------------------------------

BATCH = "it is still normalised with the batch's own values."
RUNNING_HINT = "eqs. 56 and 57 use running_M and running_V."


def _eval(mean, variance, power: float = 0.5):
    """BZ in inference from another mean, variance or power of it."""

    def compute(c: Context) -> np.ndarray:
        return c[Bb] + c[BW] * (c[Z] - mean(c)) / (variance(c) + c[EPS]) ** power

    return compute


def _batch_M(c: Context) -> np.ndarray:
    return np.mean(c[Z], axis=0)


def _batch_V(c: Context) -> np.ndarray:
    return np.var(c[Z], axis=0)


def _M(c: Context) -> np.ndarray:
    return c[running_M]


def _V(c: Context) -> np.ndarray:
    return c[running_V]


def _inference(cause: str, value, headline: str, hint: str = RUNNING_HINT) -> Mistake:
    return Mistake(cause, BZ_eval, value, headline, hint)


INFERENCE = (
    _inference("eval uses batch statistics", _eval(_batch_M, _batch_V), BATCH),
    _inference("eval uses batch statistics", _eval(_batch_M, _V), BATCH),
    _inference("eval uses batch statistics", _eval(_M, _batch_V), BATCH),
    _inference(
        "eval uses batch statistics",
        _eval(lambda c: c[M], lambda c: c[V]),
        "it is normalised with the last training batch's M and V.",
    ),
    _inference(
        "not scaled",
        lambda c: (c[BZ_eval] - c[Bb]) / c[BW],
        "neither BW nor Bb is applied.",
        "eq. 57 is the same as eq. 53.",
    ),
    _inference("missing bias", lambda c: c[BZ_eval] - c[Bb], "Bb is not added.", "See eq. 57."),
    _inference(
        "BW missing",
        lambda c: (c[BZ_eval] - c[Bb]) / c[BW] + c[Bb],
        "BW does not scale it.",
        "See eq. 57.",
    ),
    _inference(
        "root missing",
        _eval(_M, _V, 1),
        "it divides by the running variance, not by its root.",
        "See eq. 56.",
    ),
    _inference(
        "inverted",
        _eval(_M, _V, -0.5),
        "it multiplies with the root instead of dividing by it.",
        "See eq. 56.",
    ),
    _inference("not centred", _eval(lambda c: 0, _V), "the running mean is not subtracted.", "See eq. 56."),
    _inference(
        "Z for NZ",
        lambda c: c[BW] * c[Z] + c[Bb],
        "Z is not normalised.",
        "See eq. 56.",
    ),
)

FORWARD = (*STARTING, *TRAINING, *RUNNING, *INFERENCE)
