"""How the linear layer goes wrong."""

import numpy as np

from mytorch.check.mistakes import Mistake, accumulated, any_values, changed_parameters, reference_beside
from mytorch.check.wording import KEEPS_THE_ORDER

from .contract import A, N_kept, W, W_left, W_start, Z, b, b_left, b_start, dLdb, dLdW

reference = reference_beside(__package__)


def _Z(times_W: float = 1, times_b: float = 1):
    """Z with W and b multiplied by a number each."""
    return lambda c: reference().linear(c[A], times_W * c[W], times_b * c[b])


LINEAR = (
    Mistake(
        "initial values",
        (W_start, b_start),
        any_values,
        "it should be zero everywhere.",
        "Training needs a random start, but that comes from a helper of the course.",
    ),
    Mistake(
        "missing bias", Z, _Z(times_b=0), "the bias is missing.", "What does the second term of eq. 1 add?"
    ),
    Mistake(
        "sign of the bias", Z, _Z(times_b=-1), "the bias is subtracted.", "Compare the signs with eq. 1."
    ),
    Mistake("bias twice", Z, _Z(times_b=2), "the bias is added twice."),
    Mistake(
        "old W",
        Z,
        _Z(times_W=0),
        "W has no effect.",
        "W may be replaced between calls: read self.W each time.",
    ),
    Mistake(
        "transposed",
        Z,
        lambda c: reference().linear(c[A], c[W].T, c[b]) if c[W].shape[0] == c[W].shape[1] else None,
        "W stands the wrong way round, which fits as well where it is square.",
        "Which way round is it in eq. 1, whatever its shape?",
    ),
    Mistake(
        "rearranged",
        Z,
        lambda c: reference().linear(c[A], c[W].reshape(c[W].shape[::-1]).T, c[b]),
        "W is reshaped where eq. 1 transposes it.",
        KEEPS_THE_ORDER,
    ),
    Mistake(
        "size of the wrong axis",
        N_kept,
        lambda c: np.array(c[A].shape[1]),
        "it is the number of columns of A.",
        "N counts samples: one row each.",
    ),
    Mistake(
        "size of the wrong axis",
        N_kept,
        lambda c: np.array(c[A].size),
        "it counts all entries of A.",
        "N counts samples: one row each.",
    ),
    accumulated(dLdW),
    accumulated(dLdb),
    changed_parameters(W_left, b_left),
)

MISTAKES = {"Linear": LINEAR}

# What the class report says: "31 of 120 …". {q} is the quantity.
SENTENCES = {
    "sign of the bias": "subtracted the bias in {q}",
    "bias twice": "added the bias twice in {q}",
    "old W": "ignored, in {q}, a W that was set later",
}
