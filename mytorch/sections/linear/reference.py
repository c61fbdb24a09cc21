"""The linear layer by automatic differentiation: what a check compares with, and what stands in for an
unfinished one.
"""

import numpy as np

from mytorch.check.backends import Reference, compute


class Linear(Reference):
    """eqs. 1-5; the kept gradients are averaged over the batch."""

    def __init__(self, in_features, out_features):
        self.W, self.b = np.zeros((out_features, in_features)), np.zeros((out_features, 1))

    def forward(self, A):
        self.A, self.N = A, len(A)
        return self.differentiable(_layer, A, self.W, self.b)

    def backward(self, dLdZ):
        dLdA, dLdW, dLdb = self.gradients(dLdZ)
        self.dLdW, self.dLdb = dLdW / self.N, dLdb / self.N
        return dLdA


def _layer(by, A, W, b):
    return by.linear(A, W, b[:, 0])


def linear(A, W, b):
    """eq. 1"""
    return compute(_layer, A, W, b)
