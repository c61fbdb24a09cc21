"""Known mistakes, section by section: what a wrong line would have computed.

Each mistake computes, from the oracle's values, the number that a student's code has if it contains just that mistake.
``tests/support/wrong_implementations.py`` holds a bank of wrong classes that validates this catalogue. To add a section: its
file here, and its line in the table.
"""

from . import batchnorm_backward, batchnorm_forward
from .activation import RELU, SIGMOID, TANH
from .catalogue import Context, Mistake
from .linear import LINEAR
from .loss import CROSS_ENTROPY, MSE
from .mlp import MLP
from .sgd import SGD

MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "Linear": LINEAR,
    "Sigmoid": SIGMOID,
    "Tanh": TANH,
    "ReLU": RELU,
    "MLP0": MLP,
    "MLP1": MLP,
    "MLP4": MLP,
    "MSELoss": MSE,
    "CrossEntropyLoss": CROSS_ENTROPY,
    "SGD": SGD,
    "BatchNorm1d": (*batchnorm_forward.FORWARD, *batchnorm_backward.BACKWARD),
}

__all__ = ["MISTAKES", "Context", "Mistake"]
