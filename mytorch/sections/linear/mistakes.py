"""Section 5: the linear layer."""

import numpy as np

from ..warm import oracles
from .catalogue import Mistake, accumulated, any_values


def _Z(W: float = 1, b: float = 1):
    """Z with W and b multiplied by a number each."""
    return lambda c: oracles().linear(c["A_in"], W * c["W"], b * c["b"])


LINEAR = (
    Mistake(
        "initial values", "W at the start, b at the start",
        any_values,
        "it should be zero everywhere.",
        "Training needs a random start, but that comes from a helper of the course.",
    ),
    Mistake("missing bias", "Z", _Z(b=0), "the bias is missing.", "What does the second term of eq. 1 add?"),
    Mistake("sign of the bias", "Z", _Z(b=-1), "the bias is subtracted.", "Compare the signs with eq. 1."),
    Mistake("bias twice", "Z", _Z(b=2), "the bias is added twice."),
    Mistake("old W", "Z", _Z(W=0), "W has no effect.", "W may be replaced between calls: read self.W each time."),
    Mistake(
        "size of the wrong axis", "N",
        lambda c: np.array(c["A_in"].shape[1]),
        "it is the number of columns of A.", "N counts samples: one row each.",
    ),
    Mistake(
        "size of the wrong axis", "N",
        lambda c: np.array(c["A_in"].size),
        "it counts all entries of A.", "N counts samples: one row each.",
    ),
    accumulated("dLdW"),
    accumulated("dLdb"),
)
