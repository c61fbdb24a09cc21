"""The activation functions by PyTorch."""

import numpy as np
import torch

from mytorch.check.backend import gradients, numpy, tensor


class _Activation:
    function = None

    def forward(self, Z):
        self._Z = tensor(Z, grad=True)
        self._A = type(self).function(self._Z)
        self.A = numpy(self._A)
        return self.A

    def backward(self):
        return gradients(self._A, [self._Z], np.ones(self._A.shape))[0]


class Identity(_Activation):
    function = staticmethod(lambda Z: Z.clone())


class Sigmoid(_Activation):
    """eqs. 6-11"""

    function = staticmethod(torch.sigmoid)


class Tanh(_Activation):
    """eqs. 12-16"""

    function = staticmethod(torch.tanh)


class ReLU(_Activation):
    """eqs. 17-20; PyTorch, too, takes 0 as the derivative at 0"""

    function = staticmethod(torch.relu)


def apply(activation: str, Z):
    """The named activation function, element by element."""
    return globals()[activation]().forward(Z)


def derivative(activation: str, Z):
    """Element-wise derivative of the named activation at Z."""
    f = globals()[activation]()
    f.forward(Z)
    return f.backward()


def softmax(A, axis):
    """Softmax along an axis; None takes all entries together."""
    A = tensor(A)
    return numpy(
        torch.softmax(A, axis) if axis is not None else torch.softmax(A.flatten(), 0).reshape(A.shape)
    )
