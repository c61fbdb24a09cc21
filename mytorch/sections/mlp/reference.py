"""Multilayer perceptrons by PyTorch, and chains in which mistakes can be planted."""

import torch
import torch.nn.functional as F

from mytorch.check.backend import gradients, numpy, tensor

from ..activation import reference as functions
from ..activation.reference import ReLU
from ..linear.reference import Linear


class _MLP:
    """eqs. 21-31, through one torch graph over all layers."""

    sizes = ()

    def __init__(self):
        self.layers = [Linear(i, o) for i, o in zip(self.sizes, self.sizes[1:])]
        self.f = [ReLU() for layer in self.layers]

    def forward(self, A):
        self._N = len(A)
        self._weights = [tensor(layer.W, grad=True) for layer in self.layers]
        self._biases = [tensor(layer.b, grad=True) for layer in self.layers]
        value = tensor(A)
        for layer, f, weight, bias in zip(self.layers, self.f, self._weights, self._biases):
            layer.A, layer.N = numpy(value), len(A)
            value = getattr(torch, type(f).__name__.lower(), torch.clone)(F.linear(value, weight, bias[:, 0]))
            f.A = numpy(value)
        self._output = value
        return numpy(value)

    def backward(self, dLdA):
        found = gradients(self._output, self._weights + self._biases, dLdA)
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
    W, b = [tensor(w, grad=True) for w in weights], [tensor(v, grad=True) for v in biases]
    value = tensor(A)
    for i, name in enumerate(activations):
        Z = F.linear(value, W[i], b[i][:, 0])
        value = getattr(functions, name).function(Z)
        if slopes and i in slopes:
            planted = Z * slopes[i](value.detach())
            value = planted + (value - planted).detach()  # forward as it is
    averages = [g / len(A) for g in gradients(value, W + b, dLdA)]
    return numpy(value), list(zip(averages[: len(W)], averages[len(W) :]))
