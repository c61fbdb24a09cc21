"""A student's loss class, run on one prediction."""

import numpy as np

from mytorch.explore.student import array


def scalar(value, what: str) -> float:
    """A loss as a float: a Python number or an array of one entry. Raises Unusable when it is neither."""
    if isinstance(value, float):  # np.float64 is one
        return float(value)
    if isinstance(value, np.ndarray) and value.size == 1:
        value = np.asarray(value).reshape(())
    return array(value, what, ()).item()


def judge(Loss, A, Y):
    """(L, dLdA) of outputs A and targets Y, both (N, C)."""
    criterion, name = Loss(), Loss.__name__
    L = scalar(criterion.forward(A.copy(), Y.copy()), f"{name}.forward(A, Y)")
    return L, array(criterion.backward(), f"{name}.backward()", A.shape)


def agrees(attempt, Loss, A, Y, L, dLdA) -> bool:
    """Are loss and gradient autograd's? If not, ``attempt`` notes it."""
    return attempt.agrees(np.append(dLdA, L), lambda cls: np.append(*judge(cls, A, Y)[::-1]), Loss)
