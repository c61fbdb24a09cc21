"""Multilayer perceptrons by automatic differentiation, and chains in which mistakes can be planted."""

from mytorch.check.backends import AUTOGRAD, Reference, load, made_by

from ..activation import reference as functions
from ..activation.reference import Identity, ReLU
from ..linear.reference import Linear


class _MLP(Reference):
    """eqs. 21-31, differentiated through all layers at once."""

    sizes = ()

    def __init__(self):
        sizes = zip(self.sizes, self.sizes[1:])
        self.layers = [made_by(self.back_end, Linear)(*pair) for pair in sizes]
        self.f = [made_by(self.back_end, ReLU)() for _ in self.layers]

    def forward(self, A):
        self._N = len(A)
        weights, biases = [layer.W for layer in self.layers], [layer.b for layer in self.layers]

        def chain(by, *leaves):
            value = by.constant(A)
            for layer, f, W, b in zip(self.layers, self.f, leaves, leaves[len(weights) :]):
                layer.A, layer.N = by.array(value), len(A)
                function = getattr(functions, type(f).__name__, Identity).function
                value = function(by, by.linear(value, W, b[:, 0]))
                f.A = by.array(value)
            return value

        return self.differentiable(chain, *weights, *biases)

    def backward(self, dLdA):
        found = self.gradients(dLdA)
        for i, layer in enumerate(self.layers):
            layer.dLdW = found[i] / self._N
            layer.dLdb = found[i + len(self.layers)] / self._N


class MLP0(_MLP):
    sizes = (2, 3)


class MLP1(_MLP):
    sizes = (2, 3, 2)


class MLP4(_MLP):
    sizes = (2, 4, 8, 8, 4, 2)


def mlp(A, weights, biases, dLdA, activations, slopes=None):
    """Output and (dLdW, dLdb) pairs, batch averages, of a chain in which mistakes can be planted.

    ``activations`` names one function a layer. ``slopes`` gives, for some layers, what the backward pass
    takes for the derivative: a function of the layer's output.
    """
    by, depth = load(AUTOGRAD), len(weights)

    def chain(*leaves):
        value = by.constant(A)
        for i, name in enumerate(activations):
            Z = by.linear(value, leaves[i], leaves[depth + i][:, 0])
            value = getattr(functions, name).function(by, Z)
            if slopes and i in slopes:
                planted = Z * slopes[i](by.constant(value))
                value = planted + by.constant(value - planted)  # forward as it is
        return value

    output, gradients = by.differentiate(chain, [*weights, *biases])
    averages = [g / len(A) for g in gradients(dLdA)]
    return output, list(zip(averages[:depth], averages[depth:]))
