"""HIPS autograd: stands in for unfinished classes, and draws the curves that explorers compare with."""

import autograd.numpy as np
import numpy
from autograd import make_vjp
from autograd.extend import Box

# a statement each: a sandbox gets those that it needs
einsum = np.einsum
exp = np.exp
log = np.log
mean = np.mean
sqrt = np.sqrt
stack = np.stack
sum = np.sum
tanh = np.tanh
where = np.where


def differentiate(function, arrays):
    """The value of ``function(*leaves)``, and a function from dL/d(value) to the list of dL/d(leaf)."""
    # A copy: the graph must not see what the caller does to the array later.
    leaves = tuple(_copy(one) for one in arrays)
    pull, value = make_vjp(lambda leaves: function(*leaves))(leaves)

    def gradients(upstream):
        return [_copy(gradient) for gradient in pull(_copy(upstream).reshape(np.shape(value)))]

    return _copy(value), gradients


def constant(value):
    """Numbers that are not differentiated: of an array, or what a traced one is now."""
    while isinstance(value, Box):
        value = value._value
    return _copy(value)


array = constant


def _copy(numbers):
    return np.array(numbers, dtype=np.float64)


# --- functions that NumPy does not have, or has under another name ------------------------------------------


def sigmoid(Z):
    return 0.5 + 0.5 * tanh(0.5 * Z)


def relu(Z):
    return where(Z > 0, Z, 0.0)


def softmax(A, axis):
    powers = exp(A - constant(A).max(axis, keepdims=True))
    return powers / sum(powers, axis, keepdims=True)


def linear(A, W, b):
    return np.dot(A, W.T) + b


def mse_loss(A, Y):
    return np.var(A - Y) + mean(A - Y) ** 2


def cross_entropy(A, Y):
    """Of logits A and rows of probabilities Y."""
    top = constant(A).max(1, keepdims=True)
    total = top + log(sum(exp(A - top), 1, keepdims=True))
    return einsum("nc,nc->", Y, total - A) / len(A)


def batch_norm(Z, weight=None, bias=None, M=None, V=None, eps=0.0):
    """By the batch's own mean and variance, unless M and V are given, one number a feature."""
    if M is None:
        V, M = var_mean(Z)
    output = (Z - M) * (V + eps) ** -0.5
    return output if weight is None else output * weight + bias


def var_mean(Z):
    """Over the samples, biased, (1, C)."""
    return np.var(Z, 0, keepdims=True), mean(Z, 0, keepdims=True)


def lerp(start, end, weight):
    """From start towards end."""
    return start + weight * (end - start)


def sgd(value, gradient, velocity, lr, momentum):
    """(value, velocity) after one step, as arrays: two linear maps."""
    # by NumPy itself: nothing is differentiated, and autograd's take twice the time
    moved = numpy.tensordot([1.0, momentum], [gradient, velocity], 1)
    value = numpy.tensordot([1.0, -lr], [value, moved], 1)
    return value, moved if momentum else numpy.asarray(velocity, dtype=float)
