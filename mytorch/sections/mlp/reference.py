"""Multilayer perceptrons by automatic differentiation, and chains in which mistakes can be planted."""

import numpy as np

from mytorch.check.backends import AUTOGRAD, Reference, differentiate, made_by, over

from ..activation import reference as functions
from ..activation.reference import Identity, ReLU
from ..linear.reference import Linear


class MLP(Reference):
    """eqs. 21-31, differentiated through all layers at once."""

    sizes = ()

    def __init__(self):
        sizes = zip(self.sizes, self.sizes[1:])
        self.layers = [made_by(self.back_end, Linear)(*pair) for pair in sizes]
        self.f = [made_by(self.back_end, ReLU)() for _ in self.layers]

    def forward(self, A):
        self._N = len(A)
        weights, biases = [layer.W for layer in self.layers], [layer.b for layer in self.layers]
        # dL/dZ is that of a zero added to Z
        zeros = [np.zeros((len(A), len(W))) for W in weights]
        depth = len(weights)

        def chain(by, *leaves):
            value = by.constant(A)
            parts = (leaves[:depth], leaves[depth : 2 * depth], leaves[2 * depth :])
            for layer, f, W, b, zero in zip(self.layers, self.f, *parts):
                layer.A, layer.N = by.array(value), len(A)
                function = getattr(functions, type(f).__name__, Identity).function
                value = over(self.back_end, function)(by.linear(value, W, b[:, 0]) + zero)
                f.A = by.array(value)
            return value

        return self.differentiable(chain, *weights, *biases, *zeros)

    def backward(self, dLdA):
        found, depth = self.gradients(dLdA), len(self.layers)
        for i, layer in enumerate(self.layers):
            layer.dLdW = found[i] / self._N
            layer.dLdb = found[i + depth] / self._N
        for i in reversed(range(depth)):
            self.note(dLdZ_i=found[i + 2 * depth])


class MLP0(MLP):
    sizes = (2, 3)


class MLP1(MLP):
    sizes = (2, 3, 2)


class MLP4(MLP):
    sizes = (2, 4, 8, 8, 4, 2)


def mlp(A, weights, biases, dLdA, activations, slopes=None):
    """Output and (dLdW, dLdb) pairs, batch averages, of a chain in which mistakes can be planted.

    ``activations`` names one function a layer. ``slopes`` gives, for some layers, what the backward pass
    takes for the derivative: a function of the layer's output.
    """
    depth = len(weights)

    def chain(by, *leaves):
        value = by.constant(A)
        for i, name in enumerate(activations):
            Z = by.linear(value, leaves[i], leaves[depth + i][:, 0])
            value = over(AUTOGRAD, getattr(functions, name).function)(Z)
            if slopes and i in slopes:
                planted = Z * slopes[i](by.constant(value))
                value = planted + by.constant(value - planted)  # forward as it is
        return value

    output, gradients = differentiate(chain, *weights, *biases)
    averages = [g / len(A) for g in gradients(dLdA)]
    return output, list(zip(averages[:depth], averages[depth:]))
