"""What the sections' references are written over. Two libraries differentiate by themselves: PyTorch, and
autograd, which is small, pure Python over NumPy.

A reference is written once. What it computes is a function of arrays, and of ``by``, the back end's functions
under PyTorch's names:

    def doubled(by, X):
        return by.exp(X) + 2 * X

    class Doubling(Reference):
        def forward(self, X):
            return self.differentiable(doubled, X)

        def backward(self, dLdY):
            return self.gradients(dLdY)[0]

Arrays are float64. Operators, indexing, ``.T`` and ``.shape`` work as in NumPy. A back end has the names in
FUNCTIONS; ``where`` decides at a tie, ``maximum`` would halve the gradient. What takes no part in the
differentiation goes in through ``by.constant``, and out through ``by.array``.

No object leads to ``by``, which only functions of this form are given, under this name: by it the sandbox
finds which of a back end's functions a section needs, and there it gives ``by`` to references alone. So a
function that is looked up on an object, where a notebook can put its own, gets it through ``over``.
"""

from functools import cache, partial
from types import ModuleType

import numpy as np

AUTOGRAD, TORCH = "autograd", "torch"
ONLY = "mytorch's stand-ins differentiate only themselves."

FUNCTIONS = (
    "array constant exp log sqrt where einsum stack sum mean sigmoid tanh relu softmax linear mse_loss "
    "cross_entropy batch_norm var_mean lerp sgd"
).split()


@cache
def load(name: str) -> ModuleType:
    """AUTOGRAD or TORCH. Raises ImportError or OSError where the library cannot be imported."""
    # as ``import`` does it: a sandbox gives references an import of their own
    return __import__(f"{__name__}.{name}", fromlist=FUNCTIONS)


def over(back_end: str, function) -> partial:
    """The function of ``by`` and more, with that back end as ``by``. Raises RuntimeError for a
    notebook's own: grading would not differentiate it either.
    """
    if getattr(function, "__module__", "") == "__main__":
        raise RuntimeError(ONLY)
    return partial(function, load(back_end))


def differentiate(function, *arrays, back_end: str = AUTOGRAD) -> tuple:
    """The value of ``function(by, *arrays)``, and a function from dL/d(value) to the list of dL/d(array)."""
    return load(back_end).differentiate(over(back_end, function), arrays)


def compute(function, *arrays) -> np.ndarray:
    """``function(by, *arrays)`` by autograd, where no gradient is asked for."""
    return differentiate(function, *arrays)[0]


class Reference:
    """A class of a section's reference.py. It is autograd's; ``made_by`` makes PyTorch's of it."""

    back_end = AUTOGRAD
    noted: list | None = None  # where notes go, if anybody wants them
    _shape: tuple[int, ...] | None = None  # of what was last differentiable

    def computed(self, function, *arguments):
        """``function(by, *arguments)``, where no gradient is asked for."""
        return over(self.back_end, function)(*arguments)

    def differentiable(self, function, *arrays) -> np.ndarray:
        """``function(by, *arrays)``, as an array."""
        value, self._gradients = differentiate(function, *arrays, back_end=self.back_end)
        self._shape = np.shape(value)
        return value

    def gradients(self, upstream) -> list[np.ndarray]:
        """Of what was last differentiable: dL/d(array) for each of the arrays, given dL/d(value). Raises
        ValueError for an upstream of another shape than the value's, RuntimeError where there is no value.
        """
        own = type(self).__name__
        if self._shape is None:
            raise RuntimeError(f"{own}.backward was called before its forward")
        if np.shape(upstream) != self._shape:
            got, wanted = np.shape(upstream), self._shape
            raise ValueError(f"{own}.backward got shape {got}, and what forward returned has shape {wanted}")
        return self._gradients(upstream)

    def note(self, **steps) -> None:
        """Values of the contract's steps, one call after the other."""
        if self.noted is not None:
            self.noted += [(name, np.array(value, dtype=float)) for name, value in steps.items()]


@cache
def made_by(back_end: str, reference: type[Reference]) -> type[Reference]:
    """The same class over another back end."""
    if reference.back_end == back_end:
        return reference
    own = {"back_end": back_end, "__module__": reference.__module__, "__doc__": reference.__doc__}
    return type(reference.__name__, (reference,), own)
