"""How batch normalization goes wrong in backward."""

import numpy as np

from mytorch.check.contract import Quantity
from mytorch.check.mistakes import Context, Mistake, accumulated, changed_parameters, reference_beside

from ..contract import (
    BW,
    BZ,
    EPS,
    NZ,
    Bb_eval,
    Bb_left,
    BW_eval,
    BW_left,
    M,
    V,
    Z_kept,
    dLdBb,
    dLdBW,
    dLdBZ,
    dLdZ,
    running_V,
)

reference = reference_beside(__package__.rpartition(".")[0])

# --- gradients of the parameters ----------------------------------------------------------------------------


def _summed_product(other: Quantity):
    return lambda c: np.sum(c[dLdBZ] * c[other], axis=0, keepdims=True)


def _scale_gradient(cause: str, other: Quantity, headline: str) -> Mistake:
    return Mistake(cause, dLdBW, _summed_product(other), headline, "Compare with eq. 59.")


PARAMETERS = (
    accumulated(dLdBW),
    accumulated(dLdBb),
    changed_parameters(BW_left, Bb_left, BW_eval, Bb_eval),
    Mistake(
        "NZ missing",
        dLdBW,
        lambda c: c[dLdBb],
        "it is the sum of dLdBZ alone.",
        "eq. 59 has a second factor.",
    ),
    _scale_gradient("Z for NZ", Z_kept, "it has Z in place of NZ."),
    _scale_gradient("BZ for NZ", BZ, "it has BZ in place of NZ."),
    _scale_gradient("BW in dLdBW", BW, "it has BW in place of NZ."),
    Mistake(
        "swapped",
        dLdBb,
        _summed_product(NZ),
        "it is the gradient of BW.",
        "Which of eqs. 58 and 59 is which?",
    ),
    Mistake(
        "BW in dLdBb",
        dLdBb,
        lambda c: c[dLdBb] * c[BW],
        "it is scaled by BW.",
        "eq. 58 sums dLdBZ as it comes in.",
    ),
)

# --- gradient of the input: three terms (eq. 66) ------------------------------------------------------------

TERMS = ("the first term of eq. 66", "the term with dLdV", "the term with dLdM")
LOOKS = dict(zip(TERMS, ("a multiple of dLdBZ", "a multiple of Z - M", "the same in every row")))
EPS_HINT = "It shows where V is tiny. See eqs. 62 to 66."
POWERS = (-3, -2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 3)


def _terms(c: Context) -> list[np.ndarray]:
    return reference().batchnorm_terms(c[Z_kept], c[BW], c[dLdBZ], c[EPS])


def _weights(c: Context) -> np.ndarray | None:
    """What each term is multiplied with in the student's dLdZ, shape (3, C); None if it holds anything
    else.
    """
    if c.N < 5 or c.actual.shape != c.expected.shape:
        return None  # too few samples to tell
    weights = []
    for *terms, column in zip(*(term.T for term in _terms(c)), c.actual.T):
        fitted, *_ = np.linalg.lstsq(np.stack(terms, axis=1), column, rcond=None)
        if not np.allclose(
            np.stack(terms, axis=1) @ fitted, column, rtol=1e-6, atol=1e-8 * np.abs(terms).max()
        ):
            return None
        weights.append(fitted)
    return np.transpose(weights)


def _wrong_terms(c: Context) -> list[int]:
    weights = _weights(c)
    return [] if weights is None else [i for i in range(3) if not np.allclose(weights[i], 1, atol=1e-5)]


def _if_one_term_is(values):
    """Matches when one term is multiplied with one of ``values(context)``, the other two being right."""

    def compute(c: Context) -> np.ndarray | None:
        wrong = _wrong_terms(c)
        if len(wrong) != 1:
            return None
        factor = _weights(c)[wrong[0]]
        return c.actual if any(np.allclose(factor, value, atol=1e-5) for value in values(c)) else None

    return compute


def _one_term(cause: str, values, words: str, hint: str) -> Mistake:
    return Mistake(
        cause, dLdZ, _if_one_term_is(values), lambda c: f"{TERMS[_wrong_terms(c)[0]]} {words}.", hint
    )


def _which_differ(c: Context) -> str:
    wrong = [TERMS[i] for i in _wrong_terms(c)]
    if len(wrong) == 2:
        return f"{wrong[0]} or {wrong[1]} differs, or both; the rest of eq. 66 is right."
    return f"{wrong[0]} differs, or something stands in it that looks like it: {LOOKS[wrong[0]]}."


def _not_summed_variance(c: Context) -> np.ndarray:
    first, _, mean = _terms(c)
    return first - first * c[NZ] ** 2 / c.N + mean


def _not_summed_mean(c: Context) -> np.ndarray:
    first, variance, _ = _terms(c)
    return first * (1 - 1 / c.N) + variance


def _another_variance(
    cause: str, variance, headline: str, hint: str = "eqs. 62 to 66 have σ² + ε."
) -> Mistake:
    """dLdZ, all of whose terms have ``variance(context)`` in place of V + eps."""

    def compute(c: Context) -> np.ndarray:
        growth = np.sqrt((c[V] + c[EPS]) / variance(c))
        return sum(term * growth**power for term, power in zip(_terms(c), (1, 3, 1)))

    return Mistake(cause, dLdZ, compute, headline, hint)


def _not_centred(c: Context) -> np.ndarray:
    first, variance, mean = _terms(c)
    return first + variance * c[Z_kept] / (c[Z_kept] - c[M]) + mean


INPUT = (
    Mistake(
        "missing term",
        dLdZ,
        lambda c: _terms(c)[0],
        "only the first term of eq. 66 is there.",
        "M and V depend on Z.",
    ),
    _one_term("missing term", lambda c: (0,), "is missing", "eq. 66 has three terms."),
    _one_term("sign", lambda c: (-1,), "has the wrong sign", "eqs. 62 and 64 begin with a minus, each."),
    _one_term(
        "factor", lambda c: (2, 0.5, -2, -0.5), "is off by a factor 2", "eq. 62 has a ½ in front, eq. 66 a 2."
    ),
    _one_term(
        "1/N",
        lambda c: (c.N, -c.N, 2 * c.N),
        "is N times too large",
        "eqs. 62 and 65 sum; where does eq. 66 divide by N?",
    ),
    _one_term(
        "1/N",
        lambda c: (1 / c.N, -1 / c.N),
        "is N times too small",
        "eqs. 62 and 65 sum, they do not average.",
    ),
    _one_term(
        "power",
        lambda c: [(c[V] + c[EPS]) ** p for p in POWERS],
        "is off by a power of σ² + ε",
        "The exponents are -½ in eqs. 64 and 66, -3/2 in eq. 62. And is it Z - M there, or NZ?",
    ),
    _one_term(
        "brackets",
        lambda c: [(c[V] + c[EPS]) ** p / 2 for p in (-0.5, -1.5)],
        "has another power of the variance, and a ½",
        "In Python ** binds before /: does the exponent need brackets?",
    ),
    _one_term("BW missing", lambda c: (1 / c[BW],), "lacks BW", "eq. 60 comes before eqs. 62 and 65."),
    Mistake(
        "BW missing",
        dLdZ,
        lambda c: c[dLdZ] / c[BW],
        "BW is missing on the way back.",
        "eq. 60 multiplies with γ.",
    ),
    Mistake(
        "BW twice",
        dLdZ,
        lambda c: c[dLdZ] * c[BW],
        "BW is multiplied in twice.",
        "eq. 60 does so once.",
    ),
    Mistake(
        "sum missing",
        dLdZ,
        _not_summed_variance,
        "dLdV is not summed over the batch.",
        "It has one row; see eq. 62.",
    ),
    Mistake(
        "sum missing",
        dLdZ,
        _not_summed_mean,
        "dLdM is not summed over the batch.",
        "It has one row; see eq. 65.",
    ),
    Mistake(
        "not centred",
        dLdZ,
        _not_centred,
        "the term with dLdV has Z in place of Z - M.",
        "Compare with the second term of eq. 66.",
    ),
    _another_variance("eps missing", lambda c: c[V], "eps is missing beside V.", EPS_HINT),
    _another_variance(
        "std for variance", lambda c: np.sqrt(c[V] + c[EPS]), "it has the root of V + eps throughout."
    ),
    _another_variance(
        "running values in backward",
        lambda c: c[running_V] + c[EPS],
        "it has running_V in place of V.",
        "What did forward divide by?",
    ),
    _another_variance(
        "unbiased variance",
        lambda c: c[V] * c.N / (c.N - 1) + c[EPS],
        "its variance divides by N - 1.",
        "What did forward divide by?",
    ),
    _one_term(
        "eps missing",
        lambda c: [(1 + c[EPS] / c[V]) ** power for power in (0.5, 1.5)],
        "lacks eps beside V",
        EPS_HINT,
    ),
    Mistake(
        "wrong terms",
        dLdZ,
        lambda c: c.actual if len(_wrong_terms(c)) in (1, 2) else None,
        _which_differ,
        "Compare with eqs. 60 to 66: is Z - M, with this batch's M, the same wherever it stands?",
    ),
)

BACKWARD = (*PARAMETERS, *INPUT)
